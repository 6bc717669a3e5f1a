"""Groups: glue, the parallel drum path, and room for the kick in the bass."""

import numpy as np

from mixwright.analysis.bands import band_slice
from mixwright.dsp.compressor import Compressor
from mixwright.engineer.desk import Desk
from mixwright.engineer.estimate import compressed_envelope, loudest_envelope, threshold_for
from mixwright.project import Track
from mixwright.roles import Role, RoleGroup
from mixwright.units import db_to_gain, power_to_db

GLUE_CREST_DB = 14.0
LEAST_GLUE_DB = 0.3
PARALLEL_CREST_DB = 15.0
PARALLEL_SEND_DB = -12.0

KICK_LOW = band_slice(45.0, 110.0)
LEAST_OVERLAP = 0.4
DUCK_DB = (1.5, 3.0)


def set_buses(desk: Desk) -> None:
    """Glue on groups, parallel drums, kick-to-bass ducking."""
    groups = (RoleGroup.DRUMS, RoleGroup.VOCALS) if desk.genre.dynamics.drum_bus else (RoleGroup.VOCALS,)
    for group in groups:
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
    key = desk.strip(bass.id).keys.dynamic4
    if key is None or key not in {track.id for track in desk.playing}:
        return
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
