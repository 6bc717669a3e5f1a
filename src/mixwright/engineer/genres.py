"""What the genre changes in the targets of a mix, read from ``genre_data/``: one file per genre.

Every number there names its source (``sources.toml``). A further genre is a further file.
"""

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.errors import InputError
from mixwright.params import Frozen

AUTO = "auto"
NEUTRAL = "neutral"
"""The wide target for songs whose genre is not known; not a genre to ask for."""

FIRST_CLASS = ("pop", "rock", "hip-hop", "electronic", "orchestral")
SUB_HZ = 60.0

Points = tuple[float, ...]


class Vocals(Frozen):
    """Lead vocals against everything they sing with."""

    lead_to_rest_db: float = Field(ge=-12, le=12)
    tolerance_db: float = Field(ge=0, le=6)


class Levels(Frozen):
    """Levels of families against those usual for their roles."""

    drums_db: float = Field(ge=-12, le=12)
    kick_db: float = Field(ge=-12, le=12)
    bass_db: float = Field(ge=-12, le=12)
    guitars_db: float = Field(ge=-12, le=12)
    orchestra_db: float = Field(ge=-12, le=12)


class _Curve(Frozen):
    hz: Points = Field(min_length=2)
    spread_db: Points

    @field_validator("hz")
    @classmethod
    def _rising(cls, hz: Points) -> Points:
        if any(b <= a for a, b in pairwise(hz)) or hz[0] <= 0:
            raise ValueError("frequencies must be positive and rise")
        return hz


class Spectrum(_Curve):
    """Third-octave levels of the mix at some frequencies, on any common scale, and their spread."""

    level_db: Points

    @model_validator(mode="after")
    def _same_length(self) -> "Spectrum":
        if not len(self.hz) == len(self.level_db) == len(self.spread_db):
            raise ValueError("hz, level_db and spread_db must have one value per frequency")
        return self


class Dynamics(Frozen):
    """Dynamics of the mix before mastering, and which tools make them."""

    peak_to_loudness_lu: float = Field(ge=6, le=30)
    peak_to_loudness_spread_lu: float = Field(gt=0, le=10)
    range_lu: tuple[float, float]
    compression: float = Field(ge=0, le=2, description="Gain reduction on strips against the usual")
    bus_glue_db: float = Field(ge=0, le=4)
    master_glue_db: float = Field(ge=0, le=4)
    gates: bool
    drum_bus: bool
    parallel_drums: bool


class Stereo(_Curve):
    """Side against mid power of the mix per band, and how far from the centre tracks are placed."""

    side_to_mid_db: Points
    placement: float = Field(ge=0, le=2)

    @model_validator(mode="after")
    def _same_length(self) -> "Stereo":
        if not len(self.hz) == len(self.side_to_mid_db) == len(self.spread_db):
            raise ValueError("hz, side_to_mid_db and spread_db must have one value per frequency")
        return self


class Depth(Frozen):
    """Reverb and echo."""

    reverb_lu: float = Field(ge=-40, le=0, description="Loudness of all returns re the mix, at most")
    decay: float = Field(gt=0, le=3, description="Decay against that of the reverb's preset")
    main_reverb: Literal["plate", "room", "hall"]
    echo: bool


class Loudness(Frozen):
    """How loud such masters usually are; the brief decides."""

    master_lufs: float = Field(ge=-30, le=-4)


class Sign(Frozen):
    """What a genre's songs show of one measurement."""

    mean: float
    spread: float = Field(gt=0)


class Genre(Frozen):
    """Targets of one genre. `sources` tells for each value (``"stereo.placement"``) where it comes from."""

    name: str = Field(min_length=1)
    about: str
    aliases: tuple[str, ...]
    vocals: Vocals
    levels: Levels
    spectrum: Spectrum
    dynamics: Dynamics
    stereo: Stereo
    depth: Depth
    loudness: Loudness
    signs: dict[str, Sign] = {}
    prior: float = Field(default=0.0, ge=0, le=1)
    sources: dict[str, str] = {}

    @property
    def mix_spectrum_db(self) -> np.ndarray:
        """Usual third-octave spectrum of the mix, dB re its total, (bands,)."""
        return _mix_curve(self.spectrum.hz, self.spectrum.level_db)

    @property
    def mix_spread_db(self) -> np.ndarray:
        """How much such mixes differ per band, (bands,)."""
        return _interpolated(self.spectrum.hz, self.spectrum.spread_db)

    @property
    def sub_share_db(self) -> float:
        """Power below 60 Hz re the whole, from the spectrum."""
        return float(10 * np.log10(np.sum(10 ** (self.mix_spectrum_db[CENTERS_HZ < SUB_HZ] / 10))))

    @property
    def side_to_mid_db(self) -> np.ndarray:
        """Usual side re mid of the mix, (bands,)."""
        return _interpolated(self.stereo.hz, self.stereo.side_to_mid_db)

    @property
    def side_spread_db(self) -> np.ndarray:
        """How much that differs between mixes, (bands,)."""
        return _interpolated(self.stereo.hz, self.stereo.spread_db)


def _interpolated(hz: Points, values: Points) -> np.ndarray:
    return np.interp(np.log2(CENTERS_HZ), np.log2(hz), values)


@cache
def _mix_curve(hz: Points, level_db: Points) -> np.ndarray:
    curve = _interpolated(hz, level_db)
    low, high = hz[0] > CENTERS_HZ, hz[-1] < CENTERS_HZ
    curve[low] -= 6.0 * np.log2(hz[0] / CENTERS_HZ[low])  # beyond the table: 6 dB per octave
    curve[high] -= 6.0 * np.log2(CENTERS_HZ[high] / hz[-1])
    curve -= 10 * np.log10(np.sum(10 ** (curve / 10)))
    curve.setflags(write=False)
    return curve


def read_genre(text: str, known_sources: Mapping[str, str]) -> Genre:
    """One genre file: each value stands beside the key of its source.

    Raises
    ------
    ValueError
        When a value has no known source, or does not fit the model (pydantic's error is one).
    """
    data = tomllib.loads(text)
    sources: dict[str, str] = {}
    plain: dict[str, Any] = {k: v for k, v in data.items() if not isinstance(v, dict)}
    for section, entries in data.items():
        if not isinstance(entries, dict):
            continue
        values = {}
        for key, entry in entries.items():
            path = f"{section}.{key}"
            if not isinstance(entry, dict) or entry.get("from") not in known_sources:
                raise ValueError(f"{path} names no source out of sources.toml: {entry!r}")
            sources[path] = known_sources[entry["from"]]
            rest = {k: v for k, v in entry.items() if k != "from"}
            values[key] = rest["value"] if set(rest) == {"value"} else rest
        plain[section] = values
    if "signs" in plain:
        plain["prior"] = plain["signs"].pop("prior")
    return Genre.model_validate(plain | {"sources": sources})


@cache
def _all_genres() -> dict[str, Genre]:
    folder = files("mixwright.engineer") / "genre_data"
    known = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
    found = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml") and file.name != "sources.toml":
            genre = read_genre(file.read_text(encoding="utf-8"), known)
            found[genre.name] = genre
    return found


def neutral_genre() -> Genre:
    """The wide target where the genre is not known."""
    return _all_genres()[NEUTRAL]


@cache
def _choices() -> dict[str, Genre]:
    found = _all_genres()
    others = [name for name in found if name not in (*FIRST_CLASS, NEUTRAL)]
    return {name: found[name] for name in (*FIRST_CLASS, *others)}


def genre_names() -> tuple[str, ...]:
    """All genres that may be asked for, the first-class ones first."""
    return tuple(_choices())


def find_genre(name: str) -> Genre:
    """The genre of a name that `parse_genre` gave; KeyError when there is none."""
    return _choices()[name]


def parse_genre(text: str) -> str:
    """The name of the genre meant, or "auto".

    Raises
    ------
    InputError
        Names the nearest genre and lists all of them.
    """
    key = text.strip().lower().replace("_", "-").replace(" ", "-")
    if key in (AUTO, ""):
        return AUTO
    names = {name: name for name in genre_names()}
    names |= {alias: genre.name for genre in _choices().values() for alias in genre.aliases}
    names |= {name.replace("-", "").replace("&", "n"): target for name, target in list(names.items())}
    if key in names:
        return names[key]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    hint = f" (nearest: {names[near[0]]})" if near else ""
    raise InputError(f"unknown genre {text!r}{hint}; choose one of {AUTO}, {', '.join(genre_names())}")
