"""What a user does: mix tracks, render a project, look at tracks, hear the demo."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mixwright import audio
from mixwright.analysis.beats import Beats
from mixwright.analysis.cache import remembered
from mixwright.analysis.sections import Section, telling_excerpts
from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.engineer.desk import CURVE, Desk, choose_genre
from mixwright.engineer.engineer import REVIEW, printed, work
from mixwright.engineer.finish import DRIVE_RANGE_DB, Finish, Totals, drive_to_loudness, finish
from mixwright.engineer.genres import AUTO
from mixwright.engineer.hearing import Heard, Span, listen
from mixwright.engineer.learned_names import vote
from mixwright.engineer.liking import like
from mixwright.engineer.problems import find_problems
from mixwright.engineer.review import review
from mixwright.engineer.routing import related_tracks
from mixwright.engineer.songform import name_sections
from mixwright.errors import InputError
from mixwright.mix_model import Mix
from mixwright.project import (
    FILE_NAME,
    AudioFile,
    Brief,
    Decision,
    Project,
    Revision,
    Setting,
    Track,
    load_project,
)
from mixwright.report import FILE_NAME as REPORT_NAME
from mixwright.session.history import now_utc
from mixwright.units import SILENCE_DB
from mixwright.workflow.job import Job
from mixwright.workflow.opening import (
    Opened,
    Paths,
    impulse_file,
    make_brief,
    open_project,
    open_tracks,
    read_impulses,
)
from mixwright.workflow.rendering import MixSum, Rendering, Written, measure_outputs, write_outputs
from mixwright.workflow.reporting import Reporter
from mixwright.workflow.results import Results, check_results, results_folder
from mixwright.workflow.tasting import liked_offsets

DEMO_SONG = Path(__file__).parents[3] / "examples" / "demo_song" / "tracks"

LOUDNESS_TOLERANCE_LU = 0.1
"""EBU's own tolerance for loudness meters."""

REVIEW_ROUNDS = 3
REVIEW_S = 24.0
"""The engineer listens to this much of a song, in several excerpts."""

Solve = Callable[[Totals, Mix, Brief, int], Finish]

CODEC_ROUNDS = 6
CODEC_MARGIN_DB = 0.05
CODEC_DRIFT_LU = 0.05
"""A decoded lossy master may pass the ceiling, and miss its loudness, by this much."""


@dataclass(frozen=True)
class Mixed:
    """What `mix` and `render` give back."""

    project: Project
    renderings: dict[str, Rendering]
    notes: tuple[str, ...] = ()
    project_file: Path | None = None
    report_file: Path | None = None

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
    rough: str | Mapping[str, str] = AUTO,
    without: Iterable[str] = (),
    session: str | Path | None = None,
    job: Job | None = None,
) -> Mixed:
    """Mixes and masters the tracks of one song.

    Parameters
    ----------
    paths : path or several
        A folder of tracks, or the files.
    out : path, optional
        Folder for ``mix.wav``, ``master.wav``, ``project.json`` and ``report.html``; without it samples
        come back.
    genre : str
        One of `engineer.genres.genre_names()`, or ``auto``.
    roles : mapping of str to str, optional
        Role by file name, for what the names do not tell.
    tempo_bpm, loudness_lufs, peak_dbtp : float
        The brief: tempo, and the loudness and highest true peak of the master.
    impulse : path, optional
        Impulse response of a room or device that takes the place of the main reverb.
    rough : str or mapping of str to str
        What the given levels are: ``keep`` them as a balance, ``ignore`` them, or ``auto``; or that by file
        name, the rest then being ``auto`` unless ``""`` says otherwise.
    without : iterable of str
        Kinds of decisions not to be made: `engineer.engineer.STEPS`, or ``review``.
    session : path, optional
        Facts about the song (docs/session.md); else ``session.toml`` beside the tracks, where it is there.
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
    per_track = {} if isinstance(rough, str) else {k: v for k, v in rough.items() if k}
    common = rough if isinstance(rough, str) else rough.get("", AUTO)
    facts_file = Path(session) if session is not None else None
    brief = make_brief(genre, tempo_bpm, loudness_lufs, peak_dbtp, common, without)
    with results_folder(out) as folder, audio.Scratch() as scratch:
        impulse_response = impulse_file(Path(impulse), folder) if impulse is not None else None
        opened = open_tracks(paths, folder, brief, roles or {}, scratch, job, per_track, facts_file)
        analysis = listen_to_tracks(opened, job)
        refuse_silence(opened.project, analysis)
        job.report("deciding")
        desk = work(opened.project, analysis)
        like(desk, liked_offsets(desk.genre.name))
        facts = opened.project.facts
        if not facts.sections:
            facts = facts.replace(sections=name_sections(opened.project, analysis))
        project = with_provenance(opened.project.replace(mix=desk.mix, facts=facts), desk.decisions)
        files = opened.files
        if impulse is not None and impulse_response is not None:
            project = _with_impulse(project, Path(impulse), impulse_response)
            files = (*files, Path(impulse))
        impulses = read_impulses(project, folder or Path(), scratch)
        opened = Opened(project, opened.inputs, impulses, opened.notes, files)
        opened, heard = _review(opened, desk, job)
        reporter = (
            Reporter(opened.inputs, desk, heard, listened_excerpts(desk))
            if folder and job.outputs.report
            else None
        )
        total = MixSum(opened, scratch, job)
        stale = () if reporter else (REPORT_NAME,)
        project, written = solve_and_write(
            opened, total, folder, job, reporter, complete=_first_mix, stale=stale
        )
    job.report("done", 1.0)
    notes = (*opened.notes, *_problems(project, analysis), *peak_note(written, project.brief.peak_dbtp))
    return Mixed(
        project,
        written.renderings,
        notes,
        folder / FILE_NAME if folder is not None else None,
        folder / REPORT_NAME if folder is not None and reporter is not None else None,
    )


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
    format = audio.find_format(job.outputs.format)
    if isinstance(project, Project):
        loaded, base = project, Path(project_folder or ".")
    else:
        loaded = load_project(project)
        base = Path(project) if Path(project).is_dir() else Path(project).parent
    with results_folder(out) as folder, audio.Scratch() as scratch:
        opened = open_project(loaded, base, scratch, job)
        if folder is not None:
            check_results(folder, format, opened.files)
        total = MixSum(opened, scratch, job)
        written, goal = write_as_saved(opened, total, folder, job)
    job.report("done", 1.0)
    measured = written.measured
    miss = (measured.master_loudness_lufs or 0.0) - loaded.brief.loudness_lufs
    measured = measured.replace(target_met=abs(miss) <= LOUDNESS_TOLERANCE_LU)
    return Mixed(loaded.replace(measured=measured), written.renderings, peak_note(written, goal))


def report(project: str | Path, out: str | Path | None = None, *, job: Job | None = None) -> Path:
    """Makes the report of a saved project again, from the project as it is now and its tracks.

    Parameters
    ----------
    project : path
        A ``project.json``, or the folder that holds it.
    out : path, optional
        Folder for ``report.html``; that of the project when left out.

    Returns
    -------
    Path
        The page. Levels of the master are those before a lossy coder.

    Raises
    ------
    InputError
        When the project or one of its audio files is missing, changed or not usable.
    """
    job = job or Job()
    loaded = load_project(project)
    base = Path(project) if Path(project).is_dir() else Path(project).parent
    with results_folder(out if out is not None else base) as folder, audio.Scratch() as scratch:
        assert folder is not None
        opened = open_project(loaded, base, scratch, job)
        audio.check_target(folder / REPORT_NAME, opened.files)
        analysis = listen_to_tracks(opened, job)
        refuse_silence(loaded, analysis)
        desk = Desk(loaded, analysis, loaded.mix)
        choose_genre(desk)
        excerpts = listened_excerpts(desk)
        heard = hear(opened, loaded.mix, excerpts, job)
        reporter = Reporter(opened.inputs, desk, heard, excerpts)
        measured, signals = measure_outputs(loaded, MixSum(opened, scratch, job), job, reporter.excerpt)
        miss = (measured.master_loudness_lufs or 0.0) - loaded.brief.loudness_lufs
        met = abs(miss) <= LOUDNESS_TOLERANCE_LU
        measured = measured.replace(target_met=met, note="" if met else loaded.measured.note)
        page = reporter.page(loaded.replace(measured=measured), signals, job)
        format = audio.find_format(job.outputs.format)
        with Results(loaded, folder, format, opened.files) as results:
            results.publish(report=page)
    job.report("done", 1.0)
    return folder / REPORT_NAME


def write_as_saved(
    opened: Opened,
    total: MixSum,
    folder: Path | None,
    job: Job,
    saved: Project | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[Written, float]:
    """Writes what the project says, and `saved` beside it, if `check` raises nothing once all is ready.

    Only a lossy master that would pass its ceiling when it is decoded gets a lower one, and with it the drive
    that keeps its loudness. A drive that the user chose is never raised: it goes down with the ceiling, so
    that the limiter works as much as it did.
    """
    project = opened.project
    format = audio.find_format(job.outputs.format)
    limiter = project.mix.master.limiter
    ceiling = limiter.ceiling_dbtp
    goal = max(ceiling, project.brief.peak_dbtp) if limiter.on else math.inf
    by_user = _drive_is_users(project)
    wanted: float | None = None
    target = 0.0
    for round in range(CODEC_ROUNDS):
        with _results(opened, folder, format) as results:
            written = write_outputs(opened, total, results, job)
            lowered = _lowered_ceiling(ceiling, written, goal)
            if wanted is None:
                wanted = target = written.fed_loudness_lufs
            drift = 0.0 if by_user else _codec_drift_lu(written, wanted)
            if (lowered is None and not drift) or round == CODEC_ROUNDS - 1:
                if results:
                    check()
                    results.publish(saved, stale=(REPORT_NAME,) if saved is not None else ())
                break
        ceiling = ceiling if lowered is None else lowered
        if by_user:
            opened = replace(opened, project=project.replace(mix=_with_ceiling(project.mix, ceiling)))
            continue
        target = min(max(target - drift, -40.0), -4.0)
        brief = project.brief.replace(loudness_lufs=target, peak_dbtp=min(ceiling, 0.0))
        quieter = project.mix.with_values({"master.limiter.ceiling_dbtp": ceiling})
        done = drive_to_loudness(total.blocks, quieter, brief, project.sample_rate)
        opened = replace(opened, project=project.replace(mix=done.mix))
    return written, goal


def _drive_is_users(project: Project) -> bool:
    """Whether the drive of the master is another one than the engineer's."""
    path = "master.drive_db"
    setting = project.settings.get(path)
    solved = [d.changes[path] for d in project.decisions if d.set_by != "user" and path in d.changes]
    return (setting is not None and setting.set_by == "user") or project.mix.master.drive_db not in solved


def _with_ceiling(mix: Mix, ceiling_dbtp: float) -> Mix:
    """The mix with a lower ceiling and as much less drive."""
    drive = mix.master.drive_db + ceiling_dbtp - mix.master.limiter.ceiling_dbtp
    return mix.with_values(
        {
            "master.limiter.ceiling_dbtp": ceiling_dbtp,
            "master.drive_db": max(drive, DRIVE_RANGE_DB[0]),
        }
    )


@dataclass(frozen=True)
class TrackReport:
    """One line of `inspect`."""

    track: Track
    seconds: float
    loudness_lufs: float
    peak_dbfs: float
    crest_db: float
    problems: tuple[str, ...] = ()
    pitch_range_hz: tuple[float, float] | None = None
    """Lowest and highest note; None for drums and noise."""
    octave_crest_db: tuple[float, ...] = ()
    """Peak over power in each octave of `analysis.envelope.OCTAVES_HZ`."""
    role_votes: Mapping[str, str] = field(default_factory=dict)
    """What each reader takes the name for: ``rules`` and, where its weights are there, ``learned``."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found."""

    project: Project
    tracks: tuple[TrackReport, ...]
    notes: tuple[str, ...] = ()
    beats: Beats = field(default_factory=Beats)
    sections: tuple[Section, ...] = ()


def inspect(paths: Paths, *, roles: Mapping[str, str] | None = None, job: Job | None = None) -> Inspection:
    """Looks at the tracks of a song without mixing them: role, format, level, problems."""
    job = job or Job()
    with audio.Scratch() as scratch:
        opened = open_tracks(paths, None, Brief(), roles or {}, scratch, job)
        analysis = listen_to_tracks(opened, job)
    reports = []
    votes = vote([track.name for track in opened.project.tracks])
    for track, voted in zip(opened.project.tracks, votes, strict=True):
        found = analysis.tracks[track.id]
        reports.append(
            TrackReport(
                track,
                track.frames / track.sample_rate,
                found.integrated_lufs,
                found.peak_dbfs,
                found.peak_dbfs - found.power_dbfs,
                find_problems(found),
                found.pitch.range_hz,
                tuple(float(crest) for crest in found.octave_crest_db),
                voted.by_reader,
            )
        )
    names = {track.id: audio.shown(track.name) for track in opened.project.tracks}
    copies = [
        f"{names[a]} and {names[b]} hold the same sound; leave one of them out"
        for a, b in analysis.duplicates
    ]
    notes = (*opened.notes, *copies)
    return Inspection(opened.project, tuple(reports), notes, analysis.beats, analysis.sections)


def demo(out: str | Path, *, job: Job | None = None) -> Mixed:
    """Mixes the project's own song, which lies in ``examples/demo_song`` of a checkout."""
    if not DEMO_SONG.is_dir():
        raise InputError(f"{DEMO_SONG}: the demo song is not here; run this inside a checkout of the project")
    return mix(DEMO_SONG, out, genre="pop", job=job)


def listen_to_tracks(opened: Opened, job: Job) -> SongAnalysis:
    job.report("listening")
    related = related_tracks(opened.project.tracks)

    def measured() -> SongAnalysis:
        return analyse(
            opened.inputs,
            opened.project.sample_rate,
            related=related,
            threads=job.workers,
            progress=job.counter("listening"),
            cancel=job.cancel,
        )

    if not job.cache:
        return measured()
    return remembered([opened.project.sample_rate, related, *map(_sound_of, opened.project.tracks)], measured)


def _sound_of(track: Track) -> list[object]:
    """All that tells what a track sounds like."""
    files = [[file.content_hash, file.stream] for file in track.files]
    return [track.id, files, track.channels, track.dual_mono, track.sample_rate, track.frames, track.offset_s]


def listened_excerpts(desk: Desk) -> tuple[Span, ...]:
    """The parts of the song that the engineer listens to."""
    return telling_excerpts(desk.analysis, REVIEW_S, [desk.lead.id] if desk.lead else [])


def hear(
    opened: Opened,
    mix: Mix,
    excerpts: tuple[Span, ...],
    job: Job,
    before: Sequence[tuple[Mix, Heard]] = (),
) -> Heard:
    """A mix in the excerpts; `before` are others that were heard in the same ones."""
    return listen(
        mix,
        opened.inputs,
        opened.project.sample_rate,
        excerpts,
        impulses=opened.impulses,
        threads=job.workers,
        check=job.check,
        before=before,
    )


def _review(opened: Opened, desk: Desk, job: Job) -> tuple[Opened, Heard]:
    """Lets the engineer listen to the mix and correct it; also what it heard of the mix that is kept."""
    excerpts = listened_excerpts(desk)
    rounds = iter(range(1, REVIEW_ROUNDS + 1))

    every: list[tuple[Mix, Heard]] = []

    def heard(mix: Mix) -> Heard:
        job.report("reviewing", next(rounds, REVIEW_ROUNDS) / (REVIEW_ROUNDS + 1))
        every.append((mix, hear(opened, mix, excerpts, job, every)))
        return every[-1][1]

    project = opened.project
    corrections = 0 if REVIEW in project.brief.without else REVIEW_ROUNDS
    liked = {path for path, setting in project.settings.items() if setting.set_by == "feedback"}

    def held(path: str) -> bool:
        return path in liked or printed(project, path)

    done = review(desk, project.mix, heard, excerpts, corrections, held)
    project = with_provenance(project.replace(mix=done.mix, review=done.log), done.decisions)
    return replace(opened, project=project), next(sound for mix, sound in every if mix == done.mix)


def refuse_silence(project: Project, analysis: SongAnalysis) -> None:
    if any(not track.silent for track in analysis.tracks.values()):
        return
    count = len(project.tracks)
    which = "the only track is" if count == 1 else f"all {count} tracks are"
    loudest = max(track.peak_dbfs for track in analysis.tracks.values())
    raise InputError(
        f"{audio.shown(project.name)}: {which} silent (highest peak {loudest:.0f} dBFS); "
        "check the export, or bring the level up"
    )


def solve_and_write(
    opened: Opened,
    total: MixSum,
    folder: Path | None,
    job: Job,
    reporter: Reporter | None,
    solve: Solve = finish,
    complete: Callable[[Project], Project] = lambda project: project,
    stale: Sequence[str] = (),
) -> tuple[Project, Written]:
    """Solves the master on the rendered sum and writes; a lossy master is lowered until it holds decoded.

    Parameters
    ----------
    solve : callable
        Sets the last values of the mix (`engineer.finish.finish`).
    complete : callable
        Makes of the finished project the one that is saved: with its history.
    stale : sequence of str
        Files in the folder that tell about an earlier mix, and go.
    """
    excerpt = reporter.excerpt if reporter else None
    project = opened.project
    brief = project.brief
    format = audio.find_format(job.outputs.format)
    for round in range(CODEC_ROUNDS):
        job.report("mastering")
        done = solve(total.blocks, project.mix, brief, project.sample_rate)
        finished = with_provenance(project.replace(mix=done.mix), done.decisions)
        with _results(replace(opened, project=finished), folder, format) as results:
            written = write_outputs(replace(opened, project=finished), total, results, job, excerpt)
            lowered = _lowered_ceiling(brief.peak_dbtp, written, project.brief.peak_dbtp)
            wanted = project.brief.loudness_lufs if done.target_met else written.fed_loudness_lufs
            drift = _codec_drift_lu(written, wanted)
            if (lowered is None and not drift) or round == CODEC_ROUNDS - 1:
                measured = written.measured.replace(
                    limiting_db=done.limiting_db, target_met=done.target_met, note=done.note
                )
                finished = complete(finished.replace(measured=measured))
                if results:
                    page = reporter.page(finished, written.signals, job) if reporter else None
                    results.publish(finished, page, stale)
                break
        brief = brief.replace(
            peak_dbtp=brief.peak_dbtp if lowered is None else lowered,
            loudness_lufs=min(max(brief.loudness_lufs - drift, -40.0), -4.0),
        )
    return finished, written


@contextmanager
def _results(opened: Opened, folder: Path | None, format: audio.Format) -> Iterator[Results | None]:
    if folder is None:
        yield None
        return
    with Results(opened.project, folder, format, opened.files) as results:
        yield results


def _lowered_ceiling(ceiling_dbtp: float, written: Written, goal_dbtp: float) -> float | None:
    """A lower ceiling when the decoded master passes the wanted peak, else None."""
    peak = written.measured.master_peak_dbtp
    if peak is None or peak <= goal_dbtp + CODEC_MARGIN_DB:
        return None
    return max(-20.0, ceiling_dbtp - (peak - goal_dbtp) - CODEC_MARGIN_DB)


def _codec_drift_lu(written: Written, wanted_lufs: float) -> float:
    """How far the decoded master misses the wanted loudness; 0 within bounds, and where no coder is used."""
    decoded = written.measured.master_loudness_lufs
    if decoded is None or decoded == written.fed_loudness_lufs or decoded <= SILENCE_DB:
        return 0.0
    drift = decoded - wanted_lufs
    return drift if abs(drift) > CODEC_DRIFT_LU else 0.0


def peak_note(written: Written, goal_dbtp: float) -> tuple[str, ...]:
    peak = written.measured.master_peak_dbtp
    if peak is None or peak <= goal_dbtp + CODEC_MARGIN_DB:
        return ()
    return (f"the master peaks at {peak:.2f} dBTP, above the wanted {goal_dbtp:g} dBTP",)


def with_provenance(project: Project, decisions: Sequence[Decision]) -> Project:
    """A project with decisions that led to its mix, and under each value who set it, and when.

    A decision takes the place of an earlier one with its id.
    """
    new = {decision.id for decision in decisions}
    kept = tuple(decision for decision in project.decisions if decision.id not in new)
    now = now_utc()
    settings = {
        path: Setting(set_by=d.set_by, set_at=now, decision=d.id, evidence=d.evidence)
        for d in decisions
        for path in (*d.changes, *(CURVE + curve.path for curve in d.curves))
    }
    return project.replace(decisions=(*kept, *decisions), settings=project.settings | settings)


def _first_mix(project: Project) -> Project:
    """A new project as it is saved: with the first step of its history."""
    first = Revision(number=1, time_utc=now_utc(), note="first mix")
    return project.replace(history=(first,), at=1)


def _with_impulse(project: Project, path: Path, file: AudioFile) -> Project:
    reverbs = [ret for ret in project.mix.returns if ret.effect == "reverb"]
    if not reverbs:
        raise InputError(f"{audio.shown(path)}: this mix has no reverb that it could replace; leave it out")
    main = reverbs[0].id
    mix = project.mix.with_values({f"returns.{main}.effect": "convolution"})
    move = Decision(
        id="impulse",
        kind="space",
        target=main,
        summary=f"{main}: convolution with {audio.shown(path.name)}",
        reason="The user gave this impulse response for the main reverb.",
        confidence=1.0,
        set_by="user",
        changes={f"returns.{main}.effect": "convolution"},
    )
    return with_provenance(project.replace(mix=mix, impulses={main: file}), (move,))


def _problems(project: Project, analysis: SongAnalysis) -> list[str]:
    return [
        f"{track.name} {problem}"
        for track in project.tracks
        for problem in find_problems(analysis.tracks[track.id])
    ]
