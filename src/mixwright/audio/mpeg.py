"""MPEG audio headers: is it MP3 or raw AAC, and how long is it without the coder's delay and padding.

References
----------
ISO/IEC 11172-3; the Xing, LAME and VBRI headers as described by G. Bouvigne and K. Windisch.
"""

from dataclasses import dataclass
from typing import IO

from mixwright.audio.names import refuse

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
BITRATES_1 = {1: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
              2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
              3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)}  # fmt: skip
BITRATES_2 = {1: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
              2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
              3: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)}  # fmt: skip
DECODER_DELAY = 529
"""Samples by which every MP3 decoder is late (528 of the filter bank, 1 of the overlap)."""
SEARCH_BYTES = 1 << 16


@dataclass(frozen=True)
class Frame:
    version: int
    layer: int
    bitrate: int
    sample_rate: int
    channels: int
    length: int

    @property
    def samples(self) -> int:
        if self.layer == 1:
            return 384
        return 576 if self.layer == 3 and self.version != 3 else 1152


@dataclass(frozen=True)
class Mpeg:
    """What the first frames tell. `frames` is the number of MPEG frames, 0 when no header says it."""

    container: str
    sample_rate: int = 0
    channels: int = 0
    frame_samples: int = 0
    frames: int = 0
    delay: int | None = None
    padding: int = 0

    def length(self, itunes: str, duration_us: int) -> tuple[int, bool, int]:
        """Samples, whether that is exact, and how many the decoder (FFmpeg) leaves too many at the start."""
        total = self.frames * self.frame_samples
        if self.delay is not None and total:
            return max(total - self.delay - self.padding, 0), True, 0
        parts = itunes.split()
        try:
            delay, padding, wanted = (int(p, 16) for p in parts[1:4])
        except ValueError:
            delay = padding = wanted = 0
        if wanted and (delay + padding + wanted) % self.frame_samples == 0:
            return wanted, True, delay + DECODER_DELAY
        if total:
            return total, False, 0
        return round(duration_us * self.sample_rate / 1e6), False, 0


def find_mpeg(path: object, file: IO[bytes], size: int) -> Mpeg | None:
    """The MPEG stream of a file that may begin with ID3 tags or a little rubbish; None if there is none."""
    start = _after_id3(file, size)
    if start >= size and start:
        refuse(path, "cut short (it ends inside its ID3 tag)", "copy or export it again")
    file.seek(start)
    data = file.read(SEARCH_BYTES)
    file.seek(0)
    if _adts_chain(data):
        return Mpeg("aac")
    limit = len(data) - 4 if start else min(len(data) - 4, 4096)
    for offset in range(max(limit, 0)):
        if data[offset] != 0xFF:
            continue
        frame = parse_frame(data[offset : offset + 4])
        if frame and _confirmed(data, offset, frame, start + len(data) >= size):
            return _from_first(data[offset : offset + 512], frame)
    return None


def parse_frame(head: bytes) -> Frame | None:
    """Fields of a frame header, or None where the bytes are none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate_index, bitrate_index = head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or bitrate_index in (0, 15):
        return None
    bitrate = 1000 * (BITRATES_1 if version == 3 else BITRATES_2)[layer][bitrate_index]
    rate = RATES[version][rate_index]
    padding = head[2] >> 1 & 1
    if layer == 1:
        length = (12 * bitrate // rate + padding) * 4
    else:
        length = (72 if layer == 3 and version != 3 else 144) * bitrate // rate + padding
    return Frame(version, layer, bitrate, rate, 1 if head[3] >> 6 == 3 else 2, length)


def _after_id3(file: IO[bytes], size: int) -> int:
    position = 0
    for _ in range(8):
        file.seek(position)
        head = file.read(10)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        position += 10 + length + (10 if head[5] & 0x10 else 0)
    return min(position, size)


def _confirmed(data: bytes, offset: int, frame: Frame, at_end: bool) -> bool:
    """Two more frames must follow where this one ends (or the file ends there)."""
    for _ in range(2):
        offset += frame.length
        if offset + 4 > len(data):
            return at_end and offset <= len(data) + 4
        following = parse_frame(data[offset : offset + 4])
        if following is None or (following.sample_rate, following.layer) != (frame.sample_rate, frame.layer):
            return False
        frame = following
    return True


def _from_first(data: bytes, frame: Frame) -> Mpeg:
    side = (32 if frame.channels == 2 else 17) if frame.version == 3 else (17 if frame.channels == 2 else 9)
    base = Mpeg("mp3", frame.sample_rate, frame.channels, frame.samples)
    xing = data[4 + side :]
    if xing[:4] not in (b"Xing", b"Info"):
        vbri = data[36:]
        count = int.from_bytes(vbri[14:18], "big") if vbri[:4] == b"VBRI" else 0
        return Mpeg(**{**vars(base), "frames": count})
    flags = int.from_bytes(xing[4:8], "big")
    frames = int.from_bytes(xing[8:12], "big") if flags & 1 else 0
    lame = xing[8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1) :]
    if len(lame) < 24 or not lame[:4].strip(b"\0"):
        return Mpeg(**{**vars(base), "frames": frames})
    delay, padding = lame[21] << 4 | lame[22] >> 4, (lame[22] & 15) << 8 | lame[23]
    return Mpeg(**{**vars(base), "frames": frames, "delay": delay, "padding": padding})


def _adts_chain(data: bytes) -> bool:
    """Three AAC frames with ADTS headers in a row."""
    position = 0
    for _ in range(3):
        head = data[position : position + 7]
        if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            return False
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if length < 7:
            return False
        position += length
    return True
