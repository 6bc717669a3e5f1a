"""The engineer's desk: project, measurements and the mix as it stands between decisions."""

from collections.abc import Mapping

import numpy as np

from mixwright.analysis.song import SongAnalysis
from mixwright.analysis.track import TrackAnalysis
from mixwright.engineer.estimate import StripEstimate, estimate_strip
from mixwright.engineer.genres import AUTO, GENRES, Genre
from mixwright.engineer.norms import LEAD_ORDER, NORMS, Norm
from mixwright.mix_model import Mix, Strip
from mixwright.project import Decision, Project, Track
from mixwright.roles import Role, RoleGroup

LEAST_LEADING = 0.1
"""A voice heard less of the song than this is an accent, not the lead."""

Value = float | bool | int | str


class Desk:
    """Where decisions are made and take effect, in order.

    A decision's changes take effect with `settle`, at the end of each step.
    """

    def __init__(self, project: Project, analysis: SongAnalysis, mix: Mix) -> None:
        self.project = project
        self.analysis = analysis
        self.mix = mix
        self.decisions: list[Decision] = []
        self._pending: dict[str, Value] = {}
        self._estimates: dict[str, tuple[Strip, StripEstimate]] = {}
        self.playing = tuple(
            t for t in project.tracks if t.id in analysis.tracks and not analysis[t.id].silent
        )
        self.lead = _find_lead(self)
        self.genre: Genre = GENRES["pop"]

    def note(
        self,
        kind: str,
        target: str,
        summary: str,
        reason: str,
        evidence: Mapping[str, float],
        changes: Mapping[str, Value] | None = None,
        confidence: float = 0.5,
    ) -> None:
        """Makes a decision; numbers are rounded to what an engineer would read."""
        rounded = {path: _rounded(value) for path, value in (changes or {}).items()}
        self.decisions.append(
            Decision(
                id=f"{len(self.decisions) + 1:04d}_{kind}",
                kind=kind,
                target=target,
                summary=f"{target} {summary}" if target else summary,
                reason=reason,
                evidence={name: float(f"{value:.4g}") for name, value in evidence.items()},
                confidence=round(confidence, 2),
                changes=rounded,
            )
        )
        self._pending |= rounded

    def settle(self) -> None:
        """Lets all decisions made so far take effect on `mix`."""
        if self._pending:
            self.mix = self.mix.with_values(self._pending)
            self._pending = {}

    def track(self, id: str) -> TrackAnalysis:
        return self.analysis[id]

    def norm(self, track: Track) -> Norm:
        return NORMS[track.role]

    def strip(self, id: str) -> Strip:
        return next(strip for strip in self.mix.strips if strip.id == id)

    def estimate(self, id: str) -> StripEstimate:
        """What the strip gives out as it is set now, before its fader."""
        strip = self.strip(id)
        known = self._estimates.get(id)
        if known is None or known[0] != strip:
            known = (strip, estimate_strip(strip, self.analysis[id], self.analysis.sample_rate))
            self._estimates[id] = known
        return known[1]

    def post_fader_lufs(self, id: str) -> float:
        return self.estimate(id).loudness_lufs + self.strip(id).fader_db

    def post_fader_power(self, id: str) -> np.ndarray:
        """Mean power per band over the whole song behind the fader, (bands,)."""
        gain = 10 ** (self.strip(id).fader_db / 10)
        return np.asarray(self.estimate(id).song_power * gain)

    def with_role(self, *roles: Role) -> list[Track]:
        return [track for track in self.playing if track.role in roles]

    def in_group(self, group: RoleGroup) -> list[Track]:
        return [track for track in self.playing if track.role.group is group]

    def bus_of(self, group: RoleGroup) -> str | None:
        """Id of the bus of a family, from where its strips go."""
        tracks = [t for t in self.project.tracks if t.role.group is group]
        return self.strip(tracks[0].id).output if tracks else None


def _find_lead(desk: Desk) -> Track | None:
    """The lead vocal that plays most of the song, or the most lead-like instrument."""
    all_singers = desk.with_role(Role.LEAD_VOCAL)
    singers = [t for t in all_singers if desk.track(t.id).active_fraction >= LEAST_LEADING]
    if singers:
        return max(singers, key=lambda t: (desk.track(t.id).active_s, desk.track(t.id).integrated_lufs))
    for roles in LEAD_ORDER:
        found = [t for t in desk.with_role(*roles) if desk.track(t.id).active_fraction > 0.25]
        if found:
            return max(found, key=lambda t: desk.track(t.id).integrated_lufs)
    return all_singers[0] if all_singers else None


def choose_genre(desk: Desk) -> None:
    """The genre asked for, or a guess from which roles play."""
    wanted = desk.project.brief.genre
    if wanted != AUTO:
        desk.genre = GENRES[wanted]
        return
    count = len(desk.playing) or 1
    share = {group: len(desk.in_group(group)) / count for group in RoleGroup}
    synths = len(desk.with_role(Role.SYNTH_LEAD, Role.SYNTH_PAD, Role.FX, Role.OTHER)) / count
    live_kit = bool(desk.with_role(Role.OVERHEADS, Role.ROOM, Role.DRUM_KIT, Role.TOMS))
    guitars = len(desk.with_role(Role.ELECTRIC_GUITAR))
    if share[RoleGroup.ORCHESTRAL] > 0.5:
        name, why = "orchestral", "most tracks are strings, brass or woodwind"
    elif synths >= 0.2 and not live_kit:
        name, why = "electronic", "synthesisers and single drum sounds, no recorded kit"
    elif guitars >= 2 and live_kit:
        name, why = "rock", "electric guitars and a recorded kit"
    else:
        name, why = "pop", "nothing points to a narrower style"
    desk.genre = GENRES[name]
    evidence = {"synth_share": synths, "orchestral_share": share[RoleGroup.ORCHESTRAL], "guitars": guitars}
    desk.note("genre", "", f"mixed as {name}", f"No genre was asked for: {why}.", evidence, confidence=0.4)


def _rounded(value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(round(value, 2)) if abs(value) < 100 else float(round(value, 1))
