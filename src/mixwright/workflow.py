"""One function per thing a user does. The command line and every other face call these."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import mixwright
from mixwright import audio
from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.analysis.true_peak import TruePeakMeter
from mixwright.console import Console, Trim
from mixwright.console.mastering import run_master
from mixwright.console.stems import split_returns, stem_name
from mixwright.dsp.dither import ditherer
from mixwright.engineer.engineer import decide
from mixwright.engineer.finish import finish
from mixwright.engineer.roles import guess_roles
from mixwright.errors import InputError
from mixwright.mix import Mix
from mixwright.project import (
    FILE_NAME,
    AudioFile,
    Brief,
    Decision,
    Measured,
    Project,
    Revision,
    Setting,
    Track,
    load_project,
    relative_path,
    resolve_path,
    save_project,
)
from mixwright.roles import parse_role

Progress = Callable[[str, float], Any]
"""Told (what is being done, share done 0..1)."""

DEMO_SONG = Path(__file__).parents[2] / "examples" / "demo_song"

CODEC_ROUNDS = 5
CODEC_MARGIN_DB = 0.05


@dataclass(frozen=True)
class Rendering:
    """One finished signal: a file, or samples where no folder was asked for."""

    name: str
    path: Path | None = None
    samples: np.ndarray | None = None
    sample_rate: int = 0


@dataclass(frozen=True)
class Mixed:
    """What `mix` and `render` give back."""

    project: Project
    renderings: dict[str, Rendering]
    notes: tuple[str, ...] = ()
    project_file: Path | None = None

    @property
    def mix(self) -> Mix:
        return self.project.mix


@dataclass(frozen=True)
class Outputs:
    """What to render besides mix and master.

    Attributes
    ----------
    stems : bool
        Group stems that sum to the mix.
    split_returns : bool
        Effects go into the stem of the group that feeds them instead of stems of their own.
    tracks : bool
        Every track behind its strip.
    """

    format: str = "wav24"
    stems: bool = False
    split_returns: bool = False
    tracks: bool = False


def mix(
    paths: str | Path | Iterable[str | Path],
    out: str | Path | None = None,
    *,
    genre: str = "auto",
    roles: Mapping[str, str] | None = None,
    tempo_bpm: float | None = None,
    loudness_lufs: float = -14.0,
    peak_dbtp: float = -1.0,
    outputs: Outputs | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: audio.source.Cancel | None = None,
) -> Mixed:
    """Mixes and masters the tracks of one song.

    Parameters
    ----------
    paths : path or several
        A folder of tracks, or the files.
    out : path, optional
        Folder for ``mix.wav``, ``master.wav`` and ``project.json``; without it samples come back.
    genre : str
        One of the engineer's genres, or ``auto``.
    roles : mapping of str to str, optional
        Role by file name, for what the names do not tell.
    tempo_bpm, loudness_lufs, peak_dbtp : float
        The brief: tempo, and the loudness and highest true peak of the master.

    Raises
    ------
    InputError
        When a file or a wish cannot be used; the message names it and the remedy.
    MixwrightError
        When the work was cancelled or the disk is full.
    """
    wanted = outputs or Outputs()
    audio.find_format(wanted.format)
    report = _Progress(progress)
    folder = _output_folder(out)
    with ExitStack() as stack:
        scratch = stack.enter_context(audio.Scratch())
        opened = _open(
            paths, folder, genre, roles or {}, (tempo_bpm, loudness_lufs, peak_dbtp), scratch, report, cancel
        )
        project, inputs = opened.project, opened.inputs
        report("listening", 0.0)
        analysis = analyse(
            inputs,
            project.sample_rate,
            threads=_threads(threads),
            progress=report.part("listening"),
            cancel=cancel,
        )
        report("deciding", 0.0)
        decided, decisions = decide(project, analysis)
        total = _TotalFile(scratch)
        _render_total(
            decided, inputs, project.sample_rate, total, _threads(threads), report.part("mixing"), cancel
        )
        report("mastering", 0.0)
        project = project.replace(mix=decided, decisions=decisions)
        mixed = _finish_and_write(project, inputs, total, folder, wanted, _threads(threads), report, cancel)
    notes = (*opened.notes, *_problems(mixed.project, analysis))
    report("done", 1.0)
    return Mixed(mixed.project, mixed.renderings, notes, mixed.project_file)


def render(
    project: str | Path | Project,
    out: str | Path | None = None,
    *,
    project_folder: str | Path | None = None,
    outputs: Outputs | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: audio.source.Cancel | None = None,
) -> Mixed:
    """Renders a saved project again: the same samples, whatever machine load, block size or threads.

    Parameters
    ----------
    project : path or Project
        A ``project.json``, the folder that holds it, or a loaded project with `project_folder`.

    Raises
    ------
    InputError
        When the project or one of its audio files is missing, changed or not usable.
    """
    wanted = outputs or Outputs()
    audio.find_format(wanted.format)
    report = _Progress(progress)
    if isinstance(project, Project):
        loaded, base = project, Path(project_folder or ".")
    else:
        loaded = load_project(project)
        given = Path(project)
        base = given if given.is_dir() else given.parent
    folder = _output_folder(out)
    with audio.Scratch() as scratch:
        inputs = open_inputs(loaded, base, scratch, report.part("reading"), cancel)
        total = _TotalFile(scratch)
        _render_total(
            loaded.mix, inputs, loaded.sample_rate, total, _threads(threads), report.part("mixing"), cancel
        )
        written = _write(
            loaded,
            inputs,
            total,
            folder,
            wanted,
            _input_paths(loaded, base),
            _threads(threads),
            report,
            cancel,
        )
    report("done", 1.0)
    return Mixed(loaded, written.renderings)


def demo(
    out: str | Path, *, progress: Progress | None = None, cancel: audio.source.Cancel | None = None
) -> Mixed:
    """Mixes the project's own song, which lies in ``examples/demo_song`` of a checkout."""
    tracks = DEMO_SONG / "tracks"
    if not tracks.is_dir():
        raise InputError(f"{tracks}: the demo song is not here; run this inside a checkout of the project")
    return mix(tracks, out, genre="pop", progress=progress, cancel=cancel)


@dataclass(frozen=True)
class TrackReport:
    """One line of `inspect`."""

    track: Track
    seconds: float
    loudness_lufs: float
    peak_dbfs: float
    crest_db: float
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found in a folder."""

    project: Project
    tracks: tuple[TrackReport, ...]
    notes: tuple[str, ...] = ()


def inspect(
    paths: str | Path | Iterable[str | Path],
    *,
    roles: Mapping[str, str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: audio.source.Cancel | None = None,
) -> Inspection:
    """Looks at the tracks of a song without mixing them: role, format, level, problems."""
    report = _Progress(progress)
    with audio.Scratch() as scratch:
        opened = _open(paths, None, "auto", roles or {}, (None, -14.0, -1.0), scratch, report, cancel)
        analysis = analyse(
            opened.inputs,
            opened.project.sample_rate,
            threads=_threads(threads),
            progress=report.part("listening"),
            cancel=cancel,
        )
    reports = []
    for track in opened.project.tracks:
        found = analysis.tracks[track.id]
        reports.append(
            TrackReport(
                track,
                track.frames / track.sample_rate,
                found.loudness_lufs,
                found.peak_dbfs,
                found.crest_db,
                tuple(found.problems()),
            )
        )
    return Inspection(opened.project, tuple(reports), opened.notes)


@dataclass(frozen=True)
class _Opened:
    project: Project
    inputs: dict[str, audio.Source]
    notes: tuple[str, ...]


def _open(
    paths: str | Path | Iterable[str | Path],
    folder: Path | None,
    genre: str,
    roles: Mapping[str, str],
    targets: tuple[float | None, float, float],
    scratch: audio.Scratch,
    report: "_Progress",
    cancel: audio.source.Cancel | None,
) -> _Opened:
    report("reading", 0.0)
    found = audio.find_tracks(paths)
    brief = _brief(genre, *targets)
    files = list(found.tracks)
    chosen = _chosen_roles(files, roles)
    rate = found.sample_rate
    sources = audio.prepare_sources(files, rate, scratch, report.files("reading"), cancel)
    left_out = {f.paths[0].name: "is the mix by its name" for f in found.mixes}
    notes = list(found.notes)
    index = audio.find_mix_by_content(sources)
    if index is not None and files[index].id not in chosen:
        name = files[index].paths[0].name
        left_out[name] = "is the sum of the other tracks"
        del files[index], sources[index]
    notes += [f"{name} left out: it {why}; it can serve as reference" for name, why in left_out.items()]
    guesses = guess_roles([f.name for f in files])
    tracks = []
    for f, source, guess in zip(files, sources, guesses, strict=True):
        user_role = chosen.get(f.id)
        tracks.append(
            Track(
                id=f.id,
                name=f.name,
                files=tuple(_audio_file(info, folder) for info in f.files),
                channels=source.channels,
                dual_mono=source.dual_mono,
                sample_rate=f.sample_rate,
                frames=max(info.frames for info in f.files),
                offset_s=f.start_s,
                role=user_role or guess.role,
                role_confidence=1.0 if user_role else guess.confidence,
                role_set_by="user" if user_role else "rule",
                role_reason="set by the user" if user_role else guess.reason,
            )
        )
    project = Project(
        made_with=f"mixwright {mixwright.__version__}",
        name=_song_name(paths),
        sample_rate=rate,
        tracks=tuple(tracks),
        left_out=left_out,
        brief=brief,
    )
    inputs = {track.id: source for track, source in zip(tracks, sources, strict=True)}
    return _Opened(project, inputs, tuple(notes))


def open_inputs(
    project: Project,
    folder: Path,
    scratch: audio.Scratch,
    progress: Callable[[float], Any] | None = None,
    cancel: audio.source.Cancel | None = None,
) -> dict[str, audio.Source]:
    """Opens the audio of a saved project whose file lies in `folder`, by track id.

    Raises
    ------
    InputError
        When a file is missing or is not the one the project was made with.
    """
    tracks = []
    for track in project.tracks:
        infos = []
        for file in track.files:
            path = resolve_path(file.path, folder)
            if not path.exists():
                raise InputError(f"{file.path}: is gone; put it back where {FILE_NAME} expects it ({path})")
            if audio.content_hash(path) != file.sha256:
                raise InputError(f"{path}: is not the file this project was made with; mix again with it")
            infos.append(audio.probe(path, file.stream))
        tracks.append(audio.TrackFiles(track.id, track.name, tuple(infos), track.offset_s))
    done = (lambda n, of: progress(n / of)) if progress else None
    sources = audio.prepare_sources(tracks, project.sample_rate, scratch, done, cancel)
    return {track.id: source for track, source in zip(project.tracks, sources, strict=True)}


class _TotalFile:
    """The untrimmed sum of the mix bus in scratch files: computed once, read as often as needed."""

    BLOCK = 32768

    def __init__(self, scratch: audio.Scratch) -> None:
        self._channels = (scratch.file(), scratch.file())

    def append(self, block: np.ndarray) -> None:
        for channel, row in zip(self._channels, block, strict=True):
            channel.append(row)

    @property
    def frames(self) -> int:
        return self._channels[0].frames

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        for start in range(0, self.frames, self.BLOCK):
            block = np.empty((2, min(self.BLOCK, self.frames - start)), np.float32)
            for channel, row in zip(self._channels, block, strict=True):
                channel.read(start, row)
            yield start, block


def _render_total(
    mix: Mix,
    inputs: Mapping[str, audio.Source],
    sample_rate: int,
    total: _TotalFile,
    threads: int,
    progress: Callable[[float], Any],
    cancel: audio.source.Cancel | None,
) -> None:
    with Console(mix, inputs, sample_rate, threads=threads) as console:
        length = max(1, console.frames + console.tail_frames)
        for block in console.blocks():
            _stop_if(cancel)
            total.append(block.total)
            progress(min(1.0, block.position / length))


@dataclass(frozen=True)
class _Written:
    renderings: dict[str, Rendering]
    measured: Measured


def _finish_and_write(
    project: Project,
    inputs: Mapping[str, audio.Source],
    total: _TotalFile,
    folder: Path | None,
    wanted: Outputs,
    threads: int,
    report: "_Progress",
    cancel: audio.source.Cancel | None,
) -> Mixed:
    brief, start = project.brief, project.mix
    decisions = project.decisions
    for _ in range(CODEC_ROUNDS):
        done = finish(total.blocks, start, brief, project.sample_rate)
        finished = _with_decisions(project, done.mix, (*decisions, *done.decisions))
        paths = _input_paths(finished, folder or Path())
        written = _write(finished, inputs, total, folder, wanted, paths, threads, report, cancel)
        excess = _codec_excess_db(written, project.brief, wanted)
        if excess <= 0:
            break
        brief = brief.replace(peak_dbtp=max(-20.0, brief.peak_dbtp - excess))
    measured = written.measured.replace(
        limiting_db=done.limiting_db,
        target_met=done.target_met,
        note="" if done.target_met else "below the loudness target, to keep the punch of the loudest 3 s",
    )
    finished = finished.replace(measured=measured)
    project_file = None
    if folder is not None:
        project_file = folder / FILE_NAME
        save_project(finished, project_file)
    return Mixed(finished, written.renderings, (), project_file)


def _codec_excess_db(written: _Written, brief: Brief, wanted: Outputs) -> float:
    """How far the decoded lossy master is above the ceiling; 0 for formats that keep the samples."""
    if not audio.find_format(wanted.format).is_lossy or written.measured.master_peak_dbtp is None:
        return 0.0
    over = written.measured.master_peak_dbtp - brief.peak_dbtp
    return 0.0 if over <= CODEC_MARGIN_DB else over + CODEC_MARGIN_DB


def _write(
    project: Project,
    inputs: Mapping[str, audio.Source],
    total: _TotalFile,
    folder: Path | None,
    wanted: Outputs,
    keep: Sequence[Path],
    threads: int,
    report: "_Progress",
    cancel: audio.source.Cancel | None,
) -> _Written:
    """Writes mix, master and what else is wanted; all files appear together at the end."""
    format = audio.find_format(wanted.format)
    rate = project.sample_rate
    mix_out, master_out = _Meters(rate), _Meters(rate)
    kept: dict[str, list[np.ndarray]] = {"mix": [], "master": []}
    done = 0
    with ExitStack() as stack:
        writers: dict[str, audio.Writer] = {}

        def writer(name: str) -> audio.Writer:
            assert folder is not None
            path = folder / f"{name}{format.extension}"
            path.parent.mkdir(exist_ok=True)
            title = audio.Metadata(title=project.name)
            opened = audio.open_writer(
                path, rate, 2, format, metadata=title, dither=ditherer(format.bits), inputs=keep
            )
            writers[name] = stack.enter_context(opened)
            return writers[name]

        def sink(name: str, meters: _Meters) -> Callable[[np.ndarray], None]:
            target = writer(name) if folder is not None else None

            def take(block: np.ndarray) -> None:
                nonlocal done
                _stop_if(cancel)
                meters.add(block)
                if target is not None:
                    target.write(block)
                else:
                    kept[name].append(block.copy())
                done += block.shape[1]
                report("writing", min(1.0, done / max(1, 2 * total.frames)))

            return take

        run_master(
            total.blocks(),
            project.mix,
            rate,
            on_mix=sink("mix", mix_out),
            on_master=sink("master", master_out),
        )
        if folder is not None and (wanted.stems or wanted.tracks):
            _write_parts(project, inputs, wanted, writer, threads, cancel)
        if "master" in writers:
            writers["master"].metadata = audio.Metadata(title=project.name, loudness=master_out.for_file())
            writers["mix"].metadata = audio.Metadata(title=project.name, loudness=mix_out.for_file())
    names = list(writers) if folder is not None else ["mix", "master"]
    renderings = {}
    for name in names:
        samples = np.concatenate(kept[name], axis=1) if folder is None else None
        path = writers[name].path if folder is not None else None
        renderings[name] = Rendering(name, path, samples, rate)
    peak = master_out.peak.peak_dbtp
    if folder is not None and format.is_lossy:
        peak = _decoded_peak_dbtp(writers["master"].path)
    measured = Measured(
        mix_peak_dbtp=mix_out.peak.peak_dbtp,
        mix_loudness_lufs=mix_out.loudness.integrated_lufs,
        master_peak_dbtp=peak,
        master_loudness_lufs=master_out.loudness.integrated_lufs,
        master_range_lu=master_out.loudness.range_lu,
    )
    return _Written(renderings, measured)


def _write_parts(
    project: Project,
    inputs: Mapping[str, audio.Source],
    wanted: Outputs,
    writer: Callable[[str], audio.Writer],
    threads: int,
    cancel: audio.source.Cancel | None,
) -> None:
    mix = split_returns(project.mix) if wanted.split_returns else project.mix
    trim = Trim(mix, project.sample_rate)
    writers: dict[str, audio.Writer] = {}
    with Console(
        mix, inputs, project.sample_rate, threads=threads, stems=wanted.stems, tracks=wanted.tracks
    ) as console:
        for block in console.blocks():
            _stop_if(cancel)
            parts = {f"stems/{name}": samples for name, samples in _grouped(block.stems).items()}
            parts |= {f"tracks/{name}": samples for name, samples in block.tracks.items()}
            for name, samples in parts.items():
                if name not in writers:
                    writers[name] = writer(name)
                writers[name].write(trim.apply(samples, block.position))


def _grouped(stems: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Adds split returns to the stem of the group they belong to."""
    grouped: dict[str, np.ndarray] = {}
    for id, samples in stems.items():
        name = stem_name(id)
        grouped[name] = grouped[name] + samples if name in grouped else samples
    return grouped


@dataclass
class _Meters:
    sample_rate: int
    loudness: LoudnessMeter = field(init=False)
    peak: TruePeakMeter = field(init=False)

    def __post_init__(self) -> None:
        self.loudness = LoudnessMeter(self.sample_rate)
        self.peak = TruePeakMeter(2)

    def add(self, block: np.ndarray) -> None:
        self.loudness.add(block)
        self.peak.add(block)

    def for_file(self) -> audio.Loudness:
        return audio.Loudness(
            self.loudness.integrated_lufs,
            self.loudness.range_lu,
            self.peak.peak_dbtp,
            self.loudness.momentary_max_lufs,
            self.loudness.short_term_max_lufs,
        )


def _decoded_peak_dbtp(path: Path) -> float:
    meter = TruePeakMeter(2)
    with audio.Scratch() as scratch:
        info = audio.probe(path)
        source = audio.open_source(info, info.sample_rate, scratch)
        for block in source.blocks():
            meter.add(block if block.shape[0] == 2 else np.repeat(block, 2, axis=0))
    return meter.peak_dbtp


def _with_decisions(project: Project, mix: Mix, decisions: tuple[Decision, ...]) -> Project:
    settings = {}
    for decision in decisions:
        for path in decision.changes:
            settings[path] = Setting(set_by=decision.set_by, decision=decision.id, evidence=decision.evidence)
    first = Revision(number=1, time_utc=datetime.now(UTC).isoformat(timespec="seconds"), note="first mix")
    return project.replace(mix=mix, decisions=decisions, settings=settings, history=(first,))


def _brief(genre: str, tempo_bpm: float | None, loudness_lufs: float, peak_dbtp: float) -> Brief:
    for name, value, low, high, unit in (
        ("tempo", tempo_bpm, 20, 400, "bpm"),
        ("loudness", loudness_lufs, -40, -4, "LUFS"),
        ("peak", peak_dbtp, -20, 0, "dBTP"),
    ):
        if value is not None and not low <= value <= high:
            raise InputError(f"{name} {value:g} {unit} is out of range; give {low}..{high} {unit}")
    return Brief(genre=genre, tempo_bpm=tempo_bpm, loudness_lufs=loudness_lufs, peak_dbtp=peak_dbtp)


def _chosen_roles(files: Sequence[audio.TrackFiles], roles: Mapping[str, str]) -> dict[str, Any]:
    chosen = {}
    for wanted, role in roles.items():
        key = Path(wanted).name.lower()
        found = [
            f.id
            for f in files
            if key
            in {f.id, f.name.lower(), *(p.name.lower() for p in f.paths), *(p.stem.lower() for p in f.paths)}
        ]
        if not found:
            known = ", ".join(f.paths[0].name for f in files)
            raise InputError(f"role for {wanted!r}: there is no such track; the tracks are {known}")
        for id in found:
            chosen[id] = parse_role(role)
    return chosen


def _audio_file(info: audio.AudioInfo, folder: Path | None) -> AudioFile:
    path = Path(info.path).resolve()
    stored = relative_path(path, folder.resolve()) if folder is not None else path.as_posix()
    return AudioFile(path=stored, sha256=audio.content_hash(path), stream=info.stream)


def _input_paths(project: Project, folder: Path) -> list[Path]:
    return [resolve_path(file.path, folder) for track in project.tracks for file in track.files]


def _song_name(paths: str | Path | Iterable[str | Path]) -> str:
    first = Path(paths) if isinstance(paths, str | Path) else Path(next(iter(paths)))
    place = first.resolve()
    return place.name if place.is_dir() else place.parent.name


def _output_folder(out: str | Path | None) -> Path | None:
    if out is None:
        return None
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be made a folder ({error.strerror}); choose another --out"
        ) from None
    if not os.access(folder, os.W_OK):
        raise InputError(f"{folder}: cannot be written to; choose another --out")
    return folder


def _problems(project: Project, analysis: SongAnalysis) -> list[str]:
    return [
        f"{track.name}: {problem}"
        for track in project.tracks
        for problem in analysis.tracks[track.id].problems()
    ]


def _threads(threads: int | None) -> int:
    return threads if threads is not None else min(os.cpu_count() or 1, 8)


def _stop_if(cancel: audio.source.Cancel | None) -> None:
    if cancel is not None and cancel.is_set():
        raise audio.CancelledError("stopped")


class _Progress:
    def __init__(self, callback: Progress | None) -> None:
        self._callback = callback

    def __call__(self, stage: str, share: float) -> None:
        if self._callback is not None:
            self._callback(stage, share)

    def part(self, stage: str) -> Callable[[float], None]:
        return lambda share: self(stage, share)

    def files(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, of: self(stage, done / max(1, of))
