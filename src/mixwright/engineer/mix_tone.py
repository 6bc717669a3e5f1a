"""The broad tone of the whole: what all recordings of a song have too much or too little of in common.

A dull room, a bright preamplifier or one microphone for everything tilts every track alike; no comparison
among the tracks shows that. The sum is therefore held against the spectrum of mixes of its genre and two wide
shelves, the same on every group, take most of the difference. How bright a synthesiser or a sample is, its
maker chose: the more of the sum comes from these, the less is done (in eight LMMS songs the authors' mixes
stay as far from the genre's tilt as their presets are: correcting it would add 0.5 dB of error).
"""

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, k_weights, power_db
from mixwright.engineer.balance import from_preset
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import band_unit_db
from mixwright.project import Track
from mixwright.roles import RoleGroup
from mixwright.units import power_to_db

SHELVES = (("low_shelf", 200.0, 0.5, "lows"), ("high_shelf", 3000.0, 0.5, "highs"))
"""Kind, frequency, Q and name: together nearly straight from 50 Hz to 12 kHz."""

SHARE = 0.9
"""Of the difference in tilt, as least squares finds it, so much is taken."""

BEFORE_MASTER_DB_OCT = -0.6
"""Mixes are darker than masters: 13 unmastered ones of rock and pop fall by so much more per octave, from
63 Hz to 8 kHz, than the genre's curve, which stands between mixes and masters."""

LEVEL_KEPT = 0.5
"""Share of what the shelves change about a track's loudness that its fader takes back: the balance is decided
already, but what lives in the lows or in the highs alone is part of the tilt."""

FEWEST_TRACKS = 3
"""Of fewer tracks nobody knows whether what they share is a fault."""

MOST_DB = 6.0
SMALLEST_DB = 0.2
PRICE = 0.5
JUDGED_HZ = (39.0, 10500.0)

RECORDED = (0.25, 0.6)
"""Shares of recordings in the sum from which the tone begins to be anybody's business, and wholly is."""

TELLING = frozenset((RoleGroup.VOCALS, RoleGroup.GUITARS, RoleGroup.ORCHESTRAL, RoleGroup.DRUMS))
"""Families that are recordings where they are no presets; basses and keys may be either and do not count."""


def set_mix_tone(desk: Desk) -> None:
    """Two wide shelves on every group, as far as the sum's tilt differs from that of the genre."""
    if len(desk.playing) < FEWEST_TRACKS:
        return
    recorded = recorded_share(desk)
    strength = SHARE * float(np.interp(recorded, RECORDED, (0.0, 1.0))) * (1 - desk.rough.restraint)
    strength *= 1 - float(np.mean([desk.rough.keep(track.id) for track in desk.playing]))  # as its balance
    missing = missing_shelves_db(desk)
    gains = np.clip(np.round(strength * missing, 1), -MOST_DB, MOST_DB)
    used = [k for k, gain in enumerate(gains) if abs(gain) >= SMALLEST_DB]
    if not used:
        return
    words = ", ".join(f"{gains[k]:+.1f} dB {SHELVES[k][3]}" for k in used)
    evidence = {f"missing_{SHELVES[k][3]}_db": float(missing[k]) for k in used}
    shapes = _shapes(desk.analysis.sample_rate)[:, used] @ gains[used]
    buses = {bus.id for bus in desk.mix.buses}
    for bus in sorted({desk.strip(track.id).output for track in desk.playing} & buses):
        changes: dict[str, Value] = _level_kept(desk, bus, shapes)
        for k in used:
            kind, hz, q, _ = SHELVES[k]
            base = f"buses.{bus}.equalizer.band{k + 1}"
            changes |= {
                f"{base}.kind": kind,
                f"{base}.frequency_hz": hz,
                f"{base}.q": q,
                f"{base}.gain_db": float(gains[k]),
            }
        desk.note(
            "buses",
            bus,
            f"broad EQ {words}, as on all groups",
            f"The sum of all tracks is tilted against {desk.genre.name} mixes as the numbers say (positive: "
            f"too little); recordings make {recorded:.0%} of it, so {strength:.0%} of that is corrected.",
            {**evidence, "recorded_share": recorded},
            changes,
            0.5,
        )


def _level_kept(desk: Desk, bus: str, response_db: np.ndarray) -> dict[str, Value]:
    """Faders of a group's tracks that keep their loudness behind an equaliser."""
    faders: dict[str, Value] = {}
    for track in desk.playing:
        strip = desk.strip(track.id)
        if strip.output == bus:
            power = desk.post_fader_power(track.id) * k_weights()
            louder = power_to_db(float((power * 10 ** (response_db / 10)).sum())) - power_to_db(
                float(power.sum())
            )
            faders[f"strips.{track.id}.fader_db"] = float(
                np.clip(strip.fader_db - LEVEL_KEPT * louder, -60.0, 12.0)
            )
    return faders


def recorded_share(desk: Desk) -> float:
    """Share of the sum's loudness that was played in front of microphones, of what tells so; 0..1."""
    recorded = presets = 0.0
    for track in desk.playing:
        power = float(desk.post_fader_power(track.id) @ k_weights())
        if from_preset(desk, track):
            presets += power
        elif _tells(track):
            recorded += power
    return recorded / (recorded + presets) if recorded > 0 else 0.0


def _tells(track: Track) -> bool:
    return track.role.group in TELLING


def missing_shelves_db(desk: Desk) -> np.ndarray:
    """Gains of the shelves that would give the sum the genre's tilt, (shelves,)."""
    power = sum((desk.post_fader_power(track.id) for track in desk.playing), np.zeros(CENTERS_HZ.size))
    low, high = JUDGED_HZ
    inside = (low < CENTERS_HZ) & (high > CENTERS_HZ)
    darker = BEFORE_MASTER_DB_OCT * np.log2(CENTERS_HZ / 1000.0)
    wanted = (desk.usual_spectrum_db + darker - power_db(power))[inside]
    rate = desk.analysis.sample_rate
    shapes = _shapes(rate)[inside]
    wanted, shapes = wanted - wanted.mean(), shapes - shapes.mean(axis=0)
    price = PRICE * np.eye(len(SHELVES))
    return np.asarray(np.linalg.solve(shapes.T @ shapes + price, shapes.T @ wanted))


def _shapes(sample_rate: int) -> np.ndarray:
    """Response of the shelves per dB, (bands, shelves)."""
    return np.stack([band_unit_db(kind, hz, q, sample_rate) for kind, hz, q, _ in SHELVES], axis=1)
