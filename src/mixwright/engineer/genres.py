"""What the genre changes in the targets of a mix.

Vocal levels follow Gerdes & Siedenburg 2023 (lead to accompaniment ratio: country highest, pop and rap
about +1 dB, rock 0, metal -3). Low end and drums follow the spectra of genres (electronic, hip-hop and rock
stronger
below 150 Hz than jazz and folk; Pestana 2013, Hove 2019). Reverb stays near the -14 LU at which De Man,
McNally & Reiss 2017 found mixes to turn from too dry to too wet.
"""

import difflib
from dataclasses import dataclass

from mixwright.errors import InputError

AUTO = "auto"


@dataclass(frozen=True)
class Genre:
    """Targets of a genre; levels in dB against those of pop."""

    name: str
    lead_to_rest_db: float
    drums_db: float = 0.0
    kick_db: float = 0.0
    bass_db: float = 0.0
    guitars_db: float = 0.0
    orchestra_db: float = 0.0
    reverb_lu: float = -15.0
    """Loudness of all returns re the mix."""
    spread: float = 1.0
    """Scales how far from the centre tracks are placed."""
    aliases: tuple[str, ...] = ()


GENRES = {
    genre.name: genre
    for genre in (
        Genre("pop", 1.0),
        Genre("rock", 0.0, drums_db=1.0, guitars_db=1.0, reverb_lu=-16.0),
        Genre(
            "hip-hop",
            1.2,
            drums_db=1.5,
            kick_db=1.0,
            bass_db=1.5,
            reverb_lu=-18.0,
            aliases=("hiphop", "rap", "trap"),
        ),
        Genre(
            "electronic",
            0.0,
            bass_db=1.0,
            aliases=("edm", "dance", "house", "techno", "dnb", "trance", "synthwave", "electro"),
        ),
        Genre(
            "orchestral",
            2.0,
            drums_db=-4.0,
            orchestra_db=3.0,
            reverb_lu=-13.0,
            aliases=("classical", "film", "cinematic", "score"),
        ),
        Genre("metal", -2.0, drums_db=1.0, kick_db=1.0, guitars_db=2.0, reverb_lu=-18.0),
        Genre("country", 2.5, drums_db=-0.5, aliases=("americana",)),
        Genre("folk", 2.5, drums_db=-3.0, bass_db=-1.0, aliases=("acoustic", "singer-songwriter", "blues")),
        Genre("jazz", 1.5, drums_db=-2.0, orchestra_db=1.0, aliases=("swing",)),
        Genre("funk", 0.5, drums_db=0.5, bass_db=1.5, reverb_lu=-17.0, aliases=("soul", "disco")),
        Genre("r&b", 1.2, drums_db=0.5, bass_db=1.0, aliases=("rnb", "neo-soul")),
        Genre("reggae", 1.0, drums_db=1.0, bass_db=1.5, aliases=("dub", "ska")),
    )
}


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
    names = {name: name for name in GENRES}
    names |= {alias: genre.name for genre in GENRES.values() for alias in genre.aliases}
    names |= {name.replace("-", "").replace("&", "n"): target for name, target in list(names.items())}
    if key in names:
        return names[key]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    hint = f" (nearest: {names[near[0]]})" if near else ""
    raise InputError(f"unknown genre {text!r}{hint}; choose one of {AUTO}, {', '.join(GENRES)}")
