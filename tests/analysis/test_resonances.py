"""Resonances of filtered noise whose centre is known, and notes that are none."""

import numpy as np
import pytest
import scipy.signal

from mixwright.analysis.resonances import Resonance
from tests.analysis.test_song import SR, measure, noise, sine


def ringing(hz: float, q: float, gain_db: float, seconds: float = 6.0) -> np.ndarray:
    """Noise through a bell."""
    root = 10 ** (gain_db / 40)
    w = 2 * np.pi * hz / SR
    alpha = np.sin(w) / (2 * q)
    b = [1 + alpha * root, -2 * np.cos(w), 1 - alpha * root]
    a = [1 + alpha / root, -2 * np.cos(w), 1 - alpha / root]
    return scipy.signal.lfilter(b, a, noise(seconds, level=0.05))


def melody(notes_hz: list[float], seconds: float = 10.0) -> np.ndarray:
    per_note = int(seconds * SR / 20)
    hz = np.repeat([notes_hz[k % len(notes_hz)] for k in range(20)], per_note)
    phase = 2 * np.pi * np.cumsum(hz) / SR
    return 0.1 * sum(np.sin(k * phase) / k for k in range(1, 13))


def faults(sound: np.ndarray) -> list[Resonance]:
    return [r for r in measure(sound).resonances if not r.follows_pitch]


@pytest.mark.parametrize(("hz", "q"), [(300.0, 8), (800.0, 8), (2500.0, 12), (6000.0, 15)])
def test_a_bell_is_found_with_its_frequency_and_width(hz, q):
    (found,) = faults(ringing(hz, q, 18.0))
    assert found.hz == pytest.approx(hz, rel=0.02)
    assert 0.4 < found.q / q < 3
    assert found.excess_db == pytest.approx(12, abs=5)
    assert found.share_of_frames > 0.6


def test_noise_has_none_whatever_its_colour():
    assert faults(noise(6.0)) == []
    assert faults(scipy.signal.lfilter([1], [1, -0.97], noise(6.0, level=0.02))) == []


def test_more_ring_more_excess():
    excess = [faults(ringing(1000.0, 10, gain))[0].excess_db for gain in (18.0, 22.0, 26.0)]
    assert excess[0] < excess[1] < excess[2]


@pytest.mark.parametrize("notes", [[110.0], [220.0, 246.9, 261.6, 293.7], [440.0, 440.0, 493.9, 587.3]])
def test_notes_are_no_resonances(notes):
    found = measure(melody(notes)).resonances
    assert found
    assert all(r.follows_pitch for r in found)


def test_a_whistle_in_the_music_is_one():
    music = melody([220.0, 246.9, 261.6, 293.7]) + noise(10.0, level=0.001)
    (found,) = faults(music + sine(5200.0, 10.0, level=0.02))
    assert found.hz == pytest.approx(5200, rel=0.02)
    assert found.share_of_frames > 0.9
    assert found.q > 15


def test_level_and_silence():
    loud, quiet = ringing(800.0, 8, 18.0), 0.01 * ringing(800.0, 8, 18.0)
    assert faults(quiet)[0].hz == pytest.approx(faults(loud)[0].hz, rel=1e-3)
    assert measure(np.zeros(SR)).resonances == ()
    assert measure(noise(0.2)).resonances == ()
