"""From a project to finished files: the sum of the mix bus, then mix, master, stems and tracks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mixwright import audio
from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.true_peak import TruePeakMeter
from mixwright.console import Console, Trim
from mixwright.console.mastering import run_master
from mixwright.console.stems import Copy, copies_of, split_returns
from mixwright.project import Measured, Project
from mixwright.report import Signal, Tap
from mixwright.workflow.job import Job
from mixwright.workflow.opening import Opened
from mixwright.workflow.results import Results


@dataclass(frozen=True)
class Rendering:
    """One finished signal: a file, or samples where no folder was asked for."""

    name: str
    sample_rate: int
    path: Path | None = None
    samples: np.ndarray | None = None


@dataclass(frozen=True)
class Written:
    """What was rendered and how it measures."""

    renderings: dict[str, Rendering]
    measured: Measured
    fed_loudness_lufs: float
    """Loudness of the master before a lossy coder; what `measured` holds is decoded."""
    signals: dict[str, Signal] = field(default_factory=dict)
    """``mix`` and ``master`` as the report shows them, where it is wanted."""


class MixSum:
    """The untrimmed sum of the mix bus in scratch files: computed once, read as often as needed."""

    BLOCK = 32768
    """Longer than the console's own: a fifth less work around the processing, and still in the cache."""

    def __init__(self, opened: Opened, scratch: audio.Scratch, job: Job) -> None:
        self._files = (scratch.file(), scratch.file())
        self._job = job
        project = opened.project
        with Console(
            project.mix,
            opened.inputs,
            project.sample_rate,
            block=self.BLOCK,
            threads=job.workers,
            impulses=opened.impulses,
        ) as console:
            length = max(1, console.frames + console.tail_frames)
            for block in console.blocks():
                job.report("mixing", min(1.0, block.position / length))
                for file, row in zip(self._files, block.total, strict=True):
                    file.append(row)

    @property
    def frames(self) -> int:
        return self._files[0].frames

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """(position, float32 (2, frames)) from the start, each time it is called."""
        for start in range(0, self.frames, self.BLOCK):
            self._job.check()
            block = np.empty((2, min(self.BLOCK, self.frames - start)), np.float32)
            for file, row in zip(self._files, block, strict=True):
                file.read(start, row)
            yield start, block


def write_outputs(
    opened: Opened,
    total: MixSum,
    results: Results | None,
    job: Job,
    excerpt: tuple[float, float] | None = None,
) -> Written:
    """Renders mix and master, and stems and tracks where wanted.

    The files are complete then, and still without names: `Results.publish` gives them theirs. Without
    `results` the samples of mix and master are given back.

    Parameters
    ----------
    excerpt : (begin, end) in seconds, optional
        Adds the `Written.signals` that a report with this excerpt needs.
    """
    project = opened.project
    mix, master = _Taker(project, excerpt), _Taker(project, excerpt)
    for name, taker in (("mix", mix), ("master", master)):
        taker.sink = results.open(name).write if results else taker.keep
    work = max(1, total.frames)
    blocks = _reported(total.blocks(), lambda position: job.report("writing", position / work))
    run_master(blocks, project.mix, project.sample_rate, on_mix=mix.take, on_master=master.take)
    peak, loudness = master.peak.peak_dbtp, master.meter.integrated_lufs
    rate = project.sample_rate
    if results:
        _write_parts(opened, results, job)
        for name, taker in (("mix", mix), ("master", master)):
            results.writers[name].metadata = audio.Metadata(title=project.name, loudness=taker.loudness())
        results.complete()
        renderings = {name: Rendering(name, rate, writer.path) for name, writer in results.writers.items()}
        if results.format.is_lossy:
            peak, loudness = decoded_levels(results.writers["master"].content_path)
    else:
        renderings = {
            name: Rendering(name, rate, samples=taker.samples())
            for name, taker in (("mix", mix), ("master", master))
        }
    measured = Measured(
        mix_peak_dbtp=mix.peak.peak_dbtp,
        mix_loudness_lufs=mix.meter.integrated_lufs,
        master_peak_dbtp=peak,
        master_loudness_lufs=loudness,
        master_range_lu=master.meter.range_lu,
    )
    signals = {} if excerpt is None else {"mix": mix.signal(), "master": master.signal()}
    return Written(renderings, measured, master.meter.integrated_lufs, signals)


def measure_outputs(
    project: Project, total: MixSum, job: Job, excerpt: tuple[float, float]
) -> tuple[Measured, dict[str, Signal]]:
    """What mix and master measure, without writing them."""
    mix, master = _Taker(project, excerpt), _Taker(project, excerpt)
    mix.sink = master.sink = lambda block: None
    work = max(1, total.frames)
    blocks = _reported(total.blocks(), lambda position: job.report("measuring", position / work))
    bus = run_master(blocks, project.mix, project.sample_rate, on_mix=mix.take, on_master=master.take)
    measured = Measured(
        mix_peak_dbtp=mix.peak.peak_dbtp,
        mix_loudness_lufs=mix.meter.integrated_lufs,
        master_peak_dbtp=master.peak.peak_dbtp,
        master_loudness_lufs=master.meter.integrated_lufs,
        master_range_lu=master.meter.range_lu,
        limiting_db=bus.limiting_db if bus is not None else None,
    )
    return measured, {"mix": mix.signal(), "master": master.signal()}


def decoded_levels(path: Path) -> tuple[float, float]:
    """True peak in dBTP and loudness in LUFS of a file as a player decodes it."""
    peak = TruePeakMeter(2)
    with audio.Scratch() as scratch:
        info = audio.probe(path)
        loudness = LoudnessMeter(info.sample_rate, 2)
        for block in audio.open_source(info, info.sample_rate, scratch).blocks():
            stereo = np.ascontiguousarray(np.broadcast_to(block, (2, block.shape[1])))
            peak.add(stereo)
            loudness.add(stereo)
    return peak.peak_dbtp, loudness.integrated_lufs


@dataclass
class _Taker:
    """Meters a signal on its way to a file or to memory."""

    project: Project
    excerpt: tuple[float, float] | None = None
    sink: Callable[[np.ndarray], None] | None = None
    kept: list[np.ndarray] = field(default_factory=list)
    meter: LoudnessMeter = field(init=False)
    peak: TruePeakMeter = field(init=False)
    tap: Tap | None = None

    def __post_init__(self) -> None:
        if self.excerpt is not None:
            self.tap = Tap(self.project.sample_rate, self.excerpt)
        self.meter = LoudnessMeter(self.project.sample_rate, 2)
        self.peak = TruePeakMeter(2)

    def take(self, block: np.ndarray) -> None:
        self.meter.add(block)
        self.peak.add(block)
        if self.tap is not None:
            self.tap.add(block)
        assert self.sink is not None
        self.sink(block)

    def keep(self, block: np.ndarray) -> None:
        self.kept.append(block.copy())

    def signal(self) -> Signal:
        assert self.tap is not None
        return self.tap.signal(self.meter)

    def samples(self) -> np.ndarray:
        return np.concatenate([np.zeros((2, 0), np.float32), *self.kept], axis=1)

    def loudness(self) -> audio.Loudness:
        return audio.Loudness(
            self.meter.integrated_lufs,
            self.meter.range_lu,
            self.peak.peak_dbtp,
            self.meter.momentary_max_lufs,
            self.meter.short_term_max_lufs,
        )


def _write_parts(opened: Opened, results: Results, job: Job) -> None:
    wanted, project = job.outputs, opened.project
    if not (wanted.stems or wanted.tracks):
        return
    mix = split_returns(project.mix) if wanted.split_returns else project.mix
    copies = copies_of(project.mix, mix)
    impulses = dict(opened.impulses)
    impulses |= {
        id: opened.impulses[copy.original] for id, copy in copies.items() if copy.original in opened.impulses
    }
    trim = Trim(mix, project.sample_rate)
    with Console(
        mix,
        opened.inputs,
        project.sample_rate,
        block=MixSum.BLOCK,
        threads=job.workers,
        stems=wanted.stems,
        tracks=wanted.tracks,
        impulses=impulses,
    ) as console:
        length = max(1, console.frames + console.tail_frames)
        for block in console.blocks():
            job.report("stems", min(1.0, block.position / length))
            parts = {f"stems/{name}": samples for name, samples in _grouped(block.stems, copies).items()}
            parts |= {f"tracks/{name}": samples for name, samples in block.tracks.items()}
            for name, samples in parts.items():
                results.open(name).write(trim.apply(samples, block.position))


def _grouped(stems: dict[str, np.ndarray], copies: dict[str, Copy]) -> dict[str, np.ndarray]:
    """Adds split returns to the stem of the group they belong to."""
    grouped: dict[str, np.ndarray] = {}
    for id, samples in stems.items():
        name = copies[id].owner if id in copies else id
        grouped[name] = grouped[name] + samples if name in grouped else samples
    return grouped


def _reported(
    blocks: Iterator[tuple[int, np.ndarray]], report: Callable[[int], None]
) -> Iterator[tuple[int, np.ndarray]]:
    for position, block in blocks:
        report(position)
        yield position, block
