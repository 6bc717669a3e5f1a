"""Tracks that hold only the echo or the reverb of another one, told by their names."""

from collections.abc import Sequence

from mixwright.engineer.name_tokens import tokenize
from mixwright.project import Track
from mixwright.roles import RoleGroup

EFFECT_WORDS = frozenset(
    "echo echoes delay delays dly verb verbs reverb reverbs rvb throw throws".split()  # noqa: SIM905
)
USUAL_WET_LU = -12.0
"""Level re the dry track where the role has no usual one of its own."""


def is_printed_effect(track: Track, among: Sequence[Track]) -> bool:
    """Whether a name says echo or reverb, and another track of the family is there that it may belong to.

    Effect tracks proper (sweeps, impacts) are sounds of their own.
    """
    if track.role.group is RoleGroup.FX or not _names_effect(track.name):
        return False
    return any(
        t.id != track.id and t.role.group is track.role.group and not _names_effect(t.name) for t in among
    )


def _names_effect(name: str) -> bool:
    return any(token.text in EFFECT_WORDS for token in tokenize(name))
