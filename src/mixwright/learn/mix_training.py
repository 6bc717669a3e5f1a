"""Training of the model of what engineers do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from mixwright.errors import InputError
from mixwright.learn.balance_protocol import role_medians
from mixwright.learn.engineer_fit import BLIND_FIT, LEVEL_FIT, fit_engineers
from mixwright.learn.song import Song
from mixwright.models.linear import EngineerModel

__all__ = ["train_engineers"]


def train_engineers(songs: Sequence[Song]) -> EngineerModel:
    """The model from all mixes of the songs, with a card that says how it was made.

    Raises
    ------
    InputError
        When no song holds what engineers did.
    """
    with_mixes = [song for song in songs if song.mixes]
    if not with_mixes:
        raise InputError("none of the songs holds settings of engineers; name data in MixologyDB's layout")
    model = fit_engineers(with_mixes)
    if "level_lu" not in model.targets:
        raise InputError("no song has a track in at least three mixes; levels cannot be learned from these")
    medians = {str(role) if role else "": level for role, level in role_medians(with_mixes).items()}
    card = model.card | {
        "role_medians_lu": medians,
        "level_fit": asdict(LEVEL_FIT),
        "level_without_raw_fit": asdict(BLIND_FIT),
        "shippable": all(song.is_free for song in with_mixes),
    }
    return EngineerModel(model.targets, json.loads(json.dumps(card)))
