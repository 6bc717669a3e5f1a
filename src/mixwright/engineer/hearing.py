"""Listening to a mix: its excerpts rendered, and every channel measured in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwright.analysis.bands import BANDS, k_weights
from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.spectrum import BandMeter
from mixwright.console import Console
from mixwright.console.mastering import run_master
from mixwright.console.units import Input
from mixwright.mix_model import Mix
from mixwright.units import SILENCE_DB, gain_to_db, power_to_db

PREROLL_S = 1.0
"""Rendered before each excerpt and not listened to: detectors and reverbs settle in it. A reverb of 3 s has
99 % of its power after it."""

BLOCK = 16384

Span = tuple[float, float]
"""Begin and end in seconds."""


@dataclass(frozen=True, eq=False)
class Sound:
    """What was heard of one channel, or of the whole, in all excerpts together."""

    frame_power: np.ndarray
    """Power per frame and third-octave band, both sides added, (frames, bands)."""
    side_power: np.ndarray
    """Mean power of left and right per band, (2, bands)."""
    cross_power: np.ndarray
    """Mean of left times right per band, (bands,)."""

    @property
    def power(self) -> np.ndarray:
        """Mean power per band, (bands,)."""
        if not self.frame_power.size:
            return np.zeros(BANDS)
        return np.asarray(self.frame_power.mean(axis=0, dtype=np.float64))

    @property
    def loudness_lufs(self) -> float:
        """K-weighted, without gating."""
        return power_to_db(float(self.power @ k_weights())) - 0.691

    @property
    def balance_db(self) -> float:
        """Right over left, K-weighted."""
        left, right = (power_to_db(float(power @ k_weights())) for power in self.side_power)
        return right - left


@dataclass(frozen=True)
class Level:
    """Loudness and peak of a signal."""

    loudness_lufs: float
    peak_dbfs: float


@dataclass(frozen=True, eq=False)
class Heard:
    """A mix as it was heard."""

    strips: dict[str, Sound]
    """Each strip behind fader and pan."""
    returns: dict[str, Sound]
    """What each return adds to the mix."""
    total: Sound
    mix: Level
    """The mix before the master chain."""
    master: Level
    limiting_db: float
    """Deepest reduction of the limiter, 0 or negative."""
    reduction_db: dict[str, np.ndarray] = field(default_factory=dict)
    """Deepest gain reduction of each channel's compressor per `BLOCK`, 0 or negative."""

    @property
    def wet_lu(self) -> float:
        """Loudness of all returns re the mix."""
        power = sum((sound.power for sound in self.returns.values()), np.zeros(BANDS))
        wet = power_to_db(float(power @ k_weights())) - 0.691
        return wet - self.total.loudness_lufs if wet > SILENCE_DB else SILENCE_DB


@dataclass
class _Ear:
    """Collects what one channel gives out."""

    sample_rate: int
    meters: list[BandMeter] = field(default_factory=list)
    frames: list[np.ndarray] = field(default_factory=list)

    def begin(self) -> None:
        self.meters.append(BandMeter(self.sample_rate, 2))

    def add(self, block: np.ndarray) -> None:
        self.meters[-1].add(block)

    def end(self) -> None:
        self.frames.append(self.meters[-1].finish())

    def sound(self) -> Sound:
        count = max(1, sum(len(frames) for frames in self.frames))
        side = sum((meter.channel_energy for meter in self.meters), np.zeros((2, BANDS)))
        cross = sum((meter.cross_energy for meter in self.meters), np.zeros(BANDS))
        return Sound(np.concatenate(self.frames), side / count, cross / count)


def listen(
    mix: Mix,
    inputs: Mapping[str, Input],
    sample_rate: int,
    excerpts: Sequence[Span],
    *,
    impulses: Mapping[str, np.ndarray] | None = None,
    threads: int = 1,
    check: Callable[[], None] = lambda: None,
    before: Sequence[tuple[Mix, Heard]] = (),
) -> Heard:
    """Renders the excerpts of a mix and measures every strip, every return, the mix and the master.

    Parameters
    ----------
    mix : Mix
    inputs : mapping of strip id to Input
        Tracks at `sample_rate`.
    excerpts : sequence of (begin, end) in seconds
        At least one, inside the song.
    check : callable
        Called between blocks; may raise to stop the work.
    before : sequence of (Mix, Heard)
        Mixes that were heard in the same excerpts: strips that play alike there are not measured again.
    """
    known = {
        id: heard.strips[id] for old, heard in before for id in heard.strips if _plays_alike(old, mix, id)
    }
    strips = {strip.id: _Ear(sample_rate) for strip in mix.strips if strip.id not in known}
    returns = {ret.id: _Ear(sample_rate) for ret in mix.returns}
    total = _Ear(sample_rate)
    ears = (*strips.values(), *returns.values(), total)
    levels = (_LevelMeter(sample_rate), _LevelMeter(sample_rate))
    limiting_db = 0.0
    reduction: dict[str, list[float]] = {channel.id: [] for channel in mix.channels()}
    for begin, end in excerpts:
        for ear in ears:
            ear.begin()
        start = max(0, round((begin - PREROLL_S) * sample_rate))
        first = round(begin * sample_rate) - start
        frames = round(end * sample_rate) - start
        parts: list[tuple[int, np.ndarray]] = []
        with Console(
            mix,
            inputs,
            sample_rate,
            block=BLOCK,
            threads=threads,
            stems=True,
            tracks=True,
            impulses=impulses,
        ) as console:
            for block in console.blocks(start, frames):
                check()
                skip = max(0, start + first - block.position)
                parts.append((block.position, block.total.copy()))
                if skip >= block.total.shape[1]:
                    continue
                total.add(block.total[:, skip:])
                for id, depth in console.gain_reduction_db().items():
                    reduction[id].append(depth)
                for id, ear in strips.items():
                    ear.add(block.tracks[id][:, skip:])
                for id, ear in returns.items():
                    if id in block.stems:
                        ear.add(block.stems[id][:, skip:])
        for ear in ears:
            ear.end()
        limiting_db = min(limiting_db, _hear_master(parts, mix, sample_rate, first, levels))
    return Heard(
        {s.id: known[s.id] if s.id in known else strips[s.id].sound() for s in mix.strips},
        {id: ear.sound() for id, ear in returns.items()},
        total.sound(),
        levels[0].level(),
        levels[1].level(),
        limiting_db,
        {id: np.array(depths) for id, depths in reduction.items()},
    )


def _plays_alike(a: Mix, b: Mix, id: str) -> bool:
    """Whether a strip, and the strips it listens to, are set alike in two mixes."""
    one, other = ([s for s in mix.strips if s.id == id] for mix in (a, b))
    curves = ([c for c in mix.curves if c.path.startswith(f"strips.{id}.")] for mix in (a, b))
    if not one or one != other or next(curves) != next(curves):
        return False
    return all(_plays_alike(a, b, key) for key in one[0].keys.sources() if key)


def _hear_master(
    parts: Sequence[tuple[int, np.ndarray]],
    mix: Mix,
    sample_rate: int,
    first: int,
    levels: tuple["_LevelMeter", "_LevelMeter"],
) -> float:
    """Meters mix and master of one excerpt behind its pre-roll; gives the limiter's deepest reduction."""
    sinks = [level.from_sample(first) for level in levels]
    bus = run_master(parts, mix, sample_rate, on_mix=sinks[0], on_master=sinks[1])
    return bus.limiting_db if bus is not None else 0.0


class _LevelMeter:
    def __init__(self, sample_rate: int) -> None:
        self._meter = LoudnessMeter(sample_rate, 2)
        self._peak = 0.0

    def from_sample(self, first: int) -> Callable[[np.ndarray], None]:
        """A sink that measures from a sample on."""
        ahead = first

        def take(block: np.ndarray) -> None:
            nonlocal ahead
            skip = min(ahead, block.shape[1])
            ahead -= skip
            if skip < block.shape[1]:
                part = np.ascontiguousarray(block[:, skip:])
                self._meter.add(part)
                self._peak = max(self._peak, float(np.abs(part).max()))

        return take

    def level(self) -> Level:
        peak = gain_to_db(self._peak) if self._peak > 0 else SILENCE_DB
        return Level(self._meter.integrated_lufs, peak)
