"""Spectrum before and after, against what mixes of the genre look like."""

from itertools import groupby

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.metrics.spread import DEVIATIONS
from mixwright.metrics.tone import SAFE_HZ, inside
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import counted, frequency, plain, quantity
from mixwright.report.plot import OCTAVES_HZ, Chart, frequency_axis, legend, linear_axis
from mixwright.report.signals import Signal

NAMES = {"rough": "Rough sum", "mix": "Mix", "master": "Master"}
LOWEST_DB = -48.0


def levels_db(signal: Signal) -> np.ndarray:
    """Third-octave levels re the total, (bands,); nan without sound."""
    power = signal.bands.total
    total = float(power.sum())
    if total <= 0:
        return np.full(power.shape, np.nan)
    return 10 * np.log10(np.maximum(power / total, 1e-12))


def outside_usual(facts: Facts) -> list[tuple[float, float, float]]:
    """Ranges where the master leaves the genre's spread: (from Hz, to Hz, dB beyond it, with sign)."""
    level, usual = levels_db(facts.signals["master"]), facts.genre.mix_spectrum_db
    reach = DEVIATIONS * facts.genre.mix_spread_db
    miss = np.where(inside(SAFE_HZ), np.sign(level - usual) * np.maximum(np.abs(level - usual) - reach, 0), 0)
    miss = np.where(np.abs(miss) >= 0.1, miss, 0.0)
    found = []
    for sign, group in groupby(range(miss.size), key=lambda band: float(np.sign(miss[band]))):
        bands = list(group)
        if sign and np.isfinite(sign):
            worst = max((float(miss[band]) for band in bands), key=abs)
            found.append((float(CENTERS_HZ[bands[0]]), float(CENTERS_HZ[bands[-1]]), worst))
    return found


def section(facts: Facts) -> Html:
    """Picture, words and numbers."""
    usual, spread = facts.genre.mix_spectrum_db, facts.genre.mix_spread_db
    levels = {name: levels_db(signal) for name, signal in facts.signals.items()}
    hz = CENTERS_HZ
    shown = (hz > 24) & (hz < 17000)
    top = max(float(np.nanmax([*levels.values(), usual + DEVIATIONS * spread])), -6.0)
    chart = Chart(
        frequency_axis(),
        linear_axis([LOWEST_DB, top], "dB re the whole, per third octave", 6.0),
        "Spectrum of rough sum, mix and master",
        f"Third-octave levels over frequency; the shaded area is where {facts.such_mixes} lie.",
        height=400,
    )
    for times, name in ((DEVIATIONS, "usual2"), (1.0, "usual1")):
        chart.spread(hz[shown], (usual - times * spread)[shown], (usual + times * spread)[shown], name)
    for name, level in levels.items():
        chart.line(hz[shown], np.maximum(level, LOWEST_DB)[shown], name, NAMES[name])
    return tag(
        "section",
        tag("h2", "Tone"),
        tag("p", _words(facts)),
        tag("figure", chart.svg(), _legend(facts)),
        _table(facts, levels),
        id="tone",
        class_="card",
    )


def _legend(facts: Facts) -> Html:
    about = f"{facts.such_mixes}: two of three, and 19 of 20"
    return legend(*((name, NAMES[name]) for name in facts.signals), ("usual", about))


def _words(facts: Facts) -> str:
    outside = outside_usual(facts)
    if not outside:
        return f"From 40 Hz to 10 kHz the master stays inside what 19 of 20 {facts.such_mixes} do."
    parts = []
    for low, high, miss in outside:
        where = frequency(low) if low == high else f"{frequency(low)} to {frequency(high)}"
        parts.append(f"{where} (up to {plain(abs(miss))} dB {'above' if miss > 0 else 'below'})")
    return (
        f"Against what 19 of 20 {facts.such_mixes} do, the master leaves the range in "
        f"{counted(len(parts), 'place')}: {'; '.join(parts)}."
    )


def _table(facts: Facts, levels: dict[str, np.ndarray]) -> Html:
    usual, reach = facts.genre.mix_spectrum_db, DEVIATIONS * facts.genre.mix_spread_db
    rows = []
    for wanted in OCTAVES_HZ:
        band = int(np.argmin(np.abs(np.log(CENTERS_HZ / wanted))))
        low, high = usual[band] - reach[band], usual[band] + reach[band]
        cells = [tag("td", _finite(level[band])) for level in levels.values()]
        rows.append(
            tag(
                "tr",
                tag("th", frequency(wanted), scope="row"),
                cells,
                tag("td", f"{plain(low)} to {plain(high)}"),
            )
        )
    head = [tag("th", text, scope="col") for text in ("", *(NAMES[n] for n in levels), "usual range")]
    table = tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="numbers")
    return tag("details", tag("summary", "Numbers (dB re the whole)"), tag("div", table, class_="scroll"))


def _finite(value: float) -> Html:
    return quantity(float(value) if np.isfinite(value) else None)
