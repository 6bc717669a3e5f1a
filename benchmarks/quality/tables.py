"""Rows to tables, as Markdown: the same text goes to the terminal and to ``docs/quality.md``."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.rows import Row
from mixwright.metrics.distribution import kernel_distance
from mixwright.metrics.spread import LEFT_RIGHT_DB

HUMAN = "human mix"

NOISE = 0.1
"""A number is only called nearer when it is so by this share."""


@dataclass(frozen=True)
class Column:
    """One number per mix; None where it is not known."""

    title: str
    value: Callable[[Row], float | None]
    size: bool = False
    """The mean of sizes without their sign is shown."""
    digits: int = 1
    fault: Callable[[Row], float | None] | None = None
    """What counts as a loss where the number itself is none."""
    judged: bool = True
    """Whether a smaller size is better."""


COLUMNS = (
    Column("1/3 octave, dB", lambda r: r.tone_db, digits=2),
    Column("roles, LU", lambda r: r.role_lu if r.roles_known else None),
    Column("lead re mix, LU", lambda r: r.lead_lu if r.roles_known else None, judged=False),
    Column("least heard role", lambda r: r.least_heard if r.roles_known else None, digits=2, judged=False),
    Column("PLR diff., LU", lambda r: r.plr_difference_lu, size=True),
    Column("crest per band, dB", lambda r: r.crest_error_db),
    Column("width diff., dB", lambda r: r.width_difference_db, size=True),
    Column("width per band, dB", lambda r: r.width_error_db),
    Column("width outside spread, dB", lambda r: r.width_outside_db),
    Column(
        "R-L, dB", lambda r: r.left_right_db, size=True, fault=lambda r: LEFT_RIGHT_DB.miss(r.left_right_db)
    ),
    Column("Bark mid", lambda r: r.feature_mid, digits=3),
    Column("Bark side", lambda r: r.feature_side, digits=3),
    Column("mel", lambda r: r.mel, digits=3),
)


def summary(rows: Sequence[Row], systems: Iterable[str]) -> str:
    """Mean and median over the songs, a line per system."""
    head = ["system", "songs", *(column.title for column in COLUMNS), "set distance"]
    lines = [head, ["---"] * len(head)]
    human = {row.song: row for row in rows if row.system == HUMAN}
    for system in systems:
        mine = [row for row in rows if row.system == system]
        if not mine:
            continue
        cells = [system, str(len(mine))]
        cells += [_mean(column, mine) for column in COLUMNS]
        cells.append(_set_distance(mine, [human[row.song] for row in mine if row.song in human]))
        lines.append(cells)
    return _table(lines)


def _values(column: Column, rows: Sequence[Row]) -> np.ndarray:
    found = [column.value(row) for row in rows]
    values = np.array([v for v in found if v is not None and math.isfinite(v)])
    return np.abs(values) if column.size else values


def _mean(column: Column, rows: Sequence[Row]) -> str:
    values = _values(column, rows)
    if not values.size:
        return "-"
    d = column.digits
    return f"{values.mean():.{d}f} / {np.median(values):.{d}f}"


def _set_distance(mine: Sequence[Row], human: Sequence[Row]) -> str:
    if len(mine) < 4 or len(human) < 4 or mine[0].system == HUMAN:
        return "-"
    ours, theirs = (np.array([row.features for row in rows]) for rows in (mine, human))
    return f"{kernel_distance(ours, theirs):.0f}"


def per_song(rows: Sequence[Row], column: Column, systems: Sequence[str]) -> str:
    """One number of all systems, a line per song."""
    present = [system for system in systems if any(row.system == system for row in rows)]
    lines = [["song", *present], ["---"] * (1 + len(present))]
    found = {(row.song, row.system): column.value(row) for row in rows}
    songs = list(dict.fromkeys(row.song for row in rows))

    def shown(value: float | None) -> str:
        return "-" if value is None or not math.isfinite(value) else f"{value:.{column.digits}f}"

    lines += [[song, *(shown(found.get((song, system))) for system in present)] for song in songs]
    spread = [_values(column, [row for row in rows if row.system == system]) for system in present]
    for name, measure in (("*mean*", np.mean), ("*median*", np.median), ("*deviation*", np.std)):
        lines.append([name, *(shown(float(measure(v)) if v.size else None) for v in spread)])
    return _table(lines)


def mean_losses(rows: Sequence[Row], ours: str, systems: Sequence[str]) -> list[str]:
    """Numbers by whose mean over the songs another system is nearer, with those systems."""
    out = []
    for column in (c for c in COLUMNS if c.judged):
        fault = Column(column.title, column.fault or column.value, size=True, digits=column.digits)
        means = {}
        for system in systems:
            values = _values(fault, [row for row in rows if row.system == system])
            if values.size and system != HUMAN:
                means[system] = round(float(values.mean()), column.digits)
        nearer = {s: m for s, m in means.items() if ours in means and m < means[ours]}
        if nearer:
            others = ", ".join(f"{system} {mean:.{column.digits}f}" for system, mean in nearer.items())
            out.append(f"{column.title}: {means[ours]:.{column.digits}f}; {others}")
    return out


def losses(rows: Sequence[Row], ours: str, systems: Sequence[str]) -> list[str]:
    """Where others are clearly nearer to the human mix: a line per number, with its songs and by whom."""
    out = []
    for column in (c for c in COLUMNS if c.judged):
        fault = column.fault or column.value
        size = {
            (row.song, row.system): abs(value)
            for row in rows
            if (value := fault(row)) is not None and math.isfinite(value) and row.system in systems
        }
        songs = [song for song, system in size if system == ours]
        lost = {}
        for song in songs:
            rest = {s: v for (name, s), v in size.items() if name == song and s not in (ours, HUMAN)}
            best = min(rest, key=lambda s: rest[s], default=None)
            step = 10.0**-column.digits  # what the page shows
            if best is not None and rest[best] < min((1 - NOISE) * size[song, ours], size[song, ours] - step):
                lost[song] = (
                    f"{song} ({size[song, ours]:.{column.digits}f}, {best} {rest[best]:.{column.digits}f})"
                )
        if lost:
            out.append(f"{column.title}: on {len(lost)} of {len(songs)} songs: {', '.join(lost.values())}")
    return out


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
