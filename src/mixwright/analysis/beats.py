"""Tempo, beats and bars of a song from the onsets of its tracks.

Tempo: autocorrelation of the onset curve with multiples of the period counted in, under a preference for
middle tempos (Moelants 2002; McKinney et al. 2007). Beats: dynamic programming after Ellis (J. New Music
Res. 36(1), 2007), solved half a period at a time. Where the beats lie on a line, the song was played to a
click and the line is returned. Bars: the metre and phase under which low notes and changes of sound fall
on the first beat.
"""

from dataclasses import dataclass, field

import numpy as np

RANGE_BPM = (55.0, 210.0)
TYPICAL_BPM = 118.0
DEFAULT_BPM = 120.0
SHORTEST_S = 4.0
"""Nothing is said of shorter songs."""

_OCTAVE_SPREAD = 0.9
_MULTIPLES = ((1, 1.0), (2, 0.6), (3, 0.2), (4, 0.5))
_PULSE_S = 0.02
_TIGHTNESS = 100.0
"""Ellis' alpha, for onset curves of unit deviation."""
_CLICK_S = 0.02
"""Beats that deviate less from a line (median) were played to a click."""
_METRES = (4, 3)
_FOURS_BONUS = 0.2
"""What three beats to a bar must repeat better by, as most songs have four."""
LEAST_CONFIDENCE = 0.15
"""Onsets at random reach 0.05; below this no beats are given."""


@dataclass(frozen=True, eq=False)
class Beats:
    """Beats and bars of a song; without times where no pulse is heard."""

    tempo_bpm: float = DEFAULT_BPM
    confidence: float = 0.0
    """0..1: how much of the onset curve repeats with the beat."""
    steady: bool = False
    """The beats lie on a straight line."""
    times_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    beats_per_bar: int = 4
    bar_confidence: float = 0.0
    """0..1: how much the first beats stand out from the others."""
    downbeats_s: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def nearest_bar_s(self, time_s: float) -> float:
        """The nearest start of a bar; the time itself where bars are unknown."""
        if not self.downbeats_s.size:
            return time_s
        return float(self.downbeats_s[np.argmin(np.abs(self.downbeats_s - time_s))])


def find_beats(strength: np.ndarray, step_s: float, accents: np.ndarray | None = None) -> Beats:
    """Tempo, beats and bars from curves of onset strength.

    Parameters
    ----------
    strength : np.ndarray, shape (steps,)
        Onset strength of the song.
    step_s : float
        Seconds per step.
    accents : np.ndarray, shape (steps,), optional
        What tells the first beat of a bar, such as the onsets of low sounds; `strength` if not given.
    """
    strength = np.asarray(strength, np.float64)
    tempo, confidence = estimate_tempo(strength, step_s)
    if confidence < LEAST_CONFIDENCE:
        return Beats(tempo, confidence)
    curve = _pulses(strength, step_s)
    steps = _track(curve, 60.0 / tempo / step_s)
    if steps.size < 4:
        return Beats(tempo, confidence)
    times, steady = _settled(steps * step_s, 60.0 / tempo, strength.size * step_s)
    period = float(np.median(np.diff(times)))
    if steady:
        period = float(times[1] - times[0])
    accent = strength if accents is None else np.asarray(accents, np.float64)
    metre, phase, bar_confidence = _bars(_at_beats(accent, times, step_s))
    return Beats(
        60.0 / period, confidence, steady, times, metre, bar_confidence * confidence, times[phase::metre]
    )


def estimate_tempo(strength: np.ndarray, step_s: float) -> tuple[float, float]:
    """Tempo in bpm and a confidence of 0..1; `DEFAULT_BPM` and 0 where there is nothing to go by."""
    curve = np.asarray(strength, np.float64)
    if curve.size * step_s < SHORTEST_S or not curve.any():
        return DEFAULT_BPM, 0.0
    correlation = _autocorrelation(_smooth(curve, _PULSE_S / step_s))
    tempos = np.exp(np.linspace(np.log(RANGE_BPM[0]), np.log(RANGE_BPM[1]), 1200))
    lags = 60.0 / tempos / step_s
    grid = np.arange(correlation.size)
    evidence = np.zeros(tempos.size)
    for multiple, weight in _MULTIPLES:
        evidence += weight * np.interp(lags * multiple, grid, correlation, right=0.0)
    evidence /= sum(weight for _, weight in _MULTIPLES)
    preference = np.exp(-0.5 * (np.log2(tempos / TYPICAL_BPM) / _OCTAVE_SPREAD) ** 2)
    best = int(np.argmax(np.maximum(evidence, 0) * preference))
    return float(tempos[best]), float(np.clip(evidence[best], 0.0, 1.0))


def _autocorrelation(curve: np.ndarray) -> np.ndarray:
    """Normalised to 1 at no lag, and for the shorter overlap at long ones."""
    curve = curve - curve.mean()
    size = 1 << int(np.ceil(np.log2(2 * curve.size)))
    power = np.abs(np.fft.rfft(curve, size)) ** 2
    correlation = np.fft.irfft(power)[: curve.size]
    overlap = np.maximum(1.0 - np.arange(curve.size) / curve.size, 0.25)
    return correlation / max(float(correlation[0]), 1e-30) / overlap


def _smooth(curve: np.ndarray, width: float) -> np.ndarray:
    """Gaussian of a deviation of `width` steps."""
    reach = max(1, int(np.ceil(3 * width)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, 0.3)) ** 2)
    return np.convolve(curve, kernel / kernel.sum(), "same")[: curve.size]


def _pulses(strength: np.ndarray, step_s: float) -> np.ndarray:
    """Onset curve as beats are tracked in: smooth, quiet parts lifted, unit deviation."""
    curve = _smooth(strength, _PULSE_S / step_s)
    width = max(1, round(6.0 / step_s))
    local = np.sqrt(np.convolve(curve**2, np.ones(width) / width, "same")[: curve.size])
    curve = curve / (local + 0.3 * np.sqrt(np.mean(curve**2)) + 1e-30)
    return curve / max(float(curve.std()), 1e-30)


def _track(curve: np.ndarray, period: float) -> np.ndarray:
    """Steps of the best sequence of beats, int (beats,)."""
    nearest, farthest = max(1, round(period / 2)), max(2, round(2 * period))
    distance = np.arange(nearest, farthest + 1)
    cost = -_TIGHTNESS * np.log(distance / period) ** 2
    size = curve.size
    score = np.full(size + farthest, -np.inf)  # shifted by `farthest`: earlier than the song lies nothing
    before = np.full(size, -1)
    for start in range(0, size, nearest):  # these steps depend on earlier blocks alone
        at = np.arange(start, min(start + nearest, size))
        total = score[at[:, None] + farthest - distance] + cost
        best = np.argmax(total, axis=1)
        value = total[np.arange(at.size), best]
        linked = value > 0
        before[at] = np.where(linked, at - distance[best], -1)
        score[at + farthest] = curve[at] + np.where(linked, value, 0.0)
    tail = score[-max(1, round(period)) :]
    step = size - tail.size + int(np.argmax(tail))
    out = []
    while step >= 0:
        out.append(step)
        step = int(before[step])
    return np.array(out[::-1])


def _settled(times: np.ndarray, period: float, duration_s: float) -> tuple[np.ndarray, bool]:
    """The line through the beats where they lie on one, or the beats themselves."""
    index = np.round(np.concatenate(([0.0], np.cumsum(np.round(np.diff(times) / period)))))
    slope, start = np.polyfit(index, times, 1)
    for _ in range(3):  # beats in breaks wander; the sure ones draw the line
        error = np.abs(times - start - slope * index)
        sure = error <= 2 * max(float(np.median(error)), 0.003)
        if sure.sum() < 4 or np.ptp(index[sure]) < 3:
            break
        slope, start = np.polyfit(index[sure], times[sure], 1)
    error = np.abs(times - start - slope * index)
    if float(np.median(error)) > _CLICK_S or slope <= 0:
        return times, False
    first = start - np.floor((start + _CLICK_S) / slope) * slope
    return max(first, 0.0) + slope * np.arange(int((duration_s - first) / slope) + 1), True


def _at_beats(curve: np.ndarray, times: np.ndarray, step_s: float) -> np.ndarray:
    """Highest value of a curve within 35 ms of each beat."""
    reach = max(1, round(0.035 / step_s))
    steps = np.round(times / step_s).astype(int)[:, None] + np.arange(-reach, reach + 1)
    return curve[np.clip(steps, 0, curve.size - 1)].max(axis=1)


def _bars(accent: np.ndarray) -> tuple[int, int, float]:
    """Beats per bar, index of the first downbeat, and how much downbeats stand out (0..1)."""
    if accent.size < 8 or accent.std() <= 0:
        return _METRES[0], 0, 0.0
    accent = (accent - accent.mean()) / accent.std()
    metre = max(_METRES, key=lambda m: _repeats(accent, m))
    means = np.array([accent[phase::metre].mean() for phase in range(metre)])
    order = np.sort(means)
    stands_out = float(np.clip((order[-1] - order[-2]) / 1.5, 0.0, 1.0))
    return metre, int(np.argmax(means)), stands_out


def _repeats(accent: np.ndarray, beats: int) -> float:
    """How alike accents are this many beats apart; twos and fours are the rule."""
    alike = [float(np.mean(accent[lag:] * accent[:-lag])) for lag in (beats, 2 * beats) if accent.size > lag]
    return sum(alike) / len(alike) + (_FOURS_BONUS if beats == _METRES[0] else 0.0)
