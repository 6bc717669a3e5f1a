"""Preferences on a mix: what is measured of the user's choices, and how the first pass takes them over."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.engineer.desk import Desk
from mixwright.engineer.estimate import band_response_db
from mixwright.engineer.moves import WHOLE, Changes, moved
from mixwright.mix_model import OFF_DB, Mix, Strip
from mixwright.project import Project
from mixwright.roles import Role, RoleGroup
from mixwright.session.names import KINDS

KIND = "taste"

BRIGHT_HZ, DARK_HZ = (4000.0, 12000.0), (100.0, 400.0)

_MOVES = {"level": "level", "tone": "tilt", "reverb": "reverb", "width": "width", "compression": "squash"}

_PATHS = {
    "level": ("strips.{}.fader_db",),
    "tone": ("strips.{}.equalizer.*",),
    "reverb": ("strips.{}.sends.*",),
    "width": ("strips.{}.pan", "strips.{}.width"),
    "compression": ("strips.{}.compressor.*",),
}
_WHOLE_PATHS = {"reverb": ("returns.*.fader_db",), "width": ("master.width",)}
"""The values a dimension is made of, of one strip and of the whole mix."""


def dimensions_of(project: Project) -> dict[str, tuple[str, ...]]:
    """Values one can have a taste for in this song, and the strips each is about (none: the whole)."""
    strips = {strip.id for strip in project.mix.strips}
    found: dict[str, tuple[str, ...]] = {"reverb.mix": (), "width.mix": ()}
    for role in Role:
        ids = tuple(t.id for t in project.tracks if t.role is role and t.id in strips)
        if ids:
            found |= {f"{name}.{role.value}": ids for name in ("level", "tone", "reverb", "width")}
    for group in RoleGroup:
        ids = tuple(t.id for t in project.tracks if t.role.group is group and t.id in strips)
        if ids:
            found[f"compression.{group.value}"] = ids
    return found


def values_of(project: Project, dimension: str) -> tuple[str, ...]:
    """Patterns of the paths whose values a dimension of `dimensions_of` is made of."""
    name, _, _ = dimension.partition(".")
    ids = dimensions_of(project)[dimension]
    if not ids:
        return _WHOLE_PATHS[name]
    return tuple(pattern.format(id) for id in ids for pattern in _PATHS[name])


def position(project: Project, mix: Mix, dimension: str) -> float:
    """Where a mix stands in one dimension, in its unit; differences of it are what counts."""
    name, _, _ = dimension.partition(".")
    ids = dimensions_of(project).get(dimension, ())
    if not ids:
        if name == "width":
            return mix.master.width
        return float(np.mean([ret.fader_db for ret in mix.returns if ret.effect != "echo"] or [0.0]))
    strips = [strip for strip in mix.strips if strip.id in ids]
    return float(np.mean([_POSITIONS[name](mix, strip, project.sample_rate) for strip in strips]))


def like(desk: Desk, offsets: Mapping[str, float]) -> None:
    """Moves the desk's mix by preferences, as decisions of their own; kinds the brief leaves out stay."""
    project = desk.project.replace(mix=desk.mix)
    known = dimensions_of(project)
    for dimension, offset in offsets.items():
        if dimension not in known or _left_out(project, dimension):
            continue
        name, _, who = dimension.partition(".")
        targets = known[dimension] or (WHOLE,)
        changes: Changes = moved(desk.mix, _MOVES[name], offset, targets)
        if changes:
            desk.note(
                KIND,
                known[dimension][0] if len(known[dimension]) == 1 else "",
                f"{name} of {who.replace('_', ' ')} {offset:+.2g}: as you like it",
                "Learned from what you changed in earlier songs.",
                {dimension: offset},
                changes,
                0.7,
                set_by="feedback",
            )
            desk.settle()


def _left_out(project: Project, dimension: str) -> bool:
    patterns = values_of(project, dimension)
    return any(
        any(fnmatchcase(pattern, kinds) for pattern in patterns for kinds in KINDS[kind])
        for kind in project.brief.without
        if kind in KINDS
    )


def _tone(mix: Mix, strip: Strip, sample_rate: int) -> float:
    response = band_response_db(strip.equalizer, sample_rate)

    def mean(low: float, high: float) -> float:
        return float(response[(low <= CENTERS_HZ) & (high >= CENTERS_HZ)].mean())

    # The move of tone brings its amount to the highs, and a third of it the other way below.
    return (mean(*BRIGHT_HZ) - mean(*DARK_HZ)) / 0.95


def _reverb(mix: Mix, strip: Strip, sample_rate: int) -> float:
    effects = {ret.id for ret in mix.returns if ret.effect != "echo"}
    levels = [send.level_db for send in strip.sends if send.to in effects and send.level_db > OFF_DB]
    return float(max(levels, default=-40.0))


def _squash(mix: Mix, strip: Strip, sample_rate: int) -> float:
    return -strip.compressor.threshold_db * (1 - 1 / strip.compressor.ratio)


_POSITIONS: Mapping[str, Callable[[Mix, Strip, int], float]] = {
    "level": lambda mix, strip, rate: strip.fader_db,
    "tone": _tone,
    "reverb": _reverb,
    "width": lambda mix, strip, rate: abs(strip.pan) + strip.width,
    "compression": _squash,
}
