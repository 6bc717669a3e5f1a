"""Fits the model of what engineers do: linear, one prior per kind of number, averaged over several priors.

Nine songs are few, so all is shrunk: what a role does is drawn towards what its group does, and that towards
what all tracks do, because every track also counts for the columns of its group and of all. The fit is ridge
regression with a prior variance per block of columns and a song's own offset, solved in closed form with the
weights of Huber's loss (P. J. Huber, Ann. Math. Stat. 35, 1964), so that odd tracks pull less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.learn.curves import CURVE_HZ, curve_db
from mixwright.learn.song import Settings, Song, SongTrack
from mixwright.learn.tables import LevelTable, facts_of, level_table, settings_table
from mixwright.models.linear import EngineerModel, TargetModel
from mixwright.models.track_facts import FEATURES, features
from mixwright.roles import Role

__all__ = ["Fit", "fit_engineers", "fit_levels", "mean_pan", "strongest_sides"]

BLOCKS = tuple(dict.fromkeys(block for block, _ in FEATURES))
BLOCK_OF_COLUMN = np.array([BLOCKS.index(block) for block, _ in FEATURES])

LEVEL_PRIORS: Mapping[str, float] = {
    "bias": 12.0, "role": 6.0, "group": 3.0, "count": 1.0, "count_group": 1.0, "size": 1.0,
    "raw": 1.0, "raw_group": 0.3, "within": 3.0, "loud": 0.3, "group_raw": 3.0,
    "drums": 1.0, "drums_group": 1.0, "soft_group": 2.0,
}  # fmt: skip
"""Prior variances in LU squared; blocks not named are left out."""

PRIOR_SEED = 5
PRIOR_SPREAD = 0.5
"""Of the logarithms of the prior variances, over the members of the ensemble."""


@dataclass(frozen=True)
class Fit:
    """How one target is fitted; variances in the target's unit squared."""

    priors: Mapping[str, float]
    noise: float = 8.0
    song: float = 2.0
    """Variance of an offset that a song has for itself."""
    knee: float = 2.5
    """Residual from which on a track counts less; infinite: least squares."""
    raw_slope: float = 0.6
    """How far levels follow raw levels before anything is learned."""
    members: int = 6


LEVEL_FIT = Fit(LEVEL_PRIORS)
BLIND_FIT = Fit(
    {"bias": 12.0, "role": 6.0, "group": 3.0, "flag": 1.0, "stereo": 1.0},
    noise=12.0, song=4.0, knee=4.0, raw_slope=0.0,
)  # fmt: skip
"""Without raw levels as input."""
SETTING_PRIORS = {
    "bias": 4.0,
    "role": 1.0,
    "group": 1.0,
    "flag": 0.5,
    "count_group": 0.3,
    "stereo": 0.5,
    "stereo_group": 0.3,
}


def solve(
    numbers: np.ndarray, target: np.ndarray, song: np.ndarray, precision: np.ndarray, fit: Fit
) -> np.ndarray:
    """Weights of the columns, averaged over the ensemble.

    Parameters
    ----------
    numbers : np.ndarray, shape (tracks, features)
    target : np.ndarray, shape (tracks,) or (tracks, outputs)
    song : np.ndarray, shape (tracks,)
        Number of the song of each track.
    precision : np.ndarray, shape (tracks,)
        How sure a target is, 1 for a usual one.
    fit : Fit

    Returns
    -------
    np.ndarray, shape (features,) or (features, outputs)
    """
    own_song = (song[:, None] == np.unique(song)[None]).astype(float)
    raw_column = FEATURES.index(("raw", ""))
    given = 10.0 * fit.raw_slope * numbers[:, raw_column]
    rest = target - (given if target.ndim == 1 else given[:, None])
    columns = rest.reshape(len(rest), -1)
    total = np.zeros((numbers.shape[1], columns.shape[1]))
    for member in range(fit.members):
        rng = np.random.default_rng([PRIOR_SEED, member])
        wobble = np.exp(rng.normal(0.0, PRIOR_SPREAD, len(BLOCKS)))
        variance = (np.array([fit.priors.get(block, 0.0) for block in BLOCKS]) * wobble)[BLOCK_OF_COLUMN]
        used = variance > 0
        rows = np.concatenate([numbers[:, used], own_song], axis=1)
        penalty = 1.0 / np.concatenate([variance[used], np.full(own_song.shape[1], fit.song)])
        total[used] += _robust(rows, columns, penalty, precision / fit.noise, fit.knee)[: used.sum()]
    total /= fit.members
    total[raw_column] += 10.0 * fit.raw_slope
    return total.reshape(numbers.shape[1], *target.shape[1:])


def _robust(
    rows: np.ndarray, target: np.ndarray, penalty: np.ndarray, weight: np.ndarray, knee: float
) -> np.ndarray:
    """Ridge regression under Huber's loss, by reweighting; outputs share the weights of rows."""
    huber = np.ones(len(rows))
    found = np.zeros((rows.shape[1], target.shape[1]))
    for _ in range(4 if np.isfinite(knee) else 1):
        weighted = rows.T * (weight * huber)
        found = np.linalg.solve(weighted @ rows + np.diag(penalty), weighted @ target)
        miss = np.sqrt(np.mean((target - rows @ found) ** 2, axis=1))
        huber = np.minimum(1.0, knee / np.maximum(miss, 1e-9))
    return found


def fit_levels(tables: Sequence[LevelTable], fit: Fit = LEVEL_FIT) -> np.ndarray:
    """Weights (features,) of post-fader level in LU re the median track, from the medians of engineers."""
    numbers = np.concatenate([features(table.facts) for table in tables])
    target = np.concatenate([table.rated_target_lu for table in tables])
    song = np.concatenate([np.full(len(table.facts), at) for at, table in enumerate(tables)])
    counts = np.concatenate([table.counts for table in tables])
    return solve(numbers, target, song, 1.0 / (0.5 + 1.5 / counts), fit)


def mean_pan(channels: tuple[Settings, ...]) -> float | None:
    """Where a track lies, -1..1: the mean over its channels and sides."""
    places = [float(np.mean(c.pan)) for c in channels if c.pan]
    return float(np.mean(places)) if places else None


def used(field: str) -> Callable[[tuple[Settings, ...]], float | None]:
    """1 where a setting is used on any channel of a track, 0 where not."""
    return lambda channels: float(any(getattr(channel, field) for channel in channels))


def curve_tensor(song: Song, tracks: Sequence[SongTrack]) -> np.ndarray:
    """EQ curves in dB without filters, (mixes, tracks, bands); NaN where a track has no bell or shelf."""
    out = np.full((len(song.mixes), len(tracks), CURVE_HZ.size), np.nan)
    for row, mix in zip(out, song.mixes, strict=True):
        for at, track in enumerate(tracks):
            curves = [curve_db(c.eq) for c in mix.channels.get(track.id, ())]
            if any(curve.any() for curve in curves):
                row[at] = np.mean([np.clip(curve, -24, 24) for curve in curves], axis=0)
    return out


def high_pass_octaves(channels: tuple[Settings, ...]) -> float | None:
    """Octaves above 20 Hz of the highest high-pass, None without one."""
    found = [move.frequency_hz for c in channels for move in c.eq if move.kind == "high_pass"]
    return float(np.log2(max(found) / 20.0)) if found else None


def reverb_send_db(channels: tuple[Settings, ...]) -> float | None:
    sends = [c.send_db for c in channels if c.send_db is not None]
    return max(sends) if sends else None


def strongest_sides(pans: np.ndarray) -> np.ndarray:
    """Pans with every mix mirrored to agree with the others, (mixes, tracks): sides are free."""
    known = np.nan_to_num(pans)
    leading = np.linalg.svd(known, full_matrices=False)[2][0] if known.any() else np.zeros(pans.shape[1])
    turn = np.where(known @ leading < 0, -1.0, 1.0)
    return np.asarray(pans * turn[:, None])


def by_role(values: np.ndarray, roles: Sequence[Role], floor: float, full: float = 8.0) -> np.ndarray:
    """Root mean square of values by role, drawn to that of the group and of all where there are few."""
    whole = float(np.sqrt(np.mean(values**2))) if values.size else floor
    out = []
    for role in Role:
        group = np.array([r.group is role.group for r in roles], bool)
        own = np.array([r is role for r in roles], bool)
        in_group = (np.sum(values[group] ** 2) + full * whole**2) / (group.sum() + full)
        in_role = (np.sum(values[own] ** 2) + full * in_group) / (own.sum() + full)
        out.append(max(float(np.sqrt(in_role)), floor))
    return np.array(out)


SETTING_TARGETS: Mapping[str, Callable[[tuple[Settings, ...]], float | None]] = {
    "pan_amount": lambda channels: None if (pan := mean_pan(channels)) is None else abs(pan),
    "uses_eq": used("eq"),
    "uses_compressor": used("has_compressor"),
    "uses_reverb": used("has_reverb"),
    "uses_delay": used("has_delay"),
    "uses_gate": used("has_gate"),
    "high_pass_octaves": high_pass_octaves,
    "reverb_send_db": reverb_send_db,
}
SETTING_FITS: Mapping[str, Fit] = {
    name: Fit(
        {block: value * scale for block, value in SETTING_PRIORS.items()},
        noise=noise,
        song=song,
        knee=np.inf,
        raw_slope=0.0,
        members=4,
    )
    for name, scale, noise, song in (
        ("pan_amount", 0.08, 0.06, 0.01),
        ("uses_eq", 0.04, 0.05, 0.05),
        ("uses_compressor", 0.08, 0.05, 0.03),
        ("uses_reverb", 0.08, 0.05, 0.03),
        ("uses_delay", 0.02, 0.03, 0.01),
        ("uses_gate", 0.04, 0.03, 0.01),
        ("high_pass_octaves", 1.0, 0.6, 0.2),
        ("reverb_send_db", 10.0, 40.0, 20.0),
    )
}
CURVE_FIT = Fit(
    {block: 3.0 * value for block, value in SETTING_PRIORS.items()},
    noise=12.0, song=1.0, knee=np.inf, raw_slope=0.0, members=2,
)  # fmt: skip


def fit_engineers(songs: Sequence[Song], with_spread: bool = True) -> EngineerModel:
    """All targets from the mixes of the given songs.

    Levels are learned from tracks in at least three mixes, as they are judged; settings from all. The spread
    of levels about predictions takes a further fit per song; it is NaN without.
    """
    tables = [table for song in songs if (table := level_table(song)) is not None]
    targets: dict[str, TargetModel] = {}
    if tables:
        for name, fit in (("level_lu", LEVEL_FIT), ("level_without_raw_lu", BLIND_FIT)):
            spread = _level_spread(tables, fit) if with_spread else np.full(len(Role), np.nan)
            targets[name] = TargetModel(fit_levels(tables, fit), spread)
    for name, value in SETTING_TARGETS.items():
        model = _fit_setting(songs, value, SETTING_FITS[name])
        if model is not None:
            targets[name] = model
    curve = _fit_curve(songs)
    if curve is not None:
        targets["eq_curve_db"] = curve
    card = {
        "songs": sorted(song.id for song in songs),
        "sources": sorted({song.source for song in songs}),
        "licences": sorted({song.licence for song in songs}),
        "mixes": sum(len(song.mixes) for song in songs),
    }
    return EngineerModel(targets, card)


def _level_spread(tables: Sequence[LevelTable], fit: Fit) -> np.ndarray:
    """Spread of single engineers about predictions for songs left out, by role."""
    misses, roles = [], []
    for at, table in enumerate(tables):
        others = [other for number, other in enumerate(tables) if number != at]
        expected = features(table.facts) @ fit_levels(others, fit) if others else table.target_lu
        miss = table.levels_lu - (expected - np.median(expected))
        for column, facts in zip(miss.T, table.facts, strict=True):
            known = column[np.isfinite(column)]
            misses.extend(known)
            roles.extend([facts.role] * known.size)
    return by_role(np.clip(np.array(misses), -20.0, 20.0), roles, 1.0)


def _fit_setting(
    songs: Sequence[Song], value: Callable[[tuple[Settings, ...]], float | None], fit: Fit
) -> TargetModel | None:
    numbers, target, number, precision, misses, roles = [], [], [], [], [], []
    for at, song in enumerate(songs):
        facts = facts_of(song.tracks)
        table = settings_table(song, song.tracks, value)
        rows = features(facts)
        for column, row, fact in zip(table.T, rows, facts, strict=True):
            known = column[np.isfinite(column)]
            if known.size:
                numbers.append(row)
                target.append(known.mean())
                number.append(at)
                precision.append(1.0 / (0.5 + 1.5 / known.size))
                misses.extend(known - known.mean())
                roles.extend([fact.role] * known.size)
    if not numbers:
        return None
    weights = solve(np.array(numbers), np.array(target), np.array(number), np.array(precision), fit)
    return TargetModel(weights, by_role(np.array(misses), roles, 1e-3))


def _fit_curve(songs: Sequence[Song]) -> TargetModel | None:
    numbers, target, number, misses, roles = [], [], [], [], []
    for at, song in enumerate(songs):
        facts = facts_of(song.tracks)
        tensor = curve_tensor(song, song.tracks)
        for which, (row, fact) in enumerate(zip(features(facts), facts, strict=True)):
            known = tensor[np.isfinite(tensor[:, which, 0]), which]
            if known.size:
                numbers.append(row)
                target.append(known.mean(axis=0))
                number.append(at)
                misses.extend(np.sqrt(np.mean((known - target[-1]) ** 2, axis=1)))
                roles.extend([fact.role] * len(known))
    if not numbers:
        return None
    weights = solve(np.array(numbers), np.array(target), np.array(number), np.ones(len(numbers)), CURVE_FIT)
    return TargetModel(weights, by_role(np.array(misses), roles, 0.1))
