"""Typical spectra: what a role usually looks like in third octaves (whole mixes: `genres`).

Stems: averages over MUSDB18 (features of sony/FxNorm-automix, MIT). Single drums have no published average:
their curves are rough and carry a wide tolerance, so that only gross deviations count.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.roles import Role, RoleGroup

_STEM_HZ = (
    63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000,
    1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000,
)  # fmt: skip

_STEMS = {
    "vocals": (
        -30.0, -27.3, -24.6, -21.5, -18.5, -15.8, -13.2, -11.1, -9.9, -9.0, -9.0, -9.8, -10.3,
        -11.5, -12.6, -14.7, -15.0, -15.3, -17.5, -21.9, -21.4, -21.2, -22.7, -26.4, -34.0,
    ),
    "drums": (
        -10.7, -8.9, -8.5, -9.3, -9.9, -11.0, -13.4, -15.7, -16.5, -17.5, -19.0, -20.4, -21.7,
        -21.7, -21.8, -21.8, -20.9, -19.8, -19.0, -18.9, -19.0, -20.1, -20.9, -22.9, -27.0,
    ),
    "bass": (
        -10.8, -8.6, -7.3, -7.0, -8.3, -10.5, -14.2, -18.5, -22.2, -25.3, -28.0, -29.3, -30.3,
        -31.8, -32.5, -31.3, -32.3, -33.8, -39.8, -44.6, -49.9, -54.5, -56.9, -58.7, -57.2,
    ),
    "other": (
        -21.5, -19.7, -18.0, -15.8, -13.5, -11.5, -10.3, -10.1, -10.5, -10.9, -11.3, -12.1, -12.9,
        -13.2, -13.2, -12.8, -12.5, -15.0, -17.5, -21.3, -26.6, -30.9, -33.0, -36.0, -40.4,
    ),
}  # fmt: skip

_DRUM_POINTS = {
    Role.KICK: ((31, -15), (50, -6), (63, -5), (80, -6), (125, -10), (250, -16), (500, -21), (1000, -24),
                (2000, -23), (4000, -23), (8000, -29), (16000, -40)),
    Role.SNARE: ((80, -28), (125, -18), (200, -8), (250, -9), (400, -12), (630, -14), (1000, -14),
                 (2000, -14), (4000, -13), (8000, -14), (16000, -22)),
    Role.TOMS: ((50, -18), (80, -7), (125, -6), (200, -8), (315, -13), (630, -20), (1250, -22),
                (2500, -22), (5000, -24), (10000, -30), (16000, -38)),
}  # fmt: skip


@dataclass(frozen=True)
class Typical:
    """A typical spectrum: level per band re the whole in dB, and how far from it is still usual."""

    level_db: np.ndarray
    tolerance_db: float
    source: str


@cache
def typical_spectrum(role: Role) -> Typical | None:
    """The usual spectrum of a role; None where nothing usable is known."""
    if role in _DRUM_POINTS:
        return Typical(_curve(_DRUM_POINTS[role]), 8.0, f"usual {role.title.lower()}")
    if role is Role.DRUM_KIT:
        return Typical(_stem("drums"), 2.0, "average drum stem")
    if role.group is RoleGroup.BASS:
        return Typical(_stem("bass"), 3.0, "average bass stem")
    if role is Role.LEAD_VOCAL:
        return Typical(_stem("vocals"), 2.0, "average vocal stem")
    if role is Role.BACKING_VOCAL:
        return Typical(_stem("vocals"), 5.0, "average vocal stem")
    if role.group is RoleGroup.GUITARS or role is Role.PIANO:
        return Typical(_stem("other"), 4.0, "average harmony stem")
    if role.group in (RoleGroup.ORCHESTRAL, RoleGroup.KEYS):
        return Typical(_stem("other"), 6.0, "average harmony stem")
    return None


def _stem(name: str) -> np.ndarray:
    return _curve(tuple(zip(_STEM_HZ, _STEMS[name], strict=True)))


def _curve(points: tuple[tuple[float, float], ...]) -> np.ndarray:
    hz, level = zip(*points, strict=True)
    curve = np.interp(np.log2(CENTERS_HZ), np.log2(hz), level)
    low, high = hz[0] > CENTERS_HZ, hz[-1] < CENTERS_HZ
    curve[low] -= 6.0 * np.log2(hz[0] / CENTERS_HZ[low])  # beyond the table: 6 dB per octave
    curve[high] -= 6.0 * np.log2(CENTERS_HZ[high] / hz[-1])
    curve -= 10 * np.log10(np.sum(10 ** (curve / 10)))
    curve.setflags(write=False)
    return curve
