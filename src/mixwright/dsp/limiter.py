"""Look-ahead true-peak limiter."""

from typing import Annotated

import numpy as np

from mixwright._core import native
from mixwright.params import Param, Params, Scale, Switch


class Limiter(Params):
    """Settings of a limiter for true peaks, both channels linked. It is off by default.

    The ceiling holds for any input, to 0.05 dB by `analysis.true_peak`'s reference meter. Sound that stays
    below it passes bit by bit. Latency: the look-ahead, the short look-ahead of two correction stages and
    the reach of the interpolation, together 4.5 ms at 48 kHz by default.
    """

    on: Annotated[bool, Switch(help="limits true peaks to the ceiling")] = False
    ceiling_dbtp: Annotated[float, Param("dBTP", -24, 0, help="highest true peak")] = 0.0
    lookahead_ms: Annotated[
        float, Param("ms", 0.5, 5, help="time in which the gain falls to a peak; longer is cleaner")
    ] = 2.0
    release_ms: Annotated[
        float, Param("ms", 5, 1000, Scale.LOG, help="time to recover from a single peak")
    ] = 60.0
    auto_release: Annotated[
        bool, Switch(help="recovers slowly from lasting reduction, quickly from single peaks")
    ] = True


def limit(audio: np.ndarray, sample_rate: float, settings: Limiter) -> np.ndarray:
    """Limited audio, float32, shape (1 or 2, samples) as given, aligned with the input.

    The native processor delays by its latency; here that much silence is fed after the sound and the delay
    is cut off.
    """
    processor = native.Limiter(sample_rate)
    processor.set(settings.flat())
    padded = np.pad(np.asarray(audio, np.float32), ((0, 0), (0, processor.latency)))
    return np.asarray(processor.process(padded))[:, processor.latency :]
