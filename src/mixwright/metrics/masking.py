"""Masking: is each role heard in the mix?

Conventions
-----------
A role's essential bands are the fewest third octaves that hold 90 % of its K-weighted energy while it plays
(Hafezi & Reiss 2015 rank bands the same way). In each of them and each moment it plays, it is heard where
its power lies above the threshold that everything else sets there: the power of the rest, spread over the
Bark scale (Schroeder, Atal & Hall 1979), lowered by 5.5 dB, the signal-to-mask ratio at which one sound
masks another that is like noise beside it (Johnston 1988). Audibility is the heard share, each cell
weighted by its specific loudness (power to 0.23, Zwicker): 1 is never covered, 0 never heard.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, band_loudness_lufs, k_weights
from mixwright.errors import InputError
from mixwright.metrics.balance import Contributions
from mixwright.roles import Role

ESSENTIAL_SHARE = 0.9
OFFSET_DB = 5.5
LOUDNESS_EXPONENT = 0.23
PLAYING_LU = 20.0
"""A role plays where its loudness is at most this far below its loudest tenth."""


def validate(inside: Contributions) -> None:
    """InputError where there is nothing to compare."""
    if not inside.ids:
        raise InputError("there are no tracks in the mix to compare; give the folder of its tracks")


def bark(hz: np.ndarray) -> np.ndarray:
    """Critical-band rate (Traunmüller 1990)."""
    return 26.81 * hz / (1960.0 + hz) - 0.53


def spread_db(distance_bark: np.ndarray) -> np.ndarray:
    """Level of a masker's excitation at a distance above it (Schroeder, Atal & Hall 1979)."""
    x = np.asarray(distance_bark, np.float64) + 0.474
    return 15.81 + 7.5 * x - 17.5 * np.sqrt(1 + x * x)


@cache
def _spreading() -> np.ndarray:
    """Power that band i (row) brings into band j (column)."""
    place = bark(CENTERS_HZ)
    matrix = 10 ** (spread_db(place[None, :] - place[:, None]) / 10)
    matrix.setflags(write=False)
    return matrix


def masked_threshold(rest: np.ndarray) -> np.ndarray:
    """Power below which a sound is not heard beside third-octave powers, shape (..., bands)."""
    return np.asarray(rest, np.float64) @ _spreading() * 10 ** (-OFFSET_DB / 10)


def essential_bands(power: np.ndarray) -> np.ndarray:
    """The fewest bands that hold 90 % of the K-weighted energy of (frames, bands), bool (bands,)."""
    energy = np.asarray(power, np.float64).sum(axis=0) * k_weights()
    order = np.argsort(-energy, kind="stable")
    held = np.cumsum(energy[order])
    count = int(np.searchsorted(held, ESSENTIAL_SHARE * held[-1])) + 1
    out = np.zeros(energy.size, bool)
    out[order[:count]] = True
    return out


def audibility(own: np.ndarray, rest: np.ndarray) -> float:
    """Heard share of a sound beside the rest, both powers (frames, bands); nan if it never plays."""
    level = band_loudness_lufs(own)
    playing = (level > np.percentile(level, 90) - PLAYING_LU) & (level > -70.0)
    if not playing.any():
        return float("nan")
    bands = essential_bands(own[playing])
    mine = np.asarray(own, np.float64)[playing][:, bands]
    heard = mine > masked_threshold(rest[playing])[:, bands]
    weight = mine**LOUDNESS_EXPONENT
    return float((weight * heard).sum() / weight.sum())


def audibilities(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, float]:
    """Audibility of each role (of each track where no role is known) beside all others."""
    groups: dict[str, list[str]] = {}
    for id in inside.ids:
        groups.setdefault(str(roles[id]) if id in roles else id, []).append(id)
    whole = inside.of(inside.ids)
    out = {}
    for name, ids in groups.items():
        own = inside.of(ids)
        value = audibility(own, np.maximum(whole - own, 0.0))
        if np.isfinite(value):
            out[name] = value
    return out


def evaluate(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, float]:
    """Audibility of all, their mean, and the least one."""
    validate(inside)
    found = audibilities(inside, roles)
    values = list(found.values()) or [0.0]
    return {
        **{f"{name}_audibility": value for name, value in found.items()},
        "mean_audibility": float(np.mean(values)),
        "least_audibility": float(np.min(values)),
    }
