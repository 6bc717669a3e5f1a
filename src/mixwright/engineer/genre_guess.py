"""Which genre a song belongs to, told from its tracks, and how sure that is."""

from collections.abc import Iterable, Mapping

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, k_weights
from mixwright.analysis.song import SongAnalysis
from mixwright.engineer.genres import SUB_HZ, Genre, find_genre, genre_names
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

LIVE_KIT = frozenset((Role.OVERHEADS, Role.ROOM, Role.TOMS))
SINGLE_DRUMS = frozenset((Role.KICK, Role.SNARE, Role.HIHAT, Role.CYMBALS))
SYNTHS = frozenset((Role.SYNTH_LEAD, Role.SYNTH_PAD, Role.FX))
KEYS = frozenset((Role.PIANO, Role.KEYS, Role.ORGAN))

SURE_TEMPO = 0.3
TEMPER = 0.5
"""The signs hang together, so each counts for less than if they were independent."""


def song_signs(tracks: Iterable[Track], analysis: SongAnalysis) -> dict[str, float]:
    """What a song shows: kits (0 or 1), shares of the tracks that are no drums, sub-bass, tempo if sure.

    A kit on one track may be either kind and says nothing. Levels do not count: every track enters the
    sub-bass at equal loudness.
    """
    playing = [t for t in tracks if t.id in analysis.tracks and not analysis[t.id].silent]
    drums = [t for t in playing if t.role.group is RoleGroup.DRUMS]
    others = [t for t in playing if t.role.group is not RoleGroup.DRUMS]
    live = any(t.role in LIVE_KIT for t in drums)
    count = max(len(others), 1)
    groups = {group: sum(t.role.group is group for t in others) / count for group in RoleGroup}
    signs = {
        "electric_guitars": sum(t.role is Role.ELECTRIC_GUITAR for t in others) / count,
        "acoustic_guitars": sum(t.role is Role.ACOUSTIC_GUITAR for t in others) / count,
        "synths": sum(t.role in SYNTHS for t in others) / count,
        "orchestra": groups[RoleGroup.ORCHESTRAL],
        "vocals": groups[RoleGroup.VOCALS],
        "keys": sum(t.role in KEYS for t in others) / count,
        "sub_db": _sub_db(playing, analysis),
    }
    single = any(t.role in SINGLE_DRUMS for t in drums)
    if not drums or single or live or all(t.role is Role.PERCUSSION for t in drums):
        signs |= {"live_kit": float(live), "programmed_kit": float(single and not live)}
    if analysis.tempo_confidence >= SURE_TEMPO:
        signs["tempo_bpm"] = analysis.tempo_bpm
    return signs


def guess_genre(signs: Mapping[str, float]) -> tuple[Genre, float]:
    """The likeliest genre and its probability among all, from normal distributions per sign."""
    genres = [find_genre(name) for name in genre_names()]
    scores = np.array([_score(genre, signs) for genre in genres])
    share = np.exp(scores - scores.max())
    share /= share.sum()
    best = int(np.argmax(share))
    return genres[best], float(share[best])


def _score(genre: Genre, signs: Mapping[str, float]) -> float:
    total = float(np.log(max(genre.prior, 1e-3)))
    for name, value in signs.items():
        sign = genre.signs[name]
        total -= TEMPER * (0.5 * ((value - sign.mean) / sign.spread) ** 2 + np.log(sign.spread))
    return total


def _sub_db(tracks: Iterable[Track], analysis: SongAnalysis) -> float:
    """Power below 60 Hz re the whole, all tracks at equal loudness while they play."""
    low = whole = 0.0
    for track in tracks:
        measured = analysis[track.id]
        power = measured.band_power / max(float(measured.band_power @ k_weights()), 1e-20)
        power *= measured.active_fraction
        low += float(power[CENTERS_HZ < SUB_HZ].sum())
        whole += float(power.sum())
    return power_to_db(low) - power_to_db(whole) if whole > 0 else 0.0
