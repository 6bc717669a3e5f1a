"""What is expected of engineers, and draws of them."""

import numpy as np
import pytest

from mixwright.models.levels import expected_levels, sample_levels
from mixwright.models.track_facts import Facts
from mixwright.roles import Role

BAND = [
    Facts(Role.KICK, -24.0), Facts(Role.SNARE, -23.0), Facts(Role.OVERHEADS, -27.0, is_stereo=True),
    Facts(Role.BASS, -20.0), Facts(Role.ELECTRIC_GUITAR, -18.0), Facts(Role.ELECTRIC_GUITAR, -17.0),
    Facts(Role.LEAD_VOCAL, -22.0), Facts(Role.BACKING_VOCAL, -21.0),
]  # fmt: skip


def test_levels_are_re_the_median_and_leave_all_gains_alone():
    levels = [each.mean_lu for each in expected_levels(BAND)]
    assert np.median(levels) == pytest.approx(0, abs=1e-9)
    louder = [Facts(f.role, f.raw_lufs + 12.0, f.is_stereo) for f in BAND]
    np.testing.assert_allclose([each.mean_lu for each in expected_levels(louder)], levels, atol=1e-9)


def test_the_lead_stands_above_the_band():
    levels = {fact.role: each.mean_lu for fact, each in zip(BAND, expected_levels(BAND), strict=True)}
    assert levels[Role.LEAD_VOCAL] > levels[Role.BACKING_VOCAL]
    assert levels[Role.LEAD_VOCAL] > levels[Role.OVERHEADS]


def test_a_louder_raw_track_is_kept_louder_in_part():
    loud = [Facts(f.role, f.raw_lufs + (6.0 if at == 4 else 0.0), f.is_stereo) for at, f in enumerate(BAND)]
    moved = expected_levels(loud)[4].mean_lu - expected_levels(BAND)[4].mean_lu
    assert 0.0 < moved < 7.0


def test_draws_spread_as_they_say_and_repeat():
    draws = sample_levels(BAND, 4000, seed=3)
    np.testing.assert_array_equal(draws, sample_levels(BAND, 4000, seed=3))
    assert np.abs(np.median(draws, axis=1)).max() < 1e-9
    expected = expected_levels(BAND)
    # the median that is taken out moves means by less than half of one spread
    for column, each in zip(draws.T, expected, strict=True):
        assert column.mean() == pytest.approx(each.mean_lu, abs=0.5 * each.spread_lu)
    kick, snare = draws[:, 0], draws[:, 1]
    lead = draws[:, 6]
    assert np.corrcoef(kick, snare)[0, 1] > np.corrcoef(kick, lead)[0, 1] + 0.1


def test_no_tracks_no_levels():
    assert expected_levels([]) == []
