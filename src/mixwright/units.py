"""Conversions between the units of the field."""

import numpy as np

SILENCE_DB = -200.0
"""Stands for minus infinity where a finite number is needed."""


def db_to_gain(db: float) -> float:
    """Amplitude factor of a level in dB."""
    return float(10.0 ** (db / 20.0))


def gain_to_db(gain: float) -> float:
    """Level in dB of an amplitude factor, at least `SILENCE_DB`."""
    return float(max(20.0 * np.log10(gain), SILENCE_DB)) if gain > 0 else SILENCE_DB


def power_to_db(power: float) -> float:
    """Level in dB of a power (mean square), at least `SILENCE_DB`."""
    return float(max(10.0 * np.log10(power), SILENCE_DB)) if power > 0 else SILENCE_DB


def db_to_power(db: float) -> float:
    """Power factor of a level in dB."""
    return float(10.0 ** (db / 10.0))
