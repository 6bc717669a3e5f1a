"""Saturation: smooth curves, free of aliasing in any use short of abuse."""

from typing import Annotated, Literal

import numpy as np

from mixwright._core import native
from mixwright.dsp.compressor import float32
from mixwright.params import Choice, Param, Params


class Saturation(Params):
    """Settings of the saturation. The defaults leave the signal unchanged.

    ``tape`` is symmetric with a wide knee (odd harmonics), ``tube`` the same curve off its centre (even
    harmonics too), ``solid`` stays clean longer and bends sooner after that. The output is scaled so that
    noise of -18 dBFS RMS keeps its level at any drive.
    """

    kind: Annotated[Literal["tape", "tube", "solid"], Choice(help="shape of the curve")] = "tape"
    drive_db: Annotated[float, Param("dB", 0, 24, help="how far into the curve; 0 is off")] = 0.0
    mix: Annotated[float, Param("", 0, 1, help="share of the saturated signal; the rest is dry")] = 1.0


def saturate(audio: np.ndarray, sample_rate: float, settings: Saturation) -> np.ndarray:
    """Saturated audio, float32, shape (1 or 2, samples), late by 27 samples.

    The curve is the integral of (1 - (x/s)^2)^n with n = 4 (``solid``: 2), run at four times the rate
    between linear-phase half-band filters; only what it changes passes through them.
    """
    processor = native.Saturation(sample_rate)
    processor.set(settings.flat())
    return processor.process(float32(audio))
