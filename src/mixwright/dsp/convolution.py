"""Convolution with an impulse response: the sound of a real room, plate or loudspeaker."""

from typing import Annotated

import numpy as np

from mixwright._core import native
from mixwright.errors import InputError
from mixwright.params import Param, Params, Scale, Switch

MAX_IMPULSE_S = 20.0


class Convolution(Params):
    """Settings of a convolution reverb. It gives the wet signal only.

    All of them shape the impulse response before the render starts, so they cost nothing while it runs.
    """

    normalize: Annotated[
        bool, Switch(help="level as loud as steady pink noise going in, else the response's own")
    ] = True
    pre_delay_ms: Annotated[float, Param("ms", 0, 250, help="silence before the response")] = 0.0
    length_s: Annotated[
        float, Param("s", 0.05, MAX_IMPULSE_S, Scale.LOG, help="longer responses are faded out by then")
    ] = 10.0
    high_pass_hz: Annotated[
        float, Param("Hz", 20, 1000, Scale.LOG, help="high-pass of the return, 12 dB/oct; off at 20 Hz")
    ] = 20.0
    low_pass_hz: Annotated[
        float, Param("Hz", 1000, 20000, Scale.LOG, help="low-pass of the return, 12 dB/oct; off at 20 kHz")
    ] = 20000.0


def shape_impulse(impulse: np.ndarray, sample_rate: float, settings: Convolution) -> np.ndarray:
    """The response that is convolved with: cut, levelled, filtered and delayed, float32.

    Parameters
    ----------
    impulse : np.ndarray, shape (1, 2 or 4, samples)
        Mono, stereo, or truly stereo: left to left, left to right, right to left, right to right.
    sample_rate : float
    settings : Convolution

    Raises
    ------
    InputError
        When the response has another shape, is silent or not finite.
    """
    if impulse.ndim != 2 or impulse.shape[0] not in (1, 2, 4) or impulse.shape[1] == 0:
        raise InputError(f"an impulse response has 1, 2 or 4 channels, not the shape {impulse.shape}")
    shaped = impulse[:, : max(1, round(settings.length_s * sample_rate))].astype(np.float64)
    if not np.isfinite(shaped).all():
        raise InputError("the impulse response holds values that are not finite; export it again")
    if not shaped.any():
        raise InputError("the impulse response is silent; give another file")
    if shaped.shape[1] < impulse.shape[1]:
        fade = min(shaped.shape[1], round(0.1 * settings.length_s * sample_rate))
        shaped[:, shaped.shape[1] - fade :] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
    if settings.normalize:
        shaped /= np.sqrt(_pink_power_gain(shaped, sample_rate))
    shaped = _filtered(shaped, sample_rate, settings)
    delay = round(settings.pre_delay_ms * 0.001 * sample_rate)
    return np.pad(shaped, ((0, 0), (delay, 0))).astype(np.float32)


def convolve(
    audio: np.ndarray, sample_rate: float, impulse: np.ndarray, settings: Convolution | None = None
) -> np.ndarray:
    """The wet signal, shape (2, samples), of mono or stereo audio; it comes without latency.

    The tail is not appended; pad the audio by the response's length to hear all of it.
    """
    shaped = shape_impulse(impulse, sample_rate, settings or Convolution())
    stereo = np.repeat(audio, 2, axis=0) if audio.shape[0] == 1 else audio
    processor = native.Convolution(shaped)
    out: np.ndarray = processor.process(np.ascontiguousarray(stereo, dtype=np.float32))
    return out


def _pink_power_gain(impulse: np.ndarray, sample_rate: float) -> float:
    """Power by which decorrelated stereo pink noise (20 Hz..20 kHz) grows, mean of both sides."""
    size = 1 << int(np.ceil(np.log2(max(impulse.shape[1], sample_rate / 5))))
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    heard = (frequency >= 20) & (frequency <= min(20000, 0.49 * sample_rate))
    weight = heard / np.maximum(frequency, 1)
    power = (np.abs(np.fft.rfft(impulse, size)) ** 2).sum(axis=0)
    sides = 1 if impulse.shape[0] == 1 else 2
    return float((power * weight).sum() / weight.sum() / sides)


def _filtered(impulse: np.ndarray, sample_rate: float, settings: Convolution) -> np.ndarray:
    """The response after second-order Butterworth filters, as the bilinear transform makes them."""
    high_on = settings.high_pass_hz > 20
    low_on = settings.low_pass_hz < min(20000, 0.49 * sample_rate)
    if not (high_on or low_on):
        return impulse
    # room for the filters' own decay, so that it does not wrap round: below -140 dB after 4 periods
    ring = round(4 * sample_rate / settings.high_pass_hz) if high_on else 1024
    size = 1 << int(np.ceil(np.log2(impulse.shape[1] + ring)))
    angle = np.tan(np.pi * np.arange(size // 2 + 1) / size * (1 - 1e-12))
    response = np.ones(size // 2 + 1, np.complex128)
    if high_on:
        s = 1j * angle / np.tan(np.pi * settings.high_pass_hz / sample_rate)
        response *= s**2 / (s**2 + np.sqrt(2) * s + 1)
    if low_on:
        s = 1j * angle / np.tan(np.pi * settings.low_pass_hz / sample_rate)
        response *= 1 / (s**2 + np.sqrt(2) * s + 1)
    filtered = np.fft.irfft(np.fft.rfft(impulse, size) * response, size)
    return filtered[:, : impulse.shape[1] + ring]
