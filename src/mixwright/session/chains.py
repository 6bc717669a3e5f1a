"""What users build themselves: curves, keys, groups and parallel paths, beside what the engineer does."""

from dataclasses import dataclass

from pydantic import ValidationError

from mixwright.errors import InputError
from mixwright.mix_model import MASTER, Bus, Curve, Keys, Mix, Send
from mixwright.params import Param, plain_message
from mixwright.project import Project
from mixwright.session.names import find_channels, find_parameter, id_of, slug

PARALLEL_SEND_DB = -10.0
"""Where the send into a new parallel path stands: audible, and not too much."""


@dataclass(frozen=True)
class Built:
    """One thing that was built: the mix with it, what it is called, and the paths that are the user's now."""

    mix: Mix
    summary: str
    paths: tuple[str, ...]


def with_curve(project: Project, text: str) -> Built:
    """Automation as a person writes it: ``lead_vocal.fader_db@12=-3,14.5=-1``, with ``,hold`` for steps.

    ``lead_vocal.fader_db@none`` takes it away.

    Raises
    ------
    InputError
        When it is none, or the value cannot be automated.
    """
    name, at, points = text.partition("@")
    if not at:
        raise InputError(f"{text!r} is no curve; write TRACK.VALUE@SECONDS=NUMBER,SECONDS=NUMBER")
    path = find_parameter(project, name)
    others = tuple(curve for curve in project.mix.curves if curve.path != path)
    if points.strip() == "none":
        return Built(project.mix.replace(curves=others), f"no automation of {path}", (path,))
    parts = [part.strip() for part in points.split(",") if part.strip()]
    shape = "hold" if "hold" in parts else "linear"
    found = []
    for part in parts:
        if part == "hold":
            continue
        time, _, value = part.partition("=")
        try:
            found.append((float(time), float(value)))
        except ValueError:
            raise InputError(
                f"{part!r} is no point of a curve; write SECONDS=NUMBER, as in 12.5=-3"
            ) from None
    _check_range(project, path, [value for _, value in found])
    try:
        curve = Curve.model_validate({"path": path, "points": tuple(sorted(found)), "shape": shape})
        mix = project.mix.replace(curves=(*others, curve))
    except ValueError as error:
        raise InputError(f"{text!r}: {_plain(error)}; correct its points") from None
    return Built(mix, f"automation of {path} in {len(found)} points", (path,))


def _check_range(project: Project, path: str, values: list[float]) -> None:
    declaration = next(p.declaration for p in project.mix.walk() if p.path == path)
    for value in values:
        if isinstance(declaration, Param) and not declaration.min <= value <= declaration.max:
            raise InputError(
                f"{path}: {value:g} is out of range; give a value within {declaration.range_text}"
            )


def with_key(project: Project, text: str) -> Built:
    """A sidechain: ``bass.compressor=kick``, or ``=none`` for none.

    Raises
    ------
    InputError
        When channel or insert do not exist, or the signal would run in a circle.
    """
    place, equals, source = text.partition("=")
    who, dot, insert = place.strip().rpartition(".")
    if not equals or not dot or insert not in Keys.model_fields:
        raise InputError(
            f"{text!r} is no key; write TRACK.INSERT=SOURCE with one of {', '.join(Keys.model_fields)}"
        )
    target = _channel(project, who)
    key = None if source.strip() == "none" else _channel(project, source)
    mix = project.mix
    path = mix.path_of(target)
    keys = mix.channel(target).keys.model_copy(update={insert: key})
    try:
        mix = _replaced(mix, target, keys=keys)
    except ValueError as error:
        raise InputError(f"{text!r}: {_plain(error)}; choose another source") from None
    return Built(mix, f"{target}: {insert} listens to {key or 'itself'}", (f"{path}.keys.{insert}",))


def with_group(project: Project, text: str) -> Built:
    """A group: ``leads=lead_vocal,double`` makes a bus for these tracks, which goes where the first one went.

    Raises
    ------
    InputError
        When a track does not exist, or the name is taken by something else.
    """
    name, ids = _named(project, text, "leads=lead_vocal,double")
    mix = project.mix
    first = mix.channel(ids[0]).output
    if name not in {bus.id for bus in mix.buses}:
        mix = mix.replace(buses=(Bus(id=name, name=name.replace("_", " ").title(), output=first), *mix.buses))
    try:
        for id in ids:
            mix = _replaced(mix, id, output=name)
    except ValueError as error:
        raise InputError(f"{text!r}: {_plain(error)}; choose other tracks") from None
    return Built(mix, f"group {name}: {', '.join(ids)}", tuple(f"{mix.path_of(id)}.output" for id in ids))


def with_parallel(project: Project, text: str) -> Built:
    """A parallel path: ``crush=drums`` makes a bus that these channels send to, at -10 dB.

    Raises
    ------
    InputError
        When a channel does not exist, the name is taken, or the signal would run in a circle.
    """
    name, ids = _named(project, text, "crush=drums")
    mix = project.mix
    if name not in {bus.id for bus in mix.buses}:
        mix = mix.replace(buses=(*mix.buses, Bus(id=name, name=name.replace("_", " ").title())))
    try:
        for id in ids:
            channel = mix.channel(id)
            if channel.send(name) is None:
                mix = _replaced(mix, id, sends=(*channel.sends, Send(to=name, level_db=PARALLEL_SEND_DB)))
    except ValueError as error:
        raise InputError(f"{text!r}: {_plain(error)}; choose other channels") from None
    paths = tuple(f"{mix.path_of(id)}.sends.{name}.level_db" for id in ids)
    return Built(mix, f"parallel path {name} of {', '.join(ids)}", paths)


def _named(project: Project, text: str, example: str) -> tuple[str, tuple[str, ...]]:
    name, equals, members = text.partition("=")
    key = id_of(name)
    if not equals or not key:
        raise InputError(f"{text!r} builds nothing; write NAME=TRACK,TRACK, for example {example}")
    mix = project.mix
    if key == MASTER or key in {c.id for c in (*mix.strips, *mix.returns)}:
        raise InputError(f"{name!r} is the name of something else here; choose another")
    return key, tuple(_channel(project, member) for member in members.split(","))


def _channel(project: Project, text: str) -> str:
    """One channel by what it is called: of a group its bus."""
    wanted = slug(text)
    known = [channel.id for channel in project.mix.channels()]
    if wanted in known:
        return wanted
    found = find_channels(project, text)
    buses = [bus.id for bus in project.mix.buses if bus.id in found]
    if len(found) == 1:
        return next(iter(found))
    if buses:
        return buses[0]
    raise InputError(f"there is no track or group {text.strip()!r}; there are {', '.join(known)}")


def _replaced(mix: Mix, id: str, **changes: object) -> Mix:
    group = mix.path_of(id).partition(".")[0]
    channels = tuple(c.replace(**changes) if c.id == id else c for c in getattr(mix, group))
    return mix.replace(**{group: channels})


def _plain(error: ValueError) -> str:
    return plain_message(error) if isinstance(error, ValidationError) else str(error)
