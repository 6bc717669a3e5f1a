"""Songs in memory, mixed and rendered for tests of the engineer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.console import Console
from mixwright.engineer.engineer import decide
from mixwright.engineer.roles import guess_roles
from mixwright.engineer.routing import related_tracks
from mixwright.mix_model import Mix
from mixwright.project import AudioFile, Brief, Decision, Project, Track
from mixwright.roles import Role

DEMO_SONG = Path(__file__).parents[2] / "examples" / "demo_song" / "tracks"


class Memory:
    """Audio in memory as the console and the analysis read it."""

    def __init__(self, audio: np.ndarray) -> None:
        self.audio = np.ascontiguousarray(np.atleast_2d(audio), np.float32)
        self.channels, self.frames = self.audio.shape

    def read(self, start: int, frames: int, out: np.ndarray | None = None) -> np.ndarray:
        out = np.empty((self.channels, frames), np.float32) if out is None else out
        out[:] = 0
        part = self.audio[:, max(start, 0) : max(start + frames, 0)]
        out[:, max(-start, 0) : max(-start, 0) + part.shape[1]] = part
        return out


@dataclass(frozen=True)
class Rendered:
    """A mix, what led to it, and its sound before the master chain."""

    mix: Mix
    decisions: tuple[Decision, ...]
    analysis: SongAnalysis
    total: np.ndarray
    tracks: dict[str, np.ndarray]


def demo_song(start_s: float, seconds: float) -> tuple[dict[str, np.ndarray], int]:
    """An excerpt of the demo song by track name."""
    tracks, rate = {}, 44100
    for path in sorted(DEMO_SONG.iterdir()):
        rate = soundfile.info(path).samplerate
        first = round(start_s * rate)
        audio, _ = soundfile.read(
            path, start=first, stop=first + round(seconds * rate), dtype="float32", always_2d=True
        )
        tracks[path.stem] = audio.T
    return tracks, rate


def make_project(
    tracks: Mapping[str, np.ndarray], rate: int, roles: Mapping[str, Role] | None = None, **brief: object
) -> Project:
    """A project of tracks by name; ids are numbered, roles guessed from the names where none are given."""
    guesses = guess_roles(list(tracks))
    return Project(
        sample_rate=rate,
        brief=Brief(**brief),
        tracks=tuple(
            Track(
                id=track_id(name),
                name=name,
                files=(AudioFile(path=f"{name}.wav", content_hash="xxh128:" + "0" * 32),),
                channels=audio.shape[0],
                sample_rate=rate,
                frames=audio.shape[1],
                role=roles[name] if roles else guess.role,
            )
            for (name, audio), guess in zip(tracks.items(), guesses, strict=True)
        ),
    )


def track_id(name: str) -> str:
    return "t_" + "".join(c if c.isalnum() else "_" for c in name.lower())


def analyse_tracks(project: Project, tracks: Mapping[str, np.ndarray]) -> SongAnalysis:
    inputs = {track_id(name): Memory(audio) for name, audio in tracks.items()}
    return analyse(inputs, project.sample_rate, related=related_tracks(project.tracks))


def render(mix: Mix, tracks: Mapping[str, np.ndarray], rate: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The sum before the master chain, and every processed track."""
    inputs = {track_id(name): Memory(audio) for name, audio in tracks.items()}
    total, parts = [], {id: [] for id in inputs}
    for block in Console(mix, inputs, rate, tracks=True).blocks():
        total.append(block.total.copy())
        for id, audio in block.tracks.items():
            parts[id].append(audio.copy())
    return np.concatenate(total, axis=1), {id: np.concatenate(part, axis=1) for id, part in parts.items()}


def mix_tracks(
    tracks: Mapping[str, np.ndarray], rate: int, roles: Mapping[str, Role] | None = None, **brief: object
) -> Rendered:
    """Analysis, decisions and rendering of a song."""
    project = make_project(tracks, rate, roles, **brief)
    analysis = analyse_tracks(project, tracks)
    mix, decisions = decide(project, analysis)
    return Rendered(mix, decisions, analysis, *render(mix, tracks, rate))
