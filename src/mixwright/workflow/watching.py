"""Watching a folder: tracks that are new or recorded anew are picked up, the mix follows, locks hold."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mixwright import audio
from mixwright.audio.formats import INPUT_EXTENSIONS
from mixwright.errors import InputError
from mixwright.project import FILE_NAME, load_project, resolve_path
from mixwright.workflow.actions import Mixed, mix
from mixwright.workflow.job import Job
from mixwright.workflow.revising import Revised, revise
from mixwright.workflow.tracks import TrackChanges, changed_files

QUIET_S = 2.0
"""A file that has not changed for so long is complete."""

EVERY_S = 0.5

Signature = tuple[int, int, int]


@dataclass
class Settling:
    """Tells which files have been left alone long enough to be complete.

    A file that is being copied grows, or its time changes; until it has been the same for `quiet_s` it is not
    there. What was read must be `unchanged` afterwards.
    """

    quiet_s: float = QUIET_S
    _seen: dict[Path, tuple[Signature, float]] = field(default_factory=dict)

    def settled(self, files: Iterable[Path], now_s: float) -> list[Path] | None:
        """The files, when all of them have settled; None while one still changes."""
        found, quiet = [], True
        for file in files:
            signature = _signature(file)
            if signature is None:
                continue
            before = self._seen.get(file)
            if before is None or before[0] != signature:
                self._seen[file] = signature, now_s
                quiet = quiet and self.quiet_s <= 0
            elif now_s - before[1] < self.quiet_s:
                quiet = False
            found.append(file)
        return found if quiet else None

    def unchanged(self, files: Iterable[Path]) -> bool:
        """Whether the files are still those that had settled."""
        return all(file in self._seen and self._seen[file][0] == _signature(file) for file in files)


def watch(
    folder: str | Path,
    out: str | Path,
    *,
    job: Job | None = None,
    tell: Callable[[str], Any] = lambda line: None,
    quiet_s: float = QUIET_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
    most_rounds: int | None = None,
) -> int:
    """Mixes a folder, and mixes on whenever its tracks change, until the job is cancelled.

    A track that was replaced keeps its strip; one that is new gets its own, and all else stays. Nothing is
    read while a file is still being written.

    Parameters
    ----------
    folder, out : path
        The tracks, and where mix, master and project go; a project that is there already is gone on with.
    tell : callable
        Told in lines what happens.
    quiet_s : float
        A file that has not changed for so long is complete.
    most_rounds : int, optional
        Ends after so many looks at the folder.

    Returns
    -------
    int
        How often the mix was made or followed.
    """
    job = job or Job()
    place, results = Path(folder), Path(out)
    if not place.is_dir():
        raise InputError(
            f"{audio.shown(place)}: is no folder that could be watched; give the folder of tracks"
        )
    settling = Settling(quiet_s)
    made = rounds = 0
    known: frozenset[tuple[Path, Signature]] | None = None
    while most_rounds is None or rounds < most_rounds:
        job.check()
        rounds += 1
        files = settling.settled(_songs(place, results), clock())
        now = None if not files else frozenset((f, s) for f in files if (s := _signature(f)) is not None)
        if files and now != known:
            try:
                done = _follow(place, results, files, settling, job)
            except InputError as error:
                tell(f"waiting: {error}")
            else:
                if done is not None:
                    made += 1
                    tell(_line(done))
            known = now
        sleep(EVERY_S)
    return made


def _follow(place: Path, results: Path, files: list[Path], settling: Settling, job: Job) -> Mixed | None:
    if not (results / FILE_NAME).exists():
        return mix(place, results, job=job)
    project = load_project(results)
    here = {resolve_path(f.path, results) for t in project.tracks for f in t.files}
    missing = [path.name for path in here if not path.exists()]
    if missing:
        raise InputError(
            f"{', '.join(sorted(missing))}: gone from the folder; put it back or remove the track"
        )
    changes: TrackChanges = changed_files(project, results, files)
    if not changes or not settling.unchanged(files):
        return None
    return revise(results, tracks=changes, job=job)


def _line(done: Mixed) -> str:
    if isinstance(done, Revised):
        return "; ".join(done.changes) or "no difference"
    return f"first mix of {len(done.project.tracks)} tracks"


def _songs(place: Path, results: Path) -> list[Path]:
    return sorted(
        file
        for file in place.iterdir()
        if file.suffix.lower() in INPUT_EXTENSIONS
        and not file.name.startswith(".")
        and file.is_file()
        and results.resolve() != file.parent.resolve()
    )


def _signature(file: Path) -> Signature | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
