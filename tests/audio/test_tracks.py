"""From folders to tracks."""

import json
import struct
import time

import numpy as np
import pytest
from audio.signals import RATE, music, write_av, write_sample, write_sound

from mixwright.audio import Metadata, Scratch, find_tracks, open_source, open_writer, probe, project_rate
from mixwright.audio.tracks import natural_key, side_of, slug
from mixwright.errors import InputError


def sound(folder, *names, frames=5_000, channels=1, rate=RATE):
    folder.mkdir(exist_ok=True, parents=True)
    for seed, name in enumerate(names):
        write_sound(folder / name, music(frames, channels, rate, seed), rate)
    return folder


def names(found):
    return [t.name for t in found.tracks]


def test_natural_order_and_safe_unique_ids(tmp_path):
    found = find_tracks(
        sound(tmp_path, "10 Bass.wav", "2 Kick.wav", "2-kick.wav", "ナイス.wav", "aux.wav", "x" * 90 + ".wav")
    )
    assert names(found)[:2] == ["2 Kick", "2-kick"]
    assert names(found).index("10 Bass") > names(found).index("2-kick")
    ids = [t.id for t in found.tracks]
    assert ids[:3] == ["2_kick", "2_kick_2", "10_bass"]
    assert len(set(ids)) == 6
    assert all(i.isascii() and i.replace("_", "").isalnum() and len(i) <= 56 for i in ids)
    assert "aux" not in ids  # a device on Windows


def test_order_does_not_depend_on_how_files_are_given(tmp_path):
    sound(tmp_path, "b.wav", "a.wav")
    assert sorted(["x10", "x9", "X1"], key=natural_key) == ["X1", "x9", "x10"]
    assert names(find_tracks(tmp_path)) == ["a", "b"]
    assert names(find_tracks([tmp_path / "b.wav", tmp_path / "a.wav"])) == ["a", "b"]


def test_what_is_not_audio_is_ignored_and_told(tmp_path):
    sound(tmp_path, "kick.wav")
    for other in ("notes.txt", "cover.jpg", "song.mid", "kick.wav.asd", "song.rpp"):
        (tmp_path / other).write_text("x")
    for hidden in ("._kick.wav", ".DS_Store", ".hidden.wav"):
        (tmp_path / hidden).write_text("x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._kick.wav").write_text("x")
    found = find_tracks(tmp_path)
    assert names(found) == ["kick"]
    assert found.notes == ("ignored, not audio: cover.jpg, kick.wav.asd, notes.txt, song.mid, song.rpp",)


def test_audio_without_an_ending_is_found(tmp_path):
    sound(tmp_path, "kick.wav")
    (tmp_path / "kick.wav").rename(tmp_path / "kick")
    (tmp_path / "README").write_text("x")
    assert names(find_tracks(tmp_path)) == ["kick"]


def test_the_same_file_twice_is_used_once(tmp_path):
    sound(tmp_path, "kick.wav")
    (tmp_path / "link.wav").symlink_to("kick.wav")
    found = find_tracks(tmp_path)
    assert names(found) == ["kick"]
    assert found.notes == ("link.wav: given twice, used once",)


def test_a_lossy_copy_beside_the_original_is_left_out(tmp_path):
    audio = music(30_000)
    write_sound(tmp_path / "kick.wav", audio)
    write_sample(tmp_path, "lame.mp3", audio).rename(tmp_path / "Kick.mp3")
    found = find_tracks(tmp_path)
    assert [t.paths[0].name for t in found.tracks] == ["kick.wav"]
    assert "Kick.mp3: left out, kick.wav is the same track" in found.notes


# --- folders


def test_several_folders_are_asked_for(tmp_path):
    sound(tmp_path / "raw", "kick.wav")
    sound(tmp_path / "processed" / "deep", "kick.wav")
    with pytest.raises(InputError, match=r"folders with audio \(processed, raw\); name the one to mix"):
        find_tracks(tmp_path)
    assert names(find_tracks(tmp_path / "raw")) == ["kick"]


def test_audio_here_and_below_is_asked_for(tmp_path):
    sound(tmp_path, "kick.wav")
    sound(tmp_path / "alt", "kick.wav")
    with pytest.raises(InputError, match=r"audio files and also folders with audio \(alt\)"):
        find_tracks(tmp_path)


def test_a_single_folder_is_entered_and_told(tmp_path):
    sound(tmp_path / "Song" / "Audio Files", "kick.wav")
    (tmp_path / "Song" / "empty").mkdir()
    found = find_tracks(tmp_path)
    assert names(found) == ["kick"]
    assert any("only subfolder" in n for n in found.notes)


def test_folders_named_by_the_user_are_taken_together(tmp_path):
    sound(tmp_path / "drums", "kick.wav")
    sound(tmp_path / "band", "bass.wav")
    assert names(find_tracks([tmp_path / "drums", tmp_path / "band"])) == ["bass", "kick"]


def test_nothing_to_mix(tmp_path):
    with pytest.raises(InputError, match="no audio files here"):
        find_tracks(tmp_path)
    with pytest.raises(InputError, match="no files were given"):
        find_tracks([])
    with pytest.raises(InputError, match="no such file"):
        find_tracks(tmp_path / "none")


# --- left and right

PAIRS = [
    ("Gtr.L", "Gtr.R", "Gtr"),
    ("Gtr_L", "Gtr_R", "Gtr"),
    ("Gtr L", "Gtr R", "Gtr"),
    ("Gtr-l", "Gtr-r", "Gtr"),
    ("Gtr (L)", "Gtr (R)", "Gtr"),
    ("Gtr Left", "Gtr Right", "Gtr"),
    ("gtr_left_02", "gtr_right_02", "gtr_02"),
    ("OverheadsL", "OverheadsR", "Overheads"),
    ("PianoLeft", "PianoRight", "Piano"),
    ("OHL", "OHR", "OH"),
    ("RUFF GTR_01.L", "RUFF GTR_01.R", "RUFF GTR_01"),
    ("07_DrumsSideL", "08_DrumsSideR", "07_DrumsSide"),
    ("L Piano", "R Piano", "Piano"),
    ("DRUM OVERHEAD STEREO L - AR-70 - Neve", "DRUM OVERHEAD STEREO R - AR-70 - Neve", None),
]


@pytest.mark.parametrize(("left", "right", "joined"), PAIRS)
def test_left_and_right_become_one_track(left, right, joined, tmp_path):
    found = find_tracks(sound(tmp_path, f"{right}.wav", f"{left}.wav", "kick.wav"))
    (track,) = [t for t in found.tracks if t.name != "kick"]
    assert [p.stem for p in track.paths] == [left, right]
    assert track.channels == 2
    if joined:
        assert track.name == joined
    assert any("joined as the stereo track" in n for n in found.notes)


NO_PAIRS = [
    ("Drill", "Drirr"),
    ("Tom 1", "Tom 2"),
    ("Vocal", "Vocar"),
    ("HALL", "HALR"),
    ("Gtr.L", "Bass.R"),
    ("Gtr1", "Gtr2"),
    ("07_OH L", "09_OH R"),
]


@pytest.mark.parametrize("pair", NO_PAIRS)
def test_other_names_stay_apart(pair, tmp_path):
    assert len(find_tracks(sound(tmp_path, *(f"{n}.wav" for n in pair))).tracks) == 2


def test_sides_of_different_length_or_rate_stay_apart(tmp_path):
    sound(tmp_path, "Gtr.L.wav", "Key.L.wav")
    sound(tmp_path, "Gtr.R.wav", frames=6_000)
    sound(tmp_path, "Key.R.wav", rate=44_100)
    found = find_tracks(tmp_path)
    assert len(found.tracks) == 4
    assert any("different lengths, kept apart" in n for n in found.notes)


def test_a_side_that_is_stereo_itself_stays_apart(tmp_path):
    assert len(find_tracks(sound(tmp_path, "Gtr.L.wav", "Gtr.R.wav", channels=2)).tracks) == 2


def test_a_side_alone_stays_a_track(tmp_path):
    assert names(find_tracks(sound(tmp_path, "Gtr.L.wav", "kick.wav"))) == ["Gtr.L", "kick"]


def test_real_names_pair_up_without_strays(shared_data):
    """In the real collection each name with a side meets exactly its other side."""
    import csv
    from collections import defaultdict

    songs = defaultdict(list)
    with (shared_data("roles") / "filenames_train.csv").open() as table:
        for row in csv.DictReader(table):
            songs[row["song"]].append(row["filename"].rsplit(".", 1)[0])
    pairs = 0
    for files in songs.values():
        keys = defaultdict(set)
        for name in set(files):
            for found in side_of(name):
                keys[found.key].add((found.side, name))
        pairs += sum(len({s for s, _ in v}) == 2 for v in keys.values())
    assert pairs >= 70


# --- mixes


def test_a_mix_by_name_is_set_aside(tmp_path):
    found = find_tracks(sound(tmp_path, "kick.wav", "bass.wav", "Song Mix.wav", "StringsMix.wav"))
    assert names(found) == ["bass", "kick", "StringsMix"]
    assert [m.name for m in found.mixes] == ["Song Mix"]
    assert any("is the mix by its name" in n for n in found.notes)


def test_split_mixes_are_joined_then_set_aside(tmp_path):
    found = find_tracks(sound(tmp_path, "kick.wav", "bass.wav", "RUFF MIX_01.L.wav", "RUFF MIX_01.R.wav"))
    assert [m.channels for m in found.mixes] == [2]
    assert names(found) == ["bass", "kick"]


def test_a_short_file_is_not_the_mix(tmp_path):
    sound(tmp_path, "final.wav", frames=1_000)
    assert len(find_tracks(sound(tmp_path, "kick.wav", "bass.wav")).tracks) == 3


def test_a_mix_alone_is_a_track(tmp_path):
    assert names(find_tracks(sound(tmp_path, "mix.wav"))) == ["mix"]


# --- start offsets


def stamped(folder, name, stamp, seconds=1.0, rate=RATE):
    path = folder / name
    with open_writer(path, rate, 1, metadata=Metadata(time_reference=stamp)) as writer:
        writer.write(music(int(seconds * rate), 1, rate))
    return path


def test_time_stamps_place_the_tracks(tmp_path):
    hour = 3600 * RATE
    stamped(tmp_path, "a.wav", hour)
    stamped(tmp_path, "b.wav", hour + RATE // 2)
    stamped(tmp_path, "c.wav", 3600 * 44_100 + 44_100 // 4, rate=44_100)
    found = find_tracks(tmp_path)
    assert [t.start_s for t in found.tracks] == pytest.approx([0, 0.5, 0.25], abs=1e-9)
    assert any("start later" in n for n in found.notes)


@pytest.mark.parametrize("stamps", [(0, 0), (172_800_000, 172_800_000)])
def test_equal_time_stamps_are_no_offset(stamps, tmp_path):
    for number, stamp in enumerate(stamps):
        stamped(tmp_path, f"{number}.wav", stamp)
    found = find_tracks(tmp_path)
    assert [t.start_s for t in found.tracks] == [0, 0]
    assert found.notes == ()


@pytest.mark.parametrize("stamp", [3600 * RATE, 90 * RATE])
def test_times_of_day_are_not_taken_for_offsets(stamp, tmp_path):
    stamped(tmp_path, "a.wav", 0)
    stamped(tmp_path, "b.wav", stamp)
    found = find_tracks(tmp_path)
    assert [t.start_s for t in found.tracks] == [0, 0]
    assert any("too far apart" in n for n in found.notes)


def test_stamps_on_some_files_only_are_not_used(tmp_path):
    stamped(tmp_path, "a.wav", 100)
    stamped(tmp_path, "b.wav", 900)
    sound(tmp_path, "c.wav")
    assert [t.start_s for t in find_tracks(tmp_path).tracks] == [0, 0, 0]


# --- stems


def add_stem_box(path, labels):
    """Appends `udta/stem` to the `moov` box, which must be the file's last."""
    body = json.dumps({"version": 1, "stems": [{"name": n, "color": "#fff"} for n in labels]}).encode()
    stem = struct.pack(">I4s", 8 + len(body), b"stem") + body
    udta = struct.pack(">I4s", 8 + len(stem), b"udta") + stem
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"moov") - 4
    raw[at : at + 4] = (int.from_bytes(raw[at : at + 4], "big") + len(udta)).to_bytes(4, "big")
    path.write_bytes(raw + udta)


def test_parts_of_a_stem_file_become_tracks(tmp_path):
    parts = [music(30_000, seed=s) * g for s, g in ((1, 0.5), (2, 0.3), (3, 0.2), (4, 0.1))]
    path = write_av(tmp_path / "Song.stem.mp4", [sum(parts), *parts], "aac", "mp4")
    found = find_tracks(path)
    assert names(found) == ["stem 1", "stem 2", "stem 3", "stem 4"]
    assert [m.name for m in found.mixes] == ["Song mix"]
    add_stem_box(path, ["Drums", "Bass", "Synths", "Vox"])
    found = find_tracks(tmp_path)
    assert names(found) == ["Drums", "Bass", "Synths", "Vox"]
    assert [t.id for t in found.tracks] == ["drums", "bass", "synths", "vox"]
    with Scratch() as scratch:
        for track, part in zip(found.tracks, parts, strict=True):
            audio = open_source(track.files[0], RATE, scratch).read(0, 29_000)
            assert np.corrcoef(audio[0], part[0][:29_000])[0, 1] > 0.98


def test_a_damaged_stem_box_is_survived(tmp_path):
    path = write_av(tmp_path / "Song.stem.mp4", [music(20_000)] * 3, "aac", "mp4")
    add_stem_box(path, ["Drums", "Bass"])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"stems"', b'"stemz"'))
    assert names(find_tracks(path)) == ["stem 1", "stem 2"]


def test_other_files_with_several_streams_give_the_first(tmp_path):
    path = write_av(tmp_path / "film.mp4", [music(20_000)] * 2, "aac", "mp4")
    found = find_tracks(path)
    assert names(found) == ["film"]
    assert found.notes == ("film.mp4: has 2 audio streams, the first is used",)


# --- the project


def test_the_project_rate_is_the_one_of_most_audio(tmp_path):
    infos = [
        probe(write_sound(tmp_path / f"{i}.wav", music(n, 1), r))
        for i, (n, r) in enumerate([(9_000, 44_100), (5_000, 48_000), (80_000, 22_050)])
    ]
    assert project_rate(infos) == 44_100
    assert project_rate(infos[2:]) == 48_000


@pytest.mark.parametrize("name", ["", "...", "ÄÖÜ", "Kick/../x", "a" * 300, "COM1"])
def test_slugs_are_safe(name):
    assert all(c.isascii() and (c.isalnum() or c == "_") for c in slug(name))


def test_a_large_song_is_found_quickly(shared_data):
    folder = shared_data("cc0_songs") / "lithium"
    find_tracks(folder)
    begun = time.process_time()
    assert len(find_tracks(folder).tracks) == 38
    assert time.process_time() - begun < 1.0
