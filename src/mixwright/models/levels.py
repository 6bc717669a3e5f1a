"""The level engineers give a track: what is expected, how far they differ, and draws of single engineers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.models.linear import EngineerModel, load_engineer_model
from mixwright.models.track_facts import Facts, features
from mixwright.roles import Role, RoleGroup

__all__ = ["ExpectedLevel", "expected_levels", "sample_levels"]

ROLES = tuple(Role)

GROUP_SHARE = 0.35
ROLE_SHARE = 0.25
"""Shares of the variance between engineers that all tracks of a group, and of a role, have in common: whoever
likes loud drums likes all of them loud."""

WORDS = {
    "role": "its role", "group": "its group", "raw": "its raw level", "raw_group": "its raw level",
    "within": "its level among its role", "loud": "its raw level", "soft_group": "its raw level",
    "group_raw": "how loud its group came", "drums": "how loud the drums came",
    "drums_group": "how loud the drums came", "count": "how many share its role",
    "count_group": "how many share its role", "size": "the number of tracks",
    "flag": "its microphone or side",
    "stereo": "being stereo", "stereo_group": "being stereo",
}  # fmt: skip
"""How a reason names what moved the level."""


@dataclass(frozen=True)
class ExpectedLevel:
    """Post-fader loudness of one track re the median track of its mix."""

    mean_lu: float
    spread_lu: float
    """Standard deviation of single engineers about the mean, for songs not seen in training."""
    reason: str


def expected_levels(tracks: Sequence[Facts], model: EngineerModel | None = None) -> list[ExpectedLevel]:
    """What engineers would do with the tracks of one song, from roles and raw levels alone.

    Parameters
    ----------
    tracks : sequence of Facts
        All tracks of the song, in any order; raw levels count only re each other.
    model : EngineerModel, optional
        Instead of the one that ships.

    Raises
    ------
    ModelError
        When the weights are missing or damaged.
    """
    if not tracks:
        return []
    model = model or load_engineer_model()
    target = model["level_lu"]
    numbers = features(tracks)
    means = target.predict(numbers)
    means = means - float(np.median(means))
    out = []
    for track, row, mean in zip(tracks, numbers, means, strict=True):
        out.append(
            ExpectedLevel(
                float(mean), float(target.spread[ROLES.index(track.role)]), _reason(target.parts(row), mean)
            )
        )
    return out


def sample_levels(
    tracks: Sequence[Facts], count: int, seed: int, model: EngineerModel | None = None
) -> np.ndarray:
    """Levels of `count` engineers in LU re the median track, (count, tracks); a seed gives the same again."""
    expected = expected_levels(tracks, model)
    rng = np.random.default_rng(seed)
    group = rng.standard_normal((count, len(RoleGroup)))
    role = rng.standard_normal((count, len(ROLES)))
    own = rng.standard_normal((count, len(tracks)))
    groups = [list(RoleGroup).index(track.role.group) for track in tracks]
    roles = [ROLES.index(track.role) for track in tracks]
    draws = (
        np.sqrt(GROUP_SHARE) * group[:, groups]
        + np.sqrt(ROLE_SHARE) * role[:, roles]
        + np.sqrt(1 - GROUP_SHARE - ROLE_SHARE) * own
    )
    means = np.array([each.mean_lu for each in expected])
    levels = means + draws * np.array([each.spread_lu for each in expected])
    return np.asarray(levels - np.median(levels, axis=1, keepdims=True)) if tracks else levels


def _reason(parts: dict[str, float], mean: float) -> str:
    told: dict[str, float] = {}
    for block, value in parts.items():
        if block in WORDS:
            told[WORDS[block]] = told.get(WORDS[block], 0.0) + value
    largest = sorted(told.items(), key=lambda item: -abs(item[1]))[:2]
    moved = " and ".join(f"{name} {value:+.1f}" for name, value in largest if abs(value) >= 0.3)
    return f"engineers put such a track {mean:+.1f} LU from the median track" + (
        f" ({moved})" if moved else ""
    )
