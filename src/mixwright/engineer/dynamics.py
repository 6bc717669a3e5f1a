"""Compressors, gates and de-essers of the strips, as far as the measured dynamics ask for them."""

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, band_slice
from mixwright.analysis.track import SIBILANT_HZ, TrackAnalysis
from mixwright.dsp.compressor import Compressor
from mixwright.engineer.desk import Desk
from mixwright.engineer.estimate import loudest_envelope, threshold_for
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import db_to_gain

LEAST_EXCESS_LU = 2.0
MOST_REDUCTION_DB = 4.0
LEAST_SHARE = 0.1
"""Genres and finished tracks that want less of the usual reduction than this get no compressor."""

STRUCK = (Role.KICK, Role.SNARE, Role.TOMS, Role.HIHAT, Role.CYMBALS, Role.PERCUSSION)
LEAST_HIT_SPREAD_DB = 4.0
"""Single drums are compressed only where their hits differ by more."""

CREST_WINDOW_S = 0.2
USUAL_SQUARE_CREST = 4.5
USUAL_STRUCK_CREST = 11.0
"""Medians over 150 raw tracks: 3.8 to 5.4 for voices, basses, guitars and synths, 9 to 15 for drums."""
TIMES_RANGE = (0.5, 2.0)

SIBILANCE_DB = -13.0
"""Level of 5-9 kHz at its loudest re the mean power of a voice from which it hisses."""

LEAST_BURSTS_DB = 6.0

GATED = (Role.KICK, Role.SNARE, Role.TOMS)
GATE_SPAN_DB = (16.0, 45.0)


def shape_dynamics(desk: Desk) -> None:
    """Gate, compressor and de-esser of every strip."""
    gates = desk.genre.dynamics.gates and desk.rough.restraint < 0.5 and bool(desk.with_role(Role.OVERHEADS))
    for track in desk.playing:
        measured = desk.track(track.id)
        if gates and track.role in GATED:
            _gate(desk, track, measured)
        _compress(desk, track, measured)
        if track.role.group is RoleGroup.VOCALS:
            _de_ess(desk, track, measured)


def _compress(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    usual = desk.norm(track).compression
    excess = measured.peak_to_loudness_lu - usual.peak_to_loudness_lu
    share = desk.genre.dynamics.compression * (1 - desk.rough.restraint)
    if share < LEAST_SHARE or usual.used < 0.25 or excess < LEAST_EXCESS_LU or measured.active_s < 2.0:
        return
    if track.role in STRUCK and measured.hit_spread_db < LEAST_HIT_SPREAD_DB:
        return  # equal hits: their height over the mean is their nature
    ratio = float(np.clip(usual.ratio * (0.75 + 0.05 * excess), 1.5, 1.5 * usual.ratio))
    attack, release = times_ms(measured, track.role, usual.attack_ms, usual.release_ms)
    before = desk.estimate(track.id)
    settings = Compressor(
        ratio=round(ratio, 1),
        knee_db=6.0,
        attack_ms=attack,
        release_ms=release,
    )
    gain = before.loudness_lufs - measured.integrated_lufs
    envelope = loudest_envelope(measured.envelope, measured.envelope_s) * db_to_gain(gain)
    wanted = float(np.clip(0.3 * excess, 0.6, MOST_REDUCTION_DB)) * share
    settings, reduction = threshold_for(settings, envelope, measured.envelope_s, wanted)
    base = f"strips.{track.id}.compressor"
    desk.note(
        "dynamics",
        track.id,
        f"compressor {settings.ratio:g}:1 above {settings.threshold_db:.1f} dBFS",
        f"Its peaks stand {measured.peak_to_loudness_lu:.1f} dB above its loudness, {excess:.1f} dB more "
        f"than is "
        f"usual in a mix; about {-reduction:.1f} dB less power while it plays brings them nearer. Attack "
        f"{attack:g} ms and release {release:.0f} ms suit a crest of {square_crest(measured):.1f} in 0.2 s "
        f"and {measured.onsets_per_s:.1f} notes per second.",
        {
            "peak_to_loudness_lu": measured.peak_to_loudness_lu,
            "usual_peak_to_loudness_lu": usual.peak_to_loudness_lu,
            "onsets_per_s": measured.onsets_per_s,
            "square_crest": square_crest(measured),
            "crest_db": measured.crest_db,
            "hit_spread_db": measured.hit_spread_db,
            "gain_reduction_db": -reduction,
        },
        {
            f"{base}.threshold_db": settings.threshold_db,
            f"{base}.ratio": settings.ratio,
            f"{base}.knee_db": settings.knee_db,
            f"{base}.attack_ms": settings.attack_ms,
            f"{base}.release_ms": settings.release_ms,
            f"{base}.makeup_db": float(np.clip(-reduction, 0, 12)),
        },
        0.6,
    )


def square_crest(measured: TrackAnalysis) -> float:
    """Peak over mean power inside windows of 0.2 s while the track plays, their median; 2 for a sine."""
    width = max(2, round(CREST_WINDOW_S / measured.envelope_s))
    count = measured.envelope.size // width
    power = measured.envelope[: count * width].astype(np.float64).reshape(count, width) ** 2
    mean = power.mean(axis=1)
    if not mean.any():
        return 2.0
    playing = mean > mean.max() * 1e-3
    return float(np.median(2.0 * power.max(axis=1)[playing] / mean[playing]))


def times_ms(
    measured: TrackAnalysis, role: Role, usual_attack_ms: float, usual_release_ms: float
) -> tuple[float, float]:
    """Attack and release: both go with one over the squared crest (Giannoulis, Massberg, Reiss 2013).

    The role's usual times belong to the usual crest; half and twice of them are the bounds. The release ends
    before the next note where notes come fast.
    """
    usual = USUAL_STRUCK_CREST if role.group is RoleGroup.DRUMS else USUAL_SQUARE_CREST
    change = float(np.clip(usual / square_crest(measured), *TIMES_RANGE))
    attack, release = usual_attack_ms * change, usual_release_ms * change
    if measured.onset_times_s.size >= 8:
        gap_ms = 1000.0 * float(np.median(np.diff(measured.onset_times_s)))
        release = min(release, 0.6 * gap_ms)
    return round(attack, 1), float(round(np.clip(release, 40.0, 400.0)))


def _de_ess(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    sibilance = measured.sibilance_db
    if sibilance < SIBILANCE_DB or sibilance_bursts_db(measured) < LEAST_BURSTS_DB:
        return  # a voice that is bright all the time does not hiss: its equaliser's business
    bands = band_slice(*SIBILANT_HZ)
    power = measured.frame_power[measured.active][:, bands]
    centre = float(CENTERS_HZ[bands][int(np.argmax(np.percentile(power, 97, axis=0)))])
    estimate = desk.estimate(track.id)
    gain = estimate.loudness_lufs - measured.integrated_lufs
    level = 10 * np.log10(np.percentile(power.sum(axis=1), 85) + 1e-20) + gain
    depth = float(np.clip(0.7 * (sibilance - SIBILANCE_DB) + 2.0, 2.0, 7.0))
    base = f"strips.{track.id}.dynamic1"
    desk.note(
        "dynamics",
        track.id,
        f"de-esser, up to {depth:.1f} dB at {centre / 1000:.1f} kHz",
        f"Its loudest s sounds lie {-sibilance:.1f} dB below the voice as a whole; beyond "
        f"{-SIBILANCE_DB:g} dB below they hiss.",
        {"sibilance_db": sibilance, "threshold_level_db": float(level)},
        {
            f"{base}.kind": "bell",
            f"{base}.frequency_hz": centre,
            f"{base}.q": 1.2,
            f"{base}.threshold_db": float(np.clip(level, -79, -1)),
            f"{base}.ratio": 4.0,
            f"{base}.range_db": -depth,
            f"{base}.attack_ms": 1.0,
            f"{base}.release_ms": 60.0,
        },
        0.6,
    )


def sibilance_bursts_db(measured: TrackAnalysis) -> float:
    """How far s sounds rise above what the voice has at 5 to 9 kHz half of the time."""
    power = measured.frame_power[measured.active][:, band_slice(*SIBILANT_HZ)].sum(axis=1)
    if not power.size:
        return 0.0
    top, middle = np.percentile(power, (97, 50))
    return float(10 * np.log10((top + 1e-20) / (middle + 1e-20)))


def _gate(desk: Desk, track: Track, measured: TrackAnalysis) -> None:
    """Closes a drum microphone between hits when what it picks up there is clearly spill."""
    envelope = measured.envelope[measured.envelope > 0]
    if envelope.size < 100 or measured.onset_times_s.size < 2:
        return
    hit, between = (20 * np.log10(np.percentile(envelope, p)) for p in (99.5, 40))
    span = float(hit - between)
    if not GATE_SPAN_DB[0] <= span <= GATE_SPAN_DB[1]:
        return
    gain = desk.estimate(track.id).loudness_lufs - measured.integrated_lufs
    weakest = 20 * np.log10(np.percentile(_hit_peaks(measured), 10) + 1e-10)
    threshold = min(weakest - 6.0, between + 0.6 * span)
    if threshold - between < 6.0:
        return
    base = f"strips.{track.id}.gate"
    desk.note(
        "dynamics",
        track.id,
        f"gate at {threshold + gain:.0f} dBFS",
        f"Between its hits the microphone holds spill {span:.0f} dB below them; its softest hits stay "
        f"{weakest - threshold:.0f} dB above the threshold.",
        {"hit_dbfs": float(hit), "between_dbfs": float(between), "softest_hit_dbfs": float(weakest)},
        {
            f"{base}.threshold_db": float(np.clip(threshold + gain, -79, -1)),
            f"{base}.range_db": 12.0,
            f"{base}.attack_ms": 0.5,
            f"{base}.hold_ms": 60.0,
            f"{base}.release_ms": 250.0 if track.role is Role.TOMS else 140.0,
        },
        0.5,
    )


def _hit_peaks(measured: TrackAnalysis) -> np.ndarray:
    steps = np.round(measured.onset_times_s / measured.envelope_s).astype(int)
    reach = np.minimum(steps[:, None] + np.arange(6), measured.envelope.size - 1)
    return np.asarray(measured.envelope[reach].max(axis=1))
