"""From files to a project with its inputs, and back from a saved project to its files."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np

import mixwright
from mixwright import audio
from mixwright.engineer.engineer import REVIEW, STEPS
from mixwright.engineer.genres import AUTO, parse_genre
from mixwright.engineer.learned_names import missing_weights, read_names
from mixwright.errors import InputError
from mixwright.project import (
    FILE_NAME,
    AudioFile,
    Brief,
    Project,
    RoughWish,
    Track,
    relative_path,
    resolve_path,
)
from mixwright.roles import Role, parse_role
from mixwright.workflow.facts import read_session, with_facts
from mixwright.workflow.job import Job
from mixwright.workflow.results import EarlierResults, check_results

MAX_IMPULSE_S = 12.0

Paths = str | Path | Iterable[str | Path]


@dataclass(frozen=True)
class Opened:
    """A project whose audio can be read."""

    project: Project
    inputs: dict[str, audio.Source]
    impulses: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    """All files that were read, left out or not: none of them may be overwritten."""


def open_tracks(
    paths: Paths,
    folder: Path | None,
    brief: Brief,
    roles: Mapping[str, str],
    scratch: audio.Scratch,
    job: Job,
    rough: Mapping[str, str] | None = None,
    session: Path | None = None,
) -> Opened:
    """Finds the tracks of a song and makes a project of them that will be saved in `folder`."""
    job.report("reading")
    given = [paths] if isinstance(paths, str | Path) else list(paths)  # a generator is read only once
    found = audio.find_tracks(given, EarlierResults(given))
    read = tuple(path for file in (*found.tracks, *found.mixes) for path in file.paths)
    _check_names((*read, *([folder] if folder else [])))
    if folder is not None:
        check_results(folder, audio.find_format(job.outputs.format), read)
    places = [Path(path) for path in given]
    known = read_session(places, session)
    roles = {name: track.role for name, track in known.tracks.items() if track.role} | dict(roles)
    asked_for = [file for file in found.mixes if _names_of(file) & {_role_key(name) for name in roles}]
    files = [*found.tracks, *asked_for]
    chosen = _chosen_roles(files, roles)
    rate = found.sample_rate
    sources = audio.prepare_sources(files, rate, scratch, job.counter("reading"), job.cancel, job.workers)
    left_out = {f.paths[0].name: "is the mix by its name" for f in found.mixes if f not in asked_for}
    index = audio.find_mix_by_content(sources)
    if index is not None and files[index].id not in chosen:
        left_out[files[index].paths[0].name] = "is the sum of the other tracks"
        del files[index], sources[index]
    notes = [
        f"{audio.shown(name)} left out: it {why}; it can serve as reference" for name, why in left_out.items()
    ]
    if (missing := missing_weights()) is not None:
        notes.append(missing)
    guesses = read_names([f.name for f in files])
    tracks = []
    for file, source, guess in zip(files, sources, guesses, strict=True):
        by_user = chosen.get(file.id)
        tracks.append(
            Track(
                id=file.id,
                name=file.name,
                files=tuple(_audio_file(info, folder) for info in file.files),
                channels=source.channels,
                dual_mono=source.dual_mono,
                sample_rate=file.sample_rate,
                frames=max(info.frames for info in file.files),
                offset_s=file.start_s,
                role=by_user or guess.role,
                role_confidence=1.0 if by_user else guess.confidence,
                role_set_by="user" if by_user else "rule",
                role_reason="set by the user" if by_user else guess.reason,
            )
        )
    project = Project(
        made_with=f"mixwright {mixwright.__version__}",
        name=_song_name(Path(given[0])),
        sample_rate=rate,
        tracks=tuple(tracks),
        left_out=left_out,
        brief=brief.replace(rough_tracks=_rough_of_tracks(files, rough or {})),
    )
    project = with_facts(project, known, places, read)
    inputs = {track.id: source for track, source in zip(tracks, sources, strict=True)}
    return Opened(project, inputs, {}, (*found.notes, *notes), read)


def open_project(project: Project, folder: Path, scratch: audio.Scratch, job: Job) -> Opened:
    """Opens the audio of a saved project whose file lies in `folder`.

    Raises
    ------
    InputError
        When a file is missing or is not the one the project was made with.
    """
    job.report("reading")
    if not project.tracks:
        raise InputError(
            f"{audio.shown(folder / FILE_NAME)}: holds no tracks; mix a folder of tracks instead"
        )
    _check_strips(project, folder)
    for ret in project.mix.returns:
        if ret.effect == "convolution" and ret.id not in project.impulses:
            raise InputError(
                f"{audio.shown(project.name)}: the return {ret.id} holds a convolution without "
                "its impulse response; add one to impulses, or choose another effect"
            )
    tracks = []
    for track in project.tracks:
        job.check()
        infos = [checked_file(file, folder) for file in track.files]
        tracks.append(audio.TrackFiles(track.id, track.name, tuple(infos), track.offset_s))
    sources = audio.prepare_sources(
        tracks, project.sample_rate, scratch, job.counter("reading"), job.cancel, job.workers
    )
    inputs = {track.id: source for track, source in zip(project.tracks, sources, strict=True)}
    read = [path for track in tracks for path in track.paths]
    read += [resolve_path(file.path, folder) for file in project.impulses.values()]
    return Opened(project, inputs, read_impulses(project, folder, scratch), (), tuple(read))


def _check_strips(project: Project, folder: Path) -> None:
    """Each track has an id of its own, and each strip a track."""
    ids = [track.id for track in project.tracks]
    where = audio.shown(folder / FILE_NAME)
    repeated = sorted({id for id in ids if ids.count(id) > 1})
    if repeated:
        raise InputError(f"{where}: the track id {repeated[0]!r} is used twice; give each track its own")
    for strip in project.mix.strips:
        if strip.id not in ids:
            raise InputError(
                f"{where}: the strip {strip.id!r} has no track; remove it, or name one that there is"
            )


def checked_file(file: AudioFile, folder: Path) -> audio.AudioInfo:
    """A project's file as it lies there now; InputError when it is gone or another one."""
    path = resolve_path(file.path, folder)
    if not os.path.lexists(path):
        raise InputError(
            f"{audio.shown(path.name)}: is gone; "
            f"put it back where {FILE_NAME} expects it ({audio.shown(path)})"
        )
    info = audio.probe(path, file.stream)
    if audio.content_hash(path) != file.content_hash:
        raise InputError(
            f"{audio.shown(path)}: is not the file this project was made with; put that one back or mix again"
        )
    return info


def impulse_file(path: Path, folder: Path | None) -> AudioFile:
    """An impulse response as a project refers to it."""
    info = audio.probe(path)
    if info.seconds > MAX_IMPULSE_S:
        raise InputError(
            f"{audio.shown(path)}: {info.seconds:.0f} s is too long for an impulse response; "
            f"cut it to {MAX_IMPULSE_S:g} s"
        )
    _check_names([info.path])
    return _audio_file(info, folder)


def read_impulses(project: Project, folder: Path, scratch: audio.Scratch) -> dict[str, np.ndarray]:
    """The impulse responses of a project by return, float32 (channels, samples) at its sample rate."""
    impulses = {}
    for id, file in project.impulses.items():
        source = audio.open_source(checked_file(file, folder), project.sample_rate, scratch)
        impulses[id] = source.read(0, source.frames)
        if not impulses[id].any():
            raise InputError(
                f"{audio.shown(resolve_path(file.path, folder))}: is silent; give an impulse response"
            )
    return impulses


def make_brief(
    genre: str,
    tempo_bpm: float | None,
    loudness_lufs: float,
    peak_dbtp: float,
    rough: str = AUTO,
    without: Iterable[str] = (),
) -> Brief:
    """What the user asked for, checked; InputError names value, unit, range."""
    for name, value, low, high, unit in (
        ("tempo", tempo_bpm, 20, 400, "bpm"),
        ("loudness", loudness_lufs, -40, -4, "LUFS"),
        ("peak", peak_dbtp, -20, 0, "dBTP"),
    ):
        if value is not None and not low <= value <= high:
            raise InputError(f"{name} {value:g} {unit} is out of range; give {low}..{high} {unit}")
    return Brief(
        genre=parse_genre(genre),
        tempo_bpm=tempo_bpm,
        loudness_lufs=loudness_lufs,
        peak_dbtp=peak_dbtp,
        rough=parse_rough(rough),
        without=tuple(dict.fromkeys(parse_decision_kind(name) for name in without)),
    )


def parse_decision_kind(text: str) -> str:
    """The kind of decision meant; InputError lists all."""
    kinds = (*STEPS, REVIEW)
    kind = text.strip().lower()
    if kind not in kinds:
        raise InputError(f"there is no kind of decision {text!r}; choose among {', '.join(kinds)}")
    return kind


def parse_rough(text: str) -> RoughWish:
    """What to do with the given levels; InputError lists the choices."""
    for wish in get_args(RoughWish):
        if text.strip().lower() == wish:
            return cast(RoughWish, wish)
    raise InputError(f"unknown use of the given levels {text!r}; choose one of keep, ignore, auto")


def parse_rough_options(options: Iterable[str]) -> tuple[str, dict[str, str]]:
    """``keep``, or ``FILE=keep`` for one track, from the command line: the common wish and those per file."""
    common: str = AUTO
    per_file: dict[str, str] = {}
    for text in options:
        file, equals, wish = text.rpartition("=")
        if not equals:
            common = parse_rough(text)
        elif not file.strip():
            raise InputError(f"{text!r} names no file; write for example vocal.wav=keep")
        else:
            per_file[file.strip()] = parse_rough(wish)
    return common, per_file


def _rough_of_tracks(files: Sequence[audio.TrackFiles], rough: Mapping[str, str]) -> dict[str, RoughWish]:
    return {
        file.id: parse_rough(wish)
        for wanted, wish in rough.items()
        for file in _named(files, wanted, "rough")
    }


def _named(files: Sequence[audio.TrackFiles], wanted: str, what: str) -> list[audio.TrackFiles]:
    found = [file for file in files if _role_key(wanted) in _names_of(file)]
    if not found:
        known = ", ".join(audio.shown(f.paths[0].name) for f in files[:12])
        more = f" and {len(files) - 12} more" if len(files) > 12 else ""
        raise InputError(f"{what} for {wanted!r}: there is no such track; the tracks are {known}{more}")
    return found


def _chosen_roles(files: Sequence[audio.TrackFiles], roles: Mapping[str, str]) -> dict[str, Role]:
    chosen: dict[str, Role] = {}
    for wanted, role in roles.items():
        chosen |= {file.id: parse_role(role) for file in _named(files, wanted, "role")}
    return chosen


def _role_key(wanted: str) -> str:
    return Path(wanted).name.strip().lower()


def _names_of(file: audio.TrackFiles) -> set[str]:
    names = {file.id, file.name}
    for path in file.paths:
        names |= {path.name, path.stem}
    return {name.strip().lower() for name in names}


def _check_names(paths: Iterable[Path]) -> None:
    """A project is text: a path that is none cannot be saved in it."""
    for path in paths:
        try:
            os.path.realpath(path).encode("utf-8")
        except UnicodeEncodeError:
            raise InputError(
                f"{audio.shown(path)}: its name or folder is not valid text; rename it"
            ) from None


def _audio_file(info: audio.AudioInfo, folder: Path | None) -> AudioFile:
    path = Path(info.path).resolve()
    stored = relative_path(path, folder.resolve()) if folder is not None else path.as_posix()
    return AudioFile(path=stored, content_hash=audio.content_hash(path), stream=info.stream)


def _song_name(first: Path) -> str:
    place = first.resolve()
    folder = place if place.is_dir() else place.parent
    plain = {"raw", "tracks", "stems", "audio", "multitrack", "wav", "dry"}
    return folder.parent.name if folder.name.lower() in plain and folder.parent.name else folder.name
