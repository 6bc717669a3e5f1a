"""Who hides whom, as the tracks came and in the mix."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.masking import listen, sample_powers
from mixwright.report.facts import Facts, Party
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import listed, plain

STRONG = 0.3
"""Shares from here on have the full colour."""

NAMED = 0.05
FREED = 0.03


@dataclass(frozen=True, eq=False)
class Masked:
    """Share of each party that the others hide, (hidden, hiding), and that is heard, (parties,)."""

    hidden_by: np.ndarray
    heard: np.ndarray


def masked(powers: list[np.ndarray]) -> Masked:
    """From powers (frames, bands) of the parties over the same frames."""
    scene = listen(sample_powers(powers))
    return Masked(scene.hidden_by().sum(axis=2), scene.audible())


def both(facts: Facts) -> tuple[Masked, Masked]:
    """As the tracks came, and in the mix, in the parts listened to."""
    return (
        masked([facts.power_before(party.ids) for party in facts.parties]),
        masked([facts.power_after(party.ids) for party in facts.parties]),
    )


def section(facts: Facts) -> Html:
    """Two maps and what changed."""
    if len(facts.parties) < 2:
        return tag(
            "section",
            tag("h2", "Masking"),
            tag("p", "One track alone has nobody to hide behind."),
            id="masking",
            class_="card",
        )
    before, after = both(facts)
    return tag(
        "section",
        tag("h2", "Masking"),
        tag("p", _words(facts.parties, before, after)),
        tag(
            "div",
            _map(facts.parties, before, "In the rough sum"),
            _map(facts.parties, after, "In the mix"),
            class_="pair",
        ),
        tag(
            "p",
            "Rows: share of the sound of a track that another one (column) hides, in percent; the last "
            "column is what stays heard. Excitation on the ear's critical bands, in the bands that matter to "
            "the track.",
            class_="note",
        ),
        id="masking",
        class_="card",
    )


def _words(parties: tuple[Party, ...], before: Masked, after: Masked) -> str:
    change = after.heard - before.heard
    words = (
        f"On average {_percent(before.heard.mean())} of each track was heard in the rough sum, "
        f"{_percent(after.heard.mean())} in the mix."
    )
    freed = [k for k in np.argsort(-change, kind="stable")[:3] if change[k] > FREED]
    if freed:
        names = [f"{parties[k].name} ({plain(100 * float(change[k]), 0, True)} points)" for k in freed]
        words += f" Brought out most: {listed(names)}."
    least = int(np.argmin(after.heard))
    worst = int(np.argmax(after.hidden_by[least]))
    words += (
        f" Least heard is {parties[least].name} ({_percent(after.heard[least])}), mostly under "
        f"{parties[worst].name}."
    )
    return words


def _percent(share: float) -> str:
    return f"{plain(100 * float(share), 0)} %"


def _map(parties: tuple[Party, ...], found: Masked, title: str) -> Html:
    head = [tag("th", tag("span", p.name, class_="up"), scope="col", title=p.name) for p in parties]
    rows = []
    for k, party in enumerate(parties):
        cells = [_cell(float(found.hidden_by[k, other]), k == other) for other in range(len(parties))]
        heard = tag("td", plain(100 * float(found.heard[k]), 0), class_="heard")
        name = tag("th", tag("span", party.name, class_="clip"), scope="row", title=party.name)
        rows.append(tag("tr", name, cells, heard))
    table = tag(
        "table",
        tag("caption", title),
        tag("thead", tag("tr", tag("td"), head, tag("th", tag("span", "heard", class_="up"), scope="col"))),
        tag("tbody", rows),
        class_="heat",
    )
    return tag(
        "div", table, class_="scroll", tabindex="0", role="region", aria_label=f"Masking, {title.lower()}"
    )


def _cell(share: float, own: bool) -> Html:
    if own:
        return tag("td", class_="own")
    shown = plain(100 * share, 0) if share >= NAMED else ""
    return tag("td", shown, style=f"--v:{min(share / STRONG, 1):.2f}")
