"""The console itself: compiles a mix to units and runs them block by block, on one or several threads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mixwright._core import native
from mixwright.console.units import (
    EFFECT_PREFIXES,
    GAIN_FIELDS,
    Feed,
    Input,
    Unit,
    build_effect,
    channel_settings,
    curve_arguments,
)
from mixwright.errors import MixwrightError
from mixwright.mix_model import MASTER, Channel, Mix, Return, Send, Strip

MAX_BLOCK = 65536
TAIL_DB = -90.0
MAX_TAIL_S = 20.0


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


class Console:
    """Renders a mix.

    Parameters
    ----------
    mix : Mix
    inputs : mapping of strip id to Input
        Tracks at the console's sample rate. A strip without one is silent.
    sample_rate : int
        Hz, 22050 to 192000.
    block : int
        Frames per step, 1 to 65536. The samples do not depend on it.
    threads : int
        Workers for strips that do not wait for each other. The samples do not depend on it.
    stems, tracks : bool
        Whether blocks carry the stems and the single processed tracks.

    Raises
    ------
    MixwrightError
        When an impulse response is missing.
    """

    def __init__(
        self,
        mix: Mix,
        inputs: Mapping[str, Input],
        sample_rate: int,
        *,
        block: int = 8192,
        threads: int = 1,
        stems: bool = False,
        tracks: bool = False,
        impulses: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        if not 1 <= block <= MAX_BLOCK:
            raise MixwrightError(f"a block of {block} frames is not possible; use 1..{MAX_BLOCK}")
        self.mix = mix
        self.sample_rate = sample_rate
        self.block = block
        self.want_stems = stems
        self.want_tracks = tracks
        self._impulses = impulses or {}
        self._units: dict[str, Unit] = {}
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        for channel in mix.order():
            self._add_unit(channel, inputs)
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
        self._levels = self._by_level()
        self._sum = np.zeros((2, block), np.float32)
        self._work = np.zeros((2, block), np.float32)
        self.frames = max((inputs[s.id].frames for s in mix.strips if s.id in inputs), default=0)

    @property
    def tail_frames(self) -> int:
        """Frames for which effects may sound on after the last track has ended."""
        seconds = [0.0]
        for ret in self.mix.returns:
            unit = self._units[ret.id]
            if unit.feeds:
                seconds.append(_tail_of(ret, self.mix, self._impulses, self.sample_rate))
        return int(min(max(seconds), MAX_TAIL_S) * self.sample_rate)

    def blocks(self, start: int = 0, frames: int | None = None) -> Iterator[Block]:
        """The song from sample `start`, `frames` long (default: to the end of all tails).

        A start inside the song begins with silent effects and detectors; they settle as the music goes on.
        """
        total = self.frames + self.tail_frames - start if frames is None else frames
        position = start
        ahead = self.latency
        while ahead > 0:  # the first samples only fill the delays
            n = min(ahead, self.block)
            self._process(position, n)
            self._collect(position - self.latency, n)
            position += n
            ahead -= n
        done = 0
        while done < total:
            n = min(self.block, total - done)
            self._process(position, n)
            yield self._collect(start + done, n)
            position += n
            done += n

    def set_mix(self, mix: Mix) -> None:
        """Takes over changed values while running. Faders and pans glide; other values step.

        Raises
        ------
        MixwrightError
            When routes, sends, keys, effects or latencies differ: that needs a new console.
        """
        if not _same_structure(self.mix, mix):
            raise MixwrightError("routes, keys or effects changed; build a new console for this mix")
        for channel in mix.channels():
            unit = self._units[channel.id]
            self._configure(unit, channel, mix)
        self.mix = mix

    def gain_reduction_db(self) -> dict[str, float]:
        """Deepest compressor gain reduction of each channel in the last block, 0 or negative."""
        return {id: unit.processor.gain_reduction_db for id, unit in self._units.items()}

    def close(self) -> None:
        """Ends the worker threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add_unit(self, channel: Channel, inputs: Mapping[str, Input]) -> None:
        source = inputs.get(channel.id) if isinstance(channel, Strip) else None
        if isinstance(channel, Strip) and source is None:
            source = _Silence()
        width = source.channels if source is not None else 2
        unit = Unit(channel, native.Channel(self.sample_rate, width), width, source)
        unit.post = np.zeros((2, self.block), np.float32)
        self._units[channel.id] = unit
        if source is None:
            self._connect(unit)
            unit.work = np.zeros((2, self.block), np.float32)
        sources = [self._units[key] if key else None for key in channel.keys.sources()]
        keys = [key for key in sources if key]
        parents = [feed.source for feed in unit.feeds] + keys
        unit.latency_in = max((p.latency_out for p in parents), default=0)
        unit.level = max((p.level + 1 for p in parents), default=0)
        if isinstance(channel, Return):
            unit.effect = build_effect(channel, self.mix, self.sample_rate, self._impulses)
        self._configure(unit, channel, self.mix)
        self._add_curves(unit)
        effect_latency = unit.effect.latency if unit.effect is not None else 0
        unit.latency_out = unit.latency_in + effect_latency + unit.processor.latency
        for feed in unit.feeds:
            feed.delay = self._delay(unit.latency_in - feed.source.latency_out)
        unit.keys = sources if keys else []
        unit.key_delays = [self._delay(unit.latency_in - k.latency_out) if k else None for k in sources]
        for key in keys:
            if key.tap is None:
                key.tap = np.zeros((key.width, self.block), np.float32)

    def _add_curves(self, unit: Unit) -> None:
        prefix = self.mix.path_of(unit.id) + "."
        own = {c.path.removeprefix(prefix): c for c in self.mix.curves if c.path.startswith(prefix)}
        others = ("sends.", *EFFECT_PREFIXES)
        # Gains last: the curves of inserts decide about the latency that they have to wait for.
        for name in sorted(own, key=lambda name: name in GAIN_FIELDS):
            if not name.startswith(others):
                shift = unit.processor.latency if name in GAIN_FIELDS else 0
                unit.processor.add_curve(name, *curve_arguments(own[name], self.sample_rate, shift))

    def _configure(self, unit: Unit, channel: Channel, mix: Mix) -> None:
        unit.channel = channel
        unit.processor.set(channel_settings(channel))
        if isinstance(channel, Return) and unit.effect is not None:
            unit.configure_effect(channel, mix)
        for feed in unit.feeds:
            if feed.send_to is not None:
                send = mix.channel(feed.source.id).send(feed.send_to)
                assert send is not None
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
                feed.gain.add_curve(*curve_arguments(curve, self.sample_rate))
        if send.pre_fader and source.pre is None:
            source.pre = np.zeros((2, self.block), np.float32)
        return feed

    def _delay(self, samples: int) -> Any:
        return native.SampleDelay(self.sample_rate, samples) if samples > 0 else None

    def _in_mix_order(self) -> list[Unit]:
        return [self._units[c.id] for c in self.mix.channels() if c.id in self._units]

    def _by_level(self) -> list[list[Unit]]:
        levels: dict[int, list[Unit]] = defaultdict(list)
        for unit in self._in_mix_order():
            levels[unit.level].append(unit)
        return [levels[i] for i in sorted(levels)]

    def _process(self, position: int, n: int) -> None:
        for units in self._levels:
            if self._pool is None or len(units) == 1:
                _run(units, position, n)
                continue
            # One job per thread; this one takes a share, too.
            shares = [units[i :: self._threads] for i in range(min(self._threads, len(units)))]
            futures: list[Future[None]] = [self._pool.submit(_run, s, position, n) for s in shares[1:]]
            _run(shares[0], position, n)
            for future in futures:
                future.result()

    def _collect(self, song_position: int, n: int) -> Block:
        stems: dict[str, np.ndarray] = {}
        total = self._sum
        if self.want_stems:
            total[:, :n] = 0
            for unit in self._outputs:
                stem = self._aligned(unit, self._output_delays[unit.id], n)[:, :n].copy()
                total[:, :n] += stem
                stems[unit.id] = stem
        else:
            self._total.process(total, song_position, n)
        tracks = {}
        if self.want_tracks:
            for strip in self.mix.strips:
                delay = self._track_delays[strip.id]
                tracks[strip.id] = self._aligned(self._units[strip.id], delay, n)[:, :n].copy()
        return Block(song_position, total[:, :n], stems, tracks)

    def _aligned(self, unit: Unit, delay: Any, n: int) -> np.ndarray:
        if delay is None:
            return unit.post
        self._work[:, :n] = unit.post[:, :n]
        delay.process(self._work, n)
        return self._work


def _run(units: list[Unit], position: int, n: int) -> None:
    for unit in units:
        unit.process(position, n)


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


def _same_structure(a: Mix, b: Mix) -> bool:
    return _structure(a) == _structure(b)


def _structure(mix: Mix) -> list[Any]:
    shape: list[Any] = [mix.curves, mix.tempo_bpm]
    for channel in mix.channels():
        sends = [(send.to, send.pre_fader) for send in channel.sends]
        shape.append(
            (type(channel), channel.id, channel.output, channel.keys, sends, channel.compressor.lookahead_ms)
        )
        shape.append((channel.gate.lookahead_ms, channel.saturation.drive_db == 0))
        if isinstance(channel, Strip):
            shape.append(channel.delay_ms)
        if isinstance(channel, Return):
            shape.append((channel.effect, channel.convolution if channel.effect == "convolution" else None))
    return shape
