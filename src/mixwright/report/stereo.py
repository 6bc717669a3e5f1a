"""Where each track stands between left and right, per band, and how wide the whole is."""

from itertools import pairwise

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, k_weights
from mixwright.engineer.hearing import Sound
from mixwright.metrics.spread import BAND_EDGES_HZ, BAND_NAMES, DEVIATIONS
from mixwright.metrics.stereo import (
    FLOOR_DB,
    band_side_mid_db,
    correlation,
    left_right_db,
    mono_loss_db,
)
from mixwright.report.facts import Facts, Party
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import plain, quantity
from mixwright.report.plot import Chart, frequency_axis, lanes, legend, linear_axis
from mixwright.report.tone import NAMES

STRONG_DB = 18.0
"""Bands of a track further below its strongest one are not drawn."""

_MIDDLES_HZ = np.sqrt(np.array(BAND_EDGES_HZ[:-1]) * np.array(BAND_EDGES_HZ[1:]))


def field(sound: Sound) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place (-1 left, 1 right), spread (0 a point, 1 all around) and level re the strongest band, per octave.

    The place is the pan of the equal-power law that has the same powers left and right; the spread is what
    does not belong to a point there: the root of the smaller over the larger principal power.
    """
    edges = np.searchsorted(CENTERS_HZ, BAND_EDGES_HZ, "left")
    left, right, cross = (
        np.array([power[a:b].sum() for a, b in pairwise(edges)])
        for power in (sound.side_power[0], sound.side_power[1], sound.cross_power)
    )
    total = np.maximum(left + right, 1e-20)
    place = np.array([place_of(*sides) for sides in zip(left, right, strict=True)])
    apart = np.sqrt((left - right) ** 2 + 4 * cross**2)
    spread = np.sqrt(np.maximum(total - apart, 0) / np.maximum(total + apart, 1e-20))
    return place, spread, 10 * np.log10(total / max(float(total.max()), 1e-20))


def section(facts: Facts) -> Html:
    """Both pictures, and the numbers of the whole."""
    return tag(
        "section",
        tag("h2", "Stereo field"),
        tag("p", _words(facts)),
        tag(
            "div",
            _places(facts),
            tag(
                "figure",
                _widths(facts).svg(),
                legend(*((n, NAMES[n]) for n in facts.signals), ("usual", f"usual in {facts.such_mixes}")),
            ),
            class_="pair",
        ),
        _table(facts),
        id="stereo",
        class_="card",
    )


def place_of(left: float, right: float) -> float:
    """The pan of the equal-power law, -1..1, that has these powers left and right."""
    return float(4 / np.pi * np.arctan2(np.sqrt(right), np.sqrt(max(left, 1e-20))) - 1)


def _places(facts: Facts) -> Html:
    """A row per track: its octaves from low (bottom) to high (top), each with its place and width."""
    rows = [_row(party, facts.sounds(party.ids)) for party in facts.parties]
    scale = tag("span", [tag("span", side) for side in ("L", "C", "R")], class_="sides")
    head = tag("div", tag("span", class_="name"), scale, class_="srow", aria_hidden="true")
    table = tag("div", head, rows, role="table", aria_label="Place of each track", class_="stage")
    note = "Each row is a track, its octaves from low (bottom) to high (top): where they stand, how wide."
    return tag("div", table, tag("p", note, class_="note"))


def _row(party: Party, sounds: list[Sound]) -> Html:
    marks = []
    for sound in sounds:
        if not sound.power.any():
            continue
        for lane, (place, spread, level) in enumerate(zip(*field(sound), strict=True)):
            if level >= -STRONG_DB:
                reach = float(spread * (1 - abs(place)))
                marks.append((float(place), reach, 0.2 + 0.8 * float(1 + level / STRONG_DB), lane))
    left, right = sum((s.side_power @ k_weights() for s in sounds), np.zeros(2))
    where = _where(place_of(left, right)) if left + right > 0 else "silent"
    return tag(
        "div",
        tag(
            "span", tag("span", party.name, class_="clip"), role="rowheader", class_="name", title=party.name
        ),
        tag("span", lanes(marks, len(BAND_NAMES), f"{party.name}: {where}"), role="cell"),
        tag("span", where, role="cell", class_="num"),
        role="row",
        class_=f"srow {party.family.value}",
    )


def _widths(facts: Facts) -> Chart:
    octaves = np.log2(_MIDDLES_HZ)
    usual = np.interp(octaves, np.log2(CENTERS_HZ), facts.genre.side_to_mid_db)
    spread = np.interp(octaves, np.log2(facts.genre.stereo.hz), facts.genre.stereo.spread_db)
    widths = {name: band_side_mid_db(signal) for name, signal in facts.signals.items()}
    chart = Chart(
        frequency_axis(40, 12000),
        linear_axis([-42.0, 6.0], "side re mid, dB", 6.0),
        "Width per octave",
        f"Power of side re mid; the shaded area is where {facts.such_mixes} lie.",
        height=420,
    )
    low, high = usual - DEVIATIONS * spread, np.minimum(usual + DEVIATIONS * spread, 0.0)
    chart.spread(_MIDDLES_HZ, np.maximum(low, -42), high, "usual2")
    for name, width in widths.items():
        chart.line(_MIDDLES_HZ, np.where(width > FLOOR_DB, np.maximum(width, -42), np.nan), name, NAMES[name])
    return chart


def _words(facts: Facts) -> str:
    master, rough = facts.signals["master"], facts.signals["rough"]
    lean = left_right_db(master)
    side = "balanced left and right" if abs(lean) < 1 else f"leaning {'right' if lean > 0 else 'left'}"
    return (
        f"The master is {side} ({plain(lean, 1, True)} dB), correlation "
        f"{plain(correlation(master), 2)} (rough sum "
        f"{plain(correlation(rough), 2)}); folded to mono it loses {plain(mono_loss_db(master))} dB."
    )


def _where(place: float) -> str:
    if abs(place) < 0.04:
        return "centre"
    return f"{abs(place):.0%} {'R' if place > 0 else 'L'}"


def _table(facts: Facts) -> Html:
    widths = {name: band_side_mid_db(signal) for name, signal in facts.signals.items()}
    head = [tag("th", name, scope="col") for name in ("Hz", *(NAMES[n] for n in widths))]
    rows = [
        tag(
            "tr",
            tag("th", name.replace("-", "\N{EN DASH}"), scope="row"),
            [tag("td", quantity(float(w[band]))) for w in widths.values()],
        )
        for band, name in enumerate(BAND_NAMES)
    ]
    table = tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="numbers")
    return tag("details", tag("summary", "Numbers (side re mid, dB)"), tag("div", table, class_="scroll"))
