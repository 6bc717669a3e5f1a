"""Third-octave bands, the grid on which spectra are measured, compared and solved."""

from functools import cache

import numpy as np

from mixwright.analysis.loudness import k_weighting

FIRST, LAST = -17, 13
CENTERS_HZ = 1000.0 * 2.0 ** (np.arange(FIRST, LAST + 1) / 3.0)
"""Exact centres of the bands 20 Hz to 20 kHz (base two, IEC 61260)."""

EDGES_HZ = 1000.0 * 2.0 ** ((np.arange(FIRST, LAST + 2) - 0.5) / 3.0)

BANDS = len(CENTERS_HZ)

_LUFS_OFFSET_DB = -0.691


def band_index(frequency_hz: float) -> int:
    """Index of the band that holds a frequency; the nearest one outside of the range."""
    return int(np.clip(np.searchsorted(EDGES_HZ, frequency_hz, "right") - 1, 0, BANDS - 1))


def band_slice(low_hz: float, high_hz: float) -> slice:
    """The bands whose centres lie in a range."""
    inside = np.flatnonzero((low_hz <= CENTERS_HZ) & (high_hz >= CENTERS_HZ))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


@cache
def k_weights() -> np.ndarray:
    """Power weight of each band under the K weighting of BS.1770, shape (bands,)."""
    power = np.ones(BANDS)
    z = np.exp(-2j * np.pi * CENTERS_HZ / 48000.0)
    for b0, b1, b2, a0, a1, a2 in k_weighting(48000.0):
        power *= np.abs((b0 + b1 * z + b2 * z * z) / (a0 + a1 * z + a2 * z * z)) ** 2
    power.setflags(write=False)
    return power


def band_loudness_lufs(power: np.ndarray) -> np.ndarray:
    """Loudness of band powers, shape (..., bands), without gating; -200 where there is nothing."""
    weighted = np.asarray(power, np.float64) @ k_weights()
    return _LUFS_OFFSET_DB + 10 * np.log10(np.maximum(weighted, 10.0 ** (-199.309 / 10)))


def power_db(power: np.ndarray) -> np.ndarray:
    """Powers in dB, at least -200."""
    return 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-20))
