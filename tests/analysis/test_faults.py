"""Hum of known frequency and level, and sounds that are none."""

import numpy as np
import pytest

from tests.analysis.test_resonances import melody
from tests.analysis.test_song import SR, measure, noise

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
