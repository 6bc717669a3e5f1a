"""Changes while the console runs: no clicks, the right result, the same bits for every block size."""

from collections.abc import Callable

import numpy as np
import pytest

from mixwright.console import Console
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.saturation import Saturation
from mixwright.errors import MixwrightError
from mixwright.mix_model import Bus, Curve, Keys, Mix, Return, Send, Strip

from .songs import RATE, Memory, noise_tracks, rendered, rich_mix

AT = 24000
"""Where the tests change the mix: a multiple of all their block sizes."""

TONE = np.sin(2 * np.pi * 100 * np.arange(2 * AT) / RATE)
TRACKS = {"a": Memory(0.4 * np.stack([TONE, TONE])), "b": Memory(0.4 * TONE[None])}
STEEPEST = 0.4 * 2 * np.pi * 100 / RATE
"""Largest step between two samples of a track."""

BLOCKS = (48, 8000)


def changed(before: Mix, after: Mix, tracks: dict[str, Memory], block: int = 500) -> np.ndarray:
    """The sum of the mix bus with `after` taken over at sample `AT`, (2, frames)."""
    out = []
    with Console(before, tracks, RATE, block=block) as console:
        for index, piece in enumerate(console.blocks(frames=2 * AT)):
            out.append(piece.total.copy())
            if (index + 1) * block == AT:
                console.set_mix(after)
    return np.concatenate(out, axis=1)


def largest_step(signal: np.ndarray) -> float:
    return float(np.abs(np.diff(signal)).max())


def with_a(mix: Mix, **values: object) -> Mix:
    return mix.replace(strips=(mix.strips[0].replace(**values), *mix.strips[1:]))


PAIR = Mix(strips=(Strip(id="a"), Strip(id="b")))
AHEAD = Compressor(threshold_db=-60, ratio=1, lookahead_ms=5, range_db=6)

REBUILDS: dict[str, tuple[Mix, Callable[[Mix], Mix]]] = {
    "a compressor with look-ahead sets in": (
        with_a(PAIR, compressor=AHEAD),
        lambda mix: mix.with_values({"strips.a.compressor.ratio": 4.0}),
    ),
    "look-ahead grows": (
        with_a(PAIR, compressor=AHEAD.replace(ratio=4.0)),
        lambda mix: mix.with_values({"strips.a.compressor.lookahead_ms": 9.0}),
    ),
    "saturation is switched on": (PAIR, lambda mix: mix.with_values({"strips.a.saturation.drive_db": 6.0})),
    "saturation is switched off": (
        with_a(PAIR, saturation=Saturation(drive_db=6.0)),
        lambda mix: mix.with_values({"strips.a.saturation.mix": 0.0}),
    ),
    "a delay of fractions": (PAIR, lambda mix: mix.with_values({"strips.a.delay_ms": 1.11})),
    "a key": (
        with_a(PAIR, compressor=AHEAD.replace(ratio=4.0)),
        lambda mix: with_a(mix, keys=Keys(compressor="b")),
    ),
    "a route": (
        PAIR.replace(buses=(Bus(id="bus", saturation=Saturation(drive_db=3.0)),)),
        lambda mix: with_a(mix, output="bus"),
    ),
    "a curve": (
        PAIR,
        lambda mix: mix.replace(curves=(Curve(path="strips.a.saturation.drive_db", points=((0, 3),)),)),
    ),
    "the first band": (PAIR, lambda mix: mix.with_values({"strips.a.equalizer.band2.gain_db": 12.0})),
}


@pytest.mark.parametrize("case", REBUILDS)
def test_changes_of_latency_and_structure_are_compensated(case):
    before, change = REBUILDS[case]
    after = change(before)
    out = changed(before, after, TRACKS)
    late = slice(AT + 12000, None)
    anew = rendered(after, TRACKS, frames=2 * AT)
    np.testing.assert_allclose(out[:, late], anew[:, late], atol=10 ** (-80 / 20))
    assert largest_step(out) < 1.5 * 2 * STEEPEST
    for block in BLOCKS:
        np.testing.assert_array_equal(changed(before, after, TRACKS, block), out)


def test_one_change_after_another():
    before, change = REBUILDS["saturation is switched on"]
    out = []
    with Console(before, TRACKS, RATE, block=100) as console:
        mixes = [change(before), before, change(before).with_values({"strips.b.fader_db": -6.0})]
        for index, piece in enumerate(console.blocks(frames=2 * AT)):
            out.append(piece.total.copy())
            if mixes and index > 200:
                console.set_mix(mixes.pop(0))
        final = console.mix
    signal = np.concatenate(out, axis=1)
    assert final.strips[1].fader_db == -6
    assert largest_step(signal) < 1.5 * 2 * STEEPEST
    anew = rendered(final, TRACKS, frames=2 * AT)
    np.testing.assert_allclose(signal[:, -5000:], anew[:, -5000:], atol=1e-4)


@pytest.mark.parametrize("pre_fader", [False, True])
def test_sends_glide(pre_fader):
    sends = (Send(to="bus", level_db=-80, pre_fader=pre_fader),)
    before = Mix(strips=(Strip(id="a", sends=sends),), buses=(Bus(id="bus"),))
    after = before.with_values({"strips.a.sends.bus.level_db": 0.0})
    ones = {"a": Memory(np.ones((2, 2 * AT)))}
    out = changed(before, after, ones)
    assert largest_step(out) < 1.1 / 480
    assert out[0, AT] < 1.01
    assert out[0, -1] == pytest.approx(2, rel=1e-6)
    for block in BLOCKS:
        np.testing.assert_array_equal(changed(before, after, ones, block), out)


@pytest.mark.parametrize(
    "curve",
    [
        Curve(path="strips.a.fader_db", points=((0, -20), (0.9, 0))),
        Curve(path="strips.a.equalizer.band2.gain_db", points=((0, 6), (0.9, 6.5))),
        Curve(path="strips.a.mute", points=((0, 0), (0.502, 1), (0.507, 0)), shape="hold"),
    ],
    ids=lambda curve: curve.path,
)
def test_channels_with_automation_glide(curve):
    before = Mix(strips=(Strip(id="a"),), curves=(curve,))
    after = before.with_values({"strips.a.pan": -0.9, "strips.a.width": 0.0, "strips.a.trim_db": -12.0})
    ones = {"a": Memory(np.stack([np.ones(2 * AT), 0.2 * np.ones(2 * AT)]))}
    out = changed(before, after, ones)
    whole = rendered(after, ones, frames=2 * AT)
    first = rendered(before, ones, frames=2 * AT)
    unmoved = max(largest_step(first[:, AT - 100 :]), largest_step(whole[:, AT - 100 :]))
    assert largest_step(out[:, AT - 100 :]) < unmoved + 2 / 480
    np.testing.assert_array_equal(out[:, :AT], first[:, :AT])
    settled = AT + 480 + 4000  # an equaliser behind the trim rings on
    np.testing.assert_allclose(out[:, settled:], whole[:, settled:], atol=1e-5)
    for block in BLOCKS:
        np.testing.assert_array_equal(changed(before, after, ones, block), out)


def test_automated_inserts_keep_their_curves_when_something_else_changes():
    curve = Curve(path="strips.a.equalizer.band1.gain_db", points=((0, 12),))
    before = Mix(strips=(Strip(id="a"),), curves=(curve,))
    after = before.with_values({"strips.a.compressor.attack_ms": 20.0})
    np.testing.assert_array_equal(changed(before, after, TRACKS), rendered(before, TRACKS, frames=2 * AT))


def test_glides_that_are_interrupted_do_not_jump():
    before = Mix(strips=(Strip(id="b"),))
    ones = {"b": Memory(np.ones((1, 2 * AT)))}
    out = []
    with Console(before, ones, RATE, block=100) as console:
        for index, piece in enumerate(console.blocks(frames=2 * AT)):
            out.append(piece.total.copy())
            if index in (100, 102):
                values = ({"strips.b.fader_db": -90.0, "strips.b.pan": -1.0}, {"strips.b.pan": 1.0})
                console.set_mix(before.with_values(values[index == 102]))
    assert largest_step(np.concatenate(out, axis=1)) < 1.5 / 480


def test_each_call_of_blocks_starts_clean():
    tracks = noise_tracks(6, 0.4)
    with Console(rich_mix(), tracks, RATE) as console:
        first, second = (
            np.concatenate([block.total.copy() for block in console.blocks()], axis=1) for _ in range(2)
        )
        begun = console.blocks(100)
        next(begun)
        third = np.concatenate([block.total.copy() for block in console.blocks()], axis=1)
        with pytest.raises(MixwrightError, match="called again"):
            next(begun)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)


def test_a_change_that_cannot_be_made_leaves_the_mix_as_it_was():
    with Console(PAIR, TRACKS, RATE) as console:
        with pytest.raises(MixwrightError, match="impulse response"):
            console.set_mix(PAIR.replace(returns=(Return(id="room", effect="convolution"),)))
        assert console.mix is PAIR
