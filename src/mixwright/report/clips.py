"""What the page plays: one excerpt of each version, coded, all at one loudness."""

import tempfile
from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mixwright import audio
from mixwright.analysis.loudness import measure_loudness
from mixwright.analysis.true_peak import TruePeakMeter, true_peak_dbtp
from mixwright.report.signals import Signal
from mixwright.units import SILENCE_DB, db_to_gain

EXCERPT_S = 16.0
WHOLE_S = 22.0
"""Songs up to this length are played whole."""

BITRATE = 128_000
EFFORT = 2
"""More hardly sounds different at this rate, and costs up to twice the time."""

MIME = "audio/ogg; codecs=opus"

LOUDEST_LUFS = -14.0
ROOM_DB = -1.5
"""Peaks of what is coded stay this far below full scale: decoding raises them."""

FADE_S = 0.01


@dataclass(frozen=True)
class Clip:
    """One version of the excerpt.

    Attributes
    ----------
    gain_db : float
        What was added so that all versions are equally loud.
    loudness_lufs : float
        Of the excerpt before that.
    coded : bytes
        An Opus file.
    played : np.ndarray, float32 (2, frames)
        What was coded.
    """

    name: str
    gain_db: float
    loudness_lufs: float
    coded: bytes
    played: np.ndarray

    @property
    def source(self) -> str:
        """As an address that holds the sound itself."""
        return f"data:{MIME.replace(' ', '')};base64,{b64encode(self.coded).decode('ascii')}"


@dataclass(frozen=True)
class Clips:
    """All versions; `matched` tells whether they could be brought to one loudness."""

    clips: tuple[Clip, ...]
    loudness_lufs: float
    matched: bool


def make_clips(signals: dict[str, Signal], sample_rate: int) -> Clips:
    """Codes the excerpts of some signals at the highest common loudness that leaves their peaks whole.

    Signals without sound in the excerpt are left out.
    """
    heard = {name: s.excerpt for name, s in signals.items() if s.excerpt.size and np.any(s.excerpt)}
    levels = {name: measure_loudness(sound, sample_rate).integrated_lufs for name, sound in heard.items()}
    peaks = {name: true_peak_dbtp(sound) for name, sound in heard.items()}
    matched = bool(heard) and all(level > SILENCE_DB for level in levels.values())
    if matched:
        common = min(LOUDEST_LUFS, *(ROOM_DB - peaks[name] + levels[name] for name in heard))
        gains = {name: common - levels[name] for name in heard}
    else:
        common = SILENCE_DB
        gains = dict.fromkeys(heard, min([0.0, *(ROOM_DB - peak for peak in peaks.values())]))
    clips = [
        _clip(name, _faded(sound, sample_rate), gains[name], levels[name], sample_rate)
        for name, sound in heard.items()
    ]
    return Clips(tuple(clips), common, matched)


def _faded(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    frames = min(round(FADE_S * sample_rate), sound.shape[1] // 2)
    out, ramp = sound.copy(), np.linspace(0, 1, frames, dtype=np.float32)
    out[:, :frames] *= ramp
    out[:, out.shape[1] - frames :] *= ramp[::-1]
    return out


def _clip(name: str, sound: np.ndarray, gain_db: float, loudness_lufs: float, sample_rate: int) -> Clip:
    played = sound * np.float32(db_to_gain(gain_db))
    format = replace(audio.find_format("opus"), bitrate=BITRATE, effort=EFFORT)
    with tempfile.TemporaryDirectory(prefix="mixwright-") as folder:
        path = Path(folder) / "excerpt.opus"
        with audio.open_writer(path, sample_rate, 2, format) as writer:
            for start in range(0, played.shape[1], 1 << 16):
                writer.write(played[:, start : start + (1 << 16)])
        return Clip(name, gain_db, loudness_lufs, path.read_bytes(), played)


def overshoot_db(clip: Clip) -> float:
    """By how much coding and decoding raise the true peak of a clip."""
    peak = TruePeakMeter(2)
    with tempfile.TemporaryDirectory(prefix="mixwright-") as folder, audio.Scratch() as scratch:
        path = Path(folder) / "excerpt.opus"
        path.write_bytes(clip.coded)
        info = audio.probe(path)
        for block in audio.open_source(info, info.sample_rate, scratch).blocks():
            peak.add(np.ascontiguousarray(np.broadcast_to(block, (2, block.shape[1]))))
    return peak.peak_dbtp - true_peak_dbtp(clip.played)
