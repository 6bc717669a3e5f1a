"""Are the levels the tracks came with a balance somebody made, or accidents of recording?

Three signs, each with a plain reason, weighed by a logistic rule fitted on songs at their makers' levels
(stems printed by an artist, projects at the author's faders), the same with random gains, and raw recordings:

- headroom: whoever listens to a sum keeps it near full scale; gains nobody chose overshoot it;
- families: parts of one family (drums, vocals ...) stand to each other as they usually do in mixes;
- peaks: printed tracks were compressed and edited, raw ones have their peaks still.

Faders left alone are not meaningless even where nobody set a balance: in MixologyDB, the mixes of engineers
are 3.1 LU from the consensus at zero faders and 4.4 LU from one another. So levels held for accidents keep
the share of `Norm.keep` in raw recordings, less where they spread more than levels in mixes do, and
`LEAST_KEPT` where the tracks were produced before (presets, samples, prints).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mixwright.analysis.song import SongAnalysis
from mixwright.engineer.norms import DRUM_PART_LU, KIT_LU, NORMS
from mixwright.project import Track
from mixwright.roles import Role
from mixwright.units import SILENCE_DB, power_to_db

if TYPE_CHECKING:
    from mixwright.engineer.desk import Desk

INTERCEPT = 2.46
PER_DB_OVER = -0.17
PER_DB_APART = -0.33
PER_DB_PEAKS = -0.42
"""The rule: log odds of a made balance per dB of each sign."""

KEPT_FROM, KEPT_WHOLE = 0.4, 0.8
"""Probability from which given levels begin to count as chosen, and from which they stay as they are."""

RECORDED_PEAKS_LU = (1.5, 3.0)
"""Peaks over loudness, against those usual in mixes, between which tracks turn from produced ones (presets,
samples, prints) to raw recordings, whose levels engineers keep in the share of `Norm.keep`."""

LEAST_KEPT = 0.35
"""Share of the given levels of produced tracks that is kept even where nobody seems to have chosen them.

Levels usual for a role miss those of a song by 5 to 6 dB (r.m.s.), random gains of up to 12 dB either way by
7: the best guess lies about a third of the way towards the given level (30 / (30 + 48))."""

USUAL_APART_DB = 5.0
"""For songs where no two tracks are of one family."""

USUAL_SPREAD_DB = 5.0
"""Levels of a role differ by this much between mixes (MixologyDB, 3 to 6 dB)."""

WILD_PROBABILITY = (0.2, 0.3)
"""Levels less likely made than this are wilder than those of raw recordings."""

PLACED_SHARES = (0.3, 0.5)
"""Finished tracks have their place and their room: the share of them that differ between left and right, from
what synthesisers give out to what an artist's printed stems show (0.57 to 0.90)."""

SAME_SIDES = 0.995
"""Correlation of left and right from which a stereo file is mono."""

PRINTED_PEAKS_LU = 2.5
"""Peaks over loudness, against those usual in mixes, under which tracks count as processed."""


@dataclass(frozen=True)
class RoughSigns:
    """What the levels of a song show."""

    sum_peak_dbfs: float
    family_misfit_db: float
    peak_excess_lu: float


@dataclass(frozen=True)
class Rough:
    """How far the given levels are believed, per track."""

    probability: float = 0.0
    """That somebody made this balance."""
    processed: float = 0.0
    """How far the tracks sound finished already, 0..1."""
    kept: dict[str, float] = field(default_factory=dict)
    """Share of the given level that stays, by track id."""
    accidental: float = 1.0
    """Share of `Norm.keep` that levels held for accidents still get; 0 where they are to be ignored."""

    def keep(self, id: str) -> float:
        return self.kept.get(id, 0.0)

    @property
    def restraint(self) -> float:
        """How much less than usual finished tracks are to be worked on, 0..1.

        A printed track stays printed whatever gain it was given since.
        """
        return self.processed


def rough_signs(tracks: Sequence[Track], analysis: SongAnalysis) -> RoughSigns | None:
    """The signs; None where fewer than two tracks sound."""
    found = [t for t in tracks if t.id in analysis.tracks and analysis[t.id].integrated_lufs > -70.0]
    if len(found) < 2:
        return None
    excess = [
        analysis[t.id].peak_to_loudness_lu - NORMS[t.role].compression.peak_to_loudness_lu for t in found
    ]
    return RoughSigns(
        _sum_peak_dbfs(found, analysis), _family_misfit_db(found, analysis), float(np.mean(excess))
    )


def made_probability(signs: RoughSigns) -> float:
    """Probability that somebody made the balance."""
    odds = (
        INTERCEPT
        + PER_DB_OVER * signs.sum_peak_dbfs
        + PER_DB_APART * signs.family_misfit_db
        + PER_DB_PEAKS * signs.peak_excess_lu
    )
    return float(1.0 / (1.0 + np.exp(-odds)))


def judge_rough(desk: "Desk") -> None:
    """Decides how far the given levels count, and says so."""
    brief = desk.project.brief
    signs = rough_signs(desk.playing, desk.analysis)
    if signs is None:
        desk.rough = Rough()
        return
    probability = made_probability(signs)
    wishes = {track.id: brief.rough_tracks.get(track.id, brief.rough) for track in desk.playing}
    printed = float(np.interp(_placed_share(desk), PLACED_SHARES, (0.0, 1.0)))
    share = float(np.interp(probability, (KEPT_FROM, KEPT_WHOLE), (0.0, 1.0)))
    recorded = float(np.interp(signs.peak_excess_lu, RECORDED_PEAKS_LU, (0.0, 1.0)))
    kept = {}
    for track in desk.playing:
        least = min(LEAST_KEPT, desk.norm(track).keep) * (1 - recorded)
        found = least + (1 - least) * share * printed
        kept[track.id] = {"keep": 1.0, "ignore": 0.0}.get(wishes[track.id], found)
    spread = _level_spread_db(desk)
    accidental = 0.0 if brief.rough == "ignore" else recorded * _accidental_share(probability, spread)
    processed = float(1.0 / (1.0 + np.exp(2.0 * (signs.peak_excess_lu - PRINTED_PEAKS_LU))))
    processed *= printed
    desk.rough = Rough(probability, processed, kept, accidental)
    _note(desk, signs, spread)


def _accidental_share(probability: float, spread: float) -> float:
    """Share of `Norm.keep` for levels nobody chose: less where even raw tracks do not spread like that."""
    wild = min(1.0, (USUAL_SPREAD_DB / max(spread, 1e-6)) ** 2)
    return float(np.interp(probability, WILD_PROBABILITY, (wild, 1.0)))


def _note(desk: "Desk", signs: RoughSigns, spread: float) -> None:
    rough, wish = desk.rough, desk.project.brief.rough
    made = rough.probability >= 0.5
    words = (
        f"the sum peaks near {signs.sum_peak_dbfs:+.1f} dBFS, tracks of one family lie "
        f"{signs.family_misfit_db:.1f} dB from how they usually stand to each other, "
        f"peaks {signs.peak_excess_lu:+.1f} dB against those in mixes"
    )
    held = "a balance somebody made" if made else "accidents of recording"
    sure = rough.probability if made else 1 - rough.probability
    summary = {
        "keep": "given levels kept, as asked",
        "ignore": "given levels ignored, as asked",
    }.get(wish, f"given levels look like {held} ({sure:.0%} sure)")
    mean = float(np.mean(list(rough.kept.values())))
    desk.note(
        "rough",
        "",
        summary,
        f"The levels look like {held}: {words}. Of the given levels {mean:.0%} stay, of the rest as much as "
        f"engineers keep of raw levels, times {rough.accidental:.2f}.",
        {
            "probability_made": rough.probability,
            "sum_peak_dbfs": signs.sum_peak_dbfs,
            "family_misfit_db": signs.family_misfit_db,
            "peak_excess_lu": signs.peak_excess_lu,
            "level_spread_db": spread,
            "kept_share": mean,
            "restraint": rough.restraint,
        },
        confidence=1.0 if wish != "auto" else max(sure, 0.5),
    )


def usual_level_lu(role: Role) -> float:
    """Usual level of a track re the lead; drums as parts of a kit."""
    if role in DRUM_PART_LU and role is not Role.DRUM_KIT:
        return KIT_LU + DRUM_PART_LU[role]
    return NORMS[role].level_lu


def _sum_peak_dbfs(tracks: Sequence[Track], analysis: SongAnalysis) -> float:
    """About the highest peak of the sum: envelopes added as powers."""
    power = np.zeros(max(analysis[t.id].envelope.size for t in tracks))
    for track in tracks:
        envelope = analysis[track.id].envelope.astype(np.float64)
        power[: envelope.size] += envelope**2
    return power_to_db(float(power.max())) if power.any() else SILENCE_DB


def _family_misfit_db(tracks: Sequence[Track], analysis: SongAnalysis) -> float:
    """Median over all pairs of one family: how far their distance in level is from the usual one."""
    off = {t.id: analysis[t.id].integrated_lufs - usual_level_lu(t.role) for t in tracks}
    apart = [abs(off[a.id] - off[b.id]) for a, b in combinations(tracks, 2) if a.role.group is b.role.group]
    return float(np.median(apart)) if apart else USUAL_APART_DB


def _placed_share(desk: "Desk") -> float:
    """Share of the tracks whose left and right differ."""
    return float(np.mean([abs(desk.track(t.id).correlation) < SAME_SIDES for t in desk.playing]))


def _level_spread_db(desk: "Desk") -> float:
    """Spread of raw levels about those usual for the roles."""
    off = [desk.track(t.id).integrated_lufs - desk.norm(t).raw_lu for t in desk.playing]
    return float(np.sqrt(np.mean((np.array(off) - np.median(off)) ** 2)))
