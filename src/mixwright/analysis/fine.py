"""Fine spectra on a grid of 24 points to the octave, and how far they stand above their own smooth course."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import power_db

PER_OCTAVE = 24
GRID_HZ = 32.0 * 2.0 ** (np.arange(9 * PER_OCTAVE) / PER_OCTAVE)
"""32 Hz to 16 kHz."""

MOST_FRAMES = 500
"""So many frames of a track, evenly spread, are enough for statistics."""

_SMOOTH = PER_OCTAVE // 2
_PEAK_DB = 3.0


@dataclass(frozen=True, eq=False)
class FineSpectra:
    """Frames in which a track plays, on `GRID_HZ`; both arrays are float32 (frames, points)."""

    level_db: np.ndarray
    excess_db: np.ndarray
    """Level above the mean of the surrounding octave, in which peaks do not count."""
    hz: np.ndarray
    """Points of `GRID_HZ` below half the sample rate, (points,)."""
    resolution_hz: float
    """Two sounds nearer than this are one peak."""


def fine_spectra(power: np.ndarray, hz: np.ndarray, resolution_hz: float) -> FineSpectra:
    """Fine spectra of the frames in which a track plays.

    Parameters
    ----------
    power : np.ndarray, shape (frames, fine bands)
        From `spectrum.BandMeter.fine`.
    hz : np.ndarray, shape (fine bands,)
        Centres of the fine bands.
    resolution_hz : float
        Width of the main lobe of the transform.
    """
    grid = GRID_HZ[hz[-1] >= GRID_HZ]
    total = power.sum(axis=1)
    playing = np.flatnonzero(total > max(float(total.mean()) if total.size else 0.0, 1e-12) / 100)
    if playing.size > MOST_FRAMES:
        playing = playing[((np.arange(MOST_FRAMES) + 0.5) * playing.size / MOST_FRAMES).astype(int)]
    width = np.gradient(hz)
    density = power_db(power[playing] / width).astype(np.float32)
    level = _on_grid(density, hz, grid) + 10 * np.log10(grid).astype(np.float32)
    return FineSpectra(level, level - _smooth_course(level), grid, resolution_hz)


def _on_grid(level: np.ndarray, hz: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Linear between the bands, as `np.interp` for all rows at once."""
    right = np.clip(np.searchsorted(hz, grid), 1, hz.size - 1)
    share = np.clip((grid - hz[right - 1]) / (hz[right] - hz[right - 1]), 0, 1).astype(np.float32)
    return level[:, right - 1] * (1 - share) + level[:, right] * share


def _smooth_course(level: np.ndarray) -> np.ndarray:
    course = _running_mean(level)
    for _ in range(2):
        course = _running_mean(np.minimum(level, course + _PEAK_DB))
    return course


def _running_mean(rows: np.ndarray) -> np.ndarray:
    """Mean over an octave; at the ends over what there is."""
    points = rows.shape[1]
    sums = np.zeros((rows.shape[0], points + 1), np.float64)
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    first = np.maximum(np.arange(points) - _SMOOTH, 0)
    last = np.minimum(np.arange(points) + _SMOOTH + 1, points)
    return ((sums[:, last] - sums[:, first]) / (last - first)).astype(np.float32)
