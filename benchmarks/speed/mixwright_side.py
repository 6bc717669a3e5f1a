"""The same chain and song through this project: its console, master chain and meters."""

import os
import sys
from pathlib import Path

import numpy as np

import mixwright
from benchmarks.speed import chain, worker
from mixwright.analysis.loudness import LoudnessMeter
from mixwright.console import Console
from mixwright.console.mastering import run_master
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.echo import Echo
from mixwright.dsp.equalizer import Band, Equalizer, HighPass
from mixwright.dsp.gate import Gate
from mixwright.dsp.limiter import Limiter
from mixwright.dsp.reverb import Reverb
from mixwright.dsp.saturation import Saturation
from mixwright.mix_model import Bus, Master, Mix, Return, Send, Strip
from mixwright.workflow import Job

BAND_SLOTS = {5: (1, 2, 3, 4, 6), 4: (1, 2, 3, 6)}
"""Which of the equaliser's six bands hold the chain's bands."""


class Memory:
    """A track in memory; blocks are views where they lie inside it."""

    def __init__(self, samples: np.ndarray) -> None:
        self._samples = samples
        self.channels, self.frames = samples.shape

    def read(self, start: int, frames: int) -> np.ndarray:
        if start >= 0 and start + frames <= self.frames:
            return self._samples[:, start : start + frames]
        out = np.zeros((self.channels, frames), np.float32)
        begin, end = max(start, 0), min(start + frames, self.frames)
        if begin < end:
            out[:, begin - start : end - start] = self._samples[:, begin:end]
        return out


def equalizer(bands: tuple[tuple[str, float, float, float], ...], high_pass: bool = False) -> Equalizer:
    fields: dict[str, object] = {
        f"band{slot}": Band(kind=kind, frequency_hz=hz, gain_db=db, q=q)  # type: ignore[arg-type]
        for slot, (kind, hz, db, q) in zip(BAND_SLOTS[len(bands)], bands, strict=True)
    }
    if high_pass:
        fields["high_pass"] = HighPass(slope_db_oct=12, frequency_hz=chain.HIGH_PASS_HZ)
    return Equalizer(**fields)  # type: ignore[arg-type]


def full_strip() -> dict[str, object]:
    """Gate, two dynamic bands and saturation, for the full strip."""
    d = chain.DYNAMIC
    bands = [
        DynamicEq(
            frequency_hz=hz,
            q=q,
            threshold_db=d["threshold_db"],
            ratio=d["ratio"],
            range_db=-d["range_db"],
            attack_ms=d["attack_ms"],
            release_ms=d["release_ms"],
        )
        for hz, q in chain.DYNAMIC_BANDS
    ]
    return {
        "gate": Gate(**chain.GATE),
        "dynamic1": bands[0],
        "dynamic2": bands[1],
        "saturation": Saturation(drive_db=chain.SATURATION_DB),
    }


def the_mix(full: bool) -> Mix:
    """The chain as a mix."""
    sends = (
        Send(to="reverb", level_db=chain.REVERB_SEND_DB),
        Send(to="echo", level_db=chain.ECHO_SEND_DB),
    )
    extra = full_strip() if full else {}
    strips = tuple(
        Strip(
            id=f"t{i}",
            output="drums" if i < chain.DRUMS else "master",
            equalizer=equalizer(chain.BANDS, high_pass=True),
            compressor=Compressor(**chain.COMPRESSOR),
            fader_db=chain.FADER_DB,
            pan=chain.pan_of(i),
            sends=sends,
            **extra,
        )
        for i in range(chain.TRACKS)
    )
    crush = Bus(id="crush", compressor=Compressor(**chain.CRUSH), fader_db=chain.CRUSH_DB)
    drums = Bus(id="drums", sends=(Send(to="crush", level_db=0.0),))
    reverb = Return(id="reverb", effect="reverb", reverb=Reverb(decay_s=chain.REVERB_DECAY_S))
    echo = Echo(sync="off", time_ms=1000 * chain.ECHO_S, feedback=chain.ECHO_FEEDBACK)
    master = Master(
        equalizer=equalizer(chain.MASTER_BANDS),
        compressor=Compressor(**chain.GLUE),
        drive_db=chain.DRIVE_DB,
        limiter=Limiter(on=True, ceiling_dbtp=chain.CEILING_DB),
    )
    returns = (reverb, Return(id="echo", effect="echo", echo=echo))
    return Mix(strips=strips, buses=(drums, crush), returns=returns, master=master)


def render(mix: Mix, inputs: dict[str, Memory], threads: int, block: int) -> np.ndarray:
    """The master of the mix, as long as the tracks, with its loudness measured."""
    frames = max(track.frames for track in inputs.values())
    out = np.empty((2, frames), np.float32)
    meter = LoudnessMeter(chain.RATE, 2)
    done = 0

    def take(samples: np.ndarray) -> None:
        nonlocal done
        meter.add(samples)
        out[:, done : done + samples.shape[1]] = samples
        done += samples.shape[1]

    with Console(mix, inputs, chain.RATE, threads=threads, block=block) as console:
        blocks = ((b.position, b.total) for b in console.blocks(frames=frames))
        run_master(blocks, mix, chain.RATE, on_master=take)
    return out


def main(case: str, *rest: str) -> None:
    if case == "song":
        mixwright.mix(rest[0], Path(rest[1]), job=Job(cache=False))
        return
    threads = int(rest[1]) if len(rest) > 1 else 1
    block = int(rest[2]) if len(rest) > 2 else 8192
    tracks = chain.signals(float(rest[0]))
    inputs = {f"t{i}": Memory(samples) for i, samples in enumerate(tracks)}
    mix = the_mix(full=case == "strip")
    isa = os.environ.get("MIXWRIGHT_ISA", "")
    version = " ".join(filter(None, ["mixwright", mixwright.__version__, isa]))
    worker.serve(version, lambda: render(mix, inputs, threads or os.cpu_count() or 1, block))


if __name__ == "__main__":
    main(*sys.argv[1:])
