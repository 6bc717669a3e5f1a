"""The files of one piece of work: all of them appear when all are complete, or none does."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mixwright import audio
from mixwright.dsp.dither import Dither
from mixwright.errors import InputError
from mixwright.project import FILE_NAME, Project, save_project

MAX_PROJECT_BYTES = 1 << 28


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

    def publish(self, project: Project | None = None) -> None:
        """Gives all files their names, one right after the other, and saves the project last."""
        self.complete()
        for writer in self.writers.values():
            writer.close()
        if project is not None:
            save_project(project, self._folder / FILE_NAME)
        self._published = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self.writers.values():
            writer.abort()  # does nothing to those that have their names
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
    ):
        audio.check_target(path, inputs)


class EarlierResults:
    """Tells what an earlier run left in the folders of a song, so that it is not taken for tracks."""

    def __init__(self) -> None:
        self._kept: dict[Path, set[str] | None] = {}

    def __call__(self, path: Path) -> bool:
        """Whether `path` is a folder of results, or the mix or master in one."""
        if path.is_dir():
            return self._inputs_of(path) is not None
        if path.stem not in ("mix", "master"):
            return False
        inputs = self._inputs_of(path.parent)
        return inputs is not None and path.name not in inputs

    def _inputs_of(self, folder: Path) -> set[str] | None:
        """Names of the inputs of the project saved here; None where none of ours is saved."""
        if folder not in self._kept:
            self._kept[folder] = _saved_inputs(folder / FILE_NAME)
        return self._kept[folder]


def _saved_inputs(file: Path) -> set[str] | None:
    with suppress(OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        if file.is_file() and file.stat().st_size <= MAX_PROJECT_BYTES:
            data: Any = json.loads(file.read_text(encoding="utf-8"))
            if str(data["made_with"]).startswith("mixwright"):
                files = [Path(f["path"]).name for track in data["tracks"] for f in track["files"]]
                return {*files, *data["left_out"]}
    return None


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
