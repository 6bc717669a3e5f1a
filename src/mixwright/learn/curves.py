"""The curve an engineer's equaliser draws, from its settings alone."""

from collections.abc import Iterable

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.learn.song import EqMove

__all__ = ["CURVE_HZ", "curve_db"]

RATE = 48000.0

CURVE_HZ = CENTERS_HZ[(CENTERS_HZ > 39) & (CENTERS_HZ < 16500)]
"""Third octaves of 40 Hz to 16 kHz."""


def curve_db(moves: Iterable[EqMove], frequency_hz: np.ndarray = CURVE_HZ) -> np.ndarray:
    """Gain in dB of bells and shelves, without filters, shape as `frequency_hz`.

    The plug-ins' own shapes are not known: all count as the cookbook's biquads (R. Bristow-Johnson).
    """
    total = np.zeros(np.shape(frequency_hz))
    z = np.exp(-2j * np.pi * np.asarray(frequency_hz, float) / RATE)
    for move in moves:
        if move.kind in ("bell", "low_shelf", "high_shelf") and move.gain_db:
            b, a = _biquad(move)
            response = (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
            total += 20 * np.log10(np.abs(response))
    return total


def _biquad(move: EqMove) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    amplitude = 10 ** (move.gain_db / 40)
    w = 2 * np.pi * min(move.frequency_hz, 0.45 * RATE) / RATE
    cos, alpha = float(np.cos(w)), float(np.sin(w) / (2 * move.q))
    if move.kind == "bell":
        return (1 + alpha * amplitude, -2 * cos, 1 - alpha * amplitude), (
            1 + alpha / amplitude,
            -2 * cos,
            1 - alpha / amplitude,
        )
    sign = 1.0 if move.kind == "low_shelf" else -1.0  # a high shelf is the low one with its cosine turned
    up, down, root = amplitude + 1, amplitude - 1, 2 * float(np.sqrt(amplitude)) * alpha
    b = (
        amplitude * (up - sign * down * cos + root),
        sign * 2 * amplitude * (down - sign * up * cos),
        amplitude * (up - sign * down * cos - root),
    )
    a = (
        up + sign * down * cos + root,
        sign * -2 * (down + sign * up * cos),
        up + sign * down * cos - root,
    )
    return b, a
