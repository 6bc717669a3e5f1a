"""The engineer's desk: project, measurements and the mix as it stands between decisions."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mixwright.analysis.bands import BANDS, band_slice, k_weights
from mixwright.analysis.song import SongAnalysis
from mixwright.analysis.track import TrackAnalysis
from mixwright.engineer.estimate import StripEstimate, band_response_db, estimate_strip
from mixwright.engineer.faders import with_changes, with_curves
from mixwright.engineer.genre_guess import guess_genre, song_signs
from mixwright.engineer.genres import AUTO, Genre, find_genre, neutral_genre
from mixwright.engineer.norms import LEAD_ORDER, NORMS, Norm
from mixwright.engineer.printed import is_printed_effect
from mixwright.engineer.rough import Rough
from mixwright.mix_model import Curve, Mix, Strip
from mixwright.project import Decision, Project, SetBy, Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

SURE_GENRE = 0.5
"""Probability from which a guessed genre shapes the mix."""

LIKELY_GENRE = (0.35, 0.65)
"""Probabilities from which its spectrum begins to count, and from which it is the whole target."""

LEAST_LEADING = 0.1
"""A voice heard less of the song than this is an accent, not the lead."""

MELODY_HZ = (500.0, 5000.0)

CURVE = "curves."
"""Before the path of a value where its curve is meant: among a project's settings, and of what is held."""

Value = float | bool | int | str


def free_changes(changes: Mapping[str, Value], held: Callable[[str], bool]) -> dict[str, Value]:
    """Changes without those that are held; of a processor of which one value is held, none: half a setting
    would do something else than was decided."""
    taken = {_processor(path) for path in changes if held(path)}
    return {
        path: value for path, value in changes.items() if not held(path) and _processor(path) not in taken
    }


def _processor(path: str) -> str:
    """What a value belongs to: the band, compressor or send; values of a channel stand for themselves."""
    parts = path.split(".")
    return path if len(parts) <= 3 else ".".join(parts[:-1])


class Desk:
    """Where decisions are made and take effect, in order.

    A decision's changes take effect with `settle`, at the end of each step. Values that are `held` do not
    change, whatever is decided; `mark` goes before the ids of decisions.
    """

    def __init__(
        self,
        project: Project,
        analysis: SongAnalysis,
        mix: Mix,
        held: Callable[[str], bool] | None = None,
        mark: str = "",
    ) -> None:
        self._held = held
        self.mark = mark
        self.project = project
        self.analysis = analysis
        self.mix = mix
        self.decisions: list[Decision] = []
        self._pending: dict[str, Value] = {}
        self._pending_curves: list[Curve] = []
        self._estimates: dict[str, tuple[Strip, StripEstimate]] = {}
        self.playing = tuple(sorted(_sounding(project, analysis), key=lambda t: _by_sound(t, analysis[t.id])))
        self.lead = _find_lead(self)
        self.genre: Genre = neutral_genre()
        self.usual_spectrum_db = self.genre.mix_spectrum_db
        self.rough = Rough()

    def note(
        self,
        kind: str,
        target: str,
        summary: str,
        reason: str,
        evidence: Mapping[str, float],
        changes: Mapping[str, Value] | None = None,
        confidence: float = 0.5,
        curves: Sequence[Curve] = (),
        set_by: SetBy = "rule",
    ) -> None:
        """Makes a decision; numbers are rounded to what an engineer would read."""
        kept = {path: rounded(value) for path, value in (changes or {}).items()}
        if self._held is not None and (kept or curves):
            kept = free_changes(kept, self._held)
            curves = [curve for curve in curves if not self._held(CURVE + curve.path)]
            if not kept and not curves:
                return
        self.decisions.append(
            Decision(
                id=f"{self.mark}{len(self.decisions) + 1:04d}_{kind}",
                kind=kind,
                target=target,
                summary=f"{target} {summary}" if target else summary,
                reason=reason,
                evidence={name: float(f"{value:.4g}") for name, value in evidence.items()},
                confidence=round(confidence, 2),
                set_by=set_by,
                changes=kept,
                curves=tuple(curves),
            )
        )
        self._pending |= kept
        self._pending_curves += curves

    def settle(self) -> None:
        """Lets all decisions made so far take effect on `mix`."""
        if self._pending:
            self.mix = with_changes(self.mix, self._pending)
            self._pending = {}
        if self._pending_curves:
            self.mix = with_curves(self.mix, self._pending_curves)
            self._pending_curves = []

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
            known = (strip, self.estimate_in(strip))
            self._estimates[id] = known
        return known[1]

    def estimate_in(self, strip: Strip, spans: Sequence[tuple[float, float]] | None = None) -> StripEstimate:
        """What a strip gives out before its fader, in the whole song or in some stretches of it, seconds."""

        def key_frames(id: str) -> np.ndarray | None:
            if id not in self.analysis.tracks or not any(s.id == id for s in self.mix.strips):
                return None
            heard = self.analysis[id] if spans is None else self.analysis[id].during(spans)
            return np.asarray(heard.frame_power * self.insert_gain(id).astype(np.float32))

        track = self.analysis[strip.id] if spans is None else self.analysis[strip.id].during(spans)
        return estimate_strip(strip, track, self.analysis.sample_rate, key_frames)

    def insert_gain(self, id: str) -> np.ndarray:
        """Change of power per band from the track to behind its inserts, (bands,)."""
        before = self.analysis[id].band_power
        after = self.estimate(id).band_power
        return np.divide(after, before, out=np.ones(before.size), where=before > 0)

    def post_fader_lufs(self, id: str) -> float:
        """Loudness behind the fader and the equaliser of the group."""
        before = self.estimate(id).band_power
        change = power_to_db(float((before * self._group_gain(id)) @ k_weights()))
        change -= power_to_db(float(before @ k_weights()))
        return self.estimate(id).loudness_lufs + self.strip(id).fader_db + change

    def post_fader_power(self, id: str) -> np.ndarray:
        """Mean power per band over the whole song behind the fader and the group's equaliser, (bands,)."""
        gain = 10 ** (self.strip(id).fader_db / 10)
        return np.asarray(self.estimate(id).song_power * gain * self._group_gain(id))

    def _group_gain(self, id: str) -> np.ndarray:
        """Change of power per band by the equaliser of the bus that a strip goes to, (bands,)."""
        bus = next((bus for bus in self.mix.buses if bus.id == self.strip(id).output), None)
        if bus is None:
            return np.ones(BANDS)
        return np.asarray(10 ** (band_response_db(bus.equalizer, self.analysis.sample_rate) / 10))

    def hears(self, id: str, other: str) -> bool:
        """Whether a channel depends on what another one gives out, through keys or sends."""
        behind, seen = [id], {id}
        while behind:
            for source in _heard_by(self.mix, behind.pop()):
                if source not in seen:
                    seen.add(source)
                    behind.append(source)
        return other in seen and other != id

    def with_role(self, *roles: Role) -> list[Track]:
        return [track for track in self.playing if track.role in roles]

    def in_group(self, group: RoleGroup) -> list[Track]:
        return [track for track in self.playing if track.role.group is group]

    def bus_of(self, group: RoleGroup) -> str | None:
        """Id of the bus of a family, from where its strips go."""
        tracks = [t for t in self.project.tracks if t.role.group is group]
        return self.strip(tracks[0].id).output if tracks else None


def _sounding(project: Project, analysis: SongAnalysis) -> list[Track]:
    return [t for t in project.tracks if t.id in analysis.tracks and not analysis[t.id].silent]


def _by_sound(track: Track, measured: TrackAnalysis) -> tuple[int, float, str]:
    """An order of tracks that names, gains and the order of files do not change."""
    return list(Role).index(track.role), -measured.peak_to_loudness_lu, track.id


def _heard_by(mix: Mix, id: str) -> list[str]:
    """What a channel gets sound or keys from."""
    keys = [key for key in mix.channel(id).keys.sources() if key is not None]
    return keys + [c.id for c in mix.channels() if c.output == id or c.send(id) is not None]


def _find_lead(desk: Desk) -> Track | None:
    """The lead vocal that plays most of the song, or the most lead-like instrument."""
    all_singers = [t for t in desk.with_role(Role.LEAD_VOCAL) if not is_printed_effect(t, desk.playing)]
    singers = [t for t in all_singers if desk.track(t.id).active_fraction >= LEAST_LEADING]
    if singers:
        by_level = _levels_count(desk, singers)
        return max(singers, key=lambda t: (desk.track(t.id).active_s, _prominence(desk, t, by_level)))
    for roles in LEAD_ORDER:
        found = [t for t in desk.with_role(*roles) if desk.track(t.id).active_fraction > 0.25]
        if found:
            by_level = _levels_count(desk, found)
            return max(found, key=lambda t: _prominence(desk, t, by_level))
    return all_singers[0] if all_singers else None


def _levels_count(desk: Desk, tracks: Sequence[Track]) -> bool:
    """Whether the given levels of all these tracks may tell anything."""
    brief = desk.project.brief
    return all(brief.rough_tracks.get(track.id, brief.rough) != "ignore" for track in tracks)


def _prominence(desk: Desk, track: Track, by_level: bool) -> float:
    """How much a track stands in front of others of its kind: by level, or where levels are to be ignored by
    how long it plays and how much of it lies where melodies are heard."""
    measured = desk.track(track.id)
    if by_level:
        return measured.integrated_lufs
    heard = measured.band_power * k_weights()
    return measured.active_s * float(heard[band_slice(*MELODY_HZ)].sum()) / max(float(heard.sum()), 1e-20)


def choose_genre(desk: Desk) -> None:
    """The genre asked for, or the one the tracks point to; a wide neutral target where they do not."""
    wanted = desk.project.brief.genre
    if wanted != AUTO:
        desk.genre = find_genre(wanted)
        desk.usual_spectrum_db = desk.genre.mix_spectrum_db
        return
    signs = song_signs(desk.project.tracks, desk.analysis)
    likeliest, confidence = guess_genre(signs)
    evidence = {**signs, "probability": confidence}
    neutral = neutral_genre().mix_spectrum_db
    likely = float(np.interp(confidence, LIKELY_GENRE, (0.0, 1.0)))
    desk.usual_spectrum_db = neutral + likely * (likeliest.mix_spectrum_db - neutral)
    if confidence < SURE_GENRE:
        desk.genre = neutral_genre()
        summary = "mixed to a wide neutral target"
        why = f"the tracks point to {likeliest.name} at best, and to that with {confidence:.0%} only"
    else:
        desk.genre = likeliest
        summary = f"mixed as {likeliest.name}"
        why = f"kit, instruments, low end and tempo point to {likeliest.name} with {confidence:.0%}"
    usual = desk.genre.loudness.master_lufs
    why += f". Such masters are often near {usual:g} LUFS; asked for: {desk.project.brief.loudness_lufs:g}"
    desk.note("genre", "", summary, f"No genre was asked for: {why}.", evidence, confidence=confidence)


def rounded(value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(round(value, 2)) if abs(value) < 100 else float(round(value, 1))
