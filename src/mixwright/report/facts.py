"""All that the report tells about one mix, gathered from what was measured and decided on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwright.analysis.bands import BANDS
from mixwright.analysis.song import SongAnalysis
from mixwright.analysis.spectrum import transform_length
from mixwright.engineer.genres import AUTO, NEUTRAL, Genre
from mixwright.engineer.hearing import Heard, Sound
from mixwright.metrics.balance import gated_lufs
from mixwright.project import Project, Track
from mixwright.report.signals import Signal, Span
from mixwright.roles import Role, RoleGroup
from mixwright.units import SILENCE_DB

MOST_ROWS = 18
"""Pictures with more tracks than this show roles instead."""

SURE_TEMPO = 0.15


@dataclass(frozen=True)
class Party:
    """What one row of a picture stands for: a track, or all tracks of a role."""

    name: str
    role: Role
    ids: tuple[str, ...]

    @property
    def family(self) -> RoleGroup:
        return self.role.group


@dataclass(frozen=True, eq=False)
class Facts:
    """One mix.

    Attributes
    ----------
    heard : Heard
        Every channel as the engineer last heard it, in the excerpts `listened`.
    excerpt : (begin, end) in seconds
        What the players play.
    signals : mapping of name to Signal
        ``rough``, ``mix`` and ``master``, whole.
    """

    project: Project
    analysis: SongAnalysis
    genre: Genre
    heard: Heard
    listened: tuple[Span, ...]
    excerpt: Span
    signals: Mapping[str, Signal]

    @cached_property
    def playing(self) -> tuple[Track, ...]:
        """Tracks with sound, by family and role."""
        order = {role: number for number, role in enumerate(Role)}
        tracks = [t for t in self.project.tracks if not self.analysis[t.id].silent]
        return tuple(sorted(tracks, key=lambda track: order[track.role]))

    @cached_property
    def parties(self) -> tuple[Party, ...]:
        """Tracks, or roles where there are too many tracks."""
        if len(self.playing) <= MOST_ROWS:
            return tuple(Party(t.name, t.role, (t.id,)) for t in self.playing)
        return self.roles

    @cached_property
    def roles(self) -> tuple[Party, ...]:
        """All roles that play, each with its tracks."""
        found: dict[Role, list[str]] = {}
        for track in self.playing:
            found.setdefault(track.role, []).append(track.id)
        return tuple(Party(role.title, role, tuple(ids)) for role, ids in found.items())

    @property
    def frame_s(self) -> float:
        """Step of the powers in `heard`."""
        return transform_length(self.project.sample_rate) / 2 / self.project.sample_rate

    @property
    def tempo_bpm(self) -> float | None:
        """Asked for or found; None where neither."""
        if self.project.brief.tempo_bpm:
            return self.project.brief.tempo_bpm
        return self.analysis.tempo_bpm if self.analysis.tempo_confidence >= SURE_TEMPO else None

    @property
    def genre_origin(self) -> str:
        """How the genre came about."""
        if self.project.brief.genre != AUTO:
            return "as asked for"
        chosen = [d for d in self.project.decisions if d.kind == "genre"]
        sure = f"{chosen[0].confidence:.0%} sure" if chosen else ""
        if self.genre.name == NEUTRAL:
            return f"no genre is clear in the tracks{f', the likeliest {sure}' if sure else ''}"
        return f"found in the tracks{f', {sure}' if sure else ''}"

    @property
    def such_mixes(self) -> str:
        """What the usual ranges of tone, width and lead are about."""
        return "mixes of all kinds" if self.genre.name == NEUTRAL else f"{self.genre.name} mixes"

    def power_before(self, ids: Sequence[str]) -> np.ndarray:
        """Power of tracks as they came in the excerpts listened to, (frames, bands)."""
        tracks = [self.analysis[id].during(self.listened).frame_power for id in ids]
        return _added(tracks)

    def power_after(self, ids: Sequence[str]) -> np.ndarray:
        """The same behind fader and pan."""
        return _added([self.heard.strips[id].frame_power for id in ids if id in self.heard.strips])

    def sounds(self, ids: Sequence[str]) -> list[Sound]:
        """Channels as they were heard."""
        return [self.heard.strips[id] for id in ids if id in self.heard.strips]

    def level_before_lu(self, ids: Sequence[str]) -> float:
        """Loudness of tracks re the rough sum."""
        whole = self.signals["rough"].bands
        cut = [whole.frames[round(a / whole.frame_s) : round(b / whole.frame_s)] for a, b in self.listened]
        total = gated_lufs(np.concatenate(cut), whole.frame_s) if cut else SILENCE_DB
        own = gated_lufs(self.power_before(ids), self.analysis[ids[0]].frame_s)
        return own - total if min(own, total) > SILENCE_DB else SILENCE_DB

    def level_after_lu(self, ids: Sequence[str]) -> float:
        """Loudness of tracks re the mix."""
        total = gated_lufs(self.heard.total.frame_power, self.frame_s)
        own = gated_lufs(self.power_after(ids), self.frame_s)
        return own - total if min(own, total) > SILENCE_DB else SILENCE_DB


def _added(powers: Sequence[np.ndarray]) -> np.ndarray:
    out = np.zeros((max((len(p) for p in powers), default=1) or 1, BANDS))
    for power in powers:
        out[: len(power)] += power
    return out
