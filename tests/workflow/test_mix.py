"""From a folder of tracks to finished files: levels, formats, stems, and the same bits again."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commandline import (
    RATE,
    bass,
    done,
    guitar,
    kick,
    loudness_lufs,
    null_db,
    peak_dbtp,
    read,
    refused,
    voice,
    write,
    write_song,
)

from mixwright.audio import FORMATS, probe

SEED_OUTPUTS = ("mix.wav", "master.wav", "project.json", "report.html")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a song, and its mix with all that can be written beside it."""
    folder = tmp_path_factory.mktemp("song")
    write_song(folder / "song")
    done("mix", folder / "song", "--out", folder / "out", "--format", "wav32f", "--stems", "--tracks", "-q")
    return folder


def test_three_files_with_the_levels_promised(tmp_path):
    out = tmp_path / "out"
    result = done("mix", write_song(tmp_path / "song"), "--out", out, "--quiet")
    assert result.out == ""
    assert sorted(p.name for p in out.iterdir()) == sorted(SEED_OUTPUTS)
    assert peak_dbtp(out / "mix.wav") == pytest.approx(-6, abs=0.05)
    assert loudness_lufs(out / "master.wav") == pytest.approx(-14, abs=0.1)
    assert peak_dbtp(out / "master.wav") <= -1 + 0.05
    assert probe(out / "mix.wav").frames == probe(out / "master.wav").frames
    assert probe(out / "master.wav").codec.startswith("24")
    assert probe(out / "master.wav").title == "song"


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_holds_loudness_and_peak_when_read_again(format, home, tmp_path):
    done("render", home / "out", "--out", tmp_path, "--format", format, "--quiet")
    master = tmp_path / f"master{FORMATS[format].extension}"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [master.name, master.name.replace("master", "mix")]
    )
    assert loudness_lufs(master) == pytest.approx(-14, abs=0.1)
    assert peak_dbtp(master) <= -1 + 0.05
    if format != "opus":
        assert probe(master).sample_rate == RATE


def test_a_lossy_mix_is_solved_for_what_a_player_hears(tmp_path):
    out = tmp_path / "out"
    arguments = ("--loudness", -12, "--peak", -0.5, "--format", "mp3", "--json")
    result = done("mix", write_song(tmp_path / "song", 1.5), "--out", out, *arguments)
    assert sorted(p.name for p in out.iterdir()) == ["master.mp3", "mix.mp3", "project.json", "report.html"]
    assert peak_dbtp(out / "master.mp3") <= -0.5 + 0.05
    assert result.json["measured"]["master_peak_dbtp"] == pytest.approx(
        peak_dbtp(out / "master.mp3"), abs=0.01
    )
    assert loudness_lufs(out / "master.mp3") == pytest.approx(-12, abs=0.1)


def test_the_brief_is_followed(tmp_path):
    out = tmp_path / "out"
    brief = (
        "--genre",
        "Hip Hop",
        "--tempo",
        93,
        "--loudness",
        -18,
        "--peak",
        -3,
        "--role",
        "gtr.wav=synth pad",
    )
    done("mix", write_song(tmp_path / "song", 1.5), "--out", out, *brief, "--quiet")
    assert loudness_lufs(out / "master.wav") == pytest.approx(-18, abs=0.1)
    assert peak_dbtp(out / "master.wav") <= -3 + 0.05
    project = json.loads((out / "project.json").read_text())
    assert project["brief"]["genre"] == "hip-hop"
    assert project["mix"]["tempo_bpm"] == 93
    guitar = next(t for t in project["tracks"] if t["id"] == "gtr")
    assert (guitar["role"], guitar["role_set_by"], guitar["role_confidence"]) == ("synth_pad", "user", 1.0)


def test_files_are_taken_like_a_folder(home, tmp_path):
    files = sorted((home / "song").iterdir())
    done("mix", *files, "--out", tmp_path, "--format", "wav32f", "--quiet")
    assert (tmp_path / "master.wav").read_bytes() == (home / "out" / "master.wav").read_bytes()


def test_group_stems_sum_to_the_mix(home):
    assert null_db(_sum(home / "out" / "stems"), read(home / "out" / "mix.wav")) < -120


def test_split_returns_sum_to_the_mix_and_leave_no_effect_stems(home, tmp_path):
    done("render", home / "out", "--out", tmp_path, "--format", "wav32f", "--split-returns", "-q")
    assert null_db(_sum(tmp_path / "stems"), read(home / "out" / "mix.wav")) < -120
    project = json.loads((home / "out" / "project.json").read_text())
    effects = {ret["id"] for ret in project["mix"]["returns"]}
    stems = {p.stem for p in (tmp_path / "stems").iterdir()}
    assert effects & {p.stem for p in (home / "out" / "stems").iterdir()}
    assert not stems & effects
    assert not any("__" in name for name in stems)


def test_every_track_is_written_as_long_as_the_mix(home):
    tracks = sorted((home / "out" / "tracks").iterdir())
    assert [t.stem for t in tracks] == ["bass", "gtr", "kick", "lead_vox"]
    for track in tracks:
        assert probe(track).frames == probe(home / "out" / "mix.wav").frames
        assert np.abs(read(track)).max() > 1e-3


@pytest.mark.parametrize("threads", [1, 4])
def test_a_saved_project_renders_to_the_same_bits_wherever_it_is_moved(home, threads, tmp_path):
    shutil.copytree(home, tmp_path / "moved")
    (tmp_path / "moved" / "out" / "master.wav").unlink()
    out = tmp_path / "again"
    done("render", tmp_path / "moved" / "out" / "project.json", "--out", out, "--format", "wav32f",
         "--threads", threads, "--quiet")  # fmt: skip
    for name in ("mix.wav", "master.wav"):
        assert (out / name).read_bytes() == (home / "out" / name).read_bytes()


def test_dithered_formats_render_to_the_same_bits(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    for out, threads in (("a", 1), ("b", 3)):
        done("mix", song, "--out", tmp_path / out, "--format", "wav16", "--threads", threads, "-q")
    done("render", tmp_path / "a", "--out", tmp_path / "c", "--format", "wav16", "-q")
    for name in ("mix.wav", "master.wav"):
        first = (tmp_path / "a" / name).read_bytes()
        assert (tmp_path / "b" / name).read_bytes() == first
        assert (tmp_path / "c" / name).read_bytes() == first


def test_edited_values_are_obeyed(home, tmp_path):
    project = json.loads((home / "out" / "project.json").read_text())
    for strip in project["mix"]["strips"]:
        strip["mute"] = strip["id"] != "kick"
    project["mix"]["master"]["drive_db"] -= 6
    for track in project["tracks"]:
        for file in track["files"]:
            file["path"] = str(home / "song" / Path(file["path"]).name)
    (tmp_path / "project.json").write_text(json.dumps(project))
    result = done("render", tmp_path, "--out", tmp_path / "out", "--json").json
    assert result["measured"]["target_met"] is False
    assert result["measured"]["master_loudness_lufs"] == pytest.approx(
        loudness_lufs(tmp_path / "out" / "master.wav"), abs=0.02
    )
    assert result["measured"]["master_loudness_lufs"] < -17


@pytest.mark.parametrize("drive_db", [14.0, -3.0])
def test_a_drive_of_the_users_goes_down_no_further_than_a_coder_demands(drive_db, home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    file = tmp_path / "home" / "out" / "project.json"
    project = json.loads(file.read_text())
    project["mix"]["master"]["drive_db"] += drive_db
    file.write_text(json.dumps(project))
    for name in ("wav24", "mp3"):
        done("render", file, "--out", tmp_path / name, "--format", name, "-q")
    plain, coded = tmp_path / "wav24" / "master.wav", tmp_path / "mp3" / "master.mp3"
    assert peak_dbtp(coded) <= -1 + 0.05
    assert -2.5 < loudness_lufs(coded) - loudness_lufs(plain) < 0.1


def test_an_impulse_response_takes_the_place_of_the_reverb(home, tmp_path):
    room = np.random.default_rng(3).standard_normal((2, 8000)) * np.exp(-np.arange(8000) / 1500) * 0.1
    write(tmp_path / "rooms" / "My Room.wav", room, 48000)
    out = tmp_path / "out"
    arguments = ("--impulse", tmp_path / "rooms" / "My Room.wav", "--stems", "--format", "wav32f", "-q")
    done("mix", home / "song", "--out", out, *arguments)
    project = json.loads((out / "project.json").read_text())
    assert len(project["impulses"]) == 1
    (name,) = project["impulses"]
    assert next(r for r in project["mix"]["returns"] if r["id"] == name)["effect"] == "convolution"
    assert (out / "mix.wav").read_bytes() != (home / "out" / "mix.wav").read_bytes()
    done("render", out, "--out", tmp_path / "again", "--format", "wav32f", "--split-returns", "-q")
    assert (tmp_path / "again" / "mix.wav").read_bytes() == (out / "mix.wav").read_bytes()
    for folder in (out, tmp_path / "again"):
        assert null_db(_sum(folder / "stems"), read(out / "mix.wav")) < -120


def test_the_same_roles_with_other_sound_get_other_settings(home, tmp_path):
    song = tmp_path / "song"
    dull = np.cumsum(guitar(seed=2), axis=1)
    write(song / "Kick.wav", kick() * 0.2)
    write(song / "Bass.wav", bass(hz=98.0) ** 3 * 20)
    write(song / "Lead Vox.wav", voice(hz=410.0))
    write(song / "Gtr.wav", dull / np.abs(dull).max() * 0.7)
    done("mix", song, "--out", tmp_path / "out", "-q")
    first, second = (_strips(folder / "project.json") for folder in (home / "out", tmp_path / "out"))
    assert {id: strip["name"] for id, strip in first.items()} == {
        id: strip["name"] for id, strip in second.items()
    }
    for id in first:
        assert first[id]["trim_db"] != second[id]["trim_db"]
        assert first[id]["fader_db"] != second[id]["fader_db"]
    assert sum(first[id]["equalizer"] != second[id]["equalizer"] for id in first) >= 3


def test_a_second_run_does_not_take_the_results_of_the_first_for_tracks(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    for _ in range(2):
        result = done("mix", song, "--out", song / "mixed", "--stems", "--json").json
        assert len(result["tracks"]) == 4
    assert any("results of an earlier run" in note for note in result["notes"])
    assert len(done("inspect", song, "--json").json["tracks"]) == 4


@pytest.mark.parametrize("out", [".", "mixed", "deep/down"])
def test_parts_of_an_earlier_run_are_not_taken_for_tracks(out, tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    for options in (("--tracks",), ("--split-returns", "--tracks"), ("--format", "mp3")):
        told = done("mix", song, "--out", song / out, *options, "--json").json
        assert sorted(t["name"] for t in told["tracks"]) == ["Bass", "Gtr", "Kick", "Lead Vox"]
    assert len(done("inspect", song, "--json").json["tracks"]) == 4


def test_parts_of_an_earlier_run_can_be_given_as_tracks(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    done("mix", song, "--out", song, "--tracks", "-q")
    assert len(done("inspect", song / "tracks", "--json").json["tracks"]) == 4


@pytest.mark.parametrize("folder", ["tracks", "raw"])
def test_tracks_in_a_folder_of_their_own_stay_tracks(folder, tmp_path):
    song = write_song(tmp_path / "song" / folder, 1.0).parent
    for out in (song, song, song / folder, song):
        assert len(done("mix", song, "--out", out, "--json").json["tracks"]) == 4


def test_files_of_the_user_among_the_parts_are_not_passed_over(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    done("mix", song, "--out", song, "--tracks", "-q")
    write(song / "tracks" / "Solo.wav", voice(1.0))
    refused(tmp_path, "mix", song, "--out", tmp_path / "out", says=("tracks", "name the one to mix"))


def test_a_second_run_into_the_folder_of_the_tracks(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    for _ in range(2):
        assert len(done("mix", song, "--out", song, "--json").json["tracks"]) == 4
    assert sorted(p.name for p in song.iterdir()) == sorted(
        [*SEED_OUTPUTS, "Kick.wav", "Bass.wav", "Gtr.wav", "Lead Vox.wav"]
    )


@pytest.mark.parametrize("name", ["mix.wav", "master.wav", "Song Mix.wav"])
def test_a_mix_among_the_tracks_is_left_out_and_never_overwritten(name, tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    write(song / name, voice(1.0) + kick(1.0))
    before = (song / name).read_bytes()
    if name != "Song Mix.wav":
        refused(tmp_path, "mix", song, "--out", song, says=(name, "is one of the input files", "--out"))
        done("mix", song, "--out", tmp_path / "out", "-q")
        project = json.loads((tmp_path / "out" / "project.json").read_text())
    else:
        done("mix", song, "--out", song, "-q")
        project = json.loads((song / "project.json").read_text())
    assert name in project["left_out"]
    assert (song / name).read_bytes() == before


def test_a_mix_among_the_tracks_is_mixed_when_it_is_given_a_role(tmp_path):
    song = write_song(tmp_path / "song", 1.0)
    write(song / "mix.wav", guitar(1.0, seed=9))
    result = done("mix", song, "--out", tmp_path / "out", "--role", "mix.wav=strings", "--json").json
    assert len(result["tracks"]) == 5
    assert result["left_out"] == {}


def test_a_sum_of_the_tracks_is_left_out_by_its_sound(tmp_path):
    song = write_song(tmp_path / "song")
    total = sum(
        np.broadcast_to(soundfile.read(f, always_2d=True)[0].T, (2, round(2.5 * RATE)))
        for f in song.iterdir()
    )
    write(song / "Audio 05.wav", total * 0.5)
    result = done("mix", song, "--out", tmp_path / "out", "--json").json
    assert result["left_out"] == {"Audio 05.wav": "is the sum of the other tracks"}


def test_parts_that_would_take_the_place_of_the_inputs_are_refused(home, tmp_path):
    shutil.copytree(home / "out" / "tracks", tmp_path / "out" / "tracks")
    arguments = ("--tracks", "--format", "wav32f")
    refused(tmp_path, "mix", tmp_path / "out" / "tracks", "--out", tmp_path / "out", *arguments,
            says=("is one of the input files",))  # fmt: skip


def _sum(folder: Path) -> np.ndarray:
    return sum(read(path) for path in sorted(folder.iterdir()))


def _strips(project: Path) -> dict[str, dict]:
    return {strip["id"]: strip for strip in json.loads(project.read_text())["mix"]["strips"]}
