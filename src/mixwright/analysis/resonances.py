"""Resonances: narrow peaks that stay where they are whatever is played.

A peak counts where it stands 6 dB above the track's own smooth spectrum in 30 % of the frames in which the
track plays. A note of the music does so too when it is played often: peaks that belong to a harmonic series,
or give way to others nearby, follow the pitch and are music.
"""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.fine import PER_OCTAVE, FineSpectra

EXCESS_DB = 6.0
SHARE_OF_FRAMES = 0.3
LOWEST_HZ = 60.0
HIGHEST_HZ = 14000.0
AUDIBLE_DB = 45.0
"""Peaks further below the strongest part of their frame are not heard."""
EXAMINED = 32
MOST = 8
"""Of resonances and of notes."""
LEAST_FRAMES = 8
SPACING = PER_OCTAVE // 6
"""Grid points between two resonances."""

_HARMONIC_DB = 3.0
_TUNING = 0.02
_HIGHEST_PARTIAL = 12
_OWN_SHARE = 0.5
_MOVED_SHARE = 0.5
_GONE_SHARE = 0.2
_NEAR = 2 * PER_OCTAVE // 12 + 1
_FAR = 7 * PER_OCTAVE // 12
_SERIES = ((2.0, 3.0), (0.5, 1.5), (1 / 3, 2 / 3))
"""What else sounds when a peak is the first, second or third partial of a note."""


@dataclass(frozen=True)
class Resonance:
    """One narrow, persistent peak."""

    hz: float
    q: float
    """At most what the transform resolves."""
    excess_db: float
    """Above the track's own smooth spectrum, where it sounds."""
    share_of_frames: float
    """Of those in which the track plays."""
    follows_pitch: bool
    """It is a note, or one of its partials."""


def find_resonances(spectra: FineSpectra, track_hz: np.ndarray) -> tuple[Resonance, ...]:
    """The strongest resonances and notes, by frequency.

    Parameters
    ----------
    spectra : FineSpectra
        Of the frames in which the track plays.
    track_hz : np.ndarray, shape (frames,)
        Pitch of each frame, 0 where there is none (`pitch.find_pitch`).
    """
    excess, hz = spectra.excess_db, spectra.hz
    if excess.shape[0] < LEAST_FRAMES:
        return ()
    top = spectra.level_db.max(axis=1, keepdims=True)
    present = (excess >= EXCESS_DB) & (spectra.level_db >= top - AUDIBLE_DB)
    share = present.mean(axis=0)
    strength = np.where(present, excess, 0.0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    weight = share * strength
    usable = (share >= SHARE_OF_FRAMES) & (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    found: list[int] = []
    for point in np.argsort(-weight, kind="stable"):
        if not usable[point] or len(found) == EXAMINED:
            break
        around = weight[max(point - 1, 0) : point + 2]
        if weight[point] >= around.max() and all(abs(point - o) > SPACING for o in found):
            found.append(int(point))
    peaks = []
    for point in found:
        here, centre = present[:, point], _between(hz, weight, point)
        follows = _follows_pitch(spectra, centre, here, point, track_hz)
        q = _q(spectra, point, here)
        peaks.append(Resonance(centre, q, float(strength[point]), float(share[point]), follows))
    kept = [*[p for p in peaks if not p.follows_pitch][:MOST], *[p for p in peaks if p.follows_pitch][:MOST]]
    return tuple(sorted(kept, key=lambda peak: peak.hz))


def _between(hz: np.ndarray, weight: np.ndarray, point: int) -> float:
    """Frequency of the top of the parabola through a peak and its neighbours."""
    if not 0 < point < hz.size - 1:
        return float(hz[point])
    left, top, right = weight[point - 1 : point + 2]
    bend = left - 2 * top + right
    shift = float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    return float(hz[point] * 2 ** (shift / PER_OCTAVE))


def _q(spectra: FineSpectra, point: int, present: np.ndarray) -> float:
    """Centre over the width 3 dB below the top, less the width of the transform."""
    mean = spectra.excess_db[present].mean(axis=0)
    edges = []
    for step in (-1, 1):
        at = point
        while 0 <= at + step < mean.size and mean[at] > mean[point] - 3.0:
            at += step
        inner, outer = mean[at - step], mean[at]
        part = (inner - mean[point] + 3.0) / (inner - outer) if inner > outer else 1.0
        edges.append(at - step + step * float(np.clip(part, 0.0, 1.0)))
    centre = float(spectra.hz[point])
    width = centre * (2 ** (edges[1] / PER_OCTAVE) - 2 ** (edges[0] / PER_OCTAVE)) / 2 ** (point / PER_OCTAVE)
    lobe = 0.36 * spectra.resolution_hz  # 3 dB width of Hann's window: 1.44 of its 4 bins
    return centre / float(np.sqrt(max(width**2 - lobe**2, lobe**2)))


def _follows_pitch(
    spectra: FineSpectra, hz: float, present: np.ndarray, point: int, track_hz: np.ndarray
) -> bool:
    return (
        _is_partial(hz, track_hz[present])
        or _has_partials(spectra.excess_db[present], point)
        or _gives_way(spectra.excess_db, point)
    )


def _is_partial(hz: float, track_hz: np.ndarray) -> bool:
    """It lies on a low overtone of the pitch in most of its frames."""
    number = hz / np.maximum(track_hz, 1.0)
    partial = np.maximum(np.round(number), 1.0)
    own = (
        (track_hz > 0)
        & (partial > 1)
        & (np.abs(number / partial - 1.0) <= _TUNING)
        & (partial <= _HIGHEST_PARTIAL)
    )
    return float(own.mean()) >= _OWN_SHARE


def _has_partials(excess: np.ndarray, point: int) -> bool:
    """The other low partials of a note sound with it; of chords `_is_partial` knows only one note."""
    for ratios in _SERIES:
        at = [point + round(PER_OCTAVE * float(np.log2(ratio))) for ratio in ratios]
        if all(0 <= a < excess.shape[1] for a in at):
            together = np.all(excess[:, at] >= _HARMONIC_DB, axis=1)
            if float(together.mean()) >= _OWN_SHARE:
                return True
    return False


def _gives_way(excess: np.ndarray, point: int) -> bool:
    """Where the peak is gone, another one stands a tone to a fifth away."""
    gone = excess[:, point] < 0.5 * EXCESS_DB
    if gone.mean() < _GONE_SHARE:
        return False
    near = [*range(point - _FAR, point - _NEAR + 1), *range(point + _NEAR, point + _FAR + 1)]
    near = [p for p in near if 0 <= p < excess.shape[1]]
    return float(np.mean(excess[gone][:, near].max(axis=1) >= EXCESS_DB)) >= _MOVED_SHARE
