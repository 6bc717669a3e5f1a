"""One test per kind of bad input: one clear line that names the file, what is wrong and what to do."""

import os
import struct

import numpy as np
import pytest
import soundfile
from audio.signals import RATE, music, write_av, write_sample, write_sound

from mixwright.audio import Scratch, find_tracks, open_source, probe
from mixwright.errors import InputError


def read_to_the_end(path):
    with Scratch() as scratch:
        for _ in open_source(path, RATE, scratch).blocks():
            pass


def refused(path, match):
    """The message of refusing a file, whether when it is probed or when it is read."""
    with pytest.raises(InputError, match=match) as caught:
        read_to_the_end(path)
    text = str(caught.value)
    assert "\n" not in text
    assert "; " in text, "a remedy is due"
    return text


def wave(path, channels=1, rate=RATE, bits=16, tag=1, data=b"\0" * 2000, data_bytes=None, block=None):
    """A WAV file with whatever header is asked for."""
    block = channels * bits // 8 if block is None else block
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    size = len(data) if data_bytes is None else data_bytes
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def test_missing(tmp_path):
    assert str(tmp_path) in refused(tmp_path / "no.wav", "no such file")


def test_empty_file(tmp_path):
    (tmp_path / "a.wav").touch()
    refused(tmp_path / "a.wav", "empty")


def test_no_samples(tmp_path):
    refused(wave(tmp_path / "a.wav", data=b""), "0 samples")


def test_one_sample(tmp_path):
    refused(wave(tmp_path / "a.wav", data=b"\1\2"), "1 sample,")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.ogg", "a.aiff"])
def test_text_with_an_audio_name(name, tmp_path):
    (tmp_path / name).write_text("This is no audio at all.\n" * 50)
    refused(tmp_path / name, "not audio in a format that is known")


def test_playlist_that_names_other_files_is_not_followed(tmp_path):
    write_sound(tmp_path / "secret.wav", music(5_000))
    (tmp_path / "a.mp3").write_text(f"#EXTM3U\n#EXTINF:10,\nfile://{tmp_path}/secret.wav\n")
    refused(tmp_path / "a.mp3", "not audio")


def test_random_bytes(tmp_path):
    (tmp_path / "a.wav").write_bytes(np.random.default_rng(1).bytes(50_000))
    refused(tmp_path / "a.wav", "not audio|damaged|cut short")


def test_right_content_with_a_wrong_name_is_read(tmp_path):
    path = write_sample(tmp_path, "int16.flac", music(5_000)).rename(tmp_path / "a.wav")
    assert probe(path).container == "FLAC"


@pytest.mark.parametrize(
    "name",
    ["int16.wav", "int24.aiff", "int16.flac", "vorbis.ogg", "opus.opus", "lame.mp3", "aac.m4a", "large.wav"],
)
def test_cut_short(name, tmp_path):
    path = write_sample(tmp_path, name, music(60_000))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    refused(path, "cut short|damaged")


def test_cut_inside_the_header(tmp_path):
    for name in ("int16.wav", "int24.aiff", "int16.flac", "vorbis.ogg", "lame.mp3", "aac.m4a"):
        path = write_sample(tmp_path, name, music(5_000))
        path.write_bytes(path.read_bytes()[:30])
        refused(path, "damaged|cut short|not audio|no 'data' chunk")


def test_header_that_promises_terabytes(tmp_path):
    path = tmp_path / "a.wav"
    head = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 1 << 42, 1 << 42, 1 << 40, 0)
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    path.write_bytes(head + form + b"data\xff\xff\xff\xff" + bytes(1000))
    refused(path, "cut short: the header promises")


def test_flac_that_promises_years(tmp_path):
    path = write_sample(tmp_path, "int16.flac", music(5_000))
    raw = bytearray(path.read_bytes())
    raw[21] |= 0x0F
    raw[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    refused(path, "hours long|damaged|cut short")


def test_wave_of_a_program_that_could_not_seek_is_read(tmp_path):
    assert probe(wave(tmp_path / "a.wav", data_bytes=0xFFFFFFFF)).frames == 1000


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_nan_infinity_and_nonsense(value, rate, tmp_path):
    audio = music(30_000)
    audio[1, 12_000] = value
    path = tmp_path / "a.wav"
    soundfile.write(path, audio.T, rate, "FLOAT")
    text = refused(path, "holds .* at ")
    assert f"{12_000 / rate:.3f} s" in text


@pytest.mark.parametrize("rate", [0, 1, 3_000, 10_000_000, 0xFFFFFFFF])
def test_absurd_sample_rate(rate, tmp_path):
    refused(wave(tmp_path / "a.wav", rate=rate), f"sample rate of {rate} Hz, outside 4000")


def test_no_channels(tmp_path):
    refused(wave(tmp_path / "a.wav", channels=0), "damaged WAV header|0 channels")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_more_than_two_channels(name, tmp_path):
    soundfile.write(tmp_path / name, np.zeros((5_000, 6)), RATE)
    refused(tmp_path / name, "6 channels, tracks are mono or stereo")


def test_surround_aac(tmp_path):
    import av

    with av.open(str(tmp_path / "a.m4a"), "w") as out:
        stream = out.add_stream("aac", rate=RATE, layout="5.1")
        frame = av.AudioFrame.from_ndarray(np.zeros((6, 4096), np.float32), "fltp", "5.1")
        frame.sample_rate = RATE
        out.mux([*stream.encode(frame), *stream.encode(None)])
    refused(tmp_path / "a.m4a", "6 channels")


@pytest.mark.parametrize(("bits", "tag", "block"), [(0, 1, 2), (12, 3, 2), (16, 1, 7), (48, 1, 6)])
def test_impossible_word_length(bits, tag, block, tmp_path):
    refused(wave(tmp_path / "a.wav", bits=bits, tag=tag, block=block), "damaged WAV header|0 samples")


def test_unknown_coding(tmp_path):
    refused(wave(tmp_path / "a.wav", tag=0x1234), "format tag 4660")


def test_folder_with_an_audio_name(tmp_path):
    (tmp_path / "a.wav").mkdir()
    refused(tmp_path / "a.wav", "is a folder")


def test_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    refused(tmp_path / "a.wav", "not a regular file")
    write_sound(tmp_path / "b.wav", music(5_000))
    with pytest.raises(InputError, match="not a regular file"):
        find_tracks(tmp_path)


def test_device():
    refused("/dev/zero", "not a regular file")


def test_broken_link(tmp_path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "gone.wav")
    refused(tmp_path / "a.wav", "link to a file that is not there")


def test_link_in_a_circle(tmp_path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "a.wav")
    refused(tmp_path / "a.wav", "cannot be read")


def test_good_link_is_followed(tmp_path):
    (tmp_path / "a.wav").symlink_to(write_sound(tmp_path / "b.wav", music(5_000)))
    assert probe(tmp_path / "a.wav").frames == 5_000


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_unreadable(tmp_path):
    path = write_sound(tmp_path / "a.wav", music(5_000))
    path.chmod(0)
    refused(path, "cannot be read")


def test_name_that_is_no_path():
    refused("a\0b.wav", "cannot be read")


def test_name_too_long(tmp_path):
    refused(tmp_path / ("x" * 300 + ".wav"), "cannot be read")


@pytest.mark.parametrize(
    "name",
    ["Größe – ナイス 🎸.wav", "%20 %s {x}.flac", "-rf.wav", "http:evil.m4a", "a'b\"c$d.m4a", "new\nline.mp3"],
)
def test_odd_names_are_read(name, tmp_path):
    kind = {"wav": "int16.wav", "flac": "int16.flac", "m4a": "aac.m4a", "mp3": "lame.mp3"}[
        name.rsplit(".", 1)[1]
    ]
    path = write_sample(tmp_path, kind, music(9_000)).rename(tmp_path / name)
    with Scratch() as scratch:
        assert open_source(path, RATE, scratch).frames > 8_000


def test_name_that_is_no_text_is_read_and_shown(tmp_path):
    for kind in ("int16.wav", "int16.flac", "aac.m4a", "vorbis.ogg"):
        path = tmp_path / os.fsdecode(b"\xff\xfe" + kind.encode())
        write_sample(tmp_path, kind, music(9_000)).rename(path)
        with Scratch() as scratch:
            assert open_source(path, RATE, scratch).frames > 8_000
        path.write_bytes(b"no audio")
        refused(path, r"\?\?").encode()


def test_line_breaks_in_a_name_do_not_break_the_message(tmp_path):
    (tmp_path / "a\nb.wav").write_bytes(b"rubbish")
    refused(tmp_path / "a\nb.wav", r"a\?b.wav")


def test_silence_is_valid(tmp_path):
    for name in ("int16.wav", "int16.flac", "aac.m4a"):
        path = write_sample(tmp_path, name, np.zeros((2, 20_000), np.float32))
        with Scratch() as scratch:
            source = open_source(path, RATE, scratch)
            assert not source.read(0, source.frames).any()
            assert source.dual_mono


def test_video_without_sound(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(stream.encode(None))
    refused(tmp_path / "a.mp4", "no audio")


def test_change_while_it_is_read(tmp_path):
    path = write_sound(tmp_path / "a.wav", music(50_000), subtype="FLOAT")
    with Scratch() as scratch:
        source = open_source(path, RATE, scratch)
        os.truncate(path, 1_000)
        with pytest.raises(InputError, match="became shorter"):
            source.read(40_000, 1_000)


def test_damage_in_the_middle_is_told_with_its_place(tmp_path):
    path = write_av(tmp_path / "a.m4a", [music(200_000)], "aac", "ipod")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 3000] = b"\xff" * 3000
    path.write_bytes(raw)
    refused(path, r"damaged at 2\.\d s")
