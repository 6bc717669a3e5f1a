import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dynamics as reference

from mixwright._core import native
from mixwright.dsp.gate import Gate, gate

RATE = 48000
HARD = Gate(
    threshold_db=-20, ratio=100, range_db=60, attack_ms=0.05, hold_ms=10, release_ms=5, hysteresis_db=6
)


def processor(values: Gate, rate: float = RATE):
    one = native.Gate(rate)
    one.set(values.flat())
    return one


def gain_db(level_db: np.ndarray, values: Gate) -> np.ndarray:
    """Gain over time for a signal whose every sample has the given level."""
    audio = (10 ** (np.asarray(level_db) / 20))[None].astype(np.float32)
    return 20 * np.log10(gate(audio, RATE, values)[0] / audio[0])


@st.composite
def any_settings(draw):
    return Gate().unpack([draw(st.floats(0, 1)) for _ in Gate().pack()])


def test_defaults_are_neutral():
    assert native.Gate.neutral(Gate().flat())
    assert not native.Gate.neutral(HARD.flat())
    audio = bursts(1000)
    np.testing.assert_allclose(gate(audio, RATE, Gate()), audio, rtol=1e-6)


@pytest.mark.parametrize("ratio", [1.5, 2, 10])
def test_closed_gain_follows_the_ratio_down_to_the_range(ratio):
    values = HARD.replace(ratio=ratio, range_db=40.0)
    for below in (1, 5, 20, 50):
        expected = -min((ratio - 1) * below, 40)
        assert gain_db(np.full(9600, -20 - below), values)[-1] == pytest.approx(expected, abs=1e-3)


def test_opens_at_the_threshold_only():
    level = np.repeat([-20.1, -19.9], 4800)
    gains = gain_db(level, HARD)
    assert gains[4799] < -9
    assert gains[4850:].min() > -0.01


def test_stays_open_within_the_hysteresis_and_closes_below_it_after_the_hold():
    level = np.repeat([-10.0, -25.0, -27.0], 4800)  # closes below -26
    gains = gain_db(level, HARD)
    assert gains[100:9600].min() > -0.01
    hold = round(0.010 * RATE)
    assert gains[9600 : 9600 + hold].min() > -0.01
    assert gains[9600 + hold + 20] < -1
    assert gains[-1] == pytest.approx(-60, abs=0.01)


def test_a_closed_gate_does_not_open_within_the_hysteresis():
    assert gain_db(np.full(9600, -22.0), HARD).max() < -1.9


def test_release_covers_63_percent_in_its_time():
    values = HARD.replace(hold_ms=0.0, release_ms=100.0)
    gains = gain_db(np.repeat([-10.0, -70.0], RATE), values)[RATE:]
    assert gains[round(0.1 * RATE)] == pytest.approx(-60 * (1 - np.exp(-1)), abs=0.1)


def test_attack_covers_63_percent_in_its_time():
    gains = gain_db(np.repeat([-70.0, -10.0], RATE), HARD.replace(attack_ms=20.0))[RATE:]
    assert gains[round(0.02 * RATE) - 1] == pytest.approx(-60 * np.exp(-1), abs=0.1)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(any_settings(), st.sampled_from(RATES), st.integers(1, 2), st.integers(0, 2), st.integers(0, 99))
def test_equals_the_reference(values, rate, channels, key_channels, seed):
    audio = bursts(2500, channels, seed)
    key = bursts(2500, key_channels, seed + 1) if key_channels else None
    expected = reference.gate(audio, rate, values, key)
    np.testing.assert_allclose(gate(audio, rate, values, key), expected, atol=3e-5)


@settings(max_examples=10, deadline=None)
@given(any_settings(), splits, st.integers(1, 2), st.booleans())
def test_blocks_do_not_matter(values, lengths, channels, keyed):
    audio = bursts(2000, channels)
    key = bursts(2000, 1, 5) if keyed else None
    assert_splits_are_bit_identical(lambda: processor(values), audio, lengths, key)


def test_look_ahead_opens_before_the_sound():
    values = HARD.replace(lookahead_ms=5.0, attack_ms=0.5)
    assert processor(values).latency == 240
    sound = np.zeros((1, 4800), np.float32)
    sound[0, 1000:] = 0.5
    assert gate(sound, RATE, values)[0, 1240] == pytest.approx(0.5, rel=2e-3)


def test_channels_are_linked():
    audio = bursts(3000)
    audio[1] *= 0.001
    out = gate(audio, RATE, HARD)
    np.testing.assert_allclose(out[1] / audio[1], out[0] / audio[0], rtol=1e-5)


def test_a_key_opens_it():
    quiet, loud = np.full((1, 4800), 0.001, np.float32), np.full((1, 4800), 0.9, np.float32)
    np.testing.assert_allclose(gate(quiet, RATE, HARD, loud)[0, 100:], 0.001, rtol=1e-4)


@pytest.mark.parametrize("name", nasty_inputs())
def test_output_is_finite(name):
    assert np.isfinite(gate(nasty_inputs()[name], 22050, HARD.replace(key_highpass_hz=200.0))).all()


def test_changes_keep_the_state():
    one, audio = processor(HARD), np.full((2, 4803), 0.9, np.float32)
    before = one.process(audio)[0, -1]
    one.set(HARD.replace(release_ms=61.0).flat())
    assert one.process(audio)[0, 0] == pytest.approx(before, rel=1e-4)
    assert one.last_gain_reduction_db == pytest.approx(0, abs=1e-3)
