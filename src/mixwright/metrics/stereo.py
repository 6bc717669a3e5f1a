"""The stereo image.

Conventions
-----------
Powers are means over the whole sound, summed from third octaves into the bands `spread.BAND_NAMES`. Side re
mid is the power of L-R over that of L+R, never below -60 dB: a mono sound has no side, and what lies
further down is not heard. Correlation is the mean of L times R over the geometric mean of their powers; 1
where one side is silent in both, 0 where only one is. Balance is right minus left in dB, K weighted over
all. What folding to mono loses is the loudness of both channels against that of (L+R)/2 played from both: 0
dB for mono, 3 for unrelated sides.
"""

from itertools import pairwise

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, k_weights
from mixwright.metrics.sound import Banded, Sound
from mixwright.metrics.spread import BAND_EDGES_HZ, BAND_NAMES, HUMAN, Spread

FLOOR_DB = -60.0
HEARD_DB = -30.0
"""Bands weaker than this re the loudest cannot be what a fold-down loses."""
ONE_SIDED_DB = 60.0
"""Balance of a sound that comes from one side alone."""


def validate(mix: Sound, reference: Sound | None = None) -> None:
    """A `Sound` always has an image; nothing is asked beyond it."""


def _summed(power: np.ndarray) -> np.ndarray:
    """Third octaves to the eight bands."""
    edges = np.searchsorted(CENTERS_HZ, BAND_EDGES_HZ, "left")
    return np.array([power[a:b].sum() for a, b in pairwise(edges)])


def _ratio_db(over: np.ndarray, under: np.ndarray, floor_db: float, top_db: float) -> np.ndarray:
    over, under = np.asarray(over, np.float64), np.asarray(under, np.float64)
    tiny = 1e-20
    ratio = 10 * np.log10(np.maximum(over, tiny) / np.maximum(under, tiny))
    return np.clip(np.where((over <= tiny) & (under <= tiny), floor_db, ratio), floor_db, top_db)


def side_mid_db(mix: Banded) -> float:
    """Width of the whole: side re mid power."""
    bands = mix.bands
    return float(_ratio_db(bands.side.sum(), bands.mid.sum(), FLOOR_DB, -FLOOR_DB))


def band_side_mid_db(mix: Banded) -> np.ndarray:
    """Side re mid power in the bands `spread.BAND_NAMES`, (bands,)."""
    return _ratio_db(_summed(mix.bands.side), _summed(mix.bands.mid), FLOOR_DB, -FLOOR_DB)


def low_side_mid_db(mix: Banded) -> float:
    """Side re mid power from 20 to 120 Hz, where a mix is best in the middle."""
    return float(band_side_mid_db(mix)[0])


def correlation(mix: Banded) -> float:
    """Of left and right."""
    bands = mix.bands
    return float(_correlation(*(np.atleast_1d(p.sum()) for p in (bands.left, bands.right, bands.cross)))[0])


def band_correlation(mix: Banded) -> np.ndarray:
    """Of left and right in the bands `spread.BAND_NAMES`, (bands,)."""
    bands = mix.bands
    return _correlation(_summed(bands.left), _summed(bands.right), _summed(bands.cross))


def _correlation(left: np.ndarray, right: np.ndarray, cross: np.ndarray) -> np.ndarray:
    silent = (left <= 1e-20) & (right <= 1e-20)
    return np.where(silent, 1.0, np.clip(cross / np.sqrt(np.maximum(left * right, 1e-40)), -1.0, 1.0))


def left_right_db(mix: Banded) -> float:
    """Right minus left, K weighted."""
    bands, weights = mix.bands, k_weights()
    return float(_ratio_db(bands.right @ weights, bands.left @ weights, -ONE_SIDED_DB, ONE_SIDED_DB))


def band_left_right_db(mix: Banded) -> np.ndarray:
    """Right minus left in the bands `spread.BAND_NAMES`, (bands,); 0 where both are silent."""
    left, right = _summed(mix.bands.left), _summed(mix.bands.right)
    there = left + right > 1e-20
    return np.where(there, _ratio_db(right, left, -ONE_SIDED_DB, ONE_SIDED_DB), 0.0)


def mono_loss_db(mix: Banded) -> float:
    """Loudness lost when both channels are folded to one."""
    bands, weights = mix.bands, k_weights()
    return _loss(bands.total @ weights, bands.mid @ weights)


def mono_loss_worst_db(mix: Banded) -> float:
    """The same in the band that loses most, among those that are heard."""
    total, mid = _summed(mix.bands.total), _summed(mix.bands.mid)
    heard = total > total.max() * 10 ** (HEARD_DB / 10)
    return max(_loss(t, m) for t, m in zip(total[heard], mid[heard], strict=True))


def _loss(total: float, mid: float) -> float:
    return float(_ratio_db(np.asarray(total), np.asarray(mid), 0.0, ONE_SIDED_DB))


def outside_spread_db(mix: Sound, spread: Spread = HUMAN) -> np.ndarray:
    """How far the width of each band lies outside of what such mixes do, (bands,); negative: too narrow."""
    width = band_side_mid_db(mix)
    return np.array([usual.miss(value) for usual, value in zip(spread.side_mid_db, width, strict=True)])


def width_error_db(mix: Sound, reference: Sound) -> float:
    """Mean absolute difference of side re mid over the bands."""
    return float(np.abs(band_side_mid_db(mix) - band_side_mid_db(reference)).mean())


def evaluate(mix: Sound, reference: Sound | None = None, spread: Spread = HUMAN) -> dict[str, float]:
    """All numbers; with a reference also the differences, mix minus reference."""
    validate(mix, reference)
    width, alike, balance = band_side_mid_db(mix), band_correlation(mix), band_left_right_db(mix)
    found = {
        "side_mid_db": side_mid_db(mix),
        **{f"side_mid_{name}_db": float(value) for name, value in zip(BAND_NAMES, width, strict=True)},
        "correlation": correlation(mix),
        **{f"correlation_{name}": float(value) for name, value in zip(BAND_NAMES, alike, strict=True)},
        "left_right_db": left_right_db(mix),
        **{f"left_right_{name}_db": float(value) for name, value in zip(BAND_NAMES, balance, strict=True)},
        "mono_loss_db": mono_loss_db(mix),
        "mono_loss_worst_db": mono_loss_worst_db(mix),
        "outside_spread_db": float(np.abs(outside_spread_db(mix, spread)).mean()),
    }
    if reference is not None:
        found["side_mid_difference_db"] = side_mid_db(mix) - side_mid_db(reference)
        found["width_error_db"] = width_error_db(mix, reference)
        found["left_right_error_db"] = abs(left_right_db(mix) - left_right_db(reference))
    return found
