"""Dither: noise that frees the rounding to 16 or 24 bits from the signal."""

from dataclasses import dataclass

import numpy as np

from mixwright._core import native
from mixwright.errors import InputError


@dataclass(frozen=True)
class Dither:
    """Rounds to a word length with triangular (TPDF) dither of -1..1 step.

    The noise depends on seed, channel and absolute position alone: any split into blocks, and a start
    anywhere, gives the same bits. The error has mean 0 and the power of 1/4 step squared whatever the
    signal. Samples that are exactly zero stay so, that silence may stay silent.

    Parameters
    ----------
    bits : int
        Word length, 8 to 24 (float32 holds every step).
    seed : int
        Chooses other noise.

    References
    ----------
    Lipshitz, Wannamaker, Vanderkooy, Quantization and Dither, J. Audio Eng. Soc. 40(5), 1992.
    """

    bits: int
    seed: int = 0

    def __post_init__(self) -> None:
        if not 8 <= self.bits <= 24:
            raise InputError(f"dither to {self.bits} bits is not offered; use 8 to 24")

    def __call__(self, audio: np.ndarray, position: int = 0) -> np.ndarray:
        """Dithered block.

        Parameters
        ----------
        audio : np.ndarray, shape (channels, samples)
        position : int
            Where in the song the block starts, in samples.

        Returns
        -------
        np.ndarray, float32
            Whole multiples of 2^(1 - bits). What lies beyond full scale is not clipped.
        """
        block = np.ascontiguousarray(audio, np.float32)
        return np.asarray(native.dither(block, self.bits, position, self.seed))
