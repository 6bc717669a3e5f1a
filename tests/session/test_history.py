"""Histories: every step can be walked back and forth to the last bit."""

import copy
import random

import pytest
from golden.rich_project import rich_project
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright.errors import InputError
from mixwright.mix_model import Strip
from mixwright.params import Choice, Param
from mixwright.project import Decision, Project, Setting, dump_project, parse_project
from mixwright.session.history import (
    changes_between,
    find_revision,
    go_to,
    recorded,
    redo,
    undo,
    with_version,
)

seeds = st.integers(0, 2**32 - 1)


def fresh() -> Project:
    """The rich project as a first mix."""
    project = rich_project()
    return project.replace(history=project.history[:1], at=1, versions={})


def text_but_history(project: Project) -> str:
    return dump_project(project.replace(history=(), at=0, versions={}))


def random_step(project: Project, dice: random.Random) -> Project:
    """Some values changed, and sometimes a track, a decision, a lock or who set what."""
    values = {}
    for parameter in dice.sample(list(project.mix.walk()), dice.randint(1, 6)):
        declaration = parameter.declaration
        if isinstance(declaration, Param):
            values[parameter.path] = dice.uniform(declaration.min, declaration.max)
        elif isinstance(declaration, Choice):
            values[parameter.path] = dice.choice(declaration.options)
        else:
            values[parameter.path] = dice.random() < 0.5
    values = {path: v for path, v in values.items() if path != "returns.hall.effect"}
    project = project.replace(mix=project.mix.with_values(values))
    if dice.random() < 0.4:
        mark = f"d{dice.randint(0, 9)}"
        kept = tuple(d for d in project.decisions if d.id != mark)
        new = Decision(id=mark, kind="edit", target="kick", summary="x", reason="y", evidence={mark: 1.0})
        project = project.replace(
            decisions=(*kept, new), settings=project.settings | {mark: Setting(set_by="user", decision=mark)}
        )
    if dice.random() < 0.3:
        ids = {strip.id for strip in project.mix.strips}
        strips = project.mix.strips
        if "extra" in ids:
            strips = tuple(s for s in strips if s.id != "extra")
        else:
            strips = (*strips, Strip(id="extra", fader_db=-dice.random()))
        project = project.replace(mix=project.mix.replace(strips=strips))
    if dice.random() < 0.3:
        project = project.replace(
            locks=tuple(dice.sample(["drums", "kick", "kind:tone"], dice.randint(0, 3)))
        )
    return project


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_any_walk_through_a_history_comes_back_to_the_same_text(seed):
    dice = random.Random(seed)
    project = fresh()
    known = {1: text_but_history(project)}
    for _ in range(5):
        if dice.random() < 0.3:
            project = go_to(project, dice.choice(list(known)))
        project = recorded(project, random_step(project, dice), "step")
        known[project.at] = text_but_history(project)
    project = parse_project(dump_project(project))
    for number in dice.sample(list(known), len(known)):
        project = go_to(project, number)
        assert project.at == number
        assert text_but_history(project) == known[number]


def test_undo_and_redo_are_inverses():
    first = fresh()
    second = recorded(first, first.replace(mix=first.mix.with_values({"strips.kick.pan": 0.5})), "pan")
    assert text_but_history(undo(second)) == text_but_history(first)
    assert dump_project(redo(undo(second))) == dump_project(second)


def test_the_first_mix_cannot_be_undone_and_the_last_step_not_be_redone():
    with pytest.raises(InputError, match="nothing to undo"):
        undo(fresh())
    with pytest.raises(InputError, match="nothing to redo"):
        redo(fresh())


def test_what_is_revised_after_an_undo_leaves_the_other_branch_alone():
    first = fresh()
    left = recorded(first, first.replace(mix=first.mix.with_values({"strips.kick.pan": -1.0})), "left")
    right = undo(with_version(left, "left"))
    right = recorded(right, right.replace(mix=right.mix.with_values({"strips.kick.pan": 1.0})), "right")
    assert [step.parent for step in right.history] == [0, 1, 1]
    assert go_to(right, find_revision(right, "left")).mix.strips[0].pan == -1.0
    assert go_to(right, 3).mix.strips[0].pan == 1.0


def test_a_step_without_a_change_is_none():
    project = fresh()
    assert recorded(project, copy.deepcopy(project), "nothing") is project


def test_the_sign_of_zero_and_the_kind_of_a_number_count():
    project = fresh()
    zero = project.replace(mix=project.mix.with_values({"strips.bass.pan": -0.0}))
    assert [change.path for change in changes_between(project, zero)] == ["/mix/strips/bass/pan"]


def test_versions_are_found_by_name_and_number():
    project = with_version(fresh(), "rough")
    assert find_revision(project, "rough") == find_revision(project, "1") == 1
    with pytest.raises(InputError, match=r"no version 'ruff'; named versions: rough; revisions: 1\.\.1"):
        find_revision(project, "ruff")
    with pytest.raises(InputError, match="no version '²'"):
        find_revision(project, "²")
    with pytest.raises(InputError, match="no name"):
        with_version(project, "12")


def test_a_history_edited_by_hand_is_refused_in_words():
    project = fresh()
    second = recorded(project, project.replace(locks=("kick",)), "lock")
    step = second.history[1]
    broken = second.history[0], step.replace(changes=(step.changes[0].replace(path="/no/where"),))
    with pytest.raises(InputError, match="does not fit the project any more"):
        undo(second.replace(history=broken))
    outside = (step.changes[0].replace(path="/brief/loudness_lufs", before="loud"),)
    with pytest.raises(InputError, match="does not fit the project any more"):
        undo(second.replace(history=(second.history[0], step.replace(changes=outside))))
