"""Reads a text about a mix: clause by clause, into bounded moves on tracks; what it does not know it says."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from mixwright.project import Project
from mixwright.roles import Role
from mixwright.words.vocabulary import PLAIN, Meaning, Phrase, Sense, senses_of, vocabulary

WHOLE = "mix"
"""Stands for the whole mix among the targets of a wish."""

OFF = -100.0
"""Amount of a wish for nothing of it at all."""

REMOVABLE = ("reverb", "echo")
"""What there may be nothing of; all else only gets less."""

HALF_DB = 6.0

LONGEST_PHRASE = 5
TYPO_LETTERS = 5
TYPO_LIKENESS = 0.8

_SHORT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "n't": " not",
    "i'd": "i would",
    "'s": "",
    "'re": " are",
    "'": "",
}
_NUMBER = re.compile(r"(?<![\w.])([+-]?\d+(?:\.\d+)?)\s*(db|lufs|lu|%)?(?![\w])")
_PURPOSE = re.compile(
    r"\b(so that|so (?:the|it|they|we|you|i|my|our)\b|because|since|in order to|which|that way)\b.*"
)
"""What a wish is for, or why: nothing that is asked for."""

_CLAUSE = re.compile(r"[,;!?\n]+|\.(?!\d)")


@dataclass(frozen=True)
class Wish:
    """One bounded move that is asked for.

    Attributes
    ----------
    move : str
        One of the vocabulary's moves.
    amount : float
        How far, in the unit of the move; `OFF` for none at all.
    targets : frozenset of str
        Ids of strips, or `WHOLE`.
    label : str
        What the targets are called.
    sections : tuple of str
        Where; empty for the whole song.
    leads : bool
        Whether this is what was said, not what goes along with it.
    said : str
        The clause.
    """

    move: str
    amount: float
    targets: frozenset[str]
    label: str
    sections: tuple[str, ...] = ()
    leads: bool = True
    said: str = ""


@dataclass(frozen=True)
class Understood:
    """What a text asks for, and what is not clear about it."""

    wishes: tuple[Wish, ...] = ()
    locks: tuple[str, ...] = ()
    loudness_lufs: float | None = None
    decay_s: float | None = None
    unknown: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Op:
    """One thing said about the targets of a clause."""

    sense: Sense
    sign: int = 0
    flags: set[str] = field(default_factory=set)
    amount: float = 1.0
    number: float | None = None


@dataclass
class _Clause:
    said: str
    senses: list[Sense]

    def has(self, *kinds: str) -> bool:
        return any(sense.kind in kinds for sense in self.senses)


_OPERATORS = (
    *("quality", "thing", "place", "up", "down", "mute", "keep"),
    *("deess", "none", "number", "dry", "warm", "thicken"),
)
_MODIFIERS = ("more", "less", "too", "enough", "not", "so", "none", "half", "twice")


def read_words(project: Project, text: str) -> Understood:
    """What a text asks for in this project's mix.

    Words that are not known, and sections or tracks the song has not, are listed; a clause with one of them
    asks for nothing. Wishes that contradict each other are left out, and named.
    """
    reader = _Reader(project)
    for clause in reader.clauses(text):
        reader.read(clause)
    wishes, contradictions = _without_contradictions(reader.wishes)
    return Understood(
        tuple(wishes),
        tuple(dict.fromkeys(reader.locks)),
        reader.loudness_lufs,
        reader.decay_s,
        tuple(dict.fromkeys(reader.unknown)),
        tuple(contradictions),
        tuple(dict.fromkeys(reader.notes)),
    )


class _Reader:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._senses = senses_of(project)
        self._words = sorted(
            {word for phrase in self._senses for word in phrase if len(word) >= TYPO_LETTERS - 1}
        )
        self.wishes: list[Wish] = []
        self.locks: list[str] = []
        self.loudness_lufs: float | None = None
        self.decay_s: float | None = None
        self.unknown: list[str] = []
        self.notes: list[str] = []
        self._last: tuple[frozenset[str], str] | None = None

    # --- from text to clauses ---

    def clauses(self, text: str) -> Iterator[_Clause]:
        plain = text.lower().replace("\u2019", "'").replace("\u2212", "-")
        for short, full in _SHORT.items():
            plain = plain.replace(short, full)
        plain = _with_digits(plain)
        for part in _CLAUSE.split(plain):
            words = _tokens(_PURPOSE.sub("", part))
            if words:
                senses = list(self._matched(words))
                yield from self._parted(part.strip(), senses)

    def _parted(self, said: str, senses: list[Sense]) -> Iterator[_Clause]:
        """Parts a sentence at each "and" or "but" that has something complete on both sides."""
        parts: list[list[Sense]] = [[]]
        for sense in senses:
            if sense.kind == "and":
                parts.append([])
            else:
                parts[-1].append(sense)
        merged = [_Clause(said, parts[0])]
        for part in parts[1:]:
            before = merged[-1]
            after = _Clause(said, part)
            if _complete(before) and _complete(after):
                merged.append(after)
            else:
                before.senses = [*before.senses, *part]
        yield from merged

    def _matched(self, words: Sequence[str]) -> Iterator[Sense]:
        at = 0
        while at < len(words):
            number = _NUMBER.fullmatch(words[at])
            for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
                phrase = tuple(words[at : at + length])
                sense = self._senses.get(phrase) or self._senses.get(self._corrected(phrase))
                if sense is not None:
                    yield sense
                    at += length
                    break
            else:
                if number:
                    unit = number[2] or ("%" if words[at].endswith("%") else "")
                    signed = "signed" if words[at][0] in "+-" else ""
                    yield Sense("number", unit, signed, value=float(number[1]))
                elif words[at] in ("and", "but", "then", "plus"):
                    yield Sense("and")
                else:
                    yield Sense("unknown", words[at])
                at += 1

    def _corrected(self, phrase: Phrase) -> Phrase:
        """A phrase with slips of the keys put right, each of them told."""
        return tuple(self._corrected_word(word) for word in phrase)

    def _corrected_word(self, word: str) -> str:
        if len(word) < TYPO_LETTERS or word in self._words or not word.isalpha():
            return word
        near = difflib.get_close_matches(word, self._words, n=1, cutoff=TYPO_LIKENESS)
        if not near or near[0][0] != word[0]:
            return word
        self.notes.append(f"read {word!r} as {near[0]!r}")
        return near[0]

    # --- from a clause to wishes ---

    def read(self, clause: _Clause) -> None:
        strange = [s.name for s in clause.senses if s.kind in ("unknown", "missing")]
        absent = [s.name for s in clause.senses if s.kind == "track" and not s.ids]
        if strange or absent:
            self.unknown += strange or absent
            return
        targets, label = self._targets(clause)
        sections = tuple(name for s in clause.senses if s.kind == "section" for name in s.base.split(","))
        if clause.has("keep"):
            self.locks += [_lock_name(s) for s in clause.senses if s.kind == "track"]
            return
        if clause.has("pan"):
            wide = Sense("quality", "qualities.wide", "words")
            clause.senses = [wide if s.name == "qualities.hard" else s for s in clause.senses]
        ops = _about_things(list(_operations(clause.senses)))
        if not ops and not clause.has("track", "section"):
            return  # nothing was said
        for op in ops:
            self._wish(op, targets, label, sections, clause)

    def _targets(self, clause: _Clause) -> tuple[frozenset[str], str]:
        named: dict[str, frozenset[str]] = {}
        left_out: frozenset[str] = frozenset()
        excluding = beside = False
        for sense in clause.senses:
            if sense.kind == "except":
                excluding = True
            elif sense.kind == "beside":
                beside = bool(named)  # "under the vocal": it is measured by that, not moved
            elif sense.kind == "track" and beside:
                continue
            elif sense.kind == "track" and excluding:
                left_out |= sense.ids
            elif sense.kind == "track":
                named[sense.name] = sense.ids
        every = frozenset(strip.id for strip in self._project.mix.strips)
        if not named and (excluding or clause.has("everything")):
            named = {"all": every}
        if named:
            ids = frozenset().union(*named.values()) - left_out
            self._last = ids, " and ".join(named)
            return self._last
        if self._last is not None and clause.has("master") and not clause.has("whole"):
            return self._last  # "turn it down"
        return frozenset((WHOLE,)), "mix"

    def _wish(
        self, op: _Op, targets: frozenset[str], label: str, sections: tuple[str, ...], clause: _Clause
    ) -> None:
        if op.sense.kind == "place":
            self.decay_s = op.sense.value
            return
        if op.sense.kind == "number" and op.sense.name in ("lufs",):
            self.loudness_lufs = op.sense.value
            return
        whole = targets == frozenset((WHOLE,))
        carriers: frozenset[str] = frozenset()
        sign, meaning = _sign_and_meaning(op)
        if sign == 0:
            return
        if meaning.lead_only:
            targets = self._leading(targets)
        moves = meaning.down if sign < 0 and meaning.down else meaning.moves
        own = -1 if sign < 0 and meaning.down else 1
        if op.number is not None and meaning.with_db:
            moves, own = {meaning.with_db: 1.5}, 1
        elif whole and meaning.carried_by:
            carriers = self._carriers(meaning)
            moves = {**meaning.moves, **meaning.whole}
        elif whole and meaning.whole and not (sections and "loudness" in meaning.whole):
            moves, own = meaning.whole, 1
        for number, (move, amount) in enumerate(moves.items()):
            far = self._amount(op, move, amount * sign * own, number == 0)
            who = carriers if carriers and move in meaning.moves else targets
            self.wishes.append(Wish(move, far, who, label, sections, leads=number == 0, said=clause.said))

    def _amount(self, op: _Op, move: str, usual: float, leads: bool) -> float:
        known = vocabulary().moves[move]
        if leads and "none" in op.flags and move in REMOVABLE:
            return OFF
        if leads and op.number is not None and known.unit in ("dB", "LU"):
            wanted = abs(op.number) * (1 if usual > 0 else -1)
        elif leads and "half" in op.flags:
            wanted = -HALF_DB
        elif leads and "twice" in op.flags:
            wanted = HALF_DB
        else:
            wanted = usual * op.amount
        held = min(max(wanted, -known.most), known.most)
        if leads and op.number is not None and held != wanted:
            self.notes.append(f"{abs(wanted):g} {known.unit} held at {known.most:g}, the most one wish does")
        return held

    def _carriers(self, meaning: Meaning) -> frozenset[str]:
        """The tracks that carry a wish about the whole; all where the song has none of them."""
        found = {
            track.id
            for track in self._project.tracks
            if {track.role.value, track.role.group.value} & set(meaning.carried_by)
        }
        return frozenset(found or (strip.id for strip in self._project.mix.strips))

    def _leading(self, targets: frozenset[str]) -> frozenset[str]:
        """The lead vocals among the targets, where there are any."""
        tracks = self._project.tracks
        lead = frozenset(t.id for t in tracks if t.role is Role.LEAD_VOCAL)
        if targets == frozenset((WHOLE,)):
            return lead or targets
        return (targets & lead) or targets


_COUNTS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "a": 1,
    "another": 1,
    "half a": 0.5,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "a few": 3,
    "few": 3,
}
_COUNTED = re.compile(
    r"\b(" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + r")"
    r"( and a half)?(?: more)? (?:db|decibels?)\b"
)


def _with_digits(text: str) -> str:
    """Numbers of decibels that are written as words, in digits."""
    counted = _COUNTED.sub(lambda m: f"{_COUNTS[m[1]] + (0.5 if m[2] else 0):g} db", text)
    return re.sub(r"\bdecibels?\b", "db", counted)


def _tokens(part: str) -> list[str]:
    """Words and numbers; hyphens part words, but stand before numbers as signs."""
    found: list[str] = []
    at = 0
    for number in _NUMBER.finditer(part):
        found += _words(part[at : number.start()])
        found.append("".join(number.groups(default="")))
        at = number.end()
    return found + _words(part[at:])


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w]+", text.replace("_", " ")) if word]


def _complete(clause: _Clause) -> bool:
    says = clause.has(*_OPERATORS, *_MODIFIERS)
    about = clause.has("track", "everything", "whole", "master")
    excepted = any(s.kind == "except" for s in clause.senses)
    return says and about and not (excepted and not clause.has("up", "down", "quality", "thing", "number"))


def _lock_name(sense: Sense) -> str:
    return next(iter(sense.ids)) if len(sense.ids) == 1 else sense.name


def _operations(senses: Iterable[Sense]) -> Iterator[_Op]:
    """What is said, each with the modifiers that stand before or behind it."""
    ops: list[_Op] = []
    flags: set[str] = set()
    amount, number = 1.0, None
    signed = False
    stated = False
    for sense in senses:
        kind = sense.kind
        if kind in ("is", "wanted"):
            stated = kind == "is"
        if kind in _MODIFIERS:
            if kind == "enough" and ops and not flags & {"more", "less"}:
                ops[-1].flags.add(kind)
                if "not" in flags:
                    ops[-1].flags.add("not")
                    flags.discard("not")
            else:
                flags.add(kind)
        elif kind == "amount":
            if ops and not flags and _ends(senses, sense):
                ops[-1].amount *= sense.value
            else:
                amount *= sense.value
        elif kind == "number" and sense.name != "lufs":
            number, signed = sense.value, sense.base == "signed"
            if ops and ops[-1].number is None and not flags & {"up", "down"}:
                ops[-1].number, number = number, None
        elif kind in ("up", "down") and ops and ops[-1].sense.kind == "thing" and not ops[-1].flags:
            ops[-1].flags.add(kind)  # "the highs on the piano down"
        elif kind in ("up", "down", "mute"):
            flags.add(kind)
        elif kind in ("quality", "thing", "place", "deess", "dry", "warm", "thicken") or kind == "number":
            if kind == "quality" and flags & {"up", "down"} and sense.base in ("words", "opposite"):
                ops.append(_level(flags, amount, number))
                amount, number = 1.0, None
                flags = flags - {"up", "down", "more", "less"}
            if stated and sense.value == PLAIN and not flags & {"more", "less", "so"}:
                flags.add("too" if sense.base in ("words", "opposite") else "as it is")
            ops.append(_Op(_plain_sense(sense), flags=flags, amount=amount, number=number))
            flags, amount, number = set(), 1.0, None
    if flags & {"up", "down", "mute", "more", "less", "too", "none", "enough"} and not (
        ops and flags <= {"enough"}
    ):
        ops.append(_level(flags, amount, number))
    elif number is not None and (signed or not ops):
        ops.append(_level({"up"} if number >= 0 else {"down"}, 1.0, number))
    elif ops and amount != 1.0:
        ops[-1].amount *= amount
    return iter(ops)


LOUD = "qualities.loud"


def _about_things(ops: list[_Op]) -> list[_Op]:
    """A thing that something is said about ("the reverb is too long") is not asked for by itself; where it is
    said to be loud or soft, there is to be less or more of it."""
    bare = [op for op in ops if op.sense.kind == "thing" and not op.flags and op.number is None]
    said = [op for op in ops if op.sense.kind in ("quality", "level")]
    if not bare or not said:
        return ops
    for op in said:
        if op.sense.kind == "level" or op.sense.name == LOUD:
            sign = op.sign or _quality_sign(op)
            bare[0].flags.add("up" if sign > 0 else "less")
            bare[0].amount, bare[0].number = op.amount, op.number
            return [other for other in ops if other is not op]
    return [op for op in ops if op not in bare]


def _ends(senses: Iterable[Sense], sense: Sense) -> bool:
    """Whether nothing that could take an amount follows."""
    rest = list(senses)
    rest = rest[rest.index(sense) + 1 :]
    return not any(s.kind in ("quality", "thing", "up", "down", "more", "less") for s in rest)


_ALIASES = {
    "deess": Sense("thing", "things.sibilance"),
    "dry": Sense("quality", "qualities.dry", "words"),
    "warm": Sense("quality", "qualities.warm", "words"),
    "thicken": Sense("quality", "qualities.fat", "words"),
}


def _plain_sense(sense: Sense) -> Sense:
    return _ALIASES.get(sense.kind, sense)


def _level(flags: set[str], amount: float, number: float | None) -> _Op:
    """What is said about a track itself: louder, softer, or gone."""
    if flags & {"mute", "none"}:
        return _Op(Sense("mute"), 1)
    sign = -1 if flags & {"down", "less", "too"} else 1
    if {"not", "enough"} <= flags:
        sign = 1
    return _Op(Sense("level"), sign, set(flags) & {"half", "twice"}, amount, number)


_LEVEL = Meaning({"level": 1.5}, whole={"loudness": 1.5})
_MUTE = Meaning({"mute": 1.0})


def _sign_and_meaning(op: _Op) -> tuple[int, Meaning]:
    """+1 for more of what the sense names, -1 for less, 0 for nothing."""
    if op.sense.kind == "level":
        return op.sign, _LEVEL
    if op.sense.kind == "mute":
        return 1, _MUTE
    meaning = vocabulary().meanings[op.sense.name]
    sign = _quality_sign(op) if op.sense.kind == "quality" else _thing_sign(op, meaning)
    return sign, meaning


def _quality_sign(op: _Op) -> int:
    flags, base = op.flags, op.sense.base
    negated = "not" in flags
    if "enough" in flags:
        flags = flags - {"too"}
    if negated and "too" in flags:
        return 0
    if "enough" in flags and not negated:
        return 0
    if base == "faults":
        if negated:
            return 1 if "enough" in flags else 0
        return 1 if "more" in flags else -1
    if base == "lacks":
        if negated:
            return 0
        return -1 if "more" in flags else 1
    towards = 1 if base == "words" else -1
    if negated:
        return -towards if "so" in flags else towards if "enough" in flags else 0
    return -towards if flags & {"too", "less"} else towards


def _thing_sign(op: _Op, meaning: Meaning) -> int:
    flags = op.flags
    negated = "not" in flags
    if negated and "enough" in flags:
        return 1
    if negated and "too" in flags:
        return 0
    if negated or flags & {"too", "less", "down", "none", "half", "mute"}:
        return -1
    if flags & {"more", "up", "twice"}:
        return 1
    if "enough" in flags:
        return 0
    return -1 if meaning.unwanted else 1


def _without_contradictions(wishes: Sequence[Wish]) -> tuple[list[Wish], list[str]]:
    """Wishes that can stand beside each other; what only goes along gives way to what was said."""
    dropped: set[int] = set()
    told: list[str] = []
    moves = vocabulary().moves
    for (i, a), (j, b) in combinations(enumerate(wishes), 2):
        if a.move != b.move or not a.targets & b.targets or not _meet(a.sections, b.sections):
            continue
        if a.amount * b.amount > 0:
            if a.targets == b.targets and a.sections == b.sections:
                dropped.add(i if abs(a.amount) <= abs(b.amount) else j)
        elif a.leads and b.leads:
            dropped |= {i, j}
            move = moves[a.move]
            told.append(f"{a.label}: both {move.up} and {move.down}")
        else:
            dropped.add(j if a.leads else i)
    contradicted = {wishes[k].said for k in dropped if any(wishes[k].label in line for line in told)}
    kept = [
        wish
        for k, wish in enumerate(wishes)
        if k not in dropped and not (wish.said in contradicted and not wish.leads)
    ]
    return kept, list(dict.fromkeys(told))


def _meet(a: Sequence[str], b: Sequence[str]) -> bool:
    return not a or not b or bool(set(a) & set(b))
