"""The engineer: rules on measurements, in the order in which an engineer works."""

from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase

from mixwright.analysis.song import SongAnalysis
from mixwright.engineer.balance import set_balance
from mixwright.engineer.buses import set_buses
from mixwright.engineer.desk import CURVE, Desk, Value, choose_genre, rounded
from mixwright.engineer.dynamics import shape_dynamics
from mixwright.engineer.faders import with_changes
from mixwright.engineer.master import set_master
from mixwright.engineer.prepare import prepare
from mixwright.engineer.rough import judge_rough
from mixwright.engineer.routing import default_mix
from mixwright.engineer.sections import automate
from mixwright.engineer.separation import separate
from mixwright.engineer.space import SURE_TEMPO, add_space
from mixwright.engineer.stereo import set_panorama
from mixwright.engineer.tone import shape_tone
from mixwright.mix_model import Mix
from mixwright.params import Param
from mixwright.project import Decision, Project
from mixwright.session.names import KINDS

STEPS: Mapping[str, Callable[[Desk], None]] = {
    "prepare": prepare,
    "tone": shape_tone,
    "dynamics": shape_dynamics,
    "balance": set_balance,
    "separation": separate,
    "stereo": set_panorama,
    "space": add_space,
    "buses": set_buses,
    "sections": automate,
    "master": set_master,
}
"""The decisions, in the order in which they are made."""

REVIEW = "review"
"""Name of what comes after them: listening to the mix and correcting it."""


def decide(project: Project, analysis: SongAnalysis) -> tuple[Mix, tuple[Decision, ...]]:
    """A mix for the project, and every move that led to it.

    The mix is `default_mix(project)` with the changes of all decisions made in order; the same project and
    measurements give the same mix.

    Parameters
    ----------
    project : Project
        Tracks with their roles, and the brief. Its own mix is not looked at.
    analysis : SongAnalysis
        Measurements of the project's tracks, by track id. A track without them counts as silent.
    """
    desk = work(project, analysis)
    return desk.mix, tuple(desk.decisions)


def work(project: Project, analysis: SongAnalysis) -> Desk:
    """The desk with all decisions made, for whoever goes on from there; see `decide`."""
    desk = Desk(project, analysis, default_mix(project), lambda path: printed(project, path))
    choose_genre(desk)
    judge_rough(desk)
    _set_tempo(desk)
    for name, step in STEPS.items():
        if name in project.brief.without:
            continue
        desk.settle()
        step(desk)
    desk.settle()
    return desk


BALANCED = ("trim_db", "fader_db", "pan", "mute")
"""What may be set of a track that is finished: its place in the balance."""


def printed(project: Project, path: str) -> bool:
    """Whether a value belongs to the sound of a track that is only to be balanced."""
    parts = path.removeprefix(CURVE).split(".")
    if parts[0] != "strips" or parts[2] in BALANCED:
        return False
    return any(track.id == parts[1] and track.treatment == "balance" for track in project.tracks)


def rework(
    project: Project,
    analysis: SongAnalysis,
    kinds: Collection[str],
    held: Callable[[str], bool],
    mark: str = "",
) -> Desk:
    """Makes some kinds of decisions anew in a mix that has been worked on since; all else stays.

    Each is made where it stands in the order: what comes after it is set aside meanwhile, so that making a
    decision again where nothing changed gives the same.

    Parameters
    ----------
    kinds : collection of str
        Names of `STEPS`.
    held : callable
        Tells of a path of the mix whether its value must not change; of a curve with `desk.CURVE` before
        it.
    mark : str
        Goes before the ids of decisions, to tell them from those made before.
    """
    order = list(STEPS)
    first = min(order.index(kind) for kind in kinds)
    owners = owners_of(project)
    desk = Desk(project, analysis, set_aside(project, order[first:], owners, held), held, mark)
    if "sections" in kinds:
        drawn = {curve.path for d in project.decisions if d.kind == "sections" for curve in d.curves}
        left = tuple(c for c in desk.mix.curves if c.path not in drawn or held(CURVE + c.path))
        desk.mix = desk.mix.replace(curves=left)
    choose_genre(desk)
    judge_rough(desk)
    desk.decisions.clear()  # genre and given levels were told with the first mix
    for kind in order[first:]:
        if kind in kinds:
            STEPS[kind](desk)
            desk.settle()
        else:
            kept = _kept_of(project, desk.mix, kind, set(order[: order.index(kind)]) & set(kinds))
            desk.mix = with_changes(desk.mix, {path: v for path, v in kept.items() if not held(path)})
    return desk


def _kept_of(project: Project, mix: Mix, kind: str, redone: Collection[str]) -> dict[str, Value]:
    """What a kind of decision that is not made again sets, after those that are `redone` before it.

    Levels that one of these set first keep their distance to what came before; all else keeps its value.
    """
    owners = owners_of(project)
    order = list(STEPS)
    decided = {k: _decided(project, k) for k in order[: order.index(kind) + 1]}
    now = {p.path: p for p in mix.walk()}
    kept = {path: value for path, value in decided[kind].items() if path in now}
    kept |= {p.path: p.value for p in project.mix.walk() if owners.get(p.path) == kind}
    for path in kept:
        earlier = [k for k in order[: order.index(kind)] if path in decided[k]]
        if set(earlier) & set(redone) and path.endswith(("fader_db", "level_db")):
            base = float(decided[earlier[-1]][path])
            step = float(decided[kind].get(path, base)) - base
            declaration = now[path].declaration
            assert isinstance(declaration, Param)
            kept[path] = rounded(min(max(now[path].value + step, declaration.min), declaration.max))
    return kept


def _decided(project: Project, kind: str) -> dict[str, Value]:
    """The values that decisions of a kind set, the latest of each."""
    return {path: v for d in project.decisions if d.kind == kind for path, v in d.changes.items()}


def set_aside(
    project: Project, kinds: Collection[str], owners: Mapping[str, str], held: Callable[[str], bool]
) -> Mix:
    """The project's mix with the values of some kinds of decisions back where they were before these."""
    before = {p.path: p.value for p in default_mix(project).walk()}
    for kind in STEPS:
        if kind not in kinds:
            before |= _decided(project, kind)
    back = {
        path: before[path]
        for path in (p.path for p in project.mix.walk())
        if owners.get(path) in kinds and path in before and not held(path)
    }
    return with_changes(project.mix, back)


def owners_of(project: Project) -> dict[str, str]:
    """The kind of decision that each value of the mix belongs to: the last in the order that sets it.

    Corrections belong to what they correct.
    """
    owners: dict[str, str] = {}
    for kind in STEPS:
        owners |= dict.fromkeys(_decided(project, kind), kind)
    for decision in project.decisions:
        for path in decision.changes:
            owners.setdefault(path, kind_of_value(path))
    return owners


def kind_of_value(path: str) -> str:
    """The kind of decision that usually sets a value."""
    return next((kind for kind, patterns in KINDS.items() if any(fnmatchcase(path, p) for p in patterns)), "")


def _set_tempo(desk: Desk) -> None:
    if desk.project.brief.tempo_bpm or desk.analysis.tempo_confidence < SURE_TEMPO:
        return
    desk.note(
        "tempo",
        "",
        f"tempo {desk.analysis.tempo_bpm:.1f} bpm",
        "Found in the onsets of all tracks; echoes follow it.",
        {"tempo_bpm": desk.analysis.tempo_bpm, "confidence": desk.analysis.tempo_confidence},
        {"tempo_bpm": desk.analysis.tempo_bpm},
        desk.analysis.tempo_confidence,
    )
