"""Headers of uncompressed files (WAV, RF64, BWF, AIFF), read by us.

Knowing where the samples lie lets a source read them in place from any thread, and lets a damaged
file be told from a whole one, which libsndfile does not do.

References
----------
EBU Tech 3285 (BWF), EBU Tech 3306 / ITU-R BS.2088 (RF64, BW64); Apple, AIFF-C draft, 1991.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Literal

from mixwright.audio.names import refuse

Kind = Literal["int", "float", "other"]

STREAMED = 0x7FFFF000
"""Data sizes from here on, in a file that is shorter, were written by a program that could not seek."""

WAVE_INFO = {
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ICMT": "comment",
    b"ITRK": "tracknumber",
    b"ICOP": "copyright",
    b"ISFT": "software",
}
CODINGS = {1: "PCM", 2: "ADPCM", 6: "A-law", 7: "µ-law", 17: "IMA ADPCM"}
AIFF_TEXT = {b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment"}
MAX_TEXT = 1 << 16


@dataclass
class PcmHeader:
    """What a header says; `kind` is `other` for coded samples that a decoder has to read."""

    path: object
    container: str
    kind: Kind = "other"
    bits: int = 0
    big_endian: bool = False
    unsigned: bool = False
    channels: int = 0
    sample_rate: float = 0
    block_bytes: int = 0
    codec: str = ""
    offset: int = -1
    data_bytes: int = 0
    declared_frames: int = -1
    time_reference: int | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        return self.data_bytes // self.block_bytes if self.block_bytes else 0


def read_wave(path: object, file: IO[bytes], size: int) -> PcmHeader:
    """Header of a RIFF, RF64 or BW64 file."""
    head = file.read(12)
    magic = head[:4]
    header = PcmHeader(path, {b"RF64": "RF64", b"BW64": "BW64"}.get(magic, "WAV"))
    riff_bytes = int.from_bytes(head[4:8], "little")
    wide: dict[bytes, int] = {}
    seen_format = False
    for name, length, start in _chunks(file, size, "<", wide):
        if name == b"ds64" and length >= 24:
            body = file.read(28)
            wide[b"data"] = int.from_bytes(body[8:16], "little")
        elif name == b"fmt ":
            _wave_format(header, file.read(min(length, 40)))
            seen_format = True
        elif name == b"data":
            if not seen_format:
                refuse(path, "the samples come before their description (no 'fmt ' chunk)", "export it again")
            header.offset = start
            header.data_bytes = _data_bytes(header, length, size - start, riff_bytes)
        elif name == b"bext" and length >= 346:
            _bext(header, file.read(min(length, 602)))
        elif name == b"LIST" and 4 <= length <= MAX_TEXT:
            _wave_info(header, file.read(length))
    if not seen_format:
        refuse(path, "damaged WAV header (no 'fmt ' chunk)", "export it again")
    if header.offset < 0:
        refuse(path, "the WAV file has no samples (no 'data' chunk)", "export it again")
    return header


def _chunks(
    file: IO[bytes], size: int, order: str, wide: dict[bytes, int]
) -> Iterator[tuple[bytes, int, int]]:
    """Name, length and start of each chunk; the file stands at the start when one is given out."""
    position = 12
    for _ in range(4096):  # no real file has more; a damaged one may chain empty chunks for ever
        if position + 8 > size:
            return
        file.seek(position)
        name, length = struct.unpack(order + "4sI", file.read(8))
        if name in wide and (length == 0xFFFFFFFF or name == b"data"):
            length = wide[name]
        yield name, length, position + 8
        position += 8 + length + (length & 1)


def _data_bytes(header: PcmHeader, declared: int, present: int, riff_bytes: int) -> int:
    """Length of the sample data: what the header says, if the file holds it."""
    if declared <= present:
        unfinished = declared == 0 and present > 0 and riff_bytes in (0, 0xFFFFFFFF)
        return present if unfinished else declared
    if STREAMED <= declared <= 0xFFFFFFFF and header.container == "WAV":
        return present
    if declared - present <= header.block_bytes:
        return present
    seconds = header.sample_rate * header.block_bytes
    promised, found = (value / seconds if seconds else 0.0 for value in (declared, present))
    return refuse(
        header.path,
        f"cut short: the header promises {promised:.1f} s of audio, the file holds {found:.1f} s",
        "copy or export it again",
    )


def _wave_format(header: PcmHeader, body: bytes) -> None:
    if len(body) < 16:
        refuse(header.path, f"damaged WAV header ('fmt ' chunk of {len(body)} bytes)", "export it again")
    tag, channels, rate, _, block, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == 0xFFFE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")
    header.channels, header.sample_rate, header.block_bytes, header.bits = channels, rate, block, bits
    header.unsigned = bits <= 8
    width = block // channels if channels else 0
    if tag == 1 and width in (1, 2, 3, 4) and 0 < bits <= 8 * width and block == width * channels:
        header.kind, header.bits, header.codec = "int", 8 * width, f"{bits} bit"
    elif tag == 3 and width in (4, 8) and bits == 8 * width and block == width * channels:
        header.kind, header.codec = "float", f"{bits} bit float"
    else:
        header.codec = CODINGS.get(tag, f"format tag {tag}")
        if tag in (1, 3):
            refuse(
                header.path,
                f"damaged WAV header ({bits} bit samples in blocks of {block} bytes, {channels} channels)",
                "export it again as 16, 24 or 32 bit WAV",
            )


def _bext(header: PcmHeader, body: bytes) -> None:
    header.time_reference = int.from_bytes(body[338:346], "little")
    for key, part in (("description", body[:256]), ("originator", body[256:288])):
        if text := _text(part):
            header.tags[key] = text


def _wave_info(header: PcmHeader, body: bytes) -> None:
    if body[:4] != b"INFO":
        return
    position = 4
    while position + 8 <= len(body):
        name, length = struct.unpack("<4sI", body[position : position + 8])
        text = _text(body[position + 8 : position + 8 + length])
        if name in WAVE_INFO and text:
            header.tags[WAVE_INFO[name]] = text
        position += 8 + length + (length & 1)


def read_aiff(path: object, file: IO[bytes], size: int) -> PcmHeader:
    """Header of an AIFF or AIFF-C file."""
    head = file.read(12)
    header = PcmHeader(path, "AIFF", big_endian=True)
    compressed = head[8:12] == b"AIFC"
    seen_format = False
    sound = (-1, 0)
    for name, length, start in _chunks(file, size, ">", {}):
        if name == b"COMM" and length >= 18:
            _aiff_format(header, file.read(min(length, 64)), compressed)
            seen_format = True
        elif name == b"SSND" and length >= 8:
            skip = int.from_bytes(file.read(4), "big")
            sound = (start + 8 + skip, length - 8 - skip)
        elif name in AIFF_TEXT and length <= MAX_TEXT and (text := _text(file.read(length))):
            header.tags[AIFF_TEXT[name]] = text
    if not seen_format:
        refuse(path, "damaged AIFF header (no 'COMM' chunk)", "export it again")
    if sound[0] < 0:
        refuse(path, "the AIFF file has no samples (no 'SSND' chunk)", "export it again")
    header.offset = sound[0]
    declared = header.declared_frames * header.block_bytes if header.kind != "other" else sound[1]
    header.data_bytes = _data_bytes(header, max(declared, 0), max(size - header.offset, 0), -1)
    return header


def _aiff_format(header: PcmHeader, body: bytes, compressed: bool) -> None:
    if len(body) < 18:
        refuse(header.path, "cut short (it ends inside its header)", "copy or export it again")
    channels, frames, bits, exponent, mantissa = struct.unpack(">hIhHQ", body[:18])
    header.channels, header.declared_frames = channels, frames
    power = (exponent & 0x7FFF) - 16383 - 63
    header.sample_rate = float(mantissa) * 2.0**power if -1100 < power < 400 and exponent < 0x8000 else 0.0
    coding = body[18:22] if compressed else b"NONE"
    width = (bits + 7) // 8
    header.codec = f"{bits} bit"
    if coding in (b"NONE", b"twos", b"sowt", b"in24", b"in32", b"23ni", b"42ni") and width in (1, 2, 3, 4):
        header.kind, header.bits = "int", 8 * width
        header.big_endian = coding not in (b"sowt", b"23ni", b"42ni")
    elif coding in (b"fl32", b"FL32", b"fl64", b"FL64"):
        header.kind, header.bits = "float", 64 if b"64" in coding else 32
        header.codec = f"{header.bits} bit float"
    else:
        header.codec = coding.decode("latin-1").strip()
        if coding == b"NONE":
            refuse(header.path, f"damaged AIFF header ({bits} bit samples)", "export it again")
    header.block_bytes = header.bits // 8 * max(channels, 0)


def _text(raw: bytes) -> str:
    raw = raw.split(b"\0", 1)[0].strip()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
