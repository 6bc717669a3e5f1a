"""True peaks: the largest magnitude of the waveform between and at the samples (BS.1770-4, annex 2)."""

from typing import Literal

import numpy as np

from mixwright._core import native
from mixwright.errors import InputError
from mixwright.units import gain_to_db

Quality = Literal["reference", "bs1770"]

_METERS = {"reference": native.TruePeakMeter, "bs1770": native.TruePeakMeterBs1770}


class TruePeakMeter:
    """True peak of a sound given piece by piece, as if silence lay before and after it.

    Parameters
    ----------
    channels : int
    quality : "reference" or "bs1770"
        8 times oversampling with 64 taps per phase (flat to 0.46 of the sample rate), or the example filter
        of BS.1770-4 with 4 times and 12 taps (for comparison; it reads up to half a dB off near the top of
        the band).
    """

    def __init__(self, channels: int, quality: Quality = "reference") -> None:
        if quality not in _METERS:
            raise InputError(f"true-peak quality {quality!r} is unknown; use one of {', '.join(_METERS)}")
        self._meter = _METERS[quality](channels)

    def add(self, audio: np.ndarray) -> None:
        """Measures the next piece, shape (channels, samples)."""
        self._meter.add(np.ascontiguousarray(np.atleast_2d(audio), dtype=np.float32))

    def reset(self) -> None:
        """Forgets all that was added."""
        self._meter.reset()

    @property
    def peak_dbtp(self) -> float:
        """The highest of all channels; `units.SILENCE_DB` for silence."""
        return max(self.channel_peaks_dbtp)

    @property
    def channel_peaks_dbtp(self) -> list[float]:
        return [gain_to_db(peak) for peak in self._meter.peaks]

    @property
    def sample_peak_dbfs(self) -> float:
        """The largest sample, never above `peak_dbtp`."""
        return max(gain_to_db(peak) for peak in self._meter.sample_peaks)


def true_peak_dbtp(audio: np.ndarray, quality: Quality = "reference") -> float:
    """True peak of a whole sound, shape (channels, samples) or (samples,)."""
    audio = np.atleast_2d(audio)
    meter = TruePeakMeter(audio.shape[0], quality)
    meter.add(audio)
    return meter.peak_dbtp
