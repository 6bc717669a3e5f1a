import numpy as np
import pytest
from dsp.laws import assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from dsp.test_saturation import LATENCY, PERIOD, aliases_db, last_period, tones
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import saturation as reference

from mixwright._core import native
from mixwright.dsp.soft_clip import SoftClip, soft_clip

RATE = 48000


def processor(values: SoftClip, rate: float = RATE):
    one = native.SoftClip(rate)
    one.set(values.flat())
    return one


def test_off_is_neutral():
    assert native.SoftClip.neutral(SoftClip().flat())
    assert not native.SoftClip.neutral(SoftClip(on=True).flat())


def test_below_the_threshold_it_is_a_delay_to_the_bit():
    audio = bursts(3000) * np.float32(0.3)
    out = soft_clip(audio, RATE, SoftClip(on=True, threshold_db=-3))
    np.testing.assert_array_equal(out[:, LATENCY:], audio[:, :-LATENCY])


@pytest.mark.parametrize("threshold_db", [-12, -3, 0])
@pytest.mark.parametrize("ceiling_db", [-6, 0])
def test_equals_ideal_oversampling(threshold_db, ceiling_db):
    values = SoftClip(on=True, threshold_db=threshold_db, ceiling_db=ceiling_db)
    period = tones((11, 0.7), (29, 0.5))
    out = last_period(lambda x: soft_clip(x, RATE, values), period)
    # A sharp knee's harmonics reach into the filters' slopes; the wide one's do not.
    np.testing.assert_allclose(
        out, reference.soft_clip(period, values), atol=2e-4 if threshold_db == -12 else 2e-3
    )


def test_slow_waves_end_at_the_ceiling():
    ramp = np.linspace(0, 4, 48000)[None].astype(np.float32)
    out = soft_clip(ramp, RATE, SoftClip(on=True, threshold_db=-6, ceiling_db=-1))
    assert out.max() == pytest.approx(10 ** (-1 / 20), rel=1e-3)
    assert (np.diff(out[0, LATENCY:]) > -1e-4).all()


@pytest.mark.parametrize("frequency", [5000, 9000, 13000, 15000])
def test_aliases_stay_below_75_db(frequency):
    bin_ = round(frequency / RATE * PERIOD) | 1
    values = SoftClip(on=True, threshold_db=-9, ceiling_db=0)
    out = last_period(lambda x: soft_clip(x, RATE, values), tones((bin_, 1.1)))  # 0.8 dB over the ceiling
    assert aliases_db(out, bin_) < -75


@settings(max_examples=10, deadline=None)
@given(st.floats(-12, 0), splits, st.integers(1, 2))
def test_blocks_do_not_matter(threshold_db, lengths, channels):
    values = SoftClip(on=True, threshold_db=threshold_db)
    audio = bursts(1500, channels) * np.float32(1.5)
    assert_splits_are_bit_identical(lambda: processor(values), audio, lengths)


@pytest.mark.parametrize("name", nasty_inputs())
def test_output_is_finite(name):
    assert np.isfinite(soft_clip(nasty_inputs()[name], 22050, SoftClip(on=True))).all()
