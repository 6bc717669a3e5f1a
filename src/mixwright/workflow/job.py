"""How a piece of work runs: what it writes, on how many threads, who watches and who may stop it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mixwright.audio import CancelledError
from mixwright.audio.source import Cancel

Progress = Callable[[str, float], Any]
"""Told (what is being done, share done 0..1)."""


@dataclass(frozen=True)
class Outputs:
    """What to write besides mix and master.

    Attributes
    ----------
    format : str
        One of `audio.FORMATS`.
    stems : bool
        A stem per group and return; together they are the mix.
    split_returns : bool
        Effects go into the stem of the group that feeds them, not into stems of their own.
    tracks : bool
        Every track behind its strip.
    report : bool
        The page that explains a new mix.
    """

    format: str = "wav24"
    stems: bool = False
    split_returns: bool = False
    tracks: bool = False
    report: bool = True


@dataclass(frozen=True)
class Job:
    """Options that change nothing about the sound, except for what is written."""

    outputs: Outputs = field(default_factory=Outputs)
    threads: int = 0
    """Worker threads; 0 is one per core, at most 8."""
    progress: Progress | None = None
    cancel: Cancel | None = None
    cache: bool = True
    """Use the kept analysis of the same tracks, and keep a new one (see `analysis.cache`)."""

    @property
    def workers(self) -> int:
        return self.threads or min(os.cpu_count() or 1, 8)

    def report(self, stage: str, share: float = 0.0) -> None:
        """Passes progress on, and stops here when the work was cancelled."""
        self.check()
        if self.progress is not None:
            self.progress(stage, share)

    def check(self) -> None:
        """Stops here with `CancelledError` when the work was cancelled."""
        if self.cancel is not None and self.cancel.is_set():
            raise CancelledError("stopped; no half-written file is left behind")

    def counter(self, stage: str) -> Callable[[int, int], None]:
        """A callback that counts items done out of all."""
        return lambda done, of: self.report(stage, done / max(1, of))
