"""Taste in real projects: revisions teach, the next first mix follows, and all of it can be undone."""

import os
from pathlib import Path

import numpy as np
import pytest
from commandline import bass, done, kick, refused, voice, write

from mixwright.engineer.liking import dimensions_of, position
from mixwright.project import Project, load_project
from mixwright.taste.store import TasteStore
from mixwright.workflow import Job, Outputs, mix, restore, revise, step_back, step_forth

QUICK = Job(Outputs(report=False))


@pytest.fixture
def memory(tmp_path, monkeypatch) -> Path:
    """A taste of its own."""
    file = tmp_path / "data" / "taste.sqlite"
    monkeypatch.setenv("MIXWRIGHT_TASTE", str(file))
    return file


def song(folder: Path, number: int) -> Path:
    noise = np.random.default_rng(number).standard_normal((1, 44100)) * 1e-4
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice)):
        write(folder / f"song{number}" / f"{name}.wav", make(1.0) + noise)
    return folder / f"song{number}"


def first_mix(folder: Path, number: int) -> Project:
    return mix(song(folder, number), folder / f"out{number}", genre="pop", job=QUICK).project


def vocal_db(project: Project) -> float:
    return project.mix.channel("lead_vox").fader_db


def test_the_next_first_mix_starts_where_the_user_would_bring_it(tmp_path, memory):
    plain = vocal_db(first_mix(tmp_path, 9))
    for number in range(4):
        first_mix(tmp_path, number)
        revise(tmp_path / f"out{number}", edits=[f"lead_vox.fader_db={plain - 2.5:.2f}"], job=QUICK)
        if number == 0:
            assert vocal_db(first_mix(tmp_path, 9)) == pytest.approx(plain, abs=1.0)  # one song is little
    learned = first_mix(tmp_path, 9)
    assert vocal_db(learned) == pytest.approx(plain - 2.5, abs=0.6)
    setting = learned.settings["strips.lead_vox.fader_db"]
    assert setting.set_by == "feedback"
    told = done("taste").out
    assert "lead vocal: level -2" in told
    assert str(memory) in told.replace("\n", "")
    done("taste", "--reset")
    assert not memory.exists()
    assert vocal_db(first_mix(tmp_path, 9)) == plain


def test_switched_off_nothing_is_kept(tmp_path, memory, monkeypatch):
    monkeypatch.setenv("MIXWRIGHT_TASTE", "off")
    first_mix(tmp_path, 1)
    revise(tmp_path / "out1", edits=["lead_vox.fader_db-=2.5"], job=QUICK)
    assert not memory.exists()
    assert "switched off" in done("taste").out
    refused(tmp_path, "taste", "--set", "level.bass=1")


def test_a_preference_that_is_written_down_is_followed(tmp_path, memory):
    plain = first_mix(tmp_path, 1)
    done("taste", "--set", "level.bass=-3", "--quiet")
    liked = first_mix(tmp_path, 1)
    assert liked.mix.channel("bass").fader_db == pytest.approx(
        plain.mix.channel("bass").fader_db - 3, abs=0.3
    )
    assert done("taste", "--json").json["wishes"] == {"level.bass": -3.0}
    done("taste", "--forget", "level.bass", "--quiet")
    assert first_mix(tmp_path, 1).mix == plain.mix
    refused(tmp_path, "taste", "--set", "bass=1", says=("level.lead_vocal",))
    refused(tmp_path, "taste", "--set", "level.bass=much")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ("level.lead_vocal=nan", "-6 .. 6 dB"),
        ("level.lead_vocal=-inf", "-6 .. 6 dB"),
        ("level.lead_vocal=6.1", "-6 .. 6 dB"),
        ("width.mix=1", "-0.6 .. 0.6"),
        ("level.banjo=1", "lead_vocal"),
        ("compression.kick=1", "drums"),
        ("level.mix=1", "kick"),
    ],
)
def test_a_preference_that_no_mix_can_follow_is_refused(tmp_path, memory, wish, says):
    refused(tmp_path, "taste", "--set", wish, says=(wish.partition("=")[0], says))
    assert not memory.exists()


def test_the_furthest_preference_is_kept(memory):
    done("taste", "--set", "width.mix=-0.6", "--set", "level.kick=6", "--quiet")
    assert done("taste", "--json").json["wishes"] == {"width.mix": -0.6, "level.kick": 6.0}


def test_a_file_that_is_none_of_ours_is_refused(tmp_path, memory):
    memory.parent.mkdir()
    memory.write_bytes(b"not a database, and long enough to be sure of it" * 40)
    refused(tmp_path, "taste", says=("move it away",))


def test_a_revision_stands_even_if_the_taste_cannot_be_kept(tmp_path, memory):
    first_mix(tmp_path, 1)
    memory.parent.mkdir(exist_ok=True)
    memory.write_bytes(b"not a database, and long enough to be sure of it" * 40)
    revised = revise(tmp_path / "out1", edits=["lead_vox.fader_db=-9"], job=QUICK)
    assert any("the taste was not kept" in note and "move it away" in note for note in revised.notes)
    assert vocal_db(load_project(tmp_path / "out1")) == -9.0


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
def test_the_memory_is_for_its_user_alone(memory):
    done("taste", "--set", "level.kick=1", "--quiet")
    assert (memory.stat().st_mode & 0o777, memory.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_was_learned_survives_a_redo(tmp_path, memory):
    done("taste", "--set", "level.lead_vocal=-3", "--quiet")
    liked = first_mix(tmp_path, 1)
    again = revise(tmp_path / "out1", redo=["balance"], job=QUICK).project
    assert vocal_db(again) == vocal_db(liked)
    assert load_project(tmp_path / "out1").settings["strips.lead_vox.fader_db"].set_by == "feedback"


def kept(memory: Path) -> dict[str, bool]:
    return {choice.dimension: choice.touched for choice in TasteStore(memory).choices()}


def test_moves_of_the_engineer_are_no_choices_of_the_user(tmp_path, memory):
    first = first_mix(tmp_path, 1)
    edit = f"lead_vox.fader_db={vocal_db(first) - 3:.2f}"
    revised = revise(tmp_path / "out1", edits=[edit], genre="techno", job=QUICK).project
    moved = {
        name
        for name in dimensions_of(revised)
        if abs(position(revised, revised.mix, name) - position(first, first.mix, name)) > 0.1
    }
    assert moved > {"level.lead_vocal"}
    assert {name for name, touched in kept(memory).items() if touched} == {"level.lead_vocal"}
    assert not (moved - {"level.lead_vocal"}) & set(kept(memory))


def test_what_is_taken_back_is_not_remembered(tmp_path, memory):
    first = first_mix(tmp_path, 1)
    out = tmp_path / "out1"
    revise(out, edits=[f"lead_vox.fader_db={vocal_db(first) - 3:.2f}"], job=QUICK)
    there = kept(memory)
    assert there["level.lead_vocal"]
    step_back(out, job=QUICK)
    assert kept(memory) == {}
    step_forth(out, job=QUICK)
    assert kept(memory) == there
    restore(out, "1", job=QUICK)
    assert kept(memory) == {}


def test_taste_leaves_alone_what_is_left_out(tmp_path, memory):
    place = song(tmp_path, 1)

    def without_balance(name: str) -> Project:
        return mix(place, tmp_path / name, genre="pop", without=["balance"], job=QUICK).project

    plain = without_balance("plain")
    done("taste", "--set", "level.bass=-3", "--set", "width.bass=0.3", "--quiet")
    liked = without_balance("liked")
    assert liked.mix.channel("bass").fader_db == plain.mix.channel("bass").fader_db
    assert liked.mix.channel("bass").width != plain.mix.channel("bass").width
