"""Masking: is each role heard in the mix, and who covers it?

Conventions
-----------
The model is that of `analysis.masking`: third-octave powers spread over the Bark scale (Schroeder, Atal &
Hall 1979), just hidden where the others lie above by the masking index of ISO 1996-2, the bands essential
to a role (Hafezi & Reiss 2015) weighted by their specific loudness. Audibility is the heard share of a role
while it plays: 1 is never covered, 0 never heard. Roles are judged inside the mix, by the shares `balance`
finds there; the tracks of one role do not cover each other. In human mixes most roles are heard to a third
or more.
"""

from collections.abc import Mapping

import numpy as np

from mixwright.analysis.masking import listen, sample_powers
from mixwright.errors import InputError
from mixwright.metrics.balance import Contributions
from mixwright.roles import Role

HIDDEN_BELOW = 0.1
"""A role heard less than this may as well be muted."""


def validate(inside: Contributions) -> None:
    """InputError where there is nothing to compare."""
    if not inside.ids:
        raise InputError("there are no tracks in the mix to compare; give the folder of its tracks")


def _groups(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for id in inside.ids:
        groups.setdefault(str(roles[id]) if id in roles else id, []).append(id)
    return groups


def audibilities(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, float]:
    """Heard share of each role (of each track where no role is known); those that never play are left out."""
    groups = _groups(inside, roles)
    powers = sample_powers([inside.of(ids) for ids in groups.values()])
    heard = listen(powers).audible()
    return {
        name: float(share) for name, share, power in zip(groups, heard, powers, strict=True) if power.any()
    }


def hidden_by(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, tuple[str, float]]:
    """Who takes most of each role, and what share of it."""
    names = list(_groups(inside, roles))
    if len(names) < 2:
        return {}
    powers = sample_powers([inside.of(ids) for ids in _groups(inside, roles).values()])
    taken = listen(powers).hidden_by().sum(axis=2)
    worst = np.argmax(taken, axis=1)
    return {
        name: (names[by], float(taken[k, by])) for k, (name, by) in enumerate(zip(names, worst, strict=True))
    }


def evaluate(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, float]:
    """Audibility of all, their mean, and the least one."""
    validate(inside)
    found = audibilities(inside, roles)
    values = list(found.values()) or [0.0]
    return {
        **{f"{name}_audibility": value for name, value in found.items()},
        "mean_audibility": float(np.mean(values)),
        "least_audibility": float(np.min(values)),
    }
