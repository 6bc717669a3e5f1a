"""ITU-R BS.1770-4: published filter coefficients, reference tone and channel weights."""

import numpy as np
import pytest
from conformance.signals import RATE, tone
from scipy import signal

from mixwright.analysis.loudness import k_weighting, measure_loudness

PUBLISHED = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
    [1, -2, 1, 1, -1.99004745483398, 0.99007225036621],
]


def test_coefficients_at_48_khz_are_the_published_ones():
    np.testing.assert_allclose(k_weighting(48000), PUBLISHED, atol=1e-9)


@pytest.mark.parametrize("channel", range(5))
def test_full_scale_997_hz_in_one_channel(channel):
    expected = -3.01 if channel < 3 else -1.52
    audio = np.zeros((5, 20 * RATE), np.float32)
    audio[channel] = tone(0, 20, 997.0, channels=1)[0]
    assert measure_loudness(audio, RATE).integrated_lufs == pytest.approx(expected, abs=0.02)


def weighted_loudness(audio, rate):
    """Ungated loudness by scipy, from the published coefficients where they hold."""
    weighted = signal.sosfilt(PUBLISHED if rate == 48000 else k_weighting(rate), audio.astype(float))
    return -0.691 + 10 * np.log10(np.sum(np.mean(weighted**2, axis=1)))


def test_equals_the_formula_on_noise():
    audio = np.random.default_rng(1).normal(0, 0.1, (2, 5 * RATE)).astype(np.float32)
    audio[1] *= 0.3
    # The windows at both ends count less than those in the middle: nearly, not exactly, the plain mean.
    expected = pytest.approx(weighted_loudness(audio, RATE), abs=0.005)
    assert measure_loudness(audio, RATE).integrated_lufs == expected


def multitone(rate, seconds=2):
    """Pink-like tones from 30 Hz to 9 kHz, the same waveform at every rate."""
    rng = np.random.default_rng(7)
    time = np.arange(seconds * rate) / rate
    wave = sum(np.sin(2 * np.pi * f * time + rng.uniform(0, 6)) for f in np.geomspace(30, 9000, 30))
    return (0.02 * wave).astype(np.float32)[np.newaxis]


@pytest.mark.parametrize("rate", [22050, 32000, 44100, 88200, 96000, 176400, 192000])
def test_all_sample_rates_agree(rate):
    here = measure_loudness(multitone(rate), rate).integrated_lufs
    assert here == pytest.approx(measure_loudness(multitone(RATE), RATE).integrated_lufs, abs=0.02)
