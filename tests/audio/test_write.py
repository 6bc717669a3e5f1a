"""Writing: complete or not at all, never over an input; metadata checked by readers of their own."""

import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from audio.signals import RATE, music, write_sound

from mixwright.audio import FORMATS, Loudness, Metadata, find_format, format_of_path, open_writer, probe
from mixwright.audio import unfinished as unfinished_module
from mixwright.audio import write as write_module
from mixwright.errors import InputError, MixwrightError

LOUDNESS = Loudness(-14.02, 6.3, -1.05, -9.5, -11.25)
META = Metadata(
    title="Übung – Nr. 5",
    artist="Die Band",
    album="LP",
    date="2026-11-22",
    genre="Rock",
    comment="two\nlines",
)


def store(path, audio, **options):
    with open_writer(path, RATE, audio.shape[0], **options) as writer:
        for start in range(0, audio.shape[1], 10_000):
            writer.write(audio[:, start : start + 10_000])
    return path


@pytest.fixture(params=["no name", "hidden name"])
def folder(request, tmp_path, monkeypatch):
    """A folder for results, with and without `O_TMPFILE`."""
    if request.param == "hidden name":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    made = tmp_path / "out"
    made.mkdir()
    return made


# --- complete or not at all


@pytest.mark.parametrize("name", FORMATS)
def test_an_exception_leaves_nothing(name, folder):
    writer = open_writer(folder / f"x{FORMATS[name].extension}", RATE, 2, name)
    writer.write(music(20_000))
    with pytest.raises(KeyboardInterrupt), writer:
        raise KeyboardInterrupt
    assert os.listdir(folder) == []


def test_an_older_file_stays_until_the_new_one_is_complete(folder):
    path = store(folder / "x.wav", music(1_000))
    before = path.read_bytes()
    writer = open_writer(path, RATE, 2)
    writer.write(music(20_000))
    assert path.read_bytes() == before
    with pytest.raises(RuntimeError, match="half-way"), writer:
        raise RuntimeError("half-way")
    assert path.read_bytes() == before
    assert os.listdir(folder) == ["x.wav"]
    store(path, music(3_000))
    assert probe(path).frames == 3_000


def test_nothing_shows_before_the_end(folder):
    with open_writer(folder / "x.flac", RATE, 2) as writer:
        writer.write(music(20_000))
        assert [n for n in os.listdir(folder) if not n.startswith(".")] == []
    assert os.listdir(folder) == ["x.flac"]


def test_files_get_the_usual_permissions(folder):
    mask = os.umask(0o027)
    try:
        path = store(folder / "x.wav", music(1_000))
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o640


CHILD = """
import sys, time, numpy as np
from mixwright.audio import open_writer
with open_writer(sys.argv[1], 48000, 2) as writer:
    for _ in range(100):
        writer.write(np.ones((2, 48000), np.float32) / 2)
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs files without a name")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
@pytest.mark.parametrize("ending", [".wav", ".mp3"])
def test_a_killed_process_leaves_no_half_written_file(how, ending, tmp_path):
    command = [sys.executable, "-c", CHILD, tmp_path / f"x{ending}"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(getattr(signal, how))
    child.communicate(timeout=20)
    assert os.listdir(tmp_path) == []


def test_nan_is_refused(folder):
    audio = music(5_000)
    audio[0, 100] = np.nan
    with pytest.raises(MixwrightError, match="NaN or infinity; nothing is written"):
        store(folder / "x.wav", audio)
    assert os.listdir(folder) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("name", ["wav24", "flac24", "ogg", "mp3"])
def test_a_full_disk_is_told(name, folder, monkeypatch):
    def full(self):
        self._name = None
        return open("/dev/full", "w+b", buffering=4_096)

    monkeypatch.setattr(unfinished_module.UnfinishedFile, "_open", full)
    with pytest.raises(MixwrightError, match="cannot be written"):
        store(folder / f"x{FORMATS[name].extension}", music(100_000), format=name)
    assert os.listdir(folder) == []


def test_an_input_is_never_overwritten(folder):
    source = write_sound(folder / "kick.wav", music(5_000))
    before = source.read_bytes()
    (folder / "link.wav").symlink_to("kick.wav")
    os.link(source, folder / "hard.wav")
    for path in (source, folder / "link.wav", folder / "hard.wav", folder / ".." / "out" / "kick.wav"):
        with pytest.raises(InputError, match="is one of the input files"):
            open_writer(path, RATE, 2, inputs=[source])
    assert source.read_bytes() == before


def test_targets_that_cannot_be(folder):
    with pytest.raises(InputError, match="folder does not exist"):
        open_writer(folder / "no" / "x.wav", RATE, 2)
    (folder / "x.wav").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        open_writer(folder / "x.wav", RATE, 2)
    with pytest.raises(InputError, match="not a regular file"):
        open_writer("/dev/null", RATE, 2, "wav16")
    with pytest.raises(InputError, match="3 channels"):
        open_writer(folder / "y.wav", RATE, 3)


def test_formats_by_name_and_ending():
    assert find_format(" WAV ").name == format_of_path("a/b.Wav").name == "wav24"
    assert find_format("flac16").bits == 16
    assert format_of_path("x.m4a").is_lossy
    with pytest.raises(InputError, match=r"format 'xyz' is not known; choose one of wav16, wav24"):
        find_format("xyz")
    with pytest.raises(InputError, match="no ending"):
        format_of_path("song")


def test_wrong_shapes_are_refused(folder):
    with pytest.raises(ValueError, match="channels=2"), open_writer(folder / "x.wav", RATE, 2) as writer:
        writer.write(np.zeros((1, 100), np.float32))


# --- metadata


def chunks(path):
    """Own RIFF reader: name to body."""
    raw = path.read_bytes()
    assert raw[:4] == b"RIFF"
    assert struct.unpack("<I", raw[4:8])[0] == len(raw) - 8
    found, at = {}, 12
    while at < len(raw):
        name, size = raw[at : at + 4], struct.unpack("<I", raw[at + 4 : at + 8])[0]
        found[name] = raw[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(raw)
    return found


@pytest.mark.parametrize("name", ["wav16", "wav24", "wav32f"])
@pytest.mark.parametrize("frames", [999, 1_000])
def test_broadcast_wave(name, frames, folder):
    path = folder / "x.wav"
    with open_writer(path, RATE, 1, name, metadata=META) as writer:
        writer.write(music(frames, 1))
        writer.metadata = Metadata.from_tags(META.tags(), loudness=LOUDNESS, time_reference=(1 << 33) + 7)
    found = chunks(path)
    bext = found[b"bext"]
    assert len(bext) == 602
    assert bext[:256].rstrip(b"\0") == b"?bung ? Nr. 5"
    assert bext[256:288].rstrip(b"\0") == b"mixwright"
    assert bext[320:330] == b"2026-11-22"
    low, high, version = struct.unpack("<IIH", bext[338:348])
    assert (low, high, version) == (7, 2, 2)
    assert struct.unpack("<5h", bext[412:422]) == (-1402, 630, -105, -950, -1125)
    assert len(found[b"data"]) == frames * FORMATS[name].bits // 8
    info = probe(path)
    assert info.time_reference == (1 << 33) + 7
    assert info.tags["title"] == META.title
    with soundfile.SoundFile(path) as sound:
        assert (sound.title, sound.artist, sound.comment) == (META.title, META.artist, META.comment)
        assert sound.frames == frames


def test_unknown_loudness_is_marked_so(folder):
    bext = chunks(store(folder / "x.wav", music(1_000)))[b"bext"]
    assert struct.unpack("<5h", bext[412:422]) == (0x7FFF,) * 5


def test_more_than_four_gigabytes_become_rf64(folder, monkeypatch):
    monkeypatch.setattr(write_module, "RIFF_LIMIT", 100_000)
    audio = music(60_001)
    path = store(folder / "x.wav", audio, format="wav24", metadata=META)
    raw = path.read_bytes()
    assert raw[:4] == b"RF64"
    assert raw[4:8] == b"\xff\xff\xff\xff"
    assert raw[12:16] == b"ds64"
    riff, data, frames = struct.unpack("<QQQ", raw[20:44])
    assert (riff, data, frames) == (len(raw) - 8, 60_001 * 6, 60_001)
    with soundfile.SoundFile(path) as sound:
        assert (sound.format, sound.frames) == ("RF64", 60_001)
        np.testing.assert_allclose(sound.read(dtype="float32").T, audio, atol=2**-23)
    info = probe(path)
    assert (info.container, info.frames, info.title) == ("RF64", 60_001, META.title)


def id3_frames(path):
    """Own ID3v2.3 reader: list of (name, body)."""
    raw = path.read_bytes()
    assert raw[:5] == b"ID3\3\0"
    size = sum((b & 0x7F) << s for b, s in zip(raw[6:10], (21, 14, 7, 0), strict=True))
    found, at = [], 10
    while raw[at] and at < size:
        length = int.from_bytes(raw[at + 4 : at + 8], "big")
        found.append((raw[at : at + 4].decode(), raw[at + 10 : at + 10 + length]))
        at += 10 + length
    assert raw[10 + size] == 0xFF  # the audio begins right behind the tag
    return found


def test_id3(folder):
    path = folder / "x.mp3"
    with open_writer(path, RATE, 2, metadata=META) as writer:
        writer.write(music(30_000))
        writer.metadata = Metadata.from_tags(META.tags(), loudness=LOUDNESS)
    found = id3_frames(path)
    texts = {n: b[1:].decode("utf-16") for n, b in found if n.startswith("T") and n != "TXXX"}
    assert texts["TIT2"] == META.title
    assert texts["TPE1"] == META.artist
    extra = dict(b[1:].split(b"\0") for n, b in found if n == "TXXX")
    assert extra == {b"REPLAYGAIN_TRACK_GAIN": b"-3.98 dB", b"REPLAYGAIN_TRACK_PEAK": b"0.886135"}
    assert probe(path).tags["comment"] == META.comment
    assert probe(path).frames == 30_000


def vorbis_comments(path):
    """Own FLAC metadata reader."""
    raw = path.read_bytes()
    assert raw[:4] == b"fLaC"
    at, kinds, found = 4, [], {}
    while True:
        kind, size = raw[at] & 0x7F, int.from_bytes(raw[at + 1 : at + 4], "big")
        body = raw[at + 4 : at + 4 + size]
        kinds.append(kind)
        if kind == 4:
            skip = 4 + struct.unpack("<I", body[:4])[0]
            count = struct.unpack("<I", body[skip : skip + 4])[0]
            place = skip + 4
            for _ in range(count):
                length = struct.unpack("<I", body[place : place + 4])[0]
                key, _, text = body[place + 4 : place + 4 + length].decode().partition("=")
                found[key] = text
                place += 4 + length
            assert place == len(body)
        at += 4 + size
        if raw[at - 4 - size] & 0x80:
            break
    assert kinds[0] == 0
    assert raw[at] == 0xFF  # the first frame
    return found


@pytest.mark.parametrize("name", ["flac16", "flac24"])
def test_flac_comments(name, folder):
    path = folder / "x.flac"
    with open_writer(path, RATE, 2, name, metadata=META) as writer:
        writer.write(music(30_000))
        writer.metadata = Metadata.from_tags(META.tags(), loudness=LOUDNESS)
    found = vorbis_comments(path)
    assert found["TITLE"] == META.title
    assert found["COMMENT"] == META.comment
    assert found["REPLAYGAIN_TRACK_GAIN"] == "-3.98 dB"
    assert probe(path).tags["artist"] == META.artist


@pytest.mark.parametrize("name", ["ogg", "m4a", "opus"])
def test_texts_of_other_formats(name, folder):
    path = store(folder / f"x{FORMATS[name].extension}", music(30_000), format=name, metadata=META)
    tags = probe(path).tags
    assert {k: tags[k] for k in ("title", "artist", "album", "genre")} == {
        "title": META.title,
        "artist": META.artist,
        "album": META.album,
        "genre": META.genre,
    }


@pytest.mark.parametrize("name", FORMATS)
def test_very_long_texts_do_no_harm(name, folder):
    long = Metadata(title="ä" * 20_000, comment="b" * 20_000, date="x" * 500)
    path = store(folder / f"x{FORMATS[name].extension}", music(9_000), format=name, metadata=long)
    assert probe(path).frames == 9_000


@pytest.mark.parametrize("name", FORMATS)
def test_equal_input_gives_equal_files(name, tmp_path):
    made = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"x{FORMATS[name].extension}"
        made.append(store(path, music(20_000), format=name, metadata=META).read_bytes())
    if name == "ogg":  # libsndfile draws the stream's number by chance
        assert len(made[0]) == len(made[1])
    else:
        assert made[0] == made[1]


def test_tags_of_a_source_are_kept():
    kept = Metadata.from_tags({"title": "T", "description": "x", "software": "other"}, artist="A")
    assert (kept.title, kept.artist, kept.software) == ("T", "A", "mixwright")
