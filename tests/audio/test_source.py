import numpy as np
import pytest
from audio.signals import RATE, music, write_sample, write_sound

from mixwright.audio import Scratch, find_tracks, open_source, open_track, prepare_sources


@pytest.mark.parametrize("name", ["int16.wav", "int24.flac", "alac.m4a", "float.wav"])
def test_two_equal_channels_become_one(name, tmp_path):
    audio = np.repeat(music(20_000, 1), 2, axis=0)
    with Scratch() as scratch:
        source = open_source(write_sample(tmp_path, name, audio), RATE, scratch)
        assert (source.channels, source.dual_mono) == (1, True)
        assert source.read(5_000, 100).shape == (1, 100)
        np.testing.assert_allclose(source.read(0, 15_000), audio[:1, :15_000], atol=0.1)


def test_channels_that_differ_by_dither_alone_become_one(tmp_path):
    rng = np.random.default_rng(2)
    audio = (
        np.repeat(music(20_000, 1), 2, axis=0) + rng.uniform(-1, 1, (2, 20_000)).astype(np.float32) * 2**-16
    )
    for kind, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16")):
        path = write_sound(tmp_path / f"a.{kind}", audio, kind=kind, subtype=subtype)
        with Scratch() as scratch:
            assert open_source(path, RATE, scratch).dual_mono


@pytest.mark.parametrize("name", ["float.wav", "int24.flac"])
@pytest.mark.parametrize("place", [3, 19_990])
def test_one_different_sample_keeps_stereo_to_the_bit(name, place, tmp_path):
    audio = np.repeat(np.rint(music(20_000, 1) * 2**23) / 2**23, 2, axis=0).astype(np.float32)
    audio[1, place] += 0.25
    with Scratch() as scratch:
        source = open_source(write_sample(tmp_path, name, audio), RATE, scratch)
        assert (source.channels, source.dual_mono) == (2, False)
        np.testing.assert_array_equal(source.read(0, 20_000), audio)


def test_quiet_channels_that_differ_stay_stereo(tmp_path):
    audio = 1e-4 * music(20_000)
    for name in ("float.wav", "int24.flac"):
        with Scratch() as scratch:
            assert open_source(write_sample(tmp_path, name, audio), RATE, scratch).channels == 2


def test_left_and_right_files_read_as_one(tmp_path):
    audio = music(20_000)
    write_sound(tmp_path / "Gtr.L.wav", audio[:1], subtype="FLOAT")
    write_sound(tmp_path / "Gtr.R.wav", audio[1:], subtype="FLOAT")
    (track,) = find_tracks(tmp_path).tracks
    with Scratch() as scratch:
        source = open_track(track.files, RATE, scratch)
        np.testing.assert_array_equal(source.read(3_000, 9_000), audio[:, 3_000:12_000])
        late = open_track(track.files, RATE, scratch, start_s=0.5)
        assert late.frames == 20_000 + RATE // 2
        assert not late.read(0, RATE // 2).any()
        np.testing.assert_array_equal(late.read(RATE // 2 - 10, 1_000)[:, 10:], audio[:, :990])


def test_tracks_open_in_order_at_one_rate(tmp_path):
    write_sound(tmp_path / "1.wav", music(20_000, 1), 44_100)
    write_sound(tmp_path / "2.flac", music(24_000), 48_000, "FLAC")
    found = find_tracks(tmp_path)
    with Scratch() as scratch:
        sources = prepare_sources(found.tracks, 48_000, scratch)
        assert [(s.channels, s.sample_rate) for s in sources] == [(1, 48_000), (2, 48_000)]
        assert sources[0].frames == round(20_000 * 48_000 / 44_100)
