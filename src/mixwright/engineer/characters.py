"""Characters of takes: different, all defensible mixes of one song, each in a direction with a name."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

import numpy as np

from mixwright.engineer.moves import WHOLE, Changes, moved
from mixwright.mix_model import Mix
from mixwright.project import Project
from mixwright.session.curves import with_values

LEAST_APART_DB = 1.5
"""Takes differ by at least this, as the root mean square over roles of their levels."""

MARGIN = 1.1
MOST_DB = 3.0
"""No role moves further: engineers differ by more than that on one song."""


@dataclass(frozen=True)
class Character:
    """One direction."""

    name: str
    line: str
    levels: Mapping[str, float]
    moves: Sequence[tuple[str, float, str]]


@cache
def characters() -> dict[str, Character]:
    """All characters, by name."""
    data = tomllib.loads((files("mixwright.engineer") / "characters.toml").read_text(encoding="utf-8"))
    return {
        name: Character(name, entry["line"], entry["levels"], tuple(tuple(move) for move in entry["moves"]))
        for name, entry in data.items()
    }


def role_levels(project: Project, character: Character) -> dict[str, float]:
    """What a character does to each role of a song, in dB, the mean over roles taken out."""
    roles = {track.role for track in project.tracks}
    found = {
        role.value: float(character.levels.get(role.value, character.levels.get(role.group.value, 0.0)))
        for role in sorted(roles)
    }
    mean = float(np.mean(list(found.values()))) if found else 0.0
    return {role: far - mean for role, far in found.items()}


def chosen(project: Project, count: int) -> list[tuple[Character, dict[str, float]]]:
    """The characters that lie furthest apart in this song, and their levels by role.

    Levels are widened where needed, up to `MOST_DB`, so that takes lie `LEAST_APART_DB` from each other and
    from the first mix.
    """
    every = [(character, role_levels(project, character)) for character in characters().values()]
    best = max(combinations(every, min(count, len(every))), key=lambda group: _least(group))
    least = _least(best)
    factor = max(1.0, LEAST_APART_DB * MARGIN / least) if least > 0 else 1.0
    return [
        (character, {role: _held(far * factor) for role, far in levels.items()}) for character, levels in best
    ]


def apart_db(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Distance of two sets of role levels: root mean square over the roles, a common gain taken out."""
    difference = np.array([a[role] - b[role] for role in a])
    return float(np.sqrt(np.mean((difference - difference.mean()) ** 2))) if difference.size else 0.0


def _least(group: Sequence[tuple[Character, dict[str, float]]]) -> float:
    """The least distance among characters, and to where nothing moves."""
    levels = [far for _, far in group]
    levels.append(dict.fromkeys(levels[0], 0.0))
    return min(apart_db(a, b) for a, b in combinations(levels, 2))


def _held(far: float) -> float:
    return round(min(max(far, -MOST_DB), MOST_DB), 2)


def in_character(project: Project, character: Character, levels: Mapping[str, float]) -> Changes:
    """The values of a mix in a character: role by role, then what goes with it."""
    mix = project.mix
    changes: Changes = {}
    for role, far in levels.items():
        ids = {track.id for track in project.tracks if track.role.value == role}
        changes |= moved(mix, "level", far, ids)
    mix = with_values(mix, changes)
    for move, far, who in character.moves:
        found = moved(mix, move, far, _targets(project, mix, who))
        mix = with_values(mix, found)
        changes |= found
    return changes


def _targets(project: Project, mix: Mix, who: str) -> set[str]:
    if not who:
        return {WHOLE}
    return {t.id for t in project.tracks if who in (t.role.value, t.role.group.value)}
