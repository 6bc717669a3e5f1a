"""The processing units of a console: one per strip, bus and return, built from the native core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mixwright._core import native
from mixwright.dsp.convolution import Convolution, shape_impulse
from mixwright.errors import MixwrightError
from mixwright.mix_model import Channel, Curve, Mix, Return

HOLD_RAMP_S = 0.005
"""Time a held automation value takes to move to the next one; keeps steps free of clicks."""

GAIN_FIELDS = ("width", "fader_db", "pan", "mute")
"""Channel settings that act after the inserts, and so after their latency."""

EFFECT_PREFIXES = ("effect", "reverb.", "echo.", "convolution.")

_STRIP_ONLY = {"trim_db": 0.0, "polarity_invert": 0.0, "delay_ms": 0.0}


class Input(Protocol):
    """A track as the console reads it: float32 (channels, frames), silence outside of its range."""

    channels: int
    frames: int

    def read(self, start: int, frames: int) -> np.ndarray: ...


def channel_settings(channel: Channel) -> dict[str, float]:
    """Numbers the native channel wants, for strips, buses and returns alike."""
    own = {k: v for k, v in channel.flat().items() if not k.startswith(("sends.", *EFFECT_PREFIXES))}
    return _STRIP_ONLY | own


def curve_arguments(
    curve: Curve, sample_rate: int, shift: int = 0
) -> tuple[list[int], list[float], bool, int]:
    """A curve as the native core takes it: sample positions, values, hold?, ramp length."""
    at: list[int] = []
    values: list[float] = []
    for time, value in curve.points:
        sample = round(time * sample_rate) + shift
        if at and sample <= at[-1]:  # points closer than a sample: the later one counts
            values[-1] = float(value)
            continue
        at.append(sample)
        values.append(float(value))
    return at, values, curve.shape == "hold", round(HOLD_RAMP_S * sample_rate)


@dataclass
class Feed:
    """A connection into a unit: from which unit, at what gain, delayed by how much."""

    source: "Unit"
    gain: Any
    pre_fader: bool = False
    send_to: str | None = None
    delay: Any = None

    def signal(self) -> np.ndarray:
        """What the source sends here."""
        if self.pre_fader:
            assert self.source.pre is not None
            return self.source.pre
        return self.source.post


@dataclass
class Unit:
    """A channel at work."""

    channel: Channel
    processor: Any
    width: int
    """Channels of its own signal: 1 for the strip of a mono track, else 2."""
    input: Input | None = None
    effect: Any = None
    feeds: list[Feed] = field(default_factory=list)
    keys: list["Unit | None"] = field(default_factory=list)
    """What the keyed inserts listen to; empty where none has a key."""
    key_delays: list[Any] = field(default_factory=list)
    latency_in: int = 0
    latency_out: int = 0
    level: int = 0
    post: np.ndarray = field(default_factory=lambda: np.empty((2, 0), np.float32))
    pre: np.ndarray | None = None
    tap: np.ndarray | None = None
    work: np.ndarray = field(default_factory=lambda: np.empty((2, 0), np.float32))
    gather: Any = None
    """The sum of the feeds, once all of them are known."""

    @property
    def id(self) -> str:
        return self.channel.id

    def source(self, position: int, n: int) -> np.ndarray:
        """What its channel plays in the next `n` samples; `position` counts the console's stream."""
        here = position - self.latency_in
        if self.input is not None:
            return self.input.read(here, n)
        self.gather.process(self.work, here, n)
        if self.effect is not None:
            self.effect.process(self.work, here, n)
        return self.work

    @property
    def lag(self) -> int:
        """Samples by which what its channel plays is behind the console's stream."""
        return self.latency_in + (self.effect.latency if self.effect is not None else 0)

    def configure_effect(self, ret: Return, mix: Mix) -> None:
        """Takes over the settings of the return's effect."""
        if ret.effect == "reverb":
            self.effect.set(ret.reverb.flat())
        elif ret.effect == "echo":
            self.effect.set(ret.echo.native_settings(mix.tempo_bpm))

    def connect(self) -> None:
        """Binds the feeds to the buffers they read from."""
        self.gather = native.Gather()
        for feed in self.feeds:
            self.gather.add(feed.signal(), feed.gain, feed.delay)


class Group:
    """Units of which none waits for another, processed side by side."""

    def __init__(self, units: list[Unit]) -> None:
        self._units = units
        self._native = native.Group()
        for unit in units:
            self._native.add(unit.processor, unit.post, unit.pre, unit.tap, unit.lag)
            for index, key in enumerate(unit.keys):
                if key is not None:
                    self._native.hear(index, key.tap, unit.key_delays[index])

    def process(self, position: int, n: int) -> None:
        """Makes the units' next `n` samples."""
        self._native.process([unit.source(position, n) for unit in self._units], position, n)


def build_effect(ret: Return, mix: Mix, sample_rate: int, impulses: Mapping[str, np.ndarray]) -> Any:
    """The native effect of a return with its automation."""
    if ret.effect == "convolution":
        if ret.id not in impulses:
            raise MixwrightError(
                f"return {ret.id} holds a convolution without its impulse response; give the file"
            )
        return _ConvolutionEffect(impulses[ret.id], ret.convolution, sample_rate)
    node = native.ReverbNode(sample_rate) if ret.effect == "reverb" else native.EchoNode(sample_rate)
    prefix = f"{mix.path_of(ret.id)}.{ret.effect}."
    for curve in mix.curves:
        if curve.path.startswith(prefix):
            node.add_curve(curve.path.removeprefix(prefix), *curve_arguments(curve, sample_rate))
    return node


class _ConvolutionEffect:
    """A convolution with the face of the other effects."""

    def __init__(self, impulse: np.ndarray, settings: Convolution, sample_rate: int) -> None:
        shaped = shape_impulse(impulse, sample_rate, settings)
        self._convolution = native.Convolution(np.ascontiguousarray(shaped, dtype=np.float32))
        self.latency = 0

    def process(self, io: np.ndarray, position: int, n: int) -> None:
        io[:, :n] = self._convolution.process(np.ascontiguousarray(io[:, :n]))
