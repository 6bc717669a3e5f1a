"""One function per thing a user does. The command line and every other face call these."""

from mixwright.workflow.actions import Inspection, Mixed, TrackReport, demo, inspect, mix, render, report
from mixwright.workflow.job import Job, Outputs
from mixwright.workflow.judging import Judgement, judge
from mixwright.workflow.learning import Trained, evaluate_balance, evaluate_roles, train_mix, train_roles
from mixwright.workflow.opening import parse_rough_options
from mixwright.workflow.rendering import Rendering
from mixwright.workflow.revising import Revised, diff, restore, revise, step_back, step_forth
from mixwright.workflow.taking import Take, takes
from mixwright.workflow.tasting import Taste, taste
from mixwright.workflow.tracks import TrackChanges
from mixwright.workflow.watching import watch

__all__ = [
    "Inspection",
    "Job",
    "Judgement",
    "Mixed",
    "Outputs",
    "Rendering",
    "Revised",
    "Take",
    "Taste",
    "TrackChanges",
    "TrackReport",
    "Trained",
    "demo",
    "diff",
    "evaluate_balance",
    "evaluate_roles",
    "inspect",
    "judge",
    "mix",
    "parse_rough_options",
    "render",
    "report",
    "restore",
    "revise",
    "step_back",
    "step_forth",
    "takes",
    "taste",
    "train_mix",
    "train_roles",
    "watch",
]
