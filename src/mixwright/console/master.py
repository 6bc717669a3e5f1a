"""The mix bus behind the trim, as a stream."""

import numpy as np

from mixwright._core import native
from mixwright.console.units import curve_arguments
from mixwright.mix_model import Mix


class Trim:
    """The trim of the mix bus, for the sum or for a stem: its output is what mix.wav holds."""

    def __init__(self, mix: Mix, sample_rate: int) -> None:
        self._gain = native.Feed()
        self._gain.set(mix.master.trim_db)
        for curve in mix.curves:
            if curve.path == "master.trim_db":
                self._gain.add_curve(*curve_arguments(curve, sample_rate))

    def apply(self, block: np.ndarray, position: int) -> np.ndarray:
        """A new block, float32 (2, frames); `position` is where in the song it starts."""
        out = np.empty((2, block.shape[1]), np.float32)
        self._gain.process(block, out, position, block.shape[1], True)
        return out


class MasterBus:
    """Runs the master chain over consecutive blocks and takes its latency out.

    Feed every block of the mix to `add` in order, then call `finish`; what they return, put together, is the
    master, as long as the mix.
    """

    def __init__(self, mix: Mix, sample_rate: int, start: int = 0) -> None:
        self._chain = native.Master(sample_rate)
        settings = {k: v for k, v in mix.master.flat().items() if k != "trim_db"}
        self._chain.set(settings)
        prefix = "master."
        own = {c.path.removeprefix(prefix): c for c in mix.curves if c.path.startswith(prefix)}
        own.pop("trim_db", None)
        # What comes behind the compressor waits for its look-ahead, which its own curves switch on.
        for name in sorted(own, key=_is_behind_glue):
            shift = self._chain.glue_latency if _is_behind_glue(name) else 0
            self._chain.add_curve(name, *curve_arguments(own[name], sample_rate, shift))
        self._position = start
        self._to_drop = self._chain.latency
        self._owed = self._chain.latency
        self.limiting_db = 0.0

    def add(self, block: np.ndarray) -> np.ndarray:
        """Master samples, float32 (2, frames), that the block (2, frames) sets free."""
        work = np.array(block, dtype=np.float32, order="C")
        n = work.shape[1]
        if n == 0:
            return work
        self._chain.process(work, self._position, n)
        self._position += n
        self.limiting_db = min(self.limiting_db, self._chain.limiter_reduction_db)
        drop = min(self._to_drop, n)
        self._to_drop -= drop
        return work[:, drop:]

    def finish(self) -> np.ndarray:
        """The samples still inside look-ahead delays, (2, latency)."""
        return self.add(np.zeros((2, self._owed), np.float32))


def _is_behind_glue(name: str) -> bool:
    return not name.startswith(("equalizer.", "compressor."))
