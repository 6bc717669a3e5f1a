"""Readers of data sets, each on a small folder in that layout."""

import json
from pathlib import Path

import pytest

from mixwright.errors import InputError
from mixwright.learn.readers.manifests import read_cc0_songs, read_lmms_projects, read_role_table
from mixwright.learn.readers.plain import read_cambridge, read_plain
from mixwright.learn.readers.published import read_medleydb, read_moisesdb, read_musdb18, read_slakh
from mixwright.learn.yaml_subset import read_mapping
from mixwright.roles import Role


def touch(folder: Path, *names: str) -> Path:
    """Empty files: readers do not decode audio."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def roles(song) -> list[Role | None]:
    return [track.role for track in song.tracks]


def test_plain_folder(tmp_path):
    touch(tmp_path, "Song A/raw/01_Kick.wav", "Song A/raw/02_LeadVox.flac", "Song A/mix.wav", "notes/x.txt")
    (song,) = read_plain(tmp_path)
    assert (song.id, roles(song)) == ("Song A", [Role.KICK, Role.LEAD_VOCAL])
    assert song.human_mix.path.name == "mix.wav"
    assert song.is_free
    assert not read_plain(tmp_path, licence="CC-BY-NC-4.0")[0].is_free
    (same,) = read_plain(tmp_path / "Song A")
    assert same == song


def test_cambridge(tmp_path):
    touch(
        tmp_path,
        "Artist_Title_Full/01_KickIn.wav",
        "Artist_Title_Full/02_Bass.wav",
        "Artist_Title_Preview.mp3",
    )
    (song,) = read_cambridge(tmp_path)
    assert (song.id, roles(song)) == ("Artist_Title", [Role.KICK, Role.BASS])
    assert song.human_mix.path.name == "Artist_Title_Preview.mp3"
    assert not song.is_free


def test_cc0_songs(tmp_path):
    (tmp_path / "manifest.csv").write_text(
        "song,file,role,channels,lufs,original_name\nNa,na/m.m4a,master,2,-12,Master\nNa,na/k.m4a,kick,1,-20.5,KICK\n"
    )
    (song,) = read_cc0_songs(tmp_path)
    assert [(t.name, t.role, t.raw_lufs) for t in song.tracks] == [("KICK", Role.KICK, -20.5)]
    assert song.human_mix.path == tmp_path / "na/m.m4a"
    assert song.mixes[0].channels["na/k.m4a"][0].fader_db == 0
    assert song.is_free


def test_lmms_projects(tmp_path):
    (tmp_path / "manifest.csv").write_text(
        "song,file,kind,track_name,role,role_sure,channels,lufs,scaled_by,author_volume_percent,author_pan,licence\n"
        "a,a/author_mix.ogg,author_mix,,mix,true,2,-17,1.0,,,CC BY-SA 4.0\n"
        "a,a/dry/1.ogg,dry,Kick,kick,true,2,-20,0.5,50,-25,CC BY-SA 4.0\n"
        "a,a/dry/2.ogg,dry,Default preset,synth_lead,false,2,-22,1.0,100,0,CC BY-SA 4.0\n"
    )
    (song,) = read_lmms_projects(tmp_path)
    assert roles(song) == [Role.KICK, None]
    assert (song.licence, song.is_free) == ("CC-BY-SA-4.0", False)
    (first,) = song.mixes[0].channels["a/dry/1.ogg"]
    assert first.fader_db == pytest.approx(0.0)  # volume and scale are both one half
    assert first.pan == (-0.25,)


def test_role_table(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("song,instrument_class,role,filename\nA,Kick,kick,01 K.wav\nA,Unused,other,02 x.wav\n")
    (song,) = read_role_table(file)
    assert roles(song) == [Role.KICK, None]
    file.write_text("song,role,filename,instrument_class,broad_genre\nA,kick\n")
    (song,) = read_role_table(file)
    assert (roles(song), song.tracks[0].name, song.genre) == ([Role.KICK], "", "")
    file.write_text("song,name\nA,b\n")
    with pytest.raises(InputError, match="no column"):
        read_role_table(file)


def test_musdb18_as_stems_and_as_wav(tmp_path):
    stems = [f"test/B/{name}.wav" for name in ("mixture", "drums", "bass", "other", "vocals")]
    touch(tmp_path, "train/A.stem.mp4", *stems)
    first, second = read_musdb18(tmp_path)
    assert [(s.id, s.split) for s in (first, second)] == [("A", "train"), ("B", "test")]
    assert {t.id: t.audio[0].stream for t in first.tracks} == {"drums": 1, "bass": 2, "other": 3, "vocals": 4}
    assert first.human_mix.stream == 0
    assert second.human_mix.path.name == "mixture.wav"
    assert {t.role for t in second.tracks} == {Role.DRUM_KIT, Role.BASS, None, Role.LEAD_VOCAL}


@pytest.mark.parametrize("inside", [True, False])
def test_medleydb(tmp_path, inside):
    text = (
        "artist: Some One\ngenre: Rock\nraw_dir: A_B_RAW\nmix_filename: A_B_MIX.wav\nstems:\n"
        "  S01:\n    component: bass\n    instrument: electric bass\n    raw:\n"
        "      R01:\n        filename: A_B_RAW_01_01.wav\n        instrument: electric bass\n"
        "  S02:\n    instrument: male singer\n    raw:\n"
        "      R01:\n        filename: A_B_RAW_02_01.wav\n        instrument: male singer\n"
    )
    touch(tmp_path, "Audio/A_B/A_B_MIX.wav", "Audio/A_B/A_B_RAW/A_B_RAW_01_01.wav")
    place = tmp_path / ("Audio/A_B" if inside else "Metadata") / "A_B_METADATA.yaml"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    (song,) = read_medleydb(tmp_path)
    assert roles(song) == [Role.BASS, Role.LEAD_VOCAL]
    assert song.tracks[0].audio[0].path == tmp_path / "Audio/A_B/A_B_RAW/A_B_RAW_01_01.wav"
    assert (song.genre, song.licence) == ("rock", "CC-BY-NC-SA-4.0")


def test_moisesdb(tmp_path):
    tracks = [{"id": "t1", "trackType": "kick drum", "extension": "wav"}]
    facts = {"song": "S", "artist": "A", "genre": "Pop", "stems": [{"stemName": "drums", "tracks": tracks}]}
    folder = touch(tmp_path, "moisesdb_v0.1/uuid/drums/t1.wav") / "moisesdb_v0.1/uuid"
    (folder / "data.json").write_text(json.dumps(facts))
    (song,) = read_moisesdb(tmp_path)
    assert (song.id, roles(song)) == ("A - S", [Role.KICK])
    assert song.tracks[0].audio[0].path == folder / "drums/t1.wav"


def test_slakh(tmp_path):
    folder = (
        touch(tmp_path, "train/Track00001/mix.flac", "train/Track00001/stems/S00.flac") / "train/Track00001"
    )
    (folder / "metadata.yaml").write_text(
        "UUID: 1a\nstems:\n  S00:\n    inst_class: Bass\n    integrated_loudness: -21.5\n"
        "    is_drum: false\n    midi_program_name: Electric Bass (finger)\n"
        "  S01:\n    audio_rendered: false\n    inst_class: Piano\n"
    )
    (song,) = read_slakh(tmp_path)
    assert [(t.id, t.role, t.raw_lufs) for t in song.tracks] == [("S00", Role.BASS, -21.5)]
    assert (song.split, song.licence) == ("train", "CC-BY-4.0")


@pytest.mark.parametrize(
    "reader", [read_plain, read_cambridge, read_musdb18, read_medleydb, read_moisesdb, read_slakh]
)
def test_other_folders_are_refused(tmp_path, reader):
    touch(tmp_path, "what/ever.txt")
    with pytest.raises(InputError, match="; "):
        reader(tmp_path)


def test_mappings_nest_by_indentation(tmp_path):
    file = tmp_path / "m.yaml"
    file.write_text("---\n# note\na: 1\nb:\n  c: 'x: y'\n  d:\n    e: no\nf: null\n")
    assert read_mapping(file) == {"a": 1.0, "b": {"c": "x: y", "d": {"e": False}}, "f": None}
    file.write_text("a: 1\nnothing\n")
    with pytest.raises(InputError, match="line 2"):
        read_mapping(file)


def test_the_sets_at_hand(shared_data):
    assert len(read_cc0_songs(shared_data("cc0_songs"))) == 4
    assert sum(len(s.tracks) for s in read_cc0_songs(shared_data("cc0_songs"))) == 101
    assert len(read_lmms_projects(shared_data("lmms_projects"))) == 8
    assert sum(len(s.tracks) for s in read_role_table(shared_data("roles"))) == 11112
