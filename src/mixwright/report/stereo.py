"""Where each track stands between left and right, per band, and how wide the whole is."""

from itertools import pairwise

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.engineer.hearing import Sound
from mixwright.metrics.spread import BAND_EDGES_HZ, BAND_NAMES, DEVIATIONS
from mixwright.metrics.stereo import (
    FLOOR_DB,
    band_side_mid_db,
    correlation,
    left_right_db,
    mono_loss_db,
)
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import plain, quantity
from mixwright.report.plot import Axis, Chart, frequency_axis, legend, linear_axis
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
    place = 4 / np.pi * np.arctan2(np.sqrt(right), np.sqrt(np.maximum(left, 1e-20))) - 1
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
            tag("figure", _places(facts).svg(), _families(facts)),
            tag(
                "figure",
                _widths(facts).svg(),
                legend(
                    *((n, NAMES[n]) for n in facts.signals), ("usual", f"{facts.genre.name}: usual width")
                ),
            ),
            class_="pair",
        ),
        _table(facts),
        id="stereo",
        class_="card",
    )


def _places(facts: Facts) -> Chart:
    chart = Chart(
        Axis(-1, 1, ((-1, "L"), (-0.5, ""), (0, "C"), (0.5, ""), (1, "R")), "place"),
        frequency_axis(40, 16000),
        "Where the tracks stand",
        "Each mark is a track in one octave: its place between left and right, its width, and its pitch.",
        height=380,
    )
    for party in facts.parties:
        for sound in facts.sounds(party.ids):
            places, spreads, levels = field(sound)
            for hz, place, spread, level in zip(_MIDDLES_HZ, places, spreads, levels, strict=True):
                if level >= -STRONG_DB and sound.power.any():
                    hint = f"{party.name}, {plain(float(hz), 0)} Hz: {_where(float(place))}"
                    reach = float(spread * (1 - abs(place)))
                    opacity = 0.25 + 0.65 * (1 + level / STRONG_DB)
                    chart.mark(float(place), float(hz), reach, party.family.value, opacity, hint)
    return chart


def _widths(facts: Facts) -> Chart:
    octaves = np.log2(_MIDDLES_HZ)
    usual = np.interp(octaves, np.log2(CENTERS_HZ), facts.genre.side_to_mid_db)
    spread = np.interp(octaves, np.log2(facts.genre.stereo.hz), facts.genre.stereo.spread_db)
    widths = {name: band_side_mid_db(signal) for name, signal in facts.signals.items()}
    chart = Chart(
        frequency_axis(40, 12000),
        linear_axis([-42.0, 6.0], "side re mid, dB", 6.0),
        "Width per octave",
        f"Power of side re mid; the shaded area is where mixes of {facts.genre.name} lie.",
        height=380,
    )
    low, high = usual - DEVIATIONS * spread, np.minimum(usual + DEVIATIONS * spread, 0.0)
    chart.spread(_MIDDLES_HZ, np.maximum(low, -42), high, "usual2")
    for name, width in widths.items():
        chart.line(_MIDDLES_HZ, np.where(width > FLOOR_DB, np.maximum(width, -42), np.nan), name, NAMES[name])
    return chart


def _families(facts: Facts) -> Html:
    families = dict.fromkeys(party.family.value for party in facts.parties)
    return legend(*((f"mark {name}", name) for name in families))


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
    return f"{abs(place):.0%} {'right' if place > 0 else 'left'}"


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
