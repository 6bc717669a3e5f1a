"""Technical faults of a recording: mains hum and clicks."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import power_db
from mixwright.units import power_to_db

MAINS_HZ = (50.0, 60.0)
STANDS_OUT_DB = 6.0
LEAST_PARTIALS = 3
BELOW_TRACK_DB = 20.0
"""What lies nearer to the track's own level is played: a drone, a bass note held throughout."""

LEAST_FRAMES = 30
_PARTIALS = 6
_STEADY_PERCENTILE = 10.0
_DIGITAL_SILENCE = 1e-14

CLICK_RATIO = 10.0
CLICK_LEVEL = 0.003
"""Clicks rise this far above the roughness around them, and above nothing."""
HIT_RATIO = 2.0
"""What changes the level afterwards by more is a hit."""
MOST_CLICKS = 100

_REACH = 6


@dataclass(frozen=True)
class Hum:
    """Hum of the mains: it sounds in every frame, so also in the quietest ones."""

    mains_hz: float
    level_dbfs: float
    """Power of all its partials together."""
    partials_hz: tuple[float, ...]


def find_hum(power: np.ndarray, hz: np.ndarray) -> Hum | None:
    """The louder hum of 50 or 60 Hz, if there is one.

    Parameters
    ----------
    power : np.ndarray, shape (frames, fine bands)
        From `spectrum.BandMeter.fine`.
    hz : np.ndarray, shape (fine bands,)
        Centres of the fine bands.
    """
    low = hz < MAINS_HZ[-1] * (_PARTIALS + 1)
    total = power.sum(axis=1)
    sounding = total > _DIGITAL_SILENCE
    if sounding.sum() < LEAST_FRAMES:
        return None
    steady = np.percentile(power[sounding][:, low], _STEADY_PERCENTILE, axis=0)
    ceiling = power_to_db(float(total[sounding].mean())) - BELOW_TRACK_DB
    found = [hum for mains in MAINS_HZ if (hum := _hum_of(steady, hz[low], mains)) is not None]
    found = [hum for hum in found if hum.level_dbfs <= ceiling]
    return max(found, key=lambda hum: (len(hum.partials_hz), hum.level_dbfs), default=None)


def _hum_of(steady: np.ndarray, hz: np.ndarray, mains_hz: float) -> Hum | None:
    width = np.gradient(hz)
    partials, total = [], 0.0
    for number in range(1, _PARTIALS + 1):
        centre = number * mains_hz
        at = int(np.argmin(np.abs(hz - centre)))
        beside = [int(np.argmin(np.abs(hz - centre - side * mains_hz / 2))) for side in (-1, 1)]
        density = power_db(steady[[at, *beside]] / width[[at, *beside]])
        if density[0] - density[1:].max() >= STANDS_OUT_DB:
            partials.append(centre)
            total += float(steady[max(at - 1, 0) : at + 2].sum())
    if len(partials) < LEAST_PARTIALS or partials[0] > 2 * mains_hz:
        return None
    return Hum(mains_hz, power_to_db(total), tuple(partials))


def find_clicks(roughness: np.ndarray, peaks: np.ndarray, step_s: float) -> np.ndarray:
    """Times in seconds of the first `MOST_CLICKS` clicks: jumps of the waveform amid steady sound.

    Parameters
    ----------
    roughness, peaks : np.ndarray, shape (steps,)
        From `EnvelopeMeter`.
    """
    if roughness.size < 2 * _REACH + 1:
        return np.zeros(0)
    around = range(2, _REACH + 1)
    rough, level = (np.pad(curve, _REACH) for curve in (roughness, peaks))
    middle = slice(_REACH, _REACH + roughness.size)

    def beside(curve: np.ndarray, side: int) -> np.ndarray:
        return np.max([np.roll(curve, -side * step)[middle] for step in around], axis=0)

    calm = np.maximum(beside(rough, -1), beside(rough, 1))
    before, after = beside(level, -1), beside(level, 1)
    steady = np.maximum(before, after) <= HIT_RATIO * np.minimum(before, after) + CLICK_LEVEL
    top = (roughness >= np.roll(rough, 1)[middle]) & (roughness > np.roll(rough, -1)[middle])
    found = np.flatnonzero(top & steady & (roughness >= CLICK_RATIO * calm) & (roughness >= CLICK_LEVEL))
    return found[:MOST_CLICKS] * step_s
