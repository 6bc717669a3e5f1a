"""The output formats, declared once; names, help and writers read them here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mixwright.errors import InputError

Encoding = Literal["int", "float", "lossy"]


@dataclass(frozen=True)
class Format:
    """One way to store a finished file.

    `bits` is the word length of integer and float samples (0 for lossy coders), `rates` the sample
    rates that the format knows (empty: any).
    """

    name: str
    extension: str
    encoding: Encoding
    bits: int
    help: str
    rates: tuple[int, ...] = ()
    bitrate: int = 0
    """Bits per second of a stereo file, for coders that are asked for a rate."""
    effort: int = 10
    """How hard the Opus coder tries, 0 (quickest) to 10."""

    @property
    def wants_dither(self) -> bool:
        """Dither is due where samples are rounded to 24 bits or fewer."""
        return self.encoding == "int" and self.bits <= 24

    @property
    def is_lossy(self) -> bool:
        return self.encoding == "lossy"

    def stored_rate(self, sample_rate: int) -> int:
        """The rate a file gets: the same one, or where the format does not know it 44100 or 48000 Hz."""
        if not self.rates or sample_rate in self.rates:
            return sample_rate
        return 44100 if 44100 in self.rates and sample_rate % 11025 == 0 else 48000


MPEG_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
AAC_RATES = (*MPEG_RATES, 64000, 88200, 96000)

FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("wav16", ".wav", "int", 16, "WAV, 16 bit"),
        Format("wav24", ".wav", "int", 24, "WAV, 24 bit"),
        Format("wav32", ".wav", "int", 32, "WAV, 32 bit integer"),
        Format("wav32f", ".wav", "float", 32, "WAV, 32 bit float"),
        Format("flac16", ".flac", "int", 16, "FLAC, 16 bit"),
        Format("flac24", ".flac", "int", 24, "FLAC, 24 bit"),
        Format("ogg", ".ogg", "lossy", 0, "Ogg Vorbis, quality 7"),
        Format("mp3", ".mp3", "lossy", 0, "MP3, 320 kb/s", MPEG_RATES, 320_000),
        Format("m4a", ".m4a", "lossy", 0, "AAC in MP4, 256 kb/s", AAC_RATES, 256_000),
        Format("opus", ".opus", "lossy", 0, "Opus, 192 kb/s, always 48000 Hz", (48000,), 192_000),
    )
}

ALIASES = {"wav": "wav24", "flac": "flac24", "float": "wav32f", "aac": "m4a", "vorbis": "ogg"}

_PLAIN = {".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd"}
INPUT_EXTENSIONS = frozenset(_PLAIN | {".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac"})
"""Files with these endings are taken for audio when a folder is searched."""

INPUT_HELP = "WAV, AIFF, CAF, FLAC, Ogg, Opus, MP3, M4A/AAC or .stem.mp4"


def find_format(name: str) -> Format:
    """The format of a name such as `wav24` or `mp3`, or of a file's ending.

    Raises
    ------
    InputError
        When there is no such format.
    """
    key = name.strip().lower().lstrip(".")
    found = FORMATS.get(ALIASES.get(key, key))
    if found is None:
        raise InputError(f"format {name!r} is not known; choose one of {', '.join([*FORMATS, *ALIASES])}")
    return found


def format_of_path(path: str | Path) -> Format:
    """The format that a path's ending asks for (`.wav`: 24 bit)."""
    ending = Path(path).suffix
    if not ending:
        raise InputError(f"{path}: the name has no ending; add one such as .wav or .mp3, or name a format")
    return find_format(ending)
