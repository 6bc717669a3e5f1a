"""Faders: a level for every role re the lead, reached on the loudness measured behind the inserts."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import band_loudness_lufs, k_weights
from mixwright.engineer.blend import named_shifts
from mixwright.engineer.desk import Desk
from mixwright.engineer.norms import (
    DRUM_PART_LU,
    KIT_LU,
    NORMS,
    PROGRAMMED_KIT_LU,
    PROGRAMMED_PART_LU,
    PROGRAMMED_PARTS,
)
from mixwright.engineer.printed import USUAL_WET_LU, is_printed_effect
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

MOST_DEVIATION_LU = 8.0
STACK_SHARE = {
    RoleGroup.VOCALS: 0.8,
    RoleGroup.DRUMS: 0.8,
    RoleGroup.GUITARS: 0.5,
    RoleGroup.ORCHESTRAL: 0.5,
    RoleGroup.KEYS: 0.25,
}
"""How far tracks of one role share its level: 1 keeps the sum of a stack, 0 gives each the full level.

In MixologyDB single kick, snare and tom tracks lie below their role's sum by what their number explains."""

SYNTHESISED = (Role.SYNTH_LEAD, Role.SYNTH_PAD, Role.FX, Role.OTHER)
PRESET_KEEP = 0.5
"""What engineers keep of raw levels was seen on recordings, which somebody levelled; presets are not."""

LEADING_LU = -3.0
MOST_LEADING_LU = 2.5
"""Where nobody sings, the leading instrument comes up to the first, by at most the second."""

LOUDEST_FADER_DB = 0.0
SOFTEST_FADER_DB = -40.0


@dataclass(frozen=True)
class Target:
    """Wanted loudness of one track re the lead, and how it came about."""

    level_lu: float
    role_lu: float
    raw_deviation_lu: float
    kept_lu: float
    stack_lu: float


@dataclass(frozen=True)
class Moves:
    """What moved a track away from its target, and its share of the mix in the end."""

    blend_db: float
    lead_db: float
    share_lu: float


def set_balance(desk: Desk) -> None:
    """Sets all faders."""
    if not desk.playing:
        return
    targets = level_targets(desk)
    loudness = {track.id: desk.estimate(track.id).loudness_lufs for track in desk.playing}
    wanted = {id: target.level_lu for id, target in targets.items()}
    blend = _blend(desk, wanted, loudness)
    for id in blend:
        wanted[id] += blend[id]
    shift = _lead_shift(desk, wanted)
    for id in shift:
        wanted[id] += shift[id]
    wanted = _with_given(desk, wanted)
    faders = {id: wanted[id] - loudness[id] for id in wanted}
    top = max(faders.values())
    faders = {id: max(SOFTEST_FADER_DB, level - top + LOUDEST_FADER_DB) for id, level in faders.items()}
    total = power_to_db(sum(10 ** (level / 10) for level in wanted.values()))
    for track in desk.playing:
        moved = Moves(blend.get(track.id, 0.0), shift.get(track.id, 0.0), wanted[track.id] - total)
        _note(desk, track, targets[track.id], faders[track.id], moved)


def _with_given(desk: Desk, wanted: dict[str, float]) -> dict[str, float]:
    """Draws the wanted levels towards the given ones, as far as these are believed."""
    given = {id: desk.track(id).integrated_lufs for id in wanted}
    common = float(np.median([wanted[id] - given[id] for id in wanted]))
    return {id: level + desk.rough.keep(id) * (given[id] + common - level) for id, level in wanted.items()}


def level_targets(desk: Desk) -> dict[str, Target]:
    """Wanted loudness re the lead for every playing track."""
    raw = {track.id: desk.track(track.id).integrated_lufs for track in desk.playing}
    middle = float(np.median(list(raw.values())))
    kit = _kit_levels(desk)
    return {
        track.id: _target(desk, track, raw[track.id] - middle, voices_at_once(desk, track), kit)
        for track in desk.playing
    }


def _target(desk: Desk, track: Track, raw: float, count: float, kit: dict[Role, float]) -> Target:
    norm = NORMS[track.role]
    is_lead = desk.lead is not None and track.id == desk.lead.id
    level = kit.get(track.role, norm.level_lu) + _genre_lu(desk, track.role)
    if is_printed_effect(track, desk.playing):
        level += norm.wet_lu if norm.wet_lu is not None else USUAL_WET_LU
    usual_keep = norm.keep * (PRESET_KEEP if from_preset(desk, track) else 1.0)
    keep = _keep_beyond(usual_keep * desk.rough.accidental, desk.rough.keep(track.id))
    if is_lead and track.role is not Role.LEAD_VOCAL:
        level = max(level, min(LEADING_LU, level + MOST_LEADING_LU))
    deviation = float(np.clip(raw - norm.raw_lu, -MOST_DEVIATION_LU, MOST_DEVIATION_LU))
    kept = keep * deviation
    stack = 0.0 if is_lead else -10 * STACK_SHARE.get(track.role.group, 0.0) * float(np.log10(count))
    return Target(level + kept + stack, level, deviation, kept, stack)


def _keep_beyond(keep: float, kept: float) -> float:
    """Share to keep first, so that it is `keep` together with `kept` afterwards (`_with_given`)."""
    return max(0.0, (keep - kept) / (1.0 - kept)) if kept < 1.0 else 0.0


def from_preset(desk: Desk, track: Track) -> bool:
    """Whether a track's level is that of a synthesiser's or sampler's preset rather than of a recording."""
    if track.role.group is RoleGroup.DRUMS:
        return not _live_kit(desk)
    return track.role in SYNTHESISED


def voices_at_once(desk: Desk, track: Track) -> float:
    """How many tracks of its role sound, on average, while a track plays (at least 1: itself)."""
    own = desk.track(track.id).active
    if not own.any():
        return 1.0
    count = 1.0
    for other in desk.with_role(track.role):
        if other.id != track.id:
            mask = desk.track(other.id).active[: own.size]
            count += float(np.mean(mask & own[: mask.size])) * mask.size / float(own.sum())
    return count


def _kit_levels(desk: Desk) -> dict[Role, float]:
    """Levels of the parts of the kit, so that together they reach the level of a kit."""
    parts = {track.role for track in desk.in_group(RoleGroup.DRUMS)}
    if _live_kit(desk):
        levels = {role: DRUM_PART_LU[role] for role in parts}
        whole = power_to_db(sum(10 ** (level / 10) for level in levels.values()))
        return {role: level - whole + KIT_LU for role, level in levels.items()}
    whole = power_to_db(sum(10 ** (PROGRAMMED_PART_LU[role] / 10) for role in PROGRAMMED_PARTS))
    return {role: PROGRAMMED_PART_LU[role] - whole + PROGRAMMED_KIT_LU for role in parts}


def _live_kit(desk: Desk) -> bool:
    return bool(desk.with_role(Role.OVERHEADS, Role.ROOM, Role.DRUM_KIT))


def _genre_lu(desk: Desk, role: Role) -> float:
    genre = desk.genre.levels
    if role is Role.KICK:
        return genre.drums_db + genre.kick_db
    return {
        RoleGroup.DRUMS: genre.drums_db,
        RoleGroup.BASS: genre.bass_db,
        RoleGroup.GUITARS: genre.guitars_db,
        RoleGroup.ORCHESTRAL: genre.orchestra_db,
    }.get(role.group, 0.0)


def _lead_shift(desk: Desk, wanted: dict[str, float]) -> dict[str, float]:
    """What lead vocals must move so that they stand as the genre wants them against all else they sing "
    "with."""
    singers = desk.with_role(Role.LEAD_VOCAL)
    others = [track for track in desk.playing if track.role is not Role.LEAD_VOCAL]
    if not singers or not others:
        return {}
    length = max(desk.track(track.id).frame_power.shape[0] for track in desk.playing)
    sung, rest = np.zeros(length), np.zeros(length)
    for track in desk.playing:
        measured = desk.track(track.id)
        gain = 10 ** ((wanted[track.id] - measured.integrated_lufs) / 10)
        curve = measured.frame_power @ k_weights() * gain
        (sung if track.role is Role.LEAD_VOCAL else rest)[: curve.size] += curve
    active = np.zeros(length, bool)
    for track in singers:
        mask = desk.track(track.id).active
        active[: mask.size] |= mask
    if not active.any() or rest[active].mean() <= 0:
        return {}
    ratio = power_to_db(float(sung[active].mean())) - power_to_db(float(rest[active].mean()))
    off = desk.genre.vocals.lead_to_rest_db - ratio
    tolerance = desk.genre.vocals.tolerance_db
    shift = float(np.sign(off) * (np.hypot(off, tolerance) - tolerance))  # hardly inside, nearly all beyond
    return {track.id: shift for track in singers} if abs(shift) > 0.05 else {}


def _blend(desk: Desk, wanted: dict[str, float], loudness: dict[str, float]) -> dict[str, float]:
    """What the spectrum of the sum asks of the faders; the lead hardly moves."""
    powers = {
        id: desk.estimate(id).song_power * 10 ** ((level - loudness[id]) / 10) for id, level in wanted.items()
    }
    lead = desk.lead.id if desk.lead else None
    movable = {id: 0.3 if id == lead else 1.0 for id in wanted}
    return named_shifts(powers, movable, desk.genre.mix_spectrum_db)


def _note(desk: Desk, track: Track, target: Target, fader: float, moves: Moves) -> None:
    measured = desk.track(track.id)
    now = desk.estimate(track.id).loudness_lufs
    lead = desk.lead.id if desk.lead else "the lead"
    parts = [f"{track.role.title} usually lies {target.role_lu:+.1f} LU from {lead}"]
    if abs(target.kept_lu) > 0.3:
        word = "louder" if target.kept_lu > 0 else "softer"
        parts.append(
            f"the track came {abs(target.raw_deviation_lu):.1f} LU {word} than such tracks do, of which "
            f"{abs(target.kept_lu):.1f} LU are kept"
        )
    if target.stack_lu < -0.3:
        parts.append(f"it shares its part with others ({target.stack_lu:+.1f} LU)")
    if abs(moves.blend_db) > 0.3:
        parts.append(f"{moves.blend_db:+.1f} dB bring the spectrum of the sum nearer to that of mixes")
    if moves.lead_db:
        parts.append(f"moved {moves.lead_db:+.1f} dB to stand right against everything it sings with")
    desk.note(
        "balance",
        track.id,
        f"fader {fader:+.1f} dB, {moves.share_lu:.1f} LU re mix",
        "; ".join(parts) + ".",
        {
            "loudness_behind_inserts_lufs": now,
            "raw_lufs": measured.integrated_lufs,
            "level_re_lead_lu": target.level_lu,
            "role_level_lu": target.role_lu,
            "kept_raw_deviation_lu": target.kept_lu,
            "level_re_mix_lu": moves.share_lu,
            "blend_db": moves.blend_db,
            "lead_db": moves.lead_db,
            "active_share": measured.active_fraction,
        },
        {f"strips.{track.id}.fader_db": fader},
        0.5,
    )


def mix_loudness_lufs(desk: Desk) -> float:
    """Estimated loudness of the sum of all strips over the song, without gating."""
    power = sum((desk.post_fader_power(track.id) for track in desk.playing), np.zeros(len(k_weights())))
    return float(band_loudness_lufs(power))
