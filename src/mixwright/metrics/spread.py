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
    """Range of a number in human mixes; open ends are infinite."""

    low: float
    high: float
    source: str

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def miss(self, value: float) -> float:
        """How far outside a value lies; negative below the range, 0 inside."""
        return min(value - self.low, 0.0) + max(value - self.high, 0.0)


def around(mean: float, sd: float, source: str) -> Usual:
    """The range that holds 19 of 20 human mixes."""
    return Usual(mean - DEVIATIONS * sd, mean + DEVIATIONS * sd, source)


def width_around(band: int, mean: float, sd: float, source: str) -> Usual:
    """Usual side re mid of a band: at most that of unrelated sides; a low end is never too narrow."""
    usual = around(mean, sd, source)
    return Usual(-np.inf if band == 0 else usual.low, min(usual.high, 0.0), source)


def role_around(mean: float, sd: float, source: str) -> Usual:
    """Usual level of a role re the mix; no role is louder than all together."""
    usual = around(mean, sd, source)
    return Usual(usual.low, min(usual.high, 0.0), source)


def lead_re_mix(lead_to_rest_db: float, tolerance_db: float, source: str) -> Usual:
    """Range of the lead vocal's level re the mix, from its level re the rest."""
    low, high = (
        -10 * np.log10(1 + 10 ** (-ratio / 10))
        for ratio in (lead_to_rest_db - tolerance_db, lead_to_rest_db + tolerance_db)
    )
    return Usual(float(low), float(high), source)


MIXES = "13 human mixes"
DE_MAN = "8 songs, 8 engineers each (De Man 2014)"
MIXOLOGY = "62 mixes of 9 songs (MixologyDB)"

MASTER_ABOVE_LUFS = -18.5
"""Half way between the mixes (-23) and masters (-14 LUFS) of 218,109 uploads (RoEx, AES 2024)."""

PLR_MASTER_LU = Usual(8.0, 14.5, "healthy masters: about 11, and less than mixes before mastering")
PSR_MIN_LU = Usual(8.0, np.inf, "healthy masters keep at least 8 in their loudest part")
SLOPE_DB_OCT = around(-4.9, 0.6, f"{MIXES}; 12,345 tracks: -4.53 (Elowsson & Friberg 2017)")
LEFT_RIGHT_DB = Usual(-1.0, 1.0, "finished mixes do not lean to one side")
MONO_LOSS_DB = Usual(-np.inf, 3.0, "unrelated sides lose 3 dB; more is cancellation")

ROLE_RE_MIX_LU = {
    "backing_vocal": role_around(-5.2, 4.0, MIXOLOGY),
    "kick": role_around(-13.2, 4.1, DE_MAN),
    "snare": role_around(-16.8, 6.2, DE_MAN),
    "toms": role_around(-23.5, 7.8, MIXOLOGY),
    "hihat": role_around(-22.9, 7.8, MIXOLOGY),
    "overheads": role_around(-16.3, 6.4, MIXOLOGY),
    "percussion": role_around(-23.0, 6.0, MIXOLOGY),
    "drum_kit": role_around(-9.3, 5.0, MIXOLOGY),
    "bass": role_around(-9.5, 3.5, DE_MAN),
    "electric_guitar": role_around(-6.3, 4.9, MIXOLOGY),
    "acoustic_guitar": role_around(-11.4, 6.0, MIXOLOGY),
    "keys": role_around(-15.0, 4.4, MIXOLOGY),
}
"""Level of a role re the mix. The spread is wide because engineers differ that much."""


@dataclass(frozen=True)
class Spread:
    """What counts as usual for a mix: all human mixes, or those of a genre.

    `tone_db` has one range per `TONE_HZ` (third-octave level re total), `side_mid_db` one per `BAND_NAMES`.
    """

    name: str
    tone_db: tuple[Usual, ...]
    side_mid_db: tuple[Usual, ...]
    plr_lu: Usual
    lead_re_mix_lu: Usual


def _human_tone() -> tuple[Usual, ...]:
    source = f"between the mean MUSDB mixture and {MIXES}"
    out = []
    for musdb, mixes, sd in zip(TONE_MUSDB_DB, TONE_MIXES_DB, TONE_MIXES_SD_DB, strict=True):
        middle = 0.5 * (musdb + mixes)
        half = max(DEVIATIONS * sd, TONE_TOLERANCE_DB, abs(middle - mixes) + sd)
        out.append(Usual(middle - half, middle + half, source))
    return tuple(out)


HUMAN = Spread(
    "human mixes",
    _human_tone(),
    tuple(
        width_around(band, mean, sd, MIXES)
        for band, (mean, sd) in enumerate(zip(SIDE_MID_DB, SIDE_MID_SD_DB, strict=True))
    ),
    around(14.5, 1.7, MIXES),
    Usual(-5.0, -1.0, f"-2.7 +- 1.6 LU, {DE_MAN}"),
)
