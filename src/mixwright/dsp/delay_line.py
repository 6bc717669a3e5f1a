"""A plain delay: alignment of tracks, compensation of latency."""

from typing import Annotated

import numpy as np

from mixwright._core import native
from mixwright.params import Param, Params, Switch


class DelayLine(Params):
    """Settings of a delay without feedback. The defaults leave the signal unchanged."""

    delay_ms: Annotated[float, Param("ms", 0, 500, help="time by which the signal is delayed")] = 0.0
    fractional: Annotated[bool, Switch(help="fractions of samples by a 64-tap sinc, else whole samples")] = (
        False
    )


def delay(audio: np.ndarray, sample_rate: float, settings: DelayLine) -> np.ndarray:
    """The audio delayed, shape and length kept.

    With `fractional` the sinc's own 31 samples come on top; the native processor reports them as latency.

    Parameters
    ----------
    audio : np.ndarray, shape (1 or 2, samples)
    sample_rate : float
    settings : DelayLine
    """
    processor = native.DelayLine(sample_rate)
    processor.set(settings.flat())
    out: np.ndarray = processor.process(np.ascontiguousarray(audio, dtype=np.float32))
    return out
