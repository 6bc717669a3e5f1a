"""The scoreboard itself: fair to a mix that is late, louder or at another rate, and true to its songs."""

import csv

import numpy as np
import pytest
import soundfile
from commandline import bass, kick, voice

from benchmarks.quality import tables
from benchmarks.quality.plain import LEVEL_LUFS, OFFSETS_DB, plain_sum
from benchmarks.quality.rows import Bench, find_lag, read_mix
from benchmarks.quality.songs import RATE, TRIM_DB, Listed, Song, find_songs, loudness_lufs
from mixwright.roles import Role

SECONDS = 6.0
ROLES = {"kick": Role.KICK, "bass": Role.BASS, "voice": Role.LEAD_VOCAL}


def parts():
    made = {"kick": kick(SECONDS), "bass": bass(SECONDS), "voice": voice(SECONDS)}
    return {name: samples.astype(np.float32) for name, samples in made.items()}


@pytest.fixture(scope="module")
def song():
    """The human put the voice 6 dB up and the bass a little to the right."""
    tracks = parts()
    human = sum(np.repeat(tracks[n] * np.float32(g), 2, axis=0) for n, g in (("kick", 1), ("voice", 2)))
    human = human + np.vstack([0.9 * tracks["bass"], tracks["bass"]])
    return Song("made up", "none", tracks, ROLES, human.astype(np.float32))


@pytest.fixture(scope="module")
def bench(song):
    return Bench(song)


def test_the_human_mix_is_without_error(bench, song):
    row = bench.row(tables.HUMAN, song.human)
    assert (row.tone_db, row.role_lu, row.plr_difference_lu, row.width_error_db, row.mel) == (0, 0, 0, 0, 0)
    assert row.roles_known


def test_late_louder_and_resampled_mixes_are_judged_alike(bench, song, tmp_path):
    plain = plain_sum(song.tracks, "raw", {}, RATE)
    rows = [bench.row("plain", plain)]
    late = np.pad(3 * plain, ((0, 0), (700, 5000)))
    assert find_lag(late, song) == 700
    soundfile.write(tmp_path / "late.wav", late.T, RATE, subtype="FLOAT")
    rows.append(bench.row("late", read_mix(tmp_path / "late.wav", song)))
    for row in rows[1:]:
        assert row.tone_db == pytest.approx(rows[0].tone_db, abs=0.02)
        assert row.role_lu == pytest.approx(rows[0].role_lu, abs=0.02)
        assert row.plr_difference_lu == pytest.approx(rows[0].plr_difference_lu, abs=0.02)


def test_the_voice_that_was_left_down_is_the_error(bench, song):
    row = bench.row("raw", plain_sum(song.tracks, "raw", {}, RATE))
    human = bench.row(tables.HUMAN, song.human)
    assert human.lead_lu - row.lead_lu > 2
    assert row.role_lu > 1
    louder = dict(song.tracks) | {"voice": song.tracks["voice"] * np.float32(2)}
    better = bench.row("louder", plain_sum(louder, "raw", {}, RATE))
    assert better.role_lu < 0.3 * row.role_lu


def test_plain_sums_have_the_levels_they_are_named_after():
    tracks = parts()
    for kind, offset in (("equal", 0.0), ("offsets", OFFSETS_DB["lead_vocal"])):
        alone = plain_sum({"voice": tracks["voice"]}, kind, {"voice": "lead_vocal"}, RATE)
        assert loudness_lufs(alone) == pytest.approx(LEVEL_LUFS + offset, abs=0.05)
    total = plain_sum(tracks, "raw", {}, RATE)
    np.testing.assert_allclose(total[0], sum(t[0] for t in tracks.values()) * np.sqrt(0.5), atol=1e-6)


def test_printed_stems_are_moved_and_the_artist_keeps_his_balance(tmp_path):
    folder = tmp_path / "cc0_songs"
    (folder / "song").mkdir(parents=True)
    rows = []
    for name, samples in parts().items():
        soundfile.write(folder / "song" / f"{name}.wav", samples.T, RATE, subtype="FLOAT")
        rows.append({"song": "Song", "file": f"song/{name}.wav", "role": str(ROLES[name])})
    with open(folder / "manifest.csv", "w", newline="") as file:
        table = csv.DictWriter(file, ["song", "file", "role"])
        table.writeheader()
        table.writerows(rows)
    listed = find_songs(tmp_path)
    assert listed == [Listed("song", "cc0_songs", folder)]
    song, again = (listed[0].load(tmp_path / "kept") for _ in range(2))
    assert song.digest == again.digest
    moved = [loudness_lufs(song.tracks[n]) - loudness_lufs(song.human_parts[n]) for n in song.tracks]
    assert all(abs(db) <= TRIM_DB for db in moved)
    assert np.ptp(moved) > 2
    length = parts()["kick"].shape[1]
    np.testing.assert_allclose(song.human[0, :length], sum(p[0] for p in parts().values()), atol=1e-6)
    assert Bench(song).inside.refit_db > 30


def test_losses_name_song_number_and_the_nearest(bench, song):
    human = bench.row(tables.HUMAN, song.human)
    poor = bench.row("ours", plain_sum(song.tracks, "raw", {}, RATE))
    louder = dict(song.tracks) | {"voice": song.tracks["voice"] * np.float32(2)}
    good = bench.row("theirs", plain_sum(louder, "raw", {}, RATE))
    systems = [tables.HUMAN, "ours", "theirs"]
    lines = tables.losses([human, poor, good], "ours", systems)
    assert any(
        line.startswith("roles, LU: on 1 of 1 songs: made up (") and "theirs" in line for line in lines
    )
    assert not any(line.startswith("roles") for line in tables.losses([human, poor, good], "theirs", systems))
    means = tables.mean_losses([human, poor, good], "ours", systems)
    assert any(line.startswith("roles, LU: ") and "theirs" in line for line in means)
