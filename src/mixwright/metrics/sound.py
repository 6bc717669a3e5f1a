"""A mix as it is judged: samples, rate, and what is measured on them, once and only when asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np

from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.spectrum import BandMeter
from mixwright.analysis.true_peak import true_peak_dbtp
from mixwright.errors import InputError
from mixwright.units import SILENCE_DB

SHORTEST_S = 0.4
"""The gate of BS.1770 needs one block of 400 ms."""

GATED = "the audio lies below the gate of the loudness meter (-70 LUFS); bring it up"

PIECE = 1 << 18


@dataclass(frozen=True, eq=False)
class BandPowers:
    """Third-octave powers (see `analysis.spectrum.BandMeter`); mean squares summed over both channels."""

    frames: np.ndarray
    """Per frame and band, float32 (frames, bands)."""
    frame_s: float
    left: np.ndarray
    right: np.ndarray
    cross: np.ndarray
    """Means over all frames, (bands,); cross is left times right."""

    @property
    def mid(self) -> np.ndarray:
        """Power of (L+R)/sqrt 2 per band, so that mid and side add up to left and right."""
        return np.maximum(0.5 * (self.left + self.right) + self.cross, 0.0)

    @property
    def side(self) -> np.ndarray:
        """Power of (L-R)/sqrt 2 per band."""
        return np.maximum(0.5 * (self.left + self.right) - self.cross, 0.0)

    @property
    def total(self) -> np.ndarray:
        return self.left + self.right


class Banded(Protocol):
    """Whatever has third-octave powers."""

    @property
    def bands(self) -> BandPowers: ...


class Sound:
    """Audio to be judged.

    Parameters
    ----------
    audio : np.ndarray, shape (channels, samples) or (samples,)
        Mono or stereo. Mono is heard from both sides alike: it is judged as two equal channels, except that
        its loudness counts once, as BS.1770 has it.
    sample_rate : int
        In Hz.

    Raises
    ------
    InputError
        For other layouts, broken samples, silence, or less than 0.4 s.
    """

    def __init__(self, audio: np.ndarray, sample_rate: int) -> None:
        samples = np.atleast_2d(np.asarray(audio, np.float32))
        if samples.ndim != 2 or samples.shape[0] not in (1, 2):
            raise InputError(
                f"audio of shape {np.shape(audio)} cannot be judged; "
                "give (channels, samples) with 1 or 2 channels"
            )
        if not sample_rate > 0:
            raise InputError(f"a sample rate of {sample_rate} Hz cannot be; give that of the audio")
        if samples.shape[1] < SHORTEST_S * sample_rate:
            raise InputError(
                f"{samples.shape[1] / sample_rate:.2f} s are too short to judge; give at least {SHORTEST_S} s"
            )
        if not np.isfinite(samples).all():
            raise InputError("the audio holds NaN or infinite samples; export it again")
        if not samples.any():
            raise InputError("the audio is silent, so there is nothing to judge; check the export")
        self.given = samples
        self.sample_rate = int(sample_rate)

    @classmethod
    def of(cls, audio: "np.ndarray | Sound", sample_rate: int) -> Self:
        """A sound as it is, or samples made one."""
        return audio if isinstance(audio, cls) else cls(np.asarray(audio), sample_rate)

    @property
    def duration_s(self) -> float:
        return self.given.shape[1] / self.sample_rate

    @cached_property
    def audio(self) -> np.ndarray:
        """Left and right, float32 (2, samples)."""
        return self.given if self.given.shape[0] == 2 else np.repeat(self.given, 2, axis=0)

    @cached_property
    def meter(self) -> LoudnessMeter:
        """A loudness meter that has heard all of it."""
        meter = LoudnessMeter(self.sample_rate, self.given.shape[0])
        meter.add(self.given)
        return meter

    @property
    def loudness_lufs(self) -> float:
        return self.meter.integrated_lufs

    @cached_property
    def true_peak_dbtp(self) -> float:
        return true_peak_dbtp(self.given)

    @cached_property
    def bands(self) -> BandPowers:
        """Third-octave powers over time."""
        meter = BandMeter(self.sample_rate, 2)
        for start in range(0, self.audio.shape[1], PIECE):
            meter.add(self.audio[:, start : start + PIECE])
        frames = meter.finish()
        count = max(1, len(frames))
        left, right = meter.channel_energy / count
        return BandPowers(frames, meter.frame_s, left, right, meter.cross_energy / count)

    @property
    def stereo_lufs(self) -> float:
        """Loudness of the two channels of `audio`: that of a mono file played from both sides."""
        return self.loudness_lufs + (10 * np.log10(2) if self.given.shape[0] == 1 else 0.0)

    def with_loudness(self, loudness_lufs: float) -> "Sound":
        """The same at another loudness."""
        if self.loudness_lufs <= SILENCE_DB:
            raise InputError(GATED)
        gain = 10 ** ((loudness_lufs - self.stereo_lufs) / 20)
        return Sound(self.audio * np.float32(gain), self.sample_rate)

    def cut(self, samples: int) -> "Sound":
        """Its first samples; the same object where it is not longer."""
        if samples >= self.given.shape[1]:
            return self
        return Sound(self.given[:, :samples], self.sample_rate)


def same_length(a: Sound, b: Sound) -> tuple[Sound, Sound]:
    """Both cut to the shorter; InputError where the rates differ."""
    if a.sample_rate != b.sample_rate:
        raise InputError(
            f"the mix has {a.sample_rate} Hz and the reference {b.sample_rate} Hz; "
            "bring both to one sample rate"
        )
    samples = min(a.given.shape[1], b.given.shape[1])
    return a.cut(samples), b.cut(samples)
