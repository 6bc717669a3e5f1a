"""Streams a long session and prints how memory grew: run by test_long_session in a process of its own."""

import json
import resource
import sys
import time

import numpy as np

from mixwright.analysis.loudness import LoudnessMeter
from mixwright.console import Console
from mixwright.console.mastering import run_master
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.equalizer import Equalizer, HighPass
from mixwright.dsp.limiter import Limiter
from mixwright.mix_model import Bus, Curve, Master, Mix, Return, Send, Strip

RATE = 22050


class Endless:
    """A mono track made as it is read: a second of noise, over and over."""

    channels = 1

    def __init__(self, seed: int, frames: int) -> None:
        self.frames = frames
        self._loop = 0.1 * np.random.default_rng(seed).standard_normal(2 * RATE).astype(np.float32)
        self._loop[RATE:] = self._loop[:RATE]

    def read(self, start: int, frames: int) -> np.ndarray:
        out = np.zeros((1, frames), np.float32)
        for done in range(0, frames, RATE):
            n = min(RATE, frames - done)
            at = (start + done) % RATE
            out[0, done : done + n] = self._loop[at : at + n]
        return out


def session(minutes: float) -> tuple[Mix, dict[str, Endless]]:
    send = (Send(to="echo", level_db=-20),)
    strips = (
        Strip(
            id="a", output="group", equalizer=Equalizer(high_pass=HighPass(slope_db_oct=12, frequency_hz=80))
        ),
        Strip(id="b", output="group", compressor=Compressor(threshold_db=-30, ratio=3)),
        Strip(id="c", sends=send, pan=-0.5),
    )
    fades = tuple((60.0 * k, -20.0 * (k % 2)) for k in range(int(minutes)))
    mix = Mix(
        strips=strips,
        buses=(Bus(id="group"),),
        returns=(Return(id="echo", effect="echo"),),
        master=Master(drive_db=3, limiter=Limiter(on=True)),
        curves=(Curve(path="strips.c.fader_db", points=fades),) if fades else (),
    )
    frames = int(60 * minutes * RATE)
    return mix, {strip.id: Endless(index, frames) for index, strip in enumerate(strips)}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(minutes: float) -> None:
    mix, inputs = session(minutes)
    started = time.process_time()
    early = 0.0
    frames = 0
    meter = LoudnessMeter(RATE, 2)

    def count(block: np.ndarray) -> None:
        nonlocal early, frames
        meter.add(block)
        frames += block.shape[1]
        if not early and frames >= 5 * 60 * RATE:
            early = peak_mb()

    with Console(mix, inputs, RATE, threads=2, block=16384) as console:
        blocks = ((block.position, block.total) for block in console.blocks())
        run_master(blocks, mix, RATE, on_mix=lambda block: None, on_master=count)
    print(
        json.dumps(
            {
                "minutes": frames / RATE / 60,
                "early_mb": early,
                "end_mb": peak_mb(),
                "loudness_lufs": meter.integrated_lufs,
                "cpu_s": time.process_time() - started,
            }
        )
    )


main(float(sys.argv[1]))
