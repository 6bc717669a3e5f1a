"""Training of the file-name model: multinomial logistic regression on sparse properties of names.

Only properties seen in three songs or more are kept: no title, artist or whole name of one song is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.engineer.learned_names import name_properties, vote
from mixwright.engineer.roles import guess_roles
from mixwright.errors import InputError
from mixwright.learn.song import Song, split_of
from mixwright.models.file_names import ROLES, NameModel
from mixwright.roles import Role

__all__ = ["NameScores", "judge_names", "train_names"]

FEWEST_SONGS = 3
PENALTY = 2e-4
STEPS = 60


@dataclass(frozen=True)
class NameScores:
    """Shares of right roles over labelled names."""

    names: int
    songs: int
    accuracy: float
    group_accuracy: float
    rules_accuracy: float
    rules_group_accuracy: float
    per_role: Mapping[str, tuple[int, float]]
    """Count and recall by true role."""
    confusion: Mapping[str, Mapping[str, int]]
    """By true role, then by the role read."""
    calibration_error: float
    """Expected calibration error over ten bins of confidence."""

    @property
    def macro_recall(self) -> float:
        return float(np.mean([recall for _, recall in self.per_role.values()]))


def train_names(
    songs: Sequence[Song], progress: Callable[[str, float], None] | None = None, penalty: float = PENALTY
) -> NameModel:
    """The model from songs whose tracks have names and roles.

    Raises
    ------
    InputError
        When too few songs repeat a property.
    """
    described, roles, of_song = [], [], []
    for at, song in enumerate(songs):
        names = [track.name for track in song.tracks]
        for track, found in zip(song.tracks, name_properties(names, guess_roles(names)), strict=True):
            if track.role is not None:
                described.append(found)
                roles.append(ROLES.index(track.role))
                of_song.append(at)
    seen: dict[str, set[int]] = defaultdict(set)
    for found, number in zip(described, of_song, strict=True):
        for name in found:
            seen[name].add(number)
    kept = sorted(name for name, where in seen.items() if len(where) >= FEWEST_SONGS)
    if not kept:
        raise InputError("too few songs to learn names from; at least three that share words are needed")
    columns = {name: at for at, name in enumerate(kept)}
    weights, bias, losses = _logistic(described, np.array(roles), columns, penalty, progress)
    card = {
        "songs": len(songs),
        "names": len(described),
        "properties": len(kept),
        "fewest_songs_per_property": FEWEST_SONGS,
        "roles": [str(role) for at, role in enumerate(ROLES) if at in roles],
        "penalty": penalty,
        "loss_first": losses[0],
        "loss_last": losses[-1],
    }
    return NameModel(columns, weights, bias, card)


def _logistic(
    described: Sequence[Mapping[str, float]],
    roles: np.ndarray,
    columns: Mapping[str, int],
    penalty: float,
    progress: Callable[[str, float], None] | None,
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    try:
        from scipy.optimize import minimize
        from scipy.sparse import csr_matrix
    except ImportError:
        raise InputError(
            'learning names needs SciPy; install it with: pip install "mixwright[train]"'
        ) from None

    entries = [
        (row, columns[name], value)
        for row, found in enumerate(described)
        for name, value in found.items()
        if name in columns
    ]
    at_row, at_column, values = zip(*entries, strict=True)
    table = csr_matrix((values, (at_row, at_column)), shape=(len(described), len(columns)))
    turned = table.T.tocsr()
    count, kinds = len(described), len(ROLES)
    true = np.eye(kinds)[roles]
    losses: list[float] = []

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        matrix = flat.reshape(len(columns) + 1, kinds)
        scores = table @ matrix[:-1] + matrix[-1]
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        total = powers.sum(axis=1, keepdims=True)
        miss = (powers / total - true) / count
        value = float(-(scores[np.arange(count), roles] - np.log(total[:, 0])).mean())
        value += 0.5 * penalty * float(np.sum(matrix[:-1] ** 2))
        losses.append(value)
        slope = np.concatenate([turned @ miss + penalty * matrix[:-1], miss.sum(axis=0)[None]])
        return value, slope.ravel()

    def step(_: np.ndarray) -> None:
        if progress:
            progress("training", min(1.0, len(losses) / (1.1 * STEPS)))

    start = np.zeros((len(columns) + 1) * kinds)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", callback=step, options={"maxiter": STEPS})
    matrix = found.x.reshape(len(columns) + 1, kinds)
    return matrix[:-1], matrix[-1], losses


def held_out(songs: Sequence[Song], share: float = 0.2) -> tuple[list[Song], list[Song]]:
    """Songs to train on and songs to judge by, split by their ids alone."""
    test = [song for song in songs if split_of(song.id, 0.0, share) == "test"]
    return [song for song in songs if song not in test], test


def judge_names(songs: Sequence[Song], model: NameModel | None = None) -> NameScores:
    """How many roles are read right from names; tracks without a true role do not count.

    Raises
    ------
    InputError
        When no track has a true role.
    """
    true: list[Role] = []
    read: list[Role] = []
    rules: list[Role] = []
    sure: list[float] = []
    for song in songs:
        for track, votes in zip(song.tracks, vote([t.name for t in song.tracks], model), strict=True):
            if track.role is not None:
                true.append(track.role)
                read.append(votes.fused.role)
                rules.append(votes.rules.role)
                sure.append(votes.fused.confidence)
    if not true:
        raise InputError("no row has a role of ours; the column role should name kick, snare, lead_vocal ...")
    per_role, confusion = {}, {}
    for role in Role:
        mine = [b for a, b in zip(true, read, strict=True) if a is role]
        if mine:
            per_role[str(role)] = (len(mine), sum(b is role for b in mine) / len(mine))
            confusion[str(role)] = {str(b): mine.count(b) for b in Role if b in mine}
    right = np.array([a is b for a, b in zip(true, read, strict=True)])
    return NameScores(
        names=len(true),
        songs=len(songs),
        accuracy=float(right.mean()),
        group_accuracy=_same_group(true, read),
        rules_accuracy=float(np.mean([a is b for a, b in zip(true, rules, strict=True)])),
        rules_group_accuracy=_same_group(true, rules),
        per_role=per_role,
        confusion=confusion,
        calibration_error=_calibration_error(np.array(sure), right),
    )


def _same_group(true: Sequence[Role], read: Sequence[Role]) -> float:
    return float(np.mean([a.group is b.group for a, b in zip(true, read, strict=True)]))


def _calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(sum(abs(np.sum(sure[bins == b] - right[bins == b])) for b in np.unique(bins)) / len(sure))
