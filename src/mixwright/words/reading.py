"""Reads a text about a mix: clause by clause, into bounded moves on tracks; what it does not know it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from mixwright.project import Project
from mixwright.roles import Role
from mixwright.words.spelling import nearest
from mixwright.words.tokens import number_in, parts
from mixwright.words.vocabulary import PLAIN, Meaning, Phrase, Sense, senses_of, vocabulary

WHOLE = "mix"
"""Stands for the whole mix among the targets of a wish."""

OFF = -100.0
"""Amount of a wish for nothing of it at all."""

HALF_DB = 6.0

LONGEST_PHRASE = 6
LONGEST_BY_EAR = 5
"""Shorter words that name no track are put right only where they sound the same."""

_REGIONS_HZ = (
    (65.0, "sub"),
    (160.0, "low"),
    (420.0, "mud"),
    (700.0, "box"),
    (1700.0, "mid"),
    (5500.0, "presence"),
    (9000.0, "sibilance"),
)
"""Upper end of what each move of tone is called in; above is air."""


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
    hz : float or None
        Where the band of a move of tone stands; None for its usual place.
    numbered : bool
        Whether the amount was given as a number.
    """

    move: str
    amount: float
    targets: frozenset[str]
    label: str
    sections: tuple[str, ...] = ()
    leads: bool = True
    said: str = ""
    hz: float | None = None
    numbered: bool = False


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
    hz: float | None = None


@dataclass
class _Clause:
    said: str
    senses: list[Sense]
    joined: bool = False
    """Whether "and" or "but" ties it to the clause before."""

    def has(self, *kinds: str) -> bool:
        return any(sense.kind in kinds for sense in self.senses)

    def index(self, *kinds: str) -> int:
        """Where one of the kinds stands first; the end where none does."""
        found = (k for k, sense in enumerate(self.senses) if sense.kind in kinds)
        return next(found, len(self.senses))


@dataclass
class _Said:
    """A clause that was understood."""

    clause: _Clause
    targets: frozenset[str]
    label: str
    sections: tuple[str, ...]
    ops: list[_Op]
    rest: bool = False
    """Whether everything else is meant."""


_OPERATORS = (
    *("quality", "thing", "place", "up", "down", "mute", "keep"),
    *("deess", "none", "number", "dry", "warm", "thicken", "praise", "harder", "immersed", "never_mind"),
)
_MODIFIERS = ("more", "less", "too", "enough", "not", "so", "none", "half", "twice")
_COMPARING = ("beside", "below", "over")
_WISHING = ("up", "down", "more", "less", "too", "number", "mute", "none", "half", "twice", "wanted")


def read_words(project: Project, text: str) -> Understood:
    """What a text asks for in this project's mix.

    Unknown words are listed, as are sections and tracks the song has not; where one of them may be who or
    what is meant, its clause asks for nothing. Wishes that contradict each other are left out, and named.
    """
    reader = _Reader(project)
    for clause in reader.clauses(text):
        reader.read(clause)
    wishes, contradictions = _without_contradictions(reader.wishes())
    wishes, locks, against = _beside_locks(wishes, reader.locks)
    return Understood(
        tuple(wishes),
        locks,
        reader.loudness_lufs,
        reader.decay_s,
        tuple(dict.fromkeys(reader.unknown)),
        (*contradictions, *against),
        tuple(dict.fromkeys(reader.notes)),
    )


class _Reader:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._senses = senses_of(project)
        self._words = {word for phrase in self._senses for word in phrase}
        self._names = _words_of(self._senses, "track")
        self._spelled = _words_of(self._senses, *_WORTH_MENDING)
        self._every = frozenset(strip.id for strip in project.mix.strips)
        self._said: list[_Said] = []
        self._named: list[tuple[_Clause, frozenset[str]]] = []
        self.locks: dict[str, frozenset[str]] = {}
        self.loudness_lufs: float | None = None
        self.decay_s: float | None = None
        self.unknown: list[str] = []
        self.notes: list[str] = []
        self._last: tuple[frozenset[str], str] | None = None
        self._lost = False
        self._refused = False
        self._topic: Sense | None = None
        self._hz: float | None = None
        self._waiting: dict[str, frozenset[str]] = {}
        self._sections: tuple[str, ...] = ()
        self._last_sections: tuple[str, ...] = ()
        self._stated = False

    # --- from text to clauses ---

    def clauses(self, text: str) -> Iterator[_Clause]:
        for said, words in parts(text, vocabulary().short):
            mended = [self._mended(word) for word in words]
            yield from self._parted(said, list(self._matched(mended)))

    def _parted(self, said: str, senses: list[Sense]) -> Iterator[_Clause]:
        """Parts a sentence at each "and" or "but" that has something complete on both sides."""
        pieces: list[list[Sense]] = [[]]
        for sense in senses:
            if sense.kind == "and":
                pieces.append([])
            else:
                pieces[-1].append(sense)
        merged = [_Clause(said, pieces[0])]
        for piece in pieces[1:]:
            before, after = merged[-1], _Clause(said, piece, joined=True)
            if not before.senses:
                merged[-1] = after
            elif _complete(before) and (_complete(after) or _says(after) or _begins(after)):
                merged.append(after)
            else:
                before.senses = [*before.senses, Sense("joint"), *piece]
        yield from merged

    def _matched(self, words: Sequence[str]) -> Iterator[Sense]:
        at = 0
        while at < len(words):
            for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
                phrase = tuple(words[at : at + length])
                sense = self._senses.get(phrase) or self._inflected(phrase)
                if sense is not None:
                    yield sense if sense.name else replace(sense, name=" ".join(phrase))
                    at += length
                    break
            else:
                yield _number(words[at]) or Sense("unknown", words[at])
                at += 1

    def _inflected(self, phrase: Phrase) -> Sense | None:
        """The sense of a phrase whose first word is a form of a verb: "carving out"."""
        for stem in _stems(phrase[0]):
            sense = self._senses.get((stem, *phrase[1:]))
            if sense is not None and sense.kind not in ("track", "section", "missing", "thing"):
                return sense
        return None

    def _mended(self, word: str) -> str:
        """A word with a slip of the keys put right, which is told."""
        if word in self._words or self._inflected((word,)):
            return word
        near = nearest(word, self._names) or nearest(word, self._spelled, by_ear=len(word) < LONGEST_BY_EAR)
        if near is None:
            return word
        self.notes.append(f"read {word!r} as {near!r}")
        return near

    # --- from a clause to what it says ---

    def read(self, clause: _Clause) -> None:
        clause.senses = _resolved(clause.senses)
        if self._strange(clause):
            return
        if clause.has("never_mind"):
            return
        if _only_compares(clause) and self._said:
            return
        named, left_out = _named(clause)
        for ids in named.values():
            self._named.append((clause, ids))
        if clause.has("keep"):
            self._keep(clause, named)
            return
        if clause.has("praise") and not clause.has(*_WISHING):
            self._remember(named)
            return
        ops = _about_things(list(_operations(clause.senses, bool(named))))
        sections = tuple(name for s in clause.senses if s.kind == "section" for name in s.base.split(","))
        if not ops:
            self._without_wish(clause, named, left_out, sections)
            return
        if self._amends(clause, ops, named):
            return
        self._refused = False
        if not sections:
            sections = self._sections or (self._last_sections if clause.has("there") else ())
        targets, label = self._targets(clause, named, left_out)
        self._take_up(clause, ops, named)
        pronoun = not named and self._continues(clause)
        if pronoun:
            ops = [self._about_topic(op) for op in ops]
        self._topic = _topic(clause) or (self._topic if pronoun else None)
        self._hz = None
        if not sections and pronoun:
            sections = self._last_sections
        self._waiting, self._sections, self._last_sections = {}, (), sections
        self._stated = clause.has("is", "verb", "wanted", "too") or any(_accuses(op) for op in ops)
        ops = [op for op in ops if not self._repeats_place(op, clause, pronoun)]
        if named and clause.has("is"):
            ops = [_less_room(op) if op.sense.kind == "place" else op for op in ops]
        self._said.append(_Said(clause, targets, label, sections, ops, rest=clause.has("rest")))

    def _strange(self, clause: _Clause) -> bool:
        """Whether something unknown may be who or what is meant; it is noted in any case."""
        strange = [s.name for s in clause.senses if s.kind == "unknown"]
        missing = [s.name for s in clause.senses if s.kind == "missing"]
        absent = [s.name for s in clause.senses if s.kind == "track" and not s.ids]
        first = next((s for s in clause.senses if s.kind == "track"), None)
        self.unknown += missing or strange or absent
        self._refused = self._refused or bool(missing or strange or absent)
        if missing or (first is not None and not first.ids):
            self._last, self._lost, self._waiting = None, True, {}
            return True
        if strange and not _goes_on(clause, self._last is not None):
            known = _subject(clause)
            if known:
                self._remember(known)
                self._topic = _topic(clause)
                self._hz = next((s.value for s in clause.senses if s.kind == "hz"), None)
            elif first is not None or not clause.has("it"):
                self._last, self._lost = None, True
            return True
        pronoun = clause.has("it") and not clause.has("track", "everything", "whole", "master", "rest")
        return bool(self._lost and pronoun)

    def _without_wish(
        self,
        clause: _Clause,
        named: Mapping[str, frozenset[str]],
        left_out: frozenset[str],
        sections: tuple[str, ...],
    ) -> None:
        """A clause that names tracks or sections only: they belong to the clause before, or to the next."""
        before = self._said[-1] if self._said else None
        if left_out and not named and before is not None:
            targets = self._every if before.targets == {WHOLE} else before.targets
            before.targets = targets - left_out
        elif named and before is not None and not self._waiting and _distributes(before.clause):
            self._remember(named)
            self._said.append(replace(before, targets=_all(named), label=" and ".join(named)))
        elif named:
            self._waiting |= named
            self._remember(named)
        if sections:
            self._sections = sections

    def _remember(self, named: Mapping[str, frozenset[str]]) -> None:
        if named:
            self._last = _all(named), " and ".join(named)
            self._lost = False

    def _keep(self, clause: _Clause, named: Mapping[str, frozenset[str]]) -> None:
        for sense in clause.senses:
            if sense.kind == "track":
                self.locks[_lock_name(sense)] = sense.ids
        if not named and self._last is not None and WHOLE not in self._last[0]:
            for id in sorted(self._last[0]):
                self.locks[id] = frozenset((id,))
        self._remember(named)

    def _targets(
        self, clause: _Clause, named: dict[str, frozenset[str]], left_out: frozenset[str]
    ) -> tuple[frozenset[str], str]:
        if self._waiting and (not named or clause.index("track") < clause.index(*_OPERATORS, *_MODIFIERS)):
            named.update({**self._waiting, **named})
        excluding = clause.has("except")
        if clause.has("rest") and not named:
            named["all others"] = self._every
        elif not named and (excluding or clause.has("everything")):
            named["all"] = self._every
        if named:
            self._last = _all(named) - left_out, " and ".join(named)
        elif not self._continues(clause) or self._last is None:
            self._last = frozenset((WHOLE,)), "mix"
        self._lost = False
        return self._last

    def _continues(self, clause: _Clause) -> bool:
        """Whether a clause without tracks speaks of those that were named last."""
        if clause.has("whole", "master", "everything", "rest") or self._last is None:
            return False
        if clause.has("section") and not clause.has("it", "number"):
            return False
        before = self._said[-1].ops if self._said else []
        if clause.has("thing") and clause.has("more", "less") and before and before[0].sense.kind == "thing":
            return True  # "less boom in the kick, more click"
        return clause.has("it", "verb", "is", "number") or clause.joined or self._stated

    def _amends(self, clause: _Clause, ops: list[_Op], named: Mapping[str, frozenset[str]]) -> bool:
        """Whether a clause is but a number for what was said before: "maybe half a dB"."""
        bare = [op for op in ops if op.sense.name == "number"]
        if not bare or len(ops) > 1 or named or clause.has(*_MODIFIERS, "up", "down"):
            return False
        if self._refused:
            return True
        if self._waiting or not self._said:
            return False
        (op,) = bare
        if op.flags & {"signed"}:
            return False
        for earlier in self._said[-1].ops[:1]:
            earlier.number = earlier.number if op.number is None else op.number
            earlier.hz = op.hz or earlier.hz
        return True

    def _take_up(self, clause: _Clause, ops: list[_Op], named: Mapping[str, frozenset[str]]) -> None:
        """ "less on the snare", after something was said of reverb, is about reverb."""
        senses = [s for s in clause.senses if s.kind not in ("amount", "filler", "number")]
        at = next((k for k, s in enumerate(senses) if s.kind in ("more", "less")), None)
        if at is None or not named or len(ops) != 1 or ops[0].sense.kind != "level" or not self._said:
            return
        if at + 1 >= len(senses) or senses[at + 1].kind != "where":
            return
        earlier = self._said[-1].ops
        if earlier and earlier[0].sense.kind == "thing":
            flag = "up" if ops[0].sign > 0 else "less"
            ops[0] = replace(ops[0], sense=earlier[0].sense, flags={flag})

    def _about_topic(self, op: _Op) -> _Op:
        """What is said of "it", where that is a thing or a frequency."""
        if self._topic is not None and op.sense.kind in ("level", "mute"):
            flag = "none" if op.sense.kind == "mute" else "up" if op.sign > 0 else "less"
            return replace(op, sense=self._topic, flags={flag, *op.flags})
        if self._hz is not None and op.sense.kind == "level":
            return replace(op, hz=op.hz or self._hz)
        return op

    def _repeats_place(self, op: _Op, clause: _Clause, pronoun: bool) -> bool:
        """A place that tells more of a complaint: "swimming in reverb, sounds like a church"."""
        return op.sense.kind == "place" and bool(self._said) and pronoun and clause.has("is", "simile")

    # --- from what was said to wishes ---

    def wishes(self) -> list[Wish]:
        found: list[Wish] = []
        for said in self._said:
            targets = said.targets
            if said.rest:
                targets -= frozenset().union(
                    frozenset(), *(ids for clause, ids in self._named if clause is not said.clause)
                )
            for op in said.ops:
                found += self._wishes_of(op, targets, said)
        return found

    def _wishes_of(self, op: _Op, targets: frozenset[str], said: _Said) -> Iterator[Wish]:
        if op.sense.kind == "place":
            self.decay_s = op.sense.value
            return
        if op.sense.kind == "number" and op.sense.base == "lufs":
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
        if op.hz is not None and (op.sense.kind in ("level", "thing") or op.number is not None):
            moves, own = {_region(op.hz): 2.0}, 1
        elif op.number is not None and meaning.with_db:
            moves, own = {meaning.with_db: 1.5}, 1
        elif whole and meaning.carried_by:
            carriers = self._carriers(meaning)
            moves = {**meaning.moves, **meaning.whole}
        elif whole and meaning.whole and not (said.sections and "loudness" in meaning.whole):
            moves, own = meaning.whole, 1
        for number, (move, amount) in enumerate(moves.items()):
            far = self._amount(op, move, amount * sign * own, number == 0)
            who = carriers if carriers and move in meaning.moves else targets
            yield Wish(
                move,
                far,
                who,
                said.label,
                said.sections,
                leads=number == 0,
                said=said.clause.said,
                hz=op.hz if number == 0 else None,
                numbered=op.number is not None and number == 0,
            )

    def _amount(self, op: _Op, move: str, usual: float, leads: bool) -> float:
        known = vocabulary().moves[move]
        if leads and "none" in op.flags:
            return OFF if move in ("reverb", "echo") else -known.most
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


_WORTH_MENDING = (
    *("track", "quality", "thing", "section", "place"),
    *("everything", "whole", "except", "rest"),
)
"""Kinds of words that a slip of the keys is put right for."""


def _all(named: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(id for ids in named.values() for id in ids)


def _words_of(senses: Mapping[Phrase, Sense], *kinds: str) -> list[str]:
    return sorted({word for phrase, sense in senses.items() if sense.kind in kinds for word in phrase})


def _number(word: str) -> Sense | None:
    found = number_in(word)
    if found is None:
        return None
    value, unit, signed = found
    if unit == "hz":
        return Sense("hz", "hz", value=value)
    if unit == "%":
        return Sense("amount", "%", value=min(max(abs(value) / 30, 0.3), 2.5))
    return Sense("number", "signed" if signed else "plain", "lufs" if unit == "lufs" else unit, value=value)


def _stems(word: str) -> Iterator[str]:
    for ending in ("ing", "ed", "es", "s"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            yield from (stem, stem + "e")
            if stem[-1] == stem[-2]:
                yield stem[:-1]


def _says(clause: _Clause) -> bool:
    return clause.has(*_OPERATORS, *_MODIFIERS)


def _begins(clause: _Clause) -> bool:
    """Whether a clause starts with a verb of its own and goes on: "and bring the piano and the pad down"."""
    return bool(clause.senses) and clause.senses[0].kind in ("verb", "wanted") and clause.has("track")


def _complete(clause: _Clause) -> bool:
    about = clause.has("track", "everything", "whole", "master", "it", "rest")
    excepted = clause.has("except")
    praised = clause.has("praise", "never_mind")
    return (
        _says(clause)
        and (about or praised)
        and not (excepted and not clause.has("up", "down", "quality", "thing", "number"))
    )


def _resolved(senses: Sequence[Sense]) -> list[Sense]:
    """The senses of a clause with what depends on its neighbours settled."""
    found: list[Sense] = []
    compared = False
    for k, sense in enumerate(senses):
        rest = senses[k + 1 :]
        kind = sense.kind
        tracks = any(s.kind in ("track", "it") for s in found)
        things = any(s.kind == "thing" for s in rest)
        if kind == "purpose" and any(s.kind in (*_OPERATORS, *_MODIFIERS) for s in found):
            break
        if kind == "purpose":
            continue
        if kind == "passive":
            acts = sense.name.endswith("ing") and _next_is(rest, "track", "everything", "whole", "rest")
            found.append(Sense("quality", LOUD, "faults" if acts else "lacks", value=PLAIN))
            compared = tracks
        elif kind == "immersed":
            thing = next((s.kind for s in rest if s.kind in ("thing", "track", "whole")), "")
            too = thing == "thing"
            found.append(Sense("too") if too else Sense("quality", LOUD, "lacks", value=PLAIN))
            compared = not too
        elif kind == "quality" and sense.base == "over" and things and not tracks:
            found.append(Sense("up"))  # "drown the pad in reverb"
        elif kind == "quality" and sense.base == "over":
            found.append(replace(sense, base="faults"))
            compared = tracks
        elif kind in _COMPARING:
            aside = tracks or any(s.kind in ("quality", "up", "down") for s in found)
            compared = aside
            found.append(sense)
        elif compared and kind in ("track", "everything", "whole", "rest"):
            found.append(Sense("compared", sense.name))
        elif kind == "harder":
            acted = any(s.kind in ("quality", "thing", "up", "down") for s in (*found, *rest))
            wide = Sense("quality", "qualities.wide", "words", value=PLAIN)
            panned = any(s.name in ("pan", "panned", "panning") for s in found)
            found.append(Sense("amount", value=1.5) if acted and not panned else wide)
        else:
            found.append(sense)
    return _placed_by_comparison(found)


def _next_is(senses: Sequence[Sense], *kinds: str) -> bool:
    return next((s.kind for s in senses if s.kind != "filler"), "") in kinds


def _placed_by_comparison(senses: list[Sense]) -> list[Sense]:
    """ "under the vocal" says where to, when nothing else does."""
    if any(s.kind in (*_OPERATORS, *_MODIFIERS) for s in senses):
        return senses
    upfront = {"below": "opposite", "over": "words"}
    return [
        Sense("quality", "qualities.upfront", upfront[s.kind], value=PLAIN) if s.kind in upfront else s
        for s in senses
    ]


def _only_compares(clause: _Clause) -> bool:
    """Whether a clause is but a simile: "like she has a cold"."""
    at = clause.index("simile")
    ahead = [s for s in clause.senses[:at] if s.kind not in ("filler", "amount", "is", "it", "verb", "where")]
    return at < len(clause.senses) and not ahead and not clause.has("track", "place", "number", "whole")


def _named(clause: _Clause) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The tracks of a clause, and those it leaves out."""
    named: dict[str, frozenset[str]] = {}
    left_out: frozenset[str] = frozenset()
    excluding = False
    for sense in clause.senses:
        if sense.kind == "except":
            excluding = True
        elif sense.kind == "track" and excluding:
            left_out |= sense.ids
        elif sense.kind == "track" and sense.ids:
            named[sense.name] = sense.ids
    return named, left_out


def _goes_on(clause: _Clause, followed: bool) -> bool:
    """Whether a clause is clear in spite of unknown words: who and what it is about come before them."""
    about = clause.index("track", "everything", "whole", "master", "rest")
    if about == len(clause.senses) and followed and clause.has("it"):
        about = clause.index("it")
    modified = False
    after = ""
    for k, sense in enumerate(clause.senses):
        strange = sense.kind == "unknown" and not sense.name.endswith("ly")
        if strange and (k < about or modified or after in ("where", "simile")):
            return False
        if sense.kind in (*_MODIFIERS, "is", "wanted", "mute"):
            modified = True
        elif sense.kind in ("quality", "thing", "number", "track", "up", "down", "place"):
            modified = False
        if sense.kind not in ("filler", "amount"):
            after = sense.kind
    says = clause.has("quality", "thing", "up", "down", "number", "place", "mute", "keep")
    return says and about < len(clause.senses)


def _subject(clause: _Clause) -> dict[str, frozenset[str]]:
    """The tracks of a clause that are clear though other words are not: no unknown word stands before their
    names, but where a preposition parts them."""
    found: dict[str, frozenset[str]] = {}
    clear = True
    for sense in clause.senses:
        if sense.kind == "unknown":
            clear = False
        elif sense.kind == "where":
            clear = True
        elif sense.kind == "track" and clear:
            found[sense.name] = sense.ids
    return found


def _topic(clause: _Clause) -> Sense | None:
    """A thing that a clause speaks of before it names tracks: "it" is the thing then."""
    at = clause.index("thing")
    said = clause.has("is", "too") and at < clause.index("track", "it", "whole")
    return clause.senses[at] if said else None


def _distributes(clause: _Clause) -> bool:
    """Whether what is to be done comes before who: "turn down the kick", to go on with "snare and toms"."""
    return clause.index("up", "down", "mute", "more", "less", "quality", "thing") < clause.index("track")


def _accuses(op: _Op) -> bool:
    return "too" in op.flags or op.sense.base in ("faults", "lacks")


def _less_room(op: _Op) -> _Op:
    return replace(op, sense=Sense("quality", "qualities.dry", "words"), flags=set())


def _lock_name(sense: Sense) -> str:
    return next(iter(sense.ids)) if len(sense.ids) == 1 else sense.name


def _operations(senses: Sequence[Sense], named: bool) -> Iterator[_Op]:
    """What is said, each with the modifiers that stand before or behind it."""
    ops: list[_Op] = []
    flags: set[str] = set()
    amount, number, hz = 1.0, None, None
    signed = stated = wanted = subject = False
    for k, sense in enumerate(senses):
        kind = sense.kind
        if kind in ("track", "it", "whole", "everything") and not ops and not flags:
            subject = True
        if kind == "wanted":
            wanted, stated = True, False
        elif kind == "is" and not wanted:
            stated = True
        if kind in _MODIFIERS:
            if kind == "not" and subject:
                flags.add("fails")
            if kind == "enough" and ops and not flags & {"more", "less"}:
                ops[-1].flags.add(kind)
                if "not" in flags:
                    ops[-1].flags.add("not")
                    flags -= {"not", "fails"}
            elif kind == "too" and ops and _ends(senses, k) and not flags:
                _complain(ops[-1])
            else:
                flags.add(kind)
        elif kind == "amount":
            if ops and not flags and _ends(senses, k):
                ops[-1].amount *= sense.value
            else:
                amount *= sense.value
        elif kind == "hz":
            if ops and (ops[-1].number is not None or not flags):
                ops[-1].hz = sense.value
            else:
                hz = sense.value
        elif kind == "number" and sense.base != "lufs":
            number, signed = sense.value, sense.name == "signed"
            if ops and ops[-1].number is None and not flags & {"up", "down"} and not (signed and flags):
                if signed and ops[-1].sense.kind == "thing" and not ops[-1].flags:
                    ops[-1].flags.add("up" if number > 0 else "less")
                ops[-1].number, number = number, None
        elif kind in ("up", "down") and ops and ops[-1].sense.kind == "thing" and not ops[-1].flags:
            ops[-1].flags.add(kind)  # "the highs on the piano down"
        elif kind in ("up", "down", "mute"):
            flags.add(kind)
        elif kind in ("quality", "thing", "place", "deess", "dry", "warm", "thicken") or kind == "number":
            if kind == "quality" and flags & {"up", "down"} and sense.base in ("words", "opposite"):
                if number is not None or (sense.name not in MADE_BY_MOVING and sense.value != PLAIN):
                    ops.append(_level(flags, amount, number, hz))
                amount, number = 1.0, None
                flags = flags - {"up", "down", "more", "less"}
            if stated and sense.value == PLAIN and not flags & {"more", "less", "so", "not", "enough"}:
                flags.add("too" if sense.base in ("words", "opposite") else "as it is")
            elif stated and any(s.kind == "beside" for s in senses[k:]):
                flags.add("too")
            ops.append(_Op(_plain_sense(sense), flags=flags, amount=amount, number=number, hz=hz))
            flags, amount, number, hz = set(), 1.0, None, None
    if flags == {"up"} and number is None and ops and _made(ops[-1]):
        flags = set()  # "tighten it up"
    if "not" in flags and not ops and "fails" not in flags and any(s.kind == "entirely" for s in senses):
        flags = {"mute"}
    if flags & {"up", "down", "mute", "more", "less", "too", "none", "enough"} and not (
        ops and flags <= {"enough"}
    ):
        if "more" in flags and ops and number is None and not flags & {"up", "down", "less", "mute"}:
            ops[-1].flags |= flags if ops[-1].sense.kind == "thing" else set()
        elif not ("not" in flags and "fails" not in flags and not flags & {"enough"}):
            ops.append(_level(flags, amount, number, hz))
    elif number is not None and (signed or not ops):
        op = _level({"up"} if number >= 0 else {"down"}, 1.0, number, hz)
        ops.append(replace(op, sense=Sense("level", "number"), flags={"signed"} if signed else set()))
    elif not ops and hz is not None:
        ops.append(_Op(Sense("level", "number"), 1, hz=hz))
    elif ops and amount != 1.0:
        ops[-1].amount *= amount
    return iter(ops)


MADE_BY_MOVING = tuple(f"qualities.{name}" for name in ("wide", "centred", "left", "right", "upfront"))
"""What tracks get by being brought somewhere: "bring up front" is not louder and up front."""


def _made(op: _Op) -> bool:
    return op.sense.kind == "quality" and op.sense.value != PLAIN


def _complain(op: _Op) -> None:
    """ "the highs are too much", said after them."""
    if op.sense.kind == "thing" or op.sense.base in ("words", "opposite"):
        op.flags.add("too")


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


def _ends(senses: Sequence[Sense], at: int) -> bool:
    """Whether nothing that could take an amount follows."""
    return not any(s.kind in ("quality", "thing", "up", "down", "more", "less") for s in senses[at + 1 :])


_ALIASES = {
    "deess": Sense("thing", "things.sibilance"),
    "dry": Sense("quality", "qualities.dry", "words"),
    "warm": Sense("quality", "qualities.warm", "words"),
    "thicken": Sense("quality", "qualities.fat", "words"),
}


def _plain_sense(sense: Sense) -> Sense:
    return _ALIASES.get(sense.kind, sense)


def _level(flags: set[str], amount: float, number: float | None, hz: float | None) -> _Op:
    """What is said about a track itself: louder, softer, or gone."""
    if flags & {"mute", "none"}:
        return _Op(Sense("mute"), 1)
    sign = -1 if flags & {"down", "less", "too"} else 1
    if {"not", "enough"} <= flags:
        sign = 1
    return _Op(Sense("level"), sign, set(flags) & {"half", "twice"}, amount, number, hz)


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
    if "enough" in flags and not negated and base != "lacks":
        return 0
    if base == "faults":
        if "less" in flags:
            return -1
        if negated:
            return 1 if "enough" in flags else 0
        return 1 if "more" in flags else -1
    if base == "lacks":
        if negated and "enough" not in flags:
            return 0
        return -1 if "more" in flags else 1
    towards = 1 if base == "words" else -1
    if negated and "fails" in flags and base == "words" and "so" not in flags:
        return 1  # "the bass is not tight"
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
    if "more" in flags and "not" not in flags and not flags & {"too", "down", "none", "mute"}:
        return 1
    if negated and meaning.unwanted:
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
            if a.targets == b.targets and a.sections == b.sections and a.hz == b.hz:
                smaller = (a.numbered, abs(a.amount)) <= (b.numbered, abs(b.amount))
                dropped.add(i if smaller else j)
        elif a.hz != b.hz and a.hz and b.hz:
            continue
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


def _beside_locks(
    wishes: Sequence[Wish], locks: Mapping[str, frozenset[str]]
) -> tuple[list[Wish], tuple[str, ...], list[str]]:
    """Wishes and locks that can stand beside each other: of many tracks the locked ones are spared, a lock
    and a wish for the same tracks contradict each other."""
    held = frozenset().union(frozenset(), *locks.values())
    told = [f"{w.label}: both {_towards(w)} and left alone" for w in wishes if w.leads and w.targets <= held]
    against = frozenset().union(frozenset(), *(w.targets for w in wishes if w.targets <= held))
    kept = [replace(w, targets=w.targets - held) for w in wishes if not w.targets <= held]
    return kept, tuple(name for name, ids in locks.items() if not ids & against), list(dict.fromkeys(told))


def _towards(wish: Wish) -> str:
    move = vocabulary().moves[wish.move]
    return move.up if wish.amount > 0 else move.down


def _region(hz: float) -> str:
    return next((name for end, name in _REGIONS_HZ if hz < end), "air")


def _meet(a: Sequence[str], b: Sequence[str]) -> bool:
    return not a or not b or bool(set(a) & set(b))
