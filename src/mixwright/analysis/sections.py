"""Sections of a song (blocks like verse and chorus), and the excerpts that tell most about it.

Sections are found on bars where they are known: each bar is described by which tracks play how loud and by
the spectrum of all; a boundary is where the bars before are like each other, those after too, but not the
ones across (checkerboard novelty: Foote, ICME 2000). Tracks count alike however loud they were recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mixwright.analysis.bands import BANDS, band_loudness_lufs, power_db
from mixwright.analysis.beats import Beats
from mixwright.analysis.track import TrackAnalysis

SHORTEST_S = 6.0
"""Sections last at least this long."""

SURE_BARS = 0.25
UNIT_S = 2.0
MOST_UNITS = 600
"""Longer songs are described in longer units than bars."""

REACH_S = 16.0
"""How far to both sides of a boundary the novelty looks."""

NOVELTY = 0.15
SAME_LABEL = 0.6
"""Sections are repetitions of each other where their mean bars are this similar (0..1)."""

PLAYS_SHARE = 0.25
"""A track belongs to a section when it plays at least this share of it."""

SAME_ENERGY_LU = 2.0
"""Neighbours with one label whose energies differ less are one section."""

SPARSE_LU = -4.0
SPARSE_TRACKS = 0.5
"""Sparse sections lie below this energy, or have at most this share of the tracks of the median one."""

USUAL_EXCERPTS = 3
MOST_EXCERPTS = 6
SHORTEST_EXCERPT_S = 2.0
HEARD_S = 1.0
"""A track is in an excerpt when it plays there this long, or half as long as it plays at all."""

_LEVEL_RANGE_DB = 20.0
_SPECTRUM_GROUPS = 8


@dataclass(frozen=True)
class Section:
    """One block of a song."""

    start_s: float
    end_s: float
    label: str
    """Equal letters for blocks that repeat: A, B, ..."""
    energy_lu: float
    """Loudness re the whole song, of the sum of all tracks at equal loudness."""
    playing: tuple[str, ...]
    """Ids of the tracks that belong to it."""
    loudest: bool
    """It has the highest energy of all."""
    sparse: bool
    """Much quieter than the song, or played by half as many tracks as usual."""

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


class Song(Protocol):
    """What excerpts are chosen from; a `SongAnalysis`."""

    @property
    def tracks(self) -> dict[str, TrackAnalysis]: ...

    @property
    def beats(self) -> Beats: ...

    @property
    def duration_s(self) -> float: ...


def find_sections(
    tracks: Mapping[str, TrackAnalysis], beats: Beats, duration_s: float
) -> tuple[Section, ...]:
    """Sections from the start to the end of a song, without gaps; none of a song without sound."""
    sounding = [track for track in tracks.values() if not track.silent]
    if not sounding or duration_s <= 0:
        return ()
    edges = _units(beats, duration_s)
    powers = np.stack([_per_unit(track, edges) for track in sounding])
    features = _features(sounding, powers)
    scale = max(0.1 * len(sounding), 0.3)
    similarity = np.exp(-_square_distances(features) / (2 * scale))
    starts = _boundaries(similarity, edges)
    return _described(sounding, powers, features, scale, edges, starts)


def telling_excerpts(song: Song, seconds: float, lead: Sequence[str] = ()) -> tuple[tuple[float, float], ...]:
    """Excerpts (start_s, end_s) in the order of the song that together hold every track.

    The first to be chosen is the loudest, the next ones hold most tracks that were not heard yet, the lead
    before all. Usually three, up to six where tracks play in different places only; the whole song where it
    is not longer than `seconds`.

    Parameters
    ----------
    song : SongAnalysis
        The song.
    seconds : float
        Length of all excerpts together.
    lead : sequence of track ids, optional
        Tracks of which at least one must sing in one of the excerpts, such as the lead vocals.
    """
    if song.duration_s <= seconds:
        return ((0.0, song.duration_s),) if song.duration_s > 0 else ()
    tracks = [track for track in song.tracks.values() if not track.silent]
    best: list[float] = []
    length = seconds
    missed = len(tracks) + 1
    for count in range(USUAL_EXCERPTS, MOST_EXCERPTS + 1):
        if count > USUAL_EXCERPTS and seconds / count < SHORTEST_EXCERPT_S:
            break
        starts, left = _covering(tracks, song, seconds / count, count, frozenset(lead))
        if left < missed:
            best, missed, length = starts, left, seconds / count
        if not left:
            break
    return _joined(sorted(best), length)


def telling_excerpt(song: Song, seconds: float, lead: Sequence[str] = ()) -> tuple[float, float]:
    """The one excerpt (start_s, end_s) that holds most of the song's tracks where it is loudest.

    Parameters
    ----------
    song, lead
        As for `telling_excerpts`.
    seconds : float
        Its length; shorter songs are taken whole.
    """
    if song.duration_s <= seconds:
        return 0.0, song.duration_s
    tracks = [track for track in song.tracks.values() if not track.silent]
    if not tracks:
        return 0.0, seconds
    starts = _candidates(song, seconds)
    weight = np.array([len(tracks) if track.id in lead else 1.0 for track in tracks])
    heard = np.stack([_heard_in(track, starts, seconds) for track in tracks], axis=1) @ weight
    energy = _energy(tracks, starts, seconds)
    start = float(starts[np.argmax(heard + energy / max(float(energy.max()), 1e-30))])
    return start, start + seconds


def _units(beats: Beats, duration_s: float) -> np.ndarray:
    """Edges of the pieces a song is described in, seconds, from 0 to its end."""
    if beats.downbeats_s.size >= 2 and beats.bar_confidence >= SURE_BARS:
        inner = beats.downbeats_s
    elif beats.times_s.size >= 8:
        inner = beats.times_s[:: beats.beats_per_bar]
    else:
        inner = np.arange(UNIT_S, duration_s, UNIT_S)
    inner = inner[:: 1 + inner.size // MOST_UNITS]
    least = 0.5 * float(np.median(np.diff(inner))) if inner.size > 1 else UNIT_S
    inner = inner[(inner > least) & (inner < duration_s - least)]  # upbeat and last chord join a neighbour
    return np.concatenate(([0.0], inner, [duration_s]))


def _per_unit(track: TrackAnalysis, edges: np.ndarray) -> np.ndarray:
    """Mean power per unit and band, (units, bands)."""
    sums = np.zeros((track.frame_power.shape[0] + 1, BANDS))
    np.cumsum(track.frame_power, axis=0, dtype=np.float64, out=sums[1:])
    at = np.clip(np.round(edges / track.frame_s).astype(int), 0, sums.shape[0] - 1)
    width = np.maximum(np.round(np.diff(edges) / track.frame_s), 1.0)
    return np.maximum(np.diff(sums[at], axis=0), 0.0) / width[:, None]


def _features(tracks: Sequence[TrackAnalysis], powers: np.ndarray) -> np.ndarray:
    """What a unit sounds like: level of each track re its own and spectrum of the sum, (units, features)."""
    own = np.array([track.integrated_lufs for track in tracks])
    level = band_loudness_lufs(powers) - own[:, None]
    level = np.clip(level, -_LEVEL_RANGE_DB, 0.3 * _LEVEL_RANGE_DB) / _LEVEL_RANGE_DB
    total = np.einsum("t,tub->ub", 10 ** (-own / 10), powers)
    groups = np.add.reduceat(total, np.arange(0, BANDS, BANDS // _SPECTRUM_GROUPS + 1), axis=1)
    spectrum = power_db(groups)
    spectrum = np.maximum(spectrum, spectrum.max(initial=-200.0) - 3 * _LEVEL_RANGE_DB) / _LEVEL_RANGE_DB
    return np.concatenate((level.T, spectrum * np.sqrt(0.1 * len(tracks) / 2)), axis=1)


def _square_distances(features: np.ndarray) -> np.ndarray:
    square = np.sum(features**2, axis=1)
    return np.maximum(square[:, None] + square - 2 * features @ features.T, 0.0)


def _boundaries(similarity: np.ndarray, edges: np.ndarray) -> list[int]:
    """Units that sections start with; the first is 0."""
    unit_s = float(np.median(np.diff(edges)))
    novelty = _novelty(similarity, max(2, round(REACH_S / unit_s)))
    starts = [0]
    for unit in np.argsort(-novelty, kind="stable"):
        if novelty[unit] < NOVELTY:
            break
        near = [*(edges[start] for start in starts), edges[-1]]
        if min(abs(edges[unit] - other) for other in near) >= SHORTEST_S:
            starts.append(int(unit))
    return sorted(starts)


def _novelty(similarity: np.ndarray, reach: int) -> np.ndarray:
    """How much more alike units are on either side of each edge than across it, (units,), -1..1."""
    units = similarity.shape[0]
    taper = np.exp(-0.5 * ((np.arange(reach) + 0.5) / (0.5 * reach)) ** 2)
    out = np.zeros(units)
    for unit in range(1, units):
        back, on = min(unit, reach), min(units - unit, reach)
        before, after = slice(unit - back, unit), slice(unit, unit + on)
        a, b = taper[:back][::-1] / taper[:back].sum(), taper[:on] / taper[:on].sum()
        across = a @ similarity[before, after] @ b
        out[unit] = 0.5 * (a @ similarity[before, before] @ a + b @ similarity[after, after] @ b) - across
    return out


def _described(
    tracks: Sequence[TrackAnalysis],
    powers: np.ndarray,
    features: np.ndarray,
    scale: float,
    edges: np.ndarray,
    starts: Sequence[int],
) -> tuple[Section, ...]:
    own = 10 ** (-np.array([track.integrated_lufs for track in tracks]) / 10)
    total = np.einsum("t,tub->ub", own, powers)
    width = np.diff(edges)

    def energy_lufs(first: int, end: int) -> float:
        return float(band_loudness_lufs(np.average(total[first:end], axis=0, weights=width[first:end])))

    ends = [*starts[1:], len(edges) - 1]
    means = [np.average(features[a:b], axis=0, weights=width[a:b]) for a, b in zip(starts, ends, strict=True)]
    blocks: list[tuple[int, int, str]] = []
    for start, end, label in zip(starts, ends, _labels(means, scale), strict=True):
        if blocks and blocks[-1][2] == label:
            before = blocks[-1][0]
            if abs(energy_lufs(before, start) - energy_lufs(start, end)) < SAME_ENERGY_LU:
                blocks[-1] = (before, end, label)
                continue
        blocks.append((start, end, label))
    spans = [(float(edges[a]), float(edges[b])) for a, b, _ in blocks]
    energy = [energy_lufs(a, b) - energy_lufs(0, len(width)) for a, b, _ in blocks]
    playing = [tuple(t.id for t in tracks if _share(t, *span) >= PLAYS_SHARE) for span in spans]
    usual = float(np.median([len(ids) for ids in playing]))
    return tuple(
        Section(
            *span,
            label=label,
            energy_lu=lu,
            playing=ids,
            loudest=lu == max(energy),
            sparse=len(spans) > 1 and (lu <= SPARSE_LU or len(ids) <= SPARSE_TRACKS * usual),
        )
        for span, (_, _, label), lu, ids in zip(spans, blocks, energy, playing, strict=True)
    )


def _labels(means: Sequence[np.ndarray], scale: float) -> list[str]:
    """A letter per section; similar ones share it."""
    first: list[np.ndarray] = []
    labels = []
    for mean in means:
        alike = [float(np.exp(-np.sum((mean - other) ** 2) / (2 * scale))) for other in first]
        if alike and max(alike) >= SAME_LABEL:
            number = int(np.argmax(alike))
        else:
            number = len(first)
            first.append(mean)
        labels.append(_letters(number))
    return labels


def _letters(number: int) -> str:
    return chr(65 + number % 26) * (1 + number // 26)


def _share(track: TrackAnalysis, start_s: float, end_s: float) -> float:
    """Share of a span in which a track plays."""
    part = track.active[round(start_s / track.frame_s) : round(end_s / track.frame_s)]
    return float(part.sum()) * track.frame_s / max(end_s - start_s, track.frame_s)


def _covering(
    tracks: Sequence[TrackAnalysis], song: Song, length: float, count: int, lead: frozenset[str]
) -> tuple[list[float], int]:
    """Starts of up to `count` excerpts, greedily, and how many tracks none of them holds."""
    starts = _candidates(song, length)
    heard = np.stack([_heard_in(track, starts, length) for track in tracks], axis=1)
    energy = _energy(tracks, starts, length)
    weight = np.array([len(tracks) if track.id in lead else 1.0 for track in tracks])
    chosen = [int(np.argmax(energy))]
    missing = ~heard[chosen[0]]
    while len(chosen) < count:
        free = np.min(np.abs(starts[:, None] - starts[chosen]), axis=1) >= length
        if not free.any() or (len(chosen) >= USUAL_EXCERPTS and not missing.any()):
            break
        gain = heard @ (missing * weight) + 1e-3 * energy / max(float(energy.max()), 1e-30)
        if not missing.any():  # what lies far from the others tells most
            gain = heard.sum(axis=1) * np.min(np.abs(starts[:, None] - starts[chosen]), axis=1)
        pick = int(np.argmax(np.where(free, gain, -1.0)))
        chosen.append(pick)
        missing &= ~heard[pick]
    return [float(starts[k]) for k in chosen], int(missing.sum())


def _candidates(song: Song, length: float) -> np.ndarray:
    """Where excerpts may start: on bars where known."""
    last = song.duration_s - length
    beats = song.beats
    if beats.downbeats_s.size >= 2 and beats.bar_confidence >= SURE_BARS:
        bars = beats.downbeats_s[beats.downbeats_s <= last]
        bars = bars[:: 1 + bars.size // MOST_UNITS]
        return np.concatenate((bars, [last]))
    return np.linspace(0.0, last, min(MOST_UNITS, int(last) + 2))


def _sums_over(values: np.ndarray, frame_s: float, starts: np.ndarray, length: float) -> np.ndarray:
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    first, last = (
        np.clip(np.round(at / frame_s).astype(int), 0, values.size) for at in (starts, starts + length)
    )
    return sums[last] - sums[first]


def _heard_in(track: TrackAnalysis, starts: np.ndarray, length: float) -> np.ndarray:
    """Which excerpts hold a track, bool (starts,)."""
    seconds = _sums_over(track.active, track.frame_s, starts, length) * track.frame_s
    return (seconds > 0) & (seconds >= min(HEARD_S, 0.5 * track.active_s))


def _energy(tracks: Sequence[TrackAnalysis], starts: np.ndarray, length: float) -> np.ndarray:
    """Power of the tracks at equal loudness, (starts,)."""
    out = np.zeros(starts.size)
    for track in tracks:
        own = track.frame_power.sum(axis=1) * 10 ** (-track.integrated_lufs / 10)
        out += _sums_over(own, track.frame_s, starts, length)
    return out


def _joined(starts: Sequence[float], length: float) -> tuple[tuple[float, float], ...]:
    """Excerpts that touch become one."""
    out: list[tuple[float, float]] = []
    for start in starts:
        if out and start <= out[-1][1] + 1e-6:
            out[-1] = (out[-1][0], start + length)
        else:
            out.append((start, start + length))
    return tuple(out)
