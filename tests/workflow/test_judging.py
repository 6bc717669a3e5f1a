"""`judge`: verdicts follow what was done to a mix; bad input is one line."""

import json
from pathlib import Path

import numpy as np
import pytest
from commandline import RATE, bass, done, guitar, kick, read, refused, voice, write, write_song

from mixwright import workflow
from mixwright.engineer.genres import find_genre
from mixwright.workflow.judging import genre_spread

SECONDS = 6.0


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Tracks, and a plain mix of them."""
    folder = tmp_path_factory.mktemp("judge")
    write_song(folder / "song", SECONDS)
    parts = (kick(SECONDS), bass(SECONDS), voice(SECONDS), guitar(SECONDS))
    write(folder / "mix.wav", 0.3 * sum(np.broadcast_to(p, (2, p.shape[1])) for p in parts))
    return folder


def verdict(found, name):
    return next(v for v in found.verdicts if v.name == name)


def test_words_and_json_tell_the_same(song):
    arguments = ("judge", song / "mix.wav", "--tracks", song / "song", "--reference", song / "mix.wav")
    text = done(*arguments).out
    for word in (
        "lead vocal",
        "peak to loudness",
        "Spotify",
        "OUTSIDE",
        "numbers inside",
        "against reference",
    ):
        assert word in text
    found = json.loads(done(*arguments, "--json").out)
    assert found["stage"] in ("mix", "master")
    assert found["numbers"]["tone.error_db"] == pytest.approx(0, abs=1e-6)
    assert found["numbers"]["balance.level_error_lu"] == pytest.approx(0, abs=1e-6)
    assert found["numbers"]["balance.refit_db"] > 30
    levels = {v["name"]: v["value"] for v in found["verdicts"] if v["family"] == "balance"}
    assert {"lead vocal", "kick", "bass", "electric guitar"} <= levels.keys()


def test_what_was_done_to_a_mix_is_named(song, tmp_path):
    left = read(song / "mix.wav") * np.array([[1.0], [0.5]])
    found = workflow.judge(write(tmp_path / "left.wav", left))
    assert verdict(found, "left/right").value == pytest.approx(-6.02, abs=0.1)
    assert "leans left by 5.0 dB" in verdict(found, "left/right").says
    opposite = read(song / "mix.wav") * np.array([[1.0], [-0.7]])
    found = workflow.judge(write(tmp_path / "opposite.wav", opposite))
    assert "cancels" in verdict(found, "lost in mono").says
    crushed = np.clip(30 * read(song / "mix.wav"), -0.9, 0.9)
    found = workflow.judge(write(tmp_path / "crushed.wav", crushed))
    assert found.stage == "master"
    assert "squashed" in verdict(found, "peak to loudness").says
    assert verdict(found, "peak to loudness") in found.outside


def test_a_buried_voice_is_found(song, tmp_path):
    buried = read(song / "mix.wav") - 0.28 * np.broadcast_to(voice(SECONDS), (2, round(SECONDS * RATE)))
    before = workflow.judge(song / "mix.wav", tracks=song / "song")
    after = workflow.judge(write(tmp_path / "buried.wav", buried), tracks=song / "song")
    assert verdict(after, "lead vocal").value < verdict(before, "lead vocal").value - 10
    assert "buried" in verdict(after, "lead vocal").says
    assert verdict(after, "lead vocal, heard").value < verdict(before, "lead vocal, heard").value


def test_mono_and_other_rates(song, tmp_path):
    mono = write(tmp_path / "mono.wav", read(song / "mix.wav")[:1])
    double = write(tmp_path / "double.wav", np.repeat(read(song / "mix.wav")[:1], 2, axis=0))
    assert workflow.judge(double).numbers["loudness.integrated_lufs"] == pytest.approx(
        workflow.judge(mono).numbers["loudness.integrated_lufs"] + 3.01, abs=0.01
    )
    slow = write(tmp_path / "slow.wav", read(song / "mix.wav")[:, ::2], RATE // 2)
    found = workflow.judge(slow, reference=song / "mix.wav")
    assert np.isfinite(list(found.numbers.values())).all()


def test_genres_have_their_own_ranges():
    metal, country = (genre_spread(find_genre(name)) for name in ("metal", "country"))
    assert metal.lead_re_mix_lu.high < country.lead_re_mix_lu.high
    assert len(metal.tone_db) == 8
    assert len(metal.side_mid_db) == 8


def test_tracks_of_another_song_get_no_verdict(song, tmp_path):
    other = tmp_path / "other"
    rng = np.random.default_rng(5)
    for name in ("Kick", "Lead Vox"):
        write(other / f"{name}.wav", 0.1 * rng.standard_normal((1, round(SECONDS * RATE))))
    found = workflow.judge(song / "mix.wav", tracks=other)
    assert any("explain little" in note for note in found.notes)
    assert all(v.inside is None for v in found.verdicts if v.family == "balance")


def test_bad_input(song, tmp_path):
    refused(tmp_path, "judge", tmp_path / "gone.wav", says=("gone.wav", "no such file"))
    refused(tmp_path, "judge", song, says=("folder",))
    silent = write(tmp_path / "silent.wav", np.zeros((2, RATE)))
    refused(tmp_path, "judge", silent, says=("silent.wav", "silent"))
    short = write(tmp_path / "short.wav", 0.1 * np.ones((2, 900)))
    refused(tmp_path, "judge", short, says=("short.wav", "too short"))
    quiet = write(tmp_path / "quiet.wav", 1e-5 * guitar(2.0))
    refused(tmp_path, "judge", quiet, says=("quiet.wav", "bring it up"))
    refused(tmp_path, "judge", song / "mix.wav", "--reference", silent, says=("silent.wav",))
    refused(tmp_path, "judge", song / "mix.wav", "--tracks", tmp_path / "none", says=("none",))
    (tmp_path / "empty").mkdir()
    refused(tmp_path, "judge", song / "mix.wav", "--tracks", tmp_path / "empty", says=("no audio files",))
    write(tmp_path / "mute" / "a.wav", np.zeros((1, RATE)))
    refused(
        tmp_path, "judge", song / "mix.wav", "--tracks", tmp_path / "mute", says=("all tracks are silent",)
    )
    refused(tmp_path, "judge", song / "mix.wav", "--genre", "polkametal", says=("genre", "choose"))


def test_a_human_mix_lies_inside_the_spread(shared_data):
    folder: Path = shared_data("raw_dev") / "mdb_rock"
    found = workflow.judge(folder / "human_mix.flac", tracks=folder / "raw", genre="rock")
    assert found.numbers["balance.refit_db"] > 8
    assert verdict(found, "lead vocal").value == pytest.approx(-3.0, abs=0.5)  # by its processed stem
    assert len(found.outside) <= 3
