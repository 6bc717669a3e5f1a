"""Top of the page: what this is, its main numbers, and the whole in a few sentences."""

from mixwright.engineer.genres import NEUTRAL
from mixwright.engineer.problems import find_problems
from mixwright.project import Measured
from mixwright.report import balance, tone
from mixwright.report.facts import Facts
from mixwright.report.listening import words as listening_words
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import clock, counted, frequency, listed, plain, quantity
from mixwright.roles import Role
from mixwright.units import SILENCE_DB

AT_ONCE = 6
"""So many hints are shown; the others unfold."""


def header(facts: Facts) -> Html:
    """Name and main numbers."""
    project, measured = facts.project, facts.project.measured
    genre = facts.genre.name
    tempo = facts.tempo_bpm
    tiles = [
        ("Genre", genre, facts.genre_origin),
        ("Length", clock(facts.analysis.duration_s), _sections(facts)),
        ("Tempo", quantity(tempo, "bpm", 0), "" if tempo else "no steady pulse found"),
        ("Tracks", str(len(project.tracks)), _silent(facts)),
        (
            "Loudness",
            quantity(measured.master_loudness_lufs, "LUFS"),
            f"asked {plain(project.brief.loudness_lufs)}",
        ),
        (
            "True peak",
            quantity(measured.master_peak_dbtp, "dBTP"),
            f"at most {plain(project.brief.peak_dbtp)}",
        ),
        ("PLR", quantity(peak_to_loudness_lu(measured), "LU"), "true peak over loudness"),
        ("Range", quantity(measured.master_range_lu, "LU"), "loudness range LRA"),
    ]
    return tag(
        "header",
        tag("p", "Mix report", class_="kicker"),
        tag("h1", project.name),
        tag(
            "dl",
            [
                tag(
                    "div",
                    tag("dt", name),
                    tag("dd", value),
                    tag("dd", about, class_="dim") if about else None,
                )
                for name, value, about in tiles
            ],
            class_="tiles",
        ),
    )


def section(facts: Facts) -> Html:
    """A few sentences, and what to look at."""
    hints = _hints(facts)
    return tag(
        "section",
        tag("h2", "In short"),
        tag("p", " ".join(_sentences(facts)), class_="lead"),
        _listing(hints) if hints else None,
        id="summary",
        class_="card",
    )


def _listing(hints: list[str]) -> Html:
    first, more = hints[:AT_ONCE], hints[AT_ONCE:]
    return tag(
        "div",
        tag("h3", "Worth a look"),
        tag("ul", [tag("li", hint) for hint in first]),
        tag("details", tag("summary", f"{len(more)} more"), tag("ul", [tag("li", hint) for hint in more]))
        if more
        else None,
        class_="hints",
    )


def peak_to_loudness_lu(measured: Measured) -> float | None:
    """True peak over integrated loudness of the master."""
    peak, loudness = measured.master_peak_dbtp, measured.master_loudness_lufs
    if peak is None or loudness is None or min(peak, loudness) <= SILENCE_DB:
        return None
    return peak - loudness


def _sentences(facts: Facts) -> list[str]:
    project = facts.project
    tempo = f" at {plain(facts.tempo_bpm, 0)} bpm" if facts.tempo_bpm else ""
    target = "a wide neutral target" if facts.genre.name == NEUTRAL else facts.genre.name
    out = [
        f"{counted(len(facts.playing), 'track')}{tempo}, mixed towards {target} ({facts.genre_origin}), with "
        f"{counted(len(project.decisions), 'decision')} explained below."
    ]
    out += _lead(facts) + _tone(facts) + _master(facts)
    again = project.review
    if again and again[0].heard:
        left = [entry for entry in again if entry.kept][-1].heard
        out.append(
            f"Listening again, the engineer found {counted(len(again[0].heard), 'thing')} off and "
            f"corrected them until {counted(len(left), 'thing') if left else 'nothing'} was left."
        )
    elif listening_words(facts):
        out.append("Listening again, the engineer found nothing to correct.")
    return out


def _lead(facts: Facts) -> list[str]:
    lead = next((party for party in facts.roles if party.role is Role.LEAD_VOCAL), None)
    outside = balance.outside_usual(facts)
    out = []
    if lead is not None:
        level = facts.level_after_lu(lead.ids)
        usual = balance.usual_range(facts, Role.LEAD_VOCAL)
        if level > SILENCE_DB and usual is not None:
            near = abs(usual.miss(level)) < balance.CLEAR_LU
            where = "where it usually is" if near else "outside of the usual range"
            out.append(f"The lead vocal lies {plain(-level)} LU below the whole mix, {where}.")
    others = [
        f"{p.name.lower()} {'high' if miss > 0 else 'low'}"
        for p, miss in outside
        if p.role is not Role.LEAD_VOCAL
    ]
    if others:
        out.append(f"Against human mixes, these stand out: {listed(others)}.")
    elif facts.playing:
        out.append(f"All {'other ' if lead else ''}roles lie where engineers usually have them.")
    return out


def _tone(facts: Facts) -> list[str]:
    outside = tone.outside_usual(facts)
    if not outside:
        return [f"Its tone stays inside what {facts.such_mixes} do."]
    low, high, miss = max(outside, key=lambda place: abs(place[2]))
    where = f"at {frequency(low)}" if low == high else f"from {frequency(low)} to {frequency(high)}"
    return [
        f"Its tone leaves the usual spread most {where}, by {plain(abs(miss))} dB "
        f"{'upwards' if miss > 0 else 'downwards'}."
    ]


def _master(facts: Facts) -> list[str]:
    measured = facts.project.measured
    loudness, peak = measured.master_loudness_lufs, measured.master_peak_dbtp
    if loudness is None or peak is None or min(loudness, peak) <= SILENCE_DB:
        return ["The master is too short or too quiet for a loudness measurement."]
    words = f"The master measures {plain(loudness)} LUFS at {plain(peak)} dBTP"
    if measured.limiting_db is not None:
        words += f"; its limiter takes {plain(-measured.limiting_db)} dB at most"
    if measured.note:
        words += f"; it is {measured.note}"
    return [f"{words}."]


def _hints(facts: Facts) -> list[str]:
    project = facts.project
    out = [f"{name} was left out: it {why}" for name, why in project.left_out.items()]
    for track in project.tracks:
        problems = find_problems(facts.analysis[track.id])
        if problems:
            out.append(f"{track.name}: {'; '.join(problems)}")
    unsure = [f"{t.name} as {t.role.title.lower()}" for t in facts.playing if t.role_confidence < 0.5]
    if unsure:
        out.append(f"Roles that are guesses: {listed(unsure[:12])}{' and more' if len(unsure) > 12 else ''}")
    return out


def _sections(facts: Facts) -> str:
    count = len(facts.analysis.sections)
    return counted(count, "section") if count > 1 else ""


def _silent(facts: Facts) -> str:
    silent = len(facts.project.tracks) - len(facts.playing)
    return f"{silent} silent" if silent else ""
