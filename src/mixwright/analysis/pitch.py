"""Pitch of a track over time, coarse: harmonic summation on the fine spectra.

Each candidate collects what stands out at its partials, later ones counting less (subharmonic summation:
Hermes, J. Acoust. Soc. Am. 83(1), 1988). A frame of 0.19 s tells one note, of chords the strongest; half a
semitone is the resolution from 200 Hz on, and less below.
"""

from dataclasses import dataclass, field

import numpy as np

from mixwright.analysis.fine import PER_OCTAVE, FineSpectra

LOWEST_HZ = 36.0
HIGHEST_HZ = 2100.0
TONAL_SHARE = 0.5
"""A track is tonal when this share of its frames has a pitch."""

_PARTIALS = 8
_DECAY = 0.84
_MOST_DB = 20.0
_RANGE_DB = 40.0
_SALIENCE = 28.0
_SINGLE_DB = 18.0
"""One partial that stands out this far is a note too."""
_ENDS = (3.0, 97.0)
"""Percentiles that stand for the lowest and highest note: single slips do not count."""


@dataclass(frozen=True, eq=False)
class Pitch:
    """Notes of a track; without pitches and with `share` 0 for noise and drums."""

    share: float = 0.0
    """Share of the frames in which the track plays that have a pitch."""
    track_hz: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    """Pitch of each frame of the fine spectra, 0 where there is none, float32."""

    @property
    def hz(self) -> np.ndarray:
        """Pitch of the frames that have one."""
        return self.track_hz[self.track_hz > 0]

    @property
    def tonal(self) -> bool:
        return self.share >= TONAL_SHARE

    @property
    def range_hz(self) -> tuple[float, float] | None:
        """Lowest and highest note; None where the track is not tonal."""
        if not self.tonal:
            return None
        low, high = np.percentile(self.hz, _ENDS)
        return float(low), float(high)

    @property
    def lowest_hz(self) -> float | None:
        """None where the track is not tonal."""
        return self.range_hz[0] if self.range_hz else None

    @property
    def highest_hz(self) -> float | None:
        """None where the track is not tonal."""
        return self.range_hz[1] if self.range_hz else None


def find_pitch(spectra: FineSpectra) -> Pitch:
    """Pitch of the frames in which a track plays."""
    level, hz = spectra.level_db, spectra.hz
    if not level.size:
        return Pitch()
    top = level.max(axis=1, keepdims=True)
    stands_out = np.clip(spectra.excess_db, 0.0, _MOST_DB) * np.clip((level - top) / _RANGE_DB + 1, 0.0, 1.0)
    salience = np.zeros_like(stands_out)
    points = hz.size
    for partial in range(1, _PARTIALS + 1):
        shift = round(PER_OCTAVE * float(np.log2(partial)))
        salience[:, : points - shift] += _DECAY ** (partial - 1) * stands_out[:, shift:]
    salience[:, (hz < LOWEST_HZ) | (hz > HIGHEST_HZ)] = 0.0
    best = np.argmax(salience, axis=1)
    at = np.arange(best.size)
    pitched = (salience[at, best] >= _SALIENCE) | (stands_out[at, best] >= _SINGLE_DB)
    found = hz[best] * 2.0 ** (_between(salience, best) / PER_OCTAVE)
    return Pitch(float(pitched.mean()), np.where(pitched, found, 0.0).astype(np.float32))


def _between(salience: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Top of the parabola through the best point and its neighbours, in points from it."""
    at = np.arange(best.size)
    middle = np.clip(best, 1, salience.shape[1] - 2)
    left, top, right = (salience[at, middle + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * top + right, -1e-6)
    return np.where(best == middle, np.clip(0.5 * (left - right) / bend, -0.5, 0.5), 0.0)


def note_name(hz: float) -> str:
    """Nearest note in equal temperament, A4 = 440 Hz."""
    midi = round(69 + 12 * float(np.log2(hz / 440.0)))
    return f"{('C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B')[midi % 12]}{midi // 12 - 1}"
