"""Hum of known frequency and level, and sounds that are none."""

import numpy as np
import pytest

from tests.analysis.test_resonances import melody
from tests.analysis.test_song import SR, measure, noise, sine

LEVELS = (1.0, 0.5, 0.6, 0.2, 0.3)


def mains(hz: float, level: float, seconds: float = 10.0) -> np.ndarray:
    time = np.arange(int(seconds * SR)) / SR
    return level * sum(a * np.sin(2 * np.pi * k * hz * time + k) for k, a in enumerate(LEVELS, 1))


def playing(seconds: float = 10.0) -> np.ndarray:
    """A melody with pauses."""
    on = (np.arange(int(seconds * SR)) // SR) % 2 == 0
    return melody([220.0, 261.6], seconds) * on + noise(seconds, level=1e-4)


@pytest.mark.parametrize("hz", [50.0, 60.0])
@pytest.mark.parametrize("level", [0.0005, 0.003])
def test_hum_is_found_with_its_frequency_and_level(hz, level):
    hum = measure(playing() + mains(hz, level)).hum
    assert hum.mains_hz == hz
    assert set(hum.partials_hz) >= {hz, 2 * hz, 3 * hz}
    power = 10 * np.log10(level**2 / 2 * sum(a * a for a in LEVELS))
    assert hum.level_dbfs == pytest.approx(power, abs=1.5)


def test_music_and_noise_do_not_hum():
    assert measure(playing()).hum is None
    assert measure(noise(10.0)).hum is None
    assert measure(np.zeros(10 * SR)).hum is None


def test_a_note_held_throughout_is_no_hum():
    assert measure(melody([50.0]) + noise(10.0, level=1e-4)).hum is None


def test_short_sounds_are_not_judged():
    assert measure(mains(50.0, 0.01, 1.0)).hum is None


@pytest.mark.parametrize("height", [0.05, -0.3])
def test_clicks_are_found_where_they_are(height):
    sound = melody([220.0, 261.6], 8.0)
    for second in (1.3, 4.7, 6.1):
        sound[int(second * SR)] += height
    assert measure(sound).click_times_s == pytest.approx([1.3, 4.7, 6.1], abs=0.006)


def test_a_jump_in_the_waveform_clicks():
    sound = sine(100.0, 6.0)
    sound[3 * SR + 100 :] *= -1  # an edit without a fade
    assert measure(sound).click_times_s == pytest.approx([3.0], abs=0.01)


def test_notes_and_hits_are_no_clicks():
    time = np.arange(SR // 4) / SR
    hit = np.concatenate((noise(0.25, level=0.3) * np.exp(-time / 0.03), np.zeros(SR // 4)))
    drum = np.concatenate((np.sin(2 * np.pi * 60 * time) * np.exp(-time / 0.1), np.zeros(SR // 4)))
    for sound in (np.tile(hit, 8), np.tile(drum, 8), noise(4.0), melody([220.0, 330.0], 5.0), np.zeros(SR)):
        assert measure(sound).click_times_s.size == 0


def test_flat_tops_show_at_any_level():
    sound = np.clip(2 * sine(100.0, 4.0, level=1.0), -1, 1)
    for level in (1.0, 0.3):
        flat = measure(level * sound).flat_samples
        assert flat == pytest.approx(4 * SR * 2 / 3, rel=0.02)  # |sin| > 1/2 for two thirds of the time
    assert measure(sine(997.0, 4.0)).flat_samples == 0
    assert measure(noise(4.0)).flat_samples == 0
    assert measure(np.zeros(SR)).flat_samples == 0
