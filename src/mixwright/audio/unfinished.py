"""A file that appears under its name only when it is complete.

Where the system can (`O_TMPFILE`), the unfinished file has no name at all, so that even a killed
process leaves nothing; elsewhere it has a hidden one beside the target.
"""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from mixwright.audio.names import refuse, shown
from mixwright.errors import MixwrightError


def check_target(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Refuses a path that no result may have.

    Raises
    ------
    InputError
        When its folder is not there, it is something else than a file, or one of the `inputs`.
    """
    path = Path(os.path.abspath(path))
    if not path.parent.is_dir():
        refuse(path, "its folder does not exist", "make the folder first")
    if path.is_dir():
        refuse(path, "is a folder", "name a file in it")
    if path.exists() and not path.is_file():
        refuse(path, "is not a regular file", "choose another name")
    target = os.path.realpath(path)
    for source in inputs:
        same = os.path.realpath(source) == target
        if same or (path.exists() and os.path.exists(source) and os.path.samefile(source, target)):
            refuse(path, "is one of the input files and would be overwritten", "choose another --out")


class UnfinishedFile:
    """Open for writing and reading until `commit`, `stage` or `abort`.

    Raises
    ------
    InputError
        When the target cannot be written, or is one of the `inputs`.
    """

    def __init__(self, path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
        self.path = Path(os.path.abspath(path))
        check_target(self.path, inputs)
        self._name: Path | None = None
        self._committed = False
        try:
            self.file: IO[bytes] = self._open()
        except OSError as error:
            refuse(self.path, f"cannot be written ({error.strerror})", "choose another folder")

    def _open(self) -> IO[bytes]:
        if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
            try:
                handle = os.open(self.path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
                return os.fdopen(handle, "w+b", buffering=1 << 18)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
                    raise
        handle, name = tempfile.mkstemp(".part", f".{self.path.name[:60]}.", self.path.parent)
        self._name = Path(name)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        return os.fdopen(handle, "w+b", buffering=1 << 18)

    def write(self, data: "bytes | memoryview") -> None:
        """Appends; a full disk is told as such."""
        try:
            self.file.write(data)
        except OSError as error:
            raise self.explain(error) from error

    def explain(self, error: OSError) -> MixwrightError:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "free some room on the disk" if full else "check the disk"
        return MixwrightError(f"{shown(self.path)}: cannot be written ({error.strerror}); {remedy}")

    def flush(self) -> None:
        """Makes all that was written readable at `content_path`."""
        try:
            self.file.flush()
        except OSError as error:
            raise self.explain(error) from error

    @property
    def content_path(self) -> Path:
        """Where the content can be read now."""
        if self._committed:
            return self.path
        return self._name or Path(f"/proc/self/fd/{self.file.fileno()}")

    def commit(self) -> None:
        """Gives the file its name, replacing an older one in one step."""
        staged = self.stage()
        try:
            os.replace(staged, self.path)
        except OSError as error:
            self.abort()
            raise self.explain(error) from error
        self.published()

    def stage(self, sync: bool = False) -> Path:
        """Closes the file under a hidden name beside its own, for someone else to rename it.

        With `sync` its content is on the disk then.
        """
        try:
            self.file.flush()
            if sync:
                os.fsync(self.file.fileno())
            if self._name is None:
                self._name = self._link()
            self.file.close()
        except OSError as error:
            self.abort()
            raise self.explain(error) from error
        return self._name

    def published(self) -> None:
        """Tells that the staged file has its name now."""
        self._name = None
        self._committed = True

    def _link(self) -> Path:
        name = self.path.parent / f".{self.path.name[:60]}.{secrets.token_hex(6)}.part"
        # a directory descriptor makes Python call linkat(), which follows the link in /proc
        os.link(f"/proc/self/fd/{self.file.fileno()}", name, src_dir_fd=0, follow_symlinks=True)
        return name

    def abort(self) -> None:
        """Leaves nothing behind."""
        with suppress(OSError):  # the disk may be full while the buffer is flushed
            self.file.close()
        if self._name is not None:
            self._name.unlink(missing_ok=True)
            self._name = None
