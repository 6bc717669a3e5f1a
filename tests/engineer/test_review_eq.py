"""Corrections of tone in the review: the band that is wrong is moved, and no other."""

import numpy as np
import pytest

from mixwright.analysis.bands import BANDS, CENTERS_HZ, band_index
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.review import (
    MOST_CORRECTED_BANDS,
    Finding,
    _few_gains,
    _helpless,
    _missing_db,
    within_budget,
)
from mixwright.engineer.tone import BUDGET_DB

SR = 44100
MOVES = (("low_shelf", 70.0, 0.7), ("bell", 250.0, 1.0), ("bell", 1200.0, 1.0), ("high_shelf", 6000.0, 0.7))
SHAPES = np.stack([band_unit_db(*move, SR) for move in MOVES], axis=1)


@pytest.mark.parametrize("wrong", range(len(MOVES)))
@pytest.mark.parametrize("gain_db", [-6.0, 4.0])
def test_one_wrong_band_is_taken_back_alone(wrong, gain_db):
    gains = _few_gains(SHAPES, -gain_db * SHAPES[:, wrong])
    assert gains[wrong] == pytest.approx(-gain_db, abs=0.5)
    assert not np.any(np.delete(gains, wrong))


def test_at_most_a_few_bands_move():
    wanted = SHAPES @ np.array([3.0, -4.0, 5.0, -3.0])
    assert np.count_nonzero(_few_gains(SHAPES, wanted)) <= MOST_CORRECTED_BANDS
    assert not _few_gains(SHAPES, np.zeros(BANDS)).any()


def spectrum() -> np.ndarray:
    """A bass: strong from 60 to 250 Hz only."""
    return 10 ** (np.where((CENTERS_HZ > 55) & (CENTERS_HZ < 260), -20.0, -60.0) / 10)


@pytest.mark.parametrize("level_db", [-8.0, 3.0])
def test_a_wrong_level_is_no_wrong_tone(level_db):
    missing = _missing_db(spectrum(), spectrum() * 10 ** (level_db / 10))
    np.testing.assert_allclose(missing, 0.0, atol=1e-9)


def test_a_bump_over_half_of_what_a_track_has_is_seen_at_its_height():
    bump = 8.0 * band_unit_db("bell", 250.0, 1.0, SR)
    missing = _missing_db(spectrum(), spectrum() * 10 ** (bump / 10))
    assert missing[band_index(250.0)] == pytest.approx(-bump[band_index(250.0)], abs=1.0)
    assert abs(missing[band_index(63.0)]) < 1.5


@pytest.mark.parametrize(("before", "change"), [((5, 5), (4, 0)), ((10, -5), (0, -3)), ((8, 9), (-6, 1))])
def test_corrections_keep_the_budget(before, change):
    before, change = (np.array(values, float) for values in (before, change))
    done = within_budget(before, change)
    assert np.abs(before + done).sum() <= max(BUDGET_DB, np.abs(before).sum())
    assert np.all(done * change >= 0)
    if np.abs(before + change).sum() <= np.abs(before).sum():
        np.testing.assert_array_equal(done, change)


def finding(kind: str, target: str, off: float) -> Finding:
    return Finding(kind, target, off, 1.0, "", "", "", {}, {})


def test_what_does_not_get_better_is_given_up():
    before = [finding("tone", "a", 3.0), finding("level", "a", 2.0), finding("side", "b", -4.0)]
    after = [finding("tone", "a", -3.1), finding("side", "b", -1.0)]
    assert _helpless(before, after) == {("tone", "a")}
