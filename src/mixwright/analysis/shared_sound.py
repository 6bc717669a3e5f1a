"""Tracks that hold the same sound: microphones of one source, DI and amplifier, copies.

Their polarity and timing decide what their sum loses. Sounds below 250 Hz are kept at a low rate for all
tracks; the timing of related tracks is read from the loudest stretch they share, at the full rate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mixwright._core import native

LOW_HZ = 250.0
LOW_RATE_HZ = 700.0
LOW_LIMIT_S = 240.0
MAX_LAG_MS = 10.0
SEGMENT_S = 6.0
WHOLE_GROUP = 8
NEIGHBOURS = 4
"""In a larger group each track is compared with this many after it: microphones of one source lie side by
side when names are sorted, and the pairs of a hundred tracks are too many."""
SHARED_LOWS = 0.08
"""Correlation of the low end from which the polarity of two tracks matters whatever they are called: turning
one round changes their sum by 0.7 dB."""


@dataclass(frozen=True)
class SharedSound:
    """How the sound two tracks share lies in them.

    `low_correlation` is that below 250 Hz without moving either; `lag_ms` is how much later `b` has the
    sound, `lag_correlation` how alike they are at that lag (negative: opposite polarity); both are 0 for
    pairs found by sound alone.
    """

    a: str
    b: str
    named: bool
    low_correlation: float
    lag_ms: float
    lag_correlation: float

    @property
    def flip_gain_db(self) -> float:
        """What the sum of both, equally loud, gains below 250 Hz when one is turned round."""
        rho = float(np.clip(self.low_correlation, -0.999, 0.999))
        return float(10 * np.log10((1 - rho) / (1 + rho)))


class LowEndRecorder:
    """Keeps the mean of the channels below 250 Hz of audio given piece by piece at a low rate."""

    def __init__(self, sample_rate: int) -> None:
        self.step = max(1, round(sample_rate / LOW_RATE_HZ))
        self._left = int(LOW_LIMIT_S * sample_rate)
        self._meter = native.Decimator(sample_rate, LOW_HZ, self.step)

    def add(self, audio: np.ndarray) -> None:
        """Takes the next piece, float32 (channels, samples)."""
        if self._left > 0:
            self._meter.add(np.ascontiguousarray(audio[:, : self._left], np.float32))
            self._left -= audio.shape[1]

    def finish(self) -> np.ndarray:
        self._meter.add(np.zeros((1, 3 * self.step), np.float32))  # the last ones wait for what follows
        return np.asarray(self._meter.samples)


class Audio(Protocol):
    """A track that can be read from anywhere."""

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def read(self, start: int, frames: int) -> np.ndarray: ...


def find_shared_sound(
    inputs: Mapping[str, Audio],
    low_ends: Mapping[str, np.ndarray],
    powers: Mapping[str, np.ndarray],
    frame_s: float,
    sample_rate: int,
    related: Sequence[Sequence[str]],
    cancelled: Callable[[], None],
) -> tuple[SharedSound, ...]:
    """Shared sound of tracks said to be related, and of others whose low ends add up or cancel.

    Parameters
    ----------
    low_ends : mapping of id to np.ndarray
        From `LowEndRecorder`.
    powers : mapping of id to np.ndarray, shape (frames,)
        Power of the tracks over time, `frame_s` seconds apart.
    related : sequence of groups of ids
        Groups whose members may hold the same sound.
    cancelled : callable
        Raises when the work should stop.
    """
    ids = [id for id, low in low_ends.items() if low.size and np.any(low)]
    matrix = _correlations([low_ends[id] for id in ids])
    at = {id: k for k, id in enumerate(ids)}
    named = {pair for group in related for pair in _pairs_of(group)}
    pairs = [pair for pair in sorted(named) if pair[0] in at and pair[1] in at]
    by_sound = np.argwhere(np.triu(np.abs(matrix) >= SHARED_LOWS, 1))
    pairs += [
        (ids[i], ids[j])
        for i, j in by_sound
        if (ids[i], ids[j]) not in named and (ids[j], ids[i]) not in named
    ]
    out = []
    for a, b in pairs:
        cancelled()
        is_named = (a, b) in named
        lag, alike = 0.0, 0.0
        if is_named:
            lag, alike = _timing(inputs[a], inputs[b], powers[a], powers[b], frame_s, sample_rate)
        out.append(SharedSound(a, b, is_named, float(matrix[at[a], at[b]]), lag, alike))
    return tuple(out)


def _pairs_of(group: Sequence[str]) -> Iterator[tuple[str, str]]:
    reach = len(group) if len(group) <= WHOLE_GROUP else NEIGHBOURS
    for index, first in enumerate(group):
        for second in group[index + 1 : index + 1 + reach]:
            yield first, second


def _correlations(signals: Sequence[np.ndarray]) -> np.ndarray:
    if not signals:
        return np.zeros((0, 0))
    length = max(s.size for s in signals)
    rows = np.zeros((len(signals), length), np.float32)
    for row, signal in zip(rows, signals, strict=True):
        row[: signal.size] = signal / max(float(np.linalg.norm(signal)), 1e-12)
    return rows @ rows.T


def _timing(
    a: Audio, b: Audio, power_a: np.ndarray, power_b: np.ndarray, frame_s: float, sample_rate: int
) -> tuple[float, float]:
    frames = min(power_a.size, power_b.size)
    if not frames:
        return 0.0, 0.0
    width = max(1, round(SEGMENT_S / frame_s))
    shared = np.sqrt(power_a[:frames] * power_b[:frames])
    sums = np.convolve(shared, np.ones(min(width, frames)), "valid")
    start = int(np.argmax(sums) * frame_s * sample_rate)
    count = max(1, min(int(SEGMENT_S * sample_rate), max(a.frames, b.frames) - start))
    x, y = (audio.read(start, count).mean(axis=0, dtype=np.float32) for audio in (a, b))
    return _lag(x, y, sample_rate)


def _lag(x: np.ndarray, y: np.ndarray, sample_rate: int) -> tuple[float, float]:
    """Lag of y behind x in ms and the correlation there, both spectra flattened half-way."""
    reach = int(MAX_LAG_MS * sample_rate / 1000)
    size = _fast_length(x.size + reach + 1)  # no lag in reach wraps round
    fx, fy = np.fft.rfft(x, size), np.fft.rfft(y, size)
    weight = np.zeros(fx.size, np.float32)
    low, high = int(60 * size / sample_rate), int(6000 * size / sample_rate)
    mean = np.sqrt(np.abs(fx) * np.abs(fy))
    weight[low:high] = 1.0 / np.sqrt(mean[low:high] + 1e-3 * float(mean.max() or 1.0))
    fx, fy = fx * weight, fy * weight
    norm = float(np.sqrt(np.sum(np.abs(fx) ** 2) * np.sum(np.abs(fy) ** 2)))
    if norm <= 0:
        return 0.0, 0.0
    correlation = np.fft.irfft(np.conj(fx) * fy, size) * size / (2 * norm)
    lags = np.concatenate((np.arange(0, reach + 1), np.arange(-reach, 0)))
    values = correlation[lags]
    best = int(np.argmax(np.abs(values)))
    return float(lags[best] * 1000.0 / sample_rate), float(np.clip(values[best], -1, 1))


def _fast_length(least: int) -> int:
    """A length not much above that transforms fast."""
    return min(odd << max(0, int(np.ceil(np.log2(least / odd)))) for odd in (1, 3, 5, 9, 15))
