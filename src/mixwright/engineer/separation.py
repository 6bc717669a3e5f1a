"""Separation: who hides whom, and what makes room: cuts in the one that hides, small moves of faders.

Carving follows Hafezi and Reiss (J. Audio Eng. Soc. 63(5), 2015): a track is cut where another one has its
essential bands and it has not. Where the two meet most of the time the cut is a bell of the equaliser, where
they meet at times a dynamic band that listens to the hidden one.
"""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, band_slice, k_weights, power_db
from mixwright.analysis.masking import SCENE_FRAMES, Scene, essential_bands, listen, sample_powers
from mixwright.engineer.buses import LEAST_OVERLAP, low_overlap
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.slots import free_bands, free_dynamic, used_eq_db
from mixwright.engineer.tone import BUDGET_DB
from mixwright.mix_model import Strip
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

FLOOR = 0.42
"""Each role is to be heard to this share: in ten mixes by people (two of MedleyDB, eight by the authors of
LMMS projects) 5 % of all roles are heard less, 25 % less than 0.52, half of them less than 0.68; in two CC0
songs at their artist's levels the least is 0.37."""
FLOOR_PARTS = 5.0
"""In those songs no more roles sound at once. Among more of them each one's floor is lower in proportion."""

MOST_FADER_DB = 3.0
SMALLEST_FADER_DB = 0.5
_DEFICIT = 0.05
_PRICE = 0.35
_LEAD_PRICE = 4.0
"""The lead's place is set by its ratio to the rest; it goes up only where nothing else helps."""

_STEPS = 4
_SOLVER_FRAMES = 200

CARVED_HZ = (140.0, 8000.0)
WELL_HEARD = 0.7
LEAD_WELL_HEARD = 0.85
LEAST_TAKEN = 0.02
"""An octave of the hiding track is cut where it takes this share of the hidden one's whole, or more."""
DEEP_TAKEN = 0.08
SPARE_DB = 6.0
"""Bands this far below a track's strongest one (K weighted) are not its essence."""
MATTERS_LESS_DB = 3.0
"""Re its own strongest band, the hiding track is weaker there by this than the hidden one."""
CARVE_DB = (1.5, 4.0)
LEAD_WEIGHT = 2.0
MOST_CUTS = 3
MOST_MADE_ROOM = 4
"""Cuts in others for the sake of one track."""
MOST_OF_THE_TIME = 0.7
"""Share of its own time in which the hiding track meets the hidden one from which a cut stays."""
MEET_SHARE = 0.15

LOW_BANDS = band_slice(35.0, 125.0)
LOW_CUT_DB = (2.0, 4.0)
LOW_LEVELS_DB = 10.0
"""Lows of kick and bass further apart do not disturb each other."""


@dataclass(frozen=True)
class Meeting:
    """One track hiding another in an octave."""

    masked: Track
    masker: Track
    band: int
    taken: float
    """Share of the masked one's whole that the masker takes in the octave around the band."""
    bands: int
    """How many of the octave's three bands it takes it in."""
    together: float
    """Share of the masker's time in which the masked one plays."""

    @property
    def hz(self) -> float:
        return float(CENTERS_HZ[self.band])


def separate(desk: Desk) -> None:
    """Makes room: in the low end, by cuts where one track hides another, by small moves of faders."""
    if len(desk.playing) < 2:
        return
    _share_low_end(desk)
    desk.settle()
    _carve(desk)
    desk.settle()
    _touch_up(desk)


def scene_of(desk: Desk, frames: int = SCENE_FRAMES) -> Scene:
    """The playing tracks behind inserts and faders, in their order."""
    return listen(heard_powers(desk, frames))


def heard_powers(desk: Desk, frames: int = SCENE_FRAMES) -> np.ndarray:
    """Power of the playing tracks behind inserts and faders, float32 (tracks, frames, bands)."""
    powers = sample_powers([desk.track(t.id).frame_power for t in desk.playing], frames)
    for row, track in zip(powers, desk.playing, strict=True):
        row *= desk.insert_gain(track.id) * 10 ** (desk.strip(track.id).fader_db / 10)
    return powers


# --- the low end ---


def _share_low_end(desk: Desk) -> None:
    """The lower one of kick and bass keeps its lowest octave, the other is cut there."""
    kicks = desk.with_role(Role.KICK)
    basses = [t for t in desk.with_role(Role.BASS) if desk.strip(t.id).keys.dynamic4 is not None]
    if not kicks or not basses:
        return
    kick = max(kicks, key=lambda t: desk.post_fader_lufs(t.id))
    for bass in basses:
        one, two = desk.track(kick.id), desk.track(bass.id)
        overlap = low_overlap(one.frame_power, one.active, two.frame_power)
        levels = {t.id: _low_db(desk, t) for t in (kick, bass)}
        apart = float(levels[kick.id].max() - levels[bass.id].max())
        tops = {id: int(np.argmax(level)) + LOW_BANDS.start for id, level in levels.items()}
        if overlap < LEAST_OVERLAP or abs(apart) > LOW_LEVELS_DB or tops[kick.id] == tops[bass.id]:
            continue
        lower, higher = sorted((kick, bass), key=lambda t: tops[t.id])
        band = tops[lower.id]
        own = levels[higher.id]
        if own[band - LOW_BANDS.start] > own.max() - 3.0:
            continue  # what it would lose is its own strength
        depth = float(np.interp(overlap, (LEAST_OVERLAP, 1.0), LOW_CUT_DB)) * (1 - desk.rough.restraint)
        _cut_low(desk, higher, lower, band, depth, overlap)


def _low_db(desk: Desk, track: Track) -> np.ndarray:
    power = desk.estimate(track.id).band_power[LOW_BANDS]
    return power_db(power) + desk.strip(track.id).fader_db


def _cut_low(desk: Desk, higher: Track, lower: Track, band: int, depth: float, overlap: float) -> None:
    strip = desk.strip(higher.id)
    slots = free_bands(strip.equalizer)
    depth = min(depth, BUDGET_DB - used_eq_db(strip.equalizer))
    if not slots or depth < CARVE_DB[0]:
        return
    hz = float(CENTERS_HZ[band])
    desk.note(
        "separation",
        higher.id,
        f"cut {depth:.1f} dB at {hz:.0f} Hz for {lower.id}",
        f"Both sound in the lowest octaves at {overlap:.0%} of the hits; {lower.id} has its strength at "
        f"{hz:.0f} Hz, {higher.id} higher up: the lower one keeps that octave.",
        {"overlap": overlap, "frequency_hz": hz, "cut_db": depth},
        _bell(higher.id, slots[0], hz, 1.2, -depth),
        0.5,
    )


def _bell(id: str, slot: str, hz: float, q: float, gain_db: float) -> dict[str, Value]:
    base = f"strips.{id}.equalizer.{slot}"
    return {
        f"{base}.kind": "bell",
        f"{base}.frequency_hz": hz,
        f"{base}.q": q,
        f"{base}.gain_db": gain_db,
    }


# --- carving ---


def find_meetings(desk: Desk, scene: Scene) -> list[Meeting]:
    """Where tracks hide others in bands that are essential to those alone, the worst first."""
    tracks = desk.playing
    matrix, audible = scene.hidden_by(), scene.audible()
    power = np.stack([desk.post_fader_power(t.id) for t in tracks])
    essential = essential_bands(power)
    weighted = power_db(power * k_weights())
    rank = weighted - weighted.max(axis=1, keepdims=True)
    inside = (CARVED_HZ[0] <= CENTERS_HZ) & (CARVED_HZ[1] >= CENTERS_HZ)
    level = scene.weight.sum(axis=2) > 0
    found: list[tuple[float, Meeting]] = []
    for a, masked in enumerate(tracks):
        leads = desk.lead is not None and masked.id == desk.lead.id
        if audible[a] > (LEAD_WELL_HEARD if leads else WELL_HEARD):
            continue
        for m, masker in enumerate(tracks):
            if not _may_be_carved(desk, masked, masker):
                continue
            spare = (rank[m] < -SPARE_DB) & (rank[m] < rank[a] - MATTERS_LESS_DB)
            room = np.where(essential[a] & spare & inside, matrix[a, m], 0.0)
            octave = np.convolve(np.pad(room, 1), np.ones(3), "valid")
            band = int(np.argmax(octave))
            together = float(np.mean(level[a][level[m]])) if level[m].any() else 0.0
            if octave[band] < LEAST_TAKEN or together < MEET_SHARE:
                continue
            part = room[max(band - 1, 0) : band + 2]
            count = int(np.sum(part > 0.5 * part.max()))
            meeting = Meeting(masked, masker, band, float(octave[band]), count, together)
            found.append((float(octave[band]) * (LEAD_WEIGHT if leads else 1.0), meeting))
    return [meeting for _, meeting in sorted(found, key=lambda pair: -pair[0])]


def _may_be_carved(desk: Desk, masked: Track, masker: Track) -> bool:
    if masked.id == masker.id or masked.role is masker.role:
        return False
    if desk.lead is not None and masker.id == desk.lead.id:
        return False
    # microphones of one kit hear each other: they do not compete
    return not (masked.role.group is RoleGroup.DRUMS and masker.role.group is RoleGroup.DRUMS)


def _carve(desk: Desk) -> None:
    scene = scene_of(desk)
    before = dict(zip((t.id for t in desk.playing), scene.audible(), strict=True))
    made: dict[str, int] = {}
    cut: dict[str, list[float]] = {}
    for meeting in find_meetings(desk, scene):
        done = cut.setdefault(meeting.masker.id, [])
        if len(done) >= MOST_CUTS or made.get(meeting.masked.id, 0) >= MOST_MADE_ROOM:
            continue
        if any(abs(np.log2(meeting.hz / hz)) < 0.7 for hz in done):
            continue  # this room is made already
        if _make_room(desk, meeting, before[meeting.masked.id]):
            done.append(meeting.hz)
            made[meeting.masked.id] = made.get(meeting.masked.id, 0) + 1
            desk.settle()


def _make_room(desk: Desk, meeting: Meeting, heard: float) -> bool:
    strip = desk.strip(meeting.masker.id)
    depth = float(np.interp(meeting.taken, (LEAST_TAKEN, DEEP_TAKEN), CARVE_DB))
    depth = min(depth * (1 - desk.rough.restraint), BUDGET_DB - used_eq_db(strip.equalizer))
    if depth < 1.0:
        return False
    q = {1: 2.5, 2: 1.8}.get(meeting.bands, 1.4)
    always = meeting.together >= MOST_OF_THE_TIME
    changes = _static_cut(strip, meeting, q, depth) if always else _keyed_cut(desk, strip, meeting, q, depth)
    if not changes:
        return False
    how = "" if always else f"up to, while {meeting.masked.id} sounds, "
    desk.note(
        "separation",
        meeting.masker.id,
        f"cut {how}{depth:.1f} dB at {_hz(meeting.hz)} for {meeting.masked.id}",
        f"{meeting.masked.id} is heard to {heard:.0%}; around {_hz(meeting.hz)}, essential to it and not to "
        f"{meeting.masker.id}, the latter takes {meeting.taken:.0%} of it and plays together with it "
        f"{meeting.together:.0%} of its time.",
        {
            "audible_share": heard,
            "taken_share": meeting.taken,
            "together_share": meeting.together,
            "frequency_hz": meeting.hz,
            "cut_db": depth,
        },
        changes,
        0.5,
    )
    return True


def _static_cut(strip: Strip, meeting: Meeting, q: float, depth: float) -> dict[str, Value]:
    slots = free_bands(strip.equalizer)
    return _bell(strip.id, slots[0], meeting.hz, q, -depth) if slots else {}


def _keyed_cut(desk: Desk, strip: Strip, meeting: Meeting, q: float, depth: float) -> dict[str, Value]:
    """A dynamic band that moves while the hidden track sounds in its essential octave."""
    slot = free_dynamic(strip)
    if slot is None or desk.hears(meeting.masked.id, strip.id):
        return {}
    measured = desk.track(meeting.masked.id)
    shape = np.maximum(band_unit_db("bell", meeting.hz, q, desk.analysis.sample_rate), 0.0)
    frames = measured.frame_power[measured.active] @ (desk.insert_gain(meeting.masked.id) * shape)
    threshold = power_to_db(float(np.percentile(frames, 50))) - 6.0
    base = f"strips.{strip.id}.{slot}"
    return {
        f"strips.{strip.id}.keys.{slot}": meeting.masked.id,
        f"{base}.kind": "bell",
        f"{base}.frequency_hz": meeting.hz,
        f"{base}.q": q,
        f"{base}.threshold_db": float(np.clip(threshold, -79, -1)),
        f"{base}.ratio": 3.0,
        f"{base}.range_db": -depth,
        f"{base}.attack_ms": 15.0,
        f"{base}.release_ms": 150.0,
    }


# --- faders ---


def _touch_up(desk: Desk) -> None:
    """Parts heard less than their floor come up, those that hide them go down, all solved together."""
    parts = _parts(desk)
    if len(parts) < 2:
        return
    powers = heard_powers(desk, _SOLVER_FRAMES)
    rows = {t.id: k for k, t in enumerate(desk.playing)}
    scene = listen(np.stack([powers[[rows[t.id] for t in tracks]].sum(axis=0) for tracks in parts.values()]))
    floors = floors_of(scene)
    leads = np.array([desk.lead is not None and desk.lead in tracks for tracks in parts.values()])
    moves = solve_faders(scene, leads, np.array([_freedom(desk, t) for t in parts.values()]), floors)
    before, after = scene.audible(), scene.audible(moves)
    for k, (name, tracks) in enumerate(parts.items()):
        move, was, now = float(moves[k]), float(before[k]), float(after[k])
        if abs(move) < SMALLEST_FADER_DB:
            continue
        if was < floors[k]:
            why = f"{name} would be heard to {was:.0%} only; nearly all parts of mixes are to {floors[k]:.0%}"
        elif move < 0:
            why = f"{name}, heard to {was:.0%}, hides parts that would be heard too little"
        else:
            why = f"{name} keeps its place beside the parts that move"
        for track in tracks:
            fader = desk.strip(track.id).fader_db + move
            desk.note(
                "separation",
                track.id,
                f"fader {move:+.1f} dB to {fader:+.1f} dB",
                f"{why}; with all moves it is heard to {now:.0%}.",
                {"audible_before": was, "audible_after": now, "floor": float(floors[k]), "move_db": move},
                {f"strips.{track.id}.fader_db": float(np.clip(fader, -60.0, 12.0))},
                0.5,
            )


def _parts(desk: Desk) -> dict[str, list[Track]]:
    """Tracks by what is heard as one part: a role, or the whole of a kit with overheads."""
    live = bool(desk.with_role(Role.OVERHEADS))
    parts: dict[str, list[Track]] = {}
    for track in sorted(desk.playing, key=lambda t: list(Role).index(t.role)):
        whole = live and track.role.group is RoleGroup.DRUMS and track.role is not Role.PERCUSSION
        parts.setdefault("Drum kit" if whole else track.role.title, []).append(track)
    return parts


def floors_of(scene: Scene) -> np.ndarray:
    """The share to which each part is to be heard, (parts,), by how many sound while it does."""
    plays = scene.weight.sum(axis=2) > 0
    at_once = (plays * plays.sum(axis=0)).sum(axis=1) / np.maximum(plays.sum(axis=1), 1)
    return np.asarray(FLOOR * np.minimum(1.0, FLOOR_PARTS / np.maximum(at_once, 1.0)))


def _freedom(desk: Desk, tracks: list[Track]) -> float:
    """Share of the usual move: none where the given level is kept."""
    return 1.0 - float(np.mean([desk.rough.keep(t.id) for t in tracks]))


def solve_faders(scene: Scene, is_lead: np.ndarray, freedom: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Moves in dB, (parts,), that bring parts heard less than the floor towards it, with a price on each.

    Gauss-Newton steps; the lead does not go down and hardly up.

    Parameters
    ----------
    scene : Scene
    is_lead : np.ndarray of bool, shape (parts,)
    freedom : np.ndarray, shape (parts,)
        Share 0..1 of `MOST_FADER_DB` that each part may move.
    floor : np.ndarray, shape (parts,)
        Share to which each is to be heard.
    """
    count = is_lead.size
    high = MOST_FADER_DB * freedom
    low = np.where(is_lead, 0.0, -high)
    price = _PRICE * np.where(is_lead, _LEAD_PRICE, 1.0)
    moves = np.zeros(count)
    for _ in range(_STEPS):
        heard = scene.audible(moves)
        missing = np.maximum(floor - heard, 0.0) * (heard > 0)
        if missing.max() < 0.005:
            break
        slope = np.stack([scene.audible(moves + step) - heard for step in np.eye(count)], axis=1)
        near = np.maximum(floor + 0.03 - heard, 0.0) * (heard > 0)
        rows = slope[near > 0] / _DEFICIT
        target = near[near > 0] / _DEFICIT + rows @ moves
        new = np.linalg.solve(rows.T @ rows + np.diag(price), rows.T @ target)
        moves = np.clip(new, low, high)
    return moves


def _hz(frequency: float) -> str:
    return f"{frequency / 1000:.1f} kHz" if frequency >= 1000 else f"{frequency:.0f} Hz"
