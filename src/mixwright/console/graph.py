"""A mix compiled to units: wired once, run from silence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from mixwright._core import native
from mixwright.console.units import (
    EFFECT_PREFIXES,
    GAIN_FIELDS,
    Feed,
    Group,
    Input,
    Unit,
    build_effect,
    channel_settings,
    curve_arguments,
)
from mixwright.mix_model import MASTER, Channel, Mix, Return, Send, Strip, can_move

TAIL_DB = -90.0
MAX_TAIL_S = 20.0

GLIDE_S = 0.01
"""Time that sends take to a new level; the native channel's own gains take as long."""


@dataclass(frozen=True)
class Block:
    """A stretch of output, latency taken out.

    The arrays are views on buffers that the next block reuses: copy what should last.
    """

    position: int
    total: np.ndarray
    """The sum of all that leads to the mix bus, before its trim, (2, frames)."""
    stems: dict[str, np.ndarray]
    """What each channel that leads to the mix bus adds to it, before the trim."""
    tracks: dict[str, np.ndarray]
    """Each strip behind its fader and pan."""


@dataclass(frozen=True)
class Plan:
    """What every graph of a console shares.

    `stems` and `tracks` tell whether blocks carry them; `pool` holds one thread less than `threads`.
    """

    inputs: Mapping[str, Input]
    sample_rate: int
    block: int
    impulses: Mapping[str, np.ndarray]
    stems: bool
    tracks: bool
    threads: int
    pool: ThreadPoolExecutor | None


class Graph:
    """The units of a mix and the delays that keep them in time.

    Raises
    ------
    MixwrightError
        When an impulse response is missing.
    """

    def __init__(self, mix: Mix, plan: Plan) -> None:
        self.mix = mix
        self.started = False
        self._plan = plan
        self._units: dict[str, Unit] = {}
        for channel in mix.order():
            self._add_unit(channel)
        self._outputs = [u for u in self._in_mix_order() if u.channel.output == MASTER]
        self.latency = max((u.latency_out for u in self._outputs), default=0)
        self._output_delays = {u.id: self._delay(self.latency - u.latency_out) for u in self._outputs}
        self._track_delays = {
            u.id: self._delay(self.latency - u.latency_out)
            for u in self._units.values()
            if u.input is not None
        }
        for unit in self._units.values():
            if unit.input is None:
                unit.connect()
        self._total = native.Gather()
        for unit in self._outputs:
            self._total.add(unit.post, native.Feed(), self._output_delays[unit.id])
        self._levels = [self._groups(units) for units in self._by_level()]
        self._sum = np.zeros((2, plan.block), np.float32)
        self._position = 0

    @property
    def frames(self) -> int:
        """Frames of the longest track."""
        inputs = self._plan.inputs
        return max((inputs[s.id].frames for s in self.mix.strips if s.id in inputs), default=0)

    @property
    def tail_s(self) -> float:
        """How long effects may sound on after their input has ended."""
        plan = self._plan
        tails = (
            _tail_of(ret, self.mix, plan.impulses, plan.sample_rate)
            for ret in self.mix.returns
            if self._units[ret.id].feeds
        )
        return min(max(tails, default=0.0), MAX_TAIL_S)

    def start(self, position: int, warm_up: int = 0) -> None:
        """Makes `position` of the song the next sample to come out; what comes before it fills the delays.

        The effects hear the song from `warm_up` samples earlier on.
        """
        self.started = True
        self._position = position - warm_up
        ahead = warm_up + self.latency
        while ahead > 0:
            n = min(ahead, self._plan.block)
            self.step(n)
            ahead -= n

    def step(self, n: int) -> Block:
        """The next `n` samples, at most a block."""
        self._process(self._position, n)
        self._position += n
        return self._collect(self._position - n - self.latency, n)

    def take_over(self, mix: Mix) -> bool:
        """Takes changed values over while running. Gains glide, other values step.

        Returns False, and does nothing, when the mix needs another graph: other channels, routes or curves,
        or a change that switches a processor or moves its latency.
        """
        if mix.curves != self.mix.curves or _names(mix) != _names(self.mix):
            return False
        changed = [c for c in mix.channels() if c != self._units[c.id].channel]
        if any(self._needs_rebuild(self._units[channel.id], channel) for channel in changed):
            return False
        self.mix = mix
        for channel in mix.channels():
            self._configure(self._units[channel.id], channel)
        return True

    def gain_reduction_db(self) -> dict[str, float]:
        """Deepest compressor gain reduction of each channel in the last step, 0 or negative."""
        return {id: unit.processor.gain_reduction_db for id, unit in self._units.items()}

    def _needs_rebuild(self, unit: Unit, channel: Channel) -> bool:
        if _fixed(channel) != _fixed(unit.channel):
            return True
        tried = native.Channel(self._plan.sample_rate, unit.width)
        tried.set(channel_settings(channel))
        self._add_curves(channel.id, tried)
        return bool(tried.structure != unit.processor.structure)

    def _add_unit(self, channel: Channel) -> None:
        plan = self._plan
        source = plan.inputs.get(channel.id) if isinstance(channel, Strip) else None
        if isinstance(channel, Strip) and source is None:
            source = _Silence()
        width = source.channels if source is not None else 2
        unit = Unit(channel, native.Channel(plan.sample_rate, width), width, source)
        unit.post = np.zeros((2, plan.block), np.float32)
        self._units[channel.id] = unit
        if source is None:
            self._connect(unit)
            unit.work = np.zeros((2, plan.block), np.float32)
        sources = [self._units[key] if key else None for key in channel.keys.sources()]
        keys = [key for key in sources if key]
        parents = [feed.source for feed in unit.feeds] + keys
        unit.latency_in = max((p.latency_out for p in parents), default=0)
        unit.level = max((p.level + 1 for p in parents), default=0)
        if isinstance(channel, Return):
            unit.effect = build_effect(channel, self.mix, plan.sample_rate, plan.impulses)
        self._configure(unit, channel)
        self._add_curves(unit.id, unit.processor)
        effect_latency = unit.effect.latency if unit.effect is not None else 0
        unit.latency_out = unit.latency_in + effect_latency + unit.processor.latency
        for feed in unit.feeds:
            feed.delay = self._delay(unit.latency_in - feed.source.latency_out)
        unit.keys = sources if keys else []
        unit.key_delays = [self._delay(unit.latency_in - k.latency_out) if k else None for k in sources]
        for key in keys:
            if key.tap is None:
                key.tap = np.zeros((key.width, plan.block), np.float32)

    def _add_curves(self, id: str, processor: Any) -> None:
        prefix = self.mix.path_of(id) + "."
        own = {c.path.removeprefix(prefix): c for c in self.mix.curves if c.path.startswith(prefix)}
        others = ("sends.", *EFFECT_PREFIXES)
        # Gains last: the curves of inserts decide about the latency that they have to wait for.
        for name in sorted(own, key=lambda name: name in GAIN_FIELDS):
            if not name.startswith(others):
                shift = processor.latency if name in GAIN_FIELDS else 0
                processor.add_curve(name, *curve_arguments(own[name], self._plan.sample_rate, shift))

    def _configure(self, unit: Unit, channel: Channel) -> None:
        unit.channel = channel
        unit.processor.set(channel_settings(channel))
        if isinstance(channel, Return) and unit.effect is not None:
            unit.configure_effect(channel, self.mix)
        for feed in unit.feeds:
            if feed.send_to is not None:
                send = self.mix.channel(feed.source.id).send(feed.send_to)
                assert send is not None
                if self.started:
                    feed.gain.glide(send.level_db, round(GLIDE_S * self._plan.sample_rate))
                else:
                    feed.gain.set(send.level_db)

    def _connect(self, unit: Unit) -> None:
        for source in self._in_mix_order():
            if source.channel.output == unit.id:
                unit.feeds.append(Feed(source, native.Feed()))
            send = source.channel.send(unit.id)
            if send is not None:
                unit.feeds.append(self._send_feed(source, send))

    def _send_feed(self, source: Unit, send: Send) -> Feed:
        feed = Feed(source, native.Feed(), send.pre_fader, send.to)
        feed.gain.set(send.level_db)
        path = f"{self.mix.path_of(source.id)}.sends.{send.to}.level_db"
        for curve in self.mix.curves:
            if curve.path == path:
                feed.gain.add_curve(*curve_arguments(curve, self._plan.sample_rate))
        if send.pre_fader and source.pre is None:
            source.pre = np.zeros((2, self._plan.block), np.float32)
        return feed

    def _delay(self, samples: int) -> Any:
        return native.SampleDelay(self._plan.sample_rate, samples) if samples > 0 else None

    def _in_mix_order(self) -> list[Unit]:
        return [self._units[c.id] for c in self.mix.channels() if c.id in self._units]

    def _by_level(self) -> list[list[Unit]]:
        levels: dict[int, list[Unit]] = defaultdict(list)
        for unit in self._in_mix_order():
            levels[unit.level].append(unit)
        return [levels[i] for i in sorted(levels)]

    def _groups(self, units: list[Unit]) -> list[Group]:
        """One job per thread."""
        jobs = min(self._plan.threads, len(units))
        return [Group(units[i::jobs]) for i in range(jobs)]

    def _process(self, position: int, n: int) -> None:
        for first, *others in self._levels:
            futures: list[Future[None]] = []
            if self._plan.pool is not None:  # this thread takes a share, too
                futures = [self._plan.pool.submit(group.process, position, n) for group in others]
            first.process(position, n)
            for future in futures:
                future.result()

    def _collect(self, song_position: int, n: int) -> Block:
        stems: dict[str, np.ndarray] = {}
        total = self._sum
        if self._plan.stems:
            total[:, :n] = 0
            for unit in self._outputs:
                stem = self._aligned(unit, self._output_delays[unit.id], n)
                total[:, :n] += stem
                stems[unit.id] = stem
        else:
            self._total.process(total, song_position, n)
        tracks = {}
        if self._plan.tracks:
            for strip in self.mix.strips:
                delay = self._track_delays[strip.id]
                tracks[strip.id] = self._aligned(self._units[strip.id], delay, n)
        return Block(song_position, total[:, :n], stems, tracks)

    def _aligned(self, unit: Unit, delay: Any, n: int) -> np.ndarray:
        if delay is None:
            return unit.post[:, :n]
        late = unit.post[:, :n].copy()
        delay.process(late, n)
        return late


class _Silence:
    """Stands in for a track that is not there."""

    channels = 1
    frames = 0

    def read(self, start: int, frames: int) -> np.ndarray:
        return np.zeros((1, frames), np.float32)


def _tail_of(ret: Return, mix: Mix, impulses: Mapping[str, np.ndarray], sample_rate: int) -> float:
    if ret.effect == "reverb":
        return ret.reverb.tail_s(TAIL_DB)
    if ret.effect == "echo":
        return ret.echo.tail_s(mix.tempo_bpm, TAIL_DB)
    impulse = impulses.get(ret.id)
    if impulse is None:
        return 0.0
    return impulse.shape[-1] / sample_rate + ret.convolution.pre_delay_ms / 1000


def _names(mix: Mix) -> list[tuple[type, str]]:
    return [(type(channel), channel.id) for channel in mix.channels()]


def _fixed(channel: Channel) -> tuple[Any, ...]:
    """What a graph is wired from: routes, and the values that no curve may move either."""
    return (channel.output, channel.keys, *_fixed_values(channel))


def _fixed_values(channel: Channel) -> Iterator[tuple[str, Any]]:
    for parameter in channel.walk():
        if not can_move(parameter.path, parameter.declaration):
            yield parameter.path, parameter.value
    yield from (("send", send.to) for send in channel.sends)
