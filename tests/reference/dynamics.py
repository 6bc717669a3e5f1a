"""Compressor, gate and dynamic EQ written straight from their equations, sample by sample, in double."""

import numpy as np
from scipy.signal import lfilter


def one_pole_coefficient(seconds: float, sample_rate: float) -> float:
    return float(np.exp(-1 / (seconds * sample_rate)))


def decibels(amplitude: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(amplitude, 1e-37))


def butterworth2(kind: str, hz: float, sample_rate: float, x: np.ndarray) -> np.ndarray:
    from scipy.signal import butter, sosfilt

    return sosfilt(butter(2, hz, kind, fs=sample_rate, output="sos"), x, axis=-1)


def linked_level(key: np.ndarray, sample_rate: float, detector: str) -> np.ndarray:
    """Level in dB of the louder channel, or of its mean square over 10 ms."""
    magnitude = np.max(np.abs(key), axis=0)
    if detector == "peak":
        return decibels(magnitude)
    a = one_pole_coefficient(0.010, sample_rate)
    return decibels(np.sqrt(lfilter([1 - a], [1, -a], magnitude**2)))


def static_output_db(level: np.ndarray, threshold: float, ratio: float, knee: float) -> np.ndarray:
    """Giannoulis, Massberg, Reiss 2012, eq. 4."""
    over = level - threshold
    out = np.where(over > 0, threshold + over / ratio, level)
    if knee > 1e-6:
        bend = level + (1 / ratio - 1) * (over + knee / 2) ** 2 / (2 * knee)
        out = np.where(2 * np.abs(over) <= knee, bend, out)
    return out


def smooth_decoupled(x: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Giannoulis, Massberg, Reiss 2012, eq. 17; attack and release are coefficients."""
    y = np.empty_like(x)
    y1 = yl = 0.0
    for n, value in enumerate(x):
        y1 = max(value, release * y1 + (1 - release) * value)
        yl = attack * yl + (1 - attack) * y1
        y[n] = yl
    return y


def delayed(audio: np.ndarray, samples: int) -> np.ndarray:
    if samples == 0:
        return audio
    return np.concatenate([np.zeros((len(audio), samples)), audio[:, :-samples]], axis=1)


def filtered_key(key, sample_rate, settings):
    if settings.key_highpass_hz > 20:
        key = butterworth2("highpass", settings.key_highpass_hz, sample_rate, key)
    if settings.key_lowpass_hz < min(20000, 0.49 * sample_rate):
        key = butterworth2("lowpass", settings.key_lowpass_hz, sample_rate, key)
    return key


def compress(audio, sample_rate, settings, key=None):
    audio = np.asarray(audio, float)
    key = filtered_key(audio if key is None else np.asarray(key, float), sample_rate, settings)
    level = linked_level(key, sample_rate, settings.detector)
    wanted = level - static_output_db(level, settings.threshold_db, settings.ratio, settings.knee_db)
    wanted = np.minimum(wanted, settings.range_db)
    reduction = smooth_decoupled(
        wanted,
        one_pole_coefficient(settings.attack_ms / 1000, sample_rate),
        one_pole_coefficient(settings.release_ms / 1000, sample_rate),
    )
    gain = 10 ** ((settings.makeup_db - reduction) / 20)
    delay = int(np.floor(settings.lookahead_ms / 1000 * sample_rate + 0.5))
    return delayed(audio, delay) * (settings.mix * gain + 1 - settings.mix)


def gate(audio, sample_rate, settings, key=None):
    audio = np.asarray(audio, float)
    key = filtered_key(audio if key is None else np.asarray(key, float), sample_rate, settings)
    level = linked_level(key, sample_rate, "peak")
    hold = int(np.floor(settings.hold_ms / 1000 * sample_rate + 0.5))
    below = np.maximum(settings.threshold_db - level, 0) * (settings.ratio - 1)
    wanted = np.minimum(below, settings.range_db)
    is_open, unheard = False, 0
    for n, now in enumerate(level):
        limit = settings.threshold_db - (settings.hysteresis_db if is_open else 0)
        if now >= limit:
            is_open, unheard = True, 0
        else:
            unheard += 1
            is_open = is_open and unheard <= hold
        if is_open:
            wanted[n] = 0
    opening = smooth_decoupled(
        settings.range_db - wanted,
        one_pole_coefficient(settings.attack_ms / 1000, sample_rate),
        one_pole_coefficient(settings.release_ms / 1000, sample_rate),
    )
    delay = int(np.floor(settings.lookahead_ms / 1000 * sample_rate + 0.5))
    return delayed(audio, delay) * 10 ** ((opening - settings.range_db) / 20)


def state_variable(x, warped, q):
    """Low, band (unity at the centre) and high output, with trapezoidal integrators."""
    g, k = warped, 1 / q
    low, band, high = (np.empty_like(x) for _ in range(3))
    s1 = s2 = np.zeros(len(x))
    for n in range(x.shape[1]):
        hp = (x[:, n] - (k + g) * s1 - s2) / (1 + g * (g + k))
        bp = g * hp + s1
        lp = g * bp + s2
        s1, s2 = g * hp + bp, g * bp + lp
        low[:, n], band[:, n], high[:, n] = lp, k * bp, hp
    return low, band, high


def dynamic_eq(audio, sample_rate, settings, key=None):
    audio = np.asarray(audio, float)
    key = audio if key is None else np.asarray(key, float)
    warped = np.tan(np.pi * min(settings.frequency_hz, 0.49 * sample_rate) / sample_rate)
    index = {"low_shelf": 0, "bell": 1, "high_shelf": 2}[settings.kind]
    level = linked_level(state_variable(key, warped, settings.q)[index], sample_rate, "peak")
    wanted = level - static_output_db(level, settings.threshold_db, settings.ratio, 6)
    follow = smooth_decoupled(
        np.minimum(wanted, abs(settings.range_db)),
        one_pole_coefficient(settings.attack_ms / 1000, sample_rate),
        one_pole_coefficient(settings.release_ms / 1000, sample_rate),
    )
    a = 10 ** (np.sign(settings.range_db) * follow / 40)
    full = 10 ** (settings.range_db / 40)
    if settings.kind == "bell":
        _, band, _ = state_variable(audio, warped, settings.q * full)
        return audio + (a**2 - 1) * band
    scale = full**-0.5 if settings.kind == "low_shelf" else full**0.5
    low, band, high = state_variable(audio, warped * scale, settings.q)
    outer = low if settings.kind == "low_shelf" else high
    return audio + (a - 1) * band + (a**2 - 1) * outer
