"""What the learned models are told of a track, and the numbers they make of it.

The numbers of a track also tell of the others in the song (how many share its role, how loud its group came),
through sums and medians: the order of the tracks does not matter, and their number is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.roles import Role, RoleGroup

__all__ = ["FEATURES", "Facts", "features"]

ROLES = tuple(Role)
GROUPS = tuple(RoleGroup)

FLAGS = ("direct", "amplifier", "double", "left", "right")


@dataclass(frozen=True)
class Facts:
    """One track, as names and meters describe it."""

    role: Role
    raw_lufs: float | None = None
    is_stereo: bool = False
    is_direct: bool = False
    is_amplifier: bool = False
    is_double: bool = False
    side: str | None = None


def _names() -> tuple[tuple[str, str], ...]:
    one = [("bias", "")]
    role = [("role", str(r)) for r in ROLES]
    group = [("group", str(g)) for g in GROUPS]
    flag = [("flag", f) for f in FLAGS]
    rest = [("stereo_group", str(g)) for g in GROUPS]
    for block in ("count", "raw"):
        rest.append((block, ""))
        rest += [(f"{block}_group", str(g)) for g in GROUPS]
    rest += [(block, "") for block in ("size", "stereo", "within", "loud", "group_raw", "drums")]
    rest += [("drums_group", str(g)) for g in GROUPS]
    rest += [("soft_group", str(g)) for g in GROUPS]
    return tuple(one + role + group + flag + rest)


FEATURES = _names()
"""(block, key) of every column of `features`; a block has one prior."""

SOFT = 0.6
"""How far below the median, in tens of LU, a track counts as soft."""
_COLUMN = {name: at for at, name in enumerate(FEATURES)}


def features(tracks: Sequence[Facts]) -> np.ndarray:
    """Numbers of every track of one song, (tracks, len(FEATURES)); raw levels in tens of LU.

    Raw levels count re the song's median; where they are unknown, as the median.
    """
    out = np.zeros((len(tracks), len(FEATURES)))
    if not tracks:
        return out
    raw = np.array([np.nan if t.raw_lufs is None else t.raw_lufs for t in tracks], float)
    middle = float(np.nanmedian(raw)) if np.isfinite(raw).any() else -23.0
    relative = np.where(np.isfinite(raw), raw - middle, 0.0) / 10.0
    by_role = {r: relative[[t.role is r for t in tracks]].mean() for r in {t.role for t in tracks}}
    by_group = {
        g: relative[[t.role.group is g for t in tracks]].mean() for g in {t.role.group for t in tracks}
    }
    drums = by_group.get(RoleGroup.DRUMS, 0.0)
    counts = {r: sum(t.role is r for t in tracks) for r in by_role}
    size = np.log2(len(tracks)) - 5.0
    for row, track, level in zip(out, tracks, relative, strict=True):
        group, role = str(track.role.group), str(track.role)
        flags = (
            track.is_direct,
            track.is_amplifier,
            track.is_double,
            track.side == "left",
            track.side == "right",
        )
        count = float(np.log2(counts[track.role]))
        stereo = float(track.is_stereo)
        numbers = {
            ("bias", ""): 1.0,
            ("role", role): 1.0,
            ("group", group): 1.0,
            **{("flag", flag): float(on) for flag, on in zip(FLAGS, flags, strict=True)},
            ("stereo", ""): stereo,
            ("stereo_group", group): stereo,
            ("size", ""): size,
            ("count", ""): count,
            ("count_group", group): count,
            ("raw", ""): level,
            ("raw_group", group): level,
            ("within", ""): level - by_role[track.role],
            ("loud", ""): max(level, 0.0),
            ("group_raw", ""): by_group[track.role.group],
            ("drums", ""): drums,
            ("drums_group", group): drums,
            ("soft_group", group): max(-level - SOFT, 0.0),
        }
        for name, value in numbers.items():
            row[_COLUMN[name]] = value
    return out
