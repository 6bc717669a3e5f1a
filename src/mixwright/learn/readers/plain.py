"""Folders without metadata: plain songs (``raw/`` beside ``mix.wav``) and the Cambridge library."""

from __future__ import annotations

import re
from pathlib import Path

from mixwright.errors import InputError
from mixwright.learn.readers.files import audio_files, named_tracks, subfolders, without_mix
from mixwright.learn.song import AudioRef, Song

__all__ = ["read_cambridge", "read_plain"]

RAW_NAMES = ("raw", "tracks", "dry", "stems", "multitrack")
MIX_NAMES = ("mix", "human_mix", "author_mix", "mixture", "master")
CAMBRIDGE_TAIL = re.compile(r"_(?:Full|Multitracks?|Excerpt|Raw)$", re.IGNORECASE)


def read_plain(path: str | Path, licence: str = "own") -> list[Song]:
    """One song per folder: tracks in ``raw/`` (or ``tracks``, ``dry``, ``stems``), a human mix beside it.

    Parameters
    ----------
    path : path
        The folder of a song, or one that holds folders of songs.
    licence : str
        Of all of it; the user's own by default.

    Raises
    ------
    InputError
        When no song lies there.
    """
    folder = Path(path)
    songs = [
        song for each in (folder, *subfolders(folder)) if (song := _plain_song(each, licence)) is not None
    ]
    if not songs:
        raise InputError(f"{folder} holds no song; a song is a folder with raw/ and, beside it, mix.wav")
    return songs


def _plain_song(folder: Path, licence: str) -> Song | None:
    raw = next((folder / name for name in RAW_NAMES if audio_files(folder / name)), None)
    if raw is None:
        return None
    mixes = {file.stem.lower(): file for file in audio_files(folder)}
    mix = next((mixes[name] for name in MIX_NAMES if name in mixes), None)
    return Song(
        id=folder.resolve().name,
        tracks=named_tracks(audio_files(raw)),
        source="folder",
        licence=licence,
        human_mix=AudioRef(mix) if mix else None,
    )


def read_cambridge(path: str | Path) -> list[Song]:
    """Songs of the Cambridge "Mixing Secrets" library as it unpacks: one folder of numbered files per song.

    ``Artist_Title_Full/01_Kick.wav``; a preview beside the folder, or in it, is the human mix. Each song has
    terms of its own (mostly for education), so none counts as free.

    Raises
    ------
    InputError
        When no song lies there.
    """
    root = Path(path)
    songs = []
    for folder in subfolders(root):
        tracks, mix = without_mix(audio_files(folder))
        title = CAMBRIDGE_TAIL.sub("", folder.name)
        previews = [
            file
            for place in (root, folder)
            for file in audio_files(place)
            if file.stem.lower() in (f"{title}_preview".lower(), f"{title}_mix".lower())
        ]
        tracks = [file for file in tracks if file not in previews]
        if tracks:
            found = previews[0] if previews else mix
            songs.append(
                Song(
                    id=title,
                    tracks=named_tracks(tracks),
                    source="Cambridge multitracks",
                    licence="LicenseRef-Cambridge-per-song",
                    human_mix=AudioRef(found) if found else None,
                )
            )
    if not songs:
        raise InputError(f"{root} holds no folder of audio files; name the folder the songs were unpacked to")
    return songs
