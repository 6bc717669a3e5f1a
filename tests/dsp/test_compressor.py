import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, in_blocks, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dynamics as reference

from mixwright._core import native
from mixwright.dsp.compressor import Compressor, compress, gain_curve

HARD = Compressor(threshold_db=-20, ratio=4, knee_db=0, attack_ms=5, release_ms=60)


def processor(values: Compressor, rate: float = 48000):
    one = native.Compressor(rate)
    one.set(values.flat())
    return one


@st.composite
def any_settings(draw):
    travel = st.floats(0, 1)
    drawn = Compressor().unpack([draw(travel) for _ in Compressor().pack()])
    return drawn.replace(detector=draw(st.sampled_from(["peak", "rms"])))


def test_defaults_are_neutral():
    assert native.Compressor.neutral(Compressor().flat())
    assert not native.Compressor.neutral(HARD.flat())
    audio = bursts(1000)
    np.testing.assert_allclose(compress(audio, 48000, Compressor()), audio, rtol=1e-6)
    np.testing.assert_allclose(gain_curve(np.linspace(-80, 6, 87), Compressor()), 0, atol=1e-12)


@pytest.mark.parametrize("ratio", [1, 1.5, 4, 20])
@pytest.mark.parametrize("knee", [0, 3, 12, 24])
def test_static_curve_is_the_published_one(ratio, knee):
    level = np.linspace(-80, 12, 921)
    values = Compressor(threshold_db=-24, ratio=ratio, knee_db=knee)
    expected = reference.static_output_db(level, -24, ratio, knee) - level
    np.testing.assert_allclose(gain_curve(level, values), expected, atol=2e-5)


def test_range_limits_the_reduction():
    curve = gain_curve(np.array([-40.0, -10.0, 0.0]), HARD.replace(range_db=6.0))
    np.testing.assert_allclose(curve, [0, -6, -6], atol=1e-5)


def test_step_response_is_63_percent_of_the_way_in_db_after_the_attack_time():
    rate = 48000
    step = np.concatenate([np.zeros(100), np.ones(rate)])[None].astype(np.float32)
    values = HARD.replace(attack_ms=20.0, release_ms=20.0)
    gain_db = 20 * np.log10(compress(step, rate, values)[0, 100:])
    # From rest the first stage jumps to the target, so the second alone shapes the attack: 15 dB of 20 over.
    times = np.arange(1, len(gain_db) + 1) / rate
    np.testing.assert_allclose(gain_db, -15 * (1 - np.exp(-times / 0.020)), atol=2e-3)
    assert gain_db[int(0.020 * rate) - 1] == pytest.approx(-15 * (1 - np.exp(-1)), abs=0.01)


def test_release_is_the_published_cascade():
    rate, attack, release = 48000, 0.002, 0.1
    level = np.concatenate([np.ones(rate // 2), np.full(rate // 2, 1e-3)])[None].astype(np.float32)
    values = HARD.replace(attack_ms=attack * 1000, release_ms=release * 1000)
    gain_db = 20 * np.log10(compress(level, rate, values)[0] / level[0])[rate // 2 :]
    t = np.arange(1, rate // 2 + 1) / rate
    two_poles = (release * np.exp(-t / release) - attack * np.exp(-t / attack)) / (release - attack)
    np.testing.assert_allclose(gain_db, -15 * two_poles, atol=0.02)  # sampled against continuous time


@settings(max_examples=25, deadline=None)
@given(any_settings(), st.sampled_from(RATES), st.integers(1, 2), st.integers(0, 2), st.integers(0, 99))
def test_equals_the_reference(values, rate, channels, key_channels, seed):
    audio = bursts(2500, channels, seed)
    key = bursts(2500, key_channels, seed + 1) if key_channels else None
    expected = reference.compress(audio, rate, values, key)
    scale = 10 ** (max(values.makeup_db, 0) / 20)
    np.testing.assert_allclose(compress(audio, rate, values, key), expected, atol=2e-5 * scale)


@settings(max_examples=10, deadline=None)
@given(any_settings(), splits, st.integers(1, 2), st.booleans())
def test_blocks_do_not_matter(values, lengths, channels, keyed):
    audio = bursts(2000, channels)
    assert_splits_are_bit_identical(
        lambda: processor(values), audio, lengths, bursts(2000, 1, 5) if keyed else None
    )


def test_channels_are_linked():
    audio = bursts(2000)
    audio[1] *= 0.01
    out = compress(audio, 48000, HARD)
    np.testing.assert_allclose(out[1] / audio[1], out[0] / audio[0], rtol=1e-5)


def test_look_ahead_delays_by_its_latency_and_catches_the_first_peak():
    values = HARD.replace(lookahead_ms=5.0, attack_ms=0.5)
    assert processor(values).latency == 240
    click = np.zeros((1, 4800), np.float32)
    click[0, 1000:] = 1
    out = compress(click, 48000, values)[0]
    assert np.argmax(out > 0) == 1240
    assert out[1240] == pytest.approx(10 ** (-15 / 20), rel=0.01)  # settled by the time the step arrives


def test_key_filter_makes_it_deaf_to_lows():
    t = np.arange(24000) / 48000
    low = (0.9 * np.sin(2 * np.pi * 50 * t))[None].astype(np.float32)
    deaf = HARD.replace(key_highpass_hz=1000.0)
    np.testing.assert_allclose(compress(low, 48000, deaf), low, atol=1e-6)
    assert np.abs(compress(low, 48000, HARD)[0, -2000:]).max() < 0.5


def test_mix_blends_with_the_dry_signal():
    audio = bursts(4000)
    wet = compress(audio, 48000, HARD)
    half = compress(audio, 48000, HARD.replace(mix=0.5))
    np.testing.assert_allclose(half, 0.5 * (wet + audio), atol=1e-6)
    assert native.Compressor.neutral(HARD.replace(mix=0.0).flat())


def test_meter_shows_the_deepest_gain():
    one = processor(HARD.replace(attack_ms=0.05))
    one.process(np.ones((2, 4800), np.float32))
    assert one.last_gain_reduction_db == pytest.approx(-15, abs=0.01)
    one.process(np.zeros((2, 48000), np.float32))
    one.process(np.zeros((2, 480), np.float32))
    assert one.last_gain_reduction_db == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", nasty_inputs())
@pytest.mark.parametrize("detector", ["peak", "rms"])
def test_output_is_finite(name, detector):
    values = HARD.replace(detector=detector, key_highpass_hz=200.0, lookahead_ms=1.0)
    assert np.isfinite(compress(nasty_inputs()[name], 22050, values)).all()


@pytest.mark.parametrize("detector", ["peak", "rms"])
@pytest.mark.parametrize("highpass", [20.0, 100.0])
def test_recovers_from_a_bad_key(detector, highpass):
    one = processor(HARD.replace(detector=detector, key_highpass_hz=highpass))
    bad = np.ones((2, 100), np.float32)
    bad[:, ::3], bad[:, 1::3] = np.nan, np.inf
    one.process(np.ones((2, 100), np.float32), bad)
    out = in_blocks(one, np.full((2, 96000), 0.01, np.float32), [4096])
    np.testing.assert_allclose(out[:, -1000:], 0.01, rtol=1e-3)


def test_changes_keep_the_state():
    one, audio = processor(HARD), np.full((2, 4803), 0.9, np.float32)
    before = one.process(audio)[0, -1]
    one.set(HARD.replace(release_ms=61.0).flat())
    assert one.process(audio)[0, 0] == pytest.approx(before, rel=1e-4)


def test_settings_are_checked_by_name():
    one = native.Compressor(48000)
    with pytest.raises(KeyError, match="missing setting ratio"):
        one.set({name: value for name, value in HARD.flat().items() if name != "ratio"})
    with pytest.raises(KeyError, match="unknown setting colour"):
        one.set(HARD.flat() | {"colour": 1.0})
