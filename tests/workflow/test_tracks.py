"""Tracks that come, go and are replaced; and a folder that is watched while it is written to."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from commandline import RATE, bass, done, guitar, kick, read, refused, voice, write

from mixwright.project import Project, load_project
from mixwright.workflow import Job, Outputs, TrackChanges, mix, revise, step_back, watch
from mixwright.workflow.watching import Settling

QUICK = Job(Outputs(format="wav32f", report=False))
PARTS = Job(Outputs(format="wav32f", tracks=True, report=False))


@pytest.fixture
def home(tmp_path) -> Path:
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice)):
        write(tmp_path / "song" / f"{name}.wav", make(1.5))
    mix(tmp_path / "song", tmp_path / "out", genre="pop", job=PARTS)
    return tmp_path


def strips(project: Project) -> dict[str, object]:
    return {strip.id: strip for strip in project.mix.strips}


def test_a_replaced_track_keeps_its_strip_and_sounds_new(home):
    before = load_project(home / "out")
    old = read(home / "out" / "tracks" / "kick.wav")
    other = write(home / "new" / "vox 7.wav", voice(2.0, hz=330.0))
    tracks = TrackChanges(replaced=(f"lead_vox={other}",))
    now = revise(home / "out", tracks=tracks, locks=["master.trim_db"], job=PARTS)
    assert strips(now.project) == strips(before)
    assert "Lead Vox: other audio" in now.changes
    new = read(home / "out" / "tracks" / "kick.wav")
    np.testing.assert_array_equal(new[:, : old.shape[1]][:, :RATE], old[:, :RATE])
    assert now.project.track("lead_vox").frames == 2 * RATE
    back = step_back(home / "out", job=QUICK).project
    assert back.tracks == before.tracks
    assert back.mix == before.mix


def test_a_new_track_is_worked_on_and_nothing_else_is_touched(home):
    before = load_project(home / "out")
    added = write(home / "new" / "Gtr.wav", guitar(1.5))
    now = revise(home / "out", tracks=TrackChanges(added=(str(added),)), job=QUICK).project
    assert {id: strip for id, strip in strips(now).items() if id != "gtr"} == strips(before)
    assert now.track("gtr").role.value == "electric_guitar"
    assert now.mix.channel("gtr").output == "guitars"
    assert now.settings["strips.gtr.fader_db"].set_by == "rule"
    assert now.mix.buses[: len(before.mix.buses)] == before.mix.buses
    done("render", home / "out", "--out", home / "again", "--quiet")


def test_a_track_that_goes_takes_its_routes_along(home):
    before = load_project(home / "out")
    assert before.mix.channel("bass").keys.dynamic4 == "kick"
    now = revise(home / "out", tracks=TrackChanges(removed=("kick",)), job=QUICK).project
    assert [track.id for track in now.tracks] == ["bass", "lead_vox"]
    assert now.mix.channel("bass").keys.dynamic4 is None
    assert now.mix.channel("lead_vox") == before.mix.channel("lead_vox")
    assert not [path for path in now.settings if path.startswith("strips.kick.")]
    assert step_back(home / "out", job=QUICK).project.mix == before.mix


def test_the_command_line(home):
    added = write(home / "new" / "thing.wav", guitar(1.5))
    told = done("revise", home / "out", "--add", f"{added}=piano", "--remove", "bass").out
    assert "thing: new track (piano)" in told
    assert "Bass: removed" in told
    refused(home, "revise", home / "out", "--replace", "kazoo=x.wav", says=("kick",))
    refused(home, "revise", home / "out", "--remove", "kazoo")
    refused(home, "revise", home / "out", "--add", home / "nothing.wav")


# --- watching --------------------------------------------------------------------------------------


def test_a_file_that_still_grows_has_not_settled(tmp_path):
    file = tmp_path / "a.wav"
    settling = Settling(quiet_s=2.0)
    file.write_bytes(b"1")
    assert settling.settled([file], 0.0) is None
    file.write_bytes(b"12")
    assert settling.settled([file], 2.5) is None
    assert settling.settled([file], 4.0) is None
    assert settling.settled([file], 4.6) == [file]
    assert settling.unchanged([file])
    file.write_bytes(b"123")
    assert not settling.unchanged([file])


class Time:
    """A clock that moves when somebody sleeps, and lets things happen meanwhile."""

    def __init__(self, happenings: dict[int, object]) -> None:
        self.now, self.looks, self.happenings = 0.0, 0, happenings

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.looks += 1
        happen = self.happenings.get(self.looks)
        if callable(happen):
            happen()


def test_a_copy_that_is_under_way_is_never_half_read(home):
    """The new take arrives in pieces over several looks, the second half late; a lock holds throughout."""
    whole = write(home / "new.wav", voice(1.5, hz=330.0)).read_bytes()
    target = home / "song" / "Lead Vox.wav"
    revise(home / "out", locks=["lead_vox"], job=QUICK)
    before = load_project(home / "out")

    def piece(share: float):
        return lambda: target.write_bytes(whole[: round(share * len(whole))])

    clock = Time({3: piece(0.3), 5: piece(0.5), 7: piece(0.8), 9: piece(1.0)})
    told: list[str] = []
    made = watch(home / "song", home / "out", job=QUICK, tell=told.append, quiet_s=2.0,
                 clock=lambda: clock.now, sleep=clock.sleep, most_rounds=18)  # fmt: skip
    assert made == 1
    assert told[-1].startswith("Lead Vox: other audio")
    after = load_project(home / "out")
    assert strips(after) == strips(before)
    done("render", home / "out", "--out", home / "again", "--quiet")  # the whole file is what was hashed


def test_watching_begins_with_a_mix_and_picks_new_tracks_up(home):
    shutil.rmtree(home / "out")
    clock = Time({8: lambda: write(home / "song" / "Gtr.wav", guitar(1.5))})
    told: list[str] = []
    watch(home / "song", home / "out", job=QUICK, tell=told.append, quiet_s=1.0,
          clock=lambda: clock.now, sleep=clock.sleep, most_rounds=16)  # fmt: skip
    assert told[0] == "first mix of 3 tracks"
    assert told[1].startswith("Gtr: new track")
    assert {track.id for track in load_project(home / "out").tracks} == {"kick", "bass", "lead_vox", "gtr"}
