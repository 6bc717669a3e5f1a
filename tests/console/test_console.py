"""The console's laws: block and thread invariance, routing, latency, automation, stems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwright.console import Console, MasterBus, Trim
from mixwright.console.stems import copies_of, split_returns
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.limiter import Limiter
from mixwright.dsp.soft_clip import SoftClip
from mixwright.mix_model import OFF_DB, Bus, Curve, Keys, Master, Mix, Return, Send, Strip

from .songs import RATE, Memory, noise_tracks, rendered, rich_mix

TRACKS = noise_tracks(6, 1.2)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return rendered(rich_mix(), TRACKS, block=8192)


@pytest.mark.parametrize(("block", "threads"), [(65536, 1), (1000, 2), (8192, 3), (333, 4), (4096, 4)])
def test_any_block_and_thread_count_gives_the_same_bits(reference, block, threads):
    np.testing.assert_array_equal(rendered(rich_mix(), TRACKS, block=block, threads=threads), reference)


def test_single_samples_give_the_same_bits(reference):
    assert np.array_equal(rendered(rich_mix(), TRACKS, block=1, frames=2500), reference[:, :2500])


@settings(max_examples=8, deadline=None)
@given(block=st.integers(2, 9000))
def test_random_blocks_give_the_same_bits(reference, block):
    frames = min(reference.shape[1], 40 * block)
    assert np.array_equal(rendered(rich_mix(), TRACKS, block=block, frames=frames), reference[:, :frames])


def test_a_start_inside_the_song_converges_to_the_full_render():
    tracks = noise_tracks(6, 12.0)
    full = rendered(rich_mix(), tracks, frames=12 * RATE)
    late = rendered(rich_mix(), tracks, start=RATE, frames=11 * RATE)
    difference = np.abs(late[:, 10 * RATE :] - full[:, 11 * RATE :]).max()
    assert difference < 10 ** (-90 / 20)


def test_the_default_mix_is_the_plain_sum_of_stereo_tracks():
    tracks = {k: t for k, t in TRACKS.items() if t.channels == 2}
    mix = Mix(strips=tuple(Strip(id=k) for k in tracks))
    expected = np.sum([t.samples for t in tracks.values()], axis=0, dtype=np.float32)
    np.testing.assert_allclose(rendered(mix, tracks), expected, atol=1e-7)


@pytest.mark.parametrize("pan", [-1, -0.5, 0, 0.25, 1])
def test_mono_tracks_keep_their_power_at_any_pan(pan):
    out = rendered(Mix(strips=(Strip(id="t0", pan=pan),)), TRACKS)
    power = np.sum(out.astype(float) ** 2)
    assert power == pytest.approx(np.sum(TRACKS["t0"].samples.astype(float) ** 2), rel=1e-6)


@pytest.mark.parametrize(("pan", "left", "right"), [(-1, 1, 0), (-0.25, 1, 0.75), (0, 1, 1), (0.5, 0.5, 1)])
def test_stereo_tracks_follow_the_balance_law(pan, left, right):
    out = rendered(Mix(strips=(Strip(id="t1", pan=pan),)), TRACKS)
    expected = TRACKS["t1"].samples * np.array([[left], [right]], np.float32)
    np.testing.assert_allclose(out, expected, atol=1e-7)


def test_a_closed_fader_and_mute_are_silent():
    for strip in (Strip(id="t0", fader_db=OFF_DB), Strip(id="t0", mute=True)):
        assert not rendered(Mix(strips=(strip,)), TRACKS).any()


def test_strips_without_a_track_are_silent():
    assert not rendered(Mix(strips=(Strip(id="gone"),)), {}, frames=1000).any()


def test_look_ahead_is_compensated():
    lookahead = Compressor(ratio=1, lookahead_ms=5, makeup_db=1e-9)
    impulse = np.zeros((2, 4800), np.float32)
    impulse[:, 1000] = 1
    strips = (Strip(id="a", compressor=lookahead, output="bus"), Strip(id="b"))
    mix = Mix(strips=strips, buses=(Bus(id="bus", compressor=lookahead),))
    out = rendered(mix, {"a": Memory(impulse), "b": Memory(impulse)})
    assert list(np.flatnonzero(np.abs(out[0]) > 1e-6)) == [1000]
    assert out[0, 1000] == pytest.approx(2, abs=1e-5)


def test_tracks_ahead_of_the_latest_are_complete_from_their_first_sample():
    signal = np.zeros((2, 4800), np.float32)
    signal[:, 0] = 1
    late = Compressor(ratio=1, lookahead_ms=5, makeup_db=1e-9)
    mix = Mix(strips=(Strip(id="a"), Strip(id="b", compressor=late)))
    out = rendered(mix, {"a": Memory(signal), "b": Memory(np.zeros((2, 4800)))})
    assert out[0, 0] == 1


def test_fader_automation_is_sample_accurate():
    frames = 9600
    ones = Memory(np.ones((2, frames)))
    curve = Curve(path="strips.a.fader_db", points=((0.01, 0), (0.1, -20), (0.1003, 0)))
    out = rendered(Mix(strips=(Strip(id="a"),), curves=(curve,)), {"a": ones})[0]
    times = np.arange(frames) / RATE
    expected = 10 ** (np.interp(times, [0.01, 0.1, 0.1003], [0, -20, 0]) / 20)
    at_grid = np.arange(0, frames, 32)
    np.testing.assert_allclose(out[at_grid[at_grid < 4700]], expected[at_grid[at_grid < 4700]], rtol=1e-5)
    np.testing.assert_allclose(out[4800], 0.1, rtol=1e-5)  # the breakpoint itself
    np.testing.assert_allclose(out, expected, rtol=2e-3, atol=0.25 * np.abs(np.diff(expected)).max() * 14)


def test_held_steps_move_in_five_milliseconds_without_a_jump():
    ones = Memory(np.ones((2, 9600)))
    curve = Curve(path="strips.a.mute", points=((0, 0), (0.05, 1)), shape="hold")
    out = rendered(Mix(strips=(Strip(id="a"),), curves=(curve,)), {"a": ones})[0]
    assert np.all(out[:2401] == 1)
    assert np.abs(np.diff(out)).max() <= 1.01 / 240
    assert not out[2400 + 240 :].any()


def test_filters_can_be_automated_without_clicks():
    tone = np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)
    curve = Curve(path="strips.a.equalizer.band2.gain_db", points=((0.1, -12), (0.4, 12)))
    mix = Mix(strips=(Strip(id="a"),), curves=(curve,))
    out = rendered(mix, {"a": Memory(np.stack([tone, tone]))})[0]
    steady = 2 * np.pi * 300 / RATE * np.abs(out).max()
    assert np.abs(np.diff(out)).max() < 1.05 * steady


def test_stems_sum_to_the_mix(reference):
    with Console(rich_mix(), TRACKS, RATE, stems=True) as console:
        stems = [{id: stem.copy() for id, stem in block.stems.items()} for block in console.blocks()]
    total = sum(np.concatenate([s[id] for s in stems], axis=1) for id in stems[0])
    assert np.abs(total - reference).max() < 10 ** (-120 / 20)


def test_split_returns_give_the_same_sum(reference):
    mix = split_returns(rich_mix())
    assert {copy.owner for copy in copies_of(rich_mix(), mix).values()} <= {"group", "t3", "t4", "t5"}
    assert np.abs(rendered(mix, TRACKS) - reference).max() < 10 ** (-120 / 20)


def test_tracks_sum_to_the_mix_when_nothing_else_happens():
    mix = Mix(strips=tuple(Strip(id=k) for k in TRACKS))
    with Console(mix, TRACKS, RATE, tracks=True) as console:
        for block in console.blocks():
            np.testing.assert_allclose(sum(block.tracks.values()), block.total, atol=1e-6)


def test_a_key_ducks_and_its_own_level_does_not_matter():
    kick = np.zeros((2, RATE), np.float32)
    kick[:, 12000:24000] = 0.5
    bass = Memory(np.full((2, RATE), 0.1))
    duck = Compressor(threshold_db=-30, ratio=20, attack_ms=1, release_ms=50)
    bass_strip = Strip(id="bass", compressor=duck, keys=Keys(compressor="kick"))
    strips = (Strip(id="kick", fader_db=OFF_DB), bass_strip)
    out = rendered(Mix(strips=strips), {"kick": Memory(kick), "bass": bass})[0]
    assert out[6000] == pytest.approx(0.1, rel=1e-4)
    assert out[22000] < 0.1 * 10 ** (-15 / 20)
    assert out[-1] == pytest.approx(0.1, rel=1e-3)


def test_sends_before_the_fader_ignore_it():
    strips = (Strip(id="t1", fader_db=OFF_DB, sends=(Send(to="room", level_db=0, pre_fader=True),)),)
    assert rendered(Mix(strips=strips, returns=(Return(id="room"),)), TRACKS).any()
    after = strips[0].replace(sends=(Send(to="room", level_db=0),))
    assert not rendered(Mix(strips=(after,), returns=(Return(id="room"),)), TRACKS).any()


def test_live_changes_do_not_click():
    ones = {"a": Memory(np.ones((2, RATE)))}
    mix = Mix(strips=(Strip(id="a"),))
    out = []
    with Console(mix, ones, RATE, block=512) as console:
        for index, block in enumerate(console.blocks()):
            out.append(block.total.copy())
            if index == 10:
                console.set_mix(mix.with_values({"strips.a.fader_db": -20.0}))
    signal = np.concatenate(out, axis=1)[0]
    assert np.abs(np.diff(signal)).max() < 0.01
    assert signal[-1] == pytest.approx(0.1, rel=1e-5)


def test_master_bus_keeps_length_and_position():
    master = Master(limiter=Limiter(on=True), drive_db=0.0)
    signal = np.zeros((2, 20000), np.float32)
    signal[:, 777] = 0.25
    bus = MasterBus(Mix(master=master), RATE)
    parts = [bus.add(block) for block in np.split(signal, [10, 5000, 5001], axis=1)]
    out = np.concatenate([*parts, bus.finish()], axis=1)
    assert out.shape == signal.shape
    assert np.argmax(np.abs(out[0])) == 777


@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(1, 59999), max_size=6, unique=True))
def test_master_does_not_depend_on_blocks(cuts):
    signal = TRACKS["t1"].samples[:, :60000] * 8
    master = Master(
        limiter=Limiter(on=True),
        drive_db=6.0,
        mono_below_hz=100,
        width=1.2,
        compressor=Compressor(threshold_db=-12, ratio=2),
    )
    curve = Curve(path="master.drive_db", points=((0.2, 6), (0.9, 0)))
    mix = Mix(master=master, curves=(curve,))

    def run(at: list[int]) -> np.ndarray:
        bus, trim = MasterBus(mix, RATE), Trim(mix, RATE)
        position, out = 0, []
        for block in np.split(signal, at, axis=1):
            out.append(bus.add(trim.apply(np.ascontiguousarray(block), position)))
            position += block.shape[1]
        return np.concatenate([*out, bus.finish()], axis=1)

    np.testing.assert_array_equal(run(sorted(cuts)), run([]))


def automated_master(path: str, *points: tuple[float, float], **settings: object) -> np.ndarray:
    """One second of a master whose left side holds 0.5 throughout, with one curve."""
    curve = Curve(path=f"master.{path}", points=points, shape="hold")
    signal = np.stack([np.full(RATE, 0.5), np.zeros(RATE)]).astype(np.float32)

    def run(cuts: int) -> np.ndarray:
        bus = MasterBus(Mix(master=Master(**settings), curves=(curve,)), RATE)  # type: ignore[arg-type]
        return np.concatenate([bus.add(part) for part in np.array_split(signal, cuts, axis=1)], axis=1)

    whole = run(1)
    np.testing.assert_array_equal(run(997), whole)
    return whole


def test_the_mono_low_end_fades_in_and_out():
    out = automated_master("mono_below_hz", (0, 0), (0.2, 100), (0.6, 0))
    assert np.abs(np.diff(out)).max() < 0.003
    np.testing.assert_array_equal(out[0, :9600], 0.5)
    np.testing.assert_allclose(out[:, 28700], 0.25, atol=1e-3)
    np.testing.assert_array_equal(out[0, 30000:], 0.5)


def test_the_soft_clip_is_switched_by_its_curve():
    out = automated_master(
        "soft_clip.on", (0, 0), (0.5, 1), soft_clip=SoftClip(threshold_db=-24, ceiling_db=-12)
    )
    np.testing.assert_allclose(out[0, 100:23900], 0.5, rtol=1e-6)
    assert out[0, -1000] < 0.26
    assert np.abs(np.diff(out[0, 100:])).max() < 0.06


def test_curves_behind_the_glue_wait_for_its_look_ahead():
    glue = Compressor(ratio=1, makeup_db=1e-9, lookahead_ms=10)
    out = automated_master("drive_db", (0, 0), (0.5, -20), compressor=glue)
    assert np.flatnonzero(out[0] < 0.49)[0] == pytest.approx(24000, abs=64)
