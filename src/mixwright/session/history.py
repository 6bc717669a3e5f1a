"""The history of a project: each revision keeps what it changed and can be taken back to the last bit.

Revisions form a tree: what is revised after an undo branches off there, and nothing is ever lost. A revision
holds changes of the project's JSON; lists whose members have ids are compared member by member.
"""

import copy
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from mixwright.errors import InputError
from mixwright.project import Change, Project, Revision, SetBy

_BESIDE = ("schema_version", "made_with", "history", "at", "versions")
"""What a revision does not hold: the history itself."""

_ATOMS = ("/decisions/",)
"""Members of lists that are compared as a whole."""

_KEYS = ("id", "path", "to", "name")
_KEY, _ORDER = "#key", "#order"


def now_utc() -> str:
    """The time as revisions keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def recorded(
    before: Project, after: Project, note: str, set_by: SetBy = "user", time_utc: str = ""
) -> Project:
    """`after` with a revision that leads there from `before`; `before` itself when nothing changed."""
    changes = changes_between(before, after)
    if not changes:
        return before
    number = max((step.number for step in before.history), default=0) + 1
    step = Revision(
        number=number,
        parent=before.at,
        time_utc=time_utc or now_utc(),
        note=note,
        set_by=set_by,
        changes=changes,
    )
    return after.replace(history=(*before.history, step), at=number, versions=before.versions)


def changes_between(before: Project, after: Project) -> tuple[Change, ...]:
    """All that differs between two projects, but for their histories."""
    found: list[Change] = []
    _compare(_state(before), _state(after), "", found)
    return tuple(found)


def undo(project: Project) -> Project:
    """The project before its current revision.

    Raises
    ------
    InputError
        When it is the first mix.
    """
    step = _step(project, project.at)
    if step.parent == 0:
        raise InputError(f"{project.name}: there is nothing to undo; this is the first mix")
    return go_to(project, step.parent)


def redo(project: Project) -> Project:
    """The latest revision that was made from the current one.

    Raises
    ------
    InputError
        When there is none.
    """
    following = [step.number for step in project.history if step.parent == project.at]
    if not following:
        raise InputError(f"{project.name}: there is nothing to redo; nothing was undone here")
    return go_to(project, max(following))


def go_to(project: Project, number: int) -> Project:
    """The project as it was at a revision, with the whole history."""
    here, there = _line(project, project.at), _line(project, number)
    shared = set(here) & set(there)
    state = _state(project)
    try:
        for step in here:
            if step not in shared:
                _apply(state, _inverse(_step(project, step).changes))
        for step in reversed(there):
            if step not in shared:
                _apply(state, _step(project, step).changes)
        kept = {name: getattr(project, name) for name in _BESIDE}
        return Project.model_validate_json(json.dumps(_plain(state))).replace(**kept | {"at": number})
    except (KeyError, TypeError, ValidationError):
        raise InputError(
            f"{project.name}: revision {number} does not fit the project any more; "
            "the file was edited by hand"
        ) from None


def with_version(project: Project, name: str) -> Project:
    """Gives the current revision a name; a name that was given before moves here."""
    name = name.strip()
    if not name or name.isdigit():
        raise InputError(f"{name!r} is no name for a version; give one that is more than a number")
    return project.replace(versions=project.versions | {name: project.at})


def find_revision(project: Project, text: str) -> int:
    """A revision by its number or the name of its version.

    Raises
    ------
    InputError
        When there is none; the message lists the names.
    """
    wanted = text.strip()
    if wanted in project.versions:
        return project.versions[wanted]
    if wanted.isdecimal() and any(step.number == int(wanted) for step in project.history):
        return int(wanted)
    names = ", ".join(project.versions) or "none"
    last = max((step.number for step in project.history), default=0)
    raise InputError(
        f"{project.name}: there is no version {text!r}; named versions: {names}; revisions: 1..{last}"
    )


def _line(project: Project, number: int) -> list[int]:
    """A revision and all before it, back to the first."""
    line = [number]
    while (parent := _step(project, line[-1]).parent) != 0 and parent not in line:
        line.append(parent)
    return line


def _step(project: Project, number: int) -> Revision:
    for step in project.history:
        if step.number == number:
            return step
    raise InputError(f"{project.name}: its history has no revision {number}; mix the song anew")


def _state(project: Project) -> dict[str, Any]:
    data = project.model_dump(mode="json", exclude=set(_BESIDE))
    return {name: _keyed(value) for name, value in data.items()}


def _keyed(value: Any) -> Any:
    """Lists of members with ids become mappings that remember their order."""
    if isinstance(value, dict):
        return {name: _keyed(part) for name, part in value.items()}
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        for key in _KEYS:
            ids = [part.get(key) for part in value]
            if all(isinstance(id, str) for id in ids) and len(set(ids)) == len(ids):
                members = {id: _keyed(part) for id, part in zip(ids, value, strict=True)}
                return {_KEY: key, _ORDER: ids, **members}
    return value


def _plain(value: Any) -> Any:
    """Undoes `_keyed`."""
    if not isinstance(value, dict):
        return value
    if _KEY in value and _ORDER in value:
        return [_plain(value[id]) for id in value[_ORDER]]
    return {name: _plain(part) for name, part in value.items()}


def _compare(a: Any, b: Any, path: str, found: list[Change]) -> None:
    whole = any(path.startswith(atom) for atom in _ATOMS)
    if not whole and isinstance(a, dict) and isinstance(b, dict) and a.get(_KEY) == b.get(_KEY):
        for name in (*a, *(name for name in b if name not in a)):
            here = f"{path}/{_escaped(name)}"
            if name not in b:
                found.append(Change(path=here, kind="removed", before=a[name]))
            elif name not in a:
                found.append(Change(path=here, kind="added", after=b[name]))
            else:
                _compare(a[name], b[name], here, found)
    elif json.dumps(a) != json.dumps(b):  # tells 1 from 1.0 and 0.0 from -0.0
        found.append(Change(path=path, before=a, after=b))


def _inverse(changes: Iterable[Change]) -> list[Change]:
    return [change.model_copy(update=_turned(change)) for change in changes]


def _turned(change: Change) -> dict[str, Any]:
    kind = {"added": "removed", "removed": "added"}.get(change.kind, change.kind)
    return {"kind": kind, "before": change.after, "after": change.before}


def _apply(state: dict[str, Any], changes: Iterable[Change]) -> None:
    for change in changes:
        *way, last = [_unescaped(part) for part in change.path.split("/")[1:]]
        place: Any = state
        for name in way:
            place = place[name]
        if change.kind == "removed":
            del place[last]
        else:
            place[last] = copy.deepcopy(change.after)  # later steps change parts of it in place


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")


def by_path(changes: Iterable[Change]) -> Mapping[str, Change]:
    """Changes of mix values by their path in the mix (``strips.kick.fader_db``)."""
    start = "/mix/"
    return {
        ".".join(_unescaped(part) for part in change.path.removeprefix(start).split("/")): change
        for change in changes
        if change.path.startswith(start)
    }
