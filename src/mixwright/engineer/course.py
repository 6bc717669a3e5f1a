"""Loudness of the mix over time as it stands, from measurements, and how far it ranges."""

import numpy as np

from mixwright.analysis.bands import k_weights, power_db
from mixwright.engineer.desk import Desk
from mixwright.engineer.faders import ride_db

WINDOW_S = 3.0
RELATIVE_GATE_LU = -20.0
PERCENTILES = (10.0, 95.0)
"""Loudness range as in EBU Tech 3342."""

SHORTEST_S = 30.0
"""A range of less music says nothing."""


def power_over_time(desk: Desk) -> tuple[np.ndarray, float]:
    """K-weighted power of the sum of all strips, behind faders and rides, and the seconds between values."""
    curve = np.zeros(max(desk.track(track.id).frame_power.shape[0] for track in desk.playing))
    step = desk.track(desk.playing[0].id).frame_s
    for track in desk.playing:
        measured = desk.track(track.id)
        gain = desk.post_fader_lufs(track.id) - measured.integrated_lufs
        times = (np.arange(measured.frame_power.shape[0]) + 0.5) * measured.frame_s
        lift = ride_db(desk.mix, f"buses.{desk.strip(track.id).output}.fader_db", times)
        own = measured.frame_power @ k_weights() * 10 ** ((gain + lift) / 10)
        curve[: own.size] += own
    return curve, step


def range_lu(desk: Desk) -> float | None:
    """Estimated loudness range of the mix before its buses; None where the song is too short."""
    if desk.analysis.duration_s < SHORTEST_S or not desk.playing:
        return None
    curve, step = power_over_time(desk)
    width = max(1, round(WINDOW_S / step))
    short = np.convolve(curve, np.ones(width) / width, "valid")
    sounding = short[short > 1e-7]
    if not sounding.size:
        return None
    gated = sounding[sounding > sounding.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    low, high = np.percentile(power_db(gated), PERCENTILES)
    return float(high - low)
