"""Groups: glue, the parallel drum path, and room for the kick in the bass."""

from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import band_slice
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.saturation import Saturation, saturate
from mixwright.engineer.balance import mix_loudness_lufs
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import compressed_envelope, loudest_envelope, reduction_of, threshold_for
from mixwright.engineer.finish import MAX_PEAK_REDUCTION_DB
from mixwright.engineer.mix_tone import set_mix_tone
from mixwright.mix_model import Bus
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import db_to_gain, power_to_db

LIMITER_RESERVE_DB = 1.0
"""Peaks are held so far that the limiter stays by this below what it may take."""

LEAST_HELD_DB = 0.5
MOST_HELD_DB = 7.0
HOLD_RATIO = 5.0
MOST_MEAN_LOSS_DB = 4.0
MOST_ROUNDED_DB = 3.0
"""Saturation takes what the compressor cannot without pumping."""

GLUE_CREST_DB = 14.0
LEAST_GLUE_DB = 0.3
PARALLEL_CREST_DB = 15.0
PARALLEL_SEND_DB = -12.0

KICK_LOW = band_slice(45.0, 110.0)
LEAST_OVERLAP = 0.4
DUCK_DB = (1.5, 3.0)


def set_buses(desk: Desk) -> None:
    """The broad tone of all groups, peaks held or glue, parallel drums, kick-to-bass ducking."""
    if desk.playing:
        set_mix_tone(desk)
        desk.settle()
    held = _hold_peaks(desk)
    groups = (RoleGroup.DRUMS, RoleGroup.VOCALS) if desk.genre.dynamics.drum_bus else (RoleGroup.VOCALS,)
    for group in groups:
        if group is not held:
            _glue(desk, group)
    _parallel_drums(desk)
    for bass in desk.with_role(Role.BASS):
        _duck(desk, bass)


def group_envelope(desk: Desk, tracks: list[Track]) -> tuple[np.ndarray, float]:
    """Envelope of the sum of some strips behind their faders (powers added), and its step in seconds."""
    length = max((desk.track(track.id).envelope.size for track in tracks), default=0)
    power = np.zeros(length)
    step = 0.0058
    for track in tracks:
        measured = desk.track(track.id)
        gain = desk.post_fader_lufs(track.id) - measured.integrated_lufs
        power[: measured.envelope.size] += (measured.envelope * db_to_gain(gain)) ** 2
        step = measured.envelope_s
    return np.sqrt(power).astype(np.float32), step


def envelope_crest_db(envelope: np.ndarray) -> float:
    """Highest steps over the mean power of an envelope's sounding part."""
    power = envelope.astype(np.float64) ** 2
    sounding = power[power > power.max() * 1e-6] if power.any() else power
    if not sounding.size:
        return 0.0
    return power_to_db(float(np.percentile(sounding, 99.8))) - power_to_db(float(sounding.mean()))


@dataclass(frozen=True)
class Hold:
    """How one group takes the highest peaks of the mix down."""

    group: RoleGroup
    bus: str
    peak_dbfs: float
    settings: Compressor
    reduction_db: float
    """Change of the mean, 0 or negative."""
    held_db: float
    drive_db: float
    rounded_db: float

    @property
    def changes(self) -> dict[str, Value]:
        base, settings = f"buses.{self.bus}.compressor", self.settings
        return {
            f"{base}.threshold_db": settings.threshold_db,
            f"{base}.ratio": settings.ratio,
            f"{base}.knee_db": settings.knee_db,
            f"{base}.attack_ms": settings.attack_ms,
            f"{base}.release_ms": settings.release_ms,
            f"{base}.lookahead_ms": settings.lookahead_ms,
            f"{base}.makeup_db": float(np.clip(-self.reduction_db, 0, 6)),
            f"buses.{self.bus}.saturation.drive_db": self.drive_db,
        }


def _hold_peaks(desk: Desk) -> RoleGroup | None:
    """Takes the highest peaks of a mix down where they arise, in the group that makes them; gives that group.

    Otherwise the limiter of the master would have to, and everything would duck under every hit.
    """
    power = _group_powers(desk)
    total = np.sum(list(power.values()), axis=0) if power else np.zeros(0)
    if not total.any():
        return None
    over = power_to_db(float(total.max())) - mix_loudness_lufs(desk)
    most = most_peak_to_loudness_lu(desk)
    hold = find_hold(desk, over - most)
    if hold is None:
        return None
    tape = f" and {hold.rounded_db:.1f} dB by tape saturation" if hold.drive_db else ""
    desk.note(
        "buses",
        hold.bus,
        f"peaks held {hold.held_db:.1f} dB lower{tape}, {HOLD_RATIO:g}:1 above "
        f"{hold.settings.threshold_db:.1f} dBFS",
        f"The mix would peak {over:.1f} dB above its loudness, mixes usually do so by at most "
        f"{most:.1f}; most of its highest peaks are made here. The mean falls by "
        f"{-hold.reduction_db:.1f} dB, which is made up.",
        {
            "peak_to_loudness_lu": over,
            "peak_dbfs": hold.peak_dbfs,
            "gain_reduction_db": -hold.reduction_db,
            "held_db": hold.held_db,
            "saturated_db": hold.rounded_db,
        },
        hold.changes,
        0.6,
    )
    return hold.group


def find_hold(desk: Desk, over_db: float) -> Hold | None:
    """How to lower the peaks of the mix by `over_db`; None for next to nothing."""
    wanted = min(over_db, MOST_HELD_DB)
    power = _group_powers(desk)
    if wanted < LEAST_HELD_DB or not power:
        return None
    total = np.sum(list(power.values()), axis=0)
    top = total >= np.percentile(total, 99.9)
    group = max(power, key=lambda group: float(power[group][top].sum()))
    bus = desk.bus_of(group)
    if bus is None or not power[group].any():
        return None
    step = desk.track(desk.in_group(group)[0].id).envelope_s
    envelope = loudest_envelope(np.sqrt(power[group]).astype(np.float32), step)
    peak_dbfs = power_to_db(float(power[group].max()))
    settings, reduction, held = _held(envelope, step, peak_dbfs, wanted)
    makeup = float(np.clip(-reduction, 0, 6))
    rest = min(wanted - held, MOST_ROUNDED_DB)
    drive, rounded = _drive_for(peak_dbfs + reduction - held + makeup, rest) if rest > 0.3 else (0.0, 0.0)
    return Hold(group, bus, peak_dbfs, settings, reduction, held, drive, rounded)


def _group_powers(desk: Desk) -> dict[RoleGroup, np.ndarray]:
    """Squared envelope of every group that has a bus; none where the genre leaves peaks alone."""
    groups = [group for group in RoleGroup if desk.in_group(group) and desk.bus_of(group)]
    if not groups or not desk.genre.dynamics.drum_bus:
        return {}
    envelopes = {group: group_envelope(desk, desk.in_group(group))[0] for group in groups}
    length = max(envelope.size for envelope in envelopes.values())
    power = {group: np.zeros(length) for group in groups}
    for group, envelope in envelopes.items():
        power[group][: envelope.size] = envelope.astype(np.float64) ** 2
    return power


def most_peak_to_loudness_lu(desk: Desk) -> float:
    """How far the peaks of the mix may stand above its loudness.

    As far as in mixes of the genre, on finished tracks as far as the master can carry; never further.
    """
    dynamics, brief = desk.genre.dynamics, desk.project.brief
    usual = dynamics.peak_to_loudness_lu + 0.5 * dynamics.peak_to_loudness_spread_lu
    carried = brief.peak_dbtp - brief.loudness_lufs + MAX_PEAK_REDUCTION_DB - LIMITER_RESERVE_DB
    return min(usual + desk.rough.restraint * max(carried - usual, 0.0), carried)


def holds_peaks(bus: Bus) -> bool:
    """Whether a bus holds peaks, as `set_buses` lets it."""
    return bus.compressor.ratio >= HOLD_RATIO and bus.compressor.lookahead_ms > 0


def _held(
    envelope: np.ndarray, step_s: float, peak_dbfs: float, wanted_db: float
) -> tuple[Compressor, float, float]:
    """Settings that lower peaks against the mean by `wanted_db`, the change of the mean, what is reached."""
    for depth in np.arange(wanted_db, 3 * wanted_db, 0.5):
        settings = Compressor(
            ratio=HOLD_RATIO,
            knee_db=4.0,
            threshold_db=round(float(np.clip(peak_dbfs - depth / (1 - 1 / HOLD_RATIO) - 1.0, -60, 0)), 1),
            attack_ms=1.0,
            release_ms=50.0,
            lookahead_ms=2.0,
        )
        reduction, peak_change = reduction_of(settings, envelope, step_s)
        held = reduction - peak_change
        if held >= wanted_db or reduction < -MOST_MEAN_LOSS_DB:
            break
    return settings, reduction, held


def _drive_for(peak_dbfs: float, wanted_db: float) -> tuple[float, float]:
    """Drive of the saturation that rounds a peak of this level off by `wanted_db`, and what it does."""
    time = np.arange(2400) / 48000
    peak = (db_to_gain(peak_dbfs) * np.sin(2 * np.pi * 200 * time))[None].astype(np.float32)
    lowered = 0.0
    drive = 0.0
    for drive in np.arange(4.0, 15.0, 0.5):
        out = saturate(peak, 48000, Saturation(drive_db=float(drive)))[0, 1200:]
        lowered = peak_dbfs - power_to_db(float(np.abs(out).max()) ** 2)
        if lowered >= wanted_db:
            break
    return float(drive), lowered


def _glue(desk: Desk, group: RoleGroup) -> None:
    tracks, bus = desk.in_group(group), desk.bus_of(group)
    wanted = desk.genre.dynamics.bus_glue_db * (1 - desk.rough.restraint)
    if len(tracks) < 3 or bus is None or wanted < LEAST_GLUE_DB:
        return
    envelope, step = group_envelope(desk, tracks)
    crest = envelope_crest_db(envelope) + 3.0  # an envelope of peaks lies 3 dB above the power
    if crest < GLUE_CREST_DB:
        return
    settings = Compressor(ratio=2.0, knee_db=8.0, attack_ms=30.0, release_ms=150.0)
    settings, reduction = threshold_for(settings, loudest_envelope(envelope, step), step, wanted)
    base = f"buses.{bus}.compressor"
    desk.note(
        "buses",
        bus,
        f"glue 2:1 above {settings.threshold_db:.1f} dBFS",
        f"{len(tracks)} tracks meet here with peaks {crest:.1f} dB above their mean; about "
        f"{-reduction:.1f} dB of common "
        "gain reduction lets them move together.",
        {"crest_db": crest, "gain_reduction_db": -reduction, "tracks": float(len(tracks))},
        {
            f"{base}.threshold_db": settings.threshold_db,
            f"{base}.ratio": 2.0,
            f"{base}.knee_db": 8.0,
            f"{base}.attack_ms": 30.0,
            f"{base}.release_ms": 150.0,
            f"{base}.makeup_db": float(np.clip(-reduction, 0, 6)),
        },
        0.5,
    )


def _parallel_drums(desk: Desk) -> None:
    tracks, bus = desk.in_group(RoleGroup.DRUMS), desk.bus_of(RoleGroup.DRUMS)
    if bus is None or not tracks or not desk.genre.dynamics.parallel_drums or desk.rough.restraint > 0.5:
        return
    sends = desk.mix.channel(bus).sends
    if not sends:
        return
    envelope, step = group_envelope(desk, tracks)
    crest = envelope_crest_db(envelope) + 3.0
    if crest < PARALLEL_CREST_DB:
        return
    parallel = sends[0].to
    settings = Compressor(ratio=6.0, knee_db=6.0, attack_ms=5.0, release_ms=120.0)
    heard = loudest_envelope(envelope, step) * db_to_gain(PARALLEL_SEND_DB)
    settings, reduction = threshold_for(settings, heard, step, 6.0)
    makeup = float(np.clip(-reduction, 0, 12))
    added = _added_by_parallel(loudest_envelope(envelope, step), heard, settings, makeup, step)
    base = f"buses.{parallel}.compressor"
    desk.note(
        "buses",
        parallel,
        f"parallel drums at {PARALLEL_SEND_DB:g} dB, 6:1 above {settings.threshold_db:.1f} dBFS",
        f"The drums peak {crest:.1f} dB above their mean; a squeezed copy under them brings body up and "
        f"leaves the "
        f"hits alone. The drums step down by the {added:.1f} dB it adds.",
        {"crest_db": crest, "gain_reduction_db": -reduction, "added_db": added},
        {
            f"buses.{bus}.sends.{parallel}.level_db": PARALLEL_SEND_DB,
            f"buses.{bus}.fader_db": -added,
            f"{base}.threshold_db": settings.threshold_db,
            f"{base}.ratio": 6.0,
            f"{base}.knee_db": 6.0,
            f"{base}.attack_ms": 5.0,
            f"{base}.release_ms": 120.0,
            f"{base}.makeup_db": makeup,
        },
        0.4,
    )


def _added_by_parallel(
    dry: np.ndarray, heard: np.ndarray, settings: Compressor, makeup_db: float, step: float
) -> float:
    """Rise of power in dB when the squeezed copy joins the sound it comes from, in phase."""
    squeezed = compressed_envelope(settings, heard, step) * db_to_gain(makeup_db)
    both = power_to_db(float(np.mean((dry + squeezed) ** 2)))
    return both - power_to_db(float(np.mean(dry**2)))


def _duck(desk: Desk, bass: Track) -> None:
    """Lets the kick move the low end of the bass where both sound there at the same time."""
    kicks = [track.id for track in desk.with_role(Role.KICK) if not desk.hears(track.id, bass.id)]
    if not kicks or desk.strip(bass.id).keys.dynamic4 is None:
        return
    key = max(kicks, key=lambda id: _low_level(desk, id))
    kick, low = desk.track(key), desk.track(bass.id)
    overlap = low_overlap(kick.frame_power, kick.active, low.frame_power)
    kick_low = _low_level(desk, key)
    bass_low = _low_level(desk, bass.id)
    if overlap < LEAST_OVERLAP or kick_low < bass_low - 15.0 or kick_low > bass_low + 15.0:
        return
    depth = float(np.interp(overlap, (LEAST_OVERLAP, 1.0), DUCK_DB))
    beat_ms = 60000.0 / desk.mix.tempo_bpm
    hits = kick.frame_power[kick.active][:, KICK_LOW].sum(axis=1)
    gain = desk.estimate(key).loudness_lufs - kick.integrated_lufs
    threshold = power_to_db(float(np.percentile(hits, 75))) + gain - 6.0
    base = f"strips.{bass.id}.dynamic4"
    desk.note(
        "buses",
        bass.id,
        f"lows step back up to {depth:.1f} dB for {key}",
        f"In {overlap:.0%} of the kick's hits the bass sounds in the same octave, its lows "
        f"{abs(kick_low - bass_low):.1f} dB {'below' if kick_low > bass_low else 'above'} the kick's.",
        {"overlap": overlap, "kick_low_lu": kick_low, "bass_low_lu": bass_low},
        {
            f"strips.{bass.id}.keys.dynamic4": key,
            f"{base}.kind": "low_shelf",
            f"{base}.frequency_hz": 110.0,
            f"{base}.q": 0.7,
            f"{base}.threshold_db": float(np.clip(threshold, -79, -1)),
            f"{base}.ratio": 3.0,
            f"{base}.range_db": -depth,
            f"{base}.attack_ms": 3.0,
            f"{base}.release_ms": round(float(np.clip(0.3 * beat_ms, 60, 180))),
        },
        0.5,
    )


def low_overlap(kick: np.ndarray, kick_active: np.ndarray, bass: np.ndarray) -> float:
    """Share of the kick's hits at which the bass, too, has sound in the kick's octave."""
    frames = min(kick.shape[0], bass.shape[0])
    struck = kick[:frames, KICK_LOW].sum(axis=1)
    low = bass[:frames, KICK_LOW].sum(axis=1)
    sounding = low[low > 0]
    hits = kick_active[:frames] & (struck > 0.25 * np.percentile(struck, 95))
    if not hits.any() or not sounding.size:
        return 0.0
    return float(np.mean(low[hits] > 0.1 * np.percentile(sounding, 90)))


def _low_level(desk: Desk, id: str) -> float:
    power = desk.estimate(id).band_power[KICK_LOW].sum()
    return power_to_db(float(power)) + desk.strip(id).fader_db
