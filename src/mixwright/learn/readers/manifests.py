"""Small sets with a manifest: CC0 songs, LMMS projects, and tables of file names with their roles."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from mixwright.errors import InputError
from mixwright.learn.readers.files import read_table, role_or_none
from mixwright.learn.song import AudioRef, EngineerMix, Settings, Song, SongTrack
from mixwright.units import gain_to_db

__all__ = ["read_cc0_songs", "read_lmms_projects", "read_role_table"]


def read_cc0_songs(path: str | Path) -> list[Song]:
    """Stems printed at the artist's own balance, CC0: ``manifest.csv`` and one folder per song.

    The balance is read as one mix with all faders at zero. A row with the role ``master`` is the human mix.
    """
    folder = Path(path)
    by_song: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_table(folder / "manifest.csv", ("song", "file", "role")):
        by_song[row["song"]].append(row)
    songs = []
    for name, rows in by_song.items():
        stems = [row for row in rows if role_or_none(row["role"]) is not None and row["role"] != "master"]
        master = next((row for row in rows if row["role"] == "master"), None)
        tracks = tuple(
            SongTrack(
                id=row["file"],
                name=row.get("original_name") or Path(row["file"]).name,
                role=role_or_none(row["role"]),
                audio=(AudioRef(folder / row["file"]),),
                channels=_whole(row.get("channels")),
                raw_lufs=_number(row.get("lufs")),
            )
            for row in stems
        )
        artist = EngineerMix("artist", {track.id: (Settings(fader_db=0.0),) for track in tracks})
        songs.append(
            Song(
                id=name,
                tracks=tracks,
                source="cc0_songs",
                licence="CC0-1.0",
                mixes=(artist,),
                human_mix=AudioRef(folder / master["file"]) if master else None,
                genre="electronic",
            )
        )
    return songs


LMMS_LICENCES = {
    "Artistic License 2.0": "Artistic-2.0", "CC BY-SA 3.0": "CC-BY-SA-3.0", "CC BY-SA 4.0": "CC-BY-SA-4.0",
}  # fmt: skip


def read_lmms_projects(path: str | Path) -> list[Song]:
    """Dry renders of LMMS songs with the author's volumes and pans: ``manifest.csv``, a folder per song.

    Roles the manifest marks as guesses
    (``role_sure`` false) are None.
    """
    folder = Path(path)
    by_song: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_table(folder / "manifest.csv", ("song", "file", "kind", "role", "licence")):
        by_song[row["song"]].append(row)
    songs = []
    for name, rows in by_song.items():
        dry = [row for row in rows if row["kind"] == "dry"]
        mix = next((row for row in rows if row["kind"] == "author_mix"), None)
        tracks = tuple(
            SongTrack(
                id=row["file"],
                name=row.get("track_name") or Path(row["file"]).stem,
                role=role_or_none(row["role"]) if row.get("role_sure", "true").lower() == "true" else None,
                instrument=row["role"],
                audio=(AudioRef(folder / row["file"]),),
                channels=_whole(row.get("channels")),
                raw_lufs=_number(row.get("lufs")),
            )
            for row in dry
        )
        author = EngineerMix("author", {row["file"]: (_lmms_settings(row),) for row in dry})
        licence = rows[0]["licence"]
        songs.append(
            Song(
                id=name,
                tracks=tracks,
                source="LMMS demo projects",
                licence=LMMS_LICENCES.get(licence, licence),
                mixes=(author,),
                human_mix=AudioRef(folder / mix["file"]) if mix else None,
                genre="electronic",
            )
        )
    return songs


def _lmms_settings(row: dict[str, str]) -> Settings:
    volume, pan = _number(row.get("author_volume_percent")), _number(row.get("author_pan"))
    scaled = _number(row.get("scaled_by")) or 1.0  # renders that clipped were turned down
    fader = None if not volume or volume <= 0 else gain_to_db(volume / 100.0) - gain_to_db(scaled)
    return Settings(fader_db=fader, pan=() if pan is None else (max(-1.0, min(1.0, pan / 100.0)),))


def read_role_table(path: str | Path) -> list[Song]:
    """Names of tracks with their roles, by song, without audio: a CSV with ``song``, ``role``, ``filename``.

    Rows of the class ``Unused`` may be any instrument: their role is None.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "filenames_train.csv"
    by_song: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_table(file, ("song", "role", "filename")):
        by_song[row["song"]].append(row)
    if not by_song:
        raise InputError(f"{file} has no rows; name a table of file names and roles")
    return [
        Song(
            id=name,
            tracks=tuple(
                SongTrack(
                    id=f"{at}:{row['filename']}",
                    name=row["filename"],
                    role=None if row.get("instrument_class") == "Unused" else role_or_none(row["role"]),
                    instrument=row.get("instrument_class") or row["role"],
                )
                for at, row in enumerate(rows)
            ),
            source="role table",
            licence="NOASSERTION",
            genre=(rows[0].get("broad_genre") or "").lower(),
        )
        for name, rows in by_song.items()
    ]


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); check the data set") from None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _whole(text: str | None) -> int | None:
    value = _number(text)
    return None if value is None else int(value)
