"""Every decision with its reason, its evidence and what it set, by track; each can be found in the project's
file by its id."""

from collections.abc import Iterable

from mixwright.project import Decision
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import counted
from mixwright.report.plot import ride

FULL = 1500
"""With more decisions than this, the ones of tracks are told in one line each."""

WHO = {"user": "set by you", "reference": "from the reference", "learned": "learned"}


def anchor(id: str) -> str:
    """Where the page tells about a decision."""
    return f"d-{id}"


def section(facts: Facts) -> Html:
    """Groups for the song, each track, groups and returns, and the master."""
    project = facts.project
    full = len(project.decisions) <= FULL
    groups = [
        _group(facts, title, about, decisions, full)
        for title, about, decisions in _grouped(facts)
        if decisions
    ]
    return tag(
        "section",
        tag("h2", "Decisions"),
        tag(
            "p",
            f"{counted(len(project.decisions), 'decision')}, in the order an engineer works. Each id stands "
            "in project.json, with the same evidence and under the parameters it set.",
        ),
        tag(
            "p",
            tag("button", "Open all", type="button", data_open="1"),
            " ",
            tag("button", "Close all", type="button", data_open="0"),
            class_="tools",
            hidden=True,
        ),
        groups,
        id="decisions",
        class_="card",
    )


def _grouped(facts: Facts) -> Iterable[tuple[str, str, list[Decision]]]:
    left = list(facts.project.decisions)

    def of(target: str) -> list[Decision]:
        found = [d for d in left if d.target == target]
        left[:] = [d for d in left if d.target != target]
        return found

    mix = facts.project.mix
    yield "The song", "", of("")
    order = {track.id: number for number, track in enumerate(facts.playing)}
    for track in sorted(facts.project.tracks, key=lambda t: order.get(t.id, len(order))):
        yield track.name, track.role.title, of(track.id)
    for bus in mix.buses:
        yield bus.name or bus.id, "group", of(bus.id)
    for ret in mix.returns:
        yield ret.name or ret.id, "return", of(ret.id)
    master = of("master")
    rest: dict[str, list[Decision]] = {}
    for decision in left:
        rest.setdefault(decision.target, []).append(decision)
    for target, decisions in rest.items():
        yield target, "", decisions
    yield "Master", "", master


def _group(facts: Facts, title: str, about: str, decisions: list[Decision], full: bool) -> Html:
    items = [_item(facts, decision, full) for decision in decisions]
    return tag(
        "details",
        tag(
            "summary",
            tag("span", title, class_="who"),
            tag("span", about, class_="dim") if about else None,
            tag("span", str(len(decisions)), class_="count", title=counted(len(decisions), "decision")),
        ),
        tag("ol", items, class_="decisions"),
        class_="group",
    )


def _item(facts: Facts, decision: Decision, full: bool) -> Html:
    summary = decision.summary
    if decision.target and summary.startswith(f"{decision.target} "):
        summary = summary[len(decision.target) + 1 :]
    head = tag(
        "p",
        tag("b", summary),
        " ",
        tag("code", decision.id, class_="id"),
        tag("span", decision.kind, class_="chip"),
        tag("span", WHO[decision.set_by], class_="chip user") if decision.set_by in WHO else None,
        class_="what",
    )
    if not full:
        return tag("li", head, id=anchor(decision.id))
    evidence = [
        tag(
            "li", tag("span", _words(name), class_="dim"), " ", tag("data", plain_g(value), value=repr(value))
        )
        for name, value in decision.evidence.items()
    ]
    confidence = f"{decision.confidence:.0%}"
    return tag(
        "li",
        head,
        tag("p", decision.reason),
        tag(
            "p",
            tag("span", "sure ", class_="dim"),
            tag("meter", confidence, value=decision.confidence, min=0, max=1, aria_label="confidence"),
            " ",
            confidence,
            class_="sure",
        ),
        tag("ul", evidence, class_="evidence", aria_label="Evidence") if evidence else None,
        _rides(facts, decision),
        _changes(facts, decision),
        id=anchor(decision.id),
    )


def _changes(facts: Facts, decision: Decision) -> Html | None:
    if not decision.changes:
        return None
    rows = []
    for path, value in decision.changes.items():
        setting = facts.project.settings.get(path)
        later: Html | None = None
        if setting is not None and setting.decision not in (None, decision.id):
            later = tag(
                "span",
                " later ",
                tag("a", setting.decision, href=f"#{anchor(setting.decision or '')}"),
                class_="dim",
            )
        elif setting is not None and setting.set_by == "user" and decision.set_by != "user":
            later = tag("span", " later set by you", class_="dim")
        rows.append(tag("li", tag("code", path), " ", tag("b", _value(value)), later))
    return tag(
        "details",
        tag("summary", counted(len(rows), "parameter")),
        tag("ul", rows, class_="changes"),
    )


def _rides(facts: Facts, decision: Decision) -> Html | None:
    """Automation, as lines over the song."""
    if not decision.curves:
        return None
    rows = []
    for curve in decision.curves:
        times, values = zip(*curve.points, strict=True)
        words = f"{plain_g(min(values))} to {plain_g(max(values))}, {counted(len(values), 'point')}"
        label = f"automation of {curve.path}: {words}"
        picture = ride(times, values, facts.analysis.duration_s, label)
        rows.append(tag("li", tag("code", curve.path), " ", tag("b", words), picture))
    return tag("ul", rows, class_="changes")


def plain_g(value: float) -> str:
    """Four digits, without exponent where it reads well."""
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def _words(name: str) -> str:
    """``peak_to_loudness_lu`` as ``peak to loudness (LU)``."""
    units = {
        "db": "dB", "lu": "LU", "lufs": "LUFS", "dbfs": "dBFS", "dbtp": "dBTP", "hz": "Hz",
        "bpm": "bpm", "ms": "ms",
    }  # fmt: skip
    head, _, unit = name.rpartition("_")
    if head and unit in units:
        return f"{head.replace('_', ' ')} ({units[unit]})"
    return name.replace("_", " ")


def _value(value: float | bool | int | str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return plain_g(value) if isinstance(value, float | int) else value
