"""Room on disk for decoded audio that leaves nothing behind.

A scratch file has no name: it is opened unlinked (`O_TMPFILE`, or created and unlinked at once; on
Windows opened with delete-on-close), so the system frees it when the process ends, however it ends.
"""

import errno
import os
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from mixwright.errors import MixwrightError

SCRATCH_ENV = "MIXWRIGHT_SCRATCH"
SPARE_BYTES = 64 << 20
"""Kept free on the disk, so that the results can still be written."""


def default_folder() -> Path:
    """`$MIXWRIGHT_SCRATCH`, else `$TMPDIR`, else `/var/tmp` (on disk where `/tmp` may be memory)."""
    for name in (SCRATCH_ENV, "TMPDIR"):
        if os.environ.get(name):
            return Path(os.environ[name])
    var_tmp = Path("/var/tmp")
    if var_tmp.is_dir() and os.access(var_tmp, os.W_OK):
        return var_tmp
    return Path(tempfile.gettempdir())


def read_at(file: IO[bytes], lock: threading.Lock, buffer: memoryview, offset: int) -> int:
    """Fills `buffer` from a byte position without moving a shared one; the number of bytes read."""
    done = 0
    while done < len(buffer):
        if hasattr(os, "preadv"):
            count = os.preadv(file.fileno(), [buffer[done:]], offset + done)
        else:  # pragma: no cover  (Windows)
            with lock:
                file.seek(offset + done)
                count = file.readinto(buffer[done:])  # type: ignore[attr-defined]
        if not count:
            break
        done += count
    return done


class ScratchFile:
    """Float32 samples of one channel; silence takes no room (the file is sparse)."""

    def __init__(self, owner: "Scratch", file: IO[bytes]) -> None:
        self._owner = owner
        self._file = file
        self._lock = threading.Lock()
        self._used = 0
        self.frames = 0

    def append(self, samples: np.ndarray) -> None:
        """Adds samples (float32, one-dimensional) at the end."""
        if samples.any():
            data = np.ascontiguousarray(samples, np.float32).view(np.uint8).data
            self._owner.account(len(data))
            self._used += len(data)
            try:
                self._file.seek(4 * self.frames)
                while data:  # a nearly full disk takes a part, and tells only at the next attempt
                    data = data[self._file.write(data) :]
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise
                raise self._owner.full() from error
        self.frames += len(samples)

    def read(self, start: int, out: np.ndarray) -> None:
        """Fills `out` (contiguous float32) from a position; whatever lies beyond the end reads as zero."""
        count = read_at(self._file, self._lock, out.view(np.uint8).data, 4 * start)
        out[count // 4 :] = 0

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._owner.account(-self._used)


class Scratch:
    """Gives out scratch files and closes them all at the end of a `with` block.

    Parameters
    ----------
    folder : path, optional
        Where the files lie; see `default_folder`.
    max_bytes : int, optional
        The most they may hold together.
    """

    def __init__(self, folder: str | Path | None = None, max_bytes: int | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._files: list[ScratchFile] = []
        self._lock = threading.Lock()

    def file(self) -> ScratchFile:
        """A new empty file."""
        try:
            handle = tempfile.TemporaryFile(dir=self.folder, prefix="mixwright-", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise MixwrightError(
                f"{self.folder}: cannot hold temporary audio ({error.strerror}); "
                f"set {SCRATCH_ENV} to a folder that can"
            ) from error
        made = ScratchFile(self, handle)
        with self._lock:
            self._files.append(made)
        return made

    def check_room(self, wanted_bytes: int) -> None:
        """Refuses work that would not fit, before it starts.

        Raises
        ------
        MixwrightError
            When the limit or the free space is smaller than `wanted_bytes`.
        """
        limit = self.max_bytes
        if limit is not None and self.used_bytes + wanted_bytes > limit:
            raise MixwrightError(
                f"decoded audio needs {_mega(wanted_bytes)} of temporary room, "
                f"{_mega(limit - self.used_bytes)} are allowed; raise the limit or mix fewer tracks"
            )
        free = self.free_bytes()
        if wanted_bytes + SPARE_BYTES > free:
            raise MixwrightError(
                f"decoded audio needs {_mega(wanted_bytes)} of temporary room, {self.folder} has "
                f"{_mega(free)} free; free some or set {SCRATCH_ENV} to a folder on a larger disk"
            )

    def free_bytes(self) -> int:
        try:
            return shutil.disk_usage(self.folder).free
        except OSError as error:
            raise MixwrightError(
                f"{self.folder}: cannot hold temporary audio ({error.strerror}); "
                f"set {SCRATCH_ENV} to a folder that can"
            ) from error

    def account(self, count: int) -> None:
        """Adds to the bytes in use, within the limit."""
        with self._lock:
            self.used_bytes += count
            over = self.max_bytes is not None and self.used_bytes > self.max_bytes
        if over and count > 0:
            raise self.full()

    def full(self) -> MixwrightError:
        return MixwrightError(
            f"{self.folder}: no room left for decoded audio after {_mega(self.used_bytes)}; "
            f"free some or set {SCRATCH_ENV} to a folder on a larger disk"
        )

    def close(self) -> None:
        with self._lock:
            files, self._files = self._files, []
        for file in files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _mega(count: int) -> str:
    return f"{max(count, 0) / 1e6:.0f} MB"
