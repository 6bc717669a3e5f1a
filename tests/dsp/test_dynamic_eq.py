import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, in_blocks, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dynamics as reference
from scipy.signal import freqz

from mixwright._core import native
from mixwright.dsp.dynamic_eq import DynamicEq, dynamic_eq

RATE = 48000
CUT = DynamicEq(frequency_hz=3000, q=2, threshold_db=-30, ratio=4, range_db=-12, attack_ms=1, release_ms=30)


def processor(values: DynamicEq, rate: float = RATE):
    one = native.DynamicEq(rate)
    one.set(values.flat())
    return one


def cookbook(kind, frequency, q, gain_db, rate):
    """b, a of R. Bristow-Johnson's Audio EQ Cookbook."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * frequency / rate
    c, alpha = np.cos(w), np.sin(w) / (2 * q)
    if kind == "bell":
        return [1 + alpha * a, -2 * c, 1 - alpha * a], [1 + alpha / a, -2 * c, 1 - alpha / a]
    s, r = (1 if kind == "low_shelf" else -1), 2 * np.sqrt(a) * alpha
    b = [
        a * (a + 1 - s * (a - 1) * c + r),
        s * 2 * a * (a - 1 - s * (a + 1) * c),
        a * (a + 1 - s * (a - 1) * c - r),
    ]
    return b, [a + 1 + s * (a - 1) * c + r, -s * 2 * (a - 1 + s * (a + 1) * c), a + 1 + s * (a - 1) * c - r]


@st.composite
def any_settings(draw):
    drawn = DynamicEq().unpack([draw(st.floats(0, 1)) for _ in DynamicEq().pack()])
    return drawn.replace(kind=draw(st.sampled_from(["bell", "low_shelf", "high_shelf"])))


def test_defaults_are_neutral():
    assert native.DynamicEq.neutral(DynamicEq().flat())
    assert not native.DynamicEq.neutral(CUT.flat())
    audio = bursts(1000)
    np.testing.assert_array_equal(dynamic_eq(audio, RATE, DynamicEq()), audio)


@pytest.mark.parametrize("kind", ["bell", "low_shelf", "high_shelf"])
@pytest.mark.parametrize("range_db", [-18, -6, 9])
@pytest.mark.parametrize("rate", [22050, 48000, 192000])
def test_full_range_is_the_cookbook_curve(kind, range_db, rate):
    values = CUT.replace(kind=kind, range_db=range_db, threshold_db=-80, ratio=20, q=0.9, frequency_hz=2500)
    impulse = np.zeros((1, 16384), np.float32)
    impulse[0, 4000] = 1e-3
    loud = np.full((1, 16384), 0.0, np.float32)  # a key in the band keeps the gain at full range
    loud[0] = np.sin(2 * np.pi * (1250 if kind == "low_shelf" else 2500) * np.arange(16384) / rate)
    values = values.replace(release_ms=2000)
    response = np.fft.rfft(dynamic_eq(impulse, rate, values, loud)[0, 4000:], 16384) / 1e-3
    w = np.arange(len(response)) / 16384 * 2 * np.pi
    expected = freqz(*cookbook(kind, 2500, 0.9, range_db, rate), w)[1]
    measured, wanted = (20 * np.log10(np.abs(h[20:])) for h in (response, expected))
    np.testing.assert_allclose(measured, wanted, atol=0.02)


@pytest.mark.parametrize("range_db", [-12, 12])
def test_partial_gain_of_a_bell_is_the_cookbook_bell_of_the_stated_q(range_db):
    gain_db = range_db / 3
    key_db = -30 + abs(gain_db) / 0.75  # ratio 4: 0.75 dB per dB above the threshold, past the knee
    t = np.arange(96000) / RATE
    key = (10 ** (key_db / 20) * np.sin(2 * np.pi * 3000 * t))[None].astype(np.float32)
    values = CUT.replace(range_db=range_db, attack_ms=0.05, release_ms=2000)
    tone = (0.01 * np.sin(2 * np.pi * 2000 * t))[None].astype(np.float32)
    out = dynamic_eq(tone, RATE, values, key)[0, -24000:]
    q = 2 * 10 ** ((range_db - gain_db) / 40)
    expected = np.abs(freqz(*cookbook("bell", 3000, q, gain_db, RATE), [2 * np.pi * 2000 / RATE])[1][0])
    assert 20 * np.log10(np.sqrt(2 * np.mean(out**2)) / 0.01 / expected) == pytest.approx(0, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(any_settings(), st.sampled_from(RATES), st.integers(1, 2), st.integers(0, 2), st.integers(0, 99))
def test_equals_the_reference(values, rate, channels, key_channels, seed):
    audio = bursts(1500, channels, seed)
    key = bursts(1500, key_channels, seed + 1) if key_channels else None
    expected = reference.dynamic_eq(audio, rate, values, key)
    scale = 10 ** (max(values.range_db, 0) / 20)
    np.testing.assert_allclose(dynamic_eq(audio, rate, values, key), expected, atol=3e-5 * scale)


@settings(max_examples=10, deadline=None)
@given(any_settings(), splits, st.integers(1, 2), st.integers(0, 2))
def test_blocks_do_not_matter(values, lengths, channels, key_channels):
    audio = bursts(2000, channels)
    key = bursts(2000, key_channels, 5) if key_channels else None
    assert_splits_are_bit_identical(lambda: processor(values), audio, lengths, key)


def test_it_hears_its_band_only():
    t = np.arange(24000) / RATE
    low = (0.5 * np.sin(2 * np.pi * 60 * t))[None].astype(np.float32)
    ess = (0.5 * np.sin(2 * np.pi * 3000 * t))[None].astype(np.float32)
    np.testing.assert_allclose(dynamic_eq(low, RATE, CUT), low, atol=1e-4)
    cut = np.abs(dynamic_eq(ess, RATE, CUT)[0, -4000:]).max() / 0.5
    assert 20 * np.log10(cut) == pytest.approx(-12, abs=0.1)


def test_a_key_ducks_the_band_only():
    t = np.arange(48000) / RATE
    both = (0.1 * np.sin(2 * np.pi * 3000 * t) + 0.1 * np.sin(2 * np.pi * 100 * t))[None].astype(np.float32)
    key = np.sin(2 * np.pi * 3000 * t)[None].astype(np.float32)
    spectrum = (
        np.abs(np.fft.rfft(dynamic_eq(both, RATE, CUT.replace(release_ms=500), key)[0, 24000:])) / 12000
    )
    assert spectrum[1500] == pytest.approx(0.1 * 10 ** (-12 / 20), rel=0.01)
    assert spectrum[50] == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("kind", ["bell", "low_shelf", "high_shelf"])
def test_moving_the_frequency_does_not_click(kind):
    one = processor(CUT.replace(kind=kind, frequency_hz=200))
    tone = (0.5 * np.sin(2 * np.pi * 150 * np.arange(48000) / RATE))[None].astype(np.float32)
    out = []
    for i in range(0, 48000, 32):
        frequency = 200 * 30 ** (i / 48000)
        one.set(CUT.replace(kind=kind, frequency_hz=frequency, range_db=-12).flat())
        out.append(one.process(tone[:, i : i + 32])[0])
    jumps = np.diff(np.concatenate(out), n=2)
    assert (
        np.abs(jumps[4800:]).max() < 6 * 0.5 * (2 * np.pi * 150 / RATE) ** 2
    )  # the tone's own curvature, and some


@pytest.mark.parametrize("name", nasty_inputs())
@pytest.mark.parametrize("kind", ["bell", "low_shelf"])
def test_output_is_finite(name, kind):
    assert np.isfinite(dynamic_eq(nasty_inputs()[name], 22050, CUT.replace(kind=kind))).all()


def test_recovers_from_bad_samples():
    one = processor(CUT)
    bad = np.full((2, 99), np.nan, np.float32)
    bad[:, ::3] = np.inf
    one.process(bad)
    quiet = bursts(48000) * np.float32(1e-4)
    np.testing.assert_allclose(in_blocks(one, quiet, [999])[:, -100:], quiet[:, -100:], atol=1e-8)
