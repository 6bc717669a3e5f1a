"""What a user does: mix tracks, render a project, look at tracks, hear the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mixwright import audio
from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.engineer.engineer import decide
from mixwright.engineer.finish import Finish, finish
from mixwright.engineer.genres import AUTO, GENRES
from mixwright.engineer.problems import find_problems
from mixwright.engineer.roles import same_source_groups
from mixwright.errors import InputError
from mixwright.mix_model import Mix
from mixwright.project import (
    FILE_NAME,
    Brief,
    Decision,
    Project,
    Revision,
    Setting,
    Track,
    load_project,
    save_project,
)
from mixwright.workflow.job import Job
from mixwright.workflow.opening import (
    Opened,
    Paths,
    impulse_file,
    make_brief,
    open_project,
    open_tracks,
    output_folder,
    read_impulses,
)
from mixwright.workflow.rendering import MixSum, Rendering, Written, write_outputs

DEMO_SONG = Path(__file__).parents[3] / "examples" / "demo_song" / "tracks"

CODEC_ROUNDS = 6
CODEC_MARGIN_DB = 0.05
"""A decoded lossy master may pass the ceiling by this much."""


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


def mix(
    paths: Paths,
    out: str | Path | None = None,
    *,
    genre: str = AUTO,
    roles: Mapping[str, str] | None = None,
    tempo_bpm: float | None = None,
    loudness_lufs: float = -14.0,
    peak_dbtp: float = -1.0,
    impulse: str | Path | None = None,
    job: Job | None = None,
) -> Mixed:
    """Mixes and masters the tracks of one song.

    Parameters
    ----------
    paths : path or several
        A folder of tracks, or the files.
    out : path, optional
        Folder for ``mix.wav``, ``master.wav`` and ``project.json``; without it samples come back.
    genre : str
        One of `engineer.genres.GENRES`, or ``auto``.
    roles : mapping of str to str, optional
        Role by file name, for what the names do not tell.
    tempo_bpm, loudness_lufs, peak_dbtp : float
        The brief: tempo, and the loudness and highest true peak of the master.
    impulse : path, optional
        Impulse response of a room or device that takes the place of the main reverb.
    job : Job, optional
        Format and further outputs, threads, progress, cancelling.

    Raises
    ------
    InputError
        When a file or a wish cannot be used; the message names it and the remedy.
    MixwrightError
        When the work was cancelled or the disk is full.
    """
    job = job or Job()
    audio.find_format(job.outputs.format)
    brief = make_brief(genre, tempo_bpm, loudness_lufs, peak_dbtp, (AUTO, *GENRES))
    folder = output_folder(out)
    with audio.Scratch() as scratch:
        opened = open_tracks(paths, folder, brief, roles or {}, scratch, job)
        analysis = _listen(opened, job)
        job.report("deciding")
        decided, decisions = decide(opened.project, analysis)
        project = opened.project.replace(mix=decided, decisions=decisions)
        if impulse is not None:
            project = _with_impulse(project, Path(impulse), folder)
        impulses = read_impulses(project, folder or Path(), scratch)
        opened = Opened(project, opened.inputs, impulses, opened.notes)
        total = MixSum(opened, scratch, job)
        project, written = _finish(opened, total, folder, job)
    project_file = None
    if folder is not None:
        project_file = folder / FILE_NAME
        save_project(project, project_file)
    job.report("done", 1.0)
    return Mixed(project, written.renderings, (*opened.notes, *_problems(project, analysis)), project_file)


def render(
    project: str | Path | Project,
    out: str | Path | None = None,
    *,
    project_folder: str | Path | None = None,
    job: Job | None = None,
) -> Mixed:
    """Renders a saved project again: the same samples on any number of threads.

    Parameters
    ----------
    project : path or Project
        A ``project.json``, the folder that holds it, or a loaded project with `project_folder`.

    Raises
    ------
    InputError
        When the project or one of its audio files is missing, changed or not usable.
    """
    job = job or Job()
    audio.find_format(job.outputs.format)
    if isinstance(project, Project):
        loaded, base = project, Path(project_folder or ".")
    else:
        loaded = load_project(project)
        base = Path(project) if Path(project).is_dir() else Path(project).parent
    folder = output_folder(out)
    with audio.Scratch() as scratch:
        opened = open_project(loaded, base, scratch, job)
        total = MixSum(opened, scratch, job)
        for _ in range(CODEC_ROUNDS):
            written = write_outputs(opened, total, folder, job)
            lowered = _lowered_ceiling(opened.project.mix.master.limiter.ceiling_dbtp, written, loaded.brief)
            if lowered is None:
                break
            quieter = opened.project.mix.with_values({"master.limiter.ceiling_dbtp": lowered})
            opened = Opened(opened.project.replace(mix=quieter), opened.inputs, opened.impulses)
    job.report("done", 1.0)
    return Mixed(loaded, written.renderings)


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
    """What `inspect` found."""

    project: Project
    tracks: tuple[TrackReport, ...]
    notes: tuple[str, ...] = ()


def inspect(paths: Paths, *, roles: Mapping[str, str] | None = None, job: Job | None = None) -> Inspection:
    """Looks at the tracks of a song without mixing them: role, format, level, problems."""
    job = job or Job()
    with audio.Scratch() as scratch:
        opened = open_tracks(paths, None, Brief(), roles or {}, scratch, job)
        analysis = _listen(opened, job)
    reports = []
    for track in opened.project.tracks:
        found = analysis.tracks[track.id]
        reports.append(
            TrackReport(
                track,
                track.frames / track.sample_rate,
                found.integrated_lufs,
                found.peak_dbfs,
                found.peak_dbfs - found.power_dbfs,
                find_problems(found),
            )
        )
    return Inspection(opened.project, tuple(reports), opened.notes)


def demo(out: str | Path, *, job: Job | None = None) -> Mixed:
    """Mixes the project's own song, which lies in ``examples/demo_song`` of a checkout."""
    if not DEMO_SONG.is_dir():
        raise InputError(f"{DEMO_SONG}: the demo song is not here; run this inside a checkout of the project")
    return mix(DEMO_SONG, out, genre="pop", job=job)


def _listen(opened: Opened, job: Job) -> SongAnalysis:
    job.report("listening")
    tracks = opened.project.tracks
    related = [[tracks[i].id for i in group] for group in same_source_groups([t.name for t in tracks])]
    return analyse(
        opened.inputs,
        opened.project.sample_rate,
        related=related,
        threads=job.workers,
        progress=job.counter("listening"),
        cancel=job.cancel,
    )


def _finish(opened: Opened, total: MixSum, folder: Path | None, job: Job) -> tuple[Project, Written]:
    """Solves the master on the rendered sum and writes; a lossy master is lowered until it holds decoded."""
    project = opened.project
    brief = project.brief
    for _ in range(CODEC_ROUNDS):
        job.report("mastering")
        done = finish(total.blocks, project.mix, brief, project.sample_rate)
        finished = _with_decisions(project, done)
        written = write_outputs(Opened(finished, opened.inputs, opened.impulses), total, folder, job)
        lowered = _lowered_ceiling(brief.peak_dbtp, written, project.brief)
        if lowered is None:
            break
        brief = brief.replace(peak_dbtp=lowered)
    measured = written.measured.replace(
        limiting_db=done.limiting_db, target_met=done.target_met, note=done.note
    )
    return finished.replace(measured=measured), written


def _lowered_ceiling(ceiling_dbtp: float, written: Written, brief: Brief) -> float | None:
    """A lower ceiling when the decoded master passes the wanted peak, else None."""
    peak = written.measured.master_peak_dbtp
    if peak is None or peak <= brief.peak_dbtp + CODEC_MARGIN_DB:
        return None
    return max(-20.0, ceiling_dbtp - (peak - brief.peak_dbtp) - CODEC_MARGIN_DB)


def _with_decisions(project: Project, done: Finish) -> Project:
    decisions: tuple[Decision, ...] = (*project.decisions, *done.decisions)
    settings = {
        path: Setting(set_by=decision.set_by, decision=decision.id, evidence=decision.evidence)
        for decision in decisions
        for path in decision.changes
    }
    first = Revision(number=1, time_utc=datetime.now(UTC).isoformat(timespec="seconds"), note="first mix")
    return project.replace(mix=done.mix, decisions=decisions, settings=settings, history=(first,))


def _with_impulse(project: Project, path: Path, folder: Path | None) -> Project:
    reverbs = [ret for ret in project.mix.returns if ret.effect == "reverb"]
    if not reverbs:
        raise InputError(
            f"{path}: this mix has no reverb that the impulse response could replace; leave it out"
        )
    main = reverbs[0].id
    mix = project.mix.with_values({f"returns.{main}.effect": "convolution"})
    move = Decision(
        id="impulse",
        kind="space",
        target=main,
        summary=f"{main}: convolution with {path.name}",
        reason="The user gave this impulse response for the main reverb.",
        confidence=1.0,
        set_by="user",
        changes={f"returns.{main}.effect": "convolution"},
    )
    return project.replace(
        mix=mix, impulses={main: impulse_file(path, folder)}, decisions=(*project.decisions, move)
    )


def _problems(project: Project, analysis: SongAnalysis) -> list[str]:
    return [
        f"{track.name} {problem}"
        for track in project.tracks
        for problem in find_problems(analysis.tracks[track.id])
    ]
