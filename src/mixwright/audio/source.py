"""Audio that can be read from any position, at the project's sample rate, without holding it in memory.

Uncompressed files at the right rate are read in place; everything else is decoded once into scratch
files (see `scratch`). `read` may be called from several threads.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mixwright._core import native
from mixwright.audio.decode import BLOCK, check_finite, decode
from mixwright.audio.handles import allow_open_files
from mixwright.audio.names import refuse
from mixwright.audio.pcm import PcmHeader
from mixwright.audio.probe import AudioInfo, probe
from mixwright.audio.resample import resample, resampled_length
from mixwright.audio.scratch import Scratch, ScratchFile, read_at
from mixwright.errors import MixwrightError

SAME_CHANNELS = 2.0**-14
"""Channels that differ by at most this (two steps of 16 bit: two dithers) are one signal."""
SAME_BELOW_PEAK = 1e-3
"""... if they also differ by at most this part of their peak."""

PLACES = 64
"""So many places of a file are compared before all of it is."""


class Source:
    """A track's audio at one sample rate.

    Attributes
    ----------
    channels, frames, sample_rate : int
    dual_mono : bool
        The file has two equal channels; one of them is given out and `channels` is 1.
    """

    def __init__(self, channels: int, frames: int, sample_rate: int) -> None:
        self.channels = channels
        self.frames = frames
        self.sample_rate = sample_rate
        self.dual_mono = False

    def read(self, start: int, frames: int, out: np.ndarray | None = None) -> np.ndarray:
        """Samples from a position; zeros before the start and beyond the end.

        Parameters
        ----------
        start, frames : int
            Position and number of samples.
        out : np.ndarray, shape (channels, frames), float32, optional
            Filled instead of a new array; its rows must be contiguous.

        Returns
        -------
        np.ndarray, shape (channels, frames), float32
        """
        if out is None:
            out = np.empty((self.channels, frames), np.float32)
        first, last = max(start, 0), min(start + frames, self.frames)
        if first >= last:
            out[:] = 0
            return out
        lead = first - start
        count = last - first
        out[:, :lead] = 0
        out[:, lead + count :] = 0
        self._fill(first, out[:, lead : lead + count])
        return out

    def blocks(self, frames: int = BLOCK) -> Iterator[np.ndarray]:
        """The whole of it, block by block."""
        for start in range(0, self.frames, frames):
            yield self.read(start, min(frames, self.frames - start))

    def close(self) -> None:
        """Gives back files and scratch room; a `Scratch` does it as well when it closes."""

    def _fill(self, start: int, out: np.ndarray) -> None:
        raise NotImplementedError


class PcmSource(Source):
    """Reads an uncompressed file in place."""

    def __init__(self, info: AudioInfo) -> None:
        super().__init__(info.channels, info.frames, info.sample_rate)
        if info.pcm is None:
            raise ValueError(f"{info.path} is not uncompressed")
        self.info = info
        self._header: PcmHeader = info.pcm
        self._step = info.pcm.block_bytes
        self._lock = threading.Lock()
        self._only_first = False
        try:
            self._file = open(info.path, "rb", buffering=0)  # noqa: SIM115
        except OSError as error:
            refuse(info.path, f"cannot be read ({error.strerror})", "check the file and its permissions")

    def treat_as_mono(self) -> None:
        """Gives out the first channel alone (of two equal ones)."""
        self.dual_mono = self._only_first = True
        self.channels = 1

    def _fill(self, start: int, out: np.ndarray) -> None:
        header = self._header
        offset = header.offset + start * self._step
        if _read_natively is not None and _is_plain(header):
            count = _read_natively(self._file.fileno(), offset, header.bits, header.channels, out)
            if count < 0:
                refuse(self.info.path, f"cannot be read ({os.strerror(-count)})", "check the disk")
        else:
            raw = np.empty(out.shape[1] * self._step, np.uint8)
            count = read_at(self._file, self._lock, raw.data, offset) // self._step
            if count == out.shape[1]:
                to_float(raw, header, out)
        if count < out.shape[1]:
            refuse(self.info.path, "became shorter while it was read", "try again once it is written")
        if header.kind == "float":
            check_finite(out, self.info, start)

    def close(self) -> None:
        self._file.close()


def _is_plain(header: PcmHeader) -> bool:
    """Whether the native core reads such samples."""
    return header.kind == "int" and not header.big_endian and header.bits in (16, 24, 32)


_read_natively = getattr(native, "read_pcm", None)
"""Reads and converts in one step; not there on Windows."""


def to_float(raw: np.ndarray, header: PcmHeader, out: np.ndarray) -> None:
    """Bytes of an uncompressed file to float32 `out` (channels, samples), integer full scale at -1.

    `out` takes the first channels when it has fewer rows than the file has channels.
    """
    if _is_plain(header):
        native.pcm_to_float(raw, header.bits, header.channels, out)
        return
    count = out.shape[1]
    order = ">" if header.big_endian else "<"
    planar: np.ndarray
    if header.kind == "float":
        planar = raw.view(f"{order}f{header.bits // 8}").reshape(count, -1).T
    elif header.bits == 8:
        whole = raw if header.unsigned else raw ^ np.uint8(128)
        planar = (whole.reshape(count, -1).T.astype(np.float32) - 128) * np.float32(2.0**-7)
    elif header.bits == 16:
        planar = raw.view(">i2").reshape(count, -1).T * np.float32(2.0**-15)
    elif header.bits == 24:
        bytes_ = raw.reshape(count, -1, 3).astype(np.int32)
        whole24 = (bytes_[..., 0] << 24) | (bytes_[..., 1] << 16) | (bytes_[..., 2] << 8)
        planar = whole24.T * 2.0**-31
    else:
        planar = raw.view(">i4").reshape(count, -1).T * 2.0**-31
    out[:] = planar[: out.shape[0]]


class ScratchSource(Source):
    """Reads decoded audio, one scratch file per channel."""

    def __init__(self, files: Sequence[ScratchFile], frames: int, sample_rate: int) -> None:
        super().__init__(len(files), frames, sample_rate)
        self._files = files

    def _fill(self, start: int, out: np.ndarray) -> None:
        for file, row in zip(self._files, out, strict=True):
            file.read(start, row)

    def close(self) -> None:
        for file in self._files:
            file.close()


class StackedSource(Source):
    """Two mono sources as left and right."""

    def __init__(self, parts: Sequence[Source]) -> None:
        super().__init__(sum(p.channels for p in parts), max(p.frames for p in parts), parts[0].sample_rate)
        self._parts = parts

    def _fill(self, start: int, out: np.ndarray) -> None:
        row = 0
        for part in self._parts:
            part.read(start, out.shape[1], out[row : row + part.channels])
            row += part.channels

    def close(self) -> None:
        for part in self._parts:
            part.close()


class ShiftedSource(Source):
    """A source that starts later."""

    def __init__(self, part: Source, delay: int) -> None:
        super().__init__(part.channels, part.frames + delay, part.sample_rate)
        self.dual_mono = part.dual_mono
        self._part = part
        self._delay = delay

    def _fill(self, start: int, out: np.ndarray) -> None:
        self._part.read(start - self._delay, out.shape[1], out)

    def close(self) -> None:
        self._part.close()


class CancelledError(MixwrightError):
    """Work was stopped on request."""


class Cancel(Protocol):
    """What `threading.Event` offers."""

    def is_set(self) -> bool: ...


def open_source(
    path: str | Path | AudioInfo, sample_rate: int, scratch: Scratch, cancel: Cancel | None = None
) -> Source:
    """Opens one file for reading at `sample_rate`.

    Parameters
    ----------
    path : path or AudioInfo
        What `probe` described is not probed again.
    scratch : Scratch
        Where decoded audio goes.
    cancel : optional
        Once it is set, decoding stops with `CancelledError`.

    Returns
    -------
    Source
        With `channels` 1 where the file's two channels are the same.
    """
    info = path if isinstance(path, AudioInfo) else probe(path)
    if info.pcm is not None and info.sample_rate == sample_rate:
        source = PcmSource(info)
        if info.channels == 2 and _same_channels(source, cancel):
            source.treat_as_mono()
        return source
    return _decode_to_scratch(info, sample_rate, scratch, cancel)


def _stop_if(cancel: Cancel | None) -> None:
    if cancel is not None and cancel.is_set():
        raise CancelledError("stopped")


class _Sameness:
    """Watches whether two channels are one signal."""

    def __init__(self) -> None:
        self.difference = self.peak = 0.0

    def add(self, block: np.ndarray) -> None:
        self.difference = max(self.difference, float(np.abs(block[0] - block[1]).max(initial=0)))
        self.peak = max(self.peak, float(np.abs(block).max(initial=0)))

    @property
    def possible(self) -> bool:
        return self.difference <= SAME_CHANNELS

    @property
    def certain(self) -> bool:
        return self.difference <= min(SAME_CHANNELS, SAME_BELOW_PEAK * self.peak)


def _same_channels(source: Source, cancel: Cancel | None) -> bool:
    watch = _Sameness()
    for place in range(PLACES):  # most channels differ, but many tracks begin with silence
        watch.add(source.read(place * source.frames // PLACES, 1 << 10))
        if not watch.possible:
            return False
    for block in source.blocks(1 << 14):
        _stop_if(cancel)
        watch.add(block)
        if not watch.possible:
            return False
    return watch.certain


def _decode_to_scratch(info: AudioInfo, sample_rate: int, scratch: Scratch, cancel: Cancel | None) -> Source:
    blocks = resample(decode(info), info.channels, info.sample_rate, sample_rate)
    files = [scratch.file()]
    watch = _Sameness()
    try:
        for block in blocks:
            _stop_if(cancel)
            if info.channels == 2 and watch.possible:
                watch.add(block)
                if len(files) == 1 and watch.difference > 0:
                    files.append(scratch.file())
                    _copy(files[0], files[1])
            for file, row in zip(files, block, strict=False):
                file.append(row)
    except BaseException:
        for file in files:
            file.close()
        raise
    if len(files) == 2 and watch.certain:
        files.pop().close()
    source = ScratchSource(files, files[0].frames, sample_rate)
    source.dual_mono = info.channels == 2 and len(files) == 1
    return source


def _copy(have: ScratchFile, into: ScratchFile) -> None:
    for start in range(0, have.frames, BLOCK):
        part = np.empty(min(BLOCK, have.frames - start), np.float32)
        have.read(start, part)
        into.append(part)


def open_track(
    files: Sequence[AudioInfo],
    sample_rate: int,
    scratch: Scratch,
    start_s: float = 0.0,
    cancel: Cancel | None = None,
) -> Source:
    """Opens a track: one file, or a left and a right one, starting `start_s` into the song."""
    parts = [open_source(info, sample_rate, scratch, cancel) for info in files]
    source = parts[0] if len(parts) == 1 else StackedSource(parts)
    delay = round(start_s * sample_rate)
    return ShiftedSource(source, delay) if delay > 0 else source


def scratch_bytes(infos: Sequence[AudioInfo], sample_rate: int) -> int:
    """The most room that opening these files at `sample_rate` takes."""
    return sum(
        4 * info.channels * resampled_length(info.frames, info.sample_rate, sample_rate)
        for info in infos
        if info.pcm is None or info.sample_rate != sample_rate
    )


def prepare_sources(
    tracks: "Sequence[str | Path | AudioInfo | Track]",
    sample_rate: int,
    scratch: Scratch,
    progress: Callable[[int, int], Any] | None = None,
    cancel: Cancel | None = None,
    workers: int | None = None,
) -> list[Source]:
    """Opens several tracks or files side by side.

    Parameters
    ----------
    tracks : sequence
        Paths, `AudioInfo`s or tracks (see `find_tracks`).
    progress : callable, optional
        Told (files done, files in all), from the calling thread.
    cancel : optional
        Once it is set (from any thread), the work stops with `CancelledError`.
    workers : int, optional
        Threads; the number of cores, at most 8, unless given.

    Returns
    -------
    list of Source
        In the order of `tracks`.
    """
    wanted = [_files_and_start(t) for t in tracks]
    allow_open_files(sum(len(files) for files, _ in wanted))
    scratch.check_room(scratch_bytes([info for files, _ in wanted for info in files], sample_rate))
    stop = _Either(cancel)
    with ThreadPoolExecutor(workers or min(os.cpu_count() or 1, 8), "decode") as pool:
        jobs = [pool.submit(open_track, files, sample_rate, scratch, start, stop) for files, start in wanted]
        try:
            waiting = set(jobs)
            while waiting:
                done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for job in done:
                    job.result()
                if progress and done:
                    progress(len(jobs) - len(waiting), len(jobs))
                _stop_if(cancel)
        except BaseException:
            stop.set()
            for job in jobs:
                job.cancel()
            raise
    return [job.result() for job in jobs]


class Track(Protocol):
    """What `find_tracks` gives."""

    @property
    def files(self) -> tuple[AudioInfo, ...]: ...

    @property
    def start_s(self) -> float: ...


def _files_and_start(track: "str | Path | AudioInfo | Track") -> tuple[tuple[AudioInfo, ...], float]:
    if isinstance(track, AudioInfo):
        return (track,), 0.0
    if isinstance(track, str | Path):
        return (probe(track),), 0.0
    return track.files, track.start_s


class _Either(threading.Event):
    """Set when it, or the caller's own event, is set."""

    def __init__(self, other: Cancel | None) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or (self._other is not None and self._other.is_set())
