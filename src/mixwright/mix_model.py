"""A mix as a value: strips, buses, returns, master and automation, without audio."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mixwright.dsp.compressor import Compressor
from mixwright.dsp.convolution import Convolution
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.echo import Echo
from mixwright.dsp.equalizer import Equalizer
from mixwright.dsp.gate import Gate
from mixwright.dsp.limiter import Limiter
from mixwright.dsp.reverb import Reverb
from mixwright.dsp.saturation import Saturation
from mixwright.dsp.soft_clip import SoftClip
from mixwright.params import Choice, Declaration, Frozen, Param, Params, Scale, Switch

MASTER = "master"
"""Name of the mix bus, where every route ends."""

OFF_DB = -90.0
"""Faders and sends at this end of their travel are closed: no signal at all."""

MAX_ID_LENGTH = 64
Id = Annotated[str, Field(pattern=rf"^[a-z0-9][a-z0-9_]{{0,{MAX_ID_LENGTH - 1}}}$")]
FaderDb = Annotated[float, Param("dB", OFF_DB, 12, help=f"Level; {OFF_DB:g} dB is closed")]


class Send(Params):
    """A feed from a strip, bus or return to a return or bus."""

    to: Id
    level_db: FaderDb = OFF_DB
    pre_fader: Annotated[bool, Switch(help="Take the signal before the fader, not after it")] = False

    @property
    def path_name(self) -> str:
        return self.to


class Keys(Params):
    """Where the inserts of a channel listen: the id of a strip or bus, or None for their own input.

    A key is taken after the other channel's inserts, before its fader.
    """

    gate: Id | None = None
    compressor: Id | None = None
    dynamic1: Id | None = None
    dynamic2: Id | None = None
    dynamic3: Id | None = None
    dynamic4: Id | None = None

    def sources(self) -> tuple[str | None, ...]:
        """Key per insert in the order of `KEYED_INSERTS`."""
        return (self.gate, self.compressor, self.dynamic1, self.dynamic2, self.dynamic3, self.dynamic4)


class Channel(Params):
    """What strips, buses and returns share, in signal order after the input."""

    id: Id
    name: str = ""
    output: Id = MASTER
    keys: Keys = Keys()
    equalizer: Equalizer = Equalizer()
    gate: Gate = Gate()
    compressor: Compressor = Compressor()
    dynamic1: DynamicEq = DynamicEq()
    dynamic2: DynamicEq = DynamicEq()
    dynamic3: DynamicEq = DynamicEq()
    dynamic4: DynamicEq = DynamicEq()
    saturation: Saturation = Saturation()
    width: Annotated[
        float, Param("", 0, 2, help="Side level of a stereo signal: 0 mono, 1 unchanged, 2 +6 dB")
    ] = 1.0
    fader_db: FaderDb = 0.0
    pan: Annotated[float, Param("", -1, 1, help="-1 left, 0 centre, 1 right")] = 0.0
    mute: Annotated[bool, Switch(help="Silences the channel and its post-fader sends")] = False
    sends: tuple[Send, ...] = ()

    @property
    def path_name(self) -> str:
        return self.id

    def send(self, to: str) -> Send | None:
        """The send to a destination, if there is one."""
        return next((send for send in self.sends if send.to == to), None)


class Strip(Channel):
    """The channel of one track."""

    trim_db: Annotated[float, Param("dB", -60, 60, help="Gain staging before everything else")] = 0.0
    polarity_invert: Annotated[bool, Switch(help="Turns the polarity round")] = False
    delay_ms: Annotated[
        float, Param("ms", 0, 500, help="Time alignment: delays the track, fractions of samples included")
    ] = 0.0


class Bus(Channel):
    """A group, or a parallel path when it is fed by sends alone."""


class Return(Channel):
    """An effect fed by sends. Only the chosen effect sounds."""

    effect: Annotated[
        Literal["reverb", "echo", "convolution"], Choice(help="Which effect the return holds")
    ] = "reverb"
    reverb: Reverb = Reverb()
    echo: Echo = Echo()
    convolution: Convolution = Convolution()


class Master(Params):
    """The mix bus: the trim belongs to the mix, all that follows makes the master."""

    trim_db: Annotated[
        float, Param("dB", -90, 60, help="Gain of the whole mix; sets the peak of mix.wav")
    ] = 0.0
    equalizer: Equalizer = Equalizer()
    compressor: Compressor = Compressor()
    mono_below_hz: Annotated[float, Param("Hz", 0, 300, help="Below it the master is mono; 0 is off")] = 0.0
    width: Annotated[float, Param("", 0, 2, help="Side level: 0 mono, 1 unchanged, 2 +6 dB")] = 1.0
    drive_db: Annotated[float, Param("dB", -40, 60, help="Gain into soft clip and limiter")] = 0.0
    soft_clip: SoftClip = SoftClip()
    limiter: Limiter = Limiter()


class Curve(Frozen):
    """Automation of one parameter over the song.

    Before the first and after the last point the value stays. Between points it moves in a straight line
    in the parameter's own unit; with shape ``hold`` it stays until the next point and then moves there
    within 5 ms, so that no step clicks.
    """

    path: str
    points: tuple[tuple[float, float], ...] = Field(min_length=1)
    shape: Literal["linear", "hold"] = "linear"

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        times = [time for time, _ in self.points]
        if any(not math.isfinite(x) for point in self.points for x in point):
            raise ValueError(f"curve {self.path}: times and values must be finite numbers")
        if times[0] < 0 or any(b <= a for a, b in pairwise(times)):
            raise ValueError(f"curve {self.path}: times must start at 0 s or later and increase")
        return self


NOT_AUTOMATED = (
    "lookahead_ms",
    "delay_ms",
    "pre_delay_ms",
    "size_m",
    "length_s",
    "normalize",
    "tempo_bpm",
    "pre_fader",
)
"""Last parts of paths that set up latency or memory and therefore stay fixed through a song."""


def can_move(path: str, declaration: Declaration) -> bool:
    """Whether a curve may move the parameter at a path."""
    fixed = path.rpartition(".")[2] in NOT_AUTOMATED or ".convolution." in path
    return not fixed and not isinstance(declaration, Choice)


class Mix(Params):
    """Everything that makes the sound of a mix besides the tracks themselves.

    Raises
    ------
    pydantic.ValidationError
        When ids repeat, a route, send or key leads nowhere or in a circle, or a curve does not fit its
        parameter.
    """

    tempo_bpm: Annotated[float, Param("bpm", 20, 400, Scale.LOG, help="Tempo that synced delays follow")] = (
        120.0
    )
    strips: tuple[Strip, ...] = ()
    buses: tuple[Bus, ...] = ()
    returns: tuple[Return, ...] = ()
    master: Master = Master()
    curves: tuple[Curve, ...] = ()

    def channels(self) -> Iterator[Channel]:
        """All strips, then buses, then returns."""
        yield from self.strips
        yield from self.buses
        yield from self.returns

    def channel(self, id: str) -> Channel:
        """The strip, bus or return with this id; KeyError when there is none."""
        for channel in self.channels():
            if channel.id == id:
                return channel
        raise KeyError(id)

    def path_of(self, id: str) -> str:
        """Where a channel's parameters begin, e.g. ``strips.kick``."""
        for group in ("strips", "buses", "returns"):
            if any(channel.id == id for channel in getattr(self, group)):
                return f"{group}.{id}"
        raise KeyError(id)

    def order(self) -> tuple[Channel, ...]:
        """The channels so that each comes after all it listens to; ValueError names a circle."""
        return _sorted_by_signal(self)

    @model_validator(mode="after")
    def _check_routes(self) -> Self:
        ids = [channel.id for channel in self.channels()]
        repeated = sorted({id for id in ids if ids.count(id) > 1} | ({MASTER} & set(ids)))
        if repeated:
            raise ValueError(f"the id {repeated[0]!r} is used twice; give each channel its own")
        buses = {bus.id for bus in self.buses}
        keyable = buses | {strip.id for strip in self.strips}
        inputs = buses | {ret.id for ret in self.returns}
        for channel in self.channels():
            if channel.output != MASTER and channel.output not in buses:
                raise ValueError(f"{channel.id}: output {channel.output!r} is not a bus; use a bus or master")
            targets = [send.to for send in channel.sends]
            for to in targets:
                if to not in inputs:
                    raise ValueError(f"{channel.id}: send to {to!r} leads nowhere; name a return or bus")
                if targets.count(to) > 1:
                    raise ValueError(f"{channel.id}: two sends to {to!r}; keep one")
            for key in channel.keys.sources():
                if key is not None and key not in keyable:
                    raise ValueError(f"{channel.id}: key {key!r} is not a strip or bus of this mix")
        self.order()
        return self

    @model_validator(mode="after")
    def _check_curves(self) -> Self:
        if not self.curves:
            return self
        known = {p.path: p.declaration for p in self.walk()}
        paths = [curve.path for curve in self.curves]
        for curve in self.curves:
            declaration = known.get(curve.path)
            if declaration is None:
                raise ValueError(f"curve {curve.path}: there is no such parameter in this mix")
            if paths.count(curve.path) > 1:
                raise ValueError(f"curve {curve.path}: two curves for one parameter; keep one")
            if not can_move(curve.path, declaration):
                raise ValueError(f"curve {curve.path}: this parameter cannot change during a song")
            low, high = (declaration.min, declaration.max) if isinstance(declaration, Param) else (0, 1)
            for time, value in curve.points:
                if not low <= value <= high:
                    raise ValueError(
                        f"curve {curve.path}: {value:g} at {time:g} s is out of range; "
                        f"keep it within {low:g}..{high:g}"
                    )
        return self


def _sorted_by_signal(mix: Mix) -> tuple[Channel, ...]:
    channels = {channel.id: channel for channel in mix.channels()}
    before: dict[str, set[str]] = {id: set() for id in channels}
    for channel in channels.values():
        if channel.output in before:
            before[channel.output].add(channel.id)
        for send in channel.sends:
            before[send.to].add(channel.id)
        before[channel.id].update(key for key in channel.keys.sources() if key)
    done: dict[str, Channel] = {}
    while len(done) < len(channels):
        ready = [id for id in channels if id not in done and before[id] <= done.keys()]
        if not ready:
            circle = ", ".join(id for id in channels if id not in done)
            raise ValueError(
                f"the signal runs in a circle through {circle}; take one route, send or key away"
            )
        done.update((id, channels[id]) for id in ready)
    return tuple(done.values())
