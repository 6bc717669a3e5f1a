"""Judging what was learned, and learning it anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixwright.errors import InputError
from mixwright.learn.balance_protocol import BalanceScores, judge_balance
from mixwright.learn.mix_training import train_engineers
from mixwright.learn.name_training import NameScores, judge_names, train_names
from mixwright.learn.readers.manifests import read_role_table
from mixwright.learn.readers.mixology import read_mixology
from mixwright.learn.weights import save_weights
from mixwright.models.linear import load_engineer_model
from mixwright.workflow.job import Job

__all__ = ["Trained", "evaluate_balance", "evaluate_roles", "train_mix", "train_roles"]


@dataclass(frozen=True)
class Trained:
    """Weights that were written, and their card."""

    weights: Path
    card: dict[str, Any]


def evaluate_balance(mixes: str | Path, *, job: Job | None = None) -> BalanceScores:
    """How near the learned engineer comes to the engineers of a file in MixologyDB's layout.

    Songs the weights were trained on are judged by a model trained without them.

    Raises
    ------
    InputError
        When the file cannot be judged; the message names it and the remedy.
    ModelError
        When the weights are missing or damaged.
    """
    job = job or Job()
    return judge_balance(read_mixology(mixes), load_engineer_model(), job.report)


def train_mix(data: list[Path], out: Path, *, job: Job | None = None) -> Trained:
    """Learns what engineers do from files in MixologyDB's layout, and writes ``engineers.npz`` to `out`.

    Raises
    ------
    InputError
        When the data cannot be used, or `out` is a file.
    """
    job = job or Job()
    job.report("reading")
    songs = [song for path in data for song in read_mixology(path)]
    _check_folder(out)
    job.report("training")
    model = train_engineers(songs)
    weights = out / "engineers.npz"
    save_weights(model.arrays(), weights)
    return Trained(weights, model.card)


def evaluate_roles(table: str | Path, *, job: Job | None = None) -> NameScores:
    """How many roles of a table of labelled file names are read right.

    The shipped weights have seen the names of the table they were learned from; docs/models.md tells how they
    do on other songs.

    Raises
    ------
    InputError
        When the table cannot be read, or names no role.
    """
    (job or Job()).check()
    return judge_names(read_role_table(table))


def train_roles(data: list[Path], out: Path, *, job: Job | None = None) -> Trained:
    """Learns to read roles from tables of labelled file names, and writes ``file_names.npz`` to `out`.

    Raises
    ------
    InputError
        When the data cannot be used, or `out` is a file.
    """
    job = job or Job()
    songs = [song for path in data for song in read_role_table(path)]
    _check_folder(out)
    model = train_names(songs, job.report)
    weights = out / "file_names.npz"
    save_weights(model.arrays(), weights)
    return Trained(weights, model.card)


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; name a folder for the weights")
