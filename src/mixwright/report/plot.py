"""Plots as inline SVG: axes, lines, ranges and marks. Colours and text sizes come from the page's style."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwright.report.markup import Html, tag, text

WIDTH, HEIGHT = 760.0, 350.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 38.0, 52.0

OCTAVES_HZ = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)


@dataclass(frozen=True)
class Axis:
    """One axis: its range, where its ticks stand and what they say."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    label: str = ""
    log: bool = False

    def place(self, value: np.ndarray | float) -> np.ndarray:
        """Where values lie, 0 at the low and 1 at the high end; values outside are put on the end."""
        low, high, at = self.low, self.high, np.asarray(value, np.float64)
        if self.log:
            low, high, at = np.log(low), np.log(high), np.log(np.maximum(at, 1e-9))
        return np.clip((at - low) / (high - low), 0.0, 1.0)


def linear_axis(values: Sequence[float], label: str, step: float, least: float = 0.0) -> Axis:
    """An axis in steps of `step` that holds all values and spans at least `least`."""
    low = np.floor(min(values) / step) * step
    high = max(np.ceil(max(values) / step) * step, low + max(least, step))
    while (high - low) / step > 9:
        step *= 2
        low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    ticks = np.arange(low, high + 0.5 * step, step)
    return Axis(float(low), float(high), tuple((float(t), _short(float(t))) for t in ticks), label)


def frequency_axis(low_hz: float = 25.0, high_hz: float = 18000.0) -> Axis:
    """Logarithmic, with octaves."""
    ticks = tuple(
        (hz, f"{hz:g}" if hz < 1000 else f"{hz / 1000:g}k") for hz in OCTAVES_HZ if low_hz <= hz <= high_hz
    )
    return Axis(low_hz, high_hz, ticks, "Hz", log=True)


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


@dataclass
class Chart:
    """A picture in the making; `svg` gives it."""

    x: Axis
    y: Axis
    title: str
    about: str
    height: float = HEIGHT
    parts: list[Html] = field(default_factory=list)

    def place(self, x: np.ndarray | float, y: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Points of the picture."""
        across = LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT)
        down = TOP + (1 - self.y.place(y)) * (self.height - TOP - BOTTOM)
        return across, down

    def line(self, x: np.ndarray, y: np.ndarray, name: str, hint: str = "") -> None:
        """A line; gaps where a value is not finite."""
        for run in _runs(np.isfinite(y)):
            points = _points(*self.place(x[run], y[run]))
            about = tag("title", hint) if hint else None
            self.parts.append(tag("polyline", about, class_=f"line {name}", points=points))

    def spread(self, x: np.ndarray, low: np.ndarray, high: np.ndarray, name: str, hint: str = "") -> None:
        """The area between two lines."""
        lower, upper = self.place(x, low), self.place(x, high)
        points = f"{_points(lower[0], lower[1])} {_points(upper[0][::-1], upper[1][::-1])}"
        about = tag("title", hint) if hint else None
        self.parts.append(tag("polygon", about, class_=f"area {name}", points=points))

    def span(self, start: float, end: float, label: str, name: str, hint: str = "") -> None:
        """A stretch of the x axis over the whole height."""
        (left, right), (bottom, top) = self.place(np.array([start, end]), np.array([self.y.low, self.y.high]))
        box = tag(
            "rect",
            tag("title", hint) if hint else None,
            class_=f"span {name}",
            x=_round(left),
            y=_round(top),
            width=_round(max(right - left, 0.0)),
            height=_round(bottom - top),
        )
        word = None
        if right - left > 12:
            word = tag("text", label, class_="spanlabel", x=_round(left + 6), y=_round(top + 22))
        self.parts += [box, word] if word else [box]

    def rule(self, y: float, name: str, hint: str) -> None:
        """A horizontal line over the whole width."""
        (left, right), (down, _) = self.place(np.array([self.x.low, self.x.high]), np.array([y, y]))
        where = {"x1": _round(left), "x2": _round(right), "y1": _round(down), "y2": _round(down)}
        self.parts.append(tag("line", tag("title", hint), class_=f"rule {name}", **where))

    def svg(self) -> Html:
        """The picture with its axes."""
        return tag(
            "svg",
            tag("title", self.title),
            tag("desc", self.about),
            self._axes(),
            self.parts,
            viewbox=f"0 0 {WIDTH:g} {self.height:g}",
            role="img",
            aria_label=f"{self.title}. {self.about}",
            class_="chart",
        )

    def _axes(self) -> list[Html]:
        out = []
        bottom = self.height - BOTTOM
        for value, label in self.x.ticks:
            across = _round(float(self.place(value, self.y.low)[0]))
            out.append(tag("line", class_="grid", x1=across, x2=across, y1=TOP, y2=bottom))
            out.append(tag("text", label, class_="tick mid", x=across, y=bottom + 22))
        for value, label in self.y.ticks:
            down = _round(float(self.place(self.x.low, value)[1]))
            out.append(tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=down, y2=down))
            out.append(tag("text", label, class_="tick end", x=LEFT - 8, y=down + 4))
        out.append(tag("text", self.y.label, class_="axis", x=LEFT, y=TOP - 14))
        out.append(tag("text", self.x.label, class_="axis end", x=WIDTH - RIGHT, y=self.height - 4))
        return out


def lanes(places: Sequence[tuple[float, float, float, int]], count: int, label: str) -> Html:
    """Marks between left and right, in lanes from the bottom up: (place -1..1, reach, opacity, lane)."""
    height = 4.0 * count
    marks = []
    for place, reach, opacity, lane in places:
        left, right = max(place - reach, -1.0) * 100 - 1.5, min(place + reach, 1.0) * 100 + 1.5
        where = {"x": _round(left), "y": height - 4 * lane - 3.5, "width": _round(right - left), "height": 3}
        marks.append(tag("rect", opacity=round(opacity, 2), **where))
    return tag(
        "svg",
        marks,
        viewbox=f"-103 0 206 {height:g}",
        preserveaspectratio="none",
        role="img",
        aria_label=label,
        class_="lanes",
    )


def sparkline(values: np.ndarray, deepest: float, label: str) -> Html:
    """A small area that hangs from the top, such as gain reduction over time."""
    width, height = 160.0, 28.0
    x = np.linspace(0, width, max(values.size, 2))
    y = np.clip(-np.resize(values, x.size) / max(deepest, 1e-9), 0, 1) * (height - 2)
    points = f"0,0 {_points(x, y)} {width:g},0"
    return tag(
        "svg",
        tag("polygon", points=points),
        viewbox=f"0 0 {width:g} {height:g}",
        preserveaspectratio="none",
        class_="spark",
        role="img",
        aria_label=label,
    )


def ride(times_s: Sequence[float], values: Sequence[float], seconds: float, label: str) -> Html:
    """A small line of an automated value over the song, highest at the top."""
    width, height = 240.0, 30.0
    low, high = min(values), max(values)
    x = np.clip(np.array([0.0, *times_s, seconds]) / max(seconds, 1e-9), 0, 1) * width
    level = (np.array([values[0], *values, values[-1]]) - low) / max(high - low, 1e-9)
    return tag(
        "svg",
        tag("polyline", points=_points(x, height - 3 - level * (height - 6))),
        viewbox=f"0 0 {width:g} {height:g}",
        preserveaspectratio="none",
        class_="ride",
        role="img",
        aria_label=label,
    )


def waveform(samples: np.ndarray, name: str, columns: int = 400) -> Html:
    """Outline of a sound, float32 (2, frames), as a shape of 1000 by 100."""
    mono = np.abs(samples).max(axis=0)
    edges = np.linspace(0, mono.size, columns + 1).astype(int)[:-1]
    tops = np.minimum(np.maximum.reduceat(mono, edges), 1.0) if mono.size > columns else np.zeros(columns)
    x = np.round(np.linspace(0, 1000, columns)).astype(int)
    y = np.round(48 * tops, 1)
    upper = " ".join(f"{a},{50 - b:g}" for a, b in zip(x, y, strict=True))
    lower = " ".join(f"{a},{50 + b:g}" for a, b in zip(x[::-1], y[::-1], strict=True))
    return tag("polygon", points=f"{upper} {lower}", class_=f"wave {name}")


def _runs(there: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(np.int8), [0]))))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _round(value: float) -> float:
    return round(float(value), 1)


def legend(*entries: tuple[str, str]) -> Html:
    """Names of lines, each with the class of its colour."""
    items = [
        tag("li", tag("i", class_=f"key {name}", aria_hidden="true"), text(label)) for name, label in entries
    ]
    return tag("ul", items, class_="legend")
