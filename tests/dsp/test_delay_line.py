import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright._core import native
from mixwright.dsp.delay_line import DelayLine, delay

RATE = 48000
SINC_LATENCY = 31


def processor(values: DelayLine, rate: float = RATE):
    one = native.DelayLine(rate)
    one.set(values.flat())
    return one


def response(values: DelayLine, rate: float = RATE, samples: int = 8192) -> np.ndarray:
    return delay(np.eye(1, samples, dtype=np.float32), rate, values)[0].astype(float)


def test_defaults_are_neutral():
    assert native.DelayLine.neutral(DelayLine().flat())
    assert not native.DelayLine.neutral(DelayLine(delay_ms=0.01).flat())
    audio = bursts(1000)
    np.testing.assert_array_equal(delay(audio, RATE, DelayLine()), audio)


@pytest.mark.parametrize("samples", [1, 63, 64, 1000, 24000])
def test_whole_samples_are_copied(samples):
    audio = bursts(30000)
    out = delay(audio, RATE, DelayLine(delay_ms=samples / RATE * 1000))
    np.testing.assert_array_equal(out[:, samples:], audio[:, :-samples])
    assert not out[:, :samples].any()


@pytest.mark.parametrize("rate", RATES)
def test_latency_is_reported(rate):
    assert processor(DelayLine(delay_ms=3), rate).latency == 0
    assert processor(DelayLine(delay_ms=3, fractional=True), rate).latency == SINC_LATENCY


@pytest.mark.parametrize("samples", [0.0, 0.1, 0.5, 0.999, 17.25, 1000.7])
def test_fractional_delay_keeps_amplitude_and_phase(samples):
    """To 0.9 Nyquist: amplitude within 0.001 dB, delay within 0.0005 samples (a window of 90 dB)."""
    spectrum = np.fft.rfft(response(DelayLine(delay_ms=samples / RATE * 1000, fractional=True)))
    angle = np.linspace(0, np.pi, len(spectrum))
    heard = (angle > 0.01) & (angle < 0.9 * np.pi)
    ideal = np.exp(-1j * angle * (samples + SINC_LATENCY))
    ratio = (spectrum / ideal)[heard]
    assert np.abs(20 * np.log10(np.abs(ratio))).max() < 0.001
    assert np.abs(np.angle(ratio) / angle[heard]).max() < 0.0005


@settings(max_examples=15, deadline=None)
@given(delay_ms=st.floats(0, 20), fractional=st.booleans(), lengths=splits)
def test_blocks_do_not_matter(delay_ms, fractional, lengths):
    values = DelayLine(delay_ms=delay_ms, fractional=fractional)
    assert_splits_are_bit_identical(lambda: processor(values), bursts(2000), lengths)


@pytest.mark.parametrize("fractional", [False, True])
def test_changes_do_not_click(fractional):
    """A change cross-fades: a sine's slope stays near its own."""
    tone = np.sin(2 * np.pi * 200 / RATE * np.arange(RATE)).astype(np.float32)[None]
    one = processor(DelayLine(delay_ms=1, fractional=fractional))
    parts = []
    for k in range(20):
        one.set(DelayLine(delay_ms=1 + 0.5 * k, fractional=fractional).flat())
        parts.append(one.process(np.ascontiguousarray(tone[:, 1000 * k : 1000 * (k + 1)])))
    out = np.concatenate(parts, axis=1)[0, 2000:]
    steepest = 2 * np.pi * 200 / RATE
    assert np.abs(np.diff(out)).max() < 1.5 * steepest


def test_reset_forgets():
    one = processor(DelayLine(delay_ms=2.345, fractional=True))
    first = one.process(bursts(1000))
    one.reset()
    one.set(DelayLine(delay_ms=2.345, fractional=True).flat())
    np.testing.assert_array_equal(one.process(bursts(1000)), first)


@pytest.mark.parametrize("name", nasty_inputs())
def test_nasty_inputs_stay_finite(name):
    out = delay(nasty_inputs()[name], RATE, DelayLine(delay_ms=1.234, fractional=True))
    assert np.isfinite(out).all()
