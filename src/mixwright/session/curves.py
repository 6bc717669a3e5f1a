"""Values in parts of a song: changes that hold in some stretches and leave the rest as it was."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mixwright.mix_model import Curve, Mix, can_move
from mixwright.params import Declaration, Param, Parameter, Scale, Switch, Value

RAMP_S = 0.08
"""Time a value takes to its new level at the edges of a stretch, inside of it."""

Span = tuple[float, float]
"""Begin and end in seconds."""


def with_values(mix: Mix, changes: Mapping[str, Value]) -> Mix:
    """A mix with values changed; curves of changed numbers move along with them, within their range.

    Raises
    ------
    InputError
        When a path is unknown or a value is out of range.
    """
    changed = mix.with_values(changes)
    if not any(curve.path in changes for curve in mix.curves):
        return changed
    known = {p.path: p for p in mix.walk()}
    return changed.replace(
        curves=tuple(
            _moved(curve, known[curve.path], changes[curve.path]) if curve.path in changes else curve
            for curve in mix.curves
        )
    )


def _moved(curve: Curve, parameter: Parameter, value: Value) -> Curve:
    declaration = parameter.declaration
    if not isinstance(declaration, Param) or not isinstance(value, int | float):
        return curve
    before, after = float(parameter.value), float(value)
    if declaration.scale is Scale.LOG:
        moved = [(time, point * after / before) for time, point in curve.points]
    else:
        moved = [(time, point + after - before) for time, point in curve.points]
    held = tuple((time, min(max(point, declaration.min), declaration.max)) for time, point in moved)
    return curve.replace(points=held)


def only_within(before: Mix, after: Mix, spans: Sequence[Span]) -> tuple[Mix, tuple[str, ...]]:
    """What `after` changes, in some stretches of the song alone; outside of them all stays as it was.

    Parameters
    ----------
    before, after : Mix
        With the same channels and routes.
    spans : sequence of (begin, end) in seconds
        In order and apart from each other; the end may be infinite.

    Returns
    -------
    mix : Mix
        With `before`'s values, and curves for what differs.
    refused : tuple of str
        Paths that cannot change during a song: they stay as they were.
    """
    new = {p.path: p.value for p in after.walk()}
    before = before.with_values(_set_up(before, new))
    curves_before = {curve.path: curve for curve in before.curves}
    curves_after = {curve.path: curve for curve in after.curves}
    made: list[Curve] = []
    refused: list[str] = []
    for parameter in before.walk():
        path = parameter.path
        a, b = curves_after.get(path), curves_before.get(path)
        if new.get(path, parameter.value) == parameter.value and a == b:
            made += [b] if b else []
        elif not can_move(path, parameter.declaration):
            refused.append(path)
        else:
            here = _Line(b, parameter.value)
            there = _Line(a, new[path])
            made.append(_joined(path, here, there, spans, parameter.declaration))
    return before.replace(curves=tuple(made)), tuple(refused)


_GAINS = {".equalizer.band": "gain_db", ".dynamic": "range_db"}
"""Bands that do nothing at 0, and what is 0 then."""


def _set_up(mix: Mix, new: Mapping[str, Value]) -> dict[str, Value]:
    """Kind, frequency and the like of bands that do nothing yet: they can be set without a sound."""
    moving = {curve.path for curve in mix.curves}
    changes: dict[str, Value] = {}
    for parameter in mix.walk():
        band, _, name = parameter.path.rpartition(".")
        if new.get(parameter.path) == parameter.value:
            continue
        for mark, gain in _GAINS.items():
            if mark in f".{band}" and name != gain and f"{band}.{gain}" not in moving:
                silent = next(p.value for p in mix.walk() if p.path == f"{band}.{gain}") == 0
                if silent and parameter.path in new:
                    changes[parameter.path] = new[parameter.path]
    return changes


def apart_from(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches without those that are taken."""
    left = list(spans)
    for begin, end in taken:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, begin)), (max(a, end), b))
            if part[1] - part[0] > 2e-3
        ]
    return tuple(sorted(left))


class _Line:
    """A value over the song: its curve, or one value throughout."""

    def __init__(self, curve: Curve | None, value: Value) -> None:
        self.hold = curve is not None and curve.shape == "hold"
        points = curve.points if curve is not None else ((0.0, float(value)),)
        self.times = [time for time, _ in points]
        self.values = [point for _, point in points]

    def at(self, time_s: float) -> float:
        if self.hold:
            index = int(np.searchsorted(self.times, time_s, "right")) - 1
            return self.values[max(index, 0)]
        return float(np.interp(time_s, self.times, self.values))


def _joined(path: str, here: _Line, there: _Line, spans: Sequence[Span], declaration: Declaration) -> Curve:
    if here.hold or there.hold or isinstance(declaration, Switch):
        return Curve(path=path, points=_held_points(here, there, spans), shape="hold")
    points = {time: here.at(time) for time in here.times if not _inside(time, spans)}
    for begin, end in spans:
        ramp = min(RAMP_S, (end - begin) / 4)
        first, last = (begin + ramp if begin > 0 else 0.0), end - ramp
        if begin > 0:
            points[begin] = here.at(begin)
        points[first] = there.at(first)
        points |= {time: there.at(time) for time in there.times if first < time < last}
        if math.isfinite(end):
            points[last] = there.at(last)
            points[end] = here.at(end)
    return Curve(path=path, points=tuple(sorted(points.items())))


def _held_points(here: _Line, there: _Line, spans: Sequence[Span]) -> tuple[tuple[float, float], ...]:
    edges = {edge for span in spans for edge in span if math.isfinite(edge)}
    times = sorted({0.0, *edges, *here.times, *there.times})
    points: list[tuple[float, float]] = []
    for time in times:
        value = (there if _inside(time, spans) else here).at(time)
        if not points or points[-1][1] != value:
            points.append((time, value))
    return tuple(points)


def _inside(time_s: float, spans: Sequence[Span]) -> bool:
    return any(begin <= time_s < end for begin, end in spans)
