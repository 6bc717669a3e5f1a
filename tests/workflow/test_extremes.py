"""Songs at the edges of what is valid: they are mixed, with the levels promised."""

import json

import numpy as np
import pytest
from commandline import (
    RATE,
    bass,
    done,
    guitar,
    kick,
    loudness_lufs,
    peak_dbtp,
    read,
    voice,
    write,
    write_song,
)

from mixwright.audio import probe


def mixed(song, out, *arguments, lufs=-14.0, tolerance=0.1):
    result = done("mix", song, "--out", out, "--json", *arguments).json
    master, mix = out / "master.wav", out / "mix.wav"
    assert np.isfinite(read(master)).all()
    assert peak_dbtp(master) <= -1 + 0.05
    assert peak_dbtp(mix) == pytest.approx(-6, abs=0.05)
    if result["measured"]["target_met"]:
        assert loudness_lufs(master) == pytest.approx(lufs, abs=tolerance)
    else:
        assert result["measured"]["note"]
    return result


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.35])
def test_very_short_songs(seconds, tmp_path):
    mixed(write_song(tmp_path / "song", seconds), tmp_path / "out")


def test_one_short_sound_among_long_tracks_is_not_taken_for_silence(tmp_path):
    song = write_song(tmp_path / "song", 2.0)
    write(song / "Crash.wav", guitar(0.15))
    result = mixed(song, tmp_path / "out")
    assert not any("silent" in note for note in result["notes"])


@pytest.mark.parametrize("make", [kick, guitar])
def test_one_track(make, tmp_path):
    write(tmp_path / "song" / "take 3.wav", make(1.5))
    assert len(mixed(tmp_path / "song", tmp_path / "out")["tracks"]) == 1


def test_a_mono_song_with_nothing_to_spread_stays_in_the_centre(tmp_path):
    write(tmp_path / "song" / "kick.wav", kick(1.5))
    write(tmp_path / "song" / "bass.wav", bass(1.5))
    mixed(tmp_path / "song", tmp_path / "out")
    left, right = read(tmp_path / "out" / "mix.wav")
    assert 20 * np.log10(np.abs(left - right).max() / np.abs(left).max() + 1e-12) < -60


def test_mixed_rates_and_lengths(tmp_path):
    song = tmp_path / "song"
    for index, rate in enumerate((8000, 22050, 32000, 44100, 48000, 88200, 96000, 192000)):
        write(song / f"synth {rate}.wav", voice(0.8 + 0.2 * index, rate, 200 + 50 * index), rate)
    result = mixed(song, tmp_path / "out")
    project = json.loads((tmp_path / "out" / "project.json").read_text())
    assert [t["sample_rate"] for t in project["tracks"]] == [
        8000,
        22050,
        32000,
        44100,
        48000,
        88200,
        96000,
        192000,
    ]
    assert probe(tmp_path / "out" / "mix.wav").sample_rate == project["sample_rate"]
    assert probe(tmp_path / "out" / "mix.wav").seconds >= 2.2
    assert len(result["tracks"]) == 8


@pytest.mark.parametrize("rate", [22050, 96000, 192000])
def test_songs_at_other_rates(rate, tmp_path):
    mixed(write_song(tmp_path / "song", 1.0, rate), tmp_path / "out")
    assert probe(tmp_path / "out" / "master.wav").sample_rate == max(rate, 48000)


def test_start_offsets_are_kept(tmp_path):
    import struct

    def stamped(path, samples, start):
        write(path, samples)
        raw = path.read_bytes()
        bext = bytearray(602)
        bext[338:346] = struct.pack("<Q", start)
        chunk = b"bext" + struct.pack("<I", 602) + bytes(bext)
        body = raw[12:36] + chunk + raw[36:]
        path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)

    song = tmp_path / "song"
    stamped(song / "bass.wav", bass(1.0), 10 * RATE)
    stamped(song / "kick.wav", kick(1.0), 11 * RATE)
    assert probe(song / "kick.wav").time_reference == 11 * RATE
    mixed(song, tmp_path / "out", "--tracks", "--format", "wav32f")
    project = json.loads((tmp_path / "out" / "project.json").read_text())
    assert {t["id"]: t["offset_s"] for t in project["tracks"]} == {"bass": 0.0, "kick": 1.0}
    late = np.abs(read(tmp_path / "out" / "tracks" / "kick.wav")).max(axis=0)
    assert late[: RATE - 500].max() == 0
    assert late[RATE : RATE + 2000].max() > 0.01


def test_a_hundred_tracks(tmp_path):
    for index in range(100):
        write(tmp_path / "song" / f"{index:03} synth.wav", voice(1.0, hz=80.0 + 7 * index) * 0.1)
    assert len(mixed(tmp_path / "song", tmp_path / "out", "--threads", 2)["tracks"]) == 100


def test_tracks_of_extreme_levels(tmp_path):
    song = write_song(tmp_path / "song", 1.5)
    write(song / "Pad.wav", guitar(1.5, seed=5) * 100, subtype="FLOAT")  # peaks near +30 dBFS
    write(song / "Organ.wav", voice(1.5) * 10 ** (-58 / 20), subtype="FLOAT")
    write(song / "Flute.wav", voice(1.5, hz=700) * 10 ** (-50 / 20), subtype="FLOAT")
    result = mixed(song, tmp_path / "out")
    assert any(note.startswith("Organ") and "-70 LUFS" in note for note in result["notes"])
    assert any(note.startswith("Flute") and "very low" in note for note in result["notes"])


def test_a_song_that_is_all_hot_or_all_faint(tmp_path):
    for name, gain in (("hot", 10.0), ("faint", 10 ** (-48 / 20))):
        for track, make in (("Kick", kick), ("Bass", bass), ("Gtr", guitar)):
            write(tmp_path / name / f"{track}.wav", make(1.5) * gain, subtype="FLOAT")
        mixed(tmp_path / name, tmp_path / f"{name} out")


def test_tracks_with_a_constant_lose_it(tmp_path):
    song = write_song(tmp_path / "song", 1.5)
    write(song / "Bass.wav", bass(1.5) + 0.4, subtype="FLOAT")
    result = mixed(song, tmp_path / "out", "--format", "wav32f")
    assert any(note.startswith("Bass has a DC offset") for note in result["notes"])
    assert np.abs(read(tmp_path / "out" / "mix.wav").mean(axis=1)).max() < 0.01


def test_opposite_sides_do_not_break_the_master(tmp_path):
    noise = guitar(1.5)[:1]
    write(tmp_path / "song" / "wide.wav", np.vstack([noise, -noise]))
    write(tmp_path / "song" / "kick.wav", kick(1.5))
    mixed(tmp_path / "song", tmp_path / "out")
