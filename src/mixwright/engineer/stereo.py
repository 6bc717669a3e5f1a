"""Panorama: what carries the song in the centre, the rest spread so that left and right stay level."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import band_slice, k_weights
from mixwright.engineer.desk import Desk
from mixwright.engineer.norms import CENTRED
from mixwright.engineer.roles import guess_roles, same_source_groups
from mixwright.engineer.width import width_beyond_db
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

LOW_HZ = 120.0
LOW_SHARE_DB = -5.0
"""Tracks with this share of their power below 120 Hz stay near the centre."""

TOLERANCE_DB = 0.4
TILT_DB = 1.0
"""Stereo tracks heavier than this on one side are levelled where they belong in the centre."""

WIDTH_FACTORS = (0.7, 1.3)
"""Pans may be drawn in or out by so much to bring the mix into its genre's spread of width."""
LEAST_WIDTH_OFF_DB = 0.3

_ZONES = (band_slice(20, 250), band_slice(250, 1000), band_slice(1000, 4000), band_slice(4000, 20000))
_SIDE_PAN = 0.85


@dataclass
class Place:
    """Where a track goes, while the balance is worked out."""

    track: Track
    pan: float
    free: bool
    why: str
    opened: bool = False
    """One of a pair of doubles."""


def set_panorama(desk: Desk) -> None:
    """Sets all pans."""
    guesses = guess_roles([track.name for track in desk.project.tracks])
    sides = {t.id: g.side for t, g in zip(desk.project.tracks, guesses, strict=True)}
    places = {track.id: _first_place(desk, track, sides[track.id]) for track in desk.playing}
    if desk.rough.restraint < 0.5:
        _open_pairs(desk, places)
    _spread(desk, places)
    _fit_width(desk, places)
    before = imbalance_db(desk, places)
    _level_sides(desk, places)
    after = imbalance_db(desk, places)
    for place in places.values():
        if abs(place.pan) < 0.005:
            continue
        desk.note(
            "stereo",
            place.track.id,
            f"pan {_shown(place.pan)}",
            f"{place.why}; left and right of the whole mix differ by {abs(after):.1f} dB.",
            {
                "balance_db": desk.track(place.track.id).balance_db,
                "mix_right_over_left_db": after,
                "mix_right_over_left_before_levelling_db": before,
                "below_120hz_db": desk.track(place.track.id).share_below_db(LOW_HZ),
            },
            {f"strips.{place.track.id}.pan": place.pan},
            0.5,
        )


def _first_place(desk: Desk, track: Track, side: str | None) -> Place:
    measured = desk.track(track.id)
    is_lead = desk.lead is not None and desk.lead.id == track.id
    centred = track.role in CENTRED or is_lead
    if measured.channels == 2:
        tilt = measured.balance_db
        if abs(tilt) > TILT_DB and centred:
            # linear balance: the heavier side comes down by the difference
            pan = -float(np.sign(tilt)) * (1 - 10 ** (-abs(tilt) / 20))
            return Place(
                track, pan, False, f"it leans {abs(tilt):.1f} dB to one side and belongs in the centre"
            )
        return Place(track, 0.0, False, "stereo track at its own width")
    if centred or (track.role is Role.ROOM and side is None):
        return Place(track, 0.0, False, "centre")
    width = min(1.0, desk.norm(track).pan * desk.genre.stereo.placement) * (1 - desk.rough.restraint)
    if measured.share_below_db(LOW_HZ) > LOW_SHARE_DB:
        width *= 0.15
    if side:
        pan = max(width, _SIDE_PAN) * (-1 if side == "left" else 1)
        return Place(track, pan, False, f"its name says {side}")
    return Place(track, width, True, f"{track.role.title} usually stands off the centre")


def _open_pairs(desk: Desk, places: dict[str, Place]) -> None:
    """Doubles of one part go wide and opposite."""
    tracks = desk.playing
    for group in same_source_groups([track.name for track in tracks]):
        free = [places[tracks[k].id] for k in group if places[tracks[k].id].free]
        if len(free) < 2 or free[0].track.role.group is RoleGroup.DRUMS:
            continue
        if _one_recording(desk, [place.track.id for place in free]):
            continue
        for k, place in enumerate(free):
            wide = max(place.pan, 0.7 if len(free) == 2 else 0.9 - 0.25 * (k // 2))
            place.pan = wide * (-1 if k % 2 == 0 else 1)
            place.free, place.opened = False, True
            place.why = "doubles of one part stand on opposite sides"


def _one_recording(desk: Desk, ids: list[str]) -> bool:
    return any(
        pair.a in ids and pair.b in ids and abs(pair.lag_correlation) > 0.3 for pair in desk.analysis.shared
    )


def _spread(desk: Desk, places: dict[str, Place]) -> None:
    """Gives every free track the side that leaves all zones of the spectrum most level, loudest first."""
    free = [place for place in places.values() if place.free]
    power = {p.track.id: _zone_power(desk, p.track) for p in places.values()}
    left, right = np.zeros(len(_ZONES)), np.zeros(len(_ZONES))
    for place in places.values():
        if not place.free:
            gain_left, gain_right = _side_power(desk, place)
            left += gain_left
            right += gain_right
    seen: dict[Role, int] = {}
    sides: dict[Role, float] = {}
    for place in sorted(free, key=lambda p: -float(power[p.track.id].sum())):
        steps = seen.get(place.track.role, 0) // 2  # later pairs of a role stand nearer the centre
        seen[place.track.role] = seen.get(place.track.role, 0) + 1
        place.pan *= 0.75**steps
        angle = (place.pan + 1) * np.pi / 4
        strong, weak = power[place.track.id] * np.sin(angle) ** 2, power[place.track.id] * np.cos(angle) ** 2
        own = power[place.track.id]
        to_right = _unevenness(left + weak, right + strong, own)
        to_left = _unevenness(left + strong, right + weak, own)
        before = sides.get(place.track.role)
        go_left = before > 0 if before else to_left <= to_right  # tracks of one role take turns
        sides[place.track.role] = -1.0 if go_left else 1.0
        if go_left:
            place.pan = -place.pan
            left, right = left + strong, right + weak
        else:
            left, right = left + weak, right + strong


def _unevenness(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> float:
    """Difference of both sides in dB, averaged over the zones by weight."""
    difference = 10 * np.log10((right + 1e-12) / (left + 1e-12))
    return float(np.sum(weight * np.abs(difference)) / max(float(weight.sum()), 1e-20))


def _zone_power(desk: Desk, track: Track) -> np.ndarray:
    power = desk.post_fader_power(track.id) * k_weights()
    return np.array([power[zone].sum() for zone in _ZONES])


def _side_power(desk: Desk, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Power per zone a track adds to left and right."""
    measured = desk.track(place.track.id)
    power = desk.post_fader_power(place.track.id) * k_weights()
    if measured.channels == 1:
        angle = (place.pan + 1) * np.pi / 4
        left, right = power * np.cos(angle) ** 2, power * np.sin(angle) ** 2
    else:
        own = measured.channel_power / np.maximum(measured.channel_power.sum(axis=0), 1e-20)
        left = power * own[0] * min(1.0, 1 - place.pan) ** 2
        right = power * own[1] * min(1.0, 1 + place.pan) ** 2
    return (
        np.array([left[zone].sum() for zone in _ZONES]),
        np.array([right[zone].sum() for zone in _ZONES]),
    )


def _fit_width(desk: Desk, places: dict[str, Place]) -> None:
    """Draws the placed tracks in or out until the mix is as wide as its genre's mixes are, or nearly."""
    movable = [p for p in places.values() if (p.free or p.opened) and abs(p.pan) > 0.005]
    if not movable or desk.rough.restraint > 0.5:
        return
    first = [place.pan for place in movable]

    def beyond(factor: float) -> float:
        for place, pan in zip(movable, first, strict=True):
            place.pan = float(np.clip(pan * factor, -1.0, 1.0))
        return width_beyond_db(desk, {id: place.pan for id, place in places.items()}, desk.genre)

    off = beyond(1.0)
    if abs(off) < LEAST_WIDTH_OFF_DB:
        return
    low, high = (WIDTH_FACTORS[0], 1.0) if off > 0 else (1.0, WIDTH_FACTORS[1])
    for _ in range(10):  # to the nearer edge of the spread
        middle = 0.5 * (low + high)
        too_wide = beyond(middle) > 0 if off > 0 else beyond(middle) >= 0
        low, high = (low, middle) if too_wide else (middle, high)
    factor = 0.5 * (low + high)
    after = beyond(factor)
    for place in movable:
        place.why += (
            f"; drawn {'in' if factor < 1 else 'out'} by {abs(factor - 1):.0%}: before any reverb the mix "
            f"was {abs(off):.1f} dB {'wider' if off > 0 else 'narrower'} than {desk.genre.name} mixes differ "
            f"among each other (now {abs(after):.1f} dB)"
        )


def imbalance_db(desk: Desk, places: dict[str, Place]) -> float:
    """Loudness of right over left of the whole mix."""
    left = right = 0.0
    for place in places.values():
        on_left, on_right = _side_power(desk, place)
        left += float(on_left.sum())
        right += float(on_right.sum())
    return power_to_db(right) - power_to_db(left) if left > 0 and right > 0 else 0.0


def _level_sides(desk: Desk, places: dict[str, Place]) -> None:
    """Draws the tracks of the heavier side towards the centre until both sides are level."""
    for _ in range(4):
        off = imbalance_db(desk, places)
        if abs(off) <= TOLERANCE_DB:
            return
        side = float(np.sign(off))
        movable = [p for p in places.values() if p.pan * side > 0 and desk.track(p.track.id).channels == 1]
        if not movable:
            break
        pans = [place.pan for place in movable]
        low, high = 0.0, 1.0
        for _ in range(12):
            middle = 0.5 * (low + high)
            for place, pan in zip(movable, pans, strict=True):
                place.pan = pan * middle
            if imbalance_db(desk, places) * side > 0:
                high = middle
            else:
                low = middle
    _lean_against(desk, places)


def _lean_against(desk: Desk, places: dict[str, Place]) -> None:
    """Where only stereo tracks make a side heavy: turns down that side of the heaviest of them."""
    off = imbalance_db(desk, places)
    if abs(off) <= 2 * TOLERANCE_DB:
        return
    stereo = [p for p in places.values() if desk.track(p.track.id).channels == 2]
    side = float(np.sign(off))
    stereo = [p for p in stereo if desk.track(p.track.id).balance_db * side > 0.5]
    if not stereo:
        return
    place = max(stereo, key=lambda p: float(_zone_power(desk, p.track).sum()))
    low, high = 0.0, 1 - 10 ** (-desk.track(place.track.id).balance_db * side / 20)
    for _ in range(12):
        middle = 0.5 * (low + high)
        place.pan = -side * middle
        if imbalance_db(desk, places) * side > 0:
            low = middle
        else:
            high = middle
    place.why = "it makes one side of the mix heavier"


def _shown(pan: float) -> str:
    return f"{abs(pan) * 100:.0f} % {'left' if pan < 0 else 'right'}"
