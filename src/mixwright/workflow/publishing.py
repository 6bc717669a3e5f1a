"""Gives several finished files their names: all of them, or none.

No file system renames several files in one step. So a record of what is to happen is written first, and the
files that will be replaced are kept under second names. Whoever finds a record later (after a failure, or in
the next run after the process was killed) either sees that every rename was done, or takes all of them back.
"""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from mixwright import audio
from mixwright.errors import MixwrightError

try:
    import fcntl
except ImportError:  # not there on Windows
    fcntl = None  # type: ignore[assignment]

RECORD_PREFIX = ".mixwright-"
RECORD_SUFFIX = ".publishing"
MAX_RECORD_BYTES = 1 << 22


@dataclass(frozen=True)
class _Move:
    """A finished file, the name it gets, and the second name of its predecessor, relative to the folder.

    Without a finished file the predecessor goes, and nothing takes its place.
    """

    staged: str
    name: str
    kept: str
    replaces: bool


def publish(folder: Path, files: Sequence[tuple[Path, Path]], stale: Sequence[Path] = ()) -> None:
    """Renames complete files: pairs of a hidden path and its final path, both below `folder`.

    With them go the `stale` files, those of them that there are.
    When a rename fails, those done are taken back and every older file is where it was. When the process is
    killed in between, `settle` does that in the next run.

    Raises
    ------
    MixwrightError
        When the file system refuses; nothing has changed then.
    """
    mark = secrets.token_hex(6)
    gone = [(None, path) for path in stale if os.path.lexists(path)]
    moves = [
        _Move(
            _relative(staged, folder) if staged else "",
            _relative(final, folder),
            _relative(final.with_name(f".{final.name[:60]}.{mark}.{number}.old"), folder),
            staged is None or final.exists(),
        )
        for number, (staged, final) in enumerate([*gone, *files])
    ]
    record = folder / f"{RECORD_PREFIX}{mark}{RECORD_SUFFIX}"
    state = "nothing was changed"
    try:
        with _written(record, moves):
            try:
                for move in moves:
                    if not move.staged:
                        os.replace(folder / move.name, folder / move.kept)
                    elif move.replaces:
                        _keep(folder / move.name, folder / move.kept)
                for move in moves:
                    if move.staged:
                        os.replace(folder / move.staged, folder / move.name)
            finally:
                if _settle(folder, moves):
                    record.unlink(missing_ok=True)
                else:
                    state = "the next run into the folder takes back what was done"
    except OSError as error:
        where = audio.shown(error.filename2 or error.filename or folder)
        raise MixwrightError(
            f"{where}: cannot be put in place ({error.strerror}); {state}, check the folder"
        ) from error


def settle(folder: Path) -> None:
    """Takes back, or tidies up after, the renames of a process that was killed while it published here."""
    for record in sorted(folder.glob(f"{RECORD_PREFIX}*{RECORD_SUFFIX}")):
        with suppress(OSError), open(record, "rb") as file:
            if not _lock(file):
                continue  # of a process at work
            with suppress(ValueError, TypeError, KeyError):
                data = json.loads(file.read(MAX_RECORD_BYTES))
                moves = [_Move(**entry) for entry in data["moves"]]
                below = all(_stays_below(name) for m in moves for name in (m.staged, m.name, m.kept))
                if below and not _settle(folder, moves):
                    continue
            record.unlink(missing_ok=True)


def _settle(folder: Path, moves: Sequence[_Move]) -> bool:
    """Takes all renames back unless every one was done; whether that, and tidying up, was possible."""
    undo = any((folder / move.staged).exists() for move in moves if move.staged)
    settled = True
    for move in moves:
        try:
            if undo:
                _take_back(folder, move)
            (folder / move.kept).unlink(missing_ok=True)
            if undo and move.staged:
                (folder / move.staged).unlink(missing_ok=True)
        except OSError:
            settled = False
    return settled


def _take_back(folder: Path, move: _Move) -> None:
    kept, name = folder / move.kept, folder / move.name
    untouched = (folder / move.staged).exists() and name.exists()
    if kept.exists() and not untouched:
        os.replace(kept, name)
    elif not move.replaces and not (folder / move.staged).exists():
        name.unlink(missing_ok=True)


def _keep(name: Path, kept: Path) -> None:
    """A second name for a file; where there are none, the file is moved away."""
    try:
        os.link(name, kept)
    except OSError:
        os.replace(name, kept)


@contextmanager
def _written(record: Path, moves: Sequence[_Move]) -> Iterator[None]:
    """The record on disk, locked for as long as this process lives and works on it."""
    with open(record, "x", encoding="utf-8") as file:
        _lock(file)
        json.dump({"moves": [asdict(move) for move in moves]}, file)
        file.flush()
        os.fsync(file.fileno())
        yield


def _lock(file: IO[bytes] | IO[str]) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _stays_below(name: str) -> bool:
    """A record is only a file: it must not make us touch others."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts
