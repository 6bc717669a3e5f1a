"""The catalogue of all parameters of a mix, read from their declarations."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mixwright.mix_model import Bus, Master, Mix, Return, Send, Strip
from mixwright.params import Choice, Param, Params


@dataclass(frozen=True)
class Entry:
    """One parameter as documentation and machines want it."""

    path: str
    kind: str
    unit: str
    range_text: str
    min: float | None
    max: float | None
    options: tuple[Any, ...]
    travel: str
    default: str
    default_value: Any
    help: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def catalogue() -> list[Entry]:
    """Every parameter once: of the mix, a strip, a bus, a return, a send and the master.

    Ids stand as ``*``; buses and returns list what strips do not have.
    """
    entries = _entries("", Mix(), only={"tempo_bpm"})
    strip = _entries("strips.*.", Strip(id="x"))
    entries += strip
    entries += _entries("strips.*.sends.*.", Send(to="x"))
    known = {entry.path.removeprefix("strips.*.") for entry in strip}
    entries += [e for e in _entries("buses.*.", Bus(id="x")) if e.path.removeprefix("buses.*.") not in known]
    entries += [
        e for e in _entries("returns.*.", Return(id="x")) if e.path.removeprefix("returns.*.") not in known
    ]
    entries += _entries("master.", Master())
    return entries


def as_markdown(entries: Sequence[Entry]) -> str:
    """The catalogue as a page of the manual, one table per part of the desk."""
    parts: dict[str, list[Entry]] = {}
    for entry in entries:
        parts.setdefault(_part(entry.path), []).append(entry)
    lines = [
        "# Parameters of a mix",
        "",
        "Made by `mixwright params --markdown` from the declarations in the program. `*` stands for the id",
        "of a strip, bus, return or send; buses and returns have all that strips have, and what is listed",
        "for them.",
    ]
    for part, group in parts.items():
        lines += ["", f"## {part}", "", "| Parameter | Default | Range | Travel | |", "|---|---|---|---|---|"]
        for e in group:
            cells = (f"`{e.path}`", e.default, e.range_text, e.travel, e.help)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _part(path: str) -> str:
    """Such as `strips.*.compressor`: what a table of the manual holds."""
    head, _, _ = path.rpartition(".")
    names = head.split(".")
    return ".".join(names[:3] if len(names) > 1 and names[1] == "*" else names[:2]) or "mix"


def _entries(prefix: str, params: Params, only: set[str] | None = None) -> list[Entry]:
    found = []
    for p in params.walk():
        if only is not None and p.path not in only:
            continue
        declared = p.declaration
        continuous = isinstance(declared, Param)
        found.append(
            Entry(
                path=prefix + p.path,
                kind="number" if continuous else "choice" if isinstance(declared, Choice) else "switch",
                unit=declared.unit,
                range_text=declared.range_text,
                min=declared.min if isinstance(declared, Param) else None,
                max=declared.max if isinstance(declared, Param) else None,
                options=declared.options if isinstance(declared, Choice) else (),
                travel=str(declared.scale) if isinstance(declared, Param) else "",
                default=declared.format(p.value),
                default_value=p.value,
                help=declared.help,
            )
        )
    return found
