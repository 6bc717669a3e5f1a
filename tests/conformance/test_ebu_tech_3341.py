"""EBU Tech 3341 (2023), table 1, by case number. Cases 7 and 8 are programme material and not made here.

The tolerance of 0.1 LU, and of +0.2/-0.4 dB for true peaks, is EBU's own.
"""

import numpy as np
import pytest
from conformance.signals import RATE, silence, steps, tone

from mixwright.analysis.loudness import LoudnessMeter, measure_loudness

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
