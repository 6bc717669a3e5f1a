"""Equaliser: analytic response, SciPy's arithmetic, and bits that do not depend on blocks."""

import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from mixwright._core import native
from mixwright.dsp.equalizer import Band, Equalizer, HighPass, LowPass, equalize, response_db

KINDS = ("bell", "low_shelf", "high_shelf", "notch")
bands = st.builds(
    Band,
    kind=st.sampled_from(KINDS),
    frequency_hz=st.floats(20, 18000),
    gain_db=st.floats(-24, 24),
    q=st.floats(0.1, 30),
)


@st.composite
def equalizers(draw: st.DrawFn) -> Equalizer:
    cuts = {
        "high_pass": HighPass(slope_db_oct=draw(st.sampled_from([0, 12, 24, 48])), frequency_hz=80.0),
        "low_pass": LowPass(slope_db_oct=draw(st.sampled_from([0, 12, 24, 48])), frequency_hz=9000.0),
    }
    count = draw(st.integers(0, 6))
    return Equalizer(**cuts, **{f"band{i + 1}": draw(bands) for i in range(count)})


def impulse_response(settings: Equalizer, sample_rate: int, frames: int = 1 << 17) -> np.ndarray:
    impulse = np.zeros((2, frames), np.float32)
    impulse[:, 0] = 1
    return equalize(impulse, sample_rate, settings)[0].astype(np.float64)


@given(equalizers(), splits, st.sampled_from([1, 2]))
@settings(max_examples=25, deadline=None)
def test_any_split_into_blocks_gives_the_same_bits(equalizer: Equalizer, lengths: list[int], channels: int):
    def make():
        processor = native.Equalizer(48000)
        processor.set(equalizer.flat())
        return processor

    assert_splits_are_bit_identical(make, bursts(3000, channels), lengths)


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize(
    "equalizer",
    [
        Equalizer(high_pass=HighPass(slope_db_oct=12, frequency_hz=200.0)),
        Equalizer(high_pass=HighPass(slope_db_oct=48, frequency_hz=300.0)),
        Equalizer(low_pass=LowPass(slope_db_oct=24, frequency_hz=5000.0)),
        Equalizer(band1=Band(kind="low_shelf", frequency_hz=150.0, gain_db=6.0)),
        Equalizer(band6=Band(kind="high_shelf", frequency_hz=6000.0, gain_db=-9.0)),
        Equalizer(band2=Band(gain_db=12.0, q=4.0), band3=Band(frequency_hz=3000.0, gain_db=-6.0, q=0.5)),
    ],
)
def test_response_is_the_declared_one(equalizer: Equalizer, sample_rate: int):
    spectrum = np.fft.rfft(impulse_response(equalizer, sample_rate))
    frequency = np.fft.rfftfreq(1 << 17, 1 / sample_rate)
    heard = (frequency > 20) & (frequency < min(20000, 0.45 * sample_rate))
    expected = response_db(equalizer, sample_rate, frequency[heard])
    level = 20 * np.log10(np.abs(spectrum[heard]))
    loud = expected > -60  # below, the float32 of the impulse response is what one measures
    np.testing.assert_allclose(level[loud], expected[loud], atol=0.01)


@pytest.mark.parametrize("channels", [1, 2])
def test_nulls_against_scipy(channels: int):
    equalizer = Equalizer(
        high_pass=HighPass(slope_db_oct=24, frequency_hz=60.0),
        band2=Band(frequency_hz=300.0, gain_db=-4.0),
        band4=Band(frequency_hz=2500.0, gain_db=5.0, q=2.0),
        band6=Band(kind="high_shelf", frequency_hz=9000.0, gain_db=3.0),
    )
    sections = [
        signal.butter(4, 60.0, "highpass", fs=48000, output="sos"),
        *(_section(b) for b in equalizer.bands if b.gain_db),
    ]
    audio = bursts(48000, channels)
    ours = equalize(audio, 48000, equalizer)
    theirs = signal.sosfilt(np.vstack(sections), audio.astype(np.float64), axis=1)
    error = np.sqrt(np.mean((ours - theirs) ** 2) / np.mean(theirs**2))
    assert 20 * np.log10(error) < -120


def test_neutral_settings_pass_bits():
    audio = bursts(5000)
    np.testing.assert_array_equal(equalize(audio, 48000, Equalizer()), audio)


def _section(band: Band) -> np.ndarray:
    b0, b1, b2, a0, a1, a2 = native.design_band(band.flat(), 48000)
    return np.array([[b0, b1, b2, a0, a1, a2]]) / a0
