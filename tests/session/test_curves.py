"""Changes in parts of a song: inside as asked, outside as before."""

import math

import numpy as np
import pytest
from console.songs import rich_mix
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright.mix_model import Curve
from mixwright.session.curves import RAMP_S, apart_from, only_within, with_values


def value_at(mix, path: str, time_s: float) -> float:
    """The value that sounds at a time."""
    for curve in mix.curves:
        if curve.path == path:
            times, values = zip(*curve.points, strict=True)
            if curve.shape == "hold":
                return values[max(int(np.searchsorted(times, time_s, "right")) - 1, 0)]
            return float(np.interp(time_s, times, values))
    return float(next(p.value for p in mix.walk() if p.path == path))


edges = st.lists(st.floats(0, 60).map(lambda s: round(s, 2)), min_size=2, max_size=6, unique=True)
CHANGES = {
    "strips.t0.fader_db": -6.0,  # without a curve
    "strips.t2.fader_db": -3.0,  # with a curve of straight lines
    "strips.t3.pan": 0.1,  # held
    "strips.t5.mute": True,
    "strips.t1.sends.room.level_db": -20.0,
    "returns.room.reverb.decay_s": 2.0,
}


@settings(max_examples=40, deadline=None)
@given(edges)
def test_outside_nothing_changes_and_inside_all(times):
    times = sorted(times)[: len(times) // 2 * 2]
    spans = [(a, b) for a, b in zip(times[::2], times[1::2], strict=True) if b - a > 0.05]
    before = rich_mix()
    after = with_values(before, CHANGES)
    joined, refused = only_within(before, after, spans)
    assert not refused
    probes = np.linspace(0, 70, 211)
    for path in CHANGES:
        for time in probes:
            inside = [(a, b) for a, b in spans if a <= time <= b]
            if not inside:
                assert value_at(joined, path, time) == pytest.approx(value_at(before, path, time), abs=1e-9)
            elif all(min(time - a, b - time) > RAMP_S + 1e-6 for a, b in inside):
                assert value_at(joined, path, time) == pytest.approx(value_at(after, path, time), abs=1e-9)


def test_a_whole_song_is_the_change_itself():
    before = rich_mix()
    after = with_values(before, CHANGES)
    joined, _ = only_within(before, after, [(0.0, math.inf)])
    for path in CHANGES:
        for time in (0.0, 0.4, 3.0, 50.0):
            assert value_at(joined, path, time) == pytest.approx(value_at(after, path, time))


def test_what_cannot_change_during_a_song_is_refused_by_name():
    before = rich_mix()
    after = before.with_values({"strips.t1.compressor.lookahead_ms": 5.0, "strips.t1.fader_db": -9.0})
    joined, refused = only_within(before, after, [(1.0, 2.0)])
    assert refused == ("strips.t1.compressor.lookahead_ms",)
    assert joined.channel("t1").compressor.lookahead_ms == 2.0


def test_curves_move_along_with_their_values_and_stay_in_range():
    mix = rich_mix()
    moved = with_values(mix, {"strips.t2.fader_db": 10.0})  # from -2
    assert moved.curves[0].points == ((0.0, 12.0), (0.5, -8.0), (1.0, 12.0))
    longer = with_values(mix, {"returns.room.reverb.decay_s": mix.returns[0].reverb.decay_s * 2})
    decay = next(c for c in longer.curves if c.path.endswith("decay_s"))
    assert decay.points == ((0.0, 1.0), (1.0, 2.0))


def test_locked_stretches_are_taken_out():
    assert apart_from([(0.0, math.inf)], [(10.0, 20.0)]) == ((0.0, 10.0), (20.0, math.inf))
    assert apart_from([(5.0, 15.0)], [(0.0, 5.0), (10.0, 40.0)]) == ((5.0, 10.0),)
    assert apart_from([(5.0, 6.0)], [(0.0, 9.0)]) == ()


def test_a_curve_is_not_touched_where_nothing_changed():
    before = rich_mix()
    joined, _ = only_within(before, before.with_values({"strips.t0.pan": 0.3}), [(1.0, 2.0)])
    new = [curve for curve in joined.curves if curve not in before.curves]
    assert [curve.path for curve in new] == ["strips.t0.pan"]
    assert isinstance(new[0], Curve)
