"""Learning a user's taste from revisions, and showing what was learned."""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mixwright.engineer.liking import KIND, dimensions_of, position, values_of
from mixwright.errors import InputError
from mixwright.project import Project
from mixwright.roles import Role, RoleGroup
from mixwright.session.history import go_to
from mixwright.taste.model import MOST, Choice, Preference, learned, offsets, step_of
from mixwright.taste.store import SWITCH, TasteStore, taste_file

LEAST_TOUCH = 0.1
"""Moves below this, in steps of taste, are no choice."""

_UNITS = {"level": "dB", "tone": "dB", "reverb": "dB", "compression": "dB", "width": ""}


@dataclass(frozen=True)
class Taste:
    """What is known about a user's taste."""

    file: str | None
    """Where it is kept; None where it is switched off."""
    songs: int
    preferences: tuple[Preference, ...]
    wishes: dict[str, float]
    """Offsets the user wrote down."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The preferences in words, strongest first."""
        worth = offsets({p.dimension: p for p in self.preferences})
        found = [p for p in self.preferences if p.dimension in worth and p.dimension not in self.wishes]
        found.sort(key=lambda p: -abs(p.offset) / step_of(p.dimension))
        return (
            *(f"{_shown(name, value)}, as you wrote" for name, value in sorted(self.wishes.items())),
            *(
                f"{_shown(p.dimension, p.offset)} ({p.probability:.0%} sure, touched in {p.touched} of "
                f"{p.songs} songs)"
                for p in found
            ),
        )


def taste(
    genre: str | None = None,
    *,
    wish: dict[str, float] | None = None,
    forget: str | None = None,
    reset: bool = False,
) -> Taste:
    """What was learned of the user's taste; changes it first where that is asked for.

    Parameters
    ----------
    genre : str, optional
        For songs of this genre; else in general.
    wish : mapping of str to float, optional
        Offsets to write down, such as ``{"level.lead_vocal": 1.5}``: they stand in the place of what was
        learned.
    forget : str, optional
        A value about which all is erased.
    reset : bool
        Erases everything.

    Raises
    ------
    InputError
        When there is no such value, or an offset is further than a preference goes.
    """
    wishes = {_dimension(name): _offset(name, value) for name, value in (wish or {}).items()}
    path = taste_file()
    if path is None:
        if wish or forget or reset:
            raise InputError(f"nothing is kept of your taste; unset {SWITCH} to change that")
        return Taste(None, 0, (), {})
    store = TasteStore(path)
    if reset:
        store.forget()
    if forget is not None:
        store.forget(_dimension(forget))
    for name, value in wishes.items():
        store.wish(name, value)
    choices = store.choices()
    found = learned(choices, genre)
    return Taste(str(path), len({c.song for c in choices}), tuple(found.values()), store.wishes())


def liked_offsets(genre: str) -> dict[str, float]:
    """What the first pass of a song of this genre gets."""
    path = taste_file()
    if path is None:
        return {}
    store = TasteStore(path)
    return offsets(learned(store.choices(), genre)) | store.wishes()


def remember(project: Project, genre: str) -> None:
    """Keeps where the user has brought this song to, against its first pass; nothing where it is as it was.

    What the engineer itself moved since is no choice of the user's, and says nothing about one.
    """
    path = taste_file()
    if path is None or not project.history:
        return
    files = sorted(f.content_hash for track in project.tracks for f in track.files)
    song = hashlib.sha256("".join(files).encode()).hexdigest()[:32]
    first = go_to(project, 1)
    own = _own_values(first, project)
    TasteStore(path).keep(song, _choices(project, first, own, song, genre) if own else ())


def _own_values(first: Project, project: Project) -> frozenset[str]:
    """Paths of what the user set to something else than it was."""
    begun = {p.path: p.value for p in first.mix.walk()}
    return frozenset(
        p.path
        for p in project.mix.walk()
        if p.value != begun.get(p.path)
        and (setting := project.settings.get(p.path)) is not None
        and setting.set_by == "user"
    )


def _choices(project: Project, first: Project, own: Iterable[str], song: str, genre: str) -> Iterator[Choice]:
    given = {name: far for d in first.decisions if d.kind == KIND for name, far in d.evidence.items()}
    for dimension in dimensions_of(project):
        move = position(project, project.mix, dimension) - position(first, first.mix, dimension)
        moved = abs(move) >= LEAST_TOUCH * step_of(dimension)
        patterns = values_of(project, dimension)
        if moved and not any(fnmatchcase(path, pattern) for path in own for pattern in patterns):
            continue
        begun = given.get(dimension, 0.0)
        yield Choice(song, genre, dimension, begun + (move if moved else 0.0), moved, begun)


def _dimension(text: str) -> str:
    name, _, who = text.strip().partition(".")
    if name not in _UNITS or who not in _members(name):
        known = f"; {name} is about one of {', '.join(_members(name))}" if name in _UNITS else ""
        raise InputError(
            f"{text!r} is no value one has a taste for; write for example level.lead_vocal, tone.bass, "
            f"reverb.mix, width.electric_guitar or compression.drums{known}"
        )
    return f"{name}.{who}"


def _members(name: str) -> tuple[str, ...]:
    """What a kind of value is told of: roles, families, or the whole mix."""
    if name == "compression":
        return tuple(group.value for group in RoleGroup)
    return (*(role.value for role in Role), *(("mix",) if name in ("reverb", "width") else ()))


def _offset(dimension: str, value: float) -> float:
    most = round(MOST * step_of(dimension), 6)
    if not math.isfinite(value) or abs(value) > most:
        raise InputError(
            f"{dimension}={value:g} is out of range; give an offset within -{most:g} .. {most:g} "
            f"{_UNITS[_dimension(dimension).partition('.')[0]]}".rstrip()
        )
    return value


def _shown(dimension: str, offset: float) -> str:
    name, _, who = dimension.partition(".")
    return f"{who.replace('_', ' ')}: {name} {offset:+.2g} {_UNITS.get(name, '')}".rstrip()
