"""Files of other programs: aligned to the sample, whatever delay their coder has."""

import csv

import numpy as np
import pytest
import soundfile
from audio.signals import AV_SAMPLES, RATE, SAMPLES, error_db, lag_of, music, write_av, write_sample

from mixwright.audio import Scratch, open_source, probe

FRAMES = 40_007


def load(path, rate=RATE):
    with Scratch() as scratch:
        source = open_source(path, rate, scratch)
        return source.read(0, source.frames)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", [n for n in [*SAMPLES, *AV_SAMPLES] if n != "raw.aac"])
def test_every_input_is_aligned_and_as_long_as_it_was(name, channels, tmp_path):
    audio = music(FRAMES, channels)
    path = write_sample(tmp_path, name, audio)
    info = probe(path)
    assert (info.channels, info.sample_rate) == (channels, RATE)
    found = load(path)
    # ADPCM stores whole blocks; MP4's edit list counts milliseconds
    slack = {"adpcm.wav": 2048, "aac.m4a": RATE // 1000, "alac.m4a": RATE // 1000}.get(name, 0)
    assert abs(found.shape[1] - FRAMES) <= slack
    assert info.frames == found.shape[1]
    common = min(FRAMES, found.shape[1])
    for side in range(channels):
        assert lag_of(found[side, :common], audio[side, :common]) == 0
    assert error_db(found[:, :common], audio[:, :common]) < -10


@pytest.mark.parametrize(
    "name", [n for n, (_, s) in SAMPLES.items() if s in ("PCM_16", "PCM_24", "FLOAT") and "flac" not in n]
)
def test_in_place_reading_equals_libsndfile(name, tmp_path):
    path = write_sample(tmp_path, name, music(FRAMES))
    wanted = soundfile.read(path, dtype="float32")[0].T
    with Scratch() as scratch:
        source = open_source(path, RATE, scratch)
        for start, count in ((0, FRAMES), (1, 7), (12_345, 9_999), (FRAMES - 3, 3)):
            np.testing.assert_array_equal(source.read(start, count), wanted[:, start : start + count])


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_32"),
        ("WAV", "DOUBLE"),
        ("AIFF", "PCM_S8"),
        ("AIFF", "PCM_16"),
        ("AIFF", "PCM_32"),
    ],
)
def test_rarer_word_lengths(kind, subtype, tmp_path):
    path = tmp_path / "x"
    soundfile.write(path, music(3_000).T, RATE, subtype, format=kind)
    np.testing.assert_allclose(load(path), soundfile.read(path, dtype="float32")[0].T, atol=6e-8)


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_aac_of_any_rate_starts_at_zero(rate, tmp_path):
    audio = music(30_000, rate=rate)
    path = write_av(tmp_path / "a.m4a", [audio], "aac", "ipod", rate)
    found = load(path, rate)
    assert lag_of(found[0][:29_000], audio[0][:29_000]) == 0


def test_mp3_without_a_length_field_is_read_to_its_end(tmp_path):
    path = write_av(tmp_path / "a.mp3", [music(FRAMES)], "libmp3lame", "mp3", write_xing="0")
    info = probe(path)
    assert not info.frames_exact
    assert abs(load(path).shape[1] - FRAMES) < 4 * 1152


def test_raw_aac_is_read_though_its_delay_is_unknown(tmp_path):
    path = write_sample(tmp_path, "raw.aac", music(FRAMES))
    assert not probe(path).frames_exact
    assert abs(load(path).shape[1] - FRAMES) <= 3 * 1024


def test_id3_tags_before_and_after_do_not_matter(tmp_path):
    plain = write_sample(tmp_path, "lame.mp3", music(FRAMES))
    tagged = tmp_path / "tagged.mp3"
    tag = b"ID3\4\0\0" + bytes([0, 0, 2, 0]) + bytes(256)
    tagged.write_bytes(tag + plain.read_bytes() + b"TAG" + b"x" * 125)
    np.testing.assert_array_equal(load(tagged), load(plain))


def raw_decode(path):
    """All that FFmpeg gives for a file, with its own handling of delays and nothing of ours."""
    import av

    with av.open(str(path)) as opened:
        return np.concatenate([frame.to_ndarray() for frame in opened.decode(audio=0)], axis=1)


@pytest.mark.parametrize("song", ["caesium", "lithium"])
def test_real_aac_stems_agree_with_ffmpeg(song, shared_data):
    folder = shared_data("cc0_songs") / song
    rates = {}
    for path in sorted(folder.glob("*.m4a")):
        rates.setdefault(probe(path).sample_rate, path)
    assert rates.keys() >= {24_000}
    for rate, path in rates.items():
        info = probe(path)
        wanted = raw_decode(path)
        found = load(path, rate)
        assert found.shape[1] == info.frames
        assert 0 <= wanted.shape[1] - info.frames < 1024  # the coder's padding at the end
        np.testing.assert_array_equal(found, wanted[: found.shape[0], : info.frames])


def test_real_stems_of_one_song_are_equally_long(shared_data):
    """Stems at 24 kHz are up to 20 ms longer, says the collection."""
    with (shared_data("cc0_songs") / "manifest.csv").open() as table:
        files = [row["file"] for row in csv.DictReader(table) if row["song"].lower() == "lithium"]
    folder = shared_data("cc0_songs")
    paths = [p for f in files for p in (folder / f, folder / "lithium" / f) if p.is_file()]
    seconds = [probe(p).seconds for p in paths]
    assert len(seconds) == 38
    assert max(seconds) - min(seconds) < 0.021


def test_apple_gapless_note_of_an_mp3(shared_data):
    """26 bars at 75 BPM: the note's length is the musical one."""
    info = probe(shared_data("mdn_multitrack") / "drums.mp3")
    assert info.frames == round(104 * 60 / 75 * 44_100)
    assert load(info, 44_100).shape[1] == info.frames
