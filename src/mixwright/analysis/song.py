"""What is measured on all tracks of a song and between them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from mixwright.analysis.beats import Beats, find_beats
from mixwright.analysis.sections import Section, find_sections, telling_excerpts
from mixwright.analysis.shared_sound import SharedSound, find_shared_sound
from mixwright.analysis.track import Input, TrackAnalysis, analyse_track
from mixwright.audio.source import CancelledError

STRONGEST_ONSET_DB = 24.0
"""Onsets count up to this rise: one crash does not outweigh a bar."""

LOW_HZ = 150.0

SAME_ENVELOPE = 0.002
"""Tracks are copies where their envelopes, of equal height, differ by no more (dither and rounding do)."""
AUDIBLE_RANGE_DB = 60.0


@dataclass(frozen=True, eq=False)
class SongAnalysis:
    """All measurements of a song; no opinions."""

    sample_rate: int
    duration_s: float
    tracks: dict[str, TrackAnalysis]
    shared: tuple[SharedSound, ...] = ()
    beats: Beats = field(default_factory=Beats)
    sections: tuple[Section, ...] = ()

    def __getitem__(self, id: str) -> TrackAnalysis:
        return self.tracks[id]

    def excerpts(self, seconds: float, lead: Sequence[str] = ()) -> tuple[tuple[float, float], ...]:
        """Parts (start_s, end_s) that together hold every track; see `sections.telling_excerpts`."""
        return telling_excerpts(self, seconds, lead)

    @property
    def duplicates(self) -> tuple[tuple[str, str], ...]:
        """Pairs of tracks that hold the same sound but for level and polarity."""
        sounding = [track for track in self.tracks.values() if not track.silent]
        return tuple((a.id, b.id) for a, b in combinations(sounding, 2) if _same_sound(a, b))

    @property
    def tempo_bpm(self) -> float:
        return self.beats.tempo_bpm

    @property
    def tempo_confidence(self) -> float:
        return self.beats.confidence


class Cancel(Protocol):
    """Such as a threading.Event."""

    def is_set(self) -> bool: ...


def analyse(
    inputs: Mapping[str, Input],
    sample_rate: int,
    *,
    related: Sequence[Sequence[str]] = (),
    threads: int = 2,
    progress: Callable[[int, int], Any] | None = None,
    cancel: Cancel | None = None,
) -> SongAnalysis:
    """Measures all tracks, block by block; memory does not grow with the audio but with its curves.

    Parameters
    ----------
    inputs : mapping of track id to Input
        Tracks at `sample_rate`.
    related : sequence of groups of track ids
        Tracks that may hold the same sound (see `engineer.related_tracks`): their polarity and timing are
        compared.
    threads : int
        Tracks measured at the same time. The result does not depend on it.
    progress : callable, optional
        Told (tracks done, tracks in all), from the calling thread.
    cancel : optional
        Once it is set, the work stops with `CancelledError`.
    """
    ids = list(inputs)
    longest = max((audio.frames for audio in inputs.values()), default=0)
    results: dict[str, tuple[TrackAnalysis, np.ndarray]] = {}

    def check() -> None:
        if cancel is not None and cancel.is_set():
            raise CancelledError("the analysis was stopped")

    def measured(id: str) -> tuple[TrackAnalysis, np.ndarray]:
        check()
        return analyse_track(id, inputs[id], sample_rate, check, longest)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        jobs = [pool.submit(partial(measured, id)) for id in ids]
        try:
            for done, (id, job) in enumerate(zip(ids, jobs, strict=True), 1):
                results[id] = job.result()
                if progress:
                    progress(done, len(ids))
        except BaseException:
            for job in jobs:
                job.cancel()
            raise
    tracks = {id: results[id][0] for id in ids}
    sounding = {id: low for id, (track, low) in results.items() if not track.silent}
    powers = {id: tracks[id].frame_power.sum(axis=1) for id in sounding}
    frame_s = next((t.frame_s for t in tracks.values()), 1.0)
    groups = [[id for id in group if id in sounding] for group in related]
    beats = _beats(list(tracks.values()))
    duration_s = max((t.duration_s for t in tracks.values()), default=0.0)
    return SongAnalysis(
        sample_rate=sample_rate,
        duration_s=duration_s,
        tracks=tracks,
        shared=find_shared_sound(inputs, sounding, powers, frame_s, sample_rate, groups, check),
        beats=beats,
        sections=find_sections(tracks, beats, duration_s),
    )


def _beats(tracks: Sequence[TrackAnalysis]) -> Beats:
    """Percussive tracks tell the beat best, the low ones among them the bar."""
    length = max((t.onset_curve.size for t in tracks), default=0)
    total, low = np.zeros(length), np.zeros(length)
    for track in tracks:
        if track.onset_times_s.size >= 4:
            curve = max(track.envelope_crest_db, 3.0) * np.minimum(track.onset_curve, STRONGEST_ONSET_DB)
            total[: curve.size] += curve
            low[: curve.size] += curve * 10 ** (track.share_below_db(LOW_HZ) / 10)
    step_s = next((t.envelope_s for t in tracks), 0.0058)
    return find_beats(total, step_s, low)


def _same_sound(a: TrackAnalysis, b: TrackAnalysis) -> bool:
    if a.channels != b.channels or a.envelope.size != b.envelope.size:
        return False
    if abs(a.peak_to_loudness_lu - b.peak_to_loudness_lu) > 0.2:
        return False  # told at once; the curves of hundreds of tracks are long to compare
    if np.max(np.abs(a.spectrum_db - b.spectrum_db)[a.spectrum_db > -AUDIBLE_RANGE_DB], initial=0.0) > 0.1:
        return False
    one, two = (track.envelope / track.envelope.max() for track in (a, b))
    return bool(np.max(np.abs(one - two)) <= SAME_ENVELOPE)
