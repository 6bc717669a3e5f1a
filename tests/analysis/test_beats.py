"""Tempo, beats and bars of onset curves whose pulse is known."""

import numpy as np
import pytest

from mixwright.analysis.beats import DEFAULT_BPM, LEAST_CONFIDENCE, find_beats

STEP_S = 256 / 44100


def onsets(
    bpm: float,
    *,
    seconds: float = 20.0,
    start_s: float = 0.3,
    metre: int = 4,
    off_beat: float = 0.0,
    off_beat_at: float = 0.5,
    jitter_s: float = 0.0,
    drift: float = 0.0,
) -> np.ndarray:
    """Onset curve in dB: 20 on first beats, 12 on others, `off_beat` between them, over a little noise."""
    random = np.random.default_rng(1)
    curve = 0.5 * random.random(int(seconds / STEP_S))
    time, beat = start_s, 0
    while time < seconds - 0.1:
        period = 60 / bpm * (1 + drift * np.sin(time / 3))
        curve[round((time + jitter_s * random.standard_normal()) / STEP_S)] += 12 if beat % metre else 20
        if off_beat and time + off_beat_at * period < seconds - 0.1:
            curve[round((time + off_beat_at * period) / STEP_S)] += off_beat
        time += period
        beat += 1
    return curve


@pytest.mark.parametrize("bpm", [60, 70, 80, 92, 104, 117.3, 128, 140, 150, 160])
def test_clicks_at_many_tempos(bpm):
    beats = find_beats(onsets(bpm), STEP_S)
    assert beats.tempo_bpm == pytest.approx(bpm, rel=5e-4)
    assert beats.confidence > 0.8
    assert beats.steady
    np.testing.assert_allclose(beats.times_s[:5], 0.3 + np.arange(5) * 60 / bpm, atol=2 * STEP_S)


@pytest.mark.parametrize("bpm", [80, 104, 120, 150])
@pytest.mark.parametrize(("strength", "place"), [(6, 0.5), (6, 2 / 3), (6, 0.58)])
def test_eighths_straight_and_swung_keep_the_tempo(bpm, strength, place):
    beats = find_beats(onsets(bpm, off_beat=strength, off_beat_at=place), STEP_S)
    assert beats.tempo_bpm == pytest.approx(bpm, rel=1e-3)
    assert beats.times_s[0] == pytest.approx(0.3, abs=2 * STEP_S)


@pytest.mark.parametrize("bpm", [45, 57, 174, 190, 205, 230])
def test_extreme_tempos_come_out_in_a_neighbouring_octave(bpm):
    octaves = np.log2(find_beats(onsets(bpm, off_beat=6), STEP_S).tempo_bpm / bpm)
    assert octaves == pytest.approx(round(octaves), abs=2e-3)
    assert abs(octaves) <= 1.01


@pytest.mark.parametrize("metre", [3, 4])
@pytest.mark.parametrize("start_s", [0.05, 0.3, 1.1])
def test_bars(metre, start_s):
    beats = find_beats(onsets(110, metre=metre, start_s=start_s, seconds=30), STEP_S)
    bar_s = metre * 60 / 110
    assert beats.beats_per_bar == metre
    assert beats.bar_confidence > 0.5
    error = (beats.downbeats_s - start_s + bar_s / 2) % bar_s - bar_s / 2
    assert np.abs(error).max() < 3 * STEP_S


def test_players_are_not_machines():
    human = find_beats(onsets(96, jitter_s=0.008, off_beat=5), STEP_S)
    assert human.tempo_bpm == pytest.approx(96, rel=2e-3)
    drifting = find_beats(onsets(96, drift=0.04, seconds=40), STEP_S)
    assert not drifting.steady
    assert drifting.tempo_bpm == pytest.approx(96, rel=0.03)
    spacing = np.diff(drifting.times_s)
    assert spacing.min() == pytest.approx(60 / 96 * 0.96, rel=0.015)
    assert spacing.max() == pytest.approx(60 / 96 * 1.04, rel=0.015)


def test_a_break_does_not_lose_the_beat():
    curve = onsets(120, seconds=40)
    curve[round(15 / STEP_S) : round(22 / STEP_S)] = 0.0
    beats = find_beats(curve, STEP_S)
    after = beats.times_s[beats.times_s > 25]
    assert np.abs((after - 0.3 + 0.25) % 0.5 - 0.25).max() < 3 * STEP_S


def test_no_pulse_no_beats():
    random = np.random.default_rng(3)
    for curve in (np.zeros(5000), random.random(5000), (random.random(5000) < 0.02) * 12.0):
        beats = find_beats(curve, STEP_S)
        assert beats.confidence < LEAST_CONFIDENCE
        assert not beats.times_s.size
        assert beats.nearest_bar_s(3.0) == 3.0
    assert find_beats(np.ones(100), STEP_S).tempo_bpm == DEFAULT_BPM
    assert find_beats(np.zeros(0), STEP_S).confidence == 0.0


def test_nearest_bar():
    beats = find_beats(onsets(120), STEP_S)
    assert beats.nearest_bar_s(4.9) == pytest.approx(4.3, abs=2 * STEP_S)
