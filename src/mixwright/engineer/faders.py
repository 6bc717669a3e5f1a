"""Faders that ride: a curve moves a fader about its value, and goes along when the value changes."""

from collections.abc import Mapping, Sequence

import numpy as np

from mixwright.mix_model import OFF_DB, Curve, Mix

HIGHEST_DB = 12.0


def with_changes(mix: Mix, changes: Mapping[str, float | bool | int | str]) -> Mix:
    """A mix with values changed; curves of changed faders are shifted by as much as these.

    Parameters
    ----------
    changes : mapping of path to value
        As for `Mix.with_values`.
    """
    moved = []
    for curve in mix.curves:
        new = changes.get(curve.path)
        if curve.path.endswith(".fader_db") and isinstance(new, float | int):
            group, id, _ = curve.path.split(".")
            shift = float(new) - next(c for c in getattr(mix, group) if c.id == id).fader_db
            points = tuple((time, _held(value + shift)) for time, value in curve.points)
            curve = curve.model_copy(update={"points": points})
        moved.append(curve)
    return mix.replace(curves=tuple(moved)).with_values(changes)


def with_curves(mix: Mix, curves: Sequence[Curve]) -> Mix:
    """A mix with curves added; one on the same path takes the place of the older."""
    paths = {curve.path for curve in curves}
    return mix.replace(curves=(*(c for c in mix.curves if c.path not in paths), *curves))


def ride_db(mix: Mix, path: str, times_s: np.ndarray) -> np.ndarray:
    """What the curve of a fader adds to its value at some times; 0 where it has none."""
    curve = next((curve for curve in mix.curves if curve.path == path), None)
    if curve is None:
        return np.zeros(np.shape(times_s))
    group, id, _ = path.split(".")
    value = next(channel for channel in getattr(mix, group) if channel.id == id).fader_db
    times, values = np.array(curve.points).T
    return np.asarray(np.interp(times_s, times, values) - value)


def _held(value_db: float) -> float:
    return round(min(max(value_db, OFF_DB), HIGHEST_DB), 2)
