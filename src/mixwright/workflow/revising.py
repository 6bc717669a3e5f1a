"""The conversation about a mix: change, lock, ask again, undo; what was accepted does not move."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mixwright import audio
from mixwright.engineer.desk import CURVE, Desk
from mixwright.engineer.engineer import REVIEW, STEPS, kind_of_value, owners_of, printed, rework
from mixwright.engineer.finish import Finish, Totals, finish
from mixwright.engineer.genres import AUTO
from mixwright.engineer.hearing import Heard
from mixwright.engineer.review import review
from mixwright.errors import InputError
from mixwright.mix_model import Mix
from mixwright.project import FILE_NAME, Brief, Decision, Project, load_project, relative_path, resolve_path
from mixwright.report import FILE_NAME as REPORT_NAME
from mixwright.session.chains import Built, with_curve, with_group, with_key, with_parallel
from mixwright.session.curves import Span, apart_from, only_within, with_values
from mixwright.session.differences import channel_name, differences
from mixwright.session.edits import Edit, parse_edit
from mixwright.session.history import find_revision, go_to, recorded, redo, undo, with_version
from mixwright.session.locks import Locks, locks_of, parse_lock
from mixwright.session.names import find_parameter, find_sections
from mixwright.session.picking import parts_of_takes
from mixwright.workflow.actions import (
    Mixed,
    hear,
    listen_to_tracks,
    listened_excerpts,
    peak_note,
    solve_and_write,
    with_provenance,
    write_as_saved,
)
from mixwright.workflow.asking import answers, asked, asked_loudness, decided
from mixwright.workflow.job import Job
from mixwright.workflow.opening import Opened, make_brief, open_project, parse_decision_kind
from mixwright.workflow.referring import parse_scopes, with_reference
from mixwright.workflow.rendering import MixSum
from mixwright.workflow.results import check_results, results_folder
from mixwright.workflow.tasting import remember
from mixwright.workflow.tracks import TrackChanges, with_tracks

REVIEW_ROUNDS = 1
"""Rounds of listening after decisions were made again."""

STRENGTH = 0.8
"""How far a mix goes towards a reference where nothing else is said."""

EVERYWHERE: tuple[Span, ...] = ((0.0, math.inf),)

SOLVED = ("master.trim_db", "master.drive_db")
"""Set anew by every revision, unless the user did or a lock holds them."""

OWN = ("user", "feedback")
"""Whose values the engineer does not touch."""


@dataclass(frozen=True)
class Revised(Mixed):
    """What `revise` gives back: the mix, and what is different now."""

    changes: tuple[str, ...] = field(default=())
    """One line per difference to the mix before."""


@dataclass(frozen=True)
class Wishes:
    """What a revision is to do; see `revise`."""

    edits: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    unlocks: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()
    adapt: bool = False
    only: tuple[str, ...] = ()
    loudness_lufs: float | None = None
    peak_dbtp: float | None = None
    genre: str | None = None
    words: str = ""
    takes: tuple[str, ...] = ()
    reference: Path | None = None
    scope: tuple[str, ...] = ()
    strength: float = STRENGTH
    tracks: TrackChanges = field(default_factory=TrackChanges)
    curves: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    parallels: tuple[str, ...] = ()


def revise(
    project: str | Path,
    out: str | Path | None = None,
    *,
    edits: Iterable[str] = (),
    locks: Iterable[str] = (),
    unlocks: Iterable[str] = (),
    release: Iterable[str] = (),
    redo: Iterable[str] = (),
    adapt: bool = False,
    only: Iterable[str] = (),
    loudness_lufs: float | None = None,
    peak_dbtp: float | None = None,
    genre: str | None = None,
    words: str = "",
    takes: Iterable[str] = (),
    reference: str | Path | None = None,
    scope: Iterable[str] = (),
    strength: float = STRENGTH,
    tracks: TrackChanges | None = None,
    curves: Iterable[str] = (),
    keys: Iterable[str] = (),
    groups: Iterable[str] = (),
    parallels: Iterable[str] = (),
    save_as: str | None = None,
    job: Job | None = None,
) -> Revised:
    """Changes a mix and keeps the rest, to the last bit, but for the gain of the master: it is solved anew.

    Parameters
    ----------
    project : path
        A ``project.json``, or the folder that holds it.
    out : path, optional
        Folder for the results; that of the project when left out.
    edits : iterable of str
        Values to set, such as ``lead_vocal.fader_db=-3`` or ``lead_vocal.fader_db+=1.5``.
    locks, unlocks : iterable of str
        What this and all later revisions leave alone, and what they no longer do: values, tracks, groups,
        kinds of decisions, sections.
    release : iterable of str
        Values the user set that are handed back to the engineer.
    redo : iterable of str
        Kinds of decisions to be made again (`engineer.engineer.STEPS`). Values the user set stay.
    adapt : bool
        Whether decisions that follow from what changes are made again, too.
    only : iterable of str
        Sections in which all this is to hold; the rest of the song stays as it is.
    loudness_lufs, peak_dbtp, genre : optional
        Change the brief.
    words : str
        What is to be different, as one says it: ``"vocals more intimate, chorus bigger"`` (docs/words.md).
    takes : iterable of str
        Versions to take values from: ``"B"``, or ``"drums=B"`` for a part.
    reference : path, optional
        A finished song, or a folder of them as a house style, to bring the mix nearer to.
    scope : iterable of str
        What is taken over of it: ``tone``, ``level``, ``width``, ``dynamics``; tone and width where none is
        named.
    strength : float
        How far, up to 1.
    tracks : TrackChanges, optional
        Tracks that are replaced, new or gone. New ones are worked on; nothing else is touched by it.
    curves, keys, groups, parallels : iterable of str
        What the user builds: ``"lead_vocal.fader_db@12=-3,14=0"``, ``"bass.compressor=kick"``,
        ``"leads=lead_vocal,double"``, ``"crush=drums"`` (`session.chains`).
    save_as : str, optional
        A name for this version.
    job : Job, optional
        Format and further outputs, threads, progress, cancelling.

    Raises
    ------
    InputError
        When a wish cannot be followed: it names a value that is locked, out of range or not there.
    """
    wishes = Wishes(
        tuple(edits),
        tuple(locks),
        tuple(unlocks),
        tuple(release),
        tuple(redo),
        adapt,
        tuple(only),
        loudness_lufs,
        peak_dbtp,
        genre,
        words,
        tuple(takes),
        Path(reference) if reference is not None else None,
        parse_scopes(scope),
        strength,
        tracks or TrackChanges(),
        tuple(curves),
        tuple(keys),
        tuple(groups),
        tuple(parallels),
    )

    def change(opened: Opened, job: Job) -> tuple[Project, tuple[str, ...]]:
        return _revised(opened, wishes, job)

    def prepare(loaded: Project, base: Path) -> Project:
        return with_tracks(loaded, base, wishes.tracks)

    return revise_with(project, out, change, _note_of(wishes), save_as, job, prepare)


Changing = Callable[[Opened, Job], tuple[Project, tuple[str, ...]]]
"""From the open project to the changed one, and what the user should know."""


def revise_with(
    project: str | Path,
    out: str | Path | None,
    change: Changing,
    note: str,
    save_as: str | None,
    job: Job | None,
    prepare: Callable[[Project, Path], Project] = lambda loaded, base: loaded,
) -> Revised:
    """Opens a project, changes it, records the step and renders what changed.

    Parameters
    ----------
    prepare : callable
        Changes the project's tracks before they are opened.
    """
    job = job or Job()
    format = audio.find_format(job.outputs.format)
    check = unchanged(project, out)
    loaded, base = _loaded(project)
    check_name(project, out if out is not None else base)
    with results_folder(out if out is not None else base) as folder, audio.Scratch() as scratch:
        assert folder is not None
        opened = open_project(prepare(loaded, base), base, scratch, job)
        check_results(folder, format, opened.files)
        changed, notes = change(opened, job)

        def complete(finished: Project) -> Project:
            check()
            step = recorded(loaded, finished, note)
            return moved_to(with_version(step, save_as) if save_as else step, base, folder)

        opened = replace(opened, project=changed)
        same_sound = changed.mix == loaded.mix and changed.tracks == loaded.tracks
        if same_sound and changed.brief == loaded.brief:
            if base.resolve() == folder.resolve() and _has_results(folder, format):
                saved = complete(changed)
                _save(saved, folder)
                return Revised(saved, {}, notes, folder / FILE_NAME, None, differences(loaded, saved))
            old_page = False
            written, goal = write_as_saved(
                opened, MixSum(opened, scratch, job), folder, job, complete(changed), check
            )
            saved = complete(changed)
        else:
            solve = solver(changed)
            total = MixSum(opened, scratch, job)
            old_page = (folder / REPORT_NAME).exists()
            saved, written = solve_and_write(
                opened, total, folder, job, None, solve, complete, stale=(REPORT_NAME,)
            )
            goal = saved.brief.peak_dbtp
    notes = (*notes, *_remembered(saved))
    job.report("done", 1.0)
    stale = (f"{REPORT_NAME} was that of the mix before and is gone; mixwright report makes it again",)
    notes = (*notes, *peak_note(written, goal), *(stale if old_page else ()))
    return Revised(saved, written.renderings, notes, folder / FILE_NAME, None, differences(loaded, saved))


def _remembered(project: Project) -> tuple[str, ...]:
    """Keeps the user's choices; a note where that fails, since the mix itself is saved by then."""
    try:
        remember(project, _genre_of(project))
    except InputError as error:
        return (f"the taste was not kept: {error}",)
    return ()


def _genre_of(project: Project) -> str:
    """The genre a song was mixed as, where none was asked for."""
    told = next((d.summary for d in project.decisions if d.kind == "genre"), "")
    return told.removeprefix("mixed as ") if project.brief.genre == AUTO else project.brief.genre


def step_back(project: str | Path, out: str | Path | None = None, *, job: Job | None = None) -> Revised:
    """Undoes the latest revision: the project is what it was before, to the last bit."""
    return _walk(project, out, undo, job)


def step_forth(project: str | Path, out: str | Path | None = None, *, job: Job | None = None) -> Revised:
    """Takes an undo back."""
    return _walk(project, out, redo, job)


def restore(
    project: str | Path, version: str, out: str | Path | None = None, *, job: Job | None = None
) -> Revised:
    """Goes to a named version or the number of a revision."""
    return _walk(project, out, lambda loaded: go_to(loaded, find_revision(loaded, version)), job)


def diff(a: str | Path, b: str | Path | None = None) -> tuple[str, ...]:
    """What differs between two projects, or two revisions of one, in readable lines.

    Parameters
    ----------
    a, b : path
        Projects; ``@NAME`` or ``@NUMBER`` behind one is a version of it. Without `b`, `a` is compared with
        what it was before its latest revision.
    """
    first = _at_version(a)
    if b is not None:
        return differences(first, _at_version(b))
    return differences(undo(first), first)


def _at_version(place: str | Path) -> Project:
    path, at, version = str(place).rpartition("@")
    if at and path and not Path(place).exists():
        loaded, _ = _loaded(path)
        return go_to(loaded, find_revision(loaded, version))
    return _loaded(place)[0]


def _walk(
    project: str | Path, out: str | Path | None, step: Callable[[Project], Project], job: Job | None
) -> Revised:
    job = job or Job()
    format = audio.find_format(job.outputs.format)
    check = unchanged(project, out)
    loaded, base = _loaded(project)
    check_name(project, out if out is not None else base)
    there = step(loaded)
    with results_folder(out if out is not None else base) as folder, audio.Scratch() as scratch:
        assert folder is not None
        opened = open_project(there, base, scratch, job)
        check_results(folder, format, opened.files)
        saved = moved_to(there, base, folder)
        written, goal = write_as_saved(opened, MixSum(opened, scratch, job), folder, job, saved, check)
    notes = (*_remembered(saved), *peak_note(written, goal))
    job.report("done", 1.0)
    lines = differences(loaded, there)
    return Revised(saved, written.renderings, notes, folder / FILE_NAME, None, lines)


def _loaded(project: str | Path) -> tuple[Project, Path]:
    return load_project(project), _folder(project)


def _folder(project: str | Path) -> Path:
    return Path(project) if Path(project).is_dir() else Path(project).parent


def unchanged(project: str | Path, out: str | Path | None = None) -> Callable[[], None]:
    """A check that the project file about to be replaced is still the one that is there now.

    Take it before the project is read; it raises `InputError` when another run saved its own meanwhile.
    """
    file = (Path(out) if out is not None else _folder(project)) / FILE_NAME

    def content() -> bytes | None:
        return file.read_bytes() if file.is_file() else None

    before = content()

    def check() -> None:
        if content() != before:
            raise InputError(f"{audio.shown(file)}: was changed meanwhile; nothing was written; run it again")

    return check


def check_name(project: str | Path, folder: str | Path) -> None:
    """Refuses to write beside a project file of another name: it would take the place of project.json.

    Raises
    ------
    InputError
        When results of such a file would go into its own folder.
    """
    file = Path(project)
    if file.is_dir() or file.name == FILE_NAME or file.parent.resolve() != Path(folder).resolve():
        return
    raise InputError(
        f"{audio.shown(file)}: would be written over the {FILE_NAME} beside it; "
        f"name another folder with --out, or name this file {FILE_NAME}"
    )


def moved_to(project: Project, base: Path, folder: Path) -> Project:
    """The project with the paths of its audio as they are from another folder."""
    if base.resolve() == folder.resolve():
        return project

    def from_there(path: str) -> str:
        return relative_path(resolve_path(path, base), folder.resolve())

    return project.replace(
        tracks=tuple(
            track.replace(files=tuple(f.replace(path=from_there(f.path)) for f in track.files))
            for track in project.tracks
        ),
        impulses={id: file.replace(path=from_there(file.path)) for id, file in project.impulses.items()},
    )


def _has_results(folder: Path, format: audio.Format) -> bool:
    return (folder / f"master{format.extension}").exists()


def _save(project: Project, folder: Path) -> None:
    from mixwright.project import save_project

    save_project(project, folder / FILE_NAME)


def _note_of(wishes: Wishes) -> str:
    """One line for the history: what was asked for."""
    parts = [
        *([f"ask \u201c{wishes.words.strip()}\u201d"] if wishes.words.strip() else []),
        *(f"take {text}" for text in wishes.takes),
        *([f"reference {wishes.reference.name}"] if wishes.reference is not None else []),
        *(f"replace {text}" for text in wishes.tracks.replaced),
        *(f"add {text}" for text in wishes.tracks.added),
        *(f"remove {text}" for text in wishes.tracks.removed),
        *(f"group {text}" for text in wishes.groups),
        *(f"parallel {text}" for text in wishes.parallels),
        *(f"key {text}" for text in wishes.keys),
        *(f"curve {text}" for text in wishes.curves),
        *(f"set {text}" for text in wishes.edits),
        *(f"release {text}" for text in wishes.release),
        *(f"lock {text}" for text in wishes.locks),
        *(f"unlock {text}" for text in wishes.unlocks),
    ]
    if wishes.redo:
        parts.append(f"redo {', '.join(wishes.redo)}")
    if wishes.adapt:
        parts.append("adapt")
    for name, value in (
        ("genre", wishes.genre),
        ("loudness", wishes.loudness_lufs),
        ("peak", wishes.peak_dbtp),
    ):
        if value is not None:
            parts.append(f"{name} {value}")
    if wishes.only:
        parts.append(f"only {', '.join(wishes.only)}")
    return "; ".join(parts) or "no change"


def _revised(opened: Opened, wishes: Wishes, job: Job) -> tuple[Project, tuple[str, ...]]:
    before = opened.project
    project = before.replace(brief=_brief(before.brief, wishes))
    project = _unlocked(project, wishes.unlocks)
    spans = _spans(project, wishes.only)
    mark = mark_of(project)
    if wishes.tracks.added:
        project = _with_decided_tracks(replace(opened, project=project), mark, job)
    project = _with_chains(project, wishes, mark)
    edits = [parse_edit(project, text) for text in wishes.edits]
    project, notes = with_edits(project, edits, spans, mark)
    if wishes.takes:
        project, more = _with_takes(project, wishes.takes, spans, mark)
        notes = (*notes, *more)
    if wishes.words.strip():
        project, more = with_words(project, wishes.words, spans, mark)
        notes = (*notes, *more)
    if wishes.reference is not None:
        if spans != EVERYWHERE:
            raise InputError("a reference is for the whole song; leave --only away")
        opened = replace(opened, project=project)
        project, more = with_reference(opened, wishes.reference, wishes.scope, wishes.strength, mark, job)
        notes = (*notes, *more)
    project = project.replace(locks=_with_locks(project, wishes.locks))
    project = _released(project, wishes.release)
    kinds = _kinds(before, project, wishes)
    if kinds:
        opened = replace(opened, project=project)
        project, more = made_again(opened, kinds, spans, mark, job)
        notes = (*notes, *more)
    return project, notes


def _with_decided_tracks(opened: Opened, mark: str, job: Job) -> Project:
    """The project with all decisions made for tracks that have none yet, and for nothing else."""
    project = opened.project
    decided = {path.split(".")[1] for path in project.settings if path.startswith("strips.")}
    new = {track.id for track in project.tracks} - decided
    if not new:
        return project
    analysis = listen_to_tracks(opened, job)

    def held(path: str) -> bool:
        parts = path.removeprefix(CURVE).split(".")
        return parts[0] != "strips" or parts[1] not in new

    desk = rework(project, analysis, tuple(STEPS), held, f"{mark}new_")
    return with_provenance(project.replace(mix=desk.mix), desk.decisions)


def mark_of(project: Project) -> str:
    """What goes before the ids of decisions of the next revision."""
    return f"r{max((step.number for step in project.history), default=0) + 1}_"


def _brief(brief: Brief, wishes: Wishes) -> Brief:
    new = make_brief(
        wishes.genre if wishes.genre is not None else brief.genre,
        brief.tempo_bpm,
        brief.loudness_lufs if wishes.loudness_lufs is None else wishes.loudness_lufs,
        brief.peak_dbtp if wishes.peak_dbtp is None else wishes.peak_dbtp,
    )
    return brief.replace(genre=new.genre, loudness_lufs=new.loudness_lufs, peak_dbtp=new.peak_dbtp)


def _with_locks(project: Project, locks: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*project.locks, *(parse_lock(project, text) for text in locks))))


def _unlocked(project: Project, unlocks: Sequence[str]) -> Project:
    for text in unlocks:
        lock = text if text in project.locks else parse_lock(project, text)
        if lock not in project.locks:
            known = ", ".join(project.locks) or "none"
            raise InputError(f"{text!r} is not locked by itself; the locks are {known}")
        project = project.replace(locks=tuple(other for other in project.locks if other != lock))
    return project


def _released(project: Project, names: Sequence[str]) -> Project:
    settings = dict(project.settings)
    for text in names:
        path = find_parameter(project, text)
        for key in (path, CURVE + path):
            if key in settings and settings[key].set_by in OWN:
                settings[key] = settings[key].replace(set_by="rule")
    return project.replace(settings=settings)


def _spans(project: Project, only: Sequence[str]) -> tuple[Span, ...]:
    """The stretches that are meant; the whole song when no section is named."""
    found = [section for text in only for section in find_sections(project, text)]
    return tuple(sorted((s.start_s, s.end_s) for s in found)) or EVERYWHERE


def _kinds(before: Project, after: Project, wishes: Wishes) -> tuple[str, ...]:
    """Kinds of decisions to be made again, in their order."""
    kinds = {parse_decision_kind(text) for text in wishes.redo}
    if wishes.genre is not None and wishes.genre != before.brief.genre and not kinds:
        kinds = set(STEPS)
    if wishes.adapt:
        kinds |= _following(before.mix, after.mix)
    if kinds == {REVIEW}:
        kinds = set(STEPS)
    return tuple(kind for kind in STEPS if kind in kinds)


def _following(before: Mix, after: Mix) -> set[str]:
    """The kinds that come after the first that changed values belong to."""
    old = {p.path: p.value for p in before.walk()}
    touched = {kind_of_value(p.path) for p in after.walk() if old.get(p.path) != p.value}
    order = list(STEPS)
    first = min((order.index(kind) for kind in touched if kind), default=len(order) - 1)
    return set(order[first + 1 :])


def with_edits(
    project: Project, edits: Sequence[Edit], spans: Sequence[Span], mark: str
) -> tuple[Project, tuple[str, ...]]:
    """A project with values set by the user.

    Raises
    ------
    InputError
        When a lock holds one of them, or one cannot change during the song.
    """
    if not edits:
        return project, ()
    locks = locks_of(project)
    for edit in edits:
        lock = locks.holding(edit.path)
        if lock is not None:
            raise InputError(f"{edit.path} is locked by {lock!r}; unlock it with --unlock {lock}")
    decisions = [
        Decision(
            id=f"{mark}edit{k:02d}",
            kind="edit",
            target=edit.path.split(".")[1] if edit.path.count(".") > 1 else edit.path.split(".")[0],
            summary=f"{channel_name(project, _channel(edit.path))} "
            f"{edit.path.split('.', 2)[-1]} = {edit.value}",
            reason="Set by the user.",
            confidence=1.0,
            set_by="user",
            changes={edit.path: edit.value},
        )
        for k, edit in enumerate(edits, 1)
    ]
    mix = with_values(project.mix, {edit.path: edit.value for edit in edits})
    project, refused = with_changed_mix(project, mix, decisions, spans)
    if refused and spans != EVERYWHERE:
        raise InputError(f"{refused[0]} cannot change during a song; set it without --only")
    return project, refusal_notes(refused)


def with_words(
    project: Project, text: str, spans: Sequence[Span], mark: str
) -> tuple[Project, tuple[str, ...]]:
    """A project after wishes in words, each of them a decision; and what to tell about them.

    Raises
    ------
    InputError
        When nothing in the text is understood, or it contradicts itself.
    """
    found = asked(project, text)
    loudness = asked_loudness(project, found)
    refused: list[str] = []
    done = decided(project, found, text, mark)
    for decision, own in done.decisions:
        where = own if spans == EVERYWHERE else spans
        mix = with_values(project.mix, decision.changes)
        project, left = with_changed_mix(project, mix, [decision], where)
        refused += left
    project = project.replace(
        locks=_with_locks(project, found.locks), brief=project.brief.replace(loudness_lufs=loudness)
    )
    return project, (*answers(found), *done.notes, *refusal_notes(refused))


def _with_takes(
    project: Project, wishes: Sequence[str], spans: Sequence[Span], mark: str
) -> tuple[Project, tuple[str, ...]]:
    """A project with values of other versions; locked ones stay."""
    locks = locks_of(project)
    refused: list[str] = []
    for decision in parts_of_takes(project, wishes, mark):
        free = {path: v for path, v in decision.changes.items() if locks.holding(path) is None}
        mix = with_values(project.mix, free)
        project, left = with_changed_mix(project, mix, [decision.replace(changes=free)], spans)
        refused += left
    return project, refusal_notes(refused)


def _with_chains(project: Project, wishes: Wishes, mark: str) -> Project:
    """A project with what the user built; locks hold against it as against edits."""
    builders = (
        (with_group, wishes.groups),
        (with_parallel, wishes.parallels),
        (with_key, wishes.keys),
        (with_curve, wishes.curves),
    )
    number = 0
    for build, texts in builders:
        for text in texts:
            built = build(project, text)
            locks = locks_of(project)
            for path in built.paths:
                lock = locks.holding(path, curve=build is with_curve)
                if lock is not None:
                    raise InputError(f"{path} is locked by {lock!r}; unlock it with --unlock {lock}")
            number += 1
            project = _as_built(project.replace(mix=built.mix), built, f"{mark}chain{number:02d}")
    return project


def _as_built(project: Project, built: Built, id: str) -> Project:
    """Tells who built it, so that no later decision takes it away."""
    values = {p.path: p.value for p in project.mix.walk()}
    curves = tuple(curve for curve in project.mix.curves if curve.path in built.paths)
    decision = Decision(
        id=id,
        kind="edit",
        target=_channel(built.paths[0]),
        summary=built.summary,
        reason="Built by the user.",
        confidence=1.0,
        set_by="user",
        changes={path: values[path] for path in built.paths if path in values and not curves},
        curves=curves,
    )
    return with_provenance(project, [decision])


def _channel(path: str) -> str:
    parts = path.split(".")
    return parts[1] if parts[0] in ("strips", "buses", "returns") else "master"


def with_changed_mix(
    project: Project, mix: Mix, decisions: Sequence[Decision], spans: Sequence[Span]
) -> tuple[Project, tuple[str, ...]]:
    """The project with a changed mix: in some stretches only, and never inside locked sections.

    Returns the project and the paths that had to stay as they were.
    """
    allowed = apart_from(spans, locks_of(project).spans)
    if allowed == EVERYWHERE:
        return with_provenance(project.replace(mix=mix), decisions), ()
    before = project.mix
    joined, refused = only_within(before, mix, allowed)
    curves = {curve.path: curve for curve in joined.curves}
    old = {curve.path: curve for curve in before.curves}
    drawn = [
        decision.replace(
            changes={},
            curves=tuple(
                curves[path]
                for path in dict.fromkeys((*decision.changes, *(c.path for c in decision.curves)))
                if path in curves and curves[path] != old.get(path)
            ),
        )
        for decision in decisions
    ]
    return with_provenance(project.replace(mix=joined), [d for d in drawn if d.curves]), refused


def refusal_notes(refused: Sequence[str]) -> tuple[str, ...]:
    """What to tell about values that could not follow."""
    if not refused:
        return ()
    more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
    return (f"left as they were, because they cannot change during a song: {', '.join(refused[:3])}{more}",)


def made_again(
    opened: Opened, kinds: Collection[str], spans: Sequence[Span], mark: str, job: Job
) -> tuple[Project, tuple[str, ...]]:
    """The project with some kinds of decisions made again; locked values and those the user set stay."""
    project = opened.project
    analysis = listen_to_tracks(opened, job)
    held = holder(project)
    job.report("deciding")
    desk = rework(project, analysis, kinds, held, mark)
    decisions = list(desk.decisions)
    mix = desk.mix
    if REVIEW not in project.brief.without and desk.playing:
        owners = owners_of(project) | owners_of(project.replace(decisions=tuple(decisions)))

        def fixed(path: str) -> bool:
            return held(path) or owners.get(path, kind_of_value(path)) not in kinds

        done = _heard_again(opened, desk, mix, fixed, job)
        mix, decisions = done[0], [*decisions, *done[1]]
    changed, refused = with_changed_mix(project, mix, decisions, spans)
    return _without_superseded(project, changed, kinds), refusal_notes(refused)


def _heard_again(
    opened: Opened, desk: Desk, mix: Mix, fixed: Callable[[str], bool], job: Job
) -> tuple[Mix, tuple[Decision, ...]]:
    excerpts = listened_excerpts(desk)

    def heard(mix: Mix) -> Heard:
        job.report("reviewing")
        return hear(opened, mix, excerpts, job)

    done = review(desk, mix, heard, excerpts, REVIEW_ROUNDS, fixed)
    return done.mix, done.decisions


def holder(project: Project) -> Callable[[str], bool]:
    """Tells of a path (of a curve: with `CURVE` before it) whether the engineer must leave it alone."""
    locks: Locks = locks_of(project)
    own = {path for path, setting in project.settings.items() if setting.set_by in OWN}

    def held(path: str) -> bool:
        if path.startswith(CURVE):
            bare = path.removeprefix(CURVE)
            return path in own or locks.holding(bare, curve=True) is not None
        if printed(project, path):
            return True
        return path in own or CURVE + path in own or locks.holding(path) is not None

    return held


def _without_superseded(before: Project, after: Project, kinds: Collection[str]) -> Project:
    """Takes away decisions whose values were all decided again, and who set what is neutral now."""
    old = {decision.id for decision in before.decisions}
    values = {p.path: p.value for p in before.mix.walk()}
    owners = owners_of(before)
    new = {path for d in after.decisions if d.id not in old for path in d.changes}
    back = {
        p.path
        for p in after.mix.walk()
        if owners.get(p.path) in kinds and p.path not in new and p.value != values.get(p.path)
    }
    settings = {path: setting for path, setting in after.settings.items() if path not in back}
    used = {setting.decision for setting in settings.values()}
    kept = tuple(
        decision
        for decision in after.decisions
        if decision.id not in old
        or decision.kind not in (*kinds, REVIEW)
        or not (decision.changes or decision.curves)
        or decision.id in used
    )
    return after.replace(decisions=kept, settings=settings)


def solver(project: Project) -> Callable[[Totals, Mix, Brief, int], Finish]:
    """Solves the gain of the master, as far as neither the user nor a lock holds it."""
    held = holder(project)

    def solve(totals: Totals, mix: Mix, brief: Brief, sample_rate: int) -> Finish:
        done = finish(totals, mix, brief, sample_rate)
        old = {p.path: p.value for p in mix.master.walk("master.")}
        kept = {path: old[path] for path in (*SOLVED, "master.limiter.ceiling_dbtp") if held(path)}
        if not kept:
            return done
        free = [
            d.replace(changes={path: v for path, v in d.changes.items() if path not in kept})
            for d in done.decisions
        ]
        note = "the gain of the master is held, so its loudness is what it gives"
        return replace(
            done,
            mix=done.mix.with_values(kept),
            decisions=tuple(d for d in free if d.changes),
            target_met=done.target_met and "master.drive_db" not in kept,
            note=done.note or (note if "master.drive_db" in kept else ""),
        )

    return solve
