"""Locks: what a revision leaves alone, whoever asks for it.

A lock is kept as text: the path of a value or of a group of values (``strips.kick.equalizer``), the name of a
track, group or role (``drums``), a kind of decision (``kind:space``) or a section (``section:verse2``).
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from mixwright.errors import InputError
from mixwright.mix_model import MASTER
from mixwright.project import Project
from mixwright.session.names import KINDS, find_channels, find_section, find_sections, slug

KIND, SECTION = "kind:", "section:"


def parse_lock(project: Project, text: str) -> str:
    """A lock as it is kept, from what a person writes.

    Raises
    ------
    InputError
        When nothing of that name can be locked.
    """
    wanted = text.strip()
    bare = wanted.removeprefix(KIND).removeprefix(SECTION)
    if wanted.startswith(KIND) or (slug(bare) in KINDS and slug(bare) != MASTER):
        if slug(bare) not in KINDS:
            raise InputError(f"there is no kind of decision {bare!r}; choose among {', '.join(KINDS)}")
        return KIND + slug(bare)
    if wanted.startswith(SECTION) or find_section(project, wanted) is not None:
        names = [section.name for section in find_sections(project, bare)]
        return SECTION + names[0] if len(names) == 1 else SECTION + slug(bare)
    if "." in wanted:
        return _parse_path(project, wanted)
    if not find_channels(project, wanted):
        raise InputError(
            f"{text!r} is no track, group, value, kind of decision or section of this project; "
            f"tracks: {', '.join(t.id for t in project.tracks)}"
        )
    return slug(wanted)


def _parse_path(project: Project, text: str) -> str:
    """A path to a value or a group of values, its head written in full."""
    paths = [parameter.path for parameter in project.mix.walk()]
    if _leads_to(text, paths):
        return text
    head, _, rest = text.partition(".")
    for channel in sorted(find_channels(project, head)):
        base = MASTER if channel == MASTER else project.mix.path_of(channel)
        if _leads_to(f"{base}.{rest}", paths):
            return f"{base}.{rest}"
    raise InputError(f"{text!r} is no value of this mix; see mixwright params")


def _leads_to(prefix: str, paths: list[str]) -> bool:
    return any(path == prefix or path.startswith(prefix + ".") for path in paths)


@dataclass(frozen=True)
class Locks:
    """The locks of a project, resolved for the channels that it has now."""

    prefixes: dict[str, str] = field(default_factory=dict)
    """Lock by the beginning of the paths that it holds."""
    patterns: dict[str, str] = field(default_factory=dict)
    """Lock by a pattern of the paths that it holds."""
    decided: dict[str, str] = field(default_factory=dict)
    """Lock by single paths."""
    spans: tuple[tuple[float, float], ...] = ()
    """Stretches of the song, in seconds, in which no value may change."""
    curves: str | None = None
    """The lock that holds all curves."""

    def holding(self, path: str, curve: bool = False) -> str | None:
        """The lock that holds the value, or the curve, at a path of the mix; None when it is free."""
        if curve and self.curves is not None:
            return self.curves
        if path in self.decided:
            return self.decided[path]
        for prefix, lock in self.prefixes.items():
            if path == prefix or path.startswith(prefix + "."):
                return lock
        for pattern, lock in self.patterns.items():
            if fnmatchcase(path, pattern):
                return lock
        return None


def locks_of(project: Project) -> Locks:
    """The locks of a project; those that mean nothing any more hold nothing."""
    prefixes: dict[str, str] = {}
    patterns: dict[str, str] = {}
    decided: dict[str, str] = {}
    spans: list[tuple[float, float]] = []
    curves = None
    kinds = {decision.id: decision.kind for decision in project.decisions}
    for lock in project.locks:
        if lock.startswith(KIND):
            kind = lock.removeprefix(KIND)
            patterns |= dict.fromkeys(KINDS.get(kind, ()), lock)
            decided |= {p: lock for p, s in project.settings.items() if kinds.get(s.decision or "") == kind}
            curves = lock if kind == "sections" else curves
        elif lock.startswith(SECTION):
            name = lock.removeprefix(SECTION)
            spans += [
                (section.start_s, section.end_s)
                for section in project.facts.sections
                if section.name == name or section.name.rstrip("0123456789").rstrip("_") == name
            ]
        elif "." in lock:
            prefixes[lock] = lock
        else:
            for channel in find_channels(project, lock):
                prefixes[MASTER if channel == MASTER else project.mix.path_of(channel)] = lock
    return Locks(prefixes, patterns, decided, tuple(sorted(spans)), curves)
