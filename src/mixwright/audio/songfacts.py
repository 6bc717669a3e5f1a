"""Facts about a song that lie beside or inside its files: MIDI tempo files, and ACID chunks in WAV.

References
----------
MIDI Manufacturers Association, Standard MIDI Files 1.0 (meta events 51 tempo, 58 metre, 59 key, 06 marker);
the ``acid`` chunk as Sonic Foundry's ACID writes it: flags, root note, beats, metre, tempo.
"""

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path

from mixwright.errors import InputError

MIDI_EXTENSIONS = (".mid", ".midi")
MOST_BYTES = 1 << 20
ONE_SHOT = 1
_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")


@dataclass(frozen=True)
class SongFacts:
    """What a file tells about the song; None or empty where it says nothing."""

    tempo_bpm: float | None = None
    time_signature: str = ""
    key: str = ""
    markers: tuple[tuple[float, str], ...] = field(default=())
    """(seconds, name)"""


def read_midi(path: Path) -> SongFacts:
    """Tempo, metre, key and markers of a standard MIDI file; of several tempos the one that lasts longest.

    Raises
    ------
    InputError
        When it is no MIDI file.
    """
    data = path.read_bytes()[:MOST_BYTES]
    try:
        if data[:4] != b"MThd":
            raise ValueError("no MThd")
        division = struct.unpack(">H", data[12:14])[0]
        events = sorted(_meta_events(data), key=lambda event: event[0])
    except (ValueError, IndexError, struct.error):
        raise InputError(
            f"{path}: is no MIDI file that can be read; take it away or export it anew"
        ) from None
    if division & 0x8000 or division == 0:
        return SongFacts()  # timed in frames of film: it has no beats
    return _facts_of(events, division)


def _facts_of(events: list[tuple[int, int, bytes]], division: int) -> SongFacts:
    tempo, metre, key = None, "", ""
    markers: list[tuple[float, str]] = []
    lasting: dict[float, float] = {}
    micros, at_tick, at_s = 500_000, 0, 0.0
    last = events[-1][0] if events else 0
    for tick, kind, body in [*events, (last, -1, b"")]:
        seconds = at_s + (tick - at_tick) * micros / division / 1e6
        if tempo is not None:
            lasting[tempo] = lasting.get(tempo, 0.0) + seconds - at_s
        at_tick, at_s = tick, seconds
        if kind == 0x51 and len(body) == 3:
            micros = int.from_bytes(body, "big") or 500_000
            tempo = round(60e6 / micros, 3)
            lasting.setdefault(tempo, 0.0)
        elif kind == 0x58 and len(body) >= 2 and not metre and 0 < body[0] <= 32 and body[1] <= 5:
            metre = f"{body[0]}/{2 ** body[1]}"
        elif kind == 0x59 and len(body) >= 2 and not key:
            sharps = struct.unpack("b", body[:1])[0]
            if -7 <= sharps <= 7:
                key = f"{(_MINOR if body[1] else _MAJOR)[sharps + 7]} {'minor' if body[1] else 'major'}"
        elif kind == 0x06:
            markers.append((round(seconds, 3), body.decode("latin-1").strip()))
    chosen = max(lasting, key=lambda bpm: lasting[bpm]) if lasting else None
    return SongFacts(chosen, metre, key, tuple((s, name) for s, name in markers if name))


def _meta_events(data: bytes) -> list[tuple[int, int, bytes]]:
    """(tick, kind, body) of all meta events."""
    found = []
    at = 8 + struct.unpack(">I", data[4:8])[0]
    if at > len(data):
        raise ValueError("its header is longer than the file")
    while at + 8 <= len(data):
        name, length = data[at : at + 4], struct.unpack(">I", data[at + 4 : at + 8])[0]
        if name == b"MTrk":
            found += _events_of_track(data[at + 8 : at + 8 + length])
        at += 8 + length
    return found


def _events_of_track(data: bytes) -> list[tuple[int, int, bytes]]:
    found, at, tick, running = [], 0, 0, 0
    while at < len(data):
        step, at = _number(data, at)
        tick += step
        status = data[at]
        if status == 0xFF:
            kind = data[at + 1]
            length, at = _number(data, at + 2)
            found.append((tick, kind, data[at : at + length]))
            at += length
        elif status in (0xF0, 0xF7):
            length, at = _number(data, at + 1)
            at += length
        else:
            if status & 0x80:
                running, at = status, at + 1
            at += 1 if running & 0xF0 in (0xC0, 0xD0) else 2
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[at]
        value, at = (value << 7) | (byte & 0x7F), at + 1
        if not byte & 0x80:
            return value, at


def read_acid(path: Path) -> SongFacts:
    """Tempo and metre of the ``acid`` chunk of a WAV file; nothing where it has none, or is a single hit."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
                return SongFacts()
            while len(header := file.read(8)) == 8:
                name, length = header[:4], struct.unpack("<I", header[4:])[0]
                if name == b"acid" and length >= 24:
                    flags, _, _, _, _, low, high, tempo = struct.unpack("<IHHfIHHf", file.read(24))
                    usable = not flags & ONE_SHOT and math.isfinite(tempo) and 20 <= tempo <= 400
                    metre = f"{high}/{low}" if usable and 0 < high < 33 and low in (1, 2, 4, 8, 16) else ""
                    return SongFacts(round(tempo, 3) if usable else None, metre)
                file.seek(length + (length & 1), 1)
    except (OSError, struct.error):
        return SongFacts()
    return SongFacts()
