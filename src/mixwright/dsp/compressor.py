"""Compressor: feed-forward, in the log domain, with a quadratic knee and smooth ballistics."""

from typing import Annotated, Literal

import numpy as np

from mixwright._core import native
from mixwright.params import Choice, Param, Params, Scale


class Compressor(Params):
    """Settings of a downward compressor. The defaults leave the signal unchanged.

    Attack and release are the times in which the gain, in dB, covers 63 % of a step. Both channels get
    the gain of the louder one.
    """

    threshold_db: Annotated[float, Param("dBFS", -60, 0, help="level above which the gain is reduced")] = 0.0
    ratio: Annotated[float, Param(":1", 1, 20, Scale.LOG, help="dB of input per dB of output above it")] = 1.0
    knee_db: Annotated[
        float, Param("dB", 0, 24, help="width of the bend, half of it below the threshold")
    ] = 6.0
    attack_ms: Annotated[float, Param("ms", 0.05, 250, Scale.LOG, help="time to follow a rise")] = 10.0
    release_ms: Annotated[float, Param("ms", 5, 5000, Scale.LOG, help="time to recover after it")] = 100.0
    detector: Annotated[
        Literal["peak", "rms"], Choice(help="follows the waveform, or its 10 ms mean power")
    ] = "peak"
    lookahead_ms: Annotated[float, Param("ms", 0, 10, help="lets the gain move early; adds latency")] = 0.0
    makeup_db: Annotated[float, Param("dB", -12, 24, help="gain after compression")] = 0.0
    range_db: Annotated[float, Param("dB", 0, 60, help="most gain reduction ever applied")] = 60.0
    mix: Annotated[float, Param("", 0, 1, help="share of the compressed signal; the rest is dry")] = 1.0
    key_highpass_hz: Annotated[
        float,
        Param("Hz", 20, 5000, Scale.LOG, help="high-pass of the detector, 12 dB/oct; off at its lowest"),
    ] = 20.0
    key_lowpass_hz: Annotated[
        float,
        Param("Hz", 200, 20000, Scale.LOG, help="low-pass of the detector, 12 dB/oct; off at its highest"),
    ] = 20000.0


def compress(
    audio: np.ndarray, sample_rate: float, settings: Compressor, key: np.ndarray | None = None
) -> np.ndarray:
    """Compressed audio, float32, delayed by the look-ahead.

    Parameters
    ----------
    audio : np.ndarray, shape (1 or 2, samples)
    key : np.ndarray, shape (1 or 2, samples), optional
        Signal that drives the detector instead of the audio.

    References
    ----------
    Giannoulis, Massberg, Reiss, J. Audio Eng. Soc. 60(6), 2012: eq. 4 (knee), eq. 17 (smooth decoupled
    detector).
    """
    processor = native.Compressor(sample_rate)
    processor.set(settings.flat())
    return processor.process(float32(audio), None if key is None else float32(key))


def gain_curve(level_db: np.ndarray, settings: Compressor) -> np.ndarray:
    """Static gain in dB (0 or negative, without make-up) for detector levels in dBFS, any shape."""
    levels = np.asarray(level_db, np.float32)
    return native.compressor_gain_curve(levels.reshape(1, -1), settings.flat()).reshape(levels.shape)


def float32(audio: np.ndarray) -> np.ndarray:
    """The audio as the native core takes it; copies only where needed."""
    return np.ascontiguousarray(audio, np.float32)
