"""EBU Tech 3341 (2023), table 1, by case number. Cases 7 and 8 are programme material and not made here.

The tolerance of 0.1 LU, and of +0.2/-0.4 dB for true peaks, is EBU's own.
"""

import numpy as np
import pytest
from conformance.signals import RATE, silence, steps, tone

from mixwright.analysis.loudness import LoudnessMeter, measure_loudness
from mixwright.analysis.true_peak import true_peak_dbtp

STEADY = {1: -23.0, 2: -33.0}
GATED = {
    3: [(-36, 10), (-23, 60), (-36, 10)],
    4: [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
    5: [(-26, 20), (-20, 20.1), (-26, 20)],
}


@pytest.mark.parametrize("case", STEADY)
def test_steady_tone_reads_the_same_in_all_windows(case):
    meter = LoudnessMeter(RATE, 2)
    meter.add(tone(STEADY[case], 20))
    assert meter.integrated_lufs == pytest.approx(STEADY[case], abs=0.1)
    np.testing.assert_allclose(meter.momentary_curve_lufs, STEADY[case], atol=0.1)
    np.testing.assert_allclose(meter.short_term_curve_lufs, STEADY[case], atol=0.1)


@pytest.mark.parametrize("case", GATED)
def test_gates(case):
    assert measure_loudness(steps(GATED[case]), RATE).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("layout", ["5.0", "5.1"])
def test_case_6_surround(layout):
    levels = [-28, -28, -24, -30, -30]
    audio = np.concatenate([tone(level, 20, channels=1) for level in levels])
    if layout == "5.1":
        audio = np.insert(audio, 3, tone(0, 20, channels=1)[0], axis=0)  # the LFE channel does not count
    assert measure_loudness(audio, RATE).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_case_9_short_term_is_constant():
    meter = LoudnessMeter(RATE, 2)
    meter.add(steps([(-20, 1.34), (-30, 1.66)] * 5))
    np.testing.assert_allclose(meter.short_term_curve_lufs, -23, atol=0.1)


@pytest.mark.parametrize("i", range(20))
def test_case_10_short_term_maximum_of_a_file(i):
    audio = np.concatenate([silence(0.15 * i), tone(-23, 3), silence(1)], axis=1)
    assert measure_loudness(audio, RATE).short_term_max_lufs == pytest.approx(-23, abs=0.1)


def test_case_11_short_term_maxima_in_one_stream():
    meter = LoudnessMeter(RATE, 2)
    for i in range(20):
        level = -38.0 + i
        segment = [silence(0.15 * i), tone(level, 3), silence(3 - 0.15 * i)]
        meter.add(np.concatenate(segment, axis=1))
        assert meter.short_term_max_lufs == pytest.approx(level, abs=0.1)


def test_case_12_momentary_is_constant():
    meter = LoudnessMeter(RATE, 2)
    meter.add(steps([(-20, 0.18), (-30, 0.22)] * 25))
    np.testing.assert_allclose(meter.momentary_curve_lufs[6:], -23, atol=0.1)  # from 1 s on


@pytest.mark.parametrize("i", range(20))
def test_case_13_momentary_maximum_of_a_file(i):
    audio = np.concatenate([silence(0.02 * i), tone(-23, 0.4), silence(1)], axis=1)
    assert measure_loudness(audio, RATE).momentary_max_lufs == pytest.approx(-23, abs=0.1)


def test_case_14_momentary_maxima_in_one_stream():
    meter = LoudnessMeter(RATE, 2)
    for i in range(20):
        level = -38.0 + i
        segment = [silence(0.02 * i), tone(level, 0.4), silence(0.4 - 0.02 * i)]
        meter.add(np.concatenate(segment, axis=1))
        assert meter.momentary_max_lufs == pytest.approx(level, abs=0.1)


def true_peak_tone(divisor, phase_deg, amplitude, seconds=0.5):
    """Sine at a fraction of the sample rate, faded: a hard onset would ring above the steady waveform."""
    time = np.arange(round(seconds * RATE))
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 1000)
    wave = amplitude * fade * np.sin(2 * np.pi * time / divisor + np.deg2rad(phase_deg))
    return np.tile(wave.astype(np.float32), (2, 1))


TRUE_PEAK_TONES = {
    15: (4, 0, 0.5, -6.0),
    16: (4, 45, 0.5, -6.0),
    17: (6, 60, 0.5, -6.0),
    18: (8, 67.5, 0.5, -6.0),
    19: (4, 45, 1.41, 3.0),
}


@pytest.mark.parametrize("quality", ["reference", "bs1770"])
@pytest.mark.parametrize("case", TRUE_PEAK_TONES)
def test_true_peak_of_tones(case, quality):
    divisor, phase, amplitude, expected = TRUE_PEAK_TONES[case]
    measured = true_peak_dbtp(true_peak_tone(divisor, phase, amplitude), quality)
    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("quality", ["reference", "bs1770"])
@pytest.mark.parametrize("case", [20, 21, 22, 23])
def test_true_peak_of_a_burst_between_samples(case, quality):
    """One louder cycle within a steady sine of fs/6, made at 4 fs and taken down from four offsets.

    The published files are not at hand: this follows their description (peak 0 dBTP, offsets 0 to 3).
    """
    time = np.arange(4 * 4800)
    wave = 0.5 * np.sin(2 * np.pi * time / 24)
    window = np.clip(1 - np.abs(time - time.size / 2) / 480, 0, 1)
    wave *= 1 + np.sin(0.5 * np.pi * window) ** 2  # band limited well below the lower rate's half
    wave /= np.abs(wave).max()
    audio = wave[case - 20 :: 4].astype(np.float32)[np.newaxis]
    assert -0.4 <= true_peak_dbtp(audio, quality) <= 0.2
