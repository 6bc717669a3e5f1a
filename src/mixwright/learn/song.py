"""A song as learning sees it: its tracks, what is known of them, and what engineers did with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from mixwright.roles import Role

__all__ = [
    "FREE_LICENCES",
    "AudioRef",
    "EngineerMix",
    "EqMove",
    "Settings",
    "Song",
    "SongTrack",
    "Split",
    "split_of",
    "split_songs",
]

FREE_LICENCES = frozenset({"CC0-1.0", "MIT", "own"})
"""Weights learned from records under these may be shipped."""

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class AudioRef:
    """Audio of a track: a file, and which of its streams (containers such as MUSDB18's hold several)."""

    path: Path
    stream: int = 0


@dataclass(frozen=True)
class SongTrack:
    """One raw track. What is not known is None."""

    id: str
    """Unique inside the song, and the same in all its mixes."""
    name: str
    role: Role | None = None
    instrument: str = ""
    """Label of the data set."""
    audio: tuple[AudioRef, ...] = ()
    channels: int | None = None
    raw_lufs: float | None = None
    spectrum_db: np.ndarray | None = field(default=None, compare=False)
    """Power per third octave in dBFS, (bands,)."""


@dataclass(frozen=True)
class EqMove:
    """One band of an engineer's equaliser; `gain_db` is 0 for filters, `slope_db_oct` 0 for the others."""

    kind: Literal["bell", "low_shelf", "high_shelf", "high_pass", "low_pass"]
    frequency_hz: float
    gain_db: float = 0.0
    q: float = 0.7071
    slope_db_oct: float = 0.0


@dataclass(frozen=True)
class Settings:
    """What one engineer set on one channel of a track."""

    fader_db: float | None = None
    pan: tuple[float, ...] = ()
    """-1..1; one value, or one per side."""
    eq: tuple[EqMove, ...] = ()
    has_compressor: bool = False
    has_reverb: bool = False
    has_delay: bool = False
    has_gate: bool = False
    send_db: float | None = None
    """Loudest reverb send."""


@dataclass(frozen=True)
class EngineerMix:
    """One engineer's mix; a track may lie on several channels."""

    id: str
    channels: Mapping[str, tuple[Settings, ...]]
    """By track id."""
    rating: float | None = None
    """Mean of listeners, 0..1: compare inside a song only."""
    raters: int = 0


@dataclass(frozen=True)
class Song:
    """All that is known of one song."""

    id: str
    tracks: tuple[SongTrack, ...]
    source: str
    licence: str
    """SPDX name where there is one."""
    mixes: tuple[EngineerMix, ...] = ()
    human_mix: AudioRef | None = None
    genre: str = ""
    split: Split | None = None
    """As the data set gives it; see `split_songs`."""

    @property
    def is_free(self) -> bool:
        """Whether weights learned from it may be shipped."""
        return self.licence in FREE_LICENCES

    def track(self, id: str) -> SongTrack:
        return next(track for track in self.tracks if track.id == id)


def split_of(song_id: str, validation: float = 0.1, test: float = 0.1) -> Split:
    """Split of a song by its id alone, so that it never changes when data is added."""
    digest = hashlib.sha256(song_id.strip().lower().encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if share < test else "validation" if share < test + validation else "train"


def split_songs(songs: Iterable[Song]) -> dict[Split, list[Song]]:
    """Songs by split: that of the data set where it gives one, otherwise by `split_of`.

    All versions of one song (the same id, whatever its data set) go the same way.
    """
    ordered: Sequence[Song] = list(songs)
    given: dict[str, Split] = {}
    for song in ordered:
        if song.split is not None:
            known = given.setdefault(song.id.lower(), song.split)
            if song.split == "test" and known != "test":
                given[song.id.lower()] = "test"  # what one set tests on no other may train on
    parts: dict[Split, list[Song]] = {"train": [], "validation": [], "test": []}
    for song in ordered:
        parts[given.get(song.id.lower()) or split_of(song.id)].append(song)
    return parts
