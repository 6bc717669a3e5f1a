"""Roles from named properties of a file name, learned: a linear model with a softmax on top.

What the properties are is up to the caller (`engineer.learned_names`); here they are words with a value each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from mixwright.models.linear import ModelError
from mixwright.roles import Role

__all__ = ["NameModel", "load_name_model", "read_name_model"]

WEIGHTS = "weights/file_names.npz"
ROLES = tuple(Role)


@dataclass(frozen=True, eq=False)
class NameModel:
    """Weights (properties, roles) and a bias (roles,), in the order of `Role`."""

    properties: Mapping[str, int]
    """Row of each known property."""
    weights: np.ndarray
    bias: np.ndarray
    card: dict[str, Any] = field(default_factory=dict)

    def scores(self, tracks: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Logarithms of odds up to a constant, (tracks, roles); unknown properties say nothing."""
        out = np.tile(self.bias, (len(tracks), 1))
        for row, track in zip(out, tracks, strict=True):
            known = [
                (self.properties[name], value) for name, value in track.items() if name in self.properties
            ]
            if known:
                at, values = zip(*known, strict=True)
                row += np.array(values) @ self.weights[list(at)]
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """As they are saved."""
        names = sorted(self.properties, key=self.properties.__getitem__)
        return {
            "card": np.array(json.dumps(self.card, sort_keys=True)),
            "roles": np.array([str(role) for role in ROLES]),
            "properties": np.frombuffer("\n".join(names).encode(), np.uint8),
            "weights": self.weights.astype(np.float16),
            "bias": self.bias.astype(np.float32),
        }


def read_name_model(source: Any) -> NameModel:
    """A model from an opened ``.npz``.

    Raises
    ------
    ModelError
        When it is damaged or made for other roles.
    """
    try:
        with np.load(source, allow_pickle=False) as stored:
            if list(stored["roles"]) != [str(role) for role in ROLES]:
                raise ModelError("the weights of the file-name model are those of another version")
            names = stored["properties"].tobytes().decode().split("\n")
            weights, bias = stored["weights"].astype(np.float32), stored["bias"].astype(float)
            card = json.loads(str(stored["card"]))
    except ModelError:
        raise
    except Exception as error:  # zip, pickle, key and value errors all mean the same here
        raise ModelError(f"the weights of the file-name model are damaged ({type(error).__name__})") from None
    if weights.shape != (len(names), len(ROLES)) or not np.isfinite(weights).all():
        raise ModelError("the weights of the file-name model are damaged (their size or values)")
    return NameModel({name: row for row, name in enumerate(names)}, weights, bias, card)


@cache
def load_name_model() -> NameModel:
    """The model that ships; the first call reads it.

    Raises
    ------
    ModelError
        When its weights are missing or damaged.
    """
    place = files("mixwright.models").joinpath(WEIGHTS)
    if not place.is_file():
        raise ModelError("the weights of the file-name model are missing; install mixwright anew")
    with place.open("rb") as file:
        return read_name_model(file)
