"""The files of one piece of work: all of them appear when all are complete, or none does.

A process that is killed while the files get their names may leave some of them; the next run into the folder
takes that back (`publishing`).
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mixwright import audio
from mixwright.audio.formats import INPUT_EXTENSIONS
from mixwright.audio.unfinished import UnfinishedFile
from mixwright.dsp.dither import Dither
from mixwright.errors import InputError
from mixwright.project import FILE_NAME, Project, dump_project, resolve_path
from mixwright.report import FILE_NAME as REPORT_NAME
from mixwright.workflow.publishing import publish, settle

MAX_PROJECT_BYTES = 1 << 28

PART_FOLDERS = ("stems", "tracks")
"""Folders beside the mix that hold its parts."""


@contextmanager
def results_folder(out: str | Path | None) -> Iterator[Path | None]:
    """The folder for results, made when missing; what was made and stays empty is taken away again.

    Raises
    ------
    InputError
        When it cannot be made or written to.
    """
    if out is None:
        yield None
        return
    folder = Path(out)
    made = _make(folder)
    try:
        if not os.access(folder, os.W_OK):
            raise InputError(f"{audio.shown(folder)}: cannot be written to; choose another --out")
        settle(folder)
        yield folder
    except BaseException:
        _remove_empty(made)
        raise


class Results:
    """Writers of one rendering; use it in a `with` block, and `publish` at its end.

    Parameters
    ----------
    inputs : paths
        Files that must not be overwritten.
    """

    def __init__(self, project: Project, folder: Path, format: audio.Format, inputs: Iterable[Path]) -> None:
        self._project = project
        self._folder = folder
        self.format = format
        self._inputs = tuple(inputs)
        self._made: list[Path] = []
        self._published = False
        self._texts: list[UnfinishedFile] = []
        self.writers: dict[str, audio.Writer] = {}

    def open(self, name: str) -> audio.Writer:
        """The writer of a signal such as ``mix`` or ``stems/drums``, made when it is first asked for."""
        if name not in self.writers:
            path = result_path(self._folder, name, self.format)
            self._made += _make(path.parent)
            self.writers[name] = audio.open_writer(
                path,
                self._project.sample_rate,
                2,
                self.format,
                metadata=audio.Metadata(title=self._project.name),
                dither=Dither(self.format.bits) if self.format.wants_dither else None,
                inputs=self._inputs,
            )
        return self.writers[name]

    def complete(self) -> None:
        """Finishes the content of all files, which still have no names."""
        for writer in self.writers.values():
            writer.complete()

    def publish(
        self, project: Project | None = None, report: str | None = None, stale: Iterable[str] = ()
    ) -> None:
        """Gives all files their names, the project's as the last; none when one cannot have its own.

        Parameters
        ----------
        project, report : Project, str, optional
            Written beside the signals: the project, and the page of its report.
        stale : iterable of str
            Files of an earlier run in the folder that tell about another mix: they go.
        """
        self.complete()
        if report is not None:
            self._write_text(REPORT_NAME, report)
        if project is not None:
            self._write_text(FILE_NAME, dump_project(project))
        files = [(writer.stage(), writer.path) for writer in self.writers.values()]
        files += [(text.stage(sync=True), text.path) for text in self._texts]
        folder = Path(os.path.abspath(self._folder))
        publish(folder, files, [folder / name for name in stale])
        for file in self._files():
            file.published()
        self._published = True

    def _write_text(self, name: str, text: str) -> None:
        file = UnfinishedFile(self._folder / name, self._inputs)
        self._texts.append(file)
        file.write(text.encode("utf-8"))

    def _files(self) -> tuple[audio.Writer | UnfinishedFile, ...]:
        return (*self.writers.values(), *self._texts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files():
            file.abort()  # does nothing to those that have their names
        if not self._published:
            _remove_empty(self._made)


def result_path(folder: Path, name: str, format: audio.Format) -> Path:
    """Where a signal is written."""
    return folder / f"{name}{format.extension}"


def check_results(folder: Path, format: audio.Format, inputs: Iterable[Path]) -> None:
    """Refuses, before any work, results that would take the place of an input."""
    inputs = tuple(inputs)
    for path in (
        result_path(folder, "mix", format),
        result_path(folder, "master", format),
        folder / FILE_NAME,
        folder / REPORT_NAME,
    ):
        audio.check_target(path, inputs)


class EarlierResults:
    """Tells what an earlier run left in the folders of a song, so that it is not taken for tracks.

    A folder of stems or processed tracks that is among the `given` paths is meant.
    """

    def __init__(self, given: Iterable[str | Path]) -> None:
        self._given = {Path(os.path.abspath(path)) for path in given}
        self._seen: dict[Path, _Saved | None] = {}

    def __call__(self, path: Path) -> bool:
        """Whether `path` is a file that an earlier run wrote, or a folder that holds no other audio."""
        path = Path(os.path.abspath(path))
        return self._all_in(path) if path.is_dir() else self._is_result(path)

    def _all_in(self, folder: Path) -> bool:
        saved = self._saved(folder)
        if saved is not None and not saved.reads_below(folder):
            return True
        for path in folder.iterdir():
            if path.name.startswith("."):
                continue
            if path.is_dir():
                if not self._all_in(path):
                    return False
            elif path.suffix.lower() in INPUT_EXTENSIONS and not self._is_result(path):
                return False
        return True

    def _is_result(self, file: Path) -> bool:
        folder = file.parent
        if file.stem in ("mix", "master"):
            saved, known = self._saved(folder), True
        elif folder.name in PART_FOLDERS and folder not in self._given:
            saved = self._saved(folder.parent)
            known = saved is not None and file.stem in saved.channels
        else:
            return False
        return saved is not None and known and not saved.reads(file)

    def _saved(self, folder: Path) -> "_Saved | None":
        """The project saved in a folder; None where none of ours is."""
        if folder not in self._seen:
            self._seen[folder] = _read_saved(folder)
        return self._seen[folder]


@dataclass(frozen=True)
class _Saved:
    """What tells the inputs of a saved project from its results."""

    inputs: frozenset[Path]
    left_out: frozenset[str]
    channels: frozenset[str]

    def reads(self, file: Path) -> bool:
        place = Path(os.path.realpath(file))
        beside = place.name in self.left_out and any(place.parent == path.parent for path in self.inputs)
        return beside or place in self.inputs

    def reads_below(self, folder: Path) -> bool:
        place = Path(os.path.realpath(folder))
        return any(path.is_relative_to(place) for path in self.inputs)


def _read_saved(folder: Path) -> _Saved | None:
    file = folder / FILE_NAME
    with suppress(OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        if file.is_file() and file.stat().st_size <= MAX_PROJECT_BYTES:
            data: Any = json.loads(file.read_text(encoding="utf-8-sig"))
            if str(data["made_with"]).startswith("mixwright"):
                return _Saved(
                    frozenset(resolve_path(f["path"], folder) for t in data["tracks"] for f in t["files"]),
                    frozenset(data["left_out"]),
                    _part_names(data["mix"]),
                )
    return None


def _part_names(mix: Any) -> frozenset[str]:
    """Names that stems and tracks of a saved mix may have."""
    ids = {channel["id"] for group in ("strips", "buses", "returns") for channel in mix[group]}
    return frozenset(ids)


def _make(folder: Path) -> list[Path]:
    """Makes a folder and those above it; the ones that were missing, deepest first."""
    missing = []
    try:
        for place in (folder, *folder.parents):
            if place.exists():
                break
            missing.append(place)
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        _remove_empty(missing)
        why = getattr(error, "strerror", None) or error
        raise InputError(
            f"{audio.shown(folder)}: cannot be made a folder ({why}); choose another --out"
        ) from None
    return missing


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError, ValueError):
            folder.rmdir()
