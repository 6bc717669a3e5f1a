"""The phrasings of `phrasings.csv`: what they do, and what they leave alone."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from words.song import SECTIONS, TARGETS, TRACKS, moved, song

from mixwright.errors import InputError
from mixwright.project import Project
from mixwright.session.locks import locks_of
from mixwright.workflow.revising import EVERYWHERE, with_words

TABLE = Path(__file__).with_name("phrasings.csv")
SHARE_RIGHT = 0.95
ROUNDING = 0.02

ROWS = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:] if line]
_MOVE = re.compile(r"(\w+) (\w+) ([-+.\d]+)\.\.([-+.\d]+)(?: @(\w+))?")


@cache
def before() -> Project:
    return song()


@cache
def after(text: str) -> tuple[Project | None, str]:
    """The project after a text, and all that was said about it."""
    try:
        project, notes = with_words(before(), text, EVERYWHERE, "r2_")
    except InputError as error:
        return None, str(error)
    return project, "; ".join(notes)


def faults(text: str, expected: str) -> list[str]:
    """What is not as expected; empty when the text is right."""
    project, said = after(text)
    found = []
    for part in expected.split("; "):
        kind, _, name = part.partition(" ")
        if part == "nothing":
            found += ["moved"] if project is None or project.mix != before().mix else []
        elif kind in ("unknown", "contradiction"):
            word = "" if kind == "contradiction" else name
            found += [] if word in said and said else [f"said {said!r}"]
            found += ["moved"] if project is not None and project.mix != before().mix else []
        elif kind == "lock":
            held = locks_of(project) if project else None
            ids = TARGETS[name]
            if held is None or not all(held.holding(f"strips.{id}.fader_db") for id in ids):
                found.append("not locked")
        else:
            found += _move_faults(project, part, said)
    return found


def _move_faults(project: Project | None, part: str, said: str) -> list[str]:
    match = _MOVE.fullmatch(part)
    assert match, part
    target, name, low, high, section = match.groups()
    if project is None:
        return [f"{part}: {said}"]
    where = [
        k for k, s in enumerate(SECTIONS) if section is None or s.rstrip("123") == section or s == section
    ]
    values = moved(before(), project, target, name, 17.0 * where[0] + 8.5)
    mean = float(np.mean(values))
    found = []
    if not float(low) - 1e-6 <= mean <= float(high) + 1e-6:
        found.append(f"{part}: {mean:+.2f}")
    sign = np.sign(float(low) + float(high))
    if name not in ("centred", "loudness_is") and min(v * sign for v in values) < -ROUNDING:
        found.append(f"{part}: some go the other way {np.round(values, 2)}")
    if section is not None:
        outside = [k for k in range(len(SECTIONS)) if k not in where]
        for k in outside:
            if np.abs(moved(before(), project, target, name, 17.0 * k + 8.5)).max() > 1e-6:
                found.append(f"{part}: moves in {SECTIONS[k]}, too")
                break
    return found


def strangers(text: str, expected: str) -> set[str]:
    """Tracks that moved though nothing was expected of them."""
    project, _ = after(text)
    if project is None:
        return set()
    named = {id for part in expected.split("; ") for id in _tracks_of(part)}
    changed = {strip.id for strip in project.mix.strips if strip != before().mix.channel(strip.id)} | {
        curve.path.split(".")[1] for curve in project.mix.curves if curve.path.startswith("strips.")
    }
    return changed - named


def _tracks_of(part: str) -> tuple[str, ...]:
    target = part.split(" ")[0]
    return tuple(TRACKS) if target == "mix" else TARGETS.get(target, ())


def test_the_table_is_large_enough():
    assert len(ROWS) >= 150


def test_nearly_all_phrasings_do_what_they_say():
    wrong = {text: found for text, expected in ROWS if (found := faults(text, expected))}
    share = 1 - len(wrong) / len(ROWS)
    report = "\n".join(f"{text}: {found}" for text, found in wrong.items())
    assert share >= SHARE_RIGHT, f"{share:.1%}\n{report}"


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_no_phrasing_acts_on_the_wrong_track(text, expected):
    assert strangers(text, expected) == set()
