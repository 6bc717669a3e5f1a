"""Separation: parts heard too little gain room, within budgets, and nobody listens in a circle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright.analysis.bands import BANDS, CENTERS_HZ, band_index
from mixwright.analysis.masking import listen
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.equalizer import Band, Equalizer
from mixwright.engineer.desk import Desk
from mixwright.engineer.engineer import work
from mixwright.engineer.estimate import dynamic_bands_db
from mixwright.engineer.separation import (
    CARVE_DB,
    MOST_CUTS,
    MOST_FADER_DB,
    floors_of,
    heard_powers,
    separate,
    solve_faders,
)
from mixwright.engineer.slots import free_bands, free_dynamic, used_eq_db
from mixwright.engineer.tone import BUDGET_DB
from mixwright.mix_model import Keys, Strip
from mixwright.roles import Role
from tests.engineer.rendering import analyse_tracks, make_project

SR = 22050
TIME = np.arange(12 * SR) / SR


def scene(levels_db: list[float]):
    """Parts of the same spectrum at these levels."""
    power = np.ones((len(levels_db), 4, BANDS), np.float32)
    return listen(power * 10 ** (np.array(levels_db, np.float32)[:, None, None] / 10))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-20, 0), min_size=2, max_size=6), st.integers(0, 5))
def test_no_part_is_left_less_audible_below_its_floor_and_bounds_hold(levels, lead):
    heard = scene(levels)
    is_lead = np.arange(len(levels)) == lead % len(levels)
    freedom = np.linspace(0, 1, len(levels))
    floor = floors_of(heard)
    moves = solve_faders(heard, is_lead, freedom, floor)
    assert np.all(np.abs(moves) <= MOST_FADER_DB * freedom + 1e-9)
    assert np.all(moves[is_lead] >= 0)
    before, after = (np.maximum(floor - heard.audible(g), 0) for g in (None, moves))
    assert np.sum(after**2) <= np.sum(before**2) + 1e-6


def test_parts_above_their_floor_stay():
    heard = scene([0.0, 0.0])
    assert not solve_faders(heard, np.zeros(2, bool), np.ones(2), np.full(2, 0.3)).any()


def test_the_floor_falls_only_among_many_parts():
    few, many = (floors_of(scene([0.0] * count)) for count in (4, 10))
    assert many == pytest.approx(np.full(10, few[0] / 2))


def note(hz: float, partials: int, slope: float, level: float) -> np.ndarray:
    return level * sum(np.sin(2 * np.pi * hz * k * TIME + k) / k**slope for k in range(1, partials))


def covered() -> dict[str, np.ndarray]:
    """A singer with his strength at 400 Hz to 3 kHz above an organ full of lows that reaches up to there."""
    sung = (np.mod(TIME, 4.0) < 1.5).astype(float)
    return {
        "Lead Vocal": (note(440, 8, 0.5, 0.02) * sung)[None],
        "Organ": note(110, 40, 0.7, 0.2)[None],
        "Bass": note(55, 8, 1.0, 0.2)[None],
    }


@pytest.fixture(scope="module")
def desks() -> tuple[Desk, Desk]:
    """The same song with and without separation, its singer 20 dB too soft before it."""
    tracks = covered()
    project = make_project(tracks, SR, rough="ignore")
    analysis = analyse_tracks(project, tracks)
    found = []
    for separating in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mixwright.engineer.engineer.separate", lambda desk: None)
            desk = work(project, analysis)
        lead = desk.lead.id
        desk.mix = desk.mix.with_values({f"strips.{lead}.fader_db": desk.strip(lead).fader_db - 20})
        if separating:
            separate(desk)
            desk.settle()
        found.append(desk)
    return found[0], found[1]


def test_the_hidden_singer_is_heard_better_and_not_lowered(desks):
    separated, plain = desks
    vocal = next(k for k, t in enumerate(plain.playing) if t.role is Role.LEAD_VOCAL)
    heard = [listen(heard_powers(desk)).audible()[vocal] for desk in (plain, separated)]
    assert heard[1] > heard[0] + 0.01
    id = plain.playing[vocal].id
    assert separated.strip(id).fader_db >= plain.strip(id).fader_db


def test_cuts_keep_their_budgets_and_say_why(desks):
    separated, plain = desks
    moves = [d for d in separated.decisions if d.kind == "separation"]
    assert any(" cut " in d.summary for d in moves)
    for track in separated.playing:
        cuts = [d for d in moves if d.target == track.id and "cut_db" in d.evidence]
        assert len(cuts) <= MOST_CUTS
        assert all(d.evidence["cut_db"] <= CARVE_DB[1] for d in cuts)
        after = used_eq_db(separated.strip(track.id).equalizer)
        assert after <= max(BUDGET_DB, used_eq_db(plain.strip(track.id).equalizer)) + 0.05


def test_a_cut_for_a_part_that_sounds_at_times_listens_to_it(desks):
    separated, _ = desks
    keyed = [
        (strip, name)
        for strip in separated.mix.strips
        for name in ("dynamic1", "dynamic2", "dynamic3", "dynamic4")
        if getattr(strip.keys, name) is not None and getattr(strip, name).range_db < 0
    ]
    assert keyed  # the singer rests more than half of the organ's time
    for strip, name in keyed:
        assert separated.hears(strip.id, getattr(strip.keys, name))
        assert not separated.hears(getattr(strip.keys, name), strip.id)


def test_a_loud_key_moves_the_band_by_its_whole_range(desks):
    track = desks[0].track(desks[0].playing[1].id)
    band = DynamicEq(frequency_hz=1000.0, threshold_db=-60.0, ratio=20.0, range_db=-4.0)
    strip = Strip(id="a", dynamic2=band, keys=Keys(dynamic2="b"))
    loud, silent = (np.full(track.frame_power.shape, level, np.float32) for level in (1.0, 1e-12))
    changes = [
        dynamic_bands_db(strip, track, np.zeros(BANDS), SR, lambda id, key=key: key) for key in (loud, silent)
    ]
    assert changes[0][band_index(1000.0)] == pytest.approx(-4.0, abs=0.4)  # mean over a third octave
    assert np.abs(changes[1]).max() < 1e-6
    assert not dynamic_bands_db(strip, track, np.zeros(BANDS), SR).any()  # an unknown key moves nothing
    assert CENTERS_HZ[band_index(1000.0)] == pytest.approx(1000.0, rel=0.1)


def test_used_bands_and_keyed_slots_are_not_free():
    equalizer = Equalizer(band2=Band(gain_db=2.0), band3=Band(kind="notch"), band5=Band(gain_db=-3.0))
    assert free_bands(equalizer, kept=0) == ["band1", "band4", "band6"]
    assert free_bands(equalizer) == ["band1", "band4"]
    assert used_eq_db(equalizer) == 5.0
    strip = Strip(id="a", dynamic1=DynamicEq(range_db=-3.0), keys=Keys(dynamic2="kick"))
    assert free_dynamic(strip) == "dynamic3"
