import numpy as np
import pytest
from audio.signals import write_sound

from mixwright.audio import Scratch, open_source
from mixwright.audio.resample import resample, resampled_length

RATES = [8_000, 22_050, 24_000, 44_100, 48_000, 88_200, 96_000, 192_000]


def convert(audio, rate_in, rate_out, block=4_096):
    blocks = (audio[:, i : i + block] for i in range(0, audio.shape[1], block))
    return np.concatenate(list(resample(blocks, audio.shape[0], rate_in, rate_out)), axis=1)


@pytest.mark.parametrize("rate_out", [44_100, 48_000])
@pytest.mark.parametrize("rate_in", RATES)
@pytest.mark.parametrize("frames", [1, 2, 999, 30_001])
def test_length_is_exact(rate_in, rate_out, frames):
    found = convert(np.zeros((1, frames), np.float32), rate_in, rate_out)
    exact = frames * rate_out / rate_in
    assert found.shape[1] == resampled_length(frames, rate_in, rate_out)
    assert abs(found.shape[1] - exact) <= 0.5


@pytest.mark.parametrize("rate_out", [44_100, 48_000])
@pytest.mark.parametrize("rate_in", [24_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("part_of_nyquist", "limit_db"), [(0.01, -115), (0.5, -115), (0.7, -80), (0.9, -58)])
def test_passband_is_untouched(rate_in, rate_out, part_of_nyquist, limit_db):
    """A sine stays what it is, in time and level; libsoxr rolls off by 0.01 dB at 0.9 of Nyquist."""
    frequency = part_of_nyquist * min(rate_in, rate_out) / 2
    sine = [
        np.sin(2 * np.pi * frequency * np.arange(2 * r) / r).astype(np.float32) for r in (rate_in, rate_out)
    ]
    found = convert(sine[0][None], rate_in, rate_out)[0]
    middle = slice(rate_out // 2, -rate_out // 2)
    error = np.abs(found[middle].astype(np.float64) - sine[1][middle]).max()
    assert error < 10 ** (limit_db / 20)  # float32 samples: -138 dB at best


def test_what_cannot_be_kept_is_removed():
    sine = np.sin(2 * np.pi * 23_000 * np.arange(96_000) / 48_000).astype(np.float32)
    found = convert(sine[None], 48_000, 44_100)[0, 4_000:-4_000]
    assert 20 * np.log10(np.abs(found).max()) < -110


def test_block_size_changes_nothing():
    noise = np.random.default_rng(3).standard_normal((2, 20_000)).astype(np.float32)
    np.testing.assert_array_equal(convert(noise, 44_100, 48_000, 100), convert(noise, 44_100, 48_000, 20_000))


def test_files_of_another_rate_are_converted_when_opened(tmp_path):
    sine = [0.5 * np.sin(2 * np.pi * 1_000 * np.arange(r) / r).astype(np.float32) for r in (44_100, 48_000)]
    path = write_sound(tmp_path / "a.wav", sine[0][None], 44_100, subtype="FLOAT")
    with Scratch() as scratch:
        source = open_source(path, 48_000, scratch)
        assert (source.frames, source.sample_rate) == (48_000, 48_000)
        np.testing.assert_allclose(source.read(5_000, 30_000)[0], sine[1][5_000:35_000], atol=1e-6)
