"""One band of dynamic equalisation: de-ess, unmask, tame a resonance, or lift what is too soft."""

from typing import Annotated, Literal

import numpy as np

from mixwright._core import native
from mixwright.dsp.compressor import float32
from mixwright.params import Choice, Param, Params, Scale


class DynamicEq(Params):
    """Settings of one dynamic band. The defaults leave the signal unchanged.

    When the level in the band (of the audio, or of a key) exceeds the threshold, the band's gain moves
    from 0 dB towards the range: a cut where that is negative, a boost where it is positive, by
    1 - 1/ratio dB per dB above the threshold (with a 6 dB knee). At full range the curve is the cookbook's
    (R. Bristow-Johnson) bell or shelf with this frequency and Q; at a smaller gain of g dB a bell has
    the Q times 10^((range - g) / 40), and a shelf is centred 10^(|range - g| / 80) nearer its own side
    (with a boost) or farther from it (with a cut). Attack and release are the times in which the gain,
    in dB, covers 63 % of a step.
    """

    kind: Annotated[Literal["bell", "low_shelf", "high_shelf"], Choice(help="shape of the band")] = "bell"
    frequency_hz: Annotated[float, Param("Hz", 20, 20000, Scale.LOG, help="centre or corner")] = 1000.0
    q: Annotated[float, Param("", 0.2, 12, Scale.LOG, help="narrowness; 0.7 for a plain shelf")] = 1.0
    threshold_db: Annotated[
        float, Param("dBFS", -80, 0, help="level in the band above which it moves")
    ] = -30.0
    ratio: Annotated[float, Param(":1", 1, 20, Scale.LOG, help="how strongly it follows the level")] = 3.0
    range_db: Annotated[
        float, Param("dB", -24, 24, help="farthest the gain goes: below 0 cuts, above boosts, 0 is off")
    ] = 0.0
    attack_ms: Annotated[float, Param("ms", 0.05, 250, Scale.LOG, help="time to follow a rise")] = 5.0
    release_ms: Annotated[float, Param("ms", 5, 2000, Scale.LOG, help="time to recover after it")] = 80.0


def dynamic_eq(
    audio: np.ndarray, sample_rate: float, settings: DynamicEq, key: np.ndarray | None = None
) -> np.ndarray:
    """The audio through one dynamic band, float32, shape (1 or 2, samples).

    A key of shape (1 or 2, samples), filtered to the band, drives the gain instead of the audio.

    References
    ----------
    Zavalishin, The Art of VA Filter Design, rev. 2.1.2, 4.4 (the filter); Giannoulis, Massberg, Reiss,
    J. Audio Eng. Soc. 60(6), 2012 (curve and ballistics).
    """
    processor = native.DynamicEq(sample_rate)
    processor.set(settings.flat())
    return processor.process(float32(audio), None if key is None else float32(key))
