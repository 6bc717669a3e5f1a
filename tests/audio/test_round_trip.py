"""What is written is read back: to the bit where the format is lossless, aligned to the sample everywhere."""

import numpy as np
import pytest
import soundfile
from audio.signals import RATE, error_db, lag_of, music

from mixwright.audio import FORMATS, Scratch, open_source, open_writer, probe

FRAMES = 50_003


def store(path, audio, rate=RATE, block=7_001, **options):
    with open_writer(path, rate, audio.shape[0], **options) as writer:
        for start in range(0, audio.shape[1], block):
            writer.write(audio[:, start : start + block])
    return writer


def load(path, rate=RATE):
    with Scratch() as scratch:
        source = open_source(path, rate, scratch)
        return source.read(0, source.frames)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_time_and_length(name, channels, tmp_path):
    audio = music(FRAMES, channels)
    path = tmp_path / f"song{FORMATS[name].extension}"
    store(path, audio, format=name)
    info = probe(path)
    assert (info.channels, info.sample_rate, info.frames) == (channels, RATE, FRAMES)
    found = load(path)
    assert found.shape == audio.shape
    for side in range(channels):
        assert lag_of(found[side], audio[side]) == 0
    assert error_db(found, audio) < (-15 if FORMATS[name].is_lossy else -80)


@pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if not f.is_lossy])
def test_lossless_formats_keep_every_bit(name, tmp_path):
    form = FORMATS[name]
    steps = 2.0 ** (min(form.bits, 24) - 1)
    audio = (np.rint(music(FRAMES) * steps) / steps).astype(np.float32)
    audio[0, :3] = -1.0, 1 - 1 / steps, 0.0
    path = tmp_path / f"song{form.extension}"
    store(path, audio, format=name)
    np.testing.assert_array_equal(load(path), audio)
    np.testing.assert_array_equal(soundfile.read(path, dtype="float32")[0].T, audio)


@pytest.mark.parametrize("name", ["wav16", "wav24", "wav32", "wav32f", "flac24"])
def test_files_do_not_depend_on_the_block_size(name, tmp_path):
    audio = music(20_000)
    paths = [tmp_path / f"{block}{FORMATS[name].extension}" for block in (333, 20_000)]
    for path, block in zip(paths, (333, 20_000), strict=True):
        store(path, audio, block=block, format=name)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_float_wav_keeps_what_lies_beyond_full_scale(tmp_path):
    audio = 3 * music(2_000)
    store(tmp_path / "hot.wav", audio, format="wav32f")
    np.testing.assert_array_equal(load(tmp_path / "hot.wav"), audio)


def test_clipping_is_counted_not_hidden(tmp_path):
    audio = np.zeros((1, 1000), np.float32)
    audio[0, :5] = 1.0, -1.0, 1.5, -1.5, 1.001
    writer = store(tmp_path / "clip.wav", audio, format="wav24")
    assert writer.clipped == 3  # full scale itself is no clipping
    np.testing.assert_allclose(load(tmp_path / "clip.wav")[0, :5], [1, -1, 1, -1, 1], atol=2e-7)


def test_dither_is_asked_for_by_position_and_only_where_due(tmp_path):
    calls = []

    def dither(block, position):
        calls.append((position, block.shape[1]))
        return block + np.float32(2.0**-15)

    store(tmp_path / "a.wav", np.zeros((1, 10_000), np.float32), block=4_000, format="wav16", dither=dither)
    assert calls == [(0, 4_000), (4_000, 4_000), (8_000, 2_000)]
    np.testing.assert_array_equal(load(tmp_path / "a.wav"), np.full((1, 10_000), 2.0**-15))
    calls.clear()
    for name in ("wav32f", "wav32", "mp3", "ogg"):
        store(tmp_path / f"b{FORMATS[name].extension}", music(5_000, 1), format=name, dither=dither)
    assert calls == []


@pytest.mark.parametrize(
    ("name", "rate", "stored"), [("mp3", 96_000, 48_000), ("mp3", 88_200, 44_100), ("opus", 44_100, 48_000)]
)
def test_formats_with_few_rates_convert(name, rate, stored, tmp_path):
    audio = music(60_000, rate=rate)
    path = tmp_path / f"song{FORMATS[name].extension}"
    assert store(path, audio, rate, format=name).stored_rate == stored
    assert probe(path).sample_rate == stored
    found = load(path, rate)
    assert abs(found.shape[1] - audio.shape[1]) <= 1
    assert lag_of(found[0], audio[0]) == 0


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000, 192_000])
def test_wav_and_flac_take_any_rate(rate, tmp_path):
    for ending in (".wav", ".flac"):
        store(tmp_path / f"song{ending}", music(4_000, rate=rate), rate)
        assert probe(tmp_path / f"song{ending}").sample_rate == rate
