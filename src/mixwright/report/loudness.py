"""Loudness over time, with the sections of the song."""

import numpy as np

from mixwright.analysis.loudness import CURVE_STEP_S, SHORT_TERM_S
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import clock, plain
from mixwright.report.plot import Axis, Chart, legend, linear_axis
from mixwright.units import SILENCE_DB

RANGE_LU = 24.0
STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_TICKS = 9
MOST_POINTS = 700


def section(facts: Facts) -> Html:
    """Picture and list of sections."""
    master, rough = facts.signals["master"], facts.signals["rough"]
    if master.short_term_lufs.size < 2 or master.loudness_lufs <= SILENCE_DB:
        body = tag("p", "The song is too short or too quiet for a loudness curve.", class_="note")
        return tag("section", tag("h2", "Loudness over time"), body, id="loudness", class_="card")
    shift = master.loudness_lufs - rough.loudness_lufs if rough.loudness_lufs > SILENCE_DB else 0.0
    curves = {"rough": rough.short_term_lufs + shift, "master": master.short_term_lufs}
    top = max(float(c.max()) for c in curves.values() if c.size)
    chart = Chart(
        time_axis(facts.analysis.duration_s),
        linear_axis([top - RANGE_LU, top + 1], "LUFS, short-term (3 s)", 6.0),
        "Loudness over time",
        "Short-term loudness of the master, and of the rough sum brought to the same integrated loudness.",
    )
    for number, part in enumerate(facts.analysis.sections):
        about = (
            f"{part.label}, {clock(part.start_s)} to {clock(part.end_s)}, {plain(part.energy_lu, 1, True)} LU"
        )
        chart.span(part.start_s, part.end_s, part.label, "odd" if number % 2 else "even", about)
    for name, curve in curves.items():
        times = SHORT_TERM_S / 2 + CURVE_STEP_S * np.arange(curve.size)
        every = 1 + curve.size // MOST_POINTS
        there = (curve > chart.y.low) & (times <= facts.analysis.duration_s)
        level = np.where(there, curve, np.nan)
        chart.line(times[::every], level[::every], name)
    integrated = master.loudness_lufs
    chart.rule(integrated, "goal", f"integrated {plain(integrated)} LUFS")
    return tag(
        "section",
        tag("h2", "Loudness over time"),
        tag("p", _words(facts, shift)),
        tag(
            "figure",
            chart.svg(),
            legend(
                ("rough", f"Rough sum {plain(shift, 1, True)} dB"),
                ("master", "Master"),
                ("goal", "Master, integrated"),
            ),
        ),
        id="loudness",
        class_="card",
    )


def time_axis(seconds: float) -> Axis:
    """Minutes and seconds, at most nine ticks."""
    step = next((s for s in STEPS_S if seconds / s <= MOST_TICKS), 7200)
    ticks = tuple((float(t), clock(t)) for t in np.arange(0, seconds + 0.01, step))
    return Axis(0.0, max(seconds, 1.0), ticks, "time")


def _words(facts: Facts, shift_db: float) -> str:
    sections = facts.analysis.sections
    words = (
        f"The rough sum is shown {plain(abs(shift_db))} dB {'louder' if shift_db >= 0 else 'softer'} than it "
        "came, so that both are equally loud over the song."
    )
    if len(sections) > 1:
        words += f" Letters mark the {len(sections)} sections found; equal letters sound alike."
    return words
