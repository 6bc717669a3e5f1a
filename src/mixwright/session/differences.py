"""What differs between two states of a project, in words an engineer would use."""

from collections.abc import Iterable, Mapping

from mixwright.mix_model import MASTER, OFF_DB, Curve, Mix, Return
from mixwright.params import Param, Parameter, Value
from mixwright.project import Project

SAME_DB = 0.005
_WORDS = {
    "high_pass": "high-pass",
    "low_pass": "low-pass",
    "compressor": "compressor",
    "mono_below_hz": "mono below",
}


def differences(before: Project, after: Project) -> tuple[str, ...]:
    """One line per difference that can be heard or read; empty when the two are the same."""
    lines = [*_tracks(before, after), *_brief(before, after)]
    lines += _mix_lines(before, after)
    lines += _curves(before, after)
    lines += [f"locked: {lock}" for lock in after.locks if lock not in before.locks]
    lines += [f"unlocked: {lock}" for lock in before.locks if lock not in after.locks]
    return tuple(lines)


def channel_name(project: Project, id: str) -> str:
    """How a person calls a channel: its role where it is the only one of it, else its own name."""
    if id == MASTER:
        return "master"
    for track in project.tracks:
        if track.id == id:
            same = [other for other in project.tracks if other.role is track.role]
            return track.role.title.lower() if len(same) == 1 else track.name
    for channel in project.mix.channels():
        if channel.id == id:
            return (channel.name or channel.id).lower()
    return id


def _tracks(before: Project, after: Project) -> Iterable[str]:
    old = {track.id: track for track in before.tracks}
    new = {track.id: track for track in after.tracks}
    for id, track in new.items():
        if id not in old:
            yield f"{track.name}: new track ({track.role.title.lower()})"
        elif track.files != old[id].files:
            yield f"{track.name}: other audio"
        if id in old and track.role is not old[id].role:
            yield f"{track.name}: {old[id].role.title.lower()} -> {track.role.title.lower()}"
    yield from (f"{track.name}: removed" for id, track in old.items() if id not in new)


def _brief(before: Project, after: Project) -> Iterable[str]:
    a, b = before.brief, after.brief
    if a.genre != b.genre:
        yield f"genre {a.genre} -> {b.genre}"
    if a.loudness_lufs != b.loudness_lufs:
        yield f"loudness {a.loudness_lufs:g} -> {b.loudness_lufs:g} LUFS"
    if a.peak_dbtp != b.peak_dbtp:
        yield f"peak {a.peak_dbtp:g} -> {b.peak_dbtp:g} dBTP"
    if a.tempo_bpm != b.tempo_bpm:
        yield f"tempo {_tempo(a.tempo_bpm)} -> {_tempo(b.tempo_bpm)}"


def _tempo(bpm: float | None) -> str:
    return "as heard" if bpm is None else f"{bpm:g} bpm"


def _mix_lines(before: Project, after: Project) -> Iterable[str]:
    old = {p.path: p for p in before.mix.walk()}
    changed = [
        (old[p.path], p)
        for p in after.mix.walk()
        if p.path in old and p.value != old[p.path].value and not _same(old[p.path].value, p.value)
    ]
    bands: dict[str, None] = {}
    for was, now in changed:
        band = _band_of(now.path)
        if band is not None:
            if band not in bands:
                bands[band] = None
                yield _band_line(after, band, old, {p.path: p for p in after.mix.walk()})
        else:
            yield _line(after, was, now)


def _same(a: Value, b: Value) -> bool:
    return isinstance(a, float) and isinstance(b, float) and abs(a - b) < 1e-9


def _line(project: Project, was: Parameter, now: Parameter) -> str:
    name, rest = _split(project, now.path)
    if rest == "fader_db":
        return f"{name} {_moved(was, now)}"
    if rest.startswith("sends.") and rest.endswith(".level_db"):
        return f"{name}: {_send_name(project.mix, rest.split('.')[1])} send {_level(was.value, now.value)}"
    if rest == "mute":
        return f"{name} {'muted' if now.value else 'unmuted'}"
    if rest == "pan":
        return f"{name} pan {_place(was.value)} -> {_place(now.value)}"
    what = " ".join(_WORDS.get(part, part.replace("_db", "").replace("_", " ")) for part in rest.split("."))
    for unit in ("hz", "ms", "s", "dbtp", "bpm"):
        what = what.removesuffix(f" {unit}")
    if isinstance(now.declaration, Param) and now.declaration.unit in ("dB", "dBFS", "dBTP"):
        return f"{name}: {what} {_moved(was, now)}"
    return f"{name}: {what} {_shown(was)} -> {_shown(now)}".removeprefix(": ")


def _moved(was: Parameter, now: Parameter) -> str:
    return _level(float(was.value), float(now.value))


def _level(was: float, now: float) -> str:
    if now <= OFF_DB < was:
        return f"closed (was {was:.1f} dB)"
    if was <= OFF_DB < now:
        return f"opened at {now:.1f} dB"
    return f"{now - was:+.{2 if abs(now - was) < 0.05 else 1}f} dB"


def _shown(parameter: Parameter) -> str:
    if isinstance(parameter.declaration, Param):
        return f"{parameter.value:.4g} {parameter.declaration.unit}".rstrip()
    return parameter.declaration.format(parameter.value)


def _place(pan: float) -> str:
    if abs(pan) < 0.005:
        return "centre"
    return f"{abs(pan):.0%} {'left' if pan < 0 else 'right'}"


def _send_name(mix: Mix, id: str) -> str:
    channel = mix.channel(id)
    if isinstance(channel, Return):
        kind = "echo" if channel.effect == "echo" else "reverb"
        return kind if kind in id else f"{kind} ({id})"
    return channel.name.lower() or id


def _split(project: Project, path: str) -> tuple[str, str]:
    group, _, rest = path.partition(".")
    if group == MASTER:
        return "master", rest
    if group not in ("strips", "buses", "returns"):
        return "", path
    id, _, rest = rest.partition(".")
    return channel_name(project, id), rest


def _band_of(path: str) -> str | None:
    head, dot, _ = path.rpartition(".")
    return head if dot and ".equalizer.band" in f".{head}" else None


def _band_line(
    project: Project, band: str, old: Mapping[str, Parameter], new: Mapping[str, Parameter]
) -> str:
    name, _ = _split(project, band)
    values = {key: new[f"{band}.{key}"].value for key in ("on", "kind", "frequency_hz", "gain_db", "q")}
    was, now = _gain(old, band), _gain(new, band)
    hz = float(values["frequency_hz"])
    where = f"{hz / 1000:.3g} kHz" if hz >= 1000 else f"{hz:.3g} Hz"
    shape = str(values["kind"]).replace("_", " ")
    if abs(now - was) < SAME_DB:
        return f"{name} EQ: {shape} at {where}, {now:+.1f} dB, q {values['q']:.2g}"
    return f"{name} EQ: {now - was:+.1f} dB at {where} ({shape}, now {now:+.1f} dB)"


def _gain(values: Mapping[str, Parameter], band: str) -> float:
    return float(values[f"{band}.gain_db"].value) if values[f"{band}.on"].value else 0.0


CURVE_ROUNDING = 0.02
"""Points of curves are kept to two digits."""


def _goes_along(before: Project, after: Project, a: Curve | None, b: Curve | None) -> bool:
    """Whether a curve only moved with its value, which is told already."""
    if a is None or b is None or [t for t, _ in a.points] != [t for t, _ in b.points]:
        return False
    old, new = (
        next((p.value for p in project.mix.walk() if p.path == a.path), 0.0) for project in (before, after)
    )
    steps = [y - x for (_, x), (_, y) in zip(a.points, b.points, strict=True)]
    return old != new and all(abs(step - (float(new) - float(old))) < CURVE_ROUNDING for step in steps)


def _curves(before: Project, after: Project) -> Iterable[str]:
    old = {curve.path: curve for curve in before.mix.curves}
    new = {curve.path: curve for curve in after.mix.curves}
    for path in (*new, *(path for path in old if path not in new)):
        if old.get(path) == new.get(path) or _goes_along(before, after, old.get(path), new.get(path)):
            continue
        name, rest = _split(after, path)
        what = rest.replace("_db", "").replace("_", " ").replace(".", " ")
        how = (
            "new automation"
            if path not in old
            else "other automation"
            if path in new
            else "no automation now"
        )
        yield f"{name} {what}: {how}"
