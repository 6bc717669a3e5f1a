"""Band powers of a sound over time: one pass of short Fourier transforms, summed into fine and third-octave
bands."""

from functools import cache
from itertools import pairwise

import numpy as np

from mixwright._core import native
from mixwright.analysis.bands import BANDS, EDGES_HZ

FRAME_S = 0.17
"""About the length of a transform; the next power of two is taken, steps are half of it."""

FINE_PER_BAND = 8
"""Fine bands per third octave (24 to the octave), where the transform resolves them."""

MAX_FINE_FRAMES = 4096
"""Longer fine curves keep every second frame, to bound memory."""


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
        self.lobe_hz = 4.0 * sample_rate / self.length
        """Width of the main lobe of Hann's window: what a sine fills."""
        self.channels = channels
        edges, self._starts = _band_bins(sample_rate, self.length)
        self.fine_hz = (
            np.sqrt(np.maximum(edges[:-1] - 0.5, 0.5) * (edges[1:] - 0.5)) * sample_rate / self.length
        )
        """Geometric centres of the fine bands."""
        self.fine_frame_s = self.frame_s
        self._spectra = native.BandSpectra(self.length, edges.tolist(), channels)
        self._frames: list[np.ndarray] = []
        self._fine: list[np.ndarray] = []
        self._fine_count = 0

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, float32 (channels, samples)."""
        self._keep(self._spectra.add(audio))

    def finish(self) -> np.ndarray:
        """Power per frame and band, float32 (frames, bands); frame k is centred on k times `frame_s`."""
        self._keep(self._spectra.finish())
        return np.concatenate(self._frames) if self._frames else np.zeros((0, BANDS), np.float32)

    def fine(self) -> np.ndarray:
        """Power per fine frame (`fine_frame_s` apart) and fine band (`fine_hz`), float32."""
        return np.concatenate(self._fine) if self._fine else np.zeros((0, self.fine_hz.size), np.float32)

    @property
    def channel_energy(self) -> np.ndarray:
        """Sum over all frames of the power per channel and band, shape (channels, bands)."""
        return self._thirds(np.array(self._spectra.each).reshape(self.channels, -1))

    @property
    def cross_energy(self) -> np.ndarray:
        """Sum over all frames of left times right per band, shape (bands,)."""
        return self._thirds(np.array(self._spectra.cross))

    def _keep(self, fine: np.ndarray) -> None:
        if not len(fine):
            return
        self._frames.append(self._thirds(fine))
        every = round(self.fine_frame_s / self.frame_s)
        self._fine.append(fine[::every])
        self._fine_count += self._fine[-1].shape[0]
        if self._fine_count > MAX_FINE_FRAMES:
            self._fine = [self.fine()[::2]]
            self._fine_count = self._fine[0].shape[0]
            self.fine_frame_s *= 2

    def _thirds(self, fine: np.ndarray) -> np.ndarray:
        out = np.zeros((*fine.shape[:-1], BANDS), fine.dtype)
        out[..., : len(self._starts)] = np.add.reduceat(fine, self._starts, axis=-1)
        return out


@cache
def _band_bins(sample_rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the fine bands in bins, and the first fine band of each third octave."""
    bins = np.ceil(EDGES_HZ * length / sample_rate).astype(int)
    for k in range(1, len(bins)):
        bins[k] = max(bins[k], bins[k - 1] + 1)  # the lowest bands are as narrow as a bin
    last = length // 2 + 1
    count = int(np.sum(bins[:-1] < last))
    bins = np.minimum(bins[: count + 1], last)
    within = np.arange(FINE_PER_BAND) / FINE_PER_BAND
    parts = [
        np.unique(np.minimum(np.round(low * (high / low) ** within), high - 1)).astype(int)
        for low, high in pairwise(bins)
    ]
    edges = np.append(np.concatenate(parts), bins[-1])
    return edges, np.searchsorted(edges, bins[:-1])
