"""Dynamics: how far peaks stand above the body of the sound, and how loudness moves.

Conventions
-----------
Crest is the largest sample over the RMS, in dB; per band it is that of the mid signal (L+R)/2 behind linear
phase band-passes, as the spread of human mixes was measured. A band that holds less than -80 dB of the
whole has a crest of 0. Variation is the standard deviation of the short-term loudness, and the spread from
10 to 90 % of the momentary loudness, both behind the gate of the integrated loudness.
"""

import numpy as np

from mixwright.metrics.sound import Sound
from mixwright.metrics.spread import BAND_EDGES_HZ, BAND_NAMES
from mixwright.units import gain_to_db

TAPS_S = 0.17
"""Length of the band-passes: edges about 12 Hz wide."""

EMPTY_DB = -80.0


def validate(mix: Sound, reference: Sound | None = None) -> None:
    """A `Sound` always has dynamics; nothing is asked beyond it."""


def crest_db(mix: Sound) -> float:
    """Largest sample over RMS; the mean of both channels' power counts."""
    audio = mix.audio
    power = float(np.mean(audio.astype(np.float64) ** 2))
    return gain_to_db(float(np.abs(audio).max())) - 10 * np.log10(power)


def band_crest_db(mix: Sound) -> np.ndarray:
    """Crest of the mid signal in the bands `spread.BAND_NAMES`, (bands,)."""
    mid = 0.5 * (mix.audio[0] + mix.audio[1])
    peak, power = _band_peaks(mid, mix.sample_rate)
    whole = float(np.mean(mid.astype(np.float64) ** 2))
    there = power > max(whole, 1e-20) * 10 ** (EMPTY_DB / 10)
    out = np.zeros(len(power))
    out[there] = 20 * np.log10(peak[there]) - 10 * np.log10(power[there])
    return out


def _band_peaks(mid: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Largest sample and mean square of a signal in each band; overlap-save with linear phase."""
    responses, size, taps = _filters(sample_rate)
    step = size - taps + 1
    padded = np.pad(mid, (taps - 1, taps - 1))
    peak, energy = np.zeros(len(responses)), np.zeros(len(responses))
    for start in range(0, padded.size, step):
        piece = padded[start : start + size]
        spectrum = np.fft.rfft(piece, size)
        for band, response in enumerate(responses):
            out = np.fft.irfft(spectrum * response, size)[taps - 1 :]
            peak[band] = max(peak[band], float(np.abs(out).max()))
            energy[band] += float(np.dot(out, out))
    return peak, energy / mid.size


def _filters(sample_rate: int) -> tuple[np.ndarray, int, int]:
    """Spectra of the band-passes, float32 complex (bands, bins), the transform's size and their length."""
    taps = 2 * round(TAPS_S * sample_rate / 2) + 1
    size = 1 << int(np.ceil(np.log2(6 * taps)))
    n = np.arange(taps) - taps // 2
    low_passes = [
        2 * hz / sample_rate * np.sinc(2 * hz / sample_rate * n) if hz < sample_rate / 2 else 1.0 * (n == 0)
        for hz in BAND_EDGES_HZ
    ]
    kernels = np.diff(np.array(low_passes), axis=0) * np.hanning(taps + 2)[1:-1]
    return np.fft.rfft(kernels, size, axis=-1).astype(np.complex64), size, taps


def short_term_sd_lu(mix: Sound) -> float:
    """Standard deviation of the gated short-term loudness; 0 for less than 3 s."""
    level = _gated(mix, mix.meter.short_term_curve_lufs)
    return float(level.std()) if level.size else 0.0


def momentary_spread_lu(mix: Sound) -> float:
    """10 to 90 % of the gated momentary loudness."""
    level = _gated(mix, mix.meter.momentary_curve_lufs)
    return float(np.percentile(level, 90) - np.percentile(level, 10)) if level.size else 0.0


def _gated(mix: Sound, level: np.ndarray) -> np.ndarray:
    return level[level > max(mix.meter.gate_lufs, -70.0)]


def evaluate(mix: Sound, reference: Sound | None = None) -> dict[str, float]:
    """All numbers; with a reference also the differences, mix minus reference."""
    validate(mix, reference)
    bands = band_crest_db(mix)
    found = {
        "crest_db": crest_db(mix),
        **{f"crest_{name}_db": float(value) for name, value in zip(BAND_NAMES, bands, strict=True)},
        "short_term_sd_lu": short_term_sd_lu(mix),
        "momentary_spread_lu": momentary_spread_lu(mix),
    }
    if reference is not None:
        theirs = band_crest_db(reference)
        both = (bands > 0) & (theirs > 0)
        found["crest_difference_db"] = crest_db(mix) - crest_db(reference)
        found["band_crest_error_db"] = float(np.abs(bands - theirs)[both].mean()) if both.any() else 0.0
        found["momentary_spread_difference_lu"] = momentary_spread_lu(mix) - momentary_spread_lu(reference)
    return found
