"""Bad input through the command line: exit code 2, one line with name, value and remedy, nothing written."""

import json
import os
import struct

import numpy as np
import pytest
import soundfile
from commandline import RATE, bass, done, files_below, guitar, kick, refused, run, voice, write, write_song


@pytest.fixture
def song(tmp_path):
    return write_song(tmp_path / "song", 0.6)


def mix_refused(folder, song, *arguments, says=()):
    return refused(folder, "mix", song, "--out", folder / "new" / "out", *arguments, says=says)


def wave(path, rate=RATE, channels=1, data=b"\0\1" * 2000, claimed=None):
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 & 0xFFFFFFFF, channels * 2, 16)
    size = len(data) if claimed is None else claimed
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


# --- folders


def test_missing_folder(tmp_path):
    mix_refused(tmp_path, tmp_path / "not here", says=("not here", "no such file"))


def test_empty_folder(tmp_path):
    (tmp_path / "song").mkdir()
    mix_refused(tmp_path, tmp_path / "song", says=("song", "no audio files"))


def test_folder_with_only_text(tmp_path):
    (tmp_path / "song").mkdir()
    (tmp_path / "song" / "lyrics.txt").write_text("la la la")
    mix_refused(tmp_path, tmp_path / "song", says=("song", "no audio files"))


def test_audio_in_several_subfolders(tmp_path):
    for name in ("raw", "processed"):
        write(tmp_path / "song" / name / "kick.wav", kick(0.5))
    mix_refused(tmp_path, tmp_path / "song", says=("raw", "processed", "name the one"))


def test_audio_beside_a_subfolder_with_audio(tmp_path, song):
    write(song / "old takes" / "kick.wav", kick(0.5))
    mix_refused(tmp_path, song, says=("old takes",))


def test_a_file_twice_and_one_that_is_missing(tmp_path, song):
    missing = song / "gone.wav"
    arguments = ("--out", tmp_path / "new" / "out")
    refused(tmp_path, "mix", song / "Kick.wav", song / "Kick.wav", missing, *arguments, says=("gone.wav",))


# --- single files


def broken(name):
    def write_empty(path):
        path.touch()

    def write_corrupt(path):
        path.write_bytes(np.random.default_rng(1).bytes(30_000))

    def write_truncated(path):
        soundfile.write(path, kick(0.6)[0], RATE)
        path.write_bytes(path.read_bytes()[:20_000])

    def write_text(path):
        path.write_text("no audio at all\n" * 100)

    def write_nan(path):
        samples = guitar(0.6)
        samples[1, 7000] = np.nan
        soundfile.write(path, samples.T, RATE, "FLOAT")

    def write_infinity(path):
        samples = guitar(0.6)
        samples[0, 7000] = -np.inf
        soundfile.write(path, samples.T, RATE, "FLOAT")

    def write_one_sample(path):
        wave(path, data=b"\1\2")

    def write_no_rate(path):
        wave(path, rate=0)

    def write_absurd_rate(path):
        wave(path, rate=4_000_000_000)

    def write_surround(path):
        soundfile.write(path, np.zeros((3000, 6)), RATE)

    def write_huge_claim(path):
        head = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 1 << 42, 1 << 42, 1 << 40, 0)
        form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        path.write_bytes(head + form + b"data\xff\xff\xff\xff" + bytes(1000))

    return locals()[name]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("write_empty", "0 bytes"),
        ("write_corrupt", "not audio"),
        ("write_truncated", "cut short"),
        ("write_text", "not audio"),
        ("write_nan", "nan at 0.159 s"),
        ("write_infinity", "-inf at 0.159 s"),
        ("write_one_sample", "1 sample"),
        ("write_no_rate", "sample rate of 0 Hz"),
        ("write_absurd_rate", "sample rate of 4000000000 Hz"),
        ("write_surround", "6 channels"),
        ("write_huge_claim", "cut short"),
    ],
)
def test_a_file_that_cannot_be_used(kind, says, tmp_path, song):
    broken(kind)(song / "Bad One.wav")
    mix_refused(tmp_path, song, says=("Bad One.wav", says))
    refused(tmp_path, "inspect", song, says=("Bad One.wav", says))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_file(tmp_path, song):
    (song / "Kick.wav").chmod(0)
    mix_refused(tmp_path, song, says=("Kick.wav", "cannot be read"))


def test_a_link_in_a_circle(tmp_path, song):
    (song / "loop.wav").symlink_to(song / "loop.wav")
    mix_refused(tmp_path, song, says=("loop.wav",))


def test_a_pipe(tmp_path, song):
    os.mkfifo(song / "pipe.wav")
    mix_refused(tmp_path, song, says=("pipe.wav", "not a regular file"))


# --- silence


@pytest.mark.parametrize("level", [0.0, 1e-7])
def test_all_tracks_silent(level, tmp_path):
    for name in ("kick", "bass"):
        write(tmp_path / "song" / f"{name}.wav", np.full((1, RATE), level), subtype="FLOAT")
    mix_refused(tmp_path, tmp_path / "song", says=("song", "all 2 tracks are silent", "dBFS"))


def test_the_only_track_is_silent(tmp_path):
    write(tmp_path / "song" / "a.wav", np.zeros((2, RATE)))
    mix_refused(tmp_path, tmp_path / "song", says=("the only track is silent",))


def test_nothing_but_a_constant(tmp_path):
    write(tmp_path / "song" / "a.wav", np.full((1, 2 * RATE), 0.25))
    result = run("mix", tmp_path / "song", "--out", tmp_path / "out", "--json")
    assert result.code in (0, 2)
    if result.code == 0:
        assert any("DC" in note for note in result.json["notes"])
        assert np.isfinite(soundfile.read(tmp_path / "out" / "master.wav")[0]).all()


def test_one_silent_track_among_good_ones_is_left_out_and_told(tmp_path, song):
    write(song / "Organ.wav", np.zeros((1, RATE)))
    result = done("mix", song, "--out", tmp_path / "out", "--json").json
    assert len(result["tracks"]) == 5
    assert any(note.startswith("Organ is silent") for note in result["notes"])


# --- options


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--genre", "polkametal"), ("genre 'polkametal'", "choose one of", "reggae")),
        (("--format", "wma"), ("format 'wma'", "wav24", "mp3")),
        (("--role", "kick.wav=trumpett"), ("trumpett", "brass")),
        (("--role", "kick.wav"), ("kick.wav", "FILE=ROLE")),
        (("--role", "nobody.wav=bass"), ("nobody.wav", "the tracks are", "Kick.wav")),
        (("--tempo", "5"), ("tempo 5 bpm", "20..400")),
        (("--tempo", "nan"), ("tempo nan", "20..400")),
        (("--tempo", "fast"), ("--tempo", "--help")),
        (("--loudness", "3"), ("loudness 3 LUFS", "-40..-4")),
        (("--loudness", "nan"), ("loudness nan", "-40..-4")),
        (("--loudness=-inf",), ("loudness -inf", "-40..-4")),
        (("--peak", "0.1"), ("peak 0.1 dBTP", "-20..0")),
        (("--peak", "nan"), ("peak nan", "-20..0")),
        (("--threads", "0"), ("--threads", "1", "--help")),
        (("--impulse", "gone.wav"), ("gone.wav", "no such file")),
        (("--wet",), ("--wet", "--help")),
    ],
)
def test_an_option_that_cannot_be_followed(arguments, says, tmp_path, song):
    mix_refused(tmp_path, song, *arguments, says=says)


def test_an_impulse_response_that_is_too_long_or_no_audio(tmp_path, song):
    write(tmp_path / "long.wav", np.zeros((1, 13 * RATE)))
    mix_refused(tmp_path, song, "--impulse", tmp_path / "long.wav", says=("long.wav", "13 s", "12 s"))
    (tmp_path / "text.wav").write_text("no audio")
    mix_refused(tmp_path, song, "--impulse", tmp_path / "text.wav", says=("text.wav", "not audio"))


def test_an_impulse_response_of_silence(tmp_path, song):
    write(tmp_path / "zero.wav", np.zeros((1, 4000)))
    mix_refused(tmp_path, song, "--impulse", tmp_path / "zero.wav", says=("zero.wav", "silent"))


@pytest.mark.parametrize("arguments", [(), ("mix",), ("mix", "song"), ("render",), ("remix",), ("--wet",)])
def test_a_command_that_is_not_complete(arguments, tmp_path):
    if arguments:
        refused(tmp_path, *arguments, says=("--help",))
    else:
        assert "Commands" in done().out


# --- where results go


def test_out_is_a_file(tmp_path, song):
    (tmp_path / "out").write_text("mine")
    refused(tmp_path, "mix", song, "--out", tmp_path / "out", says=("out", "--out"))
    refused(tmp_path, "mix", song, "--out", tmp_path / "out" / "deeper", says=("out", "--out"))


def test_out_cannot_be_made(tmp_path, song):
    refused(tmp_path, "mix", song, "--out", "/proc/nothing/here", says=("/proc/nothing", "--out"))
    refused(tmp_path, "mix", song, "--out", tmp_path / ("x" * 300), says=("xxx", "--out"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_out_is_not_writable(tmp_path, song):
    (tmp_path / "out").mkdir(mode=0o555)
    refused(tmp_path, "mix", song, "--out", tmp_path / "out", says=("out", "--out"))


@pytest.mark.parametrize("name", ["mix.wav", "master.wav"])
def test_a_folder_in_the_place_of_a_result(name, tmp_path, song):
    (tmp_path / "out" / name).mkdir(parents=True)
    refused(tmp_path, "mix", song, "--out", tmp_path / "out", says=(name, "is a folder"))


@pytest.mark.parametrize("name", ["mix.wav", "project.json"])
def test_an_input_in_the_place_of_a_result(name, tmp_path, song):
    write(tmp_path / "out" / name, guitar(0.6, seed=4))
    before = files_below(tmp_path)
    arguments = (*sorted(song.iterdir()), tmp_path / "out" / name, "--out", tmp_path / "out")
    result = run("mix", *arguments)
    assert (result.code, name in result.err) == (2, True)
    assert files_below(tmp_path) == before


def test_an_input_in_the_place_of_a_result_by_a_link(tmp_path, song):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "master.wav").symlink_to(song / "Kick.wav")
    refused(tmp_path, "mix", song, "--out", tmp_path / "out", says=("master.wav", "input"))


# --- odd names


@pytest.mark.parametrize(
    "name",
    [
        "Größe – ナイス 🎸",
        "  two  spaces ",
        "a'b\"c`d$e;f&g|h",
        "new\nline\ttab",
        "-rf",
        "--out",
        "x" * 250,
        "a..b..",
        "[red]bold[b]",
        "%s {0} \\n",
        "con",
        "a=b",
        "\x1b[31mred",
    ],
)
def test_odd_names_are_mixed_and_kept(name, tmp_path):
    song = tmp_path / "song"
    write(song / f"{name}.wav", voice(0.6))
    write(song / "kick.wav", kick(0.6))
    out = tmp_path / "out"
    result = done("mix", song, "--out", out, "--tracks", "--stems", "--role", f"{name}.wav=piano")
    assert "\x1b" not in result.out
    project = json.loads((out / "project.json").read_text(encoding="utf-8"))
    assert [t["role"] for t in project["tracks"] if t["id"] != "kick"] == ["piano"]
    assert {p.parent.name for p in out.rglob("*.wav")} == {"out", "tracks", "stems"}
    assert len(list((out / "tracks").iterdir())) == 2
    assert done("render", out, "--out", tmp_path / "again", "-q").code == 0
    assert (tmp_path / "again" / "mix.wav").read_bytes() == (out / "mix.wav").read_bytes()
    assert name in [track["name"] for track in done("inspect", song, "--json").json["tracks"]]


@pytest.mark.parametrize("name", ["Größe 🎸", "[b]x[b]", "new\nline", "-x", "a'b\"c"])
def test_odd_folder_names(name, tmp_path):
    song = write_song(tmp_path / name / "song", 0.5)
    done("mix", song, "--out", tmp_path / name / "out [b]")
    done("render", tmp_path / name / "out [b]", "--out", tmp_path / name / "again")


def test_a_name_that_is_no_text(tmp_path, song):
    try:
        (song / os.fsdecode(b"\xff\xfe.wav")).write_bytes((song / "Kick.wav").read_bytes())
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    mix_refused(tmp_path, song, says=("not valid text", "rename"))


def test_leading_dashes_on_the_command_line(tmp_path, song, monkeypatch):
    monkeypatch.chdir(song)
    (song / "Kick.wav").rename(song / "-k.wav")
    done("mix", "--out", "../out", "-q", "--", "-k.wav", "Bass.wav")


def test_track_names_that_collide(tmp_path):
    for folder in ("a", "b"):
        write(tmp_path / folder / "Take 1.wav", voice(0.6) if folder == "a" else bass(0.6))
    arguments = (tmp_path / "a" / "Take 1.wav", tmp_path / "b" / "Take 1.wav")
    done("mix", *arguments, "--out", tmp_path / "out", "--tracks", "-q")
    assert sorted(p.name for p in (tmp_path / "out" / "tracks").iterdir()) == ["take_1.wav", "take_1_2.wav"]
