"""Bands of equalisers and dynamic equalisers that are free, and what the used ones add up to."""

from mixwright.dsp.equalizer import Equalizer
from mixwright.mix_model import Strip

EQ_BANDS = tuple(f"band{k}" for k in range(1, 7))
DYNAMIC_BANDS = tuple(f"dynamic{k}" for k in range(1, 5))
KEPT_FREE = 1
"""One band stays free for corrections after listening."""


def free_bands(equalizer: Equalizer, kept: int = KEPT_FREE) -> list[str]:
    """Names of bands that do nothing and may be used, all but the last `kept`."""
    free = [
        name
        for name, band in zip(EQ_BANDS, equalizer.bands, strict=True)
        if band.on and band.gain_db == 0 and band.kind != "notch"
    ]
    return free[: max(0, len(free) - kept)]


def free_dynamic(strip: Strip) -> str | None:
    """The first dynamic band that neither works nor has a key."""
    for name in DYNAMIC_BANDS:
        if getattr(strip, name).range_db == 0 and getattr(strip.keys, name) is None:
            return name
    return None


def used_eq_db(equalizer: Equalizer) -> float:
    """Sum of all boosts and cuts in dB."""
    return sum(abs(band.gain_db) for band in equalizer.bands if band.on and band.kind != "notch")
