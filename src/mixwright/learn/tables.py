"""What engineers did, as one table per song: rows are mixes, columns tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mixwright.engineer.roles import guess_roles
from mixwright.learn.song import EngineerMix, Settings, Song, SongTrack
from mixwright.models.track_facts import Facts
from mixwright.roles import Role

__all__ = ["FEWEST_MIXES", "LevelTable", "facts_of", "level_table", "settings_table"]

FEWEST_MIXES = 3
"""A track in fewer mixes has no telling median."""


@dataclass(frozen=True, eq=False)
class LevelTable:
    """Post-fader levels of one song."""

    song: Song
    tracks: tuple[SongTrack, ...]
    facts: tuple[Facts, ...]
    levels_lu: np.ndarray
    """(mixes, tracks) re the median track of the mix; NaN where a track is not in a mix."""
    weights: np.ndarray
    """(mixes,) how much each mix counts, by its rating; mean 1."""

    @property
    def target_lu(self) -> np.ndarray:
        """Median over the engineers, (tracks,)."""
        return np.nanmedian(self.levels_lu, axis=0)

    @property
    def rated_target_lu(self) -> np.ndarray:
        """The same with better-rated mixes weighing more, (tracks,): what is learned."""
        return np.array([weighted_median(column, self.weights) for column in self.levels_lu.T])

    @property
    def counts(self) -> np.ndarray:
        """Mixes that hold each track, (tracks,)."""
        return np.sum(np.isfinite(self.levels_lu), axis=0)


def facts_of(tracks: Sequence[SongTrack]) -> tuple[Facts, ...]:
    """What the models are told; microphones, sides and doubles are read from the names."""
    guesses = guess_roles([track.name for track in tracks])
    return tuple(
        Facts(
            role=track.role or guess.role or Role.OTHER,
            raw_lufs=track.raw_lufs,
            is_stereo=track.channels == 2,
            is_direct=guess.is_di,
            is_amplifier=guess.is_amp,
            is_double=guess.is_double,
            side=guess.side,
        )
        for track, guess in zip(tracks, guesses, strict=True)
    )


def level_table(song: Song, fewest: int = FEWEST_MIXES) -> LevelTable | None:
    """Levels of the tracks that lie in at least `fewest` mixes; None where there are none.

    A track on several channels of a mix has the power sum of these. Mixes without faders do not count.
    """
    levels = [
        {
            track.id: level
            for track in song.tracks
            if (level := _post_fader_lufs(track, mix.channels.get(track.id, ()))) is not None
        }
        for mix in song.mixes
    ]
    count = {track.id: sum(track.id in each for each in levels) for track in song.tracks}
    tracks = tuple(track for track in song.tracks if count[track.id] >= max(1, fewest))
    rows = [
        (mix, each) for mix, each in zip(song.mixes, levels, strict=True) if any(t.id in each for t in tracks)
    ]
    if not tracks or not rows:
        return None
    table = np.array([[each.get(track.id, np.nan) for track in tracks] for _, each in rows])
    table -= np.nanmedian(table, axis=1, keepdims=True)
    ratings = np.array([np.nan if mix.rating is None else mix.rating for mix, _ in rows])
    return LevelTable(song, tracks, facts_of(tracks), table, rating_weights(ratings))


def rating_weights(ratings: np.ndarray) -> np.ndarray:
    """Better-rated mixes of a song weigh more: from 0.74 to 1.35 with two standard deviations."""
    known = np.isfinite(ratings)
    if known.sum() < 2 or np.nanstd(ratings) < 1e-6:
        return np.ones(len(ratings))
    z = np.where(known, (ratings - np.nanmean(ratings)) / np.nanstd(ratings), 0.0)
    weights = np.exp(0.15 * np.clip(z, -2.0, 2.0))
    return np.asarray(weights / weights.mean())


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Median of the known values, between neighbours as `numpy.median` is; equal weights give the same."""
    known = np.isfinite(values)
    order = np.argsort(values[known], kind="stable")
    sorted_values, sorted_weights = values[known][order], weights[known][order]
    middles = np.cumsum(sorted_weights) - 0.5 * sorted_weights
    return float(np.interp(0.5 * sorted_weights.sum(), middles, sorted_values))


def _post_fader_lufs(track: SongTrack, channels: Sequence[Settings]) -> float | None:
    powers = [
        10 ** ((track.raw_lufs + channel.fader_db) / 10)
        for channel in channels
        if channel.fader_db is not None and track.raw_lufs is not None
    ]
    return float(10 * np.log10(sum(powers))) if powers else None


def settings_table(
    song: Song, tracks: Sequence[SongTrack], value: Callable[[tuple[Settings, ...]], float | None]
) -> np.ndarray:
    """One number per mix and track, (mixes, tracks); NaN where a track is not in a mix or has none."""

    def of(mix: EngineerMix, track: SongTrack) -> float:
        channels = mix.channels.get(track.id, ())
        found = value(channels) if channels else None
        return np.nan if found is None else found

    return np.array([[of(mix, track) for track in tracks] for mix in song.mixes], float).reshape(
        len(song.mixes), len(tracks)
    )
