"""Songs with a known human mix: raw tracks as a system gets them, and what the human made of them."""

import csv
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile

from mixwright import audio
from mixwright.analysis.loudness import measure_loudness
from mixwright.roles import Role

RATE = 44100
TRIM_DB = 12.0
"""The artist's stems are moved by up to this much: their levels are the balance that is to be found."""
EXCERPT_S = 60.0
STEP_S = 5.0
STRONG_LU = 0.5
"""The excerpt is the first one at most this far below the song's mean power."""
ACTIVE_DB = -60.0
"""Tracks further below the mix than this in the excerpt are left out."""

Samples = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Song:
    """A song as it is given to the systems, and its human mix.

    Attributes
    ----------
    tracks : dict of str to np.ndarray, float32 (channels, samples)
        By file name without ending, aligned, at `RATE`.
    roles : dict of str to Role
        What the data set says they are; the systems get the names only, plain sums and chains also these.
    human : np.ndarray, float32 (2, samples)
    human_parts : dict
        The tracks as the human mix holds them (processed stems), where they are known; else the tracks.
    """

    name: str
    set: str
    tracks: Samples
    roles: dict[str, Role]
    human: np.ndarray
    human_parts: Samples = field(default_factory=dict)

    @property
    def parts(self) -> Samples:
        return self.human_parts or self.tracks

    @cached_property
    def digest(self) -> str:
        """Changes when any sample or name does."""
        made = hashlib.sha256()
        for name, samples in sorted(self.tracks.items()):
            made.update(f"{name} {self.roles[name]}".encode())
            made.update(np.ascontiguousarray(samples).tobytes())
        made.update(self.human.tobytes())
        return made.hexdigest()[:16]

    def write(self, folder: Path) -> None:
        """Tracks as float WAV files, and their roles as ``../roles.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, samples in self.tracks.items():
            soundfile.write(folder / f"{name}.wav", samples.T, RATE, subtype="FLOAT")
        roles = {name: str(role) for name, role in self.roles.items()}
        (folder.parent / "roles.json").write_text(json.dumps(roles))


def data_folder() -> Path:
    """Where the test data lies: ``MIXWRIGHT_TEST_DATA``, or ``../shared/data``."""
    root = Path(__file__).parents[3] / "shared" / "data"
    return Path(os.environ.get("MIXWRIGHT_TEST_DATA", root))


@dataclass(frozen=True)
class Listed:
    """A song that is not read yet."""

    name: str
    set: str
    folder: Path

    def load(self, kept: Path) -> Song:
        """Reads it; decoded audio is kept in a folder for the next time."""
        _, read = ADAPTERS[self.set]
        made = hashlib.sha256(Path(__file__).read_bytes() + (self.folder / "manifest.csv").read_bytes())
        file = kept / "decoded" / f"{self.name}-{made.hexdigest()[:12]}.npz"
        if not file.is_file():
            _save(read(self.folder, self.name), file)
        return _opened(self, file)


def find_songs(data: Path, wanted: list[str] | None = None) -> list[Listed]:
    """All songs whose name or set contains one of the wanted words."""
    return [
        Listed(name, set_name, data / set_name)
        for set_name, (names, _) in ADAPTERS.items()
        if (data / set_name).is_dir()
        for name in names(data / set_name)
        if not wanted or any(word in name or word == set_name for word in wanted)
    ]


def _save(song: Song, file: Path) -> None:
    arrays = {f"track {name}": samples for name, samples in song.tracks.items()}
    arrays |= {f"part {name}": samples for name, samples in song.human_parts.items()}
    roles = json.dumps({name: str(role) for name, role in song.roles.items()})
    file.parent.mkdir(parents=True, exist_ok=True)
    work = file.with_suffix(".part.npz")
    np.savez(work, human=song.human, roles=np.array(roles), **arrays)  # type: ignore[arg-type]
    work.rename(file)


def _opened(listed: Listed, file: Path) -> Song:
    with np.load(file) as data:
        roles = {name: Role(role) for name, role in json.loads(str(data["roles"])).items()}
        groups: dict[str, Samples] = {"track": {}, "part": {}}
        for key in data.files:
            kind, _, name = key.partition(" ")
            if name:
                groups[kind][name] = data[key]
        return Song(listed.name, listed.set, groups["track"], roles, data["human"], groups["part"])


def rows_of(folder: Path) -> list[dict[str, str]]:
    with open(folder / "manifest.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def decode(path: Path) -> np.ndarray:
    """A file at `RATE`, float32 (channels, samples)."""
    with audio.Scratch() as scratch:
        source = audio.open_source(path, RATE, scratch)
        samples = source.read(0, source.frames)
        source.close()
    return samples


def _stereo(samples: np.ndarray) -> np.ndarray:
    return samples if len(samples) == 2 else np.repeat(samples, 2, axis=0)


def _named(rows: list[dict[str, str]], name: str, kind: str) -> list[dict[str, str]]:
    return [row for row in rows if row["song"] == name and row["kind"] == kind]


# --- raw_dev: raw recordings, processed stems and the released mix


def raw_dev_names(folder: Path) -> list[str]:
    return sorted({row["song"] for row in rows_of(folder) if row["kind"] == "human_mix"})


def raw_dev(folder: Path, name: str) -> Song:
    tracks, parts, roles = {}, {}, {}
    for row in _named(rows_of(folder), name, "raw"):
        stem = Path(row["file"]).stem
        tracks[stem] = decode(folder / row["file"])
        parts[stem] = decode(folder / row["file"].replace("/raw/", "/stems_processed/"))
        roles[stem] = Role(row["role"])
    return Song(name, "raw_dev", tracks, roles, _stereo(decode(folder / name / "human_mix.flac")), parts)


# --- lmms_projects: dry renders and the author's mix


def lmms_names(folder: Path) -> list[str]:
    return sorted({row["song"] for row in rows_of(folder)})


def lmms(folder: Path, name: str) -> Song:
    tracks, roles = {}, {}
    for row in _named(rows_of(folder), name, "dry"):
        stem = Path(row["file"]).stem
        tracks[stem] = decode(folder / row["file"])
        roles[stem] = Role(row["role"])
    return Song(name, "lmms_projects", tracks, roles, _stereo(decode(folder / name / "author_mix.ogg")))


# --- cc0_songs: the artist's printed stems; moved at random for the systems, at unity the artist's balance


def cc0_names(folder: Path) -> list[str]:
    return sorted({row["song"].lower() for row in rows_of(folder)})


def cc0(folder: Path, name: str) -> Song:
    rows = [r for r in rows_of(folder) if r["song"].lower() == name and r["role"] != "master"]
    stems = [Path(row["file"]).stem for row in rows]
    roles = {stem: Role(row["role"]) for stem, row in zip(stems, rows, strict=True)}
    with audio.Scratch() as scratch:  # all stems of a song in memory would take gigabytes
        sources = [audio.open_source(folder / row["file"], RATE, scratch) for row in rows]
        whole = np.zeros((2, max(source.frames for source in sources)), np.float32)
        for source in sources:
            whole[:, : source.frames] += source.read(0, source.frames)
        start = strong_start(whole)
        length = min(round(EXCERPT_S * RATE), whole.shape[1] - start)
        cut = {stem: source.read(start, length) for stem, source in zip(stems, sources, strict=True)}
    mix = np.ascontiguousarray(whole[:, start : start + length])
    floor = _power_db(mix) + ACTIVE_DB
    parts = {stem: samples for stem, samples in sorted(cut.items()) if _power_db(samples) > floor}
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    trims = np.random.default_rng(seed).uniform(-TRIM_DB, TRIM_DB, len(parts))
    tracks = {
        stem: samples * np.float32(10 ** (trim / 20))
        for (stem, samples), trim in zip(parts.items(), trims, strict=True)
    }
    return Song(name, "cc0_songs", tracks, {stem: roles[stem] for stem in tracks}, mix, parts)


def strong_start(mix: np.ndarray) -> int:
    """First sample of the first excerpt that is about as strong as the whole song."""
    length, step = round(EXCERPT_S * RATE), round(STEP_S * RATE)
    wanted = _power_db(mix) - STRONG_LU
    for start in range(0, max(1, mix.shape[1] - length), step):
        if _power_db(mix[:, start : start + length]) >= wanted:
            return start
    return 0


def _power_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-20))


def loudness_lufs(samples: np.ndarray) -> float:
    return measure_loudness(samples, RATE).integrated_lufs


ADAPTERS: dict[str, tuple[Callable[[Path], list[str]], Callable[[Path, str], Song]]] = {
    "raw_dev": (raw_dev_names, raw_dev),
    "lmms_projects": (lmms_names, lmms),
    "cc0_songs": (cc0_names, cc0),
}
