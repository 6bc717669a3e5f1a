"""Where choices are kept: one SQLite file of the user's own, never sent anywhere.

It lies under ``$XDG_DATA_HOME/mixwright`` (or the system's own folder for data). ``MIXWRIGHT_TASTE=off``
keeps and uses nothing; a path there names another file.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mixwright.errors import InputError
from mixwright.taste.model import Choice

SWITCH = "MIXWRIGHT_TASTE"

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""What others of the system may do with folder and file where we make them: nothing."""

_TABLES = """
CREATE TABLE IF NOT EXISTS choices (
  song TEXT, genre TEXT, dimension TEXT, value REAL, touched INTEGER, first REAL, weight REAL,
  PRIMARY KEY (song, dimension));
CREATE TABLE IF NOT EXISTS wishes (dimension TEXT PRIMARY KEY, value REAL);
"""


def taste_file() -> Path | None:
    """The file of choices; None when nothing is to be kept."""
    given = os.environ.get(SWITCH, "")
    if given.lower() in ("off", "0", "no", "false"):
        return None
    if given and given.lower() not in ("on", "1", "yes", "true"):
        return Path(given)
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    if base.is_absolute():
        return base / "mixwright" / "taste.sqlite"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    system = {"darwin": home / "Library" / "Application Support", "win32": home / "AppData" / "Roaming"}
    return system.get(sys.platform, home / ".local" / "share") / "mixwright" / "taste.sqlite"


class TasteStore:
    """The choices of one user in a file.

    Raises
    ------
    InputError
        When the file is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, song: str, choices: Iterable[Choice]) -> None:
        """Keeps the choices of a song in the place of what was kept of it before."""
        rows = [(c.song, c.genre, c.dimension, c.value, c.touched, c.first, c.weight) for c in choices]
        with self._open(make=bool(rows)) as database:
            database.execute("DELETE FROM choices WHERE song = ?", (song,))
            database.executemany("INSERT INTO choices VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def choices(self) -> tuple[Choice, ...]:
        """All that was kept."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM choices ORDER BY song, dimension").fetchall()
        return tuple(Choice(s, g, d, v, bool(t), f, w) for s, g, d, v, t, f, w in rows)

    def wishes(self) -> dict[str, float]:
        """Offsets the user wrote down: they stand in the place of what was learned."""
        with self._open() as database:
            return dict(database.execute("SELECT dimension, value FROM wishes").fetchall())

    def wish(self, dimension: str, value: float) -> None:
        """Keeps an offset that the user wrote down."""
        with self._open(make=True) as database:
            database.execute("INSERT OR REPLACE INTO wishes VALUES (?, ?)", (dimension, value))

    def forget(self, dimension: str | None = None) -> None:
        """Erases what is known about a value, or all of it."""
        if dimension is None:
            self.path.unlink(missing_ok=True)
            return
        with self._open() as database:
            for table in ("choices", "wishes"):
                database.execute(f"DELETE FROM {table} WHERE dimension = ?", (dimension,))

    @contextmanager
    def _open(self, make: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if make:
                self.path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                self.path.touch(PRIVATE_FILE)
            there = self.path.exists() or make
            with closing(sqlite3.connect(self.path if there else ":memory:", timeout=10)) as database:
                database.executescript(_TABLES)
                with database:
                    yield database
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{self.path}: cannot be used as the memory of your taste ({error}); move it away, "
                f"or set {SWITCH}=off"
            ) from None
