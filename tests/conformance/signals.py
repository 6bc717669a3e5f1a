"""Test signals of the EBU documents, made from their definitions."""

import numpy as np

RATE = 48000


def tone(level_dbfs, seconds, frequency=1000.0, rate=RATE, channels=2):
    """Sine whose peak lies at a level in dBFS, shape (channels, samples), float32."""
    time = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency * time)
    return np.tile(wave.astype(np.float32), (channels, 1))


def steps(levels_and_seconds, **options):
    """Tones one after the other."""
    return np.concatenate([tone(level, seconds, **options) for level, seconds in levels_and_seconds], axis=1)


def silence(seconds, rate=RATE, channels=2):
    return np.zeros((channels, round(seconds * rate)), np.float32)
