"""What a person may call tracks, groups, values, kinds of decisions and sections, and what is meant."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

from mixwright.errors import InputError
from mixwright.mix_model import MASTER, MAX_ID_LENGTH, Mix
from mixwright.project import Project, SongSection
from mixwright.roles import RoleGroup, parse_role

EVERYTHING = ("all", "everything", "mix")

KINDS: dict[str, tuple[str, ...]] = {
    "prepare": ("strips.*.trim_db", "strips.*.polarity_invert", "strips.*.delay_ms"),
    "tone": ("strips.*.equalizer.*",),
    "dynamics": ("strips.*.gate.*", "strips.*.compressor.*", "strips.*.dynamic?.*", "strips.*.saturation.*"),
    "balance": ("strips.*.fader_db", "strips.*.mute"),
    "separation": (),
    "stereo": ("strips.*.pan", "strips.*.width"),
    "space": ("strips.*.sends.*", "returns.*"),
    "buses": ("buses.*",),
    "sections": (),
    "master": ("master.*",),
}
"""Kinds of decisions, and the values that are theirs whoever set them. Separation works inside the values of
others, sections in curves."""


def slug(text: str) -> str:
    """A name as it is compared: small letters and digits."""
    return re.sub(r"[\W_]+", "_", text.lower()).strip("_")


def id_of(text: str) -> str:
    """A name as an id: without accents, and without what is no Latin letter; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return slug(plain)[: MAX_ID_LENGTH - 4].strip("_")


def find_channels(project: Project, text: str) -> frozenset[str]:
    """Ids of the strips, buses and returns a person means (`MASTER` for the mix bus); empty when nothing.

    An id, the name of a track, a role, a family of roles with its buses, ``returns``, or everything.
    """
    mix, wanted = project.mix, slug(text)
    strips = {strip.id for strip in mix.strips}
    if wanted in EVERYTHING:
        return frozenset((*(channel.id for channel in mix.channels()), MASTER))
    if wanted == MASTER:
        return frozenset((MASTER,))
    if wanted in ("returns", "effects"):
        return frozenset(ret.id for ret in mix.returns)
    if any(group.value == wanted for group in RoleGroup):
        members = {t.id for t in project.tracks if t.role.group.value == wanted and t.id in strips}
        if members:
            return with_own_buses(mix, members)
    if wanted in {bus.id for bus in mix.buses}:
        feeding = {strip.id for strip in mix.strips if strip.output == wanted}
        return with_own_buses(mix, feeding | {wanted})
    for channel in mix.channels():
        if channel.id == wanted:
            return frozenset((channel.id,))
    by_name = {t.id for t in project.tracks if slug(t.name) == wanted and t.id in strips}
    if by_name:
        return frozenset(by_name)
    try:
        role = parse_role(text)
    except InputError:
        return frozenset()
    return frozenset(t.id for t in project.tracks if t.role is role and t.id in strips)


def with_own_buses(mix: Mix, ids: Iterable[str]) -> frozenset[str]:
    """Channels with those buses that only they feed."""
    found = set(ids)
    while True:
        more = {bus.id for bus in mix.buses if bus.id not in found and _fed_by(mix, bus.id, found)}
        if not more:
            return frozenset(found)
        found |= more


def _fed_by(mix: Mix, bus: str, ids: set[str]) -> bool:
    feeding = {c.id for c in mix.channels() if c.output == bus or c.send(bus) is not None}
    return bool(feeding) and feeding <= ids


def find_parameter(project: Project, text: str) -> str:
    """The path of one value of the mix: ``strips.kick.fader_db``, or ``kick.fader_db`` for short.

    Raises
    ------
    InputError
        When there is none, or several are meant; the message names the nearest.
    """
    paths = {parameter.path for parameter in project.mix.walk()}
    wanted = text.strip()
    if wanted in paths:
        return wanted
    head, dot, rest = wanted.partition(".")
    if not dot:
        raise InputError(f"{text!r} names no value; write TRACK.VALUE, for example lead_vocal.fader_db")
    places = [p for p in _prefixes(project.mix) if p.partition(".")[2] == slug(head) or p == slug(head)]
    if not places:
        meant = sorted(
            id for id in find_channels(project, head) if id != MASTER and _is_strip(project.mix, id)
        )
        if not meant:
            near = _nearest(head, [p.rpartition(".")[2] for p in _prefixes(project.mix)])
            known = ", ".join(p.rpartition(".")[2] for p in _prefixes(project.mix))
            raise InputError(f"there is no track, group or return {head!r}{near}; there are {known}")
        if len(meant) > 1:
            raise InputError(f"{head!r} may be any of {', '.join(meant)}; name one of them")
        places = [f"strips.{meant[0]}"]
    full = f"{places[0]}.{rest}"
    if full not in paths:
        own = [p.removeprefix(places[0] + ".") for p in paths if p.startswith(places[0] + ".")]
        raise InputError(f"{head!r} has no value {rest!r}{_nearest(rest, own)}; see mixwright params")
    return full


def find_section(project: Project, text: str) -> SongSection | None:
    """The section a person means, its blanks and case aside."""
    wanted = slug(text).replace("_", "")
    for section in project.facts.sections:
        if section.name.replace("_", "") == wanted:
            return section
    return None


def find_sections(project: Project, text: str) -> tuple[SongSection, ...]:
    """A section, or all that share a name but for their number (``chorus``).

    Raises
    ------
    InputError
        When there is none; the message lists all.
    """
    one = find_section(project, text)
    if one is not None:
        return (one,)
    wanted = slug(text).replace("_", "")
    found = tuple(s for s in project.facts.sections if s.name.rstrip("0123456789").rstrip("_") == wanted)
    if not found:
        known = ", ".join(section.name for section in project.facts.sections) or "none; name them first"
        raise InputError(f"there is no section {text!r}; the sections are {known}")
    return found


def _prefixes(mix: Mix) -> list[str]:
    return [*(mix.path_of(channel.id) for channel in mix.channels()), MASTER]


def _is_strip(mix: Mix, id: str) -> bool:
    return any(strip.id == id for strip in mix.strips)


def _nearest(text: str, known: list[str]) -> str:
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
    return f" (nearest: {near[0]})" if near else ""
