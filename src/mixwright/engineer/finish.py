"""The last two numbers of a mix: its trim, and the drive that brings the master to its loudness."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from mixwright.analysis.envelope import EnvelopeMeter
from mixwright.analysis.loudness import CURVE_STEP_S, SHORT_TERM_S, LoudnessMeter
from mixwright.analysis.true_peak import TruePeakMeter
from mixwright.console.mastering import run_master
from mixwright.mix_model import Master, Mix
from mixwright.params import Param, declarations
from mixwright.project import Brief, Decision
from mixwright.units import SILENCE_DB

MIX_PEAK_DBTP = -6.0
"""Peak of mix.wav: room for whoever masters it."""

MAX_PEAK_REDUCTION_DB = 6.0
"""Most that peaks of the loudest 3 s may be taken down for loudness; beyond it punch is lost."""

LOUDNESS_TOLERANCE_LU = 0.03
"""Nearer than this the search for the drive ends."""

MISS_LU = 0.1
"""Beyond this the target counts as missed: EBU's own tolerance for loudness meters."""

ROUNDS = 8
_DRIVE = declarations(Master)["drive_db"]
assert isinstance(_DRIVE, Param)
DRIVE_RANGE_DB = (_DRIVE.min, _DRIVE.max)
DRIVE_STEP_DB = 1e-3
PUNCH = "below the loudness target, to keep the punch of the loudest 3 s"
UNMEASURED = "too short or too quiet for a loudness measurement, so the master keeps the mix's level"

Totals = Callable[[], Iterable[tuple[int, np.ndarray]]]
"""Gives the untrimmed sum of the mix bus from its start, each time it is called."""


@dataclass(frozen=True)
class Finish:
    """The finished mix and what was measured on the way."""

    mix: Mix
    decisions: tuple[Decision, ...]
    loudness_lufs: float
    limiting_db: float
    target_met: bool
    note: str = ""
    """Why the target was missed."""


def finish(totals: Totals, mix: Mix, brief: Brief, sample_rate: int) -> Finish:
    """Sets ``master.trim_db``, ``master.drive_db`` and the limiter's ceiling on the rendered sum.

    The drive is solved on the real master chain, so it counts what EQ, glue and limiter do to loudness. It
    stops short of the target where the loudest 3 s would lose more than `MAX_PEAK_REDUCTION_DB` of peak.
    """
    peak = TruePeakMeter(2)
    for _, block in totals():
        peak.add(block)
    if peak.peak_dbtp <= SILENCE_DB:
        return Finish(mix, (), SILENCE_DB, 0.0, False, UNMEASURED)
    trim_db = _within(MIX_PEAK_DBTP - peak.peak_dbtp, -90, 60)
    mix = mix.with_values({"master.trim_db": trim_db, "master.limiter.ceiling_dbtp": brief.peak_dbtp})
    done = drive_to_loudness(totals, mix, brief, sample_rate)
    return replace(done, decisions=(_trim_decision(trim_db, peak.peak_dbtp), *done.decisions))


def drive_to_loudness(totals: Totals, mix: Mix, brief: Brief, sample_rate: int) -> Finish:
    """Sets ``master.drive_db`` alone, for the ceiling that the mix has; see `finish`."""
    before = _measure(totals, _unlimited(mix), sample_rate)
    if before.loudness <= SILENCE_DB:
        return Finish(mix, (), SILENCE_DB, 0.0, False, UNMEASURED)
    most = MAX_PEAK_REDUCTION_DB + brief.peak_dbtp - before.loudest_peak
    drive = _within(min(brief.loudness_lufs - before.loudness, most), *DRIVE_RANGE_DB)
    for _ in range(ROUNDS):
        driven = mix.with_values({"master.drive_db": drive})
        after = _measure(totals, driven, sample_rate)
        miss = brief.loudness_lufs - after.loudness
        following = _within(min(drive + miss, most), *DRIVE_RANGE_DB)
        if abs(miss) <= LOUDNESS_TOLERANCE_LU or abs(following - drive) < DRIVE_STEP_DB:
            break
        drive = following
    met = abs(miss) <= MISS_LU
    note = "" if met else _why_missed(driven.master.drive_db, miss, most)
    decision = _drive_decision(driven.master.drive_db, before, after, brief, note)
    return Finish(driven, (decision,), after.loudness, after.limiting_db, met, note)


@dataclass(frozen=True)
class _Measured:
    loudness: float
    loudest_peak: float
    """Highest peak, dBFS, inside the 3 s that are loudest (short-term)."""
    limiting_db: float


def _measure(totals: Totals, mix: Mix, sample_rate: int) -> _Measured:
    meter = LoudnessMeter(sample_rate, 2)
    envelope = EnvelopeMeter(sample_rate, 2)

    def take(block: np.ndarray) -> None:
        meter.add(block)
        envelope.add(block)

    bus = run_master(totals(), mix, sample_rate, on_master=take)
    curve = np.asarray(meter.short_term_curve_lufs)
    tops = envelope.finish()
    if curve.size:
        begin_s = CURVE_STEP_S * int(np.argmax(curve))
        around = np.array([begin_s - SHORT_TERM_S, begin_s + SHORT_TERM_S + CURVE_STEP_S])
        first, last = np.clip(np.round(around / envelope.step_s).astype(int), 0, tops.size)
        tops = tops[first:last]
    top = float(tops.max(initial=0.0))
    return _Measured(
        meter.integrated_lufs,
        20 * np.log10(top) if top > 0 else SILENCE_DB,
        bus.limiting_db if bus is not None else 0.0,
    )


def _unlimited(mix: Mix) -> Mix:
    return mix.with_values({"master.drive_db": 0.0, "master.limiter.on": False, "master.soft_clip.on": False})


def _trim_decision(trim_db: float, peak_dbtp: float) -> Decision:
    return Decision(
        id="mix_trim",
        kind="master",
        target="master",
        summary=f"mix {trim_db:+.1f} dB: peaks at {MIX_PEAK_DBTP:g} dBTP",
        reason=f"The sum peaked at {peak_dbtp:.1f} dBTP; the mix keeps {-MIX_PEAK_DBTP:g} dB of headroom.",
        evidence={"sum_peak_dbtp": peak_dbtp, "trim_db": trim_db},
        confidence=1.0,
        changes={"master.trim_db": trim_db},
    )


def _why_missed(drive_db: float, miss_lu: float, most_db: float) -> str:
    """What kept the master from its loudness; `miss_lu` is positive where it is too quiet."""
    lowest, highest = DRIVE_RANGE_DB
    if miss_lu < 0:
        at_end = drive_db <= lowest + DRIVE_STEP_DB
        why = f"the drive ends at {lowest:g} dB" if at_end else "more exactly the drive could not be found"
        return f"{-miss_lu:.1f} LU above the loudness target: {why}"
    if drive_db >= most_db - DRIVE_STEP_DB:
        return PUNCH
    at_end = drive_db >= highest - DRIVE_STEP_DB
    why = f"the drive ends at {highest:g} dB" if at_end else "more drive hardly makes it louder"
    return f"{miss_lu:.1f} LU below the loudness target: {why}"


def _drive_decision(drive: float, before: _Measured, after: _Measured, brief: Brief, note: str) -> Decision:
    target = brief.loudness_lufs
    reason = (
        f"The mix measured {before.loudness:.1f} LUFS before limiting, the target is {target:g} LUFS; "
        f"with this drive the master measures {after.loudness:.1f} LUFS and the limiter takes at most "
        f"{-after.limiting_db:.1f} dB."
    )
    if note:
        reason += f" The master is {note}."
    if note == PUNCH:
        reason += f" More would take over {MAX_PEAK_REDUCTION_DB:g} dB off their peaks."
    return Decision(
        id="master_drive",
        kind="master",
        target="master",
        summary=f"master {drive:+.1f} dB into the limiter: {after.loudness:.1f} LUFS",
        reason=reason,
        evidence={
            "loudness_before_lufs": before.loudness,
            "loudness_after_lufs": after.loudness,
            "target_lufs": target,
            "loudest_3s_peak_dbfs": before.loudest_peak,
            "limiting_db": after.limiting_db,
        },
        confidence=1.0,
        changes={"master.drive_db": drive, "master.limiter.ceiling_dbtp": brief.peak_dbtp},
    )


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
