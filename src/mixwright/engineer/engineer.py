"""The engineer: rules on measurements, in the order in which an engineer works."""

from collections.abc import Callable, Mapping

from mixwright.analysis.song import SongAnalysis
from mixwright.engineer.balance import set_balance
from mixwright.engineer.buses import set_buses
from mixwright.engineer.desk import Desk, choose_genre
from mixwright.engineer.dynamics import shape_dynamics
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
from mixwright.project import Decision, Project

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
    desk = Desk(project, analysis, default_mix(project))
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
