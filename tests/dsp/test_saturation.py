import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import saturation as reference

from mixwright._core import native
from mixwright.dsp.saturation import Saturation, saturate

RATE, PERIOD, LATENCY = 48000, 4096, 27
KINDS = ["tape", "tube", "solid"]


def processor(values: Saturation, rate: float = RATE):
    one = native.Saturation(rate)
    one.set(values.flat())
    return one


def last_period(process, period: np.ndarray, repeats: int = 3) -> np.ndarray:
    """The settled output for a periodic signal, with the latency taken out."""
    out = process(np.tile(period, repeats).astype(np.float32))
    return np.roll(out[:, -period.shape[1] :], -LATENCY, axis=1).astype(float)


def tones(*pairs: tuple[int, float]) -> np.ndarray:
    """One period of sines at whole bins."""
    n = np.arange(PERIOD)
    return sum(a * np.sin(2 * np.pi * k * n / PERIOD + k) for k, a in pairs)[None]


def aliases_db(out: np.ndarray, bin_: int, rate: float = RATE) -> float:
    """Power below 20 kHz outside the harmonics, relative to the fundamental."""
    power = np.abs(np.fft.rfft(out[0])) ** 2
    audible = np.arange(1, min(len(power), int(20000 / rate * PERIOD)))
    foreign = audible[audible % bin_ != 0]
    return float(10 * np.log10(power[foreign].sum() / power[bin_]))


def test_defaults_are_neutral():
    assert native.Saturation.neutral(Saturation().flat())
    assert native.Saturation.neutral(Saturation(drive_db=6, mix=0).flat())
    assert not native.Saturation.neutral(Saturation(drive_db=6).flat())


@pytest.mark.parametrize("kind", KINDS)
def test_no_drive_is_the_limit_of_little_drive(kind):
    audio = bursts(2000)
    out = saturate(audio, RATE, Saturation(kind=kind, drive_db=0.001))
    np.testing.assert_allclose(out[:, LATENCY:], audio[:, :-LATENCY], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drive_db", [3, 12, 24])
@pytest.mark.parametrize("mix", [0.3, 1])
def test_equals_ideal_oversampling(kind, drive_db, mix):
    """Tones whose harmonics end below the filters' edge; 1e-4 is their ripple."""
    values = Saturation(kind=kind, drive_db=drive_db, mix=mix)
    period = tones((37, 0.15), (101, 0.1))
    repeats = 40 if kind == "tube" else 3  # the mean settles at 8 Hz
    out = last_period(lambda x: saturate(x, RATE, values), period, repeats)
    expected = reference.saturate(period, RATE, values)
    np.testing.assert_allclose(out, expected, atol=2e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frequency", [5000, 7000, 9000, 11000, 13000, 15000])
@pytest.mark.parametrize(("level_db", "drive_db"), [(-12, 18), (-18, 24), (-6, 12)])
def test_aliases_stay_below_80_db(kind, frequency, level_db, drive_db):
    bin_ = round(frequency / RATE * PERIOD) | 1
    period = tones((bin_, 10 ** (level_db / 20)))
    out = last_period(lambda x: saturate(x, RATE, Saturation(kind=kind, drive_db=drive_db)), period)
    assert aliases_db(out, bin_) < -80


def test_tape_makes_odd_harmonics_and_tube_even_ones_too():
    def harmonics(kind):
        out = last_period(
            lambda x: saturate(x, RATE, Saturation(kind=kind, drive_db=9)), tones((64, 0.5)), 20
        )
        spectrum = np.abs(np.fft.rfft(out[0]))
        return 20 * np.log10(spectrum[[128, 192]] / spectrum[64] + 1e-12)

    second, third = harmonics("tape")
    assert second < -90
    assert third > -30
    assert harmonics("tube")[0] > -30


def test_tube_leaves_no_offset():
    out = last_period(lambda x: saturate(x, RATE, Saturation(kind="tube", drive_db=12)), tones((64, 0.5)), 40)
    assert abs(out.mean()) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drive_db", [6, 12, 24])
def test_noise_at_the_reference_keeps_its_level(kind, drive_db):
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.standard_normal(1 << 16))
    spectrum[len(spectrum) // 4 :] = 0  # to 6 kHz: distortion stays within the band
    noise = np.fft.irfft(spectrum)
    noise *= 10 ** (-18 / 20) / noise.std()
    out = saturate(noise[None].astype(np.float32), RATE, Saturation(kind=kind, drive_db=drive_db))
    assert 20 * np.log10(out.std() / noise.std()) == pytest.approx(0, abs=0.1)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(KINDS), st.floats(1, 24), splits, st.integers(1, 2))
def test_blocks_do_not_matter(kind, drive_db, lengths, channels):
    values = Saturation(kind=kind, drive_db=drive_db)
    assert_splits_are_bit_identical(lambda: processor(values), bursts(1500, channels), lengths)


@pytest.mark.parametrize("rate", RATES)
def test_latency_is_the_delay_of_soft_sounds(rate):
    one = processor(Saturation(drive_db=6), rate)
    assert one.latency == LATENCY
    click = np.zeros((2, 200), np.float32)
    click[:, 50] = 1e-4
    out = one.process(click)
    assert (np.argmax(np.abs(out), axis=1) == 50 + LATENCY).all()


@pytest.mark.parametrize("name", nasty_inputs())
@pytest.mark.parametrize("kind", KINDS)
def test_output_is_finite(name, kind):
    assert np.isfinite(saturate(nasty_inputs()[name], 22050, Saturation(kind=kind, drive_db=24))).all()


def test_changes_keep_the_state():
    one = processor(Saturation(drive_db=6))
    tone = tones((40, 0.3)).astype(np.float32)
    before = one.process(tone)
    one.set(Saturation(drive_db=6.01).flat())
    after = one.process(tone)
    assert abs(after[0, 0] - before[0, -1]) < 0.03  # the tone itself moves by 0.018 a sample
