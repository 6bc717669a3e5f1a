"""Tonal balance: the long-term spectrum in third octaves.

Conventions
-----------
Band levels are mean powers of both channels in exact third octaves (IEC 61260, base two). Re the total they
are `levels_db`; two sounds are compared at equal loudness (BS.1770), as mean absolute difference in dB over
the bands from 31.5 Hz to 16 kHz, and over the range in which no rumble or lossy coder speaks, 40 Hz to 10
kHz. The slope is a fit of the band levels over log2 f from 100 Hz to 4 kHz minus 3.01 dB, so that pink
noise has -3.01 and white noise 0 dB/oct.
"""

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, band_index, power_db
from mixwright.metrics.sound import Sound
from mixwright.metrics.spread import HUMAN, TONE_HZ, Spread

FULL_HZ = (30.0, 16500.0)
"""Includes the bands 31.5 Hz to 16 kHz, whose exact centres are 31.25 and 16000 Hz."""
SAFE_HZ = (38.0, 10200.0)
"""Includes the bands 40 Hz to 10 kHz (39.4 and 10079 Hz)."""
SLOPE_HZ = (98.0, 4100.0)
OCTAVE_DB = 3.01
FLOOR_DB = -100.0
"""Levels re the total are cut here: below lies the noise of formats."""


def validate(mix: Sound, reference: Sound | None = None) -> None:
    """A `Sound` always has a spectrum; nothing is asked beyond it."""


def inside(range_hz: tuple[float, float]) -> np.ndarray:
    """Which third octaves have their centre in a range, bool (bands,)."""
    return (range_hz[0] <= CENTERS_HZ) & (range_hz[1] >= CENTERS_HZ)


def levels_db(mix: Sound) -> np.ndarray:
    """Third-octave levels re the total power, at least -100 dB, (bands,) at `analysis.bands.CENTERS_HZ`."""
    power = mix.bands.total
    return np.maximum(power_db(power / power.sum()), FLOOR_DB)


def slope_db_oct(mix: Sound) -> float:
    """Slope of the power density from 100 Hz to 4 kHz in dB per octave."""
    used = inside(SLOPE_HZ)
    return float(np.polyfit(np.log2(CENTERS_HZ[used]), levels_db(mix)[used], 1)[0]) - OCTAVE_DB


def difference_db(mix: Sound, reference: Sound) -> np.ndarray:
    """Third-octave levels of the mix minus those of the reference at equal loudness, (bands,)."""
    ours, theirs = (
        np.maximum(
            power_db(sound.bands.total) - sound.stereo_lufs,
            power_db(sound.bands.total.sum()) - sound.stereo_lufs + FLOOR_DB,
        )
        for sound in (mix, reference)
    )
    return ours - theirs


def error_db(mix: Sound, reference: Sound, range_hz: tuple[float, float] = SAFE_HZ) -> float:
    """Mean absolute third-octave difference at equal loudness."""
    return float(np.abs(difference_db(mix, reference))[inside(range_hz)].mean())


def outside_spread_db(mix: Sound, spread: Spread = HUMAN) -> np.ndarray:
    """How far the level of each octave of `spread.TONE_HZ` lies outside of what such mixes do; 0 inside."""
    level = levels_db(mix)[[band_index(hz) for hz in TONE_HZ]]
    return np.array([usual.miss(value) for usual, value in zip(spread.tone_db, level, strict=True)])


def evaluate(mix: Sound, reference: Sound | None = None, spread: Spread = HUMAN) -> dict[str, float]:
    """All numbers; the spectrum itself is `levels_db`."""
    validate(mix, reference)
    level, miss = levels_db(mix), outside_spread_db(mix, spread)
    found = {
        **{f"level_{hz:g}_db": float(level[band_index(hz)]) for hz in TONE_HZ},
        "slope_db_oct": slope_db_oct(mix),
        "outside_spread_db": float(np.abs(miss).mean()),
        "outside_spread_max_db": float(max(miss, key=abs)),
    }
    if reference is not None:
        found["error_db"] = error_db(mix, reference)
        found["error_full_db"] = error_db(mix, reference, FULL_HZ)
        found["slope_difference_db_oct"] = slope_db_oct(mix) - slope_db_oct(reference)
    return found
