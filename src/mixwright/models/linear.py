"""Linear models over the numbers of `track_facts`, with the weights that ship."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from mixwright.errors import MixwrightError
from mixwright.models.track_facts import FEATURES, Facts, features

__all__ = ["EngineerModel", "ModelError", "TargetModel", "load_engineer_model"]

WEIGHTS = "weights/engineers.npz"


class ModelError(MixwrightError):
    """Weights are missing or damaged. Rules go on without them."""


@dataclass(frozen=True, eq=False)
class TargetModel:
    """One thing engineers set, as a linear function of a track's numbers."""

    weights: np.ndarray
    """(features,) or (features, bands)."""
    spread: np.ndarray
    """Standard deviation of single engineers about the prediction: by role, in the order of `Role`."""

    def predict(self, numbers: np.ndarray) -> np.ndarray:
        """Expected value of each track, (tracks,) or (tracks, bands)."""
        return np.asarray(numbers @ self.weights)

    def parts(self, row: np.ndarray) -> dict[str, float]:
        """What each block of numbers adds to the prediction of one track."""
        out: dict[str, float] = {}
        for (block, _), value in zip(FEATURES, row * self.weights, strict=True):
            if value:
                out[block] = out.get(block, 0.0) + float(value)
        return out


@dataclass(frozen=True, eq=False)
class EngineerModel:
    """All targets, and what they were learned from."""

    targets: dict[str, TargetModel]
    card: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> TargetModel:
        return self.targets[name]

    def predict(self, name: str, tracks: Sequence[Facts]) -> np.ndarray:
        return self.targets[name].predict(features(tracks))

    @property
    def songs(self) -> frozenset[str]:
        """Songs it was trained on."""
        return frozenset(self.card.get("songs", ()))

    def arrays(self) -> dict[str, np.ndarray]:
        """As they are saved."""
        out = {"card": np.array(json.dumps(self.card, sort_keys=True)), "features": np.array(_FEATURE_NAMES)}
        for name, target in self.targets.items():
            out[f"{name}.weights"] = target.weights.astype(np.float32)
            out[f"{name}.spread"] = target.spread.astype(np.float32)
        return out


_FEATURE_NAMES = [f"{block}:{key}" for block, key in FEATURES]


def read_engineer_model(source: Any) -> EngineerModel:
    """A model from an opened ``.npz``.

    Raises
    ------
    ModelError
        When it is damaged or made for other numbers.
    """
    try:
        with np.load(source, allow_pickle=False) as stored:
            if list(stored["features"]) != _FEATURE_NAMES:
                raise ModelError("the weights of the learned engineer are those of another version")
            names = sorted({key.rpartition(".")[0] for key in stored.files} - {""})
            targets = {
                name: TargetModel(
                    stored[f"{name}.weights"].astype(float), stored[f"{name}.spread"].astype(float)
                )
                for name in names
            }
            card = json.loads(str(stored["card"]))
    except ModelError:
        raise
    except Exception as error:  # zip, pickle, key and value errors all mean the same here
        raise ModelError(
            f"the weights of the learned engineer are damaged ({type(error).__name__})"
        ) from None
    if not all(np.isfinite(t.weights).all() and np.isfinite(t.spread).all() for t in targets.values()):
        raise ModelError("the weights of the learned engineer hold numbers that are not finite")
    return EngineerModel(targets, card)


@cache
def load_engineer_model() -> EngineerModel:
    """The model that ships; the first call reads it.

    Raises
    ------
    ModelError
        When its weights are missing or damaged.
    """
    place = files("mixwright.models").joinpath(WEIGHTS)
    if not place.is_file():
        raise ModelError("the weights of the learned engineer are missing; install mixwright anew")
    with place.open("rb") as file:
        return read_engineer_model(file)
