"""The song that is mixed from WAV files: a real one where the data is at hand, else a made-up one."""

import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.speed import chain

SONG = "cc0_songs/caesium"
NOT_A_TRACK = "published_master.m4a"
SYNTHETIC_S = 120.0


def find_song() -> Path | None:
    """The folder of the song's files under ``MIXWRIGHT_TEST_DATA``, if there is one."""
    root = os.environ.get("MIXWRIGHT_TEST_DATA")
    folder = Path(root) / SONG if root else None
    return folder if folder is not None and folder.is_dir() else None


def write_tracks(out: Path) -> None:
    """Writes the song's tracks as stereo WAV files, 24 bit at 48 kHz, so that every system reads the same."""
    folder = find_song()
    if folder is None:
        names = ["kick", "snare", "hihat", "toms", "overhead", "room", "bass", "guitar", "piano", "pad"]
        names += ["organ", "strings", "lead vocal", "backing vocal", "percussion", "fx"]
        for name, samples in zip(names, chain.signals(SYNTHETIC_S), strict=True):
            _write(out / f"{name}.wav", samples)
        return
    for path in sorted(folder.glob("*.m4a")):
        if path.name != NOT_A_TRACK:
            _write(out / f"{path.stem}.wav", _decoded(path))


def _decoded(path: Path) -> np.ndarray:
    from mixwright import audio

    with audio.Scratch() as scratch:
        source = audio.open_source(path, chain.RATE, scratch)
        samples = source.read(0, source.frames)
        source.close()
    return samples if len(samples) == 2 else np.repeat(samples, 2, axis=0)


def _write(path: Path, samples: np.ndarray) -> None:
    import soundfile

    soundfile.write(path, np.clip(samples.T, -1, 1), chain.RATE, subtype="PCM_24")


if __name__ == "__main__":
    write_tracks(Path(sys.argv[1]))
