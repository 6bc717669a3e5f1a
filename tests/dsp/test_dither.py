import numpy as np
import pytest

from mixwright.dsp.dither import Dither
from mixwright.errors import InputError

SAMPLES = 400_000


def error_in_steps(audio, bits, **options):
    dithered = Dither(bits, **options)(audio)
    return (dithered.astype(float) - audio.astype(float)) * 2 ** (bits - 1)


def constant(offset_in_steps, bits=16):
    return np.full((1, SAMPLES), (100 + offset_in_steps) * 2.0 ** (1 - bits), np.float32)


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_values_are_whole_steps(bits):
    audio = np.random.default_rng(0).uniform(-1.2, 1.2, (2, 10_000)).astype(np.float32)
    steps = Dither(bits)(audio).astype(float) * 2 ** (bits - 1)
    np.testing.assert_array_equal(steps, np.round(steps))
    assert np.abs(steps - audio.astype(float) * 2 ** (bits - 1)).max() < 1.5


@pytest.mark.parametrize("offset", [0, 0.1, 0.25, 0.5, 0.9])
def test_mean_and_power_of_the_error_do_not_depend_on_the_signal(offset):
    error = error_in_steps(constant(offset), 16)
    assert error.mean() == pytest.approx(0, abs=5 * 0.5 / np.sqrt(SAMPLES))  # five standard errors
    assert np.mean(error**2) == pytest.approx(0.25, rel=0.01)


def test_error_is_white_and_uncorrelated_with_signal_and_channel():
    wave = 3.3 * 2.0**-15 * np.sin(2 * np.pi * 0.0101 * np.arange(SAMPLES) + 0.1)
    audio = np.tile(wave.astype(np.float32), (2, 1))
    left, right = error_in_steps(audio, 16)
    limit = 5 / np.sqrt(SAMPLES)
    assert abs(np.corrcoef(left, audio[0])[0, 1]) < limit
    assert abs(np.corrcoef(left, right)[0, 1]) < limit
    for lag in (1, 2, 3, 10, 64, 4096):
        assert abs(np.corrcoef(left[lag:], left[:-lag])[0, 1]) < limit


def test_a_tone_below_half_a_step_survives():
    time = np.arange(SAMPLES)
    tone = 0.4 * 2.0**-15 * np.sin(2 * np.pi * 0.01 * time + 0.3)
    dithered = Dither(16)(tone[np.newaxis].astype(np.float32))[0]
    spectrum = np.abs(np.fft.rfft(dithered * np.hanning(SAMPLES))) / (SAMPLES / 4)
    assert spectrum[SAMPLES // 100] == pytest.approx(0.4 * 2.0**-15, rel=0.02)
    assert spectrum[3 * SAMPLES // 100] < 0.02 * 2.0**-15  # no harmonic


def test_noise_is_triangular():
    """From a whole step, noise of -1..1 step leads to the neighbours with a chance of 1/8 each."""
    values, counts = np.unique(error_in_steps(constant(0), 16), return_counts=True)
    assert values.tolist() == [-1, 0, 1]
    np.testing.assert_allclose(counts / SAMPLES, [1 / 8, 3 / 4, 1 / 8], atol=0.003)


@pytest.mark.parametrize("block", [1, 7, 512, 65536])
def test_any_split_gives_the_same_bits(block):
    audio = np.random.default_rng(1).normal(0, 0.1, (2, 70_000 if block > 1 else 3000)).astype(np.float32)
    dither = Dither(16)
    parts = [dither(audio[:, i : i + block], i) for i in range(0, audio.shape[1], block)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), dither(audio))


def test_a_start_anywhere_gives_the_same_bits():
    audio = np.random.default_rng(1).normal(0, 0.1, (2, 1000)).astype(np.float32)
    late = 10**11
    np.testing.assert_array_equal(Dither(24)(audio, late)[:, 300:], Dither(24)(audio[:, 300:], late + 300))


def test_seeds_give_other_noise():
    audio = constant(0.5)
    first, second = error_in_steps(audio, 16)[0], error_in_steps(audio, 16, seed=1)[0]
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(SAMPLES)


def test_silence_stays_silent():
    assert not Dither(16)(np.zeros((2, 1000), np.float32)).any()


def test_word_lengths_out_of_reach():
    with pytest.raises(InputError, match="8 to 24"):
        Dither(32)
