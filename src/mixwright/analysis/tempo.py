"""Tempo of a song from the onsets of its tracks."""

import numpy as np

RANGE_BPM = (55.0, 210.0)
TYPICAL_BPM = 118.0
_OCTAVE_SPREAD = 0.9


def estimate_tempo(strength: np.ndarray, step_s: float) -> tuple[float, float]:
    """Tempo in bpm and a confidence of 0..1 from a curve of onset strength.

    The autocorrelation of the curve, with the multiples of a period counted in, under a preference for
    middle tempos (log-normal around 118 bpm, as listeners tap; Moelants 2002).

    Parameters
    ----------
    strength : np.ndarray, shape (steps,)
        Onset strength of the song.
    step_s : float
        Seconds per step.
    """
    curve = np.asarray(strength, np.float64)
    if curve.size * step_s < 4.0 or not curve.any():
        return 120.0, 0.0
    curve = curve - curve.mean()
    size = 1 << int(np.ceil(np.log2(2 * curve.size)))
    spectrum = np.abs(np.fft.rfft(curve, size)) ** 2
    correlation = np.fft.irfft(spectrum)[: curve.size]
    if correlation[0] <= 0:
        return 120.0, 0.0
    correlation = np.convolve(correlation / correlation[0], (0.25, 0.5, 0.25), "same")
    tempos = np.exp(np.linspace(np.log(RANGE_BPM[0]), np.log(RANGE_BPM[1]), 1200))
    steps = 60.0 / tempos / step_s
    grid = np.arange(curve.size)
    evidence = np.zeros(tempos.size)
    for multiple, weight in ((1, 1.0), (2, 0.7), (4, 0.5), (8, 0.3)):
        evidence += weight * np.interp(steps * multiple, grid, correlation, right=0.0)
    preference = np.exp(-0.5 * (np.log2(tempos / TYPICAL_BPM) / _OCTAVE_SPREAD) ** 2)
    best = int(np.argmax(np.maximum(evidence, 0) * preference))
    return float(tempos[best]), float(np.clip(evidence[best] / 2.5, 0.0, 1.0))
