"""Band powers of a sound over time: one pass of short Fourier transforms, summed into third octaves."""

import numpy as np
import scipy.fft

from mixwright.analysis.bands import BANDS, EDGES_HZ

FRAME_S = 0.17
"""About the length of a transform; the next power of two is taken, steps are half of it."""


def transform_length(sample_rate: float) -> int:
    """Samples per transform: 8192 at 44.1 and 48 kHz."""
    return 1 << round(np.log2(sample_rate * FRAME_S))


class BandMeter:
    """Band powers of mono or stereo audio given piece by piece.

    The power of a frame is the mean square summed over both channels, so that it agrees with the loudness
    of BS.1770, and a mono sound in the centre under the equal-power law keeps its power.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    channels : int
        1 or 2.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self.length = transform_length(sample_rate)
        self.hop = self.length // 2
        self.frame_s = self.hop / sample_rate
        self.channels = channels
        self._window = np.hanning(self.length + 1)[:-1].astype(np.float32)
        self._scale = 2.0 / (self.length * float(np.sum(self._window.astype(np.float64) ** 2)))
        self._starts, self._used = _band_starts(sample_rate, self.length)
        self._rest = np.zeros((channels, self.hop), np.float32)  # centres the first frame on sample 0
        self._frames: list[np.ndarray] = []
        self._channel_power = np.zeros((channels, BANDS))
        self._cross = np.zeros(BANDS)

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, float32 (channels, samples)."""
        joined = np.concatenate((self._rest, audio), axis=1)
        count = (joined.shape[1] - self.length) // self.hop + 1
        if count <= 0:
            self._rest = joined
            return
        self._rest = joined[:, count * self.hop :].copy()
        used = joined[:, : (count - 1) * self.hop + self.length]
        if not used.any():
            self._frames.append(np.zeros((count, BANDS), np.float32))
            return
        self._measure(used)

    def finish(self) -> np.ndarray:
        """Power per frame and band, float32 (frames, bands); frame k is centred on k times `frame_s`."""
        self.add(np.zeros((self.channels, self.length), np.float32))
        if not self._frames:
            return np.zeros((0, BANDS), np.float32)
        return np.concatenate(self._frames)

    @property
    def channel_energy(self) -> np.ndarray:
        """Sum over all frames of the power per channel and band, shape (channels, bands)."""
        return self._channel_power

    @property
    def cross_energy(self) -> np.ndarray:
        """Sum over all frames of left times right per band, shape (bands,)."""
        return self._cross

    def _measure(self, audio: np.ndarray) -> None:
        windows = np.lib.stride_tricks.sliding_window_view(audio, self.length, axis=1)[:, :: self.hop]
        for start in range(0, windows.shape[1], 8):  # small batches stay in the cache
            spectra = scipy.fft.rfft(windows[:, start : start + 8] * self._window, axis=-1)
            parts = spectra.view(np.float32)
            if self.channels == 2:
                self._cross += self._bands(parts[0] * parts[1]).sum(axis=0)
            np.multiply(parts, parts, out=parts)
            power = self._bands(parts)
            self._channel_power += power.sum(axis=1)
            self._frames.append(power.sum(axis=0).astype(np.float32))

    def _bands(self, parts: np.ndarray) -> np.ndarray:
        out = np.zeros((*parts.shape[:-1], BANDS))
        sums = np.add.reduceat(parts[..., : self._used], self._starts, axis=-1)
        out[..., : len(self._starts)] = sums * np.float32(self._scale)
        return out


def _band_starts(sample_rate: int, length: int) -> tuple[np.ndarray, int]:
    """First index of each band in the interleaved real and imaginary parts, and the end of the last band."""
    bins = np.ceil(EDGES_HZ * length / sample_rate).astype(int)
    for k in range(1, len(bins)):
        bins[k] = max(bins[k], bins[k - 1] + 1)  # the lowest bands are as narrow as a bin
    last = length // 2 + 1
    count = int(np.sum(bins[:-1] < last))
    return 2 * bins[:count], 2 * int(min(bins[count], last))
