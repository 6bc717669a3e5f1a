"""A project: tracks, roles, brief, mix, decisions and history as one value, and its file."""

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from mixwright.errors import InputError
from mixwright.mix_model import Curve, Id, Mix
from mixwright.params import Frozen, plain_message
from mixwright.roles import Role

SCHEMA_VERSION = 3
"""Raised when the meaning of a saved project changes; `_UPGRADES` then tells how to read the one before."""

FILE_NAME = "project.json"

SetBy = Literal["rule", "learned", "reference", "user", "feedback"]
Treatment = Literal["mix", "balance"]
"""What may be done to a track: all an engineer does, or only level and place, for finished sounds."""

RoughWish = Literal["keep", "ignore", "auto"]
"""Whether the levels the tracks came with are a balance to keep, accidents to ignore, or to be judged."""

Seconds = Annotated[float, Field(ge=0, le=360_000)]
Share = Annotated[float, Field(ge=0, le=1)]


class AudioFile(Frozen):
    """One file a track is made of.

    The path is relative to the project file (absolute only where they lie on different drives); the hash is
    that of the file's bytes, so a moved or changed file is noticed.
    """

    path: str = Field(min_length=1)
    content_hash: str = Field(pattern=r"^xxh128:[0-9a-f]{32}$")
    stream: int = Field(default=0, ge=0, description="Audio stream inside a container with several")

    @field_validator("path")
    @classmethod
    def _posix(cls, path: str) -> str:
        if "\x00" in path:
            raise ValueError("the path holds a NUL character; rename the file")
        return path


class Track(Frozen):
    """One input of the mix: a file, or a left and a right file that belong together."""

    id: Id
    name: str
    files: tuple[AudioFile, ...] = Field(min_length=1, max_length=2)
    channels: Literal[1, 2]
    dual_mono: bool = False
    sample_rate: int = Field(ge=1000, le=768_000)
    frames: int = Field(ge=1)
    offset_s: Seconds = 0.0
    role: Role = Role.OTHER
    role_confidence: Share = 0.0
    role_set_by: SetBy = "rule"
    role_reason: str = ""
    treatment: Treatment = "mix"
    note: str = ""
    colour: str = Field(default="", pattern=r"^(#[0-9a-f]{6})?$")


class SongSection(Frozen):
    """A stretch of the song that can be asked for by its name."""

    name: Id
    start_s: Seconds
    end_s: Seconds
    set_by: SetBy = "rule"

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_s <= self.start_s:
            raise ValueError(f"section {self.name} ends at {self.end_s:g} s, before it begins")
        return self


class Marker(Frozen):
    """A named place in the song."""

    time_s: Seconds
    name: str


class Facts(Frozen):
    """What is known about the song besides its tracks."""

    key: str = ""
    time_signature: str = Field(default="", pattern=r"^(\d{1,2}/\d{1,2})?$")
    sections: tuple[SongSection, ...] = ()
    markers: tuple[Marker, ...] = ()
    sources: dict[str, str] = Field(default={}, description="Where each of them comes from")

    def section(self, name: str) -> SongSection | None:
        """The section with this name, if there is one."""
        return next((section for section in self.sections if section.name == name), None)


class Brief(Frozen):
    """What the user asked for."""

    genre: str = "auto"
    loudness_lufs: float = Field(default=-14.0, ge=-40, le=-4)
    peak_dbtp: float = Field(default=-1.0, ge=-20, le=0)
    tempo_bpm: float | None = Field(default=None, ge=20, le=400)
    rough: RoughWish = "auto"
    rough_tracks: dict[Id, RoughWish] = {}
    without: tuple[str, ...] = Field(default=(), description="Kinds of decisions not to be made")


class Decision(Frozen):
    """One move of the engineer: what it changed, why, on what evidence, and how sure it is."""

    id: str
    kind: str
    target: str
    summary: str
    reason: str
    evidence: dict[str, float] = {}
    confidence: Share = 0.5
    set_by: SetBy = "rule"
    changes: dict[str, float | bool | int | str] = {}
    curves: tuple[Curve, ...] = ()


class Setting(Frozen):
    """Who set the value at a path of the mix, when, and on what evidence."""

    set_by: SetBy = "rule"
    set_at: str = Field(default="", description="UTC, ISO 8601")
    decision: str | None = None
    evidence: dict[str, float] = {}


class Change(Frozen):
    """A value before and after a revision.

    The path leads through the project's JSON (``/mix/strips/kick/fader_db``); members of lists are named by
    their ids. What was added has nothing before, what was removed nothing after.
    """

    path: str
    kind: Literal["changed", "added", "removed"] = "changed"
    before: Any = None
    after: Any = None


class Revision(Frozen):
    """One step of a project's history. What follows another step than the one before branches off there."""

    number: int = Field(ge=1)
    parent: int = Field(default=0, ge=0, description="The step it was made from; 0 is none")
    time_utc: str
    note: str
    set_by: SetBy = "rule"
    changes: tuple[Change, ...] = ()


class Listening(Frozen):
    """One round in which the engineer listened to the mix: what did not sound as meant, and how far off.

    `score` is the sum of all misses, each in multiples of what is tolerated; `kept` tells whether the mix of
    this round was kept as the better one.
    """

    number: int = Field(ge=0)
    score: float
    heard: tuple[str, ...] = ()
    kept: bool = True


class Measured(Frozen):
    """What was measured on the finished mix and master."""

    mix_peak_dbtp: float | None = None
    mix_loudness_lufs: float | None = None
    master_peak_dbtp: float | None = None
    master_loudness_lufs: float | None = None
    master_range_lu: float | None = None
    limiting_db: float | None = None
    target_met: bool | None = None
    note: str = ""


class Project(Frozen):
    """Everything needed to render, explain and go on with a mix."""

    schema_version: Literal[3] = 3
    made_with: str = ""
    name: str = "untitled"
    sample_rate: int = Field(default=48000, ge=22050, le=192_000)
    tracks: tuple[Track, ...] = ()
    left_out: dict[str, str] = {}
    brief: Brief = Brief()
    mix: Mix = Mix()
    impulses: dict[Id, AudioFile] = {}
    decisions: tuple[Decision, ...] = ()
    settings: dict[str, Setting] = {}
    locks: tuple[str, ...] = Field(default=(), description="What revisions leave alone, see `session.locks`")
    facts: Facts = Facts()
    history: tuple[Revision, ...] = ()
    at: int = Field(default=0, ge=0, description="The revision of the history that this is")
    versions: dict[str, int] = Field(default={}, description="Revisions by the names the user gave them")
    review: tuple[Listening, ...] = ()
    measured: Measured = Measured()

    @field_validator("settings", "impulses", "left_out")
    @classmethod
    def _sorted(cls, entries: dict[str, Any]) -> dict[str, Any]:
        return dict(sorted(entries.items()))  # the same text whatever was added or taken away in between

    def track(self, id: str) -> Track:
        """The track with this id; KeyError when there is none."""
        for track in self.tracks:
            if track.id == id:
                return track
        raise KeyError(id)


def _with_new_fields(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 only knows more: what is new has defaults that mean what version 1 did."""
    return data | {"schema_version": 2}


def _with_session(data: dict[str, Any]) -> dict[str, Any]:
    """Version 3 keeps locks in a list of their own and a history that can be walked."""
    data = data | {"schema_version": 3}
    settings: dict[str, dict[str, Any]] = data.get("settings", {})
    data["locks"] = [path for path, setting in settings.items() if setting.get("locked")]
    data["settings"] = {
        path: {name: value for name, value in setting.items() if name != "locked"}
        for path, setting in settings.items()
    }
    history: list[dict[str, Any]] = data.get("history", [])
    data["history"] = [
        step
        | {
            "parent": history[k - 1]["number"] if k else 0,
            "changes": [
                change | {"path": "/mix/" + str(change["path"]).replace(".", "/")}
                for change in step.get("changes", [])
            ],
        }
        for k, step in enumerate(history)
    ]
    data["at"] = history[-1]["number"] if history else 0
    return data


_UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _with_new_fields,
    2: _with_session,
}
"""For each older schema version: turns its data into that of the version after it."""


def dump_project(project: Project) -> str:
    """JSON text of a project; `parse_project` gives an equal one back."""
    return json.dumps(project.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def parse_project(text: str, origin: str = FILE_NAME) -> Project:
    """Reads a project saved by this or any earlier version.

    Raises
    ------
    InputError
        When the text is not JSON, comes from a newer version, or holds unknown fields or values out of range;
        the message names field, value and remedy.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{origin}: not a readable project ({error}); use a {FILE_NAME} saved by Mixwright"
        ) from None
    if not isinstance(data, dict) or type(data.get("schema_version")) is not int:
        raise InputError(f"{origin}: no schema_version; use a {FILE_NAME} saved by Mixwright")
    version = data["schema_version"]
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{origin}: schema version {version} is newer than {SCHEMA_VERSION}, the newest this program "
            "reads; update Mixwright"
        )
    while version < SCHEMA_VERSION:
        if version not in _UPGRADES:
            raise InputError(f"{origin}: schema version {version} is unknown; use 1..{SCHEMA_VERSION}")
        try:
            data = _UPGRADES[version](data)
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(
                f"{origin}: schema version {version} with parts that do not belong to it ({error!r}); "
                f"use a {FILE_NAME} saved by Mixwright"
            ) from None
        version += 1
    try:
        return Project.model_validate_json(json.dumps(data))
    except ValidationError as error:
        message = plain_message(error)
        remedy = "" if "; " in message else f"; use a {FILE_NAME} saved by Mixwright"
        raise InputError(f"{origin}: {message}{remedy}") from None


def load_project(path: Path | str) -> Project:
    """Reads ``project.json``, or the one inside a folder."""
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors put a mark in front
    except FileNotFoundError:
        raise InputError(
            f"{file}: there is no such project; give a {FILE_NAME} or the folder that holds it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); give a {FILE_NAME} saved by Mixwright") from None
    return parse_project(text, str(file))


def save_project(project: Project, path: Path | str) -> None:
    """Writes a project in one step: the file is either the old or the new one, never half of it."""
    write_text(Path(path), dump_project(project))


def write_text(path: Path, text: str) -> None:
    """Writes a text file in one step."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def relative_path(audio: Path, project_folder: Path) -> str:
    """Path of an audio file as a project in `project_folder` stores it."""
    try:
        return PurePosixPath(Path(os.path.relpath(audio, project_folder)).as_posix()).as_posix()
    except ValueError:  # another drive
        return audio.as_posix()


def resolve_path(stored: str, project_folder: Path) -> Path:
    """Where a stored audio path lies now."""
    return Path(os.path.realpath(project_folder / stored))  # Path.resolve() raises on links in a circle


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse_constant(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number a project may hold")
