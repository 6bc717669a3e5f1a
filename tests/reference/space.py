"""Slow, obvious versions of the processors that make space."""

import numpy as np
from scipy import signal


def octave_band(audio: np.ndarray, centre_hz: float, rate: float) -> np.ndarray:
    """The audio within an octave around a frequency, without phase shift."""
    return signal.sosfiltfilt(_octave_sos(centre_hz, rate), audio)


def decay_time_s(energy: np.ndarray, rate: float) -> float:
    """T30: fit of the backward-integrated energy from -5 to -35 dB (Schroeder 1965, ISO 3382-1)."""
    remaining = np.cumsum(energy[::-1])[::-1]
    level_db = 10 * np.log10(remaining / remaining[0] + 1e-30)
    first, last = np.argmax(level_db < -5), np.argmax(level_db < -35)
    slope = np.polyfit(np.arange(first, last) / rate, level_db[first:last], 1)[0]
    return float(-60 / slope)


def declared_decay_s(centre_hz: float, rate: float, curve) -> float:
    """What `decay_time_s` must find in an octave if every frequency decays as the curve says."""
    frequency = np.geomspace(centre_hz / 3, min(centre_hz * 3, 0.49 * rate), 400)
    _, response = signal.sosfreqz(_octave_sos(centre_hz, rate), frequency, fs=rate)
    time_to_60 = curve(frequency)
    time = np.linspace(0, 1.3 * time_to_60.max(), 2600)
    weight = np.abs(response) ** 4 * frequency  # filtered twice; points lie evenly in the logarithm
    energy = weight @ 10 ** (-6 * time / time_to_60[:, None])
    return decay_time_s(energy, 1 / time[1])


def _octave_sos(centre_hz: float, rate: float) -> np.ndarray:
    edges = [centre_hz / 2**0.5, min(centre_hz * 2**0.5, 0.49 * rate)]
    return signal.butter(3, edges, "bandpass", fs=rate, output="sos")


def pink_noise(samples: int, rate: float, seed: int = 0) -> np.ndarray:
    """Two channels of noise with equal energy per octave from 20 Hz to 20 kHz, rms 0.1."""
    rng = np.random.default_rng(seed)
    frequency = np.fft.rfftfreq(samples, 1 / rate)
    heard = (frequency > 20) & (frequency < 20000)
    spectrum = np.fft.rfft(rng.standard_normal((2, samples)))
    noise = np.fft.irfft(spectrum * np.where(heard, np.maximum(frequency, 1) ** -0.5, 0), samples)
    return (0.1 * noise / noise.std()).astype(np.float32)


def echo_density(response: np.ndarray, rate: float, at_s: float, window_s: float = 0.02) -> float:
    """Share of samples beyond one standard deviation, 1 for Gaussian noise (Abel, Huang, AES 121, 2006)."""
    centre, half = int(at_s * rate), int(window_s * rate / 2)
    part = response[max(0, centre - half) : centre + half]
    return float((np.abs(part) > part.std()).mean() / 0.3173)


def echoes(
    audio: np.ndarray, left: int, right: int, feedback: float, ping_pong: bool, width: float = 1.0
) -> np.ndarray:
    """Echo without filters and modulation, sample by sample; times in samples."""
    line = np.zeros(audio.shape)
    out = np.zeros(audio.shape)
    for t in range(audio.shape[1]):
        heard_l = line[0, t - left] if t >= left else 0.0
        heard_r = line[1, t - right] if t >= right else 0.0
        if ping_pong:
            line[:, t] = audio[:, t].mean() + feedback * heard_r, feedback * heard_l
        else:
            line[:, t] = audio[:, t] + feedback * np.array([heard_l, heard_r])
        mid, side = (heard_l + heard_r) / 2, (heard_l - heard_r) / 2 * width
        out[:, t] = mid + side, mid - side
    return out
