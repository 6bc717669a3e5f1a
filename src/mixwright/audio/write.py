"""Writes finished audio, block by block.

A file appears under its name when it is complete, and not at all when anything goes wrong before.
"""

import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from mixwright._core import native
from mixwright.audio.formats import Format, find_format, format_of_path
from mixwright.audio.metadata import (
    Metadata,
    bext_chunk,
    id3_tag,
    info_chunk,
    vorbis_comment,
)
from mixwright.audio.names import refuse, shown
from mixwright.audio.resample import Resampler
from mixwright.audio.unfinished import UnfinishedFile
from mixwright.errors import MixwrightError

Dither = Callable[[np.ndarray, int], np.ndarray]
"""Adds dither to a block (channels, samples) that starts at an absolute position."""

RIFF_LIMIT = 0xFFFFFFFF
BLOCK = 4096
"""libsndfile's Vorbis coder overflows its stack on long blocks."""
FLAC_COMMENT_BYTES = 4096


class Writer:
    """Writes one file; use it in a `with` block, which completes or discards the file.

    Attributes
    ----------
    sample_rate : int
        Of the blocks given.
    stored_rate : int
        Of the file (some formats know few rates; the writer converts).
    position : int
        Samples taken so far.
    clipped : int
        Samples beyond full scale that an integer format had to clip.
    metadata : Metadata
        May be replaced until `close`; WAV, FLAC and MP3 store the last one, the others the first.
    """

    def __init__(
        self,
        target: UnfinishedFile,
        sample_rate: int,
        channels: int,
        format: Format,
        metadata: Metadata,
        dither: Dither | None,
    ) -> None:
        self.path = target.path
        self.format = format
        self.sample_rate = sample_rate
        self.stored_rate = format.stored_rate(sample_rate)
        self.channels = channels
        self.metadata = metadata
        self.position = 0
        self.clipped = 0
        self._target = target
        self._dither = dither if format.wants_dither else None
        converts = self.stored_rate != sample_rate
        quality = "HQ" if format.is_lossy else "VHQ"
        self._resampler = Resampler(channels, sample_rate, self.stored_rate, quality) if converts else None
        self._open = True
        self._nameless = False
        self._start()

    def write(self, block: np.ndarray) -> None:
        """Appends samples.

        Parameters
        ----------
        block : np.ndarray, shape (channels, samples)
            Full scale is -1..1; floating-point formats keep what lies beyond.
        """
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise ValueError(
                f"a block of shape (channels={self.channels}, samples) is due, not {block.shape}"
            )
        if not all(np.isfinite(np.dot(row, row)) for row in block) and not np.isfinite(block).all():
            raise MixwrightError(
                f"{shown(self.path)}: the audio to write holds NaN or infinity; nothing is written"
            )
        block = block.astype(np.float32, copy=False)
        if self._dither is not None:
            block = self._dither(block, self.position)
        self.position += block.shape[1]
        if self._resampler is not None:
            block = self._resampler.push(block)
        if block.shape[1]:
            self._put(block)

    def complete(self) -> None:
        """Writes the last of the content: it can be read at `content_path` and waits for its name."""
        if not self._open:
            return
        try:
            if self._resampler is not None:
                self._put(self._resampler.finish())
            self._finish()
            self._target.flush()
        except BaseException:
            self.abort()
            raise
        self._open = False
        self._nameless = True

    @property
    def content_path(self) -> Path:
        """Where the content lies: under another name, or none, until `close`."""
        return self._target.content_path

    def close(self) -> None:
        """Completes the file and gives it its name."""
        self.complete()
        if self._nameless:
            self._nameless = False
            self._target.commit()

    def stage(self) -> Path:
        """Completes the file under a hidden name; `published` tells that it was renamed."""
        self.complete()
        return self._target.stage()

    def published(self) -> None:
        """Tells that the staged file has its name now."""
        self._nameless = False
        self._target.published()

    def abort(self) -> None:
        """Discards the file; an older one of the name stays as it was."""
        try:
            if self._open:
                self._open = False
                self._nameless = True
                self._drop()
        finally:
            if self._nameless:
                self._nameless = False
                self._target.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _start(self) -> None:
        raise NotImplementedError

    def _put(self, block: np.ndarray) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        raise NotImplementedError

    def _drop(self) -> None:
        """Frees a coder without completing its file."""

    def _to_integers(self, block: np.ndarray) -> np.ndarray:
        """Interleaved int32 at the format's word length."""
        top = 2 ** (self.format.bits - 1)
        exact = np.float64 if self.format.bits > 24 else np.float32  # which holds every whole number needed
        scaled: np.ndarray = np.array(block.T, exact, order="C")
        scaled *= top
        if scaled.max(initial=0) > top or scaled.min(initial=0) < -top:
            self.clipped += int(((scaled < -top) | (scaled > top)).sum())
        np.rint(scaled, out=scaled)
        np.minimum(scaled, top - 1, out=scaled)
        np.maximum(scaled, -top, out=scaled)
        return scaled.astype(np.int32)


class WavWriter(Writer):
    """WAV with BWF metadata; becomes RF64 when it outgrows 4 GB."""

    def _start(self) -> None:
        self._bytes = 0
        self._target.write(self._header())
        self._data_at = self._target.file.tell()

    def _header(self) -> bytes:
        """Everything before the samples; always of one length."""
        width = self.format.bits // 8
        block = width * self.channels
        is_float = self.format.encoding == "float"
        form = struct.pack(
            "<HHIIHH",
            3 if is_float else 1,
            self.channels,
            self.stored_rate,
            self.stored_rate * block,
            block,
            self.format.bits,
        )
        tail = self._tail()
        after = (self._bytes & 1) + len(tail)
        frames = self._bytes // block
        parts = [_chunk(b"fmt ", form + (b"\0\0" if is_float else b""))]
        if is_float:
            parts.append(_chunk(b"fact", struct.pack("<I", min(frames, RIFF_LIMIT))))
        parts.append(_chunk(b"bext", bext_chunk(self.metadata)))
        middle = b"".join(parts)
        riff_bytes = 4 + 36 + len(middle) + 8 + self._bytes + after
        if riff_bytes <= RIFF_LIMIT:
            head = b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + _chunk(b"JUNK", bytes(28))
            return head + middle + b"data" + struct.pack("<I", self._bytes)
        wide = struct.pack("<QQQI", riff_bytes, self._bytes, frames, 0)
        head = b"RF64\xff\xff\xff\xffWAVE" + _chunk(b"ds64", wide)
        return head + middle + b"data\xff\xff\xff\xff"

    def _tail(self) -> bytes:
        return _chunk(b"LIST", info_chunk(self.metadata))

    def _put(self, block: np.ndarray) -> None:
        data = self._encode(block)
        self._target.write(data)
        self._bytes += len(data)

    def _encode(self, block: np.ndarray) -> memoryview:
        bits = self.format.bits
        if self.format.encoding == "float":
            return np.ascontiguousarray(block.T, "<f4").view(np.uint8).data.cast("B")
        if bits > 24:
            return self._to_integers(block).astype("<i4").view(np.uint8).data.cast("B")
        data = np.empty(block.size * bits // 8, np.uint8)
        self.clipped += native.float_to_pcm(np.ascontiguousarray(block), bits, data)
        return data.data

    def _finish(self) -> None:
        self._target.write(b"\0" * (self._bytes & 1) + self._tail())
        self._target.file.seek(0)
        self._target.write(self._header())


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


class SoundfileWriter(Writer):
    """FLAC and Ogg Vorbis by libsndfile."""

    def _start(self) -> None:
        import soundfile

        kinds = {"flac16": ("FLAC", "PCM_16"), "flac24": ("FLAC", "PCM_24"), "ogg": ("OGG", "VORBIS")}
        kind, subtype = kinds[self.format.name]
        level = {"compression_level": 0.3} if self.format.is_lossy else {}
        # by descriptor: a callback into Python could not pass on that the disk is full
        self._sound = soundfile.SoundFile(
            self._target.file.fileno(),
            "w",
            self.stored_rate,
            self.channels,
            format=kind,
            subtype=subtype,
            closefd=False,
            **level,
        )
        for name, text in self.metadata.tags().items():
            setattr(self._sound, name, text)
        if kind == "FLAC":
            self._sound.comment = " " * FLAC_COMMENT_BYTES  # room for the final metadata

    def _put(self, block: np.ndarray) -> None:
        if self.format.is_lossy:
            samples = np.ascontiguousarray(block.T)
        else:
            samples = self._to_integers(block) << (32 - self.format.bits)
        for start in range(0, len(samples), BLOCK):
            try:
                self._sound.write(samples[start : start + BLOCK])
            except (RuntimeError, AssertionError) as error:
                raise MixwrightError(
                    f"{shown(self.path)}: cannot be written ({error}); check the disk"
                ) from error

    def _finish(self) -> None:
        self._sound.close()
        if not self.format.is_lossy:
            replace_flac_comment(self._target.file, vorbis_comment(self.metadata))

    def _drop(self) -> None:
        self._sound.close()


def replace_flac_comment(file: IO[bytes], comment: bytes) -> None:
    """Puts a Vorbis comment block in the place of a longer one; the rest of it becomes padding."""
    file.seek(4)
    while True:
        head = file.read(4)
        length = int.from_bytes(head[1:4], "big")
        if head[0] & 0x7F == 4:
            break
        if head[0] & 0x80 or len(head) < 4:
            raise MixwrightError("the FLAC coder left no room for metadata")
        file.seek(length, 1)
    spare = length - len(comment) - 4
    if spare < 0:
        return  # texts longer than the room: what was written at the start stays
    last = head[0] & 0x80
    file.seek(-4, 1)
    file.write(b"\x04" + len(comment).to_bytes(3, "big") + comment)
    file.write(bytes([last | 1]) + spare.to_bytes(3, "big") + bytes(spare))


class AvWriter(Writer):
    """MP3, AAC in MP4 and Opus by FFmpeg."""

    def _start(self) -> None:
        import av

        container, codec = {
            "mp3": ("mp3", "libmp3lame"),
            "m4a": ("ipod", "aac"),
            "opus": ("ogg", "libopus"),
        }[self.format.name]
        bitrate = self.format.bitrate
        if self.format.name == "mp3":
            self._target.write(id3_tag(self.metadata))
            options = {"id3v2_version": "0", "write_id3v1": "0"}
            bitrate = min(bitrate, 160_000) if self.stored_rate < 32000 else bitrate
        elif self.format.name == "m4a":  # its edit list counts in the movie's time units: make them samples
            options = {"movie_timescale": str(self.stored_rate)}
        else:
            options = {"fflags": "+bitexact"}  # no stream number drawn by chance
        self._offset = _Shifted(self._target)
        self._container = av.open(self._offset, "w", format=container, container_options=options)
        if self.format.name != "mp3":
            tags = {**self.metadata.tags(), **self.metadata.gain_tags()}
            names = {"tracknumber": "track", "software": "encoder"}
            self._container.metadata.update({names.get(k, k): v for k, v in tags.items()})
        self._layout = "mono" if self.channels == 1 else "stereo"
        effort = {"compression_level": str(self.format.effort)} if codec == "libopus" else {}
        stream: Any = self._container.add_stream(
            codec, rate=self.stored_rate, layout=self._layout, options=effort
        )
        self._stream = stream
        stream.bit_rate = bitrate if self.channels == 2 else bitrate * 5 // 8
        self._pts = 0

    def _put(self, block: np.ndarray) -> None:
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", self._layout)
        frame.sample_rate = self.stored_rate
        frame.time_base = Fraction(1, self.stored_rate)
        frame.pts = self._pts
        self._pts += block.shape[1]
        self._container.mux(self._stream.encode(frame))

    def _finish(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        if self.format.name == "mp3":
            self._target.file.seek(0)
            self._target.write(id3_tag(self.metadata))

    def _drop(self) -> None:
        self._container.close()


class _Shifted:
    """The rest of a file from where it stands, as a file of its own."""

    def __init__(self, target: UnfinishedFile) -> None:
        self._target = target
        self._start = target.file.tell()

    def write(self, data: bytes) -> int:
        self._target.write(data)
        return len(data)

    def read(self, count: int) -> bytes:
        return self._target.file.read(count)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._target.file.seek(offset + (self._start if whence == 0 else 0), whence) - self._start

    def tell(self) -> int:
        return self._target.file.tell() - self._start

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True


def open_writer(
    path: str | Path,
    sample_rate: int,
    channels: int,
    format: str | Format | None = None,
    *,
    metadata: Metadata | None = None,
    dither: Dither | None = None,
    inputs: Iterable[str | Path] = (),
) -> Writer:
    """A writer for a new file.

    Parameters
    ----------
    path : path
        Replaced when it exists, in one step, when the new file is complete.
    sample_rate, channels : int
        Of the blocks that will be written; 1 or 2 channels.
    format : str or Format, optional
        A name out of `FORMATS`; told from the path's ending when left out.
    metadata : Metadata, optional
        Texts and loudness to store.
    dither : callable, optional
        Applied where samples are rounded to 24 bits or fewer: `dither(block, position)`.
    inputs : paths, optional
        Files that must not be overwritten.

    Raises
    ------
    InputError
        When the target cannot be written or is one of the inputs.
    """
    chosen = (
        format_of_path(path)
        if format is None
        else format
        if isinstance(format, Format)
        else find_format(format)
    )
    if channels not in (1, 2):
        refuse(path, f"cannot be written with {channels} channels", "give mono or stereo")
    kind: Any = {"wav": WavWriter, "fla": SoundfileWriter, "ogg": SoundfileWriter}.get(
        chosen.name[:3], AvWriter
    )
    target = UnfinishedFile(path, inputs)
    try:
        return kind(target, sample_rate, channels, chosen, metadata or Metadata(), dither)
    except BaseException:
        target.abort()
        raise
