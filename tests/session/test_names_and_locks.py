"""What people call things, and what a lock on it holds."""

import pytest
from golden.rich_project import rich_project

from mixwright.errors import InputError
from mixwright.project import Decision, Setting
from mixwright.session.edits import parse_edit
from mixwright.session.locks import locks_of, parse_lock
from mixwright.session.names import find_channels, find_parameter, find_sections


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("kick", {"kick"}),
        ("Kick in", {"kick"}),
        ("drums", {"kick", "drums", "crush"}),
        ("lead vocal", {"lead_vocal"}),
        ("vocals", {"lead_vocal"}),
        ("bass", {"bass"}),
        ("returns", {"plate", "echo", "hall"}),
        ("master", {"master"}),
        ("kazoo", set()),
    ],
)
def test_channels_by_what_they_are_called(text, ids):
    assert find_channels(rich_project(), text) == ids


def test_a_parallel_bus_goes_with_the_group_that_feeds_it():
    assert "crush" in find_channels(rich_project(), "drums")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("strips.kick.fader_db", "strips.kick.fader_db"),
        ("kick.fader_db", "strips.kick.fader_db"),
        ("drums.fader_db", "buses.drums.fader_db"),
        ("lead vocal.sends.plate.level_db", "strips.lead_vocal.sends.plate.level_db"),
        ("master.drive_db", "master.drive_db"),
        ("plate.reverb.decay_s", "returns.plate.reverb.decay_s"),
    ],
)
def test_values_by_what_they_are_called(text, path):
    assert find_parameter(rich_project(), text) == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kazoo.fader_db", "no track, group or return 'kazoo'"),
        ("kick.fadr_db", r"no value 'fadr_db' \(nearest: fader_db\)"),
        ("kick", "names no value; write TRACK.VALUE"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(text, message):
    with pytest.raises(InputError, match=message):
        find_parameter(rich_project(), text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("kick.fader_db=-3", -3.0),
        ("kick.fader_db = -3 dB", -3.0),
        ("kick.fader_db+=1.5", 0.4),
        ("kick.fader_db-=1 dB", -2.1),
        ("kick.mute=on", True),
        ("plate.effect=echo", "echo"),
    ],
)
def test_edits(text, value):
    assert parse_edit(rich_project(), text).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kick.fader_db", "is no edit; write"),
        ("kick.fader_db=40", r"out of range; give a value within -90\.\.12 dB"),
        ("kick.fader_db+=40", "out of range"),
        ("kick.mute+=1", "only numbers can be moved"),
        ("kick.fader_db+=loud", "'loud' is not a number"),
    ],
)
def test_edits_that_cannot_be(text, message):
    with pytest.raises(InputError, match=message):
        parse_edit(rich_project(), text)


@pytest.mark.parametrize(
    ("lock", "held", "free"),
    [
        ("kick.fader_db", ["strips.kick.fader_db"], ["strips.kick.pan", "buses.drums.fader_db"]),
        ("kick.equalizer", ["strips.kick.equalizer.band3.gain_db"], ["strips.kick.fader_db"]),
        ("kick", ["strips.kick.fader_db", "strips.kick.sends.crush.level_db"], ["strips.bass.fader_db"]),
        ("drums", ["strips.kick.pan", "buses.drums.fader_db", "buses.crush.mute"], ["strips.bass.pan"]),
        ("space", ["returns.plate.mute", "strips.lead_vocal.sends.plate.level_db"], ["strips.bass.pan"]),
        ("kind:balance", ["strips.kick.fader_db"], ["buses.drums.fader_db"]),
        ("master", ["master.drive_db"], ["strips.kick.pan"]),
        ("all", ["master.drive_db", "strips.kick.pan", "returns.echo.mute"], []),
    ],
)  # fmt: skip
def test_what_a_lock_holds(lock, held, free):
    project = rich_project().replace(locks=())
    locks = locks_of(project.replace(locks=(parse_lock(project, lock),)))
    assert all(locks.holding(path) for path in held)
    assert not any(locks.holding(path) for path in free)


def test_a_kind_holds_what_its_decisions_set_wherever_it_lies():
    cut = Decision(id="s1", kind="separation", target="bass", summary="", reason="")
    path = "strips.bass.equalizer.band2.gain_db"
    project = rich_project().replace(
        decisions=(cut,), settings={path: Setting(decision="s1")}, locks=("kind:separation",)
    )
    assert locks_of(project).holding(path) == "kind:separation"
    assert locks_of(project).holding("strips.bass.equalizer.band1.gain_db") is None


def test_a_section_is_locked_as_a_stretch():
    project = rich_project()
    lock = parse_lock(project, "Verse 1")
    assert lock == "section:verse1"
    assert locks_of(project.replace(locks=(lock,))).spans == ((12.5, 40.0),)
    assert [section.name for section in find_sections(project, "verse")] == ["verse1"]


@pytest.mark.parametrize("text", ["kazoo", "kick.nothing", "kind:sauce", "section:solo"])
def test_what_cannot_be_locked_is_refused(text):
    with pytest.raises(InputError):
        parse_lock(rich_project(), text)
