"""Learning a user's taste from revisions, and showing what was learned."""

import hashlib
import math
from dataclasses import dataclass

from mixwright.engineer.liking import KIND, dimensions_of, position
from mixwright.errors import InputError
from mixwright.project import Project
from mixwright.roles import Role, RoleGroup
from mixwright.session.history import changes_between, go_to
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
    """Keeps where the user has brought this song to, against its first pass."""
    path = taste_file()
    if path is None or not project.history or project.at == 1:
        return
    first = go_to(project, 1)
    changed = {
        change.path.removeprefix("/mix/").replace("/", ".") for change in changes_between(first, project)
    }
    own = {path for path, s in project.settings.items() if s.set_by == "user"} & changed
    if not own:
        return
    given = {name: far for d in first.decisions if d.kind == KIND for name, far in d.evidence.items()}
    song = hashlib.sha256("".join(sorted(f.content_hash for t in project.tracks for f in t.files)).encode())
    choices = []
    for dimension in dimensions_of(project):
        move = position(project, project.mix, dimension) - position(first, first.mix, dimension)
        begun = given.get(dimension, 0.0)
        touched = abs(move) >= LEAST_TOUCH * step_of(dimension)
        value = begun + (move if touched else 0.0)
        choices.append(Choice(song.hexdigest()[:32], genre, dimension, value, touched, begun))
    TasteStore(path).keep(choices)


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
