"""The systems under test, each in a process of its own, and the cache of what they made."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mixwright
from benchmarks.quality.songs import RATE, Song, loudness_lufs
from benchmarks.speed import peers

ROOT = peers.ROOT
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """Folders of one run: tracks of the song, what the plain sums made, the other song, the result."""

    tracks: Path
    equal_sum: Path
    reference: Path
    out: Path


@dataclass(frozen=True)
class System:
    """A system: its command line, and a text that changes when its mixes may."""

    key: str
    name: str
    command: Callable[[Place], Sequence[object]]
    version: Callable[[], str]
    peer: bool = False
    """Runs in the environment of the peers."""


def _own(*arguments: object) -> Callable[[Place], Sequence[object]]:
    return lambda place: (sys.executable, "-m", *arguments, place.tracks, place.out)


def _other(module: str) -> Callable[[Place], Sequence[object]]:
    return lambda place: (peer_python(), "-m", f"benchmarks.quality.{module}", place.tracks, place.out)


def _mixwright(place: Place) -> Sequence[object]:
    mix = ("mix", place.tracks, "--out", place.out, "--format", "wav32f", "--quiet")
    return (sys.executable, "-m", "mixwright", *mix)


def _matchering(place: Place) -> Sequence[object]:
    module = "benchmarks.quality.matchering_side"
    return (peer_python(), "-m", module, place.equal_sum, place.reference, place.out)


def file_digest(*files: Path) -> str:
    """Of some files' content."""
    made = hashlib.sha256()
    for path in sorted(files):
        made.update(path.read_bytes())
    return made.hexdigest()[:12]


@cache
def _mixwright_version() -> str:
    package = Path(mixwright.__file__).parent
    aside = ("metrics", "report", "__pycache__")  # they judge; mixes do not depend on them
    used = [
        path
        for path in package.rglob("*")
        if path.is_file()
        and path.suffix in (".py", ".so", ".pyd", ".toml", ".json", ".onnx")
        and not set(path.relative_to(package).parts) & set(aside)
    ]
    return f"{mixwright.__version__} {file_digest(*used)}"


def _plain_version() -> str:
    return file_digest(HERE / "plain.py")


def _peer_version(package: str, module: str) -> Callable[[], str]:
    pinned = next(p for p in peers.PACKAGES if p.startswith(package))
    return lambda: f"{pinned.partition('==')[2]} {file_digest(HERE / module)}"


SYSTEMS = (
    System("mixwright", "Mixwright", _mixwright, _mixwright_version),
    System("libsonare", "libsonare assistant", _other("libsonare_side"),
           _peer_version("libsonare", "libsonare_side.py"), peer=True),
    System("pedalboard", "pedalboard, fixed chain", _other("pedalboard_side"),
           _peer_version("pedalboard", "pedalboard_side.py"), peer=True),
    System("matchering", "equal loudness + matchering", _matchering,
           _peer_version("matchering", "matchering_side.py"), peer=True),
    System("offsets", "equal loudness + role offsets", _own("benchmarks.quality.plain", "offsets"),
           _plain_version),
    System("equal", "equal loudness", _own("benchmarks.quality.plain", "equal"), _plain_version),
    System("raw", "raw sum", _own("benchmarks.quality.plain", "raw"), _plain_version),
)  # fmt: skip


@cache
def peer_python() -> Path | None:
    return peers.python()


class FailedError(Exception):
    """A system made no mix; the text says why."""


class Cache:
    """What systems made and what was judged, kept between runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tracks(self, song: Song) -> Path:
        """The folder of a song's tracks, written when first asked for."""
        place = self.folder / "songs" / f"{song.name}-{song.digest}"
        folder = place / "tracks"
        if not (place / "loudness.json").is_file():
            song.write(folder)
            levels = {name: max(loudness_lufs(samples), -70.0) for name, samples in song.tracks.items()}
            (place / "loudness.json").write_text(json.dumps(levels))
        return folder

    def run(self, system: System, song: Song, other: Song) -> Path:
        """Folder with ``mix.wav`` (and ``master.wav`` where there is one).

        Parameters
        ----------
        other : Song
            Whose human mix serves as reference where a system needs one.

        Raises
        ------
        FailedError
            When the process ends without a mix.
        """
        if system.peer and peer_python() is None:
            raise FailedError("its packages cannot be installed")
        against = other.digest if system.key == "matchering" else ""
        key = hashlib.sha256(f"{song.digest} {system.version()} {against}".encode()).hexdigest()[:16]
        out = self.folder / "mixes" / f"{song.name}-{system.key}-{key}"
        if (out / "mix.wav").is_file():
            return out
        equal = next(s for s in SYSTEMS if s.key == "equal")
        equal_sum = self.run(equal, song, other) / "mix.wav" if system.key == "matchering" else Path()
        work = out.with_suffix(".part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        place = Place(self.tracks(song), equal_sum, self._reference(other), work)
        _run(system.command(place), work)
        shutil.rmtree(out, ignore_errors=True)
        work.rename(out)
        return out

    def _reference(self, song: Song) -> Path:
        import soundfile

        path = self.folder / "references" / f"{song.name}-{song.digest}.wav"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, song.human.T, RATE, subtype="FLOAT")
        return path


def _run(command: Sequence[object], out: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode or not (out / "mix.wav").is_file():
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise FailedError(lines[-1] if lines else f"exit code {done.returncode}")
