import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.space import pink_noise
from scipy import signal

from mixwright._core import native
from mixwright.dsp.convolution import Convolution, convolve, shape_impulse
from mixwright.errors import InputError

RATE = 48000
AS_IT_IS = Convolution(normalize=False, length_s=20.0)


def decaying_noise(samples: int, channels: int = 2, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    envelope = np.exp(-4 * np.arange(samples) / samples)
    return (rng.standard_normal((channels, samples)) * envelope).astype(np.float32)


def exactly(audio: np.ndarray, impulse: np.ndarray) -> np.ndarray:
    """scipy's overlap-add in double."""
    a, h = audio.astype(float), impulse.astype(float)

    def through(side: int, response: int) -> np.ndarray:
        return signal.oaconvolve(a[side], h[response])[: a.shape[1]]

    if h.shape[0] == 4:
        return np.stack([through(0, 0) + through(1, 2), through(0, 1) + through(1, 3)])
    return np.stack([through(0, 0), through(1, h.shape[0] - 1)])


def null_db(audio: np.ndarray, impulse: np.ndarray) -> float:
    expected = exactly(audio, impulse)
    return float(20 * np.log10(np.std(convolve(audio, RATE, impulse, AS_IT_IS) - expected) / expected.std()))


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("length", [1, 127, 128, 129, 300, 2048, 2049, 16384, 16385, 30000, 100001])
def test_nulls_against_scipy_below_minus_120_db(channels, length):
    assert null_db(bursts(60000), decaying_noise(length, channels)) < -120


def test_ten_seconds_null():
    assert null_db(bursts(RATE * 11), decaying_noise(RATE * 10)) < -120


@pytest.mark.parametrize("tap", [0, 1, 127, 128, 2047, 2048, 16383, 16384, 24575, 24576, 99999])
def test_a_single_tap_is_a_delay_without_latency(tap):
    impulse = np.zeros((1, tap + 1), np.float32)
    impulse[0, tap] = 0.5
    audio = bursts(tap + 30000)
    out = convolve(audio, RATE, impulse, AS_IT_IS)
    np.testing.assert_allclose(out[:, tap:], 0.5 * audio[:, : audio.shape[1] - tap], atol=2e-6)
    assert np.abs(out[:, :tap]).max(initial=0) < 2e-6
    assert native.Convolution(impulse).latency == 0


@settings(max_examples=10, deadline=None)
@given(length=st.integers(1, 20000), channels=st.sampled_from([1, 2, 4]), lengths=splits)
def test_blocks_do_not_matter(length, channels, lengths):
    impulse = decaying_noise(length, channels)
    assert_splits_are_bit_identical(lambda: native.Convolution(impulse), bursts(4000), lengths)


def test_blocks_do_not_matter_over_the_longest_partitions():
    impulse, audio = decaying_noise(50000), bursts(70000)
    whole = native.Convolution(impulse).process(audio)
    for cut in (65536, 4096, 511):
        one = native.Convolution(impulse)
        parts = [one.process(np.ascontiguousarray(audio[:, k : k + cut])) for k in range(0, 70000, cut)]
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_normalised_wet_is_as_loud_as_pink_noise_going_in(channels):
    noise = pink_noise(RATE * 12, RATE)
    wet = convolve(noise, RATE, 7 * decaying_noise(RATE, channels))[:, RATE:]
    assert 10 * np.log10(np.mean(wet**2) / np.mean(noise**2)) == pytest.approx(0, abs=0.5)


def test_filters_equal_those_of_scipy():
    impulse = decaying_noise(4000)
    shaped = shape_impulse(impulse, RATE, AS_IT_IS.replace(high_pass_hz=300.0, low_pass_hz=5000.0))
    padded = np.pad(impulse.astype(float), ((0, 0), (0, shaped.shape[1] - 4000)))
    expected = signal.sosfilt(signal.butter(2, 300, "high", fs=RATE, output="sos"), padded)
    expected = signal.sosfilt(signal.butter(2, 5000, "low", fs=RATE, output="sos"), expected)
    np.testing.assert_allclose(shaped, expected, atol=1e-5 * np.abs(expected).max())


def test_length_and_pre_delay():
    impulse = np.ones((2, RATE), np.float32)
    shaped = shape_impulse(impulse, RATE, AS_IT_IS.replace(length_s=0.5, pre_delay_ms=10.0))
    assert shaped.shape == (2, 480 + RATE // 2)
    assert not shaped[:, :480].any()
    assert (shaped[:, 480 : 480 + 21600] == 1).all()
    assert shaped[0, -1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("impulse", "words"),
    [
        (np.zeros((2, 100), np.float32), "silent"),
        (np.full((1, 100), np.nan, np.float32), "not finite"),
        (np.ones((3, 100), np.float32), "1, 2 or 4 channels"),
        (np.ones((2, 0), np.float32), "1, 2 or 4 channels"),
    ],
)
def test_bad_impulses_are_refused(impulse, words):
    with pytest.raises(InputError, match=words):
        shape_impulse(impulse, RATE, Convolution())


def test_silence_stays_silent_and_reset_forgets():
    one = native.Convolution(decaying_noise(30000))
    assert not one.process(np.zeros((2, 40000), np.float32)).any()
    one.reset()
    first = one.process(bursts(40000))
    one.reset()
    np.testing.assert_array_equal(one.process(bursts(40000)), first)


def test_mono_stays_mono():
    impulse, audio = decaying_noise(3000, 1), bursts(5000, 1)
    out = native.Convolution(impulse).process(audio)
    np.testing.assert_allclose(out[0], convolve(audio, RATE, impulse, AS_IT_IS)[0], atol=1e-5)


@pytest.mark.parametrize("name", nasty_inputs())
def test_nasty_inputs_stay_finite(name):
    assert np.isfinite(convolve(nasty_inputs()[name], RATE, decaying_noise(5000))).all()


@pytest.mark.parametrize("rate", RATES)
def test_any_rate(rate):
    values = Convolution(high_pass_hz=100.0, low_pass_hz=15000.0)
    assert np.isfinite(convolve(bursts(5000), rate, decaying_noise(2500), values)).all()
