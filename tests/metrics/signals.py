"""Sounds whose numbers are known."""

import numpy as np

from mixwright.metrics import Sound

RATE = 48000


def noise(seconds: float = 6.0, channels: int = 2, seed: int = 0, gain: float = 0.1) -> np.ndarray:
    """White noise, unrelated channels."""
    rng = np.random.default_rng(seed)
    return (gain * rng.standard_normal((channels, round(seconds * RATE)))).astype(np.float32)


def pink(seconds: float = 6.0, seed: int = 0) -> np.ndarray:
    """Noise falling by 3.01 dB per octave, two unrelated channels."""
    white = noise(seconds, seed=seed)
    spectrum = np.fft.rfft(white)
    hz = np.maximum(np.fft.rfftfreq(white.shape[1], 1 / RATE), 10.0)
    return (np.fft.irfft(spectrum / np.sqrt(hz), white.shape[1]) * 3).astype(np.float32)


def sine(hz: float = 997.0, seconds: float = 4.0, gain: float = 0.5) -> np.ndarray:
    """The same tone left and right."""
    tone = gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(tone[None], 2, axis=0).astype(np.float32)


def song(seconds: float = 6.0, seed: int = 0) -> np.ndarray:
    """Pink noise in bursts, narrower than two unrelated channels."""
    body = pink(seconds, seed)
    time = np.arange(body.shape[1]) / RATE
    middle = body.mean(axis=0)
    return ((0.7 * middle + 0.3 * body) * np.exp(-4 * (time % 0.5))).astype(np.float32)


def sound(audio: np.ndarray) -> Sound:
    return Sound(audio, RATE)
