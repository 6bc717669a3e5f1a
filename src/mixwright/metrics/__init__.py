"""Judges: numbers that say how good a mix is, alone, against a reference, and from the tracks in it.

Each file states its conventions and holds `validate`, named metric functions and `evaluate`, which gives
all of its numbers by name in a fixed order. A function takes a `Sound`: samples and rate, measured when
first asked.
"""

from collections.abc import Mapping

import numpy as np

from mixwright.metrics import balance, distribution, dynamics, loudness, masking, similarity, stereo, tone
from mixwright.metrics.sound import Sound
from mixwright.metrics.spread import HUMAN, Spread
from mixwright.roles import Role

__all__ = [
    "HUMAN",
    "Sound",
    "Spread",
    "balance",
    "distribution",
    "dynamics",
    "evaluate",
    "loudness",
    "masking",
    "similarity",
    "stereo",
    "tone",
]


def evaluate(
    mix: np.ndarray | Sound,
    sample_rate: int,
    reference: np.ndarray | Sound | None = None,
    tracks: Mapping[str, np.ndarray] | None = None,
    roles: Mapping[str, Role] | None = None,
    spread: Spread = HUMAN,
) -> dict[str, float]:
    """All numbers about one mix, by ``family.name``.

    Parameters
    ----------
    mix : np.ndarray, shape (channels, samples)
        The mix, float32, mono or stereo.
    sample_rate : int
        In Hz, of everything given.
    reference : np.ndarray, shape (channels, samples), optional
        Another mix, best of the same tracks: adds ``similarity`` and the errors of tone, stereo and dynamics.
    tracks : mapping of id to np.ndarray, optional
        The tracks the mix was made of, sample aligned: adds ``balance`` and ``masking``.
    roles : mapping of id to Role, optional
        What the tracks are; adds the levels per role.
    spread : Spread
        What counts as usual, such as that of a genre.

    Raises
    ------
    InputError
        When there is nothing to measure, or lengths and rates do not fit.
    """
    sound = Sound.of(mix, sample_rate)
    against = Sound.of(reference, sample_rate) if reference is not None else None
    parts: list[tuple[str, dict[str, float]]] = [
        ("loudness", loudness.evaluate(sound, against)),
        ("dynamics", dynamics.evaluate(sound, against)),
        ("tone", tone.evaluate(sound, against, spread)),
        ("stereo", stereo.evaluate(sound, against, spread)),
    ]
    if against is not None:
        parts.append(("similarity", similarity.evaluate(sound, against)))
    if tracks:
        inside = balance.find_contributions(sound, tracks)
        other = balance.find_contributions(against, tracks) if against is not None else None
        parts.append(("balance", balance.evaluate(inside, roles or {}, other, spread)))
        parts.append(("masking", masking.evaluate(inside, roles or {})))
    return {f"{family}.{name}": value for family, values in parts for name, value in values.items()}
