"""Pitch of synthetic notes."""

import numpy as np
import pytest

from mixwright.analysis.pitch import note_name
from tests.analysis.test_resonances import melody
from tests.analysis.test_song import SR, measure, noise, sine


@pytest.mark.parametrize("hz", [55.0, 82.4, 110.0, 220.0, 440.0, 880.0])
def test_one_note(hz):
    pitch = measure(melody([hz], 4.0)).pitch
    assert pitch.tonal
    assert pitch.lowest_hz == pytest.approx(hz, rel=0.04)
    assert pitch.highest_hz == pytest.approx(hz, rel=0.04)


def test_range_of_a_melody():
    pitch = measure(melody([110.0, 165.0, 220.0, 330.0], 10.0)).pitch
    assert pitch.share > 0.9
    assert pitch.lowest_hz == pytest.approx(110, rel=0.04)
    assert pitch.highest_hz == pytest.approx(330, rel=0.04)


def test_a_sine_has_a_pitch():
    assert measure(sine(330.0)).pitch.lowest_hz == pytest.approx(330, rel=0.04)


def test_missing_fundamental():
    phase = 2 * np.pi * 120.0 * np.arange(4 * SR) / SR
    pitch = measure(0.1 * sum(np.sin(k * phase) / k for k in range(2, 9))).pitch
    assert pitch.lowest_hz == pytest.approx(120, rel=0.04)


def test_noise_and_clicks_have_none():
    clicks = np.zeros(6 * SR)
    clicks[:: SR // 4] = 0.5
    for sound in (noise(6.0), clicks):
        pitch = measure(sound).pitch
        assert not pitch.tonal
        assert (pitch.lowest_hz, pitch.highest_hz) == (None, None)
    assert measure(np.zeros(SR)).pitch.share == 0


def test_note_names():
    assert [note_name(hz) for hz in (440.0, 27.5, 261.63, 41.2, 466.2)] == ["A4", "A0", "C4", "E1", "A#4"]
