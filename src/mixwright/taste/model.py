"""A small model of preferences: how far a user's choices lie from the shipped first pass, value by value.

Each value (``level.lead_vocal``, ``tone.bass``, ``reverb.mix``) either has a preference or it has none.
Without one the choices scatter about the first pass, and only some songs are touched; with one they scatter
about it and nearly every song is touched. The probability of the second times its estimate is what the next
first pass gets: shrunk towards nothing until there is evidence (a spike and a slab, as in Mitchell and
Beauchamp, J. Am. Stat. Assoc. 83, 1988). A genre has a deviation of its own where its songs show one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

PRIOR = 0.003
"""Share of values that users have a preference for, before anything is known."""

REACH = 2.5
"""Preferences are spread by this much, in the value's own step."""

ERROR_RANGE = (1.0, 1.5)
ERROR_WEIGHT = 6.0
"""Spread of choices about a preference, in steps: bounds of what a user's usual move tells of it, and how
many choices of one value that counts for."""

TOUCHED_IF_WANTED = 0.95
TOUCH_RATES = (0.1, 0.85)
"""How often values with a preference are touched; bounds of how often those without are."""

UNTOUCHED_ERROR = 1.0
"""A first pass that is left alone is right to within this, in steps."""

LEAST = 0.05
"""Smaller offsets, in steps, are left out."""

MOST = 6.0


@dataclass(frozen=True)
class Choice:
    """Where one value of one song ended up.

    Attributes
    ----------
    value : float
        Distance from the shipped first pass, in the unit of the dimension.
    first : float
        What the first pass of this song had of it already.
    touched : bool
        Whether the user moved it; else it is the first pass that was left alone.
    weight : float
        How much it counts: 1 for a finished song.
    """

    song: str
    genre: str
    dimension: str
    value: float
    touched: bool = True
    first: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True)
class Preference:
    """What was learned about one value."""

    dimension: str
    offset: float
    """What the next first pass gets, in the unit of the dimension."""
    probability: float
    """That there is a preference."""
    songs: int
    touched: int


def step_of(dimension: str) -> float:
    """What is as much as 1 dB in the unit of a dimension."""
    return 0.1 if dimension.startswith("width.") else 1.0


def learned(choices: Iterable[Choice], genre: str | None = None) -> dict[str, Preference]:
    """The preferences that a user's choices show, for songs of a genre or in general.

    Values without any evidence are missing.
    """
    by_dimension: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        by_dimension[choice.dimension].append(choice)
    every = [c for found in by_dimension.values() for c in found]
    rate = float(np.clip(np.mean([c.touched for c in every]) if every else 0.0, *TOUCH_RATES))
    habits = _Habits(rate, _usual_error(every))
    return {name: _preference(name, own, habits, genre) for name, own in sorted(by_dimension.items())}


@dataclass(frozen=True)
class _Habits:
    """How a user works, whatever the value."""

    touch_rate: float
    error: float


def _usual_error(choices: list[Choice]) -> float:
    """Spread of a user's moves by their median, which few large wishes do not change."""
    moves = [abs(c.value - c.first) / step_of(c.dimension) for c in choices if c.touched]
    return float(np.clip(np.median(moves) / 0.6745 if moves else 0.0, *ERROR_RANGE))


def offsets(preferences: Mapping[str, Preference]) -> dict[str, float]:
    """What the first pass gets: the offsets that are worth it, by dimension."""
    return {
        name: preference.offset
        for name, preference in preferences.items()
        if abs(preference.offset) >= LEAST * step_of(name)
    }


def _preference(dimension: str, choices: list[Choice], habits: _Habits, genre: str | None) -> Preference:
    step = step_of(dimension)
    same = [choice for choice in choices if choice.genre == genre]
    others = [choice for choice in choices if choice.genre != genre]
    if genre is None or not same:
        offset, probability = _estimate(choices, step, habits)
    elif not others:
        offset, probability = _estimate(same, step, habits)
    else:
        offset, probability = _of_genre(same, others, step, habits)
    held = float(np.clip(offset, -MOST, MOST)) * step
    return Preference(
        dimension, held, probability, len({c.song for c in choices}), sum(c.touched for c in choices)
    )


def _of_genre(same: list[Choice], others: list[Choice], step: float, habits: _Habits) -> tuple[float, float]:
    """A genre's own estimate where its songs differ from the rest, else that of all together."""
    own, own_probability = _estimate(same, step, habits)
    rest, _ = _estimate(others, step, habits)
    together, together_probability = _estimate([*same, *others], step, habits)
    count = sum(choice.weight for choice in same)
    apart = abs(own - rest) / (habits.error * np.sqrt(1 / max(count, 1e-9) + 1 / len(others)))
    trust = float(np.clip((apart - 1.5) / 1.5, 0.0, 1.0))
    offset = trust * own + (1 - trust) * together
    return offset, trust * own_probability + (1 - trust) * together_probability


def _estimate(choices: list[Choice], step: float, habits: _Habits) -> tuple[float, float]:
    """Offset in steps, already shrunk, and the probability of a preference."""
    values = np.array([choice.value / step for choice in choices])
    first = np.array([choice.first / step for choice in choices])
    touched = np.array([choice.touched for choice in choices])
    weights = np.array([choice.weight for choice in choices])
    error = _error(values[touched], weights[touched], habits.error)
    precision = weights / np.where(touched, error**2, error**2 + UNTOUCHED_ERROR**2)
    total = float(precision.sum())
    mean = float(precision @ values) / total
    slab = REACH**2 * total
    # Whoever has no preference moves values away from where they find them, whoever has one to where it is.
    apart = float(precision @ ((values - first) ** 2 - values**2))
    evidence = 0.5 * (apart + total * mean**2 * slab / (1 + slab) - np.log1p(slab))
    wanted = np.where(touched, TOUCHED_IF_WANTED, 1 - TOUCHED_IF_WANTED)
    usual = np.where(touched, habits.touch_rate, 1 - habits.touch_rate)
    evidence += float(weights @ np.log(wanted / usual))
    odds = np.log(PRIOR / (1 - PRIOR)) + evidence
    probability = float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))
    return probability * mean * slab / (1 + slab), probability


def _error(values: np.ndarray, weights: np.ndarray, usual: float) -> float:
    """Spread of choices about their mean, drawn to the usual one while there are few."""
    if values.size < 2:
        return usual
    mean = np.average(values, weights=weights)
    squares = float(weights @ (values - mean) ** 2)
    count = float(weights.sum()) - 1
    return float(np.sqrt((squares + ERROR_WEIGHT * usual**2) / (max(count, 0.0) + ERROR_WEIGHT)))
