"""The waveform's envelope: peaks, power, offset, clipping and onsets."""

import numpy as np

STEP = 256
"""Samples per value of the envelope (5.8 ms at 44.1 kHz)."""

CLIP_LEVEL = 0.9995
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
        self._rest = np.zeros((channels, 0), np.float32)
        self._peaks: list[np.ndarray] = []
        self._sum = np.zeros(channels)
        self._square = np.zeros(channels)
        self._count = 0
        self.clipped = 0

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, float32 (channels, samples)."""
        self._sum += audio.sum(axis=1, dtype=np.float64)
        self._count += audio.shape[1]
        self._square += [np.dot(channel, channel) for channel in audio]
        joined = np.concatenate((self._rest, audio), axis=1) if self._rest.size else audio
        whole = joined.shape[1] // STEP * STEP
        self._rest = joined[:, whole:].copy()
        self._take(joined[:, :whole])

    def finish(self) -> np.ndarray:
        """Peak per step, linear, float32 (steps,)."""
        if self._rest.shape[1]:
            missing = STEP - self._rest.shape[1]
            self._take(np.pad(self._rest, ((0, 0), (0, missing))))
            self._rest = self._rest[:, :0]
        return np.concatenate(self._peaks) if self._peaks else np.zeros(0, np.float32)

    @property
    def offset(self) -> float:
        """Largest mean of a channel (DC)."""
        return float(np.max(np.abs(self._sum)) / max(1, self._count))

    @property
    def power(self) -> float:
        """Mean square, summed over the channels."""
        return float(np.sum(self._square) / max(1, self._count))

    def _take(self, audio: np.ndarray) -> None:
        if not audio.shape[1]:
            return
        steps = audio.reshape(audio.shape[0], -1, STEP)
        peaks = np.maximum(steps.max(axis=2), -steps.min(axis=2))
        self._peaks.append(peaks.max(axis=0))
        if peaks.max() >= CLIP_LEVEL:
            high = np.abs(audio) >= CLIP_LEVEL
            self.clipped += int(np.sum(high[:, 1:] & high[:, :-1]))  # a single high sample is no clipping


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
