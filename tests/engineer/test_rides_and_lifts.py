"""Automation: rides even the lead out in its pauses only, lifts stay small, faders carry curves along."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright.analysis.sections import Section
from mixwright.engineer.desk import Desk
from mixwright.engineer.engineer import work
from mixwright.engineer.faders import ride_db, with_changes, with_curves
from mixwright.engineer.intent import intend
from mixwright.engineer.sections import (
    MOST_RIDE_DB,
    RIDE_TOLERANCE_DB,
    Phrase,
    _lift_points,
    find_phrases,
    loudest_sections,
    ride_moves,
)
from mixwright.mix_model import Curve, Mix, Strip
from tests.engineer.rendering import analyse_tracks, make_project

SR = 22050
SECONDS = 40
TIME = np.arange(SECONDS * SR) / SR
SUNG = np.mod(TIME, 5.0) < 3.5


def tone(hz: float) -> np.ndarray:
    return 0.1 * sum(np.sin(2 * np.pi * hz * k * TIME + k) / k for k in range(1, 12))


def song(seconds: int = SECONDS) -> dict[str, np.ndarray]:
    """A singer whose second half is 10 dB softer over an even guitar."""
    soft = np.where(TIME < SECONDS / 2, 1.0, 0.3)
    tracks = {"Lead Vocal": (tone(330) * SUNG * soft)[None], "Guitar": tone(196)[None]}
    return {name: audio[:, : seconds * SR] for name, audio in tracks.items()}


def desk_of(tracks: dict[str, np.ndarray], **brief: object) -> Desk:
    project = make_project(tracks, SR, **brief)
    return work(project, analyse_tracks(project, tracks))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_of(song(), rough="ignore")


def test_rides_even_out_what_is_sung_and_move_in_pauses_only(desk):
    (curve,) = desk.mix.curves
    lead = desk.lead.id
    assert curve.path == f"strips.{lead}.fader_db"
    phrases = find_phrases(desk, lead)
    ridden = [p.over_rest_db + ride_db(desk.mix, curve.path, np.array(p.middle_s)) for p in phrases]
    assert np.ptp(ridden) < np.ptp([p.over_rest_db for p in phrases]) - 2.0
    for phrase in phrases:
        inside = ride_db(desk.mix, curve.path, np.linspace(phrase.start_s, phrase.end_s, 20))
        assert np.ptp(inside) == 0
        assert np.abs(inside).max() <= MOST_RIDE_DB + 0.01


def test_the_decision_holds_the_curve(desk):
    assert [c for d in desk.decisions for c in d.curves] == list(desk.mix.curves)


def test_a_song_of_twenty_seconds_and_a_kept_balance_are_not_ridden():
    assert not desk_of(song(20), rough="ignore").mix.curves
    assert not desk_of(song(), rough="keep").mix.curves


def test_what_is_meant_in_an_excerpt_includes_the_ride(desk):
    lead = desk.lead.id
    path = f"strips.{lead}.fader_db"
    plain = Desk(desk.project, desk.analysis, desk.mix.replace(curves=()))
    for span in ((0.0, 3.4), (30.0, 33.4)):
        ride = float(ride_db(desk.mix, path, np.array(span[0] + 1.5)))
        change = 10 * np.log10(
            intend(desk, [span]).power[lead].sum() / intend(plain, [span]).power[lead].sum()
        )
        assert change == pytest.approx(ride, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=12))
def test_rides_are_bounded_and_never_spread_phrases_further(over):
    phrases = [Phrase(4.0 * k, 4.0 * k + 2.0, level) for k, level in enumerate(over)]
    moves = ride_moves(phrases)
    assert np.abs(moves).max() <= MOST_RIDE_DB
    assert np.std(np.array(over) + moves) <= np.std(over) + 1e-9 or np.std(over) < 2 * RIDE_TOLERANCE_DB


def test_even_phrases_stay():
    assert not ride_moves([Phrase(5.0 * k, 5.0 * k + 3, 2.0 + 0.4 * (k % 2)) for k in range(6)]).any()


def test_a_changed_fader_takes_its_curve_along():
    path = "strips.a.fader_db"
    mix = Mix(strips=(Strip(id="a", fader_db=-6.0), Strip(id="b")))
    mix = with_curves(mix, [Curve(path=path, points=((0.0, -6.0), (2.0, -4.0), (5.0, -7.5)))])
    times = np.linspace(0, 6, 25)
    louder = with_changes(mix, {path: -3.5, "strips.b.fader_db": 1.0})
    np.testing.assert_allclose(ride_db(louder, path, times), ride_db(mix, path, times), atol=1e-9)
    assert louder.channel("a").fader_db == -3.5
    assert with_changes(louder, {path: -6.0, "strips.b.fader_db": 0.0}) == mix


def section(start: float, end: float, label: str, energy: float) -> Section:
    return Section(start, end, label, energy, ("a",), energy == 2.0, False)


def test_lifts_hold_over_repeats_of_the_loudest_section():
    sections = (
        section(0, 20, "A", -1.0),
        section(20, 40, "B", 2.0),
        section(40, 60, "B", 1.5),
        section(60, 100, "A", -1.0),
    )
    loudest, contrast = loudest_sections(sections)
    assert [s.start_s for s in loudest] == [20, 40]
    assert contrast == pytest.approx(2.75)
    curve = Curve(path="buses.a.fader_db", points=_lift_points(loudest, 0.0, 0.8))
    times, values = np.array(curve.points).T
    assert np.interp([10, 20, 40, 59, 61], times, values) == pytest.approx([0, 0.8, 0.8, 0.8, 0])
