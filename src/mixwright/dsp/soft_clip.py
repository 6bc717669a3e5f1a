"""Soft clipper of the master."""

from typing import Annotated

import numpy as np

from mixwright._core import native
from mixwright.dsp.compressor import float32
from mixwright.params import Param, Params, Switch


class SoftClip(Params):
    """Settings of the soft clipper. Off by default.

    Below the threshold nothing changes; above it the waveform bends, with continuous slope and curvature,
    to the ceiling.
    """

    on: Annotated[bool, Switch(help="whether peaks are clipped softly")] = False
    threshold_db: Annotated[float, Param("dBFS", -24, 0, help="where the knee starts")] = -3.0
    ceiling_db: Annotated[float, Param("dBFS", -12, 0, help="where the waveform ends")] = 0.0


def soft_clip(audio: np.ndarray, sample_rate: float, settings: SoftClip) -> np.ndarray:
    """Softly clipped audio, float32, shape (1 or 2, samples), late by 27 samples.

    It clips at four times the rate; the filter back may overshoot the ceiling slightly, which is for the
    limiter to catch.
    """
    processor = native.SoftClip(sample_rate)
    processor.set(settings.flat())
    return processor.process(float32(audio))
