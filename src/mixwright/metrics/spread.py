"""What human mixes do: means and spreads, each with its source.

"13 mixes": 11 demo human mixes of FxNorm-Automix and two of MedleyDB, mostly unmastered rock and pop,
measured with these metrics' conventions. A value counts as usual within two standard deviations of the
mean.
"""

from dataclasses import dataclass

import numpy as np

BAND_EDGES_HZ = (20.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
"""Octave-like bands in which image and crest of human mixes are known."""

BAND_NAMES = ("20-120", "120-250", "250-500", "500-1k", "1-2k", "2-4k", "4-8k", "8-16k")

SIDE_MID_DB = (-19.4, -14.2, -11.9, -11.2, -10.4, -10.0, -10.0, -11.1)
SIDE_MID_SD_DB = (7.8, 4.8, 4.0, 4.3, 4.4, 4.1, 5.2, 6.2)
"""Side re mid energy of the 13 mixes."""

CREST_DB = (15.5, 16.0, 16.8, 17.6, 20.4, 22.0, 23.9, 26.1)
"""Crest of the mid signal of the 13 mixes per band."""

TONE_HZ = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
TONE_MUSDB_DB = (-15.2, -12.7, -11.4, -12.2, -13.6, -15.4, -18.0, -20.9)
"""Third-octave level re total of the mean MUSDB mixture (statistics published with ITO-Master)."""
TONE_MIXES_DB = (-12.6, -12.9, -14.2, -14.7, -16.3, -19.8, -22.8, -26.0)
TONE_MIXES_SD_DB = (4.4, 3.4, 3.1, 3.8, 1.5, 2.1, 1.2, 3.5)
"""The same of the 13 mixes, and their spread."""
TONE_TOLERANCE_DB = 3.0
"""The two means disagree by about as much: nothing nearer than this is a fault."""

DEVIATIONS = 2.0


@dataclass(frozen=True)
class Usual:
    """Range of a number in human mixes."""

    low: float
    high: float
    source: str

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def miss(self, value: float) -> float:
        """How far outside a value lies; negative below the range, 0 inside."""
        return min(value - self.low, 0.0) + max(value - self.high, 0.0)


def _around(mean: float, sd: float, source: str) -> Usual:
    return Usual(mean - DEVIATIONS * sd, mean + DEVIATIONS * sd, source)


MIXES = "13 human mixes"

MASTER_ABOVE_LUFS = -18.5
"""Half way between the mixes (-23) and masters (-14 LUFS) of 218,109 uploads (RoEx, AES 2024)."""

PLR_MIX_LU = _around(14.5, 1.7, MIXES)
PLR_MASTER_LU = Usual(
    8.0, 14.5, "healthy loud masters: PLR about 11, PSR at least 8; up to the mean of mixes"
)
PSR_MIN_LU = 8.0
"""Least PSR of the loudest part of a healthy master."""

SLOPE_DB_OCT = _around(-4.9, 0.6, f"{MIXES}; 12,345 tracks: -4.53 (Elowsson & Friberg 2017)")
LEFT_RIGHT_DB = Usual(-1.0, 1.0, "image in the middle: no lasting tilt to one side")
LEAD_RE_MIX_LU = Usual(-5.0, -1.0, "-2.7 +- 1.6 LU: 8 songs, 8 engineers each (De Man 2014)")
MONO_LOSS_DB = Usual(0.0, 3.0, "uncorrelated sides lose 3 dB; more is cancellation")

LEAD_TO_REST_DB = {
    "pop": 1.0,
    "rock": 0.0,
    "hip-hop": 1.2,
    "metal": -3.1,
    "country": 2.5,
}
"""Lead vocal to accompaniment (Gerdes & Siedenburg 2023, 300 Billboard songs); the rest of genres: +1."""
LEAD_TO_REST_TOLERANCE_DB = 2.0


def side_mid_usual(band: int) -> Usual:
    """Usual side re mid of one of `BAND_NAMES`."""
    return _around(SIDE_MID_DB[band], SIDE_MID_SD_DB[band], MIXES)


def tone_usual_db() -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest usual third-octave level re total at `TONE_HZ`."""
    middle = 0.5 * (np.array(TONE_MUSDB_DB) + np.array(TONE_MIXES_DB))
    sd = np.array(TONE_MIXES_SD_DB)
    half = np.maximum(np.maximum(DEVIATIONS * sd, TONE_TOLERANCE_DB), np.abs(middle - TONE_MIXES_DB) + sd)
    return middle - half, middle + half


def lead_re_mix_usual(genre: str | None) -> Usual:
    """Usual level of the lead vocal re the mix, from the ratio of voice to accompaniment of the genre."""
    if genre is None or genre not in LEAD_TO_REST_DB:
        return LEAD_RE_MIX_LU
    ratio = LEAD_TO_REST_DB[genre]
    low, high = (
        10 * np.log10(10 ** (r / 10) / (1 + 10 ** (r / 10)))
        for r in (ratio - LEAD_TO_REST_TOLERANCE_DB, ratio + LEAD_TO_REST_TOLERANCE_DB)
    )
    return Usual(
        float(low), float(high), f"{genre}: voice {ratio:+.1f} dB to the rest (Gerdes & Siedenburg 2023)"
    )
