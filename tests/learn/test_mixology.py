"""Reading MixologyDB's layout: what a row means, and which rows cannot be right."""

import json
from pathlib import Path

import pytest
from learn import mixology_file as made

from mixwright.errors import InputError
from mixwright.learn.readers.mixology import read_mixology
from mixwright.learn.song import split_of, split_songs
from mixwright.learn.tables import level_table
from mixwright.roles import Role


def read_one(tmp_path: Path, mixes: list) -> object:
    file = tmp_path / "mixes.json"
    file.write_text(json.dumps({"mixes": mixes}))
    (song,) = read_mixology(file)
    return song


def test_tracks_roles_settings_and_ratings(tmp_path):
    mixes = made.mixes("One")
    eq = [
        {"type": "NOTCH", "value": {"freq": 400, "q": 2.0, "gain": -3}},
        {"type": "HP", "value": {"freq": 90, "q": 0, "gain": 12}},
        {"type": "NOTCH", "value": {"freq": 2.4, "q": 1, "gain": 3}},  # kHz written as Hz
    ]
    mixes[0]["tracks"][0]["parameters"] |= {"eq": eq, "compression": [{"name": "x"}], "pan": [-50]}
    song = read_one(tmp_path, mixes)
    assert song.genre == "rock"
    assert song.is_free
    assert [t.role for t in song.tracks][:4] == [Role.KICK, Role.SNARE, Role.OVERHEADS, Role.OVERHEADS]
    (channel,) = song.mixes[0].channels["01_Kick.wav"]
    assert channel.pan == (-0.5,)
    assert channel.has_compressor
    assert [(m.kind, m.frequency_hz, m.gain_db, m.slope_db_oct) for m in channel.eq] == [
        ("bell", 400, -3, 0),
        ("high_pass", 90, 0, 12),
    ]
    assert [m.rating for m in song.mixes] == pytest.approx([0.4, 0.5, 0.6, 0.7])


def test_faders_that_all_read_zero_are_unknown(tmp_path):
    mixes = made.mixes("One")
    for track in mixes[1]["tracks"]:
        track["parameters"]["gain"] = 0.0
    table = level_table(read_one(tmp_path, mixes))
    assert table.levels_lu.shape == (3, len(made.TRACKS))


def test_a_mix_with_few_of_the_tracks_is_left_out(tmp_path):
    mixes = made.mixes("One")
    mixes[2]["tracks"] = mixes[2]["tracks"][:3]
    assert [m.id for m in read_one(tmp_path, mixes).mixes] == ["M0", "M1", "M3"]


def test_two_channels_of_one_file_are_a_power_sum(tmp_path):
    mixes = made.mixes("One", spread_db=0.0)
    before = level_table(read_one(tmp_path, mixes)).target_lu
    for mix in mixes:
        mix["tracks"].append(mix["tracks"][0])
    after = level_table(read_one(tmp_path, mixes)).target_lu
    assert after[0] - after[-1] == pytest.approx(before[0] - before[-1] + 3.0103, abs=1e-3)


def test_two_pans_on_a_mono_track_are_left_out(tmp_path):
    mixes = made.mixes("One")
    for mix in mixes:
        mix["tracks"][4]["parameters"]["pan"] = [-100, 100]
    assert "05_Bass.wav" not in {t.id for t in read_one(tmp_path, mixes).tracks}


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ('{"a": 1}', '"mixes"'), ('{"mixes": [{"song-name": "x"}]}', '"mix-name"')],
)
def test_other_files_are_refused(tmp_path, text, says):
    file = tmp_path / "bad.json"
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        read_mixology(file)


def test_split_depends_on_the_song_alone(tmp_path):
    shares = [split_of(f"song {n}", validation=0.2, test=0.3) for n in range(4000)]
    assert shares.count("test") / 4000 == pytest.approx(0.3, abs=0.03)  # four standard deviations
    assert shares.count("validation") / 4000 == pytest.approx(0.2, abs=0.03)
    song = read_one(tmp_path, made.mixes("One"))
    parts = split_songs([song, song])
    assert sorted(map(len, parts.values())) == [0, 0, 2]


def test_real_songs(shared_data):
    songs = read_mixology(shared_data("mixology"))
    assert sum(len(song.mixes) for song in songs) == 61  # of 62: one holds 7 of 22 tracks
    assert sum(len(level_table(song).tracks) for song in songs) == 254
