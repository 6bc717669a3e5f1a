"""What the compressors did, measured while the engineer listened."""

import numpy as np

from mixwright.mix_model import Channel
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import plain, quantity
from mixwright.report.plot import sparkline

WORKS_DB = -0.2
"""A compressor works where it takes more than this."""

SCALE_DB = 12.0
POINTS = 120


def section(facts: Facts) -> Html:
    """A row per channel whose compressor is in use, and the limiter."""
    rows = [_row(facts, channel) for channel in _compressed(facts)]
    limiting = facts.project.measured.limiting_db
    if not rows:
        table = tag("p", "No compressor is in use on tracks, groups or returns.")
    else:
        deepest = max(
            SCALE_DB, *(-float(depths.min()) for depths in facts.heard.reduction_db.values() if depths.size)
        )
        rows = [_row(facts, channel, deepest) for channel in _compressed(facts)]
        names = ("Channel", "Over time", "Usually", "Deepest", "At work", "Settings")
        head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in names]))
        table = tag(
            "div", tag("table", head, tag("tbody", rows), class_="numbers gr"), class_="scroll", tabindex="0"
        )
    return tag(
        "section",
        tag("h2", "Compression"),
        tag("p", _words(facts, limiting)),
        table,
        tag(
            "p",
            "Gain reduction in dB in the parts of the song listened to. Usually: the median while it works; "
            "at work: share of the time with more than 0.2 dB.",
            class_="note",
        ),
        id="compression",
        class_="card",
    )


def _compressed(facts: Facts) -> list[Channel]:
    known = facts.heard.reduction_db
    return [
        c
        for c in facts.project.mix.channels()
        if c.compressor.ratio > 1 and known.get(c.id, np.zeros(0)).size
    ]


def _words(facts: Facts, limiting_db: float | None) -> str:
    count = len(_compressed(facts))
    words = f"{count or 'No'} channel{'' if count == 1 else 's'} compressed."
    if limiting_db is not None:
        words += f" The limiter on the master takes at most {plain(-limiting_db)} dB."
    return words


def _row(facts: Facts, channel: Channel, deepest: float = SCALE_DB) -> Html:
    depths = facts.heard.reduction_db[channel.id]
    working = depths[depths < WORKS_DB]
    usual = float(np.median(working)) if working.size else 0.0
    c = channel.compressor
    settings = f"{c.ratio:g}:1 above {plain(c.threshold_db)} dBFS, "
    settings += f"attack {c.attack_ms:g} ms, release {c.release_ms:g} ms"
    if channel.keys.compressor:
        settings += f", keyed by {channel.keys.compressor}"
    name = _name(facts, channel)
    return tag(
        "tr",
        tag("th", tag("span", name, class_="clip"), scope="row", title=name),
        tag("td", sparkline(_thinned(depths), deepest, f"gain reduction of {name} over time")),
        tag("td", quantity(usual)),
        tag("td", quantity(float(depths.min()))),
        tag("td", f"{working.size / depths.size:.0%}"),
        tag("td", settings, class_="left"),
    )


def _thinned(depths: np.ndarray) -> np.ndarray:
    """Deepest value of each stretch."""
    edges = np.linspace(0, depths.size, min(POINTS, depths.size) + 1).astype(int)[:-1]
    return np.minimum.reduceat(depths, edges)


def _name(facts: Facts, channel: Channel) -> str:
    names = {track.id: track.name for track in facts.project.tracks}
    return names.get(channel.id) or channel.name or channel.id
