"""What a finished song asks of a mix: tone, loudness, width and density, each bounded and each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, power_db
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.moves import Changes, squashed
from mixwright.mix_model import Mix

SCOPES = ("tone", "level", "width", "dynamics", "depth")

MOST_TONE_DB = 6.0
"""Further off than this other instruments play, not other engineers."""

LEAST_TONE_DB = 0.15
LEAST_WIDTH_DB = 0.3
LEAST_LEVEL_LU = 0.2
LEAST_DENSITY_LU = 1.0
MOST_WIDTH_DB = 3.0
MOST_LEVEL_LU = 6.0
MOST_SQUASH_DB = 2.0

AUDIBLE_DB = -45.0
"""Bands this far below the whole, here or there, say nothing."""

STIFFNESS = 0.02
"""Keeps single bands of the equaliser from working against each other."""

_BANDS = (
    ("low_shelf", 80.0, 0.7),
    ("bell", 200.0, 0.8),
    ("bell", 500.0, 0.8),
    ("bell", 1500.0, 0.8),
    ("bell", 4000.0, 0.8),
    ("high_shelf", 9000.0, 0.7),
)


@dataclass(frozen=True, eq=False)
class Look:
    """What a finished song measures."""

    spectrum_db: np.ndarray
    """Third-octave levels re the whole, (bands,)."""
    side_to_mid_db: np.ndarray
    """(bands,)"""
    loudness_lufs: float
    peak_to_loudness_lu: float

    @property
    def heard(self) -> np.ndarray:
        """Bands that have sound."""
        return self.spectrum_db > AUDIBLE_DB


def look_at(side_power: np.ndarray, cross: np.ndarray, loudness_lufs: float, peak_dbfs: float) -> Look:
    """From the powers of left and right per band, (2, bands), and the mean of their product, (bands,)."""
    total = side_power.sum(axis=0)
    mid, side = (total + 2 * cross) / 2, (total - 2 * cross) / 2
    floor = max(float(total.sum()), 1e-20) * 1e-9
    return Look(
        power_db(total / max(float(total.sum()), 1e-20)),
        power_db(np.maximum(side, floor)) - power_db(np.maximum(mid, floor)),
        loudness_lufs,
        peak_dbfs - loudness_lufs,
    )


def house_style(looks: Sequence[Look]) -> Look:
    """The middle of several songs."""
    return Look(
        np.median([look.spectrum_db for look in looks], axis=0),
        np.median([look.side_to_mid_db for look in looks], axis=0),
        float(np.median([look.loudness_lufs for look in looks])),
        float(np.median([look.peak_to_loudness_lu for look in looks])),
    )


def tone_apart_db(a: Look, b: Look) -> np.ndarray:
    """What `a` lacks (positive) against `b` per band, whatever their levels; 0 where either has no sound."""
    both = a.heard & b.heard & (CENTERS_HZ > 35) & (CENTERS_HZ < 16000)
    if not both.any():
        return np.zeros(CENTERS_HZ.size)
    difference = b.spectrum_db - a.spectrum_db
    return np.where(both, difference - np.mean(difference[both]), 0.0)


def width_apart_db(a: Look, b: Look) -> float:
    """How much wider `b` is, as the mean over the bands that both have."""
    both = a.heard & b.heard & (CENTERS_HZ > 150) & (CENTERS_HZ < 12000)
    return float(np.mean((b.side_to_mid_db - a.side_to_mid_db)[both])) if both.any() else 0.0


def towards_tone(mix: Mix, now: Look, wanted: Look, strength: float, sample_rate: int) -> Changes:
    """The master's equaliser, moved so that the spectrum goes towards the wanted one."""
    missing = strength * np.clip(tone_apart_db(now, wanted), -MOST_TONE_DB, MOST_TONE_DB)
    counts = now.heard & wanted.heard
    if np.sqrt(np.mean(missing**2)) < LEAST_TONE_DB:
        return {}
    shapes = np.stack([band_unit_db(*band, sample_rate) for band in _BANDS], axis=1)
    # The common level is free: the master's gain is solved afterwards.
    free = np.column_stack([shapes, np.ones(CENTERS_HZ.size)])[counts]
    ridge = STIFFNESS * np.diag([1.0] * len(_BANDS) + [0.0])
    gains = np.linalg.solve(free.T @ free + ridge, free.T @ missing[counts])[:-1]
    changes: Changes = {}
    for k, ((kind, hz, q), gain) in enumerate(zip(_BANDS, gains, strict=True), 1):
        band = getattr(mix.master.equalizer, f"band{k}")
        before = (
            band.gain_db if band.on and band.kind == kind and abs(band.frequency_hz / hz - 1) < 0.1 else 0.0
        )
        path = f"master.equalizer.band{k}"
        changes |= {
            f"{path}.on": True,
            f"{path}.kind": kind,
            f"{path}.frequency_hz": hz,
            f"{path}.q": q,
            f"{path}.gain_db": round(float(np.clip(before + gain, -12.0, 12.0)), 2),
        }
    return changes


def towards_width(mix: Mix, now: Look, wanted: Look, strength: float) -> Changes:
    """The master's width."""
    off = strength * float(np.clip(width_apart_db(now, wanted), -MOST_WIDTH_DB, MOST_WIDTH_DB))
    if abs(off) < LEAST_WIDTH_DB:
        return {}
    return {"master.width": round(float(np.clip(mix.master.width * 10 ** (off / 20), 0.0, 2.0)), 3)}


def towards_density(mix: Mix, now: Look, wanted: Look, strength: float) -> Changes:
    """The master's compressor, by half of what peaks stand higher above the loudness."""
    off = now.peak_to_loudness_lu - wanted.peak_to_loudness_lu
    if abs(off) < LEAST_DENSITY_LU:
        return {}
    amount = strength * float(np.clip(off / 2, -MOST_SQUASH_DB, MOST_SQUASH_DB))
    return squashed("master.compressor", mix.master.compressor, amount)


def wanted_loudness(asked_lufs: float, wanted: Look, strength: float) -> float:
    """The loudness of the brief, moved towards the reference's."""
    off = strength * float(np.clip(wanted.loudness_lufs - asked_lufs, -MOST_LEVEL_LU, MOST_LEVEL_LU))
    if abs(off) < LEAST_LEVEL_LU:
        return asked_lufs
    return round(float(np.clip(asked_lufs + off, -40.0, -4.0)), 1)


def told(scope: str, now: Look, wanted: Look) -> Mapping[str, float]:
    """The numbers behind a decision."""
    if scope == "tone":
        apart = tone_apart_db(now, wanted)
        return {
            "apart_rms_db": float(np.sqrt(np.mean(apart**2))),
            "lows_db": float(apart[CENTERS_HZ < 150].mean()),
            "highs_db": float(apart[CENTERS_HZ > 5000].mean()),
        }
    if scope == "width":
        return {"wider_db": width_apart_db(now, wanted)}
    return {
        "here_lu": now.peak_to_loudness_lu,
        "reference_lu": wanted.peak_to_loudness_lu,
    }
