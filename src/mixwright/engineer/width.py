"""Side against mid of the mix as it stands, from pans and what the tracks hold, before any reverb."""

from collections.abc import Mapping

import numpy as np

from mixwright.analysis.bands import BANDS, CENTERS_HZ, power_db
from mixwright.engineer.desk import Desk
from mixwright.engineer.genres import Genre
from mixwright.units import power_to_db

JUDGED_HZ = (250.0, 8000.0)
"""Lower bands belong to the middle anyway, higher ones to reverbs and cymbals."""


def mid_and_side(desk: Desk, pans: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Power of mid and side per band with the tracks at some pans, both (bands,)."""
    left, right, cross = np.zeros(BANDS), np.zeros(BANDS), np.zeros(BANDS)
    for track in desk.playing:
        power, measured, pan = desk.post_fader_power(track.id), desk.track(track.id), pans[track.id]
        if measured.channels == 1:
            angle = (pan + 1) * np.pi / 4
            gains = (float(np.cos(angle)), float(np.sin(angle)))
            own = np.ones((3, BANDS))
        else:
            gains = (min(1.0, 1 - pan), min(1.0, 1 + pan))
            own = np.stack((*measured.channel_power, measured.cross_power))
            own = own / np.maximum(measured.channel_power.sum(axis=0), 1e-20)
        left += power * own[0] * gains[0] ** 2
        right += power * own[1] * gains[1] ** 2
        cross += power * own[2] * gains[0] * gains[1]
    return left + right + 2 * cross, np.maximum(left + right - 2 * cross, 0.0)


def side_to_mid_db(desk: Desk, pans: Mapping[str, float], low_hz: float, high_hz: float) -> float:
    """Side over mid of a range of frequencies."""
    inside = (low_hz <= CENTERS_HZ) & (high_hz > CENTERS_HZ)
    mid, side = (float(power[inside].sum()) for power in mid_and_side(desk, pans))
    return power_to_db(side) - power_to_db(mid)


def width_beyond_db(desk: Desk, pans: Mapping[str, float], genre: Genre) -> float:
    """How much wider (positive) or narrower the mix is than such mixes differ among each other.

    Median over the bands of `JUDGED_HZ` of what lies beyond the genre's spread of side over mid: a few bands
    that hold one track do not count.
    """
    mid, side = mid_and_side(desk, pans)
    low, high = JUDGED_HZ
    inside = (low <= CENTERS_HZ) & (high >= CENTERS_HZ) & (mid + side > 0)
    if not inside.any():
        return 0.0
    off = (power_db(side) - power_db(mid) - genre.side_to_mid_db)[inside]
    return float(np.median(np.sign(off) * np.maximum(np.abs(off) - genre.side_spread_db[inside], 0.0)))
