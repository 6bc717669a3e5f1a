"""Runs the command line in this process, and small songs for it."""

import contextlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.true_peak import TruePeakMeter
from mixwright.audio import Scratch, open_source, probe
from mixwright.cli import main

RATE = 44100


@dataclass(frozen=True)
class Run:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: object) -> Run:
    """One command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else -1
    return Run(code, out.getvalue(), err.getvalue())


def done(*arguments: object) -> Run:
    """One command that must succeed, and complain of nothing."""
    result = run(*arguments)
    assert (result.code, result.err) == (0, ""), result.err
    return result


def files_below(*folders: Path) -> dict[str, int]:
    """Everything in the folders, hidden or not, with its size."""
    found = {}
    for folder in folders:
        for place, _, names in os.walk(folder):
            found[place] = -1
            for name in names:
                path = os.path.join(place, name)
                found[path] = os.lstat(path).st_size
    return found


def refused(folder: Path, *arguments: object, says: tuple[str, ...] = ()) -> str:
    """The one line that complains about bad input; nothing below `folder` may change."""
    before = files_below(folder)
    result = run(*arguments)
    assert result.code == 2, (result.code, result.err)
    assert result.out == ""
    check_complaint(result.err, *says)
    assert files_below(folder) == before
    return result.err


def check_complaint(err: str, *says: str) -> None:
    """One line that names what is wrong, and a remedy."""
    assert err.startswith("mixwright: ")
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert "Traceback" not in err
    assert "; " in err, f"no remedy: {err}"
    for text in says:
        assert text in err, err


def kick(seconds: float = 2.5, rate: int = RATE) -> np.ndarray:
    """A kick drum at 120 bpm, (1, samples)."""
    beat = np.arange(round(seconds * rate)) / rate % 0.5
    return (0.8 * np.sin(2 * np.pi * (50 + 100 * np.exp(-40 * beat)) * beat) * np.exp(-8 * beat))[None]


def bass(seconds: float = 2.5, rate: int = RATE, hz: float = 55.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.tanh(3 * np.sin(2 * np.pi * hz * t)) * (0.6 + 0.4 * np.cos(4 * np.pi * t)))[None]


def voice(seconds: float = 2.5, rate: int = RATE, hz: float = 220.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * hz * k * t + 0.3 * k * np.sin(30 * t)) / k for k in range(1, 9))
    return (0.2 * tone * (np.sin(2 * np.pi * 0.9 * t) > -0.5))[None]


def guitar(seconds: float = 2.5, rate: int = RATE, seed: int = 1) -> np.ndarray:
    """Bursts of noise, stereo."""
    n = round(seconds * rate)
    fade = np.exp(-3 * (np.arange(n) / rate % 1))
    return 0.1 * np.random.default_rng(seed).standard_normal((2, n)) * fade


def write_song(folder: Path, seconds: float = 2.5, rate: int = RATE) -> Path:
    """Kick, bass, voice and guitar as 16 bit files."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = {"Kick": kick, "Bass": bass, "Lead Vox": voice, "Gtr": guitar}
    for name, make in tracks.items():
        soundfile.write(folder / f"{name}.wav", make(seconds, rate).T, rate)
    return folder


def write(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_24") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.atleast_2d(samples).T, rate, subtype, format="WAV")
    return path


def read(path: Path) -> np.ndarray:
    """A file as a player decodes it, (2, samples) at its own rate."""
    with Scratch() as scratch:
        source = open_source(path, probe(path).sample_rate, scratch)
        return np.broadcast_to(source.read(0, source.frames), (2, source.frames)).copy()


def loudness_lufs(path: Path) -> float:
    meter = LoudnessMeter(probe(path).sample_rate, 2)
    meter.add(read(path))
    return meter.integrated_lufs


def peak_dbtp(path: Path) -> float:
    meter = TruePeakMeter(2)
    meter.add(read(path))
    return meter.peak_dbtp


def null_db(a: np.ndarray, b: np.ndarray) -> float:
    """Peak of the difference in dBFS."""
    return float(20 * np.log10(np.abs(a - b).max() + 1e-20))
