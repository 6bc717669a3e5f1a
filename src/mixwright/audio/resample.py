"""Streaming conversion between sample rates (libsoxr)."""

from collections.abc import Iterator

import numpy as np


def resampled_length(frames: int, rate_in: int, rate_out: int) -> int:
    """Samples that remain of `frames` at another rate, rounded to the nearest."""
    return (2 * frames * rate_out + rate_in) // (2 * rate_in)


class Resampler:
    """Converts block after block; sample 0 stays at time 0 and the length is `resampled_length`.

    Parameters
    ----------
    quality : str
        Of libsoxr: ``VHQ`` (28 bits), or ``HQ`` (20 bits) for what is coded with loss afterwards.
    """

    def __init__(self, channels: int, rate_in: int, rate_out: int, quality: str = "VHQ") -> None:
        import soxr

        self._rates = rate_in, rate_out
        self._lanes = [soxr.ResampleStream(rate_in, rate_out, 1, "float32", quality) for _ in range(channels)]
        self._taken = self._given = 0

    def push(self, block: np.ndarray) -> np.ndarray:
        """What is ready after `block` (channels, samples); it may be nothing yet."""
        self._taken += block.shape[1]
        rows = [np.ascontiguousarray(row) for row in block]
        out = np.stack([lane.resample_chunk(row) for lane, row in zip(self._lanes, rows, strict=True)])
        self._given += out.shape[1]
        return out

    def finish(self) -> np.ndarray:
        """The rest."""
        rest = max(resampled_length(self._taken, *self._rates) - self._given, 0)
        empty = np.zeros(0, np.float32)
        tail = np.stack([lane.resample_chunk(empty, last=True) for lane in self._lanes])[:, :rest]
        return np.pad(tail, ((0, 0), (0, rest - tail.shape[1])))


def resample(
    blocks: Iterator[np.ndarray], channels: int, rate_in: int, rate_out: int
) -> Iterator[np.ndarray]:
    """Converts a stream of blocks (channels, samples)."""
    if rate_in == rate_out:
        yield from blocks
        return
    converter = Resampler(channels, rate_in, rate_out)
    for block in blocks:
        yield converter.push(block)
    yield converter.finish()
