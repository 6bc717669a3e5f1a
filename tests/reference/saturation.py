"""Saturation and soft clip of periodic signals with ideal (FFT) oversampling."""

import numpy as np
from numpy.polynomial import Polynomial

OVERSAMPLING = 4


def smooth_step(order: int):
    """Integral of (1 - (x/s)^2)^order with slope 1 at 0 that reaches 1 at x = s, and its slope."""
    unscaled = (Polynomial([1, 0, -1]) ** order).integ()
    limit = 1 / unscaled(1)

    def curve(x):
        return unscaled(np.clip(x / limit, -1, 1)) * limit

    def slope(x):
        return np.where(np.abs(x) < limit, (1 - (x / limit) ** 2) ** order, 0.0)

    return curve, slope


def oversampled(residual, x, factor=OVERSAMPLING):
    """One period of x plus the residual, all of it below half the sample rate."""
    n = x.shape[-1]
    fine = np.fft.irfft(np.fft.rfft(x), n * factor) * factor
    return x + np.fft.irfft(np.fft.rfft(residual(fine))[..., : n // 2 + 1], n) / factor


def without_mean(x, sample_rate):
    """One period less its 8 Hz one-pole average."""
    a = np.exp(-2 * np.pi * 8 / sample_rate)
    z = np.exp(2j * np.pi * np.fft.rfftfreq(x.shape[-1]))
    return np.fft.irfft(np.fft.rfft(x) * (1 - (1 - a) / (1 - a / z)), x.shape[-1])


def saturate(x, sample_rate, settings, factor=OVERSAMPLING):
    curve, slope = smooth_step(2 if settings.kind == "solid" else 4)
    bias = 0.35 if settings.kind == "tube" else 0.0
    drive = 10 ** (settings.drive_db / 20) - 1

    def driven(v):
        return (curve(drive * v + bias) - curve(bias)) / (drive * slope(bias))

    noise = np.linspace(-5, 5, 20001)
    weight = np.exp(-(noise**2) / 2)
    out = driven(noise * 10 ** (-18 / 20))
    mean = np.average(out, weights=weight)
    gain = 10 ** (-18 / 20) / np.sqrt(np.average((out - mean) ** 2, weights=weight))
    wet = oversampled(lambda v: driven(v) - v, x, factor)
    change = wet - x
    if settings.kind == "tube":
        change = without_mean(change, sample_rate)
    return x * (1 - settings.mix) + settings.mix * gain * (x + change)


def soft_clip(x, settings, factor=OVERSAMPLING):
    curve, _ = smooth_step(2)
    ceiling = 10 ** (settings.ceiling_db / 20)
    threshold = min(10 ** (settings.threshold_db / 20), ceiling * 0.98)

    def residual(v):
        over = np.maximum(np.abs(v) - threshold, 0)
        width = ceiling - threshold
        return np.sign(v) * (width * curve(over / width) - over)

    return oversampled(residual, x, factor)
