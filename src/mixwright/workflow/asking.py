"""Words about a mix, turned into decisions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mixwright.engineer.desk import CURVE
from mixwright.engineer.moves import Changes, moved
from mixwright.errors import InputError
from mixwright.mix_model import Mix
from mixwright.project import Decision, Project
from mixwright.session.curves import Span, with_values
from mixwright.session.locks import Locks, locks_of
from mixwright.session.names import find_sections
from mixwright.words.reading import OFF, Understood, Wish, read_words
from mixwright.words.vocabulary import vocabulary

LOUDNESS_LUFS = (-40.0, -4.0)
DECAY_S = (0.2, 8.0)


def asked(project: Project, text: str) -> Understood:
    """What a text asks for.

    Raises
    ------
    InputError
        When nothing of it is understood, or what is understood contradicts itself.
    """
    found = read_words(project, text)
    if found.wishes or found.locks or found.loudness_lufs is not None or found.decay_s is not None:
        return found
    if found.contradictions:
        raise InputError(f"{text!r} asks for {'; '.join(found.contradictions)}; say which of them you want")
    if found.unknown:
        raise InputError(f"{text!r}: {_unknown(found.unknown)}; see docs/words.md")
    return found


def answers(found: Understood) -> tuple[str, ...]:
    """What to tell about a text besides the decisions that it led to."""
    told = list(found.notes)
    if found.unknown:
        told.append(f"not done, because {_unknown(found.unknown)}")
    told += [f"not done, because it was asked for {line}" for line in found.contradictions]
    if not (found.wishes or found.locks or found.loudness_lufs is not None or found.decay_s is not None):
        told.append("nothing was asked for")
    return tuple(told)


def _unknown(words: Sequence[str]) -> str:
    names = ", ".join(repr(word) for word in words)
    return f"{names} {'is' if len(words) == 1 else 'are'} not known here"


@dataclass(frozen=True)
class Decided:
    """Decisions that words led to, each with the stretches in which it holds, and what had no effect."""

    decisions: tuple[tuple[Decision, tuple[Span, ...]], ...]
    notes: tuple[str, ...]


def decided(project: Project, found: Understood, text: str, mark: str) -> Decided:
    """A decision per wish and track, and the stretches of the song in which it holds.

    Locked values are left out.
    """
    locks = locks_of(project)
    mix = project.mix
    made: list[tuple[Decision, tuple[Span, ...]]] = []
    idle: list[str] = []
    kept: list[str] = []
    for wish in found.wishes:
        if wish.move == "loudness":
            continue
        spans = _spans(project, wish.sections)
        changes = moved(mix, wish.move, wish.amount, wish.targets, wish.hz)
        if not changes and wish.leads:
            idle.append(_said(wish))
        if not wish.sections:
            mix = with_values(mix, changes)
        holding = {lock for path in changes if (lock := locks.holding(path)) is not None}
        kept += [f"{wish.label} {_said(wish)}: held by the lock {lock!r}" for lock in sorted(holding)]
        for target, own in _by_channel(changes).items():
            free = {path: v for path, v in own.items() if not _held(locks, path)}
            if free:
                made.append((_decision(project, wish, target, free, text, mark, len(made)), spans))
    if found.decay_s is not None:
        made += _place(project, mix, found.decay_s, text, mark, len(made))
    return Decided(tuple(made), (*(f"nothing here can be {line}" for line in idle), *dict.fromkeys(kept)))


def _held(locks: Locks, path: str) -> bool:
    return locks.holding(path.removeprefix(CURVE)) is not None


def _spans(project: Project, sections: Sequence[str]) -> tuple[Span, ...]:
    found = {section.name: section for name in sections for section in find_sections(project, name)}
    return tuple(sorted((s.start_s, s.end_s) for s in found.values())) or ((0.0, math.inf),)


def _by_channel(
    changes: Changes,
) -> dict[str, dict[str, float | bool | int | str]]:
    found: dict[str, dict[str, float | bool | int | str]] = {}
    for path, value in changes.items():
        parts = path.split(".")
        channel = parts[1] if parts[0] in ("strips", "buses", "returns") else "master"
        found.setdefault(channel, {})[path] = value
    return found


def _decision(
    project: Project,
    wish: Wish,
    target: str,
    changes: Changes,
    text: str,
    mark: str,
    number: int,
) -> Decision:
    where = f" in {', '.join(wish.sections)}" if wish.sections else ""
    return Decision(
        id=f"{mark}words{number + 1:02d}",
        kind="words",
        target=target,
        summary=f"{target} {_said(wish)}{where}",
        reason=f"You asked: \u201c{text.strip()}\u201d.",
        evidence={} if wish.amount <= OFF else {wish.move: wish.amount},
        confidence=0.8 if wish.leads else 0.6,
        set_by="user",
        changes=changes,
    )


def _said(wish: Wish) -> str:
    """A wish as its decision tells it."""
    move = vocabulary().moves[wish.move]
    how = move.up if wish.amount > 0 else move.down
    if wish.amount <= OFF:
        return how.replace("less", "no")
    if wish.hz is not None:
        how = f"{'more' if wish.amount > 0 else 'less'} at {wish.hz:g} Hz"
    return f"{how} ({wish.amount:+.1f} {move.unit})" if move.unit else how


def _place(
    project: Project, mix: Mix, decay_s: float, text: str, mark: str, number: int
) -> list[tuple[Decision, tuple[Span, ...]]]:
    """The reverbs take the decay of the place that was named."""
    locks = locks_of(project)
    low, high = DECAY_S
    made: list[tuple[Decision, tuple[Span, ...]]] = []
    for ret in mix.returns:
        path = f"returns.{ret.id}.reverb.decay_s"
        if ret.effect != "reverb" or _held(locks, path):
            continue
        wanted = min(max(decay_s, low), high)
        decision = Decision(
            id=f"{mark}words{number + len(made) + 1:02d}",
            kind="words",
            target=ret.id,
            summary=f"{ret.id} decay {ret.reverb.decay_s:.2f} -> {wanted:.2f} s",
            reason=f"You asked: \u201c{text.strip()}\u201d.",
            evidence={"decay_s": wanted},
            confidence=0.6,
            set_by="user",
            changes={path: wanted},
        )
        made.append((decision, ((0.0, math.inf),)))
    return made


def asked_loudness(project: Project, found: Understood) -> float:
    """The loudness the master is asked to have now."""
    low, high = LOUDNESS_LUFS
    wanted = project.brief.loudness_lufs
    if found.loudness_lufs is not None:
        wanted = found.loudness_lufs
    wanted += sum(wish.amount for wish in found.wishes if wish.move == "loudness" and wish.amount > OFF)
    return min(max(wanted, low), high)
