"""Gate and downward expander with hysteresis and hold."""

from typing import Annotated

import numpy as np

from mixwright._core import native
from mixwright.dsp.compressor import float32
from mixwright.params import Param, Params, Scale


class Gate(Params):
    """Settings of a gate or expander. The defaults leave the signal unchanged.

    It opens when the peak level reaches the threshold, and closes when the level has stayed below
    threshold - hysteresis for the hold time. Closed, the gain falls by (ratio - 1) dB per dB below the
    threshold, by the range at most. Attack (opening) and release (closing) are the times in which the
    gain, in dB, covers 63 % of a step. Both channels get the same gain.
    """

    threshold_db: Annotated[float, Param("dBFS", -80, 0, help="level at which it opens")] = -60.0
    ratio: Annotated[
        float, Param(":1", 1, 100, Scale.LOG, help="dB of output per dB of input below it; high is a gate")
    ] = 10.0
    range_db: Annotated[float, Param("dB", 0, 80, help="most gain reduction; 0 is off")] = 0.0
    attack_ms: Annotated[float, Param("ms", 0.05, 100, Scale.LOG, help="time to open")] = 1.0
    hold_ms: Annotated[float, Param("ms", 0, 500, help="time it stays open after the level fell")] = 20.0
    release_ms: Annotated[float, Param("ms", 5, 2000, Scale.LOG, help="time to close")] = 100.0
    hysteresis_db: Annotated[float, Param("dB", 0, 20, help="how far below the threshold it closes")] = 4.0
    lookahead_ms: Annotated[float, Param("ms", 0, 10, help="opens before the sound; adds latency")] = 0.0
    key_highpass_hz: Annotated[
        float, Param("Hz", 20, 5000, Scale.LOG, help="high-pass of the detector, 12 dB/oct; off at 20")
    ] = 20.0
    key_lowpass_hz: Annotated[
        float, Param("Hz", 200, 20000, Scale.LOG, help="low-pass of the detector, 12 dB/oct; off at 20000")
    ] = 20000.0


def gate(audio: np.ndarray, sample_rate: float, settings: Gate, key: np.ndarray | None = None) -> np.ndarray:
    """Gated audio, float32, shape (1 or 2, samples), delayed by the look-ahead. It starts closed.

    A key of shape (1 or 2, samples) drives the detector instead of the audio.
    """
    processor = native.Gate(sample_rate)
    processor.set(settings.flat())
    return processor.process(float32(audio), None if key is None else float32(key))
