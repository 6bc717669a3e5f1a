"""What becomes of a master where it is delivered: turned up or down, clipped by a coder, refused.

Conventions
-----------
A platform plays at `loudness_lufs`. Streams that only turn down leave quiet songs quiet; those that turn up
do so as far as the true peak leaves room below `peak_dbtp`. A peak above `peak_dbtp` may clip when a lossy
coder changes the waveform. Broadcast asks for the loudness itself, within `tolerance_lu`. The values are
the platforms' own as quoted in 2026; Spotify asks for -2 dBTP where a master is louder than -14 LUFS.
"""

import math
from dataclasses import dataclass

from mixwright.errors import InputError


@dataclass(frozen=True)
class Platform:
    """Where a master goes and what is asked of it."""

    name: str
    loudness_lufs: float
    peak_dbtp: float
    turns_up: bool = False
    tolerance_lu: float | None = None
    """Broadcast: how far the loudness may be off."""
    loud_peak_dbtp: float | None = None
    """The peak asked of masters above the platform's loudness, where it differs."""


PLATFORMS = (
    Platform("Spotify", -14, -1, turns_up=True, loud_peak_dbtp=-2),
    Platform("Spotify, loud", -11, -1, turns_up=True, loud_peak_dbtp=-2),
    Platform("Apple Music", -16, -1, turns_up=True),
    Platform("YouTube", -14, -1),
    Platform("Tidal", -14, -1),
    Platform("Amazon", -14, -2),
    Platform("Deezer", -15, -1),
    Platform("AES TD1008, tracks", -16, -1, turns_up=True),
    Platform("EBU R 128", -23, -1, tolerance_lu=1),
    Platform("ATSC A/85", -24, -2, tolerance_lu=2),
    Platform("Netflix", -27, -2, tolerance_lu=2),
)


@dataclass(frozen=True)
class Delivery:
    """How one platform takes a master."""

    platform: str
    gain_db: float
    """What the platform changes; for broadcast what has to be changed before."""
    plays_at_lufs: float
    peak_margin_db: float
    """Room between the true peak of the file and the highest one allowed; negative: too high."""
    fits: bool
    says: str


def validate(loudness_lufs: float, peak_dbtp: float) -> None:
    """InputError where there is no loudness or peak to deliver."""
    if not (math.isfinite(loudness_lufs) and math.isfinite(peak_dbtp)) or loudness_lufs <= -70:
        raise InputError(
            f"a master of {loudness_lufs:g} LUFS and {peak_dbtp:g} dBTP cannot be delivered; bring it up"
        )


def check(platform: Platform, loudness_lufs: float, peak_dbtp: float) -> Delivery:
    """How a platform takes a master of this loudness and true peak."""
    validate(loudness_lufs, peak_dbtp)
    allowed = platform.peak_dbtp
    if platform.loud_peak_dbtp is not None and loudness_lufs > platform.loudness_lufs:
        allowed = platform.loud_peak_dbtp
    margin = allowed - peak_dbtp
    wanted = platform.loudness_lufs - loudness_lufs
    if platform.tolerance_lu is not None:
        fits = abs(wanted) <= platform.tolerance_lu and margin >= 0
        says = "fits" if fits else f"change the level by {wanted:+.1f} dB"
        return Delivery(platform.name, wanted, loudness_lufs, margin, fits, says + _peak_words(margin))
    gain = (
        wanted
        if wanted <= 0
        else min(wanted, max(platform.peak_dbtp - peak_dbtp, 0.0))
        if platform.turns_up
        else 0.0
    )
    plays = loudness_lufs + gain
    if gain < -0.05:
        says = f"turned down {-gain:.1f} dB"
    elif gain > 0.05:
        says = f"turned up {gain:.1f} dB"
    else:
        says = "plays as it is"
    if plays < platform.loudness_lufs - 0.5:
        says += f", {platform.loudness_lufs - plays:.1f} dB quieter than others"
    return Delivery(platform.name, gain, plays, margin, margin >= 0, says + _peak_words(margin))


def _peak_words(margin_db: float) -> str:
    return f"; peak {-margin_db:.1f} dB too high" if margin_db < 0 else ""


def check_all(loudness_lufs: float, peak_dbtp: float) -> tuple[Delivery, ...]:
    """All of `PLATFORMS`."""
    return tuple(check(platform, loudness_lufs, peak_dbtp) for platform in PLATFORMS)


def evaluate(loudness_lufs: float, peak_dbtp: float) -> dict[str, float]:
    """Loudness at which each platform plays a master."""
    return {found.platform: found.plays_at_lufs for found in check_all(loudness_lufs, peak_dbtp)}
