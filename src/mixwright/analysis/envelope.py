"""The waveform's envelope: peaks, power, offset, clipping and onsets."""

import numpy as np

from mixwright._core import native

STEP: int = native.WaveformMeter.step
"""Samples per value of the envelope: 256, 5.8 ms at 44.1 kHz."""

ONSET_RISE_DB = 8.0
ONSET_RANGE_DB = 30.0
ONSET_GAP_S = 0.06


class EnvelopeMeter:
    """Envelope of audio given piece by piece; the louder channel counts.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    channels : int
        1 or 2.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self.step_s = STEP / sample_rate
        self._meter = native.WaveformMeter(channels)

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, float32 (channels, samples)."""
        self._meter.add(np.ascontiguousarray(audio, np.float32))

    def finish(self) -> np.ndarray:
        """Peak per step, linear, float32 (steps,)."""
        self._meter.finish()
        return np.asarray(self._meter.peaks)

    @property
    def roughness(self) -> np.ndarray:
        """Largest third difference per step, linear, float32 (steps,)."""
        return np.asarray(self._meter.roughness)

    @property
    def clipped(self) -> int:
        """Samples at full scale (0.9995 on) that follow one there."""
        return int(sum(self._meter.clipped))

    @property
    def flat_samples(self) -> int:
        """Samples in runs of three or more at the very top or bottom of their channel, at any level."""
        return int(sum(self._meter.flat))

    @property
    def offset(self) -> float:
        """Largest mean of a channel (DC)."""
        return float(max(abs(s) for s in self._meter.sums) / max(1, self._meter.samples))

    @property
    def power(self) -> float:
        """Mean square, summed over the channels."""
        return float(sum(self._meter.squares) / max(1, self._meter.samples))


def onset_strength(peaks: np.ndarray) -> np.ndarray:
    """Rise of the envelope in dB per step over the loudest of the three steps before, at least 0.

    Only the upper `ONSET_RANGE_DB` of a track's envelope count.
    """
    if peaks.size < 5:
        return np.zeros(peaks.size)
    top = float(np.percentile(peaks, 99.5))
    if top <= 0:
        return np.zeros(peaks.size)
    level = 20 * np.log10(np.maximum(peaks, top * 10 ** (-ONSET_RANGE_DB / 20)))
    before = np.full(level.size, level[0])
    for back in (2, 3, 4):  # the step just before may hold the start of the rise
        before[back:] = np.where(back == 2, level[:-back], np.maximum(before[back:], level[:-back]))
    return np.maximum(level - before, 0.0)


def onset_times(strength: np.ndarray, step_s: float) -> np.ndarray:
    """Steps at which notes or hits begin."""
    found = []
    gap = max(1, round(ONSET_GAP_S / step_s))
    next_allowed = 0
    for step in np.flatnonzero(strength >= ONSET_RISE_DB):
        if step >= next_allowed:
            found.append(int(step))
            next_allowed = int(step) + gap
    return np.array(found, dtype=int)
