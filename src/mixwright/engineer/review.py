"""Listening again: the mix is rendered, judged against what was meant, and corrected where it missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, k_weights, power_db
from mixwright.engineer.buses import find_hold, holds_peaks, most_peak_to_loudness_lu
from mixwright.engineer.desk import Desk, Value, free_changes, rounded
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.faders import with_changes
from mixwright.engineer.finish import MAX_PEAK_REDUCTION_DB
from mixwright.engineer.hearing import Heard, Span
from mixwright.engineer.intent import FARTHEST_DB, Intent, intend, pan_for, wet_lufs
from mixwright.engineer.tone import BUDGET_DB
from mixwright.mix_model import Mix, Strip
from mixwright.project import Decision, Listening
from mixwright.roles import Role
from mixwright.units import SILENCE_DB, power_to_db

ROUNDS = 4
LEAST_GAIN = 0.05
"""A round that improves the whole by less of what was left is the last."""

LEVEL_TOLERANCE_LU = 1.0
TONE_TOLERANCE_DB = 1.4
SIDE_TOLERANCE_DB = {1: 1.5, 2: 4.0}
"""By channels of the track; the balance of a stereo track moves with what it plays."""

WET_TOLERANCE_DB = 2.0
DRIVE_TOLERANCE_LU = 1.0
PEAKS_TOLERANCE_DB = 0.7
MOST_DEEPER_DB = 3.0
SIDES_TOLERANCE_DB = 0.7
RELEVANT_DB = 25.0
"""Bands this far below the strongest band of a track are not judged."""

MOST_EQ_DB = 12.0
SMALLEST_EQ_DB = 0.5
BELL_Q = 1.2
MOST_CORRECTED_BANDS = 3
LEAST_TAKEN = 0.25
"""Share of what was left that a further band of the equaliser must take to be moved."""
EQ_PRICE = 0.1
WEAK_WEIGHT = 0.1
"""How much bands where a track has no strength resist a correction beside them."""

Listen = Callable[[Mix], Heard]


@dataclass(frozen=True)
class Finding:
    """One thing that does not sound as meant, and what corrects it."""

    kind: str
    target: str
    off: float
    """By how much, in the unit of `tolerance`."""
    tolerance: float
    heard: str
    correction: str
    reason: str
    evidence: Mapping[str, float]
    changes: Mapping[str, Value]

    @property
    def name(self) -> tuple[str, str]:
        return self.kind, self.target


@dataclass(frozen=True)
class Review:
    """The corrected mix, and how it came about."""

    mix: Mix
    decisions: tuple[Decision, ...] = ()
    log: tuple[Listening, ...] = ()


def review(
    desk: Desk,
    mix: Mix,
    listen: Listen,
    excerpts: Sequence[Span],
    rounds: int = ROUNDS,
    held: Callable[[str], bool] | None = None,
) -> Review:
    """Corrects a mix until it sounds as meant, or no better.

    Parameters
    ----------
    desk : Desk
        With the decisions made: its mix is what was meant.
    mix : Mix
        What is judged: the desk's mix, or one that was changed since.
    listen : callable
        Renders the excerpts of a mix and measures them (`hearing.listen`).
    excerpts : sequence of (begin, end) in seconds
        What `listen` hears.
    rounds : int
        Most rounds of correction.
    held : callable, optional
        Tells of a path whether its value must stay; what only such values could correct is not looked at.
    """
    if not desk.playing or not excerpts:
        return Review(mix)
    intent = intend(desk, excerpts)

    def judged(mix: Mix) -> list[Finding]:
        findings = _judge(desk, intent, mix, listen(mix))
        return findings if held is None else _free(findings, held)

    best, found = mix, judged(mix)
    log, decisions = [_listening(0, found, kept=True)], []
    given_up: set[tuple[str, str]] = set()
    for number in range(1, rounds + 1):
        corrected = [finding for finding in found if finding.name not in given_up]
        if not corrected:
            break
        changes = {path: value for finding in corrected for path, value in finding.changes.items()}
        meant = dict(intent.shift_db)
        tried = with_changes(best, changes)
        left = judged(tried)
        better = _score(left) < _score(found)
        log.append(_listening(number, left, better))
        helpless = _helpless(corrected, left)
        given_up |= helpless
        if not better:
            intent.shift_db = meant
            if not helpless:
                break
            continue  # what helped gets another round without what did not
        decisions += _corrections(corrected, number, desk.mark)
        settled = _score(left) > (1 - LEAST_GAIN) * _score(found)
        best, found = tried, left
        if settled and not helpless:
            break
    return Review(best, tuple(decisions), tuple(log))


def _helpless(corrected: Sequence[Finding], left: Sequence[Finding]) -> set[tuple[str, str]]:
    """Findings that their own corrections did not make smaller."""
    now = {finding.name: abs(finding.off) for finding in left}
    return {f.name for f in corrected if now.get(f.name, 0.0) > (1 - LEAST_GAIN) * abs(f.off)}


def _free(findings: Sequence[Finding], held: Callable[[str], bool]) -> list[Finding]:
    """Findings that values which may move can correct, with these alone."""
    free = (replace(f, changes=free_changes(f.changes, held)) for f in findings)
    return [finding for finding in free if finding.changes]


def _score(findings: Sequence[Finding]) -> float:
    return sum(abs(finding.off) / finding.tolerance for finding in findings)


def _listening(number: int, findings: Sequence[Finding], kept: bool) -> Listening:
    heard = tuple(finding.heard for finding in findings)
    return Listening(number=number, score=round(_score(findings), 2), heard=heard, kept=kept)


def _corrections(findings: Sequence[Finding], number: int, mark: str) -> list[Decision]:
    return [
        Decision(
            id=f"{mark}review{number}_{k:02d}_{finding.kind}",
            kind="review",
            target=finding.target,
            summary=f"{finding.heard}: {finding.correction}",
            reason=finding.reason,
            evidence={name: float(f"{value:.4g}") for name, value in finding.evidence.items()},
            confidence=0.8,
            changes=dict(finding.changes),
        )
        for k, finding in enumerate(findings, 1)
    ]


def _judge(desk: Desk, intent: Intent, mix: Mix, heard: Heard) -> list[Finding]:
    tracks = _Tracks(desk, intent, mix, heard)
    findings = [*tracks.findings(), *_wet(desk, mix, heard)]
    lead = _lead(desk, intent, mix, heard, tracks.faders)
    if lead is not None:
        findings = [f for f in findings if not (f.kind == "level" and f.target == lead.target)]
        findings.append(lead)
    if not any(finding.kind == "side" for finding in findings):
        findings += _sides(desk, mix, heard)
    findings += [*_peaks(desk, intent, mix, heard), *_drive(desk, intent, mix, heard)]
    return findings


@dataclass
class _Tracks:
    """Judges the tracks one by one, by level, tone and position."""

    desk: Desk
    intent: Intent
    mix: Mix
    heard: Heard
    faders: dict[str, float] = field(default_factory=dict)
    """Changes of level asked for, by strip."""

    def findings(self) -> list[Finding]:
        found = []
        for id in self.intent.power:
            strip = _strip(self.mix, id)
            tone = self._tone(strip)
            level = None if tone else self._level(strip)
            found += [finding for finding in (tone, level, self._side(strip)) if finding]
        return found

    def _level(self, strip: Strip) -> Finding | None:
        wanted = _lufs(self.intent.wanted_power(strip.id))
        now = self.heard.strips[strip.id].loudness_lufs
        off = now - wanted
        if abs(off) <= LEVEL_TOLERANCE_LU:
            return None
        fader = float(np.clip(strip.fader_db - off, -60.0, 12.0))
        self.faders[strip.id] = fader - strip.fader_db
        return Finding(
            "level",
            strip.id,
            off,
            LEVEL_TOLERANCE_LU,
            f"{strip.id} {_too(off, 'loud', 'quiet')}",
            f"fader {fader - strip.fader_db:+.1f} dB",
            f"Rendered, it plays at {now:.1f} LUFS in the excerpts listened to; {wanted:.1f} were meant.",
            {"heard_lufs": now, "wanted_lufs": wanted},
            {f"strips.{strip.id}.fader_db": rounded(fader)},
        )

    def _tone(self, strip: Strip) -> Finding | None:
        missing = _missing_db(self.intent.wanted_power(strip.id), self.heard.strips[strip.id].power)
        octaves = _over_octaves(missing)
        band = int(np.argmax(np.abs(octaves)))
        off = -float(octaves[band])
        if abs(off) <= TONE_TOLERANCE_DB:
            return None
        changes = _equalised(strip, missing, band, self.desk.analysis.sample_rate)
        if not changes:
            return None
        where = f"{CENTERS_HZ[band]:.0f} Hz"
        return Finding(
            "tone",
            strip.id,
            off,
            TONE_TOLERANCE_DB,
            f"{strip.id} has {abs(off):.1f} dB too {'much' if off > 0 else 'little'} at {where}",
            "EQ corrected",
            f"Rendered, its spectrum around {where} lies {abs(off):.1f} dB "
            f"{'above' if off > 0 else 'below'} what was meant, against the rest of its bands.",
            {"deviation_db": off, "frequency_hz": float(CENTERS_HZ[band])},
            changes,
        )

    def _side(self, strip: Strip) -> Finding | None:
        track = self.desk.track(strip.id)
        wanted = self.intent.balance_db[strip.id]
        now = float(np.clip(self.heard.strips[strip.id].balance_db, -FARTHEST_DB, FARTHEST_DB))
        off = now - wanted
        tolerance = SIDE_TOLERANCE_DB[track.channels]
        if abs(off) <= tolerance or (abs(now) > 15 and abs(wanted) > 15 and now * wanted > 0):
            return None  # far out is far out
        pan = pan_for(-off, strip.pan, track.channels)
        return Finding(
            "side",
            strip.id,
            off,
            tolerance,
            f"{strip.id} stands too far {'right' if off > 0 else 'left'}",
            f"pan {pan:+.2f}",
            f"Rendered, its right side lies {now:+.1f} dB over its left; {wanted:+.1f} dB were meant.",
            {"right_over_left_db": now, "wanted_db": wanted},
            {f"strips.{strip.id}.pan": rounded(pan)},
        )


def _wet(desk: Desk, mix: Mix, heard: Heard) -> list[Finding]:
    """Returns against what was meant for the strips as they sound now."""
    fed = {id: sound.power for id, sound in heard.strips.items()}
    found = []
    for ret in mix.returns:
        meant = next(r for r in desk.mix.returns if r.id == ret.id)
        wanted = wet_lufs(desk.mix, meant, fed, desk.analysis.sample_rate)
        sound = heard.returns.get(ret.id)
        if sound is None or wanted <= SILENCE_DB:
            continue
        off = sound.loudness_lufs - wanted
        if abs(off) <= WET_TOLERANCE_DB:
            continue
        fader = float(np.clip(ret.fader_db - off, -60.0, 12.0))
        found.append(
            Finding(
                "space",
                ret.id,
                off,
                WET_TOLERANCE_DB,
                f"{ret.id} {_too(off, 'loud', 'quiet')}",
                f"{fader - ret.fader_db:+.1f} dB",
                f"Rendered, it lies {sound.loudness_lufs - heard.total.loudness_lufs:.1f} LU re the mix; "
                f"{wanted - heard.total.loudness_lufs:.1f} were meant.",
                {"heard_lufs": sound.loudness_lufs, "wanted_lufs": wanted, "wet_re_mix_lu": heard.wet_lu},
                {f"returns.{ret.id}.fader_db": rounded(fader)},
            )
        )
    return found


def _lead(desk: Desk, intent: Intent, mix: Mix, heard: Heard, pending: Mapping[str, float]) -> Finding | None:
    """The lead against all it sings with, where it sings, as it will stand behind the pending faders."""
    lead = desk.lead
    if lead is None or lead.role is not Role.LEAD_VOCAL or lead.id not in intent.power:
        return None
    curves = {
        id: sound.frame_power @ k_weights() * 10 ** (pending.get(id, 0.0) / 10)
        for id, sound in heard.strips.items()
    }
    sung = sum(curves[t.id] for t in desk.with_role(Role.LEAD_VOCAL) if t.id in curves)
    rest = sum(curves.values()) - sung
    singing = curves[lead.id] > 0.05 * curves[lead.id].max()
    if not singing.any() or not np.any(rest[singing] > 0):
        return None
    ratio = power_to_db(float(sung[singing].mean())) - power_to_db(float(rest[singing].mean()))
    usual = desk.genre.vocals
    off = ratio - usual.lead_to_rest_db
    beyond = float(np.sign(off) * max(abs(off) - usual.tolerance_db, 0.0))
    if abs(beyond) < 0.3:
        return None
    intent.shift_db[lead.id] = intent.shift_db.get(lead.id, 0.0) - beyond
    strip = _strip(mix, lead.id)
    fader = float(np.clip(strip.fader_db + pending.get(lead.id, 0.0) - beyond, -60.0, 12.0))
    return Finding(
        "lead",
        lead.id,
        off,
        usual.tolerance_db,
        f"{lead.id} {_too(off, 'loud', 'quiet')} against the rest",
        f"fader {fader - strip.fader_db:+.1f} dB",
        f"While it sings, it stands {ratio:+.1f} dB against all else; {usual.lead_to_rest_db:+.1f} dB "
        f"within {usual.tolerance_db:g} dB suits {desk.genre.name}.",
        {"lead_to_rest_db": ratio, "wanted_db": usual.lead_to_rest_db},
        {f"strips.{lead.id}.fader_db": rounded(fader)},
    )


def _sides(desk: Desk, mix: Mix, heard: Heard) -> list[Finding]:
    """Left and right of the whole: single tracks of the heavier side move inwards."""
    off = heard.total.balance_db
    if abs(off) <= SIDES_TOLERANCE_DB:
        return []
    heavy = float(np.sign(off))
    strips = [s for s in mix.strips if s.pan * heavy > 0.05 and desk.track(s.id).channels == 1]
    if not strips:
        return []
    low, high = 0.5, 1.0
    for _ in range(10):
        factor = 0.5 * (low + high)
        if _balance_with(heard, strips, factor) * heavy > 0:
            high = factor
        else:
            low = factor
    return [
        Finding(
            "sides",
            "master",
            off,
            SIDES_TOLERANCE_DB,
            f"{'right' if off > 0 else 'left'} side {abs(off):.1f} dB heavier",
            f"{len(strips)} tracks there moved in by {1 - factor:.0%}",
            "Rendered, with reverbs and all, the two sides of the mix are not level.",
            {"right_over_left_db": off, "factor": factor},
            {f"strips.{s.id}.pan": rounded(s.pan * factor) for s in strips},
        )
    ]


def _balance_with(heard: Heard, strips: Sequence[Strip], factor: float) -> float:
    left, right = (float(power @ k_weights()) for power in heard.total.side_power)
    for strip in strips:
        power = float(heard.strips[strip.id].side_power.sum(axis=0) @ k_weights())
        for pan, sign in ((strip.pan, -1), (strip.pan * factor, 1)):
            angle = (pan + 1) * np.pi / 4
            left += sign * power * float(np.cos(angle)) ** 2
            right += sign * power * float(np.sin(angle)) ** 2
    return power_to_db(max(right, 1e-20)) - power_to_db(max(left, 1e-20))


def _peaks(desk: Desk, intent: Intent, mix: Mix, heard: Heard) -> list[Finding]:
    """Peaks that stand too high: the bus that holds them goes deeper, or the one making them begins to."""
    over = heard.mix.peak_dbfs - (heard.mix.loudness_lufs - intent.mix_above_song_lu)
    off = over - most_peak_to_loudness_lu(desk)
    if off <= PEAKS_TOLERANCE_DB:
        return []
    bus = next((bus for bus in mix.buses if holds_peaks(bus)), None)
    if bus is not None:
        deeper = min(off, MOST_DEEPER_DB) / (1 - 1 / bus.compressor.ratio)
        threshold = float(np.clip(bus.compressor.threshold_db - deeper, -60.0, 0.0))
        target = bus.id
        correction = f"threshold {threshold - bus.compressor.threshold_db:+.1f} dB"
        changes: Mapping[str, Value] = {f"buses.{bus.id}.compressor.threshold_db": rounded(threshold)}
    else:
        hold = None if "buses" in desk.project.brief.without else find_hold(desk, off)
        if hold is None:
            return []
        target, changes = hold.bus, {path: rounded(value) for path, value in hold.changes.items()}
        correction = f"peaks held {hold.held_db:.1f} dB lower above {hold.settings.threshold_db:.1f} dBFS"
    return [
        Finding(
            "peaks",
            target,
            off,
            PEAKS_TOLERANCE_DB,
            f"peaks of {target} {off:.1f} dB too high",
            correction,
            f"Rendered, the mix peaks {over:.1f} dB above the loudness of the song.",
            {"peak_to_loudness_lu": over, "most_lu": over - off},
            changes,
        )
    ]


def _drive(desk: Desk, intent: Intent, mix: Mix, heard: Heard) -> list[Finding]:
    """A master that is louder than asked for."""
    wanted = desk.project.brief.loudness_lufs + intent.mix_above_song_lu
    off = heard.master.loudness_lufs - wanted
    if off <= DRIVE_TOLERANCE_LU:
        return []
    drive = mix.master.drive_db - off
    if -heard.limiting_db > MAX_PEAK_REDUCTION_DB:  # loudness says little there: what goes in counts
        drive = min(drive, wanted - heard.mix.loudness_lufs)
    drive = float(np.clip(drive, -40.0, 60.0))
    return [
        Finding(
            "limiting",
            "master",
            off,
            DRIVE_TOLERANCE_LU,
            f"master {off:.1f} LU too loud, the limiter takes {-heard.limiting_db:.1f} dB",
            f"drive {drive - mix.master.drive_db:+.1f} dB",
            f"The excerpts come out at {heard.master.loudness_lufs:.1f} LUFS where {wanted:.1f} agree with "
            f"{desk.project.brief.loudness_lufs:g} LUFS for the song; "
            f"{heard.mix.peak_dbfs - heard.mix.loudness_lufs:.1f} dB of peak over loudness became "
            f"{heard.master.peak_dbfs - heard.master.loudness_lufs:.1f}.",
            {
                "heard_lufs": heard.master.loudness_lufs,
                "wanted_lufs": wanted,
                "limiting_db": heard.limiting_db,
            },
            {"master.drive_db": rounded(drive)},
        )
    ]


def _missing_db(wanted: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """What a spectrum lacks (positive) against the wanted one whatever their levels, (bands,).

    0 where the track has no strength. The level is that of the middle band in order of difference, among two
    thirds as many that agree: where few bands differ by much it is the tone that is wrong, not the level.
    """
    level = power_db(wanted)
    relevant = (level > level.max() - RELEVANT_DB) & (CENTERS_HZ > 35) & (CENTERS_HZ < 15000)
    difference = level - power_db(np.maximum(heard, wanted.max() * 1e-6))
    agreeing = np.zeros(2 * int(relevant.sum()) // 3)
    level_db = float(np.median(np.concatenate((difference[relevant], agreeing))))
    return np.where(relevant, difference - level_db, 0.0)


def _over_octaves(difference_db: np.ndarray) -> np.ndarray:
    """Mean over each band and its neighbours, of those that count (are not 0)."""
    counting = np.convolve(np.pad((difference_db != 0).astype(float), 1), np.ones(3), "valid")
    sums = np.convolve(np.pad(difference_db, 1), np.ones(3), "valid")
    return np.where(difference_db != 0, sums / np.maximum(counting, 1.0), 0.0)


def _equalised(strip: Strip, missing_db: np.ndarray, worst: int, sample_rate: int) -> dict[str, Value]:
    """Gains of the equaliser's bands, one of them new at the worst place, that make up what is missing."""
    bands = {f"band{k}": getattr(strip.equalizer, f"band{k}") for k in range(1, 7)}
    moves = {
        name: (band.kind, band.frequency_hz, band.q)
        for name, band in bands.items()
        if band.on and band.gain_db != 0 and band.kind != "notch"
    }
    free = next((name for name, band in bands.items() if band.gain_db == 0 and band.kind != "notch"), None)
    if free is not None:
        moves[free] = ("bell", float(CENTERS_HZ[worst]), BELL_Q)
    if not moves:
        return {}
    shapes = np.stack([band_unit_db(*move, sample_rate) for move in moves.values()], axis=1)
    before = np.array([bands[name].gain_db for name in moves])
    wanted = _few_gains(shapes, missing_db)
    gains = within_budget(before, wanted)
    if free is not None and not np.array_equal(gains, wanted):  # bands in use may do it, and for less
        used = np.append(_few_gains(shapes[:, :-1], missing_db), 0.0)
        gains = within_budget(before, used)
    changes: dict[str, Value] = {}
    for (name, (kind, hz, q)), gain in zip(moves.items(), gains, strict=True):
        if abs(gain) < SMALLEST_EQ_DB:
            continue
        base = f"strips.{strip.id}.equalizer.{name}"
        if name == free:
            changes |= {f"{base}.kind": kind, f"{base}.frequency_hz": rounded(hz), f"{base}.q": q}
        changes[f"{base}.gain_db"] = rounded(
            float(np.clip(bands[name].gain_db + gain, -MOST_EQ_DB, MOST_EQ_DB))
        )
    return changes


def within_budget(before_db: np.ndarray, change_db: np.ndarray) -> np.ndarray:
    """As much of some changes of an equaliser as its budget bears; what lowers its total is always borne."""
    bearable = max(BUDGET_DB, float(np.abs(before_db).sum()))
    for share in (1.0, 0.75, 0.5, 0.25):
        if np.abs(before_db + share * change_db).sum() <= bearable:
            return np.asarray(share * change_db)
    return np.zeros(change_db.size)


def _few_gains(shapes: np.ndarray, missing_db: np.ndarray) -> np.ndarray:
    """Gains in dB of the fewest bands that make up what is missing, 0 for the others.

    Bands are added one by one, each time the one that leaves least, as long as it takes a good part of what
    was left.

    Parameters
    ----------
    shapes : np.ndarray, shape (bands, moves)
        Response of each move per dB.
    missing_db : np.ndarray, shape (bands,)
        0 where the track has no strength.
    """
    weight = np.where(missing_db != 0, 1.0, WEAK_WEIGHT)
    gains, left = np.zeros(shapes.shape[1]), float(weight @ missing_db**2)
    chosen: list[int] = []
    for _ in range(MOST_CORRECTED_BANDS):
        tried = []
        for k in set(range(shapes.shape[1])) - set(chosen):
            used = shapes[:, [*chosen, k]]
            price = EQ_PRICE * np.eye(used.shape[1])
            gain = np.linalg.solve(used.T @ (weight[:, None] * used) + price, used.T @ (weight * missing_db))
            tried.append((float(weight @ (missing_db - used @ gain) ** 2), k, gain))
        if not tried:
            break
        rest, best, gain = min(tried, key=lambda found: found[:2])
        if rest > (1 - LEAST_TAKEN) * left:
            break
        chosen.append(best)
        left = rest
        gains = np.zeros(shapes.shape[1])
        gains[chosen] = gain
    return gains


def _strip(mix: Mix, id: str) -> Strip:
    return next(strip for strip in mix.strips if strip.id == id)


def _lufs(power: np.ndarray) -> float:
    return power_to_db(float(power @ k_weights())) - 0.691


def _too(off: float, more: str, less: str) -> str:
    return f"{abs(off):.1f} dB too {more if off > 0 else less}"
