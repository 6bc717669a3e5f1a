"""Takes: several mixes of one song to choose from, and to put together."""

from dataclasses import dataclass, replace
from pathlib import Path

from mixwright import audio
from mixwright.engineer.characters import Character, chosen, in_character
from mixwright.errors import InputError
from mixwright.project import FILE_NAME, Decision, Measured, Project, load_project, save_project
from mixwright.session.curves import with_values
from mixwright.session.history import go_to, recorded, with_version
from mixwright.workflow.actions import solve_and_write, with_provenance
from mixwright.workflow.job import Job
from mixwright.workflow.opening import Opened, open_project
from mixwright.workflow.rendering import MixSum
from mixwright.workflow.results import results_folder
from mixwright.workflow.revising import check_name, holder, mark_of, moved_to, solver

FOLDER = "takes"
NAMES = "ABCDE"
FIRST = "the first mix: in the middle of what engineers do"


@dataclass(frozen=True)
class Take:
    """One of several mixes of a song."""

    name: str
    character: str
    line: str
    folder: Path
    """With its ``mix.wav``, ``master.wav`` and ``project.json``."""
    levels_db: dict[str, float]
    """What moved against the first, by role, a common gain taken out."""
    measured: Measured


def takes(project: str | Path, count: int = 3, *, job: Job | None = None) -> tuple[Take, ...]:
    """Makes takes of a saved mix: A is the mix itself, the others go from it in directions with names.

    All have the loudness of the brief, so they can be compared as they are. Each lies in ``takes/NAME``
    beside the project, and is a version of it: `revise` with ``takes=["B"]`` picks one, with
    ``takes=["drums=B"]`` a part of it. Locked values and those the user set are the same in all.

    Parameters
    ----------
    project : path
        A ``project.json``, or the folder that holds it.
    count : int
        2 to 5, the mix itself among them.

    Raises
    ------
    InputError
        When there are not that many takes to be had, or a file of the project is missing.
    """
    if not 2 <= count <= len(NAMES):
        raise InputError(f"{count} takes cannot be made; ask for 2 to {len(NAMES)}")
    job = job or Job()
    loaded = load_project(project)
    base = Path(project) if Path(project).is_dir() else Path(project).parent
    check_name(project, base)
    found = chosen(loaded, count - 1)
    first = with_version(loaded, NAMES[0])
    everything = first
    made = [Take(NAMES[0], "first", FIRST, base, {}, loaded.measured)]
    with audio.Scratch() as scratch:
        opened = open_project(loaded, base, scratch, job)
        for name, (character, levels) in zip(NAMES[1:], found, strict=False):
            start = go_to(everything, first.at)
            changed = _in_character(start, character, levels, name)
            folder = base / FOLDER / name
            with results_folder(folder) as place:
                finished = _written(replace(opened, project=changed), start, place, name, job, scratch)
            everything = finished
            made.append(Take(name, character.name, character.line, folder, levels, finished.measured))
    everything = go_to(everything, first.at)
    save_project(everything, base / FILE_NAME)
    for take in made[1:]:
        there = go_to(everything, everything.versions[take.name])
        save_project(moved_to(there, base, take.folder), take.folder / FILE_NAME)
    job.report("done", 1.0)
    return tuple(made)


def _in_character(project: Project, character: Character, levels: dict[str, float], name: str) -> Project:
    held = holder(project)
    changes = {p: v for p, v in in_character(project, character, levels).items() if not held(p)}
    decision = Decision(
        id=f"{mark_of(project)}take_{name.lower()}",
        kind="take",
        target="",
        summary=f"take {name}: {character.name}",
        reason=f"{character.line[:1].upper()}{character.line[1:]}.",
        evidence={f"{role}_db": far for role, far in levels.items() if far},
        confidence=0.5,
        changes=changes,
    )
    mix = with_values(project.mix, changes)
    return with_provenance(project.replace(mix=mix), [decision])


def _written(
    opened: Opened, start: Project, folder: Path | None, name: str, job: Job, scratch: audio.Scratch
) -> Project:
    finished: list[Project] = []

    def complete(done: Project) -> Project:
        finished[:] = [with_version(recorded(start, done, f"take {name}"), name)]
        return finished[0]

    total = MixSum(opened, scratch, job)
    solve_and_write(opened, total, folder, job, None, solver(opened.project), complete)
    return finished[0]
