"""Whole signals as the report shows them, measured while they are written: rough sum, mix and master."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.spectrum import BandMeter
from mixwright.console.units import Input
from mixwright.metrics.sound import BandPowers

CENTRE_GAIN = np.float32(np.sqrt(0.5))
"""A mono track in the middle of the console."""

_BLOCK = 1 << 15

Span = tuple[float, float]
"""Begin and end in seconds."""


@dataclass(frozen=True, eq=False)
class Signal:
    """What is known about one signal.

    Attributes
    ----------
    loudness_lufs : float
        Integrated.
    short_term_lufs : np.ndarray
        Every 100 ms; value k is of the window that ends at 3 s + 0.1 s k.
    bands : BandPowers
        Third octaves.
    excerpt : np.ndarray, float32 (2, frames)
        What the player plays of it.
    """

    loudness_lufs: float
    short_term_lufs: np.ndarray
    bands: BandPowers
    excerpt: np.ndarray


class Tap:
    """Listens to a signal on its way to a file.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    excerpt : (begin, end) in seconds
        What is kept of it.
    """

    def __init__(self, sample_rate: int, excerpt: Span) -> None:
        self._bands = BandMeter(sample_rate, 2)
        self._first, self._last = (round(at * sample_rate) for at in excerpt)
        self._position = 0
        self._kept: list[np.ndarray] = []

    def add(self, block: np.ndarray) -> None:
        """The next samples, float32 (2, frames)."""
        self._bands.add(block)
        start, end = self._position, self._position + block.shape[1]
        if start < self._last and end > self._first:
            self._kept.append(block[:, max(self._first - start, 0) : self._last - start].copy())
        self._position = end

    def signal(self, meter: LoudnessMeter) -> Signal:
        """All of it, with the loudness that `meter` read on the same samples."""
        frames = self._bands.finish()
        count = max(1, len(frames))
        left, right = self._bands.channel_energy / count
        powers = BandPowers(frames, self._bands.frame_s, left, right, self._bands.cross_energy / count)
        excerpt = np.concatenate([np.zeros((2, 0), np.float32), *self._kept], axis=1)
        return Signal(meter.integrated_lufs, meter.short_term_curve_lufs, powers, excerpt)


def rough_signal(
    inputs: Mapping[str, Input],
    sample_rate: int,
    excerpt: Span,
    check: Callable[[], None] = lambda: None,
) -> Signal:
    """The tracks as they came, simply added: mono ones in the middle.

    Parameters
    ----------
    inputs : mapping of id to Input
        Tracks at `sample_rate`.
    check : callable
        Called between blocks; may raise to stop the work.
    """
    tap, meter = Tap(sample_rate, excerpt), LoudnessMeter(sample_rate, 2)
    length = max((source.frames for source in inputs.values()), default=0)
    for start in range(0, length, _BLOCK):
        check()
        block = np.zeros((2, min(_BLOCK, length - start)), np.float32)
        mono = np.zeros(block.shape[1], np.float32)
        for source in inputs.values():
            if start >= source.frames:
                continue
            part = source.read(start, block.shape[1])
            if source.channels == 1:
                mono += part[0]
            else:
                block += part
        block += CENTRE_GAIN * mono
        tap.add(block)
        meter.add(block)
    return tap.signal(meter)
