"""Tells a whole Ogg file from one that was cut short.

References
----------
RFC 3533, section 6.
"""

from typing import IO

from mixwright.audio.names import refuse

MAX_PAGE = 27 + 255 + 255 * 255


def check_last_page(path: object, file: IO[bytes], size: int) -> None:
    """Refuses a file whose last page is not whole.

    The end-of-stream mark is not asked for: programs that record streams leave it out.
    """
    start = max(size - MAX_PAGE - 1024, 0)
    file.seek(start)
    tail = file.read(size - start)
    position = tail.rfind(b"OggS")
    while position > 0 and tail[position + 4 : position + 5] != b"\0":
        position = tail.rfind(b"OggS", 0, position)
    page = tail[position:]
    file.seek(0)
    if position < 0 or len(page) < 27:
        refuse(path, "cut short or damaged (no whole Ogg page at its end)", "copy or export it again")
    segments = page[26]
    length = 27 + segments + sum(page[27 : 27 + segments])
    if len(page) < 27 + segments or len(page) < length:
        refuse(path, "cut short (its last Ogg page is not whole)", "copy or export it again")
