"""The vocabulary (``vocabulary.toml``) and the phrases it makes for one song."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from mixwright.project import Project
from mixwright.roles import Role

Phrase = tuple[str, ...]


PLAIN = 1.0
"""Value of qualities in their basic form: "the vocal is dry" complains, "drier" wishes."""


@dataclass(frozen=True)
class Move:
    """One direction in which a mix can be moved."""

    name: str
    unit: str
    most: float
    """The most one wish does."""
    up: str
    down: str


@dataclass(frozen=True)
class Sense:
    """What a phrase means: its kind, what it names, and how it counts.

    Kinds: track, section, missing (a section the song has not), quality, thing, place, and the modifiers of
    the vocabulary by their names; number and unknown are made while reading.
    """

    kind: str
    name: str = ""
    base: str = ""
    """Of a quality: words, opposite, faults, lacks or over (what one track does to others)."""
    ids: frozenset[str] = frozenset()
    value: float = 0.0


@dataclass(frozen=True)
class Meaning:
    """What a quality or a thing moves."""

    moves: dict[str, float]
    down: dict[str, float] = field(default_factory=dict)
    """What less of it moves, where that is not just the opposite."""
    whole: dict[str, float] = field(default_factory=dict)
    """What it moves when the whole mix is meant."""
    unwanted: bool = False
    lead_only: bool = False
    with_db: str = ""
    """What a number in dB is meant for, where that is another move."""
    carried_by: tuple[str, ...] = ()
    """Roles and families that make the moves when the whole mix is meant."""


@dataclass(frozen=True)
class Vocabulary:
    """All senses by phrase, without those of a song."""

    moves: Mapping[str, Move]
    meanings: Mapping[str, Meaning]
    senses: Mapping[Phrase, Sense]
    tracks: Mapping[str, tuple[str, ...]]
    families: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    instruments: tuple[str, ...]
    sections: Mapping[str, Any]
    short: Mapping[str, str]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that is shipped."""
    data = tomllib.loads((files("mixwright.words") / "vocabulary.toml").read_text(encoding="utf-8"))
    senses: dict[Phrase, Sense] = {}
    meanings: dict[str, Meaning] = {}

    def learn(phrases: Iterable[str], sense: Sense) -> None:
        for phrase in phrases:
            senses.setdefault(tuple(phrase.split()), sense)

    learn(data["places"], Sense("place"))
    for phrase, seconds in data["places"].items():
        senses[tuple(phrase.split())] = Sense("place", phrase, value=seconds)
    for name, entry in data["things"].items():
        key = f"things.{name}"
        meanings[key] = _meaning(entry)
        learn(entry["words"], Sense("thing", key))
    for name, entry in data["qualities"].items():
        key = f"qualities.{name}"
        meanings[key] = _meaning(entry)
        for base in ("words", "opposite", "faults", "lacks"):
            for word in entry.get(base, ()):
                learn([word], Sense("quality", key, base, value=PLAIN))
                learn(_forms(word), Sense("quality", key, base))
        for base, asked in (("makes", "words"), ("takes", "opposite"), ("over", "over")):
            learn(entry.get(base, ()), Sense("quality", key, asked))
    for name, words in data["words"].items():
        learn(words, Sense(name))
    for phrase, amount in data["amounts"].items():
        learn([phrase], Sense("amount", value=amount))
    learn(data["filler"]["words"], Sense("filler"))
    moves = {name: Move(name=name, **entry) for name, entry in data["moves"].items()}
    return Vocabulary(
        moves,
        meanings,
        senses,
        data["tracks"],
        data["families"],
        data["groups"],
        tuple(data["instruments"]["words"]),
        data["sections"],
        data["short"],
    )


def _meaning(entry: Mapping[str, Any]) -> Meaning:
    fields = ("moves", "down", "whole", "unwanted", "lead_only", "with_db")
    carried_by = tuple(entry.get("carried_by", ()))
    return Meaning(**{name: entry[name] for name in fields if name in entry}, carried_by=carried_by)


def _forms(word: str) -> Iterable[str]:
    """The comparative and superlative of a quality, and the verb that makes it so."""
    head, _, last = word.rpartition(" ")
    if head:
        return
    if last.endswith("e"):
        stems = [last[:-1]]
    elif last.endswith("y"):
        stems = [last[:-1] + "i"]
    else:
        stems = [last, last + last[-1]]
    for stem in stems:
        yield from (stem + "er", stem + "est", stem + "en", stem + "en up")
    yield last + "ly"


def senses_of(project: Project) -> dict[Phrase, Sense]:
    """All senses, with the tracks and sections of a song."""
    known = vocabulary()
    senses = dict(known.senses)
    for name in known.instruments:
        senses.setdefault(tuple(name.split()), Sense("track", name))
    senses |= _section_senses(project, known)
    senses |= _track_senses(project, known)
    return senses


def _section_senses(project: Project, known: Vocabulary) -> dict[Phrase, Sense]:
    senses: dict[Phrase, Sense] = {}
    plurals: dict[str, str] = known.sections["plurals"]
    for word in (*known.sections["words"], *plurals):
        phrase = tuple(word.split())
        if phrase not in known.senses:  # a drop may be a section, or what somebody does
            senses[phrase] = Sense("missing", word)
    names = [section.name for section in project.facts.sections]
    bases = {name.rstrip("0123456789").rstrip("_"): None for name in names}
    for base in bases:
        members = [name for name in names if name.rstrip("0123456789").rstrip("_") == base]
        plain = tuple(base.replace("_", " ").split())
        for phrase in (plain, *((p,) for p, single in plurals.items() if single == base)):
            senses[phrase] = Sense("section", base, base=",".join(members))
        for k, name in enumerate(members, 1):
            senses[*plain, str(k)] = Sense("section", name, base=name)
        for number, ordinal in enumerate(("first", "second", "third", "fourth")):
            if number < len(members):
                for word in known.sections[ordinal]:
                    senses[word, *plain] = Sense("section", members[number], base=members[number])
        for word in known.sections["last"]:
            senses[word, *plain] = Sense("section", members[-1], base=members[-1])
    return senses


def _track_senses(project: Project, known: Vocabulary) -> dict[Phrase, Sense]:
    strips = {strip.id for strip in project.mix.strips}
    tracks = [track for track in project.tracks if track.id in strips]
    senses: dict[Phrase, Sense] = {}
    for role, names in known.tracks.items():
        ids = frozenset(track.id for track in tracks if track.role is Role(role))
        for word in names:
            senses[tuple(word.split())] = Sense("track", role.replace("_", " "), ids=ids)
    for family, names in known.families.items():
        ids = frozenset(track.id for track in tracks if track.role.group.value == family)
        for word in names:
            senses[tuple(word.split())] = Sense("track", family, ids=ids)
    for name, members in known.groups.items():
        ids = frozenset(track.id for track in tracks if track.role.group.value in members)
        senses[tuple(name.split())] = Sense("track", name, ids=ids)
    for phrase, sense in list(senses.items()):
        for side, ids in _sides(project, sense.ids).items():
            own = Sense("track", f"{side} {sense.name}", ids=ids)
            senses |= {(side, *phrase): own, (*phrase, side): own}
            senses |= {(side[0], *phrase): own, (*phrase, side[0]): own}
    for track in tracks:
        words = _plain(track.name).split()
        own = Sense("track", track.name, ids=frozenset((track.id,)))
        if words and not all(word.isdigit() for word in words):
            senses[tuple(words)] = own
        for word in words:
            alone = sum(word in _plain(other.name).split() for other in tracks) == 1
            if alone and len(word) > 3 and (word,) not in senses and (word,) not in known.senses:
                senses[word,] = own
    return senses


def _sides(project: Project, ids: frozenset[str]) -> dict[str, frozenset[str]]:
    """Those of several tracks that stand left and right, by name or pan."""
    if len(ids) < 2:
        return {}
    found: dict[str, frozenset[str]] = {}
    for side, sign in (("left", -1), ("right", 1)):
        named = {
            t.id for t in project.tracks if t.id in ids and {side, side[0]} & set(_plain(t.name).split())
        }
        placed = {s.id for s in project.mix.strips if s.id in ids and s.pan * sign > 0.1}
        if named or placed:
            found[side] = frozenset(named or placed)
    return found


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else " " for c in text.lower())
