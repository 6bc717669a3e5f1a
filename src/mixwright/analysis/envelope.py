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


OCTAVES_HZ = (60.0, 170.0, 340.0, 690.0, 1400.0, 2700.0, 5500.0, 11000.0)
"""Middles of the octaves that `OctaveMeter` measures, at 44.1 and 88.2 kHz; a little more at 48 and 96."""
AUDIBLE_OCTAVE_DB = -45.0
"""Octaves further below the whole have no crest."""


class OctaveMeter:
    """Peaks and powers of the mean of the channels in octaves, given piece by piece."""

    def __init__(self, sample_rate: int) -> None:
        self._meter = native.OctavePeaks(max(0, round(float(np.log2(sample_rate / 46000.0)))))

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, float32 (channels, samples)."""
        self._meter.add(np.ascontiguousarray(audio, np.float32))

    def crest_db(self, active_fraction: float) -> np.ndarray:
        """Peak over the mean power while the sound is active, (octaves,) from the lowest; 0 without sound."""
        self._meter.finish()
        peak, power = np.array(self._meter.peaks), np.array(self._meter.powers)
        there = power > max(float(power.sum()) * 10 ** (AUDIBLE_OCTAVE_DB / 10), 1e-14)
        if not there.any() or active_fraction <= 0:
            return np.zeros(len(OCTAVES_HZ))
        ratio = np.where(there, peak**2 * active_fraction / np.where(there, power, 1.0), 1.0)
        return np.asarray(np.maximum(10 * np.log10(ratio), 0.0))


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
