"""A last look at the faders: the sum's spectrum nudges them, within what engineers differ by."""

from collections.abc import Mapping, Sequence

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ

LEVEL_SPREAD_DB = 3.0
"""Engineers differ by 3-5 dB per instrument on one song (MixologyDB)."""

DEAD_DB = 3.0
MOST_DB = 3.0
ROUNDS = 15

_SPREAD_POINTS = ((60, 15.0), (120, 9.0), (200, 6.0), (1000, 6.0), (3000, 7.5), (10000, 10.5))
"""How much the spectra of mixes differ per band: least from 200 Hz to 1 kHz, up to 10 dB and more in the bass
(Elowsson & Friberg 2017); doubled at the top, where the genres part."""


def blend_shifts(powers: Sequence[np.ndarray], movable: Sequence[float], usual_db: np.ndarray) -> np.ndarray:
    """Changes of level in dB that bring the sum of tracks towards the usual spectrum of a mix.

    Minimises squared changes over `LEVEL_SPREAD_DB` plus squared deviations of the sum beyond `DEAD_DB` over
    the spread of mixes, by Gauss-Newton steps.

    Parameters
    ----------
    powers : sequence of np.ndarray, shape (bands,)
        Power per band of each track at its present level.
    movable : sequence of float
        0..1 per track: how freely it may move.
    usual_db : np.ndarray, shape (bands,)
        Spectrum of such mixes (`Genre.mix_spectrum_db`).

    Returns
    -------
    np.ndarray, shape (tracks,)
        In dB, at most `MOST_DB` either way.
    """
    power = np.stack(powers)
    inside = (CENTERS_HZ > 56) & (CENTERS_HZ < 11000)
    hz, spread = zip(*_SPREAD_POINTS, strict=True)
    weight = 1.0 / np.interp(np.log2(CENTERS_HZ[inside]), np.log2(hz), spread) ** 2
    price = np.diag(1.0 / (LEVEL_SPREAD_DB * np.maximum(movable, 1e-3)) ** 2)
    shift = np.zeros(len(power))
    for _ in range(ROUNDS):
        parts = power[:, inside] * 10 ** (shift[:, None] / 10)
        total = parts.sum(axis=0) + 1e-20
        slope = (parts / total).T
        missing = usual_db[inside] - 10 * np.log10(total)
        missing = missing - np.sum(weight * missing) / weight.sum()
        slope = slope - weight @ slope / weight.sum()
        beyond = np.sign(missing) * np.maximum(np.abs(missing) - DEAD_DB, 0.0)
        weighted = weight[:, None] * slope
        step = np.linalg.solve(slope.T @ weighted + price, weighted.T @ beyond - price @ shift)
        shift = shift + 0.7 * step
    return np.clip(shift, -MOST_DB, MOST_DB)


def named_shifts(
    powers: Mapping[str, np.ndarray], movable: Mapping[str, float], usual_db: np.ndarray
) -> dict[str, float]:
    """`blend_shifts` by track id; empty when there is nothing to weigh."""
    if len(powers) < 2:
        return {}
    ids = list(powers)
    shifts = blend_shifts([powers[id] for id in ids], [movable[id] for id in ids], usual_db)
    return {id: float(shift) for id, shift in zip(ids, shifts, strict=True)}
