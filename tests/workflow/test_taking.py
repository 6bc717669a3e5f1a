"""Takes: different by a named amount, equally loud, to pick and to put together."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from commandline import bass, done, guitar, kick, loudness_lufs, refused, voice, write

from mixwright.engineer.characters import LEAST_APART_DB, MOST_DB, apart_db, chosen, role_levels
from mixwright.project import Project, load_project
from mixwright.workflow import Job, Outputs, mix, revise, takes
from tests.words.song import song

QUICK = Job(Outputs(report=False))


@pytest.fixture
def out(tmp_path) -> Path:
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice), ("Gtr", guitar)):
        write(tmp_path / "song" / f"{name}.wav", make(1.5))
    mix(tmp_path / "song", tmp_path / "out", genre="pop", job=QUICK)
    return tmp_path / "out"


def levels_by_role(project: Project) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for track in project.tracks:
        found.setdefault(track.role.value, []).append(project.mix.channel(track.id).fader_db)
    return {role: float(np.mean(values)) for role, values in found.items()}


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_characters_lie_apart_and_inside_what_engineers_do(count):
    found = [levels for _, levels in chosen(song(), count - 1)]
    for a, b in combinations([*found, dict.fromkeys(found[0], 0.0)], 2):
        assert apart_db(a, b) >= LEAST_APART_DB
    assert max(abs(far) for levels in found for far in levels.values()) <= MOST_DB


def test_each_take_goes_in_its_named_direction(out):
    made = takes(out, 3, job=QUICK)
    first = levels_by_role(load_project(out))
    projects = {take.name: load_project(take.folder) for take in made}
    for a, b in combinations(projects.values(), 2):
        assert apart_db(levels_by_role(a), levels_by_role(b)) >= LEAST_APART_DB
    from mixwright.engineer.characters import characters

    for take in made[1:]:
        now = levels_by_role(projects[take.name])
        move = np.array([now[role] - first[role] for role in first])
        named = role_levels(load_project(out), characters()[take.character])
        direction = np.array([named[role] for role in first])
        along = float(move @ direction) / np.linalg.norm(direction) / np.sqrt(direction.size)
        assert along >= LEAST_APART_DB
    for take in made:
        assert loudness_lufs(take.folder / "master.wav") == pytest.approx(-14, abs=0.1)


def test_a_take_is_picked_whole_or_in_parts(out):
    takes(out, 3, job=QUICK)
    before = load_project(out)
    assert set(before.versions) == {"A", "B", "C"}
    b = load_project(out / "takes" / "B")
    revise(out, takes=["kick=B"], job=QUICK)
    mixed = load_project(out)
    assert mixed.mix.channel("kick") == b.mix.channel("kick")
    assert mixed.mix.channel("bass") == before.mix.channel("bass")
    assert mixed.settings["strips.kick.fader_db"].set_by == "user"
    revise(out, takes=["B"], job=QUICK)
    assert load_project(out).mix.strips == b.mix.strips
    assert load_project(out).mix.returns == b.mix.returns


def test_a_part_is_picked_on_top_of_what_was_picked_before(out):
    takes(out, 2, job=QUICK)
    a, b = load_project(out), load_project(out / "takes" / "B")
    assert a.mix.channel("kick") != b.mix.channel("kick")
    now = revise(out, takes=["B", "kick=A"], job=QUICK).project
    assert now.mix.channel("kick") == a.mix.channel("kick")
    assert now.mix.channel("bass") == b.mix.channel("bass")


def test_takes_leave_locks_and_own_values_alone(out):
    revise(out, edits=["bass.fader_db=-20"], locks=["lead_vox"], job=QUICK)
    before = load_project(out)
    for take in takes(out, 3, job=QUICK)[1:]:
        project = load_project(take.folder)
        assert project.mix.channel("bass").fader_db == -20
        assert project.mix.channel("lead_vox") == before.mix.channel("lead_vox")


def test_the_command_line_makes_and_picks(out):
    told = done("takes", out, "--count", 2).out
    assert told.startswith("A: first")
    assert "B: " in told
    assert "kick" in done("revise", out, "--take", "kick=B").out
    refused(out, "takes", out, "--count", 9, says=("2 to 5",))
    refused(out, "revise", out, "--take", "kick=Z", says=("no version 'Z'",))
    refused(out, "revise", out, "--take", "kazoo=B", says=("no 'kazoo'",))
