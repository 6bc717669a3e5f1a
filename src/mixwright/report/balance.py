"""How loud each role and track is inside the mix, before and after, against the usual range."""

from mixwright.metrics.spread import ROLE_RE_MIX_LU, Usual, lead_re_mix
from mixwright.report.facts import Facts, Party
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import listed, plain, quantity
from mixwright.report.plot import legend
from mixwright.roles import Role
from mixwright.units import SILENCE_DB

LOWEST_LU = -36.0
CLEAR_LU = 0.5
"""A miss smaller than this is not worth a word."""

MOST_TRACKS = 60
"""With more tracks only roles are shown."""


def usual_range(facts: Facts, role: Role) -> Usual | None:
    """Usual level of a role re the mix; the lead's is that of the genre."""
    if role is Role.LEAD_VOCAL:
        vocals = facts.genre.vocals
        return lead_re_mix(vocals.lead_to_rest_db, vocals.tolerance_db, facts.genre.name)
    return ROLE_RE_MIX_LU.get(role.value)


def outside_usual(facts: Facts) -> list[tuple[Party, float]]:
    """Roles that lie outside of the usual range, and by how much."""
    found = []
    for party in facts.roles:
        usual = usual_range(facts, party.role)
        level = facts.level_after_lu(party.ids)
        if usual is not None and level > SILENCE_DB and abs(usual.miss(level)) >= CLEAR_LU:
            found.append((party, usual.miss(level)))
    return found


def section(facts: Facts) -> Html:
    """A row per role, with its tracks below where there are several."""
    rows = []
    names = {track.id: track.name for track in facts.playing}
    for party in facts.roles:
        own = names[party.ids[0]] if len(party.ids) == 1 else ""
        rows.append(_row(facts, party, usual_range(facts, party.role), "role", own))
        if not own and len(facts.playing) <= MOST_TRACKS:
            rows += [_row(facts, Party(names[id], party.role, (id,)), None, "part") for id in party.ids]
    head = [
        tag("span", label, role="columnheader", class_=name)
        for label, name in (("", "name"), ("", "bar"), ("rough", "num"), ("mix", "num"))
    ]
    return tag(
        "section",
        tag("h2", "Balance"),
        tag("p", _words(facts)),
        tag(
            "div",
            tag("div", head, role="row", class_="brow head"),
            rows,
            _scale(),
            role="table",
            aria_label="Level of each role and track re the mix in LU",
            class_="balance",
        ),
        legend(
            ("dot before", "in the rough sum"), ("dot after", "in the mix"), ("range", "usual in human mixes")
        ),
        tag(
            "p",
            "Gated loudness behind fader and pan re the whole mix, in LU, measured in the parts of the song "
            "that the engineer listened to. Ranges hold 19 of 20 published mixes; the lead's is that of the "
            "genre.",
            class_="note",
        ),
        id="balance",
        class_="card",
    )


def _words(facts: Facts) -> str:
    outside = outside_usual(facts)
    if not outside:
        return "Every role with a known range lies inside it."
    parts = [f"{p.name} ({plain(abs(m))} LU {'above' if m > 0 else 'below'})" for p, m in outside]
    return f"Outside of the range in which 19 of 20 human mixes lie: {listed(parts)}."


def _row(facts: Facts, party: Party, usual: Usual | None, kind: str, track: str = "") -> Html:
    before, after = facts.level_before_lu(party.ids), facts.level_after_lu(party.ids)
    marks = []
    if usual is not None:
        low, high = _at(usual.low), _at(usual.high)
        about = f"usual {plain(usual.low)} to {plain(usual.high)} LU: {usual.source}"
        marks.append(
            tag("span", class_="range", title=about, style=f"left:{low:.1f}%;width:{high - low:.1f}%")
        )
    for level, name in ((before, "before"), (after, "after")):
        if level > SILENCE_DB:
            marks.append(tag("span", class_=f"dot {name}", style=f"left:{_at(level):.1f}%"))
    return tag(
        "div",
        tag(
            "span",
            party.name,
            tag("small", track) if track and track.lower() != party.name.lower() else None,
            role="rowheader",
            class_="name",
            title=track or party.name,
        ),
        tag("span", marks, class_="bar", role="presentation"),
        tag("span", quantity(before), role="cell", class_="num dim"),
        tag("span", quantity(after), role="cell", class_="num"),
        role="row",
        class_=f"brow {kind} {party.family.value}",
    )


def _scale() -> Html:
    ticks = [
        tag("span", plain(level, 0), style=f"left:{_at(level):.1f}%", class_="fine" if level % 12 else None)
        for level in range(int(LOWEST_LU), 1, 6)
    ]
    bar = tag("span", ticks, class_="bar ticks")
    return tag("div", tag("span", class_="name"), bar, class_="brow", aria_hidden="true")


def _at(level_lu: float) -> float:
    return 100 * min(max(1 - level_lu / LOWEST_LU, 0.0), 1.0)
