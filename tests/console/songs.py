"""Small songs for console tests."""

import numpy as np

from mixwright.console import Console
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.equalizer import Band, Equalizer
from mixwright.mix_model import Bus, Curve, Keys, Mix, Return, Send, Strip

RATE = 48000


class Memory:
    """A track held in memory."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = np.ascontiguousarray(samples, np.float32)
        self.channels, self.frames = self.samples.shape

    def read(self, start: int, frames: int) -> np.ndarray:
        out = np.zeros((self.channels, frames), np.float32)
        first, last = max(start, 0), min(start + frames, self.frames)
        if last > first:
            out[:, first - start : last - start] = self.samples[:, first:last]
        return out


def noise_tracks(count: int, seconds: float, seed: int = 0) -> dict[str, Memory]:
    """Tracks of noise bursts, mono and stereo in turn."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    gate = np.repeat(rng.random(frames // 2400 + 1) > 0.4, 2400)[:frames]
    return {
        f"t{i}": Memory(rng.standard_normal((1 + i % 2, frames)) * 0.1 * np.roll(gate, 700 * i))
        for i in range(count)
    }


def rich_mix() -> Mix:
    """Six strips with groups, keys, look-ahead, sends before and after the fader, and automation."""
    strips = tuple(
        Strip(
            id=f"t{i}",
            output="group" if i < 3 else "master",
            pan=(i - 2) / 4,
            fader_db=-float(i),
            trim_db=1.0,
            compressor=Compressor(threshold_db=-20, ratio=3, lookahead_ms=2 if i == 1 else 0),
            equalizer=Equalizer(band2=Band(frequency_hz=300, gain_db=-4)),
            keys=Keys(compressor="t0") if i == 4 else Keys(),
            sends=(Send(to="room", level_db=-10, pre_fader=i == 5), Send(to="echo", level_db=-12)),
        )
        for i in range(6)
    )
    curves = (
        Curve(path="strips.t2.fader_db", points=((0, 0), (0.5, -20), (1, 3))),
        Curve(path="strips.t3.equalizer.band2.gain_db", points=((0.2, 0), (0.8, 12))),
        Curve(path="strips.t3.pan", points=((0, -1), (0.5, 1), (0.9, 0)), shape="hold"),
        Curve(path="strips.t1.sends.room.level_db", points=((0, -60), (1, 0))),
        Curve(path="returns.room.reverb.decay_s", points=((0, 0.5), (1, 1.0))),
        Curve(path="strips.t5.mute", points=((0, 0), (0.3, 1), (0.6, 0)), shape="hold"),
    )
    return Mix(
        strips=strips,
        buses=(Bus(id="group", compressor=Compressor(threshold_db=-15, ratio=2)),),
        returns=(Return(id="room"), Return(id="echo", effect="echo")),
        curves=curves,
    )


def rendered(mix: Mix, inputs: dict[str, Memory], **options: object) -> np.ndarray:
    """The sum of the mix bus as one array (2, frames)."""
    start = options.pop("start", 0)
    frames = options.pop("frames", None)
    with Console(mix, inputs, RATE, **options) as console:  # type: ignore[arg-type]
        blocks = [block.total.copy() for block in console.blocks(start, frames)]  # type: ignore[arg-type]
    return np.concatenate(blocks, axis=1)
