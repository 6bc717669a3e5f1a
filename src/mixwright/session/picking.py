"""Parts of versions put together: the drums of one take, the vocals of another."""

from collections.abc import Iterable

from mixwright.errors import InputError
from mixwright.mix_model import MASTER
from mixwright.params import Value
from mixwright.project import Decision, Project
from mixwright.session.history import find_revision, go_to
from mixwright.session.names import find_channels


def parts_of_takes(project: Project, wishes: Iterable[str], mark: str) -> list[Decision]:
    """Decisions that bring a mix to takes, or parts of it: ``B``, ``drums=A``; each on top of those before.

    Raises
    ------
    InputError
        When a take, or what is to come from it, does not exist.
    """
    made = []
    values = {p.path: p.value for p in project.mix.walk()}
    for number, text in enumerate(wishes, 1):
        what, equals, name = text.rpartition("=")
        there = go_to(project, find_revision(project, name.strip()))
        channels = find_channels(project, what) if equals else find_channels(project, "all")
        if not channels:
            raise InputError(f"{text!r}: there is no {what!r} in this mix; write for example drums=B")
        changes: dict[str, Value] = {
            p.path: p.value
            for p in there.mix.walk()
            if p.path in values and p.value != values[p.path] and _channel_of(p.path) in channels
        }
        values |= changes
        if changes:
            made.append(
                Decision(
                    id=f"{mark}take{number:02d}",
                    kind="take",
                    target="",
                    summary=f"{what.strip() or 'all'} as in {name.strip()}",
                    reason="You chose it.",
                    confidence=1.0,
                    set_by="user",
                    changes={p: v for p, v in changes.items() if p not in _SOLVED},
                )
            )
    return made


_SOLVED = ("master.trim_db", "master.drive_db", "master.limiter.ceiling_dbtp")


def _channel_of(path: str) -> str:
    parts = path.split(".")
    return parts[1] if parts[0] in ("strips", "buses", "returns") else MASTER
