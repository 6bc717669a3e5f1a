"""High-pass, low-pass and six parametric bands."""

from typing import Annotated, Literal

import numpy as np

from mixwright._core import native
from mixwright.params import Choice, Param, Params, Scale, Switch


class HighPass(Params):
    """Butterworth high-pass; off at slope 0."""

    slope_db_oct: Annotated[
        Literal[0, 12, 24, 48], Choice(unit="dB/oct", help="Steepness of the high-pass; 0 is off")
    ] = 0
    frequency_hz: Annotated[
        float, Param("Hz", 10, 2000, Scale.LOG, help="Frequency at which the high-pass is down 3 dB")
    ] = 20.0


class LowPass(Params):
    """Butterworth low-pass; off at slope 0."""

    slope_db_oct: Annotated[
        Literal[0, 12, 24, 48], Choice(unit="dB/oct", help="Steepness of the low-pass; 0 is off")
    ] = 0
    frequency_hz: Annotated[
        float, Param("Hz", 200, 22000, Scale.LOG, help="Frequency at which the low-pass is down 3 dB")
    ] = 20000.0


class Band(Params):
    """One parametric band, the cookbook's biquads (R. Bristow-Johnson)."""

    on: Annotated[bool, Switch(help="Whether the band works")] = True
    kind: Annotated[
        Literal["bell", "low_shelf", "high_shelf", "notch"],
        Choice(help="Shape of the band; a notch has no gain"),
    ] = "bell"
    frequency_hz: Annotated[float, Param("Hz", 10, 22000, Scale.LOG, help="Centre or corner frequency")] = (
        1000.0
    )
    gain_db: Annotated[float, Param("dB", -24, 24, help="Boost or cut of bells and shelves")] = 0.0
    q: Annotated[float, Param("", 0.1, 30, Scale.LOG, help="Quality: high is narrow")] = 0.7071


class Equalizer(Params):
    """Settings of the equaliser. The defaults leave the signal unchanged."""

    high_pass: HighPass = HighPass()
    low_pass: LowPass = LowPass()
    band1: Band = Band(kind="low_shelf", frequency_hz=100.0)
    band2: Band = Band(frequency_hz=200.0, q=1.0)
    band3: Band = Band(frequency_hz=500.0, q=1.0)
    band4: Band = Band(frequency_hz=1500.0, q=1.0)
    band5: Band = Band(frequency_hz=4000.0, q=1.0)
    band6: Band = Band(kind="high_shelf", frequency_hz=8000.0)

    @property
    def bands(self) -> tuple[Band, ...]:
        return (self.band1, self.band2, self.band3, self.band4, self.band5, self.band6)


def equalize(audio: np.ndarray, sample_rate: int, settings: Equalizer) -> np.ndarray:
    """Audio (1 or 2 channels, samples) float32 through the equaliser."""
    processor = native.Equalizer(sample_rate)
    processor.set(settings.flat())
    return np.asarray(processor.process(np.ascontiguousarray(audio, dtype=np.float32)))


def response_db(settings: Equalizer, sample_rate: int, frequency_hz: np.ndarray) -> np.ndarray:
    """Gain in dB of the equaliser at the given frequencies, shape as `frequency_hz`.

    Butterworth magnitudes include the warping of the bilinear transform.
    """
    frequency = np.asarray(frequency_hz, dtype=np.float64)
    z = np.exp(-2j * np.pi * frequency / sample_rate)
    total = np.zeros(frequency.shape)
    for cut, sign in ((settings.high_pass, -1), (settings.low_pass, 1)):
        if cut.slope_db_oct:
            order = cut.slope_db_oct // 6
            corner = np.tan(np.pi * min(cut.frequency_hz, 0.49 * sample_rate) / sample_rate)
            warped = np.tan(np.pi * np.minimum(frequency, 0.4999 * sample_rate) / sample_rate)
            ratio = np.maximum(warped, 1e-12) / corner
            total -= 10 * np.log10(1 + ratio ** (sign * 2.0 * order))
    for band in settings.bands:
        if band.on and (band.gain_db != 0 or band.kind == "notch"):
            b0, b1, b2, a0, a1, a2 = native.design_band(band.flat(), sample_rate)
            power = np.abs((b0 + b1 * z + b2 * z * z) / (a0 + a1 * z + a2 * z * z)) ** 2
            total += 10 * np.log10(np.maximum(power, 1e-20))
    return total
