"""What is written about a file into it: BWF, RIFF INFO, ID3 and Vorbis comments, built by us.

References
----------
EBU Tech 3285 version 2 (BWF with loudness); id3.org, ID3v2.3; Xiph, Vorbis comment specification.
"""

import struct
from dataclasses import dataclass

from mixwright.audio.pcm import WAVE_INFO

SOFTWARE = "mixwright"
BEXT_BYTES = 602
ID3_BYTES = 4096
"""Room for the ID3 tag at the head of an MP3, so that it can be filled in when the file is done."""

ID3_FRAMES = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "date": "TYER", "genre": "TCON",
              "tracknumber": "TRCK", "copyright": "TCOP", "software": "TSSE"}  # fmt: skip
REPLAY_GAIN_LUFS = -18.0
UNKNOWN = 0x7FFF


@dataclass(frozen=True)
class Loudness:
    """Measured loudness (ITU-R BS.1770, EBU Tech 3341 and 3342); None where not measured."""

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    momentary_lufs: float | None = None
    short_term_lufs: float | None = None


@dataclass(frozen=True)
class Metadata:
    """What to store with the audio.

    Attributes
    ----------
    date : str
        `YYYY-MM-DD` or a part of it. None is made up: equal renders give equal files.
    time_reference : int
        BWF: samples since midnight at which the audio starts.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    date: str = ""
    genre: str = ""
    comment: str = ""
    tracknumber: str = ""
    copyright: str = ""
    software: str = SOFTWARE
    loudness: Loudness = Loudness()
    time_reference: int = 0

    @classmethod
    def from_tags(cls, tags: dict[str, str], **changes: "str | Loudness | int") -> "Metadata":
        """Keeps the tags of a source (see `AudioInfo.tags`), with changes."""
        known = {
            key: text for key, text in tags.items() if key in cls.__dataclass_fields__ and key != "software"
        }
        return cls(**{**known, **changes})  # type: ignore[arg-type]

    def tags(self) -> dict[str, str]:
        """The text fields that are set."""
        names = (*ID3_FRAMES, "comment")
        return {name: text for name in names if (text := getattr(self, name))}

    def gain_tags(self) -> dict[str, str]:
        """ReplayGain 2.0: gain to -18 LUFS and peak, as players read them."""
        found = {}
        if self.loudness.integrated_lufs is not None:
            found["REPLAYGAIN_TRACK_GAIN"] = f"{REPLAY_GAIN_LUFS - self.loudness.integrated_lufs:.2f} dB"
        if self.loudness.true_peak_dbtp is not None:
            found["REPLAYGAIN_TRACK_PEAK"] = f"{10 ** (self.loudness.true_peak_dbtp / 20):.6f}"
        return found


def bext_chunk(metadata: Metadata) -> bytes:
    """Body of a BWF `bext` chunk, version 2."""
    loudness = metadata.loudness
    date = metadata.date if len(metadata.date) == 10 else ""
    return struct.pack(
        "<256s32s32s10s8sQH64s5h180s",
        _ascii(metadata.title or metadata.comment, 256),
        _ascii(metadata.software, 32),
        b"",
        _ascii(date, 10),
        b"",
        metadata.time_reference,
        2,
        b"",
        _hundredths(loudness.integrated_lufs),
        _hundredths(loudness.range_lu),
        _hundredths(loudness.true_peak_dbtp),
        _hundredths(loudness.momentary_lufs),
        _hundredths(loudness.short_term_lufs),
        b"",
    )


def _ascii(text: str, length: int) -> bytes:
    return text.encode("ascii", "replace")[:length]


def _hundredths(value: float | None) -> int:
    return UNKNOWN if value is None else max(-32768, min(round(100 * value), UNKNOWN - 1))


def info_chunk(metadata: Metadata) -> bytes:
    """Body of a RIFF `LIST` chunk of type `INFO`."""
    parts = [b"INFO"]
    for code, name in WAVE_INFO.items():
        if text := getattr(metadata, name):
            raw = text.encode("utf-8")[:65000] + b"\0"
            parts.append(code + struct.pack("<I", len(raw)) + raw + b"\0" * (len(raw) & 1))
    return b"".join(parts)


def id3_tag(metadata: Metadata, size: int = ID3_BYTES) -> bytes:
    """An ID3v2.3 tag padded to `size` bytes; what does not fit is cut."""
    frames = [(ID3_FRAMES[n], _utf16(t[:400])) for n, t in metadata.tags().items() if n in ID3_FRAMES]
    if metadata.comment:
        frames.append(("COMM", b"\1eng" + b"\xff\xfe\0\0" + _utf16(metadata.comment[:400])[1:]))
    frames += [("TXXX", b"\0" + k.encode() + b"\0" + v.encode()) for k, v in metadata.gain_tags().items()]
    body = b""
    for name, content in frames:
        frame = name.encode() + struct.pack(">IH", len(content), 0) + content
        if len(body) + len(frame) <= size - 10:
            body += frame
    length = size - 10
    safe = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + safe + body.ljust(length, b"\0")


def _utf16(text: str) -> bytes:
    return b"\1\xff\xfe" + text.encode("utf-16-le", "replace")


def vorbis_comment(metadata: Metadata) -> bytes:
    """Body of a FLAC `VORBIS_COMMENT` block."""
    entries = {
        **{k.upper(): v for k, v in metadata.tags().items() if k != "software"},
        **metadata.gain_tags(),
    }
    entries["ENCODER"] = metadata.software
    raw = [f"{key}={text}".encode() for key, text in entries.items()]
    vendor = SOFTWARE.encode()
    head = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(raw))
    return head + b"".join(struct.pack("<I", len(r)) + r for r in raw)
