"""Distance between two sets of mixes: do ours, as a crowd, look like human ones?

Conventions
-----------
A mix is a vector of 44 numbers at equal loudness: third-octave levels 31.5 Hz to 16 kHz at -14 LUFS, width
and crest in eight bands, each divided by a fixed spread of human mixes, so that no unit and no set decides
what counts. The kernel distance is 100 times the unbiased squared maximum mean discrepancy with a Gaussian
kernel, its width the median distance inside the reference set (as for KAD); it may come out slightly
negative for sets of the same kind. The Frechet distance compares means and covariances; it needs many more
mixes than numbers and is biased upward for few.
"""

from collections.abc import Sequence

import numpy as np

from mixwright.errors import InputError
from mixwright.metrics.dynamics import band_crest_db
from mixwright.metrics.sound import Sound
from mixwright.metrics.spread import SIDE_MID_SD_DB
from mixwright.metrics.stereo import band_side_mid_db
from mixwright.metrics.tone import FULL_HZ, inside, levels_db

TONE_SD_DB = 3.0
CREST_SD_DB = 2.0
TONE_FLOOR_DB = -60.0
WIDTH_FLOOR_DB = -40.0


def validate(ours: np.ndarray, reference: np.ndarray) -> None:
    """InputError where the sets are too small or hold different features."""
    if ours.ndim != 2 or reference.ndim != 2 or ours.shape[1:] != reference.shape[1:]:
        raise InputError(
            f"sets of features of shapes {ours.shape} and {reference.shape} do not fit; "
            "give (mixes, features) with the same features"
        )
    if len(ours) < 2 or len(reference) < 2:
        raise InputError(
            f"{min(len(ours), len(reference))} mix is no set; give at least two mixes on either side"
        )


def features(mix: Sound) -> np.ndarray:
    """What stands for a mix in a set, (44,), in units of human spread."""
    tone = np.maximum(levels_db(mix)[inside(FULL_HZ)], TONE_FLOOR_DB) / TONE_SD_DB
    width = np.maximum(band_side_mid_db(mix), WIDTH_FLOOR_DB) / np.array(SIDE_MID_SD_DB)
    return np.concatenate([tone, width, band_crest_db(mix) / CREST_SD_DB])


def feature_set(mixes: Sequence[Sound]) -> np.ndarray:
    """Features of several mixes, (mixes, 44)."""
    return np.array([features(mix) for mix in mixes])


def kernel_distance(ours: np.ndarray, reference: np.ndarray) -> float:
    """100 times the unbiased squared maximum mean discrepancy."""
    validate(ours, reference)
    among = _squared(reference, reference)
    width = float(np.median(among[np.triu_indices(len(reference), 1)]))
    if width <= 0:
        raise InputError("all reference mixes are the same; give different ones")

    def kernel(squared: np.ndarray) -> np.ndarray:
        return np.exp(-squared / (2 * width))

    def within(squared: np.ndarray) -> float:
        count = len(squared)
        return float((kernel(squared).sum() - count) / (count * (count - 1)))

    between = float(kernel(_squared(ours, reference)).mean())
    return 100 * (within(_squared(ours, ours)) + within(among) - 2 * between)


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=-1)


def frechet_distance(ours: np.ndarray, reference: np.ndarray) -> float:
    """Squared Frechet distance of two Gaussians fitted to the sets."""
    validate(ours, reference)
    a, b = np.cov(ours, rowvar=False), np.cov(reference, rowvar=False)
    root = _root(a)
    mixed = np.linalg.eigvalsh(root @ b @ root)
    shift = ours.mean(axis=0) - reference.mean(axis=0)
    return float(shift @ shift + np.trace(a) + np.trace(b) - 2 * np.sqrt(np.maximum(mixed, 0)).sum())


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(np.atleast_2d(matrix))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def evaluate(ours: Sequence[Sound], reference: Sequence[Sound]) -> dict[str, float]:
    """Distances of a set of mixes to a set of others, best of human ones."""
    a, b = feature_set(ours), feature_set(reference)
    return {"kernel_distance": kernel_distance(a, b), "frechet_distance": frechet_distance(a, b)}
