"""The console itself: renders a mix block by block, on one or several threads, and follows changes."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np

from mixwright.console.graph import Block, Graph, Plan
from mixwright.console.units import Input
from mixwright.errors import MixwrightError
from mixwright.mix_model import Mix

MAX_BLOCK = 65536

FADE_S = 0.02
"""Length of the cross-fade to a graph that takes another one's place."""

WARM_UP_S = 0.5, 3.0
"""Least and most of the song that detectors and effects of a new graph hear before it sounds."""


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
        Most frames per step, 1 to 65536. The samples do not depend on it.
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
        self.sample_rate = sample_rate
        self.block = block
        pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        self._plan = Plan(inputs, sample_rate, block, impulses or {}, stems, tracks, threads, pool)
        self._graph = Graph(mix, self._plan)
        self._run = object()

    @property
    def mix(self) -> Mix:
        """What is rendered now."""
        return self._graph.mix

    @property
    def latency(self) -> int:
        """Samples by which processing runs ahead of what comes out."""
        return self._graph.latency

    @property
    def frames(self) -> int:
        """Frames of the longest track."""
        return self._graph.frames

    @property
    def tail_frames(self) -> int:
        """Frames for which effects may sound on after the last track has ended."""
        return int(self._graph.tail_s * self.sample_rate)

    def blocks(self, start: int = 0, frames: int | None = None) -> Iterator[Block]:
        """The song from sample `start`, `frames` long (default: to the end of all tails).

        A start inside the song begins with silent effects and detectors; they settle as the music goes on.
        Each call begins afresh and ends the one before it.

        Raises
        ------
        MixwrightError
            From the blocks of an earlier call.
        """
        run = self._run = object()
        if self._graph.started:
            self._graph = Graph(self.mix, self._plan)
        graph, leaving = self._graph, None
        total = self.frames + self.tail_frames - start if frames is None else frames
        fade = max(1, round(FADE_S * self.sample_rate))
        done = faded = 0
        graph.start(start)
        while done < total:
            if self._run is not run:
                raise MixwrightError("blocks() was called again; read the blocks of one call only")
            if leaving is None and self._graph is not graph:
                leaving, graph, faded = graph, self._graph, 0
                graph.start(start + done, self._warm_up(graph))
            n = min(self.block, total - done)
            if leaving is None:
                yield graph.step(n)
            else:
                n = min(n, fade - faded)
                yield _cross_faded(leaving.step(n), graph.step(n), faded, fade)
                faded += n
                leaving = leaving if faded < fade else None
            done += n

    def set_mix(self, mix: Mix) -> None:
        """Takes over a changed mix while running, without a click.

        Faders, pans, trims, widths and sends glide; other values step. What changes routes, curves, latencies
        or which processors run builds the graph anew and fades over to it.

        Raises
        ------
        MixwrightError
            When an impulse response is missing; the mix then stays as it was.
        """
        if not self._graph.take_over(mix):
            self._graph = Graph(mix, self._plan)

    def gain_reduction_db(self) -> dict[str, float]:
        """Deepest compressor gain reduction of each channel in the last block, 0 or negative."""
        return self._graph.gain_reduction_db()

    def close(self) -> None:
        """Ends the worker threads."""
        if self._plan.pool is not None:
            self._plan.pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _warm_up(self, graph: Graph) -> int:
        least, most = WARM_UP_S
        return round(min(max(graph.tail_s, least), most) * self.sample_rate)


def _cross_faded(old: Block, new: Block, done: int, length: int) -> Block:
    """Of a fade over `length` samples, the part that begins after `done`."""
    share = ((done + 1 + np.arange(new.total.shape[1])) / length).astype(np.float32)

    def faded(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray:
        a = np.zeros_like(new.total) if a is None else a
        b = np.zeros_like(new.total) if b is None else b
        return a + (b - a) * share

    def each(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {id: faded(a.get(id), b.get(id)) for id in (*b, *(id for id in a if id not in b))}

    return Block(
        new.position, faded(old.total, new.total), each(old.stems, new.stems), each(old.tracks, new.tracks)
    )
