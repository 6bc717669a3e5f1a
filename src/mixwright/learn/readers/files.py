"""What the readers of folders share."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from mixwright.audio.mixname import mix_names
from mixwright.engineer.roles import guess_roles
from mixwright.errors import InputError
from mixwright.learn.song import AudioRef, SongTrack
from mixwright.roles import Role, parse_role

__all__ = ["audio_files", "named_tracks", "read_table", "role_or_none", "subfolders", "without_mix"]

SUFFIXES = frozenset((".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3", ".m4a", ".opus", ".w64", ".rf64"))


def audio_files(folder: Path) -> list[Path]:
    """Audio in a folder by name; hidden files and those of other kinds are left out."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def subfolders(folder: Path) -> list[Path]:
    """Folders in a folder by name."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the folder of the data set")
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def named_tracks(files: Sequence[Path]) -> tuple[SongTrack, ...]:
    """Tracks whose roles are read from their names; a name that says nothing gives None."""
    guesses = guess_roles([path.name for path in files])
    return tuple(
        SongTrack(
            id=path.name,
            name=path.name,
            role=guess.role if guess.confidence >= 0.3 else None,
            audio=(AudioRef(path),),
        )
        for path, guess in zip(files, guesses, strict=True)
    )


def read_table(path: Path, needs: Iterable[str]) -> list[dict[str, str]]:
    """Rows of a CSV file.

    Raises
    ------
    InputError
        When it cannot be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            rows = [row for row in reader if any(row.values())]
            columns = set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a table ({error}); name a CSV file") from None
    missing = [name for name in needs if name not in columns]
    if missing:
        raise InputError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(sorted(columns)) or 'none'}"
        )
    return rows


def role_or_none(text: str) -> Role | None:
    """The role a table names, None where it names none of ours."""
    try:
        return parse_role(text)
    except InputError:
        return None


def without_mix(files: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """Tracks, and the file among them that names itself a mix of the whole song."""
    named = mix_names([path.name for path in files])
    mixes = [path for path, is_mix in zip(files, named, strict=True) if is_mix]
    return [path for path in files if path not in mixes], mixes[0] if mixes else None
