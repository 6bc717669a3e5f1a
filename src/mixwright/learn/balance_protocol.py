"""How near the learned engineer comes to engineers, on songs it was not trained on.

The protocol for levels: a track is one audio file (several channels: power sum); tracks in at least three
mixes count; levels are post-fader, re the median track of their mix; the truth is the median over the
engineers; errors are means over the tracks of a song, then over songs. Engineers are judged each against the
median of the others. Songs the shipped weights were trained on are judged by a model trained without them, on
the file's other such songs; all other songs by the shipped weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwright.errors import InputError
from mixwright.learn.curves import CURVE_HZ
from mixwright.learn.engineer_fit import (
    SETTING_TARGETS,
    curve_tensor,
    fit_engineers,
    mean_pan,
    strongest_sides,
)
from mixwright.learn.readers.mixology import ROLE_OF_INSTRUMENT
from mixwright.learn.song import Song, SongTrack
from mixwright.learn.tables import LevelTable, facts_of, level_table, settings_table
from mixwright.models.linear import EngineerModel
from mixwright.models.track_facts import Facts
from mixwright.roles import Role

__all__ = ["BalanceScores", "SongScore", "judge_balance"]

USES = ("uses_eq", "uses_compressor", "uses_reverb", "uses_delay", "uses_gate")
OFF_CENTRE = 0.1


@dataclass(frozen=True)
class SongScore:
    """One song; errors in LU."""

    song: str
    tracks: int
    mixes: int
    unseen_by: str
    """``leave-one-out`` or ``shipped weights``."""
    lu: Mapping[str, float]
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BalanceScores:
    """Means over songs."""

    songs: tuple[SongScore, ...]
    left_out: tuple[str, ...]

    @property
    def lu(self) -> dict[str, float]:
        """Mean absolute errors in LU per track."""
        return _means([score.lu for score in self.songs])

    @property
    def settings(self) -> dict[str, float]:
        return _means([score.settings for score in self.songs])

    @property
    def ratio(self) -> float | None:
        """Error of the model over that of engineers among themselves; None where these agree."""
        engineers = self.lu.get("engineers", 0.0)
        return self.lu["model"] / engineers if engineers > 1e-9 else None


def judge_balance(
    songs: Sequence[Song], shipped: EngineerModel, progress: Callable[[str, float], None] | None = None
) -> BalanceScores:
    """Judges predictions for every song that has a track in at least three mixes.

    Raises
    ------
    InputError
        When no song has one.
    """
    known = [song for song in songs if song.id in shipped.songs]
    scores, left_out = [], []
    for at, song in enumerate(songs):
        if progress:
            progress("judging", at / len(songs))
        table = level_table(song)
        if table is None:
            left_out.append(song.id)
            continue
        others = [other for other in known if other.id != song.id]
        if song in known and not others:
            raise InputError(
                f"{song.id!r} is a song of the shipped weights and stands alone; add the others to it"
            )
        model = fit_engineers(others, with_spread=False) if song in known else shipped
        medians = role_medians(others or known) if song in known else _stored_medians(shipped)
        scores.append(
            SongScore(
                song.id,
                len(table.tracks),
                len(table.levels_lu),
                "leave-one-out" if song in known else "shipped weights",
                _level_errors(table, model, medians),
                _setting_scores(song, model, others if song in known else ()),
            )
        )
    if not scores:
        raise InputError("no song has a track in at least three mixes; there is nothing to compare with")
    return BalanceScores(tuple(scores), tuple(left_out))


def role_medians(songs: Sequence[Song]) -> dict[Role | None, float]:
    """Median level per role over the tracks of the songs; None holds that of all tracks."""
    values: dict[Role | None, list[float]] = {}
    for song in songs:
        table = level_table(song)
        if table is not None:
            for track, level in zip(table.tracks, table.target_lu, strict=True):
                values.setdefault(labelled_role(track), []).append(float(level))
                values.setdefault(None, []).append(float(level))
    return {role: float(np.median(levels)) for role, levels in values.items()}


def labelled_role(track: SongTrack) -> Role | None:
    """The role of a track by the label of its data set alone."""
    return ROLE_OF_INSTRUMENT.get(track.instrument, track.role)


def _stored_medians(shipped: EngineerModel) -> dict[Role | None, float]:
    stored = shipped.card.get("role_medians_lu", {})
    return {(Role(name) if name else None): level for name, level in stored.items()}


def _level_errors(
    table: LevelTable, model: EngineerModel, medians: Mapping[Role | None, float]
) -> dict[str, float]:
    target = table.target_lu
    raw = np.array([track.raw_lufs if track.raw_lufs is not None else np.nan for track in table.tracks])
    middle = medians.get(None, 0.0)

    def error(levels: np.ndarray) -> float:
        return float(np.mean(np.abs(levels - np.median(levels) - target)))

    return {
        "engineers": _engineers_error(table.levels_lu),
        "role_medians": float(
            np.mean(np.abs(np.array([medians.get(labelled_role(t), middle) for t in table.tracks]) - target))
        ),
        "equal_loudness": float(np.mean(np.abs(target))),
        "faders_at_zero": error(np.where(np.isfinite(raw), raw, np.nanmedian(raw))),
        "model": error(model.predict("level_lu", table.facts)),
        "model_without_raw": error(model.predict("level_without_raw_lu", table.facts)),
    }


def _engineers_error(levels: np.ndarray) -> float:
    """Each mix against the median of the others: mean over tracks, then over mixes."""
    misses = []
    for at, own in enumerate(levels):
        others = np.delete(levels, at, axis=0)
        both = np.isfinite(own) & np.isfinite(others).any(axis=0)
        if both.any():
            misses.append(np.mean(np.abs(own[both] - np.nanmedian(others[:, both], axis=0))))
    return float(np.mean(misses)) if misses else float("nan")


def _setting_scores(song: Song, model: EngineerModel, others: Sequence[Song]) -> dict[str, float]:
    facts = facts_of(song.tracks)
    out = _pan_scores(song, model, facts, others)
    for name in USES:
        out |= _use_scores(song, model, facts, name, others)
    out |= _curve_scores(song, model, facts, others) | _high_pass_scores(song, model, facts, others)
    known = [name for name in out if others or not name.endswith("_role")]
    return {name: out[name] for name in known if np.isfinite(out[name])}


def _pan_scores(
    song: Song, model: EngineerModel, facts: Sequence[Facts], others: Sequence[Song]
) -> dict[str, float]:
    pans = strongest_sides(settings_table(song, song.tracks, mean_pan))
    seen = np.isfinite(pans).sum(axis=0) >= 1
    if not seen.any():
        return {}
    target = np.nanmedian(np.abs(pans[:, seen]), axis=0)
    amount = np.clip(model.predict("pan_amount", facts), 0.0, 1.0)
    out = {
        "pan_amount_error": float(np.mean(np.abs(amount[seen] - target))),
        "pan_amount_error_centre": float(np.mean(target)),
        "pan_amount_error_role": float(
            np.mean(np.abs(_role_values(others, facts, SETTING_TARGETS["pan_amount"], 0.3)[seen] - target))
        ),
        "pan_amount_error_engineers": _engineers_error(np.abs(pans)),
    }
    agreement = _side_agreement(pans, sides(facts, amount))
    if agreement is not None:
        out["pan_side_agreement"] = agreement
        out["pan_side_agreement_engineers"] = float(
            np.mean(
                [
                    found
                    for at, own in enumerate(pans)
                    if (found := _side_agreement(np.delete(pans, at, 0), np.nan_to_num(own))) is not None
                ]
                or [np.nan]
            )
        )
    return out


def sides(facts: Sequence[Facts], amount: np.ndarray) -> np.ndarray:
    """A side for every track, -1 or 1: that of its name, or the one that holds less of its role."""
    placed = np.zeros(len(facts))
    for at, fact in enumerate(facts):
        if fact.side is not None:
            placed[at] = -1.0 if fact.side == "left" else 1.0
    for at in np.argsort(-amount, kind="stable"):
        if placed[at] == 0:
            alike = np.array([other.role is facts[at].role for other in facts])
            lean = 4 * np.sum((placed * amount)[alike]) + np.sum(placed * amount)
            placed[at] = -1.0 if lean > 0 else 1.0
    return placed


def _side_agreement(pans: np.ndarray, placed: np.ndarray) -> float | None:
    """Share of off-centre placements on the same side, each mix mirrored to fit best."""
    shares = []
    for own in pans:
        off = np.isfinite(own) & (np.abs(own) >= OFF_CENTRE) & (placed != 0)
        if off.sum() >= 2:
            same = float(np.mean(np.sign(own[off]) == np.sign(placed[off])))
            shares.append(max(same, 1 - same))
    return float(np.mean(shares)) if shares else None


def _use_scores(
    song: Song, model: EngineerModel, facts: Sequence[Facts], name: str, others: Sequence[Song]
) -> dict[str, float]:
    table = settings_table(song, song.tracks, SETTING_TARGETS[name])
    expected = np.clip(model.predict(name, facts), 0.01, 0.99)
    role = np.clip(_role_values(others, facts, SETTING_TARGETS[name], 0.5), 0.01, 0.99)
    known = np.isfinite(table)

    def right(share: np.ndarray) -> float:
        return float(np.mean((np.broadcast_to(share, table.shape)[known] > 0.5) == (table[known] > 0.5)))

    def brier(share: np.ndarray) -> float:
        return float(np.mean((np.broadcast_to(share, table.shape)[known] - table[known]) ** 2))

    return {
        f"{name}_right": right(expected),
        f"{name}_right_role": right(role),
        f"{name}_brier": brier(expected),
        f"{name}_brier_role": brier(role),
    }


def _curve_scores(
    song: Song, model: EngineerModel, facts: Sequence[Facts], others: Sequence[Song]
) -> dict[str, float]:
    tensor = curve_tensor(song, song.tracks)
    seen = np.isfinite(tensor[..., 0]).sum(axis=0) >= 1
    if not seen.any():
        return {}
    target = np.nanmean(tensor[:, seen], axis=0)
    expected = model.predict("eq_curve_db", facts)[seen]
    among = []
    for at, own in enumerate(tensor):
        rest = np.delete(tensor, at, axis=0)
        both = np.isfinite(own[:, 0]) & np.isfinite(rest[..., 0]).any(axis=0)
        if both.any():
            among.append(np.mean(np.abs(own[both] - np.nanmean(rest[:, both], axis=0))))
    return {
        "eq_curve_error_db": float(np.mean(np.abs(expected - target))),
        "eq_curve_error_db_flat": float(np.mean(np.abs(target))),
        "eq_curve_error_db_role": float(np.mean(np.abs(_role_curves(others, facts)[seen] - target))),
        "eq_curve_error_db_engineers": float(np.mean(among)) if among else float("nan"),
    }


def _high_pass_scores(
    song: Song, model: EngineerModel, facts: Sequence[Facts], others: Sequence[Song]
) -> dict[str, float]:
    value = SETTING_TARGETS["high_pass_octaves"]
    table = settings_table(song, song.tracks, value)
    seen = np.isfinite(table).any(axis=0)
    if not seen.any():
        return {}
    target = np.nanmedian(table[:, seen], axis=0)
    expected = model.predict("high_pass_octaves", facts)[seen]
    return {
        "high_pass_error_octaves": float(np.mean(np.abs(expected - target))),
        "high_pass_error_octaves_role": float(
            np.mean(np.abs(_role_values(others, facts, value, 2.3)[seen] - target))
        ),
    }


def _role_values(songs: Sequence[Song], facts: Sequence[Facts], value: Callable, usual: float) -> np.ndarray:
    """Baseline: the mean over tracks of the same role in the training songs."""
    by_role: dict[Role, list[float]] = {}
    for song in songs:
        table = settings_table(song, song.tracks, value)
        for column, fact in zip(table.T, facts_of(song.tracks), strict=True):
            if np.isfinite(column).any():
                by_role.setdefault(fact.role, []).append(float(np.nanmean(column)))
    every = [v for values in by_role.values() for v in values]
    middle = float(np.mean(every)) if every else usual
    return np.array([np.mean(by_role.get(fact.role, [middle])) for fact in facts])


def _role_curves(songs: Sequence[Song], facts: Sequence[Facts]) -> np.ndarray:
    by_role: dict[Role, list[np.ndarray]] = {}
    for song in songs:
        tensor = curve_tensor(song, song.tracks)
        for at, fact in enumerate(facts_of(song.tracks)):
            known = tensor[np.isfinite(tensor[:, at, 0]), at]
            if known.size:
                by_role.setdefault(fact.role, []).append(known.mean(axis=0))
    flat = [np.zeros(CURVE_HZ.size)]
    return np.array([np.mean(by_role.get(fact.role, flat), axis=0) for fact in facts])


def _means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for score in scores for name in score)
    return {
        name: float(np.nanmean(found))
        for name in names
        if np.isfinite(found := [score[name] for score in scores if name in score]).any()
    }
