"""Finds the file that is the sum of the others.

Each source is seen through windows spread over the song. A candidate is the mix when gains per
frequency band for the other sources explain nearly all of it, and most of the others take part with
positive gains: a drum bus is explained by few, a take by its copy alone, and a track by the mix minus
the rest, with negative gains.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mixwright.audio.source import Source

WINDOW = 8192
WINDOWS = 32
LOW_HZ, HIGH_HZ = 40.0, 4000.0
LEAST_RATE_HZ = 11025.0
BANDS = 6
EXPLAINED = 0.85
"""Between a track among tracks (at most 0.3 where nothing bleeds) and a plain sum (above 0.99)."""
EXPLAINED_BY_TWO = 0.97
COPY_MARGIN = 0.01
"""All others must explain this much more than the best of them alone."""
MOST_CANDIDATES = 12
"""Of the loudest sources at most so many are tried: a sum is among them, and each trial costs."""
TAKES_PART = 0.6
"""Part of the sounding others that must be in the mix."""
INAUDIBLE = 1e-6
"""Sources this far (in power) below the loudest do not count."""
MIN_SHARE = 1e-5
"""A source takes part when at least this part of the candidate's power comes from it."""


def find_mix_by_content(sources: Sequence[Source]) -> int | None:
    """Index of the source that is a mix of the others, or None.

    The mix may be up to 80 ms early or late. Sources share a sample rate.
    """
    if len(sources) < 3:
        return None
    rate = sources[0].sample_rate
    starts = _starts(sources)
    low, high = round(LOW_HZ * WINDOW / rate), round(HIGH_HZ * WINDOW / rate)
    spectra = np.stack([_spectra(s, starts, low, high) for s in sources])
    square = spectra.real**2 + spectra.imag**2
    power = square.sum(axis=(1, 2, 3))
    loud = power > INAUDIBLE * power.max(initial=0)
    if loud.sum() < 3:
        return None
    whiten = np.sqrt(square.sum(axis=(0, 1, 2))) + 1e-30
    spectra /= whiten
    heard = np.flatnonzero(loud)
    everything = spectra[heard].sum(axis=0)
    parts = _parts(spectra[heard])
    grams = [(part @ part.T).astype(np.float64) for part in parts]
    for index in np.argsort(-power)[: min(max(3, len(sources) // 4), MOST_CANDIDATES)]:
        if not loud[index]:
            continue
        row = int(np.searchsorted(heard, index))
        if _is_sum(row, grams, [gram[:, row] for gram in grams], [gram[row, row] for gram in grams]):
            return int(index)
        lag = _lag(spectra[index] * whiten, (everything - spectra[index]) * whiten, low)
        if lag:
            shifted = _parts((_spectra(sources[index], starts + lag, low, high) / whiten)[None])
            cross = [part @ own[0] for part, own in zip(parts, shifted, strict=True)]
            if _is_sum(row, grams, cross, [float(own[0] @ own[0]) for own in shifted]):
                return int(index)
    return None


def _starts(sources: Sequence[Source]) -> np.ndarray:
    longest = max(s.frames for s in sources)
    return np.linspace(0.02 * longest, max(0.98 * longest - WINDOW, 0), WINDOWS).astype(np.int64)


def _spectra(source: Source, starts: np.ndarray, low: int, high: int) -> np.ndarray:
    """Shape (2, windows, bins); a mono source stands on both sides.

    Sums of a few samples are transformed: what they fold back is the same for a sum and for its parts.
    """
    together = 1 << int(np.log2(max(source.sample_rate / LEAST_RATE_HZ, 1.0)))
    shape = np.hanning(WINDOW // together).astype(np.float32)
    cuts = np.stack([source.read(int(start), WINDOW) for start in starts], axis=1)
    cuts = np.add.reduce([cuts[..., k::together] for k in range(together)])
    found = np.fft.rfft(cuts * shape)[..., low:high].astype(np.complex64)
    return np.repeat(found, 2, axis=0) if source.channels == 1 else found


def _parts(spectra: np.ndarray) -> list[np.ndarray]:
    """Per side and band the bins of all windows, float32 (sources, real and imaginary parts)."""
    edges = np.unique(np.geomspace(1, spectra.shape[-1] + 1, BANDS + 1).astype(int) - 1)
    return [
        np.ascontiguousarray(spectra[:, side, :, first:last]).reshape(len(spectra), -1).view(np.float32)
        for side in range(2)
        for first, last in pairwise(edges)
    ]


def _is_sum(
    row: int, grams: Sequence[np.ndarray], crosses: Sequence[np.ndarray], energies: Sequence[float]
) -> bool:
    """Whether the other sources, each with a gain per band and side, make up the one in this row.

    Parameters
    ----------
    grams, crosses, energies : sequences
        Per part: products of all sources with each other, with the candidate, of the candidate with itself.
    """
    others = np.delete(np.arange(len(grams[0])), row)
    left_over = total = 0.0
    alone = np.zeros(len(others))
    gains = np.zeros(len(others))
    shares = np.zeros(len(others))
    for whole, products, energy in zip(grams, crosses, energies, strict=True):
        gram = whole[np.ix_(others, others)]
        cross = products[others].astype(np.float64)
        ridge = 1e-6 * max(float(np.trace(gram)), 1e-30) / len(others)
        gain = np.linalg.solve(gram + ridge * np.eye(len(others)), cross)
        left_over += energy - 2 * gain @ cross + gain @ gram @ gain
        total += energy
        alone += cross**2 / (np.diag(gram) + 1e-30)
        gains += gain * np.diag(gram)
        shares += gain**2 * np.diag(gram)
    if total <= 0:
        return False
    explained = 1 - left_over / total
    if alone.max() / total > explained - COPY_MARGIN:  # a copy of one of them
        return False
    taking_part = (gains > 0) & (shares > MIN_SHARE * total)
    needed = EXPLAINED_BY_TWO if len(others) == 2 else EXPLAINED
    enough = max(2, TAKES_PART * len(others))
    return bool(explained >= needed and taking_part.sum() >= enough)


def _lag(candidate: np.ndarray, others: np.ndarray, low: int) -> int:
    """Samples by which the candidate is late against the others' sum, by the phase of their product."""
    product = (candidate * others.conj()).sum(axis=(0, 1))
    whole = np.zeros(WINDOW // 2 + 1, np.complex128)
    whole[low : low + len(product)] = product / (np.abs(product) + 1e-30)
    correlation = np.fft.irfft(whole)
    peak = int(np.argmax(correlation))
    return peak if peak < WINDOW // 2 else peak - WINDOW
