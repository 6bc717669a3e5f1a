"""Gain staging, polarity and time alignment; silent and damaged tracks are named."""

import numpy as np

from mixwright.analysis.shared_sound import SharedSound
from mixwright.engineer.desk import Desk
from mixwright.engineer.roles import guess_roles
from mixwright.project import Track
from mixwright.roles import Role

STAGE_LUFS = -23.0
STAGE_PEAK_DBFS = -6.0
FLIP_GAIN_DB = 0.7
"""What the sum below 250 Hz must gain by a flip, where two tracks happen to hold the same lows."""
SAME_SOURCE_GAIN_DB = 0.5
"""The same for microphones of one source or one kit, which share sound for sure."""

SAME_RECORDING = 0.3
"""Correlation at the best lag from which two tracks count as one recording."""

DISTANT_MS, DISTANT_CORRELATION = 1.0, 0.12
"""Microphones this far apart in time, and this alike once moved, are distant ones of one source."""

KEPT_COPY = 0.5
"""Given levels believed more than this count copies as meant."""

KEEPS_ITS_DELAY = (Role.OVERHEADS, Role.ROOM)


def prepare(desk: Desk) -> None:
    """Brings all tracks to one working level and tracks that share sound into phase."""
    for track in desk.project.tracks:
        if track.id not in desk.analysis.tracks or desk.analysis[track.id].silent:
            _report_silence(desk, track)
        else:
            _stage(desk, track)
            _report_faults(desk, track)
    _set_polarity(desk)
    _align(desk)
    _leave_out_copies(desk)


def _report_silence(desk: Desk, track: Track) -> None:
    evidence = {}
    if track.id in desk.analysis.tracks:
        evidence["peak_dbfs"] = desk.analysis[track.id].peak_dbfs
    desk.note("prepare", track.id, "left as it is: silent", "The track holds no sound.", evidence, {}, 1.0)


def _report_faults(desk: Desk, track: Track) -> None:
    measured = desk.analysis[track.id]
    if measured.clipped_samples > 10:
        desk.note(
            "prepare",
            track.id,
            f"holds {measured.clipped_samples} clipped samples",
            "The recording is overloaded; listen to it, a new bounce would be better than any repair.",
            {"clipped_samples": measured.clipped_samples, "peak_dbfs": measured.peak_dbfs},
            confidence=0.9,
        )


def _stage(desk: Desk, track: Track) -> None:
    measured = desk.analysis[track.id]
    trim = STAGE_LUFS - measured.integrated_lufs
    held = min(trim, STAGE_PEAK_DBFS - measured.peak_dbfs)
    trim = max(-60.0, min(60.0, held if held < trim else trim))
    by_peak = " (held back by its peaks)" if trim < STAGE_LUFS - measured.integrated_lufs else ""
    desk.note(
        "prepare",
        track.id,
        f"trim {trim:+.1f} dB",
        f"It came at {measured.integrated_lufs:.1f} LUFS with peaks at {measured.peak_dbfs:.1f} dBFS; all "
        f"tracks "
        f"start near {STAGE_LUFS:g} LUFS{by_peak} so that processors work in their range.",
        {"integrated_lufs": measured.integrated_lufs, "peak_dbfs": measured.peak_dbfs},
        {f"strips.{track.id}.trim_db": trim},
        0.95,
    )


def _set_polarity(desk: Desk) -> None:
    """Turns tracks round, the most certain pairs first, so that what they share adds up."""
    families = {track.id: {track.id: 1} for track in desk.playing}
    pairs = [p for p in desk.analysis.shared if _tells_polarity(p) and p.a in families and p.b in families]
    found_by: dict[str, SharedSound] = {}
    for pair in sorted(pairs, key=lambda p: -abs(_agreement(p))):
        found_by.setdefault(pair.a, pair)
        found_by.setdefault(pair.b, pair)
        one, other = families[pair.a], families[pair.b]
        if one is other:
            continue
        relation = int(np.sign(_agreement(pair))) * one[pair.a] * other[pair.b]
        one |= {id: sign * relation for id, sign in other.items()}
        for id in other:
            families[id] = one
    for track in desk.playing:
        if track.id in found_by and families[track.id][track.id] != _kept_sign(desk, families[track.id]):
            _flip(desk, track.id, found_by[track.id])


def _kept_sign(desk: Desk, signs: dict[str, int]) -> int:
    """The sign of the tracks that stay as they are: the more of them; with two halves, the first track's."""
    total = sum(signs.values())
    return 1 if total > 0 else -1 if total < 0 else next(signs[t.id] for t in desk.playing if t.id in signs)


def _leave_out_copies(desk: Desk) -> None:
    """Of tracks that hold the same sound one plays; where the balance is somebody's, both are kept."""
    for first, second in desk.analysis.duplicates:
        playing = {track.id for track in desk.playing}
        if not {first, second} <= playing:
            continue
        leads = desk.lead is not None and desk.lead.id == second
        kept, copy = (second, first) if leads else (first, second)
        evidence = {"correlation": 1.0, "kept_share": desk.rough.keep(copy)}
        if desk.rough.keep(copy) > KEPT_COPY:
            desk.note(
                "prepare",
                copy,
                f"holds the same sound as {kept}; both kept",
                "The given balance counts both; if one is there by mistake, mute it.",
                evidence,
                confidence=0.9,
            )
            continue
        desk.note(
            "prepare",
            copy,
            f"muted: holds the same sound as {kept}",
            f"Apart from its level it is {kept} once more; played twice it would only be louder.",
            evidence,
            {f"strips.{copy}.mute": True},
            0.9,
        )
        desk.playing = tuple(track for track in desk.playing if track.id != copy)


def _tells_polarity(pair: SharedSound) -> bool:
    least = SAME_SOURCE_GAIN_DB if pair.named else FLIP_GAIN_DB
    return _is_distant(pair) or abs(pair.flip_gain_db) > least


def _is_distant(pair: SharedSound) -> bool:
    """Whether one of two microphones of a source hears it clearly later: its lows then agree or not by the
    way the sound went, note by note, and only the moved signal tells how it is wired."""
    return pair.named and abs(pair.lag_ms) > DISTANT_MS and abs(pair.lag_correlation) > DISTANT_CORRELATION


def _agreement(pair: SharedSound) -> float:
    """Correlation that tells the polarity of a pair."""
    return pair.lag_correlation if _is_distant(pair) else pair.low_correlation


def _flip(desk: Desk, id: str, pair: SharedSound) -> None:
    other, agreement = (pair.a if id == pair.b else pair.b), _agreement(pair)
    where = f"{abs(pair.lag_ms):.1f} ms apart" if _is_distant(pair) else "below 250 Hz"
    why = (
        f"{where}, it works against {other} (correlation {agreement:+.2f}); turned round, the two add up"
        if agreement < 0
        else f"{where}, it goes with {other} (correlation {agreement:+.2f}), which is turned round as well"
    )
    desk.note(
        "prepare",
        id,
        "polarity turned round",
        f"{why[0].upper()}{why[1:]}.",
        {
            "low_correlation": pair.low_correlation,
            "lag_correlation": pair.lag_correlation,
            "flip_gain_db": pair.flip_gain_db,
        },
        {f"strips.{id}.polarity_invert": True},
        min(0.95, 0.5 + abs(agreement) / 2),
    )


def _align(desk: Desk) -> None:
    """Delays the earlier of two close recordings of one moment; distance microphones keep their delay."""
    roles = {track.id: track.role for track in desk.project.tracks}
    guesses = guess_roles([track.name for track in desk.project.tracks])
    double = {t.id: g.is_double for t, g in zip(desk.project.tracks, guesses, strict=True)}
    delayed: set[str] = set()
    for pair in desk.analysis.shared:
        if abs(pair.lag_correlation) < SAME_RECORDING or not 0.05 <= abs(pair.lag_ms) <= 10.0:
            continue
        if any(roles.get(id) in KEEPS_ITS_DELAY or double.get(id) for id in (pair.a, pair.b)):
            continue
        if not pair.named or roles[pair.a] is not roles[pair.b]:
            continue
        early = pair.a if pair.lag_ms > 0 else pair.b
        late = pair.b if early == pair.a else pair.a
        if early in delayed or late in delayed:
            continue
        delayed.add(early)
        desk.note(
            "prepare",
            early,
            f"delayed {abs(pair.lag_ms):.2f} ms",
            f"{late} holds the same sound {abs(pair.lag_ms):.2f} ms later; lined up, the two add without "
            f"combing.",
            {"lag_ms": pair.lag_ms, "correlation": pair.lag_correlation},
            {f"strips.{early}.delay_ms": abs(pair.lag_ms)},
            min(0.9, 0.4 + abs(pair.lag_correlation) / 2),
        )
