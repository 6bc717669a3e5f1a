"""Loudness, peaks and what lies between them.

Conventions
-----------
Loudness after ITU-R BS.1770-4 in LUFS, range after EBU Tech 3342 in LU, true peak in dBTP (8 times
oversampled). PLR is true peak minus integrated loudness. PSR is the true peak of a window of 3 s minus its
short-term loudness, in steps of 1 s, where the short-term loudness passes the gates of the loudness range
(-70 LUFS, 20 LU below the ungated mean): the quiet parts of a song say nothing about its limiting.
"""

import numpy as np

from mixwright.analysis.true_peak import TruePeakMeter
from mixwright.errors import InputError
from mixwright.metrics.sound import GATED, Sound
from mixwright.units import SILENCE_DB

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -20.0
SHORT_TERM_S = 3
FADE = 128
"""Samples over which a piece is faded at its ends, so that the cut itself makes no peak."""


def validate(mix: Sound, reference: Sound | None = None) -> None:
    """InputError where there is no loudness to speak of."""
    for sound in (mix, reference):
        if sound is not None and sound.loudness_lufs <= SILENCE_DB:
            raise InputError(GATED)


def integrated_lufs(mix: Sound) -> float:
    """Gated loudness of the whole."""
    return mix.loudness_lufs


def range_lu(mix: Sound) -> float:
    """Loudness range LRA."""
    return mix.meter.range_lu


def short_term_max_lufs(mix: Sound) -> float:
    """Loudest 3 s; `units.SILENCE_DB` for less audio than that."""
    return mix.meter.short_term_max_lufs


def momentary_max_lufs(mix: Sound) -> float:
    """Loudest 400 ms."""
    return mix.meter.momentary_max_lufs


def true_peak_dbtp(mix: Sound) -> float:
    """Highest true peak of all channels."""
    return mix.true_peak_dbtp


def plr_lu(mix: Sound) -> float:
    """Peak-to-loudness ratio."""
    return mix.true_peak_dbtp - mix.loudness_lufs


def psr_lu(mix: Sound) -> np.ndarray:
    """Peak-to-short-term-loudness ratio of each counted window of 3 s; the PLR of a shorter sound."""
    short_term = mix.meter.short_term_curve_lufs[::10]
    peaks = _second_peaks_dbtp(mix)
    count = min(len(short_term), len(peaks) - SHORT_TERM_S + 1)
    if count < 1:
        return np.array([plr_lu(mix)])
    short_term = short_term[:count]
    window = np.lib.stride_tricks.sliding_window_view(peaks, SHORT_TERM_S)[:count].max(axis=1)
    counted = short_term > ABSOLUTE_GATE_LUFS
    if not counted.any():
        return np.array([plr_lu(mix)])
    mean = 10 * np.log10(np.mean(10 ** (short_term[counted] / 10)))
    counted &= short_term > mean + RELATIVE_GATE_LU
    return window[counted] - short_term[counted]


def _second_peaks_dbtp(mix: Sound) -> np.ndarray:
    """True peak of each second; the last one may be shorter."""
    rate = mix.sample_rate
    meter = TruePeakMeter(mix.given.shape[0])
    fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)).astype(np.float32)
    out = []
    for start in range(0, mix.given.shape[1], rate):
        piece = mix.given[:, max(start - FADE, 0) : start + rate + FADE].copy()
        ends = min(FADE, piece.shape[1])
        if start:
            piece[:, :ends] *= fade[:ends]
        if start + rate < mix.given.shape[1]:
            piece[:, -ends:] *= fade[::-1][-ends:]
        meter.reset()
        meter.add(piece)
        out.append(meter.peak_dbtp)
    return np.array(out)


def evaluate(mix: Sound, reference: Sound | None = None) -> dict[str, float]:
    """All numbers; with a reference also the differences, mix minus reference."""
    validate(mix, reference)
    psr = psr_lu(mix)
    found = {
        "integrated_lufs": integrated_lufs(mix),
        "range_lu": range_lu(mix),
        "short_term_max_lufs": short_term_max_lufs(mix),
        "momentary_max_lufs": momentary_max_lufs(mix),
        "true_peak_dbtp": true_peak_dbtp(mix),
        "plr_lu": plr_lu(mix),
        "psr_min_lu": float(psr.min()),
        "psr_median_lu": float(np.median(psr)),
    }
    if reference is not None:
        found["plr_difference_lu"] = plr_lu(mix) - plr_lu(reference)
        found["range_difference_lu"] = range_lu(mix) - range_lu(reference)
        found["psr_median_difference_lu"] = float(np.median(psr) - np.median(psr_lu(reference)))
    return found
