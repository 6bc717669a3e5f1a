"""Loudness after ITU-R BS.1770-4 and EBU R 128 (Tech 3341, Tech 3342)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwright._core import native
from mixwright.errors import InputError

CURVE_STEP_S = 0.1
"""Spacing of the loudness curves."""

MOMENTARY_S = 0.4
SHORT_TERM_S = 3.0

_CHANNEL_WEIGHTS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
}
"""By number of channels: L R C LFE Ls Rs and its parts (four: L R Ls Rs; five: without LFE)."""


@dataclass(frozen=True)
class Loudness:
    """What a `LoudnessMeter` has read. Where nothing passes the gate, levels are `units.SILENCE_DB`."""

    integrated_lufs: float
    range_lu: float
    momentary_max_lufs: float
    short_term_max_lufs: float


class LoudnessMeter:
    """Loudness of a sound given piece by piece; memory grows by 16 bytes per 100 ms.

    Momentary (400 ms) and short-term (3 s) windows slide in steps of 10 ms, so that their maxima do not
    depend on where a sound begins; gating and curves use steps of 100 ms. Levels that have nothing to
    measure (silence, or less audio than one window) are `units.SILENCE_DB`.

    Parameters
    ----------
    sample_rate : float
        In Hz. The K weighting is derived for it and equals the published one at 48 kHz.
    channels : int
        1 to 6 (L, R, C, LFE, Ls, Rs; five: without LFE; four: L, R, Ls, Rs); a mono file counts once.
    channel_weights : sequence of float, optional
        Power weights for other layouts, one per channel.
    """

    def __init__(
        self, sample_rate: float, channels: int, channel_weights: Sequence[float] | None = None
    ) -> None:
        weights = channel_weights if channel_weights is not None else _CHANNEL_WEIGHTS.get(channels)
        if weights is None or len(weights) != channels:
            raise InputError(
                f"{channels} channels need {channels} channel weights; "
                f"layouts of 1 to {max(_CHANNEL_WEIGHTS)} channels are known"
            )
        self._meter = native.LoudnessMeter(float(sample_rate), [float(w) for w in weights])
        self.sample_rate = float(sample_rate)

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, shape (channels, samples)."""
        self._meter.add(np.ascontiguousarray(np.atleast_2d(audio), dtype=np.float32))

    def reset(self) -> None:
        """Forgets all that was added."""
        self._meter.reset()

    @property
    def duration_s(self) -> float:
        return float(self._meter.samples) / self.sample_rate

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness of all that was added."""
        return float(self._meter.integrated)

    @property
    def gate_lufs(self) -> float:
        """The relative gate behind `integrated_lufs`."""
        return float(self._meter.gate)

    @property
    def range_lu(self) -> float:
        """Loudness range LRA (Tech 3342): 10 to 95 % of the gated short-term loudness."""
        return float(self._meter.range)

    @property
    def momentary_lufs(self) -> float:
        """Loudness of the last 400 ms."""
        return float(self._meter.momentary)

    @property
    def short_term_lufs(self) -> float:
        """Loudness of the last 3 s."""
        return float(self._meter.short_term)

    @property
    def momentary_max_lufs(self) -> float:
        return float(self._meter.momentary_max)

    @property
    def short_term_max_lufs(self) -> float:
        return float(self._meter.short_term_max)

    @property
    def momentary_curve_lufs(self) -> np.ndarray:
        """Momentary loudness; value k is of the window that ends at 0.4 s + 0.1 s k."""
        return np.asarray(self._meter.momentary_curve)

    @property
    def short_term_curve_lufs(self) -> np.ndarray:
        """Short-term loudness; value k is of the window that ends at 3 s + 0.1 s k."""
        return np.asarray(self._meter.short_term_curve)

    def reading(self) -> Loudness:
        """All numbers at once."""
        return Loudness(
            self.integrated_lufs, self.range_lu, self.momentary_max_lufs, self.short_term_max_lufs
        )


def measure_loudness(audio: np.ndarray, sample_rate: float) -> Loudness:
    """Loudness of a whole sound, shape (channels, samples) or (samples,)."""
    audio = np.atleast_2d(audio)
    meter = LoudnessMeter(sample_rate, audio.shape[0])
    meter.add(audio)
    return meter.reading()


def k_weighting(sample_rate: float) -> np.ndarray:
    """Second-order sections (shelf, high-pass) of the K weighting, rows b0 b1 b2 1 a1 a2."""
    return np.array(native.k_weighting(float(sample_rate)))
