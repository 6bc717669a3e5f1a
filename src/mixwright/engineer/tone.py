"""Equalisation: rumble out, what stands out tamed, the rest moved part of the way towards its usual shape."""

from dataclasses import dataclass, replace

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, band_index, band_slice, power_db
from mixwright.analysis.resonances import Resonance
from mixwright.analysis.track import TrackAnalysis
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.genres import Genre, neutral_genre
from mixwright.engineer.slots import free_bands, used_eq_db
from mixwright.engineer.spectra import Typical, typical_spectrum
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db

RUMBLE_DB = -36.0
"""Power below the lowest note re the whole from which sound that ignores the music is worth a high-pass."""

SPILL_DB = -24.0
"""The same for sound that comes with the music: spill and thumps."""

EDGE_DB = -20.0
"""A band at least this strong, re the track's strongest, may belong to the music."""
EDGE_RANGE_DB = (-24.0, -20.0)
"""Share of the power below the lowest note that begins to count as music, and that wholly does."""

ALONG = 0.5
"""Correlation of low and other levels from which low sound counts as music."""
ALONG_RANGE = (0.35, 0.5)

STRENGTH = 0.7
"""Share of a deviation beyond the tolerance that is corrected."""

LOW_END = (Role.KICK, Role.DRUM_KIT, Role.BASS)
"""Who carries the weight a genre asks for."""

CLOSE_DRUMS = (Role.SNARE, Role.HIHAT)

BUDGET_DB = 12.0
SMALLEST_DB = 0.7
EMPTY_DB = -45.0
"""Bands this far below the whole hold nothing that could be lifted."""

RESONANCE_DB = 6.0
RESONANCE_HZ = (150.0, 9000.0)
RESONANCE_AUDIBLE_DB = -25.0
"""Peaks in bands further below the whole track are left."""
RESONANCE_LEAST_S = 20.0
STEADY_SHARE = 0.6
NOTCH_Q = (4.0, 10.0)
NOTCH_DB = (2.0, 5.0)
MOST_NOTCHES = 3

HUM_BELOW_DB = 65.0
"""Hum further below the playing is not heard in a mix."""
HUM_Q = 25.0

BOOM_HZ = (60.0, 260.0)
BOOM_DB = 3.5
BOOM_STRENGTH_DB = -12.0
BOOM_LEAST_S = 25.0
"""Shorter parts may just play one note a lot."""


@dataclass(frozen=True)
class Move:
    """A band engineers use on a role, whose gain follows from the measurement within the usual range."""

    kind: str
    frequency_hz: float
    q: float
    what: str
    least_db: float = -3.0
    most_db: float = 3.0
    seeks_hz: tuple[float, float] | None = None
    """Range in which it goes where the deviation is largest."""


_LOW_SHELF, _HIGH_SHELF, _BELL = "low_shelf", "high_shelf", "bell"

_MOVES: dict[str, tuple[Move, ...]] = {
    # frequencies and ranges: where and how far MixologyDB's engineers move, per role
    "vocals": (
        Move(_LOW_SHELF, 130.0, 0.7, "low end", -6.0, 2.0),
        Move(_BELL, 250.0, 1.2, "warmth and mud", -4.2, 1.5, (180, 350)),
        Move(_BELL, 550.0, 1.2, "boxiness", -4.2, 1.5),
        Move(_BELL, 1300.0, 1.0, "body", -2.0, 3.3),
        Move(_BELL, 3500.0, 1.0, "presence", -2.9, 3.0, (2400, 5000)),
        Move(_HIGH_SHELF, 7100.0, 0.7, "air", -3.0, 4.0),
    ),
    "drums": (
        Move(_LOW_SHELF, 70.0, 0.7, "weight", -4.0, 5.0),
        Move(_BELL, 130.0, 1.2, "punch", -5.7, 3.3),
        Move(_BELL, 320.0, 1.0, "boxiness", -6.0, 3.2),
        Move(_BELL, 900.0, 1.0, "hollowness", -4.0, 2.0),
        Move(_BELL, 3500.0, 1.0, "attack", -3.0, 3.1),
        Move(_HIGH_SHELF, 7500.0, 0.7, "air", -3.0, 3.5),
    ),
    "close": (  # single drums: in the direction engineers move them, never against it
        Move(_LOW_SHELF, 70.0, 0.7, "weight", -4.0, 5.0),
        Move(_BELL, 130.0, 1.2, "punch", -5.7, 3.3),
        Move(_BELL, 270.0, 1.2, "mud", -5.0, 3.2),
        Move(_BELL, 550.0, 1.0, "boxiness", -6.0, 0.0),
        Move(_BELL, 3500.0, 1.0, "attack", 0.0, 3.1),
        Move(_HIGH_SHELF, 7500.0, 0.7, "air", 0.0, 3.4),
    ),
    "bass": (
        Move(_LOW_SHELF, 63.0, 0.7, "weight", -4.0, 3.2),
        Move(_BELL, 110.0, 2.0, "fundamental", -4.0, 3.0, (75, 180)),
        Move(_BELL, 250.0, 1.2, "mud", -3.2, 4.0),
        Move(_BELL, 550.0, 1.2, "boxiness", -5.4, 2.0),
        Move(_BELL, 1100.0, 1.0, "definition", 0.0, 3.0),
        Move(_HIGH_SHELF, 3500.0, 0.7, "string noise", -1.0, 4.0),
    ),
    "harmony": (
        Move(_LOW_SHELF, 110.0, 0.7, "low end", -6.0, 2.0),
        Move(_BELL, 250.0, 1.2, "mud", -3.8, 4.0, (160, 350)),
        Move(_BELL, 550.0, 1.0, "boxiness", -4.0, 2.0),
        Move(_BELL, 1400.0, 1.0, "body", -2.5, 3.1),
        Move(_BELL, 3200.0, 1.2, "presence", -3.9, 3.5, (2000, 5000)),
        Move(_HIGH_SHELF, 6500.0, 0.7, "air", -3.0, 3.0),
    ),
}


def shape_tone(desk: Desk) -> None:
    """High-pass, equaliser and resonance control of every strip."""
    for track in desk.playing:
        measured = desk.track(track.id)
        cut = _high_pass(desk, track, measured)
        _equalise(desk, track, measured, cut)
        desk.settle()
        _silence_hum(desk, track, measured)
        desk.settle()
        _tame_resonances(desk, track, measured)
        _tame_boom(desk, track, measured)


def _high_pass(desk: Desk, track: Track, measured: TrackAnalysis) -> float | None:
    lowest_hz = desk.norm(track).lowest_hz
    cut, moves_along = music_begins(measured, lowest_hz)
    if track.role in CLOSE_DRUMS and desk.with_role(Role.OVERHEADS):
        cut = lowest_hz  # a drum has no octave below: what sounds there is the rest of the kit
    if cut < 24.0:
        return None
    share, pause = measured.share_below_db(cut), measured.pause_share_below_db(cut)
    rumble = max(share, pause)
    apart = moves_along < ALONG
    if rumble < (RUMBLE_DB if apart else SPILL_DB):
        return None
    slope = 24 if rumble > -18.0 else 12
    desk.note(
        "tone",
        track.id,
        f"high-pass at {cut:.0f} Hz, {slope} dB/oct",
        f"Below {cut:.0f} Hz, under anything it plays, lie {share:.0f} dB of its power "
        f"(in pauses {pause:.0f} dB)"
        + (": rumble that goes on whatever is played." if apart else ": spill and thumps."),
        {"share_below_db": share, "pause_share_below_db": pause, "moves_along": moves_along},
        {
            f"strips.{track.id}.equalizer.high_pass.slope_db_oct": slope,
            f"strips.{track.id}.equalizer.high_pass.frequency_hz": cut,
        },
        0.8,
    )
    return cut


def music_begins(measured: TrackAnalysis, lowest_hz: float) -> tuple[float, float]:
    """Frequency below which a track holds no music, and how the sound below its lowest note moves with it.

    What lies under the lowest note of the role is music only if it is strong and comes and goes with the
    rest (an octave bass in a synthesiser); rumble does neither.
    """
    power = measured.frame_power.astype(np.float64)
    below = lowest_hz > CENTERS_HZ
    low, rest = power[:, below].sum(axis=1), power[:, ~below].sum(axis=1)
    quiet = 1e-9 * float(rest.max(initial=0.0))
    sounding = rest > quiet
    if sounding.sum() < 10:
        return lowest_hz, 0.0
    curves = 10 * np.log10(np.stack((low[sounding], rest[sounding])) + quiet)
    spread = curves.std(axis=1)
    along = float(np.corrcoef(curves)[0, 1]) if spread.min() > 0.1 else 0.0
    mean = measured.band_power
    strong = np.flatnonzero(mean >= mean.max() * 10 ** (EDGE_DB / 10))
    deepest_hz = min(lowest_hz, 0.8 * float(CENTERS_HZ[strong[0]]))
    music = np.interp(along, ALONG_RANGE, (0.0, 1.0))
    music *= np.interp(measured.share_below_db(lowest_hz), EDGE_RANGE_DB, (0.0, 1.0))
    return float(lowest_hz * (deepest_hz / lowest_hz) ** music), along


def _equalise(desk: Desk, track: Track, measured: TrackAnalysis, cut: float | None) -> None:
    typical = typical_spectrum(track.role)
    if typical is None or measured.active_s < 2.0:
        return
    deviation = spectrum_deviation(measured.spectrum_db, typical, cut)
    raw = _raw_deviation(measured.spectrum_db, typical)
    moves = tuple(_placed(move, raw) for move in _MOVES[_family(track.role)])
    strength = STRENGTH * (1 - desk.rough.restraint)
    gains = fit_moves(deviation, moves, desk.analysis.sample_rate, strength)
    if track.role in LOW_END:
        gains[0] = _with_genre_weight(gains[0], moves[0], desk.genre, strength)
    base = f"strips.{track.id}.equalizer"
    changes: dict[str, Value] = {}
    words, evidence = [], {}
    for k, (move, gain) in enumerate(zip(moves, gains, strict=True), 1):
        if gain == 0:
            continue
        changes |= {
            f"{base}.band{k}.kind": move.kind,
            f"{base}.band{k}.frequency_hz": move.frequency_hz,
            f"{base}.band{k}.q": move.q,
            f"{base}.band{k}.gain_db": gain,
        }
        words.append(f"{gain:+.1f} dB {move.what} ({_hz(move.frequency_hz)})")
        band = int(np.argmin(np.abs(CENTERS_HZ - move.frequency_hz)))
        evidence[f"deviation_{move.frequency_hz:.0f}hz_db"] = -float(
            np.mean(raw[max(0, band - 1) : band + 2])
        )
    if changes:
        desk.note(
            "tone",
            track.id,
            "EQ " + ", ".join(words),
            f"Against the {typical.source} it deviates by the numbers given (positive: too much); beyond "
            f"{typical.tolerance_db:g} dB, {strength:.0%} of that is corrected; "
            f"lows follow {desk.genre.name}.",
            evidence,
            changes,
            0.6 if typical.tolerance_db <= 3 else 0.4,
        )


def _placed(move: Move, deviation_db: np.ndarray) -> Move:
    """A move that seeks, at the band of its range that deviates most."""
    if move.seeks_hz is None:
        return move
    low, high = move.seeks_hz
    inside = np.flatnonzero((low <= CENTERS_HZ) & (high >= CENTERS_HZ))
    return replace(
        move, frequency_hz=round(float(CENTERS_HZ[inside[np.argmax(np.abs(deviation_db[inside]))]]))
    )


def spectrum_deviation(spectrum_db: np.ndarray, typical: Typical, cut: float | None = None) -> np.ndarray:
    """What is missing (positive) or too much (negative) per band beyond the tolerance, (bands,).

    Smoothed over an octave; bands without sound ask for no boost, those under a high-pass for nothing.
    """
    wanted = _raw_deviation(spectrum_db, typical)
    smooth = np.convolve(np.pad(wanted, 1, "edge"), np.ones(3) / 3, "valid")
    beyond = np.sign(smooth) * np.maximum(np.abs(smooth) - typical.tolerance_db, 0.0)
    beyond[(spectrum_db < EMPTY_DB) & (beyond > 0)] = 0.0
    return np.where(_movable(cut), beyond, 0.0)


def genre_weight_db(genre: Genre) -> float:
    """How much more low end, against its middle, a mix of this genre has than the average mix."""
    tilt = genre.mix_spectrum_db - neutral_genre().mix_spectrum_db
    low, middle = band_slice(35.0, 75.0), band_slice(200.0, 5000.0)
    return float(tilt[low].mean() - tilt[middle].mean())


def _with_genre_weight(gain_db: float, shelf: Move, genre: Genre, strength: float) -> float:
    gain = float(np.clip(gain_db + strength * genre_weight_db(genre), shelf.least_db, shelf.most_db))
    return round(gain, 1) if abs(gain) >= SMALLEST_DB else 0.0


def _movable(cut: float | None) -> np.ndarray:
    """Bands that an equaliser may be asked to move, bool (bands,)."""
    inside = (CENTERS_HZ >= 40.0) & (CENTERS_HZ <= 14000.0)
    return inside if cut is None else inside & (1.2 * cut <= CENTERS_HZ)


def _raw_deviation(spectrum_db: np.ndarray, typical: Typical) -> np.ndarray:
    """Typical minus measured, both lined up where the typical spectrum is strongest."""
    weight = 10 ** (typical.level_db / 20)
    difference = typical.level_db - np.maximum(spectrum_db, -70.0)
    return np.asarray(difference - np.sum(weight * difference) / np.sum(weight))


def fit_moves(
    deviation_db: np.ndarray, moves: tuple[Move, ...], sample_rate: int, strength: float = STRENGTH
) -> list[float]:
    """Gains in dB of the moves that bring a spectrum part of the way, within limits and budget.

    Least squares over the bands with a price on every dB (ridge), since bells act nearly linearly in dB.
    """
    if not np.any(deviation_db):
        return [0.0] * len(moves)
    shapes = np.stack(
        [band_unit_db(move.kind, move.frequency_hz, move.q, sample_rate) for move in moves], axis=1
    )
    price = 2.0 * np.eye(len(moves))
    wanted = strength * deviation_db
    gains = np.linalg.solve(shapes.T @ shapes + price, shapes.T @ wanted)
    gains = np.clip(gains, [move.least_db for move in moves], [move.most_db for move in moves])
    total = float(np.abs(gains).sum())
    if total > BUDGET_DB:
        gains *= BUDGET_DB / total
    return [round(float(g), 1) if abs(g) >= SMALLEST_DB else 0.0 for g in gains]


def _tame_resonances(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    """Narrow cuts where a peak stays in one place whatever is played: static ones for those nearly always
    there, a dynamic one for the strongest of the others."""
    if desk.rough.restraint > 0.5:
        return
    found = harmful_resonances(track.role, measured)
    for peak in [p for p in found if p.share_of_frames >= STEADY_SHARE]:
        _notch(desk, track, peak)
        desk.settle()
    passing = [p for p in found if p.share_of_frames < STEADY_SHARE]
    if passing:
        _tame_at_times(desk, track, measured, passing[0])


def harmful_resonances(role: Role, measured: TrackAnalysis) -> list[Resonance]:
    """The worst resonances of a track that are neither notes nor its fundamental, at most `MOST_NOTCHES`.

    Drums and effects ring by nature; of short parts nobody knows whether a peak is a note held long.
    """
    if role.group in (RoleGroup.DRUMS, RoleGroup.FX) or measured.active_s < RESONANCE_LEAST_S:
        return []
    low, high = RESONANCE_HZ
    highest = measured.pitch.highest_hz
    low = max(low, 1.3 * highest) if highest is not None else 2 * low
    spectrum = measured.spectrum_db
    found = [
        peak
        for peak in measured.resonances
        if not peak.follows_pitch
        and low <= peak.hz <= high
        and peak.excess_db >= RESONANCE_DB
        and spectrum[band_index(peak.hz)] > RESONANCE_AUDIBLE_DB
    ]
    return sorted(found, key=lambda p: -p.excess_db * p.share_of_frames)[:MOST_NOTCHES]


def _depth_db(peak: Resonance) -> float:
    return float(np.interp(peak.excess_db, (RESONANCE_DB, 3 * RESONANCE_DB), NOTCH_DB))


def _notch(desk: Desk, track: Track, peak: Resonance) -> None:
    strip = desk.strip(track.id)
    slots = free_bands(strip.equalizer)
    depth = min(_depth_db(peak), BUDGET_DB - used_eq_db(strip.equalizer))
    if not slots or depth < NOTCH_DB[0]:
        return
    base = f"strips.{track.id}.equalizer.{slots[0]}"
    desk.note(
        "tone",
        track.id,
        f"narrow cut of {depth:.1f} dB at {_hz(peak.hz)}",
        _stays(peak),
        {"excess_db": peak.excess_db, "share_of_frames": peak.share_of_frames, "q": peak.q},
        {
            f"{base}.kind": _BELL,
            f"{base}.frequency_hz": peak.hz,
            f"{base}.q": float(np.clip(peak.q, *NOTCH_Q)),
            f"{base}.gain_db": -depth,
        },
        0.5,
    )


def _tame_at_times(desk: Desk, track: Track, measured: TrackAnalysis, peak: Resonance) -> None:
    depth = _depth_db(peak)
    power = measured.frame_power[measured.active][:, band_index(peak.hz)]
    level = power_db(np.percentile(power, 60)) + desk.strip(track.id).trim_db
    base = f"strips.{track.id}.dynamic2"
    desk.note(
        "tone",
        track.id,
        f"dynamic cut of up to {depth:.1f} dB at {_hz(peak.hz)}",
        _stays(peak),
        {"excess_db": peak.excess_db, "share_of_frames": peak.share_of_frames, "q": peak.q},
        {
            f"{base}.kind": _BELL,
            f"{base}.frequency_hz": peak.hz,
            f"{base}.q": float(np.clip(peak.q, *NOTCH_Q)),
            f"{base}.threshold_db": float(np.clip(level, -79, -1)),
            f"{base}.ratio": 3.0,
            f"{base}.range_db": -depth,
            f"{base}.attack_ms": 8.0,
            f"{base}.release_ms": 120.0,
        },
        0.5,
    )


def _stays(peak: Resonance) -> str:
    return (
        f"In {peak.share_of_frames:.0%} of the time it plays, {_hz(peak.hz)} stands {peak.excess_db:.1f} dB "
        "above its own smooth spectrum, whatever note is played."
    )


def _silence_hum(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    """Notches at the strongest partials of mains hum that a high-pass does not take."""
    hum = measured.hum
    if hum is None or measured.power_dbfs - hum.level_dbfs > HUM_BELOW_DB:
        return
    equalizer = desk.strip(track.id).equalizer
    above = equalizer.high_pass.frequency_hz if equalizer.high_pass.slope_db_oct else 0.0
    partials = [hz for hz in hum.partials_hz if hz > above]
    taken = list(zip(free_bands(equalizer), partials[:MOST_NOTCHES], strict=False))
    if not taken:
        return
    below = measured.power_dbfs - hum.level_dbfs
    changes: dict[str, Value] = {}
    for slot, hz in taken:
        base = f"strips.{track.id}.equalizer.{slot}"
        changes |= {f"{base}.kind": "notch", f"{base}.frequency_hz": hz, f"{base}.q": HUM_Q}
    desk.note(
        "prepare",
        track.id,
        "hum notched at " + ", ".join(f"{hz:.0f} Hz" for _, hz in taken),
        f"The mains hum at {hum.mains_hz:.0f} Hz and its multiples, {below:.0f} dB below the playing, also "
        f"in pauses; notches of {hum.mains_hz / HUM_Q:.1f} Hz and more take it and hardly any note.",
        {"mains_hz": hum.mains_hz, "hum_dbfs": hum.level_dbfs, "below_playing_db": below},
        changes,
        0.6,
    )


def _tame_boom(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    """A dynamic cut where single low notes of a bass come out louder than the rest."""
    if desk.rough.restraint > 0.5:
        return
    typical = typical_spectrum(track.role)
    if track.role is not Role.BASS or typical is None or measured.active_s < BOOM_LEAST_S:
        return
    spectrum = measured.spectrum_db
    over = -_raw_deviation(spectrum, typical)
    low, high = BOOM_HZ
    bands = np.flatnonzero((low <= CENTERS_HZ) & (high >= CENTERS_HZ) & (spectrum > BOOM_STRENGTH_DB))
    if not bands.size:
        return
    excess = np.array([over[b] - np.mean(over[[b - 2, b - 1, b + 1, b + 2]]) for b in bands])
    worst = int(np.argmax(excess))
    band, boom = int(bands[worst]), float(excess[worst])
    if boom < BOOM_DB:
        return
    level = power_to_db(float(np.percentile(measured.frame_power[measured.active][:, band], 50)))
    base = f"strips.{track.id}.dynamic3"
    depth = float(np.clip(0.8 * boom, 2.0, 5.0))
    desk.note(
        "tone",
        track.id,
        f"dynamic cut of up to {depth:.1f} dB at {_hz(CENTERS_HZ[band])}",
        f"Against the {typical.source}, {_hz(CENTERS_HZ[band])} stands {boom:.1f} dB above the bands "
        f"around it: "
        "single notes boom.",
        {"excess_db": boom, "level_re_track_db": float(spectrum[band])},
        {
            f"{base}.kind": "bell",
            f"{base}.frequency_hz": float(CENTERS_HZ[band]),
            f"{base}.q": 2.5,
            f"{base}.threshold_db": float(np.clip(level + desk.strip(track.id).trim_db, -79, -1)),
            f"{base}.ratio": 3.0,
            f"{base}.range_db": -depth,
            f"{base}.attack_ms": 15.0,
            f"{base}.release_ms": 150.0,
        },
        0.5,
    )


def _family(role: Role) -> str:
    if role.group is RoleGroup.VOCALS:
        return "vocals"
    if role.group is RoleGroup.DRUMS:
        return "drums" if role is Role.DRUM_KIT else "close"
    return "bass" if role.group is RoleGroup.BASS else "harmony"


def _hz(frequency: float) -> str:
    return f"{frequency / 1000:.1f} kHz" if frequency >= 1000 else f"{frequency:.0f} Hz"
