"""Automation: the lead rides with what it sings over, and the loudest sections are lifted a little."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import k_weights
from mixwright.analysis.sections import SURE_BARS, Section
from mixwright.engineer.course import range_lu
from mixwright.engineer.desk import Desk
from mixwright.engineer.faders import ride_db
from mixwright.engineer.genres import Genre
from mixwright.mix_model import Curve
from mixwright.roles import Role
from mixwright.units import power_to_db

SHORTEST_SONG_S = 30.0
KEPT = 0.5
"""Given levels believed more than this are not ridden."""

PAUSE_S = 0.35
"""Between phrases the lead rests at least this long: there the fader moves."""
SHORTEST_PHRASE_S = 0.7
FEWEST_PHRASES = 4
LEAST_SUNG_S = 10.0

MOST_RIDE_DB = 3.0
RIDE_STRENGTH = 0.6
"""Share of a phrase's deviation that is evened out: soft and loud phrases stay soft and loud."""
RIDE_TOLERANCE_DB = 1.0
RIDE_REACH_S = 5.0
"""Phrases this near go together."""
LEAST_RIDE_DB = 0.5
"""Rides that nowhere reach this are left out."""

LIFT_DB = (0.4, 0.8)
LIFT_CONTRAST_LU = (1.0, 4.0)
"""A loudest section that stands out less is not meant as one; one that stands out more needs no help."""
LIFT_RAMP_S = 0.4
FEWEST_SECTIONS = 3


@dataclass(frozen=True)
class Phrase:
    """A stretch in which the lead sings without rest."""

    start_s: float
    end_s: float
    over_rest_db: float
    """Its level against all else while it sings."""

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def middle_s(self) -> float:
        return 0.5 * (self.start_s + self.end_s)


def automate(desk: Desk) -> None:
    """Vocal rides, and lifts of sections; songs too short for sections get none."""
    if desk.analysis.duration_s < SHORTEST_SONG_S or not desk.playing:
        return
    _lift(desk)
    desk.settle()
    _ride(desk)


# --- rides ---


def _ride(desk: Desk) -> None:
    lead = desk.lead
    if lead is None or lead.role is not Role.LEAD_VOCAL or desk.rough.keep(lead.id) > KEPT:
        return
    found = find_phrases(desk, lead.id)
    if len(found) < FEWEST_PHRASES or sum(p.seconds for p in found) < LEAST_SUNG_S:
        return
    moves = ride_moves(found) * (1 - desk.rough.restraint)
    if np.abs(moves).max() < LEAST_RIDE_DB:
        return
    before = np.array([phrase.over_rest_db for phrase in found])
    length = np.array([phrase.seconds for phrase in found])
    path = f"strips.{lead.id}.fader_db"
    fader = desk.strip(lead.id).fader_db
    desk.note(
        "sections",
        lead.id,
        f"rides between {moves.min():+.1f} and {moves.max():+.1f} dB over {len(found)} phrases",
        f"Against what it sings over, its phrases differ by {_spread(before, length):.1f} dB; with the rides "
        f"by {_spread(before + moves, length):.1f} dB. The fader moves in its pauses only.",
        {
            "phrases": float(len(found)),
            "spread_before_db": _spread(before, length),
            "spread_after_db": _spread(before + moves, length),
            "lowest_ride_db": float(moves.min()),
            "highest_ride_db": float(moves.max()),
        },
        confidence=0.5,
        curves=(Curve(path=path, points=_points(found, fader + moves)),),
    )


def find_phrases(desk: Desk, id: str) -> list[Phrase]:
    """Phrases of a track, and how they stand against all others as these are set now."""
    track = desk.track(id)
    step = track.frame_s
    level = {t.id: _loud_frames(desk, t.id) for t in desk.playing}
    own = level.pop(id)
    rest = np.zeros(own.size)
    for curve in level.values():
        size = min(curve.size, own.size)
        rest[:size] += curve[:size]
    sung = np.flatnonzero(track.active[: own.size])
    if not sung.size:
        return []
    breaks = np.flatnonzero(np.diff(sung) > max(1, round(PAUSE_S / step)))
    starts, ends = sung[np.concatenate(([0], breaks + 1))], sung[np.concatenate((breaks, [-1]))] + 1
    found = []
    for start, end in zip(starts, ends, strict=True):
        voice, others = float(own[start:end].mean()), float(rest[start:end].mean())
        if (end - start) * step >= SHORTEST_PHRASE_S and others > 1e-9 and voice > 0:
            over = power_to_db(voice) - power_to_db(others)
            found.append(Phrase(float(start * step), float(end * step), over))
    return found


def _loud_frames(desk: Desk, id: str) -> np.ndarray:
    """K-weighted power per frame behind inserts, fader and what lifts the track's bus."""
    measured, strip = desk.track(id), desk.strip(id)
    curve = measured.frame_power @ (k_weights() * desk.insert_gain(id)) * 10 ** (strip.fader_db / 10)
    times = (np.arange(curve.size) + 0.5) * measured.frame_s
    return np.asarray(curve * 10 ** (ride_db(desk.mix, f"buses.{strip.output}.fader_db", times) / 10))


def ride_moves(phrases: list[Phrase]) -> np.ndarray:
    """Move of the fader in dB per phrase, (phrases,), without changing the mean level."""
    over = np.array([phrase.over_rest_db for phrase in phrases])
    length = np.array([phrase.seconds for phrase in phrases])
    middle = np.array([phrase.middle_s for phrase in phrases])
    near = np.exp(-np.abs(middle[:, None] - middle) / RIDE_REACH_S) * length
    local = near @ over / near.sum(axis=1)
    off = 0.5 * (over + local) - np.average(over, weights=length)
    beyond = np.sign(off) * np.maximum(np.abs(off) - RIDE_TOLERANCE_DB, 0.0)
    moves = np.clip(-RIDE_STRENGTH * beyond, -MOST_RIDE_DB, MOST_RIDE_DB)
    return np.clip(moves - np.average(moves, weights=length), -MOST_RIDE_DB, MOST_RIDE_DB)


def _points(phrases: list[Phrase], level_db: np.ndarray) -> tuple[tuple[float, float], ...]:
    """One level from a little before each phrase to a little after it, straight lines between."""
    room = PAUSE_S / 4
    points = []
    for phrase, level in zip(phrases, level_db, strict=True):
        held = round(float(np.clip(level, -60.0, 12.0)), 2)
        points += [(round(max(0.0, phrase.start_s - room), 3), held), (round(phrase.end_s + room, 3), held)]
    return tuple(points)


def _spread(values: np.ndarray, weights: np.ndarray) -> float:
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


# --- lifts ---


def _lift(desk: Desk) -> None:
    """Groups and returns come up together where the song is meant to be loudest."""
    sections, beats = desk.analysis.sections, desk.analysis.beats
    kept = float(np.mean([desk.rough.keep(t.id) for t in desk.playing]))
    if len(sections) < FEWEST_SECTIONS or beats.bar_confidence < SURE_BARS or kept > KEPT:
        return
    loudest, contrast = loudest_sections(sections)
    low, high = LIFT_CONTRAST_LU
    if not low <= contrast <= high:
        return
    ranges = range_lu(desk)
    lift = float(np.interp(contrast, (low, high), LIFT_DB[::-1])) * (1 - desk.rough.restraint)
    lift = round(lift * lift_share(ranges, desk.genre), 1)
    if lift < 0.3:
        return
    fed = {desk.strip(t.id).output for t in desk.playing}
    faders = {f"buses.{bus.id}.fader_db": bus.fader_db for bus in desk.mix.buses if bus.id in fed}
    faders |= {f"returns.{ret.id}.fader_db": ret.fader_db for ret in desk.mix.returns}
    times = ", ".join(f"{s.start_s:.0f}-{s.end_s:.0f} s" for s in loudest)
    desk.note(
        "sections",
        "",
        f"+{lift:.1f} dB at {times}",
        f"Section {loudest[0].label} is the loudest, {contrast:.1f} LU above the usual one: all groups and "
        f"returns come up together there, over {LIFT_RAMP_S:g} s before its first beat."
        + _range_words(desk, ranges),
        {
            "contrast_lu": contrast,
            "lift_db": lift,
            "bar_confidence": beats.bar_confidence,
        }
        | ({} if ranges is None else {"range_lu": ranges}),
        confidence=0.4,
        curves=tuple(
            Curve(path=path, points=_lift_points(loudest, fader, lift)) for path, fader in faders.items()
        ),
    )


def _range_words(desk: Desk, ranges: float | None) -> str:
    if ranges is None:
        return ""
    low, high = desk.genre.dynamics.range_lu
    return f" The whole ranges over {ranges:.1f} LU of loudness; {low:g} to {high:g} suit {desk.genre.name}."


def lift_share(range_lu: float | None, genre: Genre) -> float:
    """How much of the usual lift a song gets: all while its loudness ranges as its genre's does, more where
    it is flat, none where it ranges further already."""
    if range_lu is None:
        return 1.0
    low, high = genre.dynamics.range_lu
    return float(np.interp(range_lu, (low - 2, low, high, high + 3), (1.3, 1.0, 1.0, 0.0)))


def loudest_sections(sections: tuple[Section, ...]) -> tuple[list[Section], float]:
    """The loudest section and its repetitions, and how far they lie above the median of all, in LU."""
    top = max(sections, key=lambda s: s.energy_lu)
    found = [s for s in sections if s.label == top.label and s.energy_lu > top.energy_lu - 1.5]
    energy, length = (np.array([getattr(s, name) for s in sections]) for name in ("energy_lu", "seconds"))
    order = np.argsort(energy)
    middle = np.searchsorted(np.cumsum(length[order]), 0.5 * length.sum())
    usual = float(energy[order][min(int(middle), energy.size - 1)])
    return found, float(np.mean([s.energy_lu for s in found])) - usual


def _lift_points(sections: list[Section], fader: float, lift: float) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    up = round(min(fader + lift, 12.0), 2)
    for section in sections:
        begin, end = section.start_s, section.end_s
        if points and begin - points[-1][0] < 2 * LIFT_RAMP_S:
            del points[-2:]  # it goes on from the one before
        elif begin > LIFT_RAMP_S:
            points += [(round(begin - LIFT_RAMP_S, 3), round(fader, 2)), (round(begin, 3), up)]
        else:
            points.append((0.0, up))
        points += [(round(end - LIFT_RAMP_S, 3), up), (round(end, 3), round(fader, 2))]
    return tuple(points)
