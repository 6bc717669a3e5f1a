"""Width and loudness range: what is estimated agrees with what is rendered, and the genre decides on both."""

import numpy as np
import pytest

from mixwright.analysis.loudness import measure_loudness
from mixwright.engineer.course import range_lu
from mixwright.engineer.desk import Desk
from mixwright.engineer.engineer import work
from mixwright.engineer.genres import Genre, find_genre
from mixwright.engineer.mix_tone import MOST_DB, SHELVES, recorded_share
from mixwright.engineer.sections import lift_share
from mixwright.engineer.stereo import WIDTH_FACTORS, set_panorama
from mixwright.engineer.width import mid_and_side, side_to_mid_db, width_beyond_db
from mixwright.metrics import Sound, stereo
from mixwright.roles import Role
from tests.engineer.rendering import analyse_tracks, make_project, render

SR = 22050
SECONDS = 40
TIME = np.arange(SECONDS * SR) / SR
ROLES = {
    "a": Role.ELECTRIC_GUITAR,
    "b": Role.ELECTRIC_GUITAR,
    "c": Role.KEYS,
    "d": Role.LEAD_VOCAL,
}


def song() -> dict[str, np.ndarray]:
    """Noises of several colours, the second half 9 dB louder; the keys are stereo."""
    random = np.random.default_rng(5)
    louder = np.where(TIME > SECONDS / 2, 2.8, 1.0)
    mono = {n: 0.02 * random.standard_normal((1, TIME.size)) * louder for n in ("a", "b", "d")}
    keys = 0.02 * random.standard_normal((2, TIME.size)) * louder
    keys[1] = 0.6 * keys[0] + 0.8 * keys[1]
    return {name: audio.astype(np.float32) for name, audio in (mono | {"c": keys}).items()}


@pytest.fixture(scope="module")
def desk() -> Desk:
    tracks = song()
    project = make_project(tracks, SR, ROLES, genre="rock", rough="ignore")
    return work(project, analyse_tracks(project, tracks))


def pans_of(desk: Desk) -> dict[str, float]:
    return {strip.id: strip.pan for strip in desk.mix.strips}


def test_estimated_width_is_the_rendered_one_before_reverb(desk):
    dry = desk.mix.with_values(
        {f"strips.{s.id}.sends.{send.to}.level_db": -90.0 for s in desk.mix.strips for send in s.sends}
    )
    total, _ = render(dry, song(), SR)
    estimated = side_to_mid_db(desk, pans_of(desk), 0.0, 30000.0)
    assert estimated == pytest.approx(stereo.side_mid_db(Sound(total, SR)), abs=0.5)


def test_mid_and_side_of_centred_mono_tracks_is_mid_alone(desk):
    pans = dict.fromkeys(pans_of(desk), 0.0)
    mid, side = mid_and_side(desk, pans)
    keys = desk.post_fader_power(next(t.id for t in desk.playing if t.role is Role.KEYS))
    assert np.all(side <= 1.01 * keys)
    assert np.all(mid >= side)


def of_width(genre: Genre, shift_db: float) -> Genre:
    usual = genre.stereo
    moved = tuple(value + shift_db for value in usual.side_to_mid_db)
    narrow = tuple(1.0 for _ in usual.hz)
    return genre.replace(stereo=usual.replace(side_to_mid_db=moved, spread_db=narrow))


@pytest.mark.parametrize("shift_db", [-12.0, 8.0])
def test_pans_follow_the_width_of_the_genre_within_bounds(desk, shift_db):
    before, genre = pans_of(desk), desk.genre
    try:
        desk.genre = of_width(genre, shift_db)
        off = width_beyond_db(desk, before, desk.genre)
        assert off * shift_db < 0  # narrower than a wide genre, wider than a narrow one
        set_panorama(desk)
        desk.settle()
        after = pans_of(desk)
        assert abs(width_beyond_db(desk, after, desk.genre)) < abs(off)
        for id, pan in before.items():
            if abs(pan) > 0.02:
                assert WIDTH_FACTORS[0] - 0.05 <= after[id] / pan <= WIDTH_FACTORS[1] + 0.05
    finally:
        desk.genre = genre
        desk.mix = desk.mix.with_values({f"strips.{id}.pan": pan for id, pan in before.items()})


def test_estimated_range_is_near_the_rendered_one(desk):
    total, _ = render(desk.mix, song(), SR)
    assert range_lu(desk) == pytest.approx(measure_loudness(total, SR).range_lu, abs=1.5)


def test_lifts_end_where_the_genre_ranges_no_further():
    genre = find_genre("pop")
    low, high = genre.dynamics.range_lu
    shares = [lift_share(r, genre) for r in (0.0, low, high, high + 5)]
    assert shares == sorted(shares, reverse=True)
    assert shares[1] == shares[2] == lift_share(None, genre) == 1.0
    assert shares[-1] == 0.0
    assert lift_share(high + 5, find_genre("orchestral")) == 1.0


def test_all_groups_get_the_same_broad_shelves_within_bounds(desk):
    used = {bus.id: bus.equalizer for bus in desk.mix.buses if bus.id in {s.output for s in desk.mix.strips}}
    first = next(iter(used.values()))
    assert all(equalizer == first for equalizer in used.values())
    gains = [band.gain_db for band in first.bands[: len(SHELVES)]]
    assert gains[1] < -2.0  # white noise is far too bright
    assert all(abs(gain) <= MOST_DB for gain in gains)
    told = [d for d in desk.decisions if "broad EQ" in d.summary]
    assert {d.target for d in told} == set(used)


def test_presets_keep_the_tone_their_maker_gave_them():
    tracks = song()
    roles = dict.fromkeys(tracks, Role.SYNTH_PAD) | {"a": Role.SYNTH_LEAD}
    project = make_project(tracks, SR, roles, rough="ignore")
    played = work(project, analyse_tracks(project, tracks))
    assert recorded_share(played) == 0.0
    assert not any("broad EQ" in d.summary for d in played.decisions)
