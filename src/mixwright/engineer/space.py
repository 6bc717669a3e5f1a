"""Reverb and echo: sends by role, their sum brought to the level that suits the mix."""

import numpy as np

from mixwright.analysis.bands import k_weights
from mixwright.dsp.equalizer import Equalizer
from mixwright.dsp.reverb import PRESETS
from mixwright.engineer.balance import mix_loudness_lufs
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import band_response_db
from mixwright.engineer.printed import is_printed_effect
from mixwright.project import Track
from mixwright.roles import Role
from mixwright.units import power_to_db

PLATE_ROLES = frozenset(
    (Role.LEAD_VOCAL, Role.SNARE, Role.TOMS, Role.PERCUSSION, Role.DRUM_KIT, Role.ACOUSTIC_GUITAR, Role.BRASS)
)
RETURN_HIGH_PASS_HZ = 220.0
LEAST_SEND_DB = -40.0
MOST_WETTER_DB = 2.0
"""Too wet is penalised by listeners, too dry hardly (De Man 2017): sends rise by no more than this."""

ALREADY_WIDE = 0.6
"""Stereo tracks with a lower correlation than this bring their own space."""

ECHO_SEND_DB = -17.0
PAUSES = 0.92
"""Leads that play more of the time than this leave no room for echoes."""

OWN_SPACE_DB = 12.0
"""Finished tracks bring their reverb: they get this much less."""

SURE_TEMPO = 0.3

DENSITY = (1.0, 6.0)
DENSITY_DECAY = (1.15, 0.8)
"""Tails are longer between few notes and shorter between many: in notes per second of what feeds them."""


def add_space(desk: Desk) -> None:
    """Sets returns and sends."""
    plate, hall, echo = (ret.id for ret in desk.mix.returns)
    sources = [
        track
        for track in desk.playing
        if desk.norm(track).wet_lu is not None and not is_printed_effect(track, desk.playing)
    ]
    if not sources:
        return
    _set_returns(desk, plate, hall, sources)
    wet = {track.id: _wet_lu(desk, track) for track in sources}
    total = _total_wet_lufs(desk, wet) - mix_loudness_lufs(desk)
    shift = float(np.clip(desk.genre.depth.reverb_lu - total, -10.0, MOST_WETTER_DB))
    shift -= OWN_SPACE_DB * desk.rough.restraint
    for track in sources:
        send = wet[track.id] + shift
        if send < LEAST_SEND_DB:
            continue
        to = plate if track.role in PLATE_ROLES else hall
        desk.note(
            "space",
            track.id,
            f"send to {to} {send:.1f} dB",
            f"{track.role.title} usually carries reverb {desk.norm(track).wet_lu:.0f} dB under its dry "
            f"sound; all sends moved {shift:+.1f} dB, which puts the reverb at {total + shift:.0f} LU re "
            f"the mix "
            f"({desk.genre.depth.reverb_lu:.0f} is the most for this genre).",
            {
                "usual_wet_to_dry_db": desk.norm(track).wet_lu or 0.0,
                "reverb_re_mix_lu": total + shift,
                "correlation": desk.track(track.id).correlation,
            },
            {f"strips.{track.id}.sends.{to}.level_db": send},
            0.5,
        )
    _add_echo(desk, echo)


def _wet_lu(desk: Desk, track: Track) -> float:
    """Wet to dry of a track before the common shift."""
    measured = desk.track(track.id)
    usual = desk.norm(track).wet_lu or 0.0
    if measured.channels == 2 and measured.correlation < ALREADY_WIDE:
        usual -= 4.0
    return usual


def _total_wet_lufs(desk: Desk, wet: dict[str, float]) -> float:
    """Loudness of the returns: reverbs keep the power they are fed, behind the return's high-pass."""
    settings = Equalizer().with_values(_return_equalizer(""))
    response = 10 ** (band_response_db(settings, desk.analysis.sample_rate) / 10) * k_weights()
    power = sum(float(desk.post_fader_power(id) @ response) * 10 ** (level / 10) for id, level in wet.items())
    return power_to_db(power) - 0.691


def _return_equalizer(prefix: str) -> dict[str, Value]:
    return {
        f"{prefix}high_pass.slope_db_oct": 12,
        f"{prefix}high_pass.frequency_hz": RETURN_HIGH_PASS_HZ,
    }


def _set_returns(desk: Desk, plate: str, hall: str, sources: list[Track]) -> None:
    kinds = {plate: desk.genre.depth.main_reverb, hall: "hall"}
    for id, kind in kinds.items():
        feeding = [track for track in sources if (track.role in PLATE_ROLES) == (id == plate)]
        if not feeding:
            continue
        low = _share_below(desk, feeding, RETURN_HIGH_PASS_HZ)
        changes: dict[str, Value] = {f"returns.{id}.reverb.{k}": v for k, v in PRESETS[kind].items()}
        changes |= _return_equalizer(f"returns.{id}.equalizer.")
        beat_ms = 60000.0 / desk.mix.tempo_bpm
        if id == plate and kind == "plate":
            changes[f"returns.{id}.reverb.pre_delay_ms"] = round(min(40.0, beat_ms / 16), 1)
        density = _notes_per_s(desk, feeding)
        dense = float(np.interp(density, DENSITY, DENSITY_DECAY))
        decay = min(float(PRESETS[kind]["decay_s"]) * desk.genre.depth.decay * dense, 4 * beat_ms / 1000)
        changes[f"returns.{id}.reverb.decay_s"] = decay
        desk.note(
            "space",
            id,
            f"{kind}, {decay:.1f} s, without lows",
            f"{density:.1f} notes per second and the tempo leave room for such a tail. "
            f"{len(feeding)} tracks feed it with {low:.0f} dB of their power below "
            f"{RETURN_HIGH_PASS_HZ:.0f} Hz, "
            "which would blur the low end.",
            {
                "feeding_tracks": float(len(feeding)),
                "fed_below_220hz_db": low,
                "tempo_bpm": desk.mix.tempo_bpm,
                "notes_per_s": density,
            },
            changes,
            0.5,
        )


def _notes_per_s(desk: Desk, tracks: list[Track]) -> float:
    """Notes per second of the tracks while they play, by how long they do."""
    playing = sum(desk.track(t.id).active_s for t in tracks)
    notes = sum(desk.track(t.id).onset_times_s.size for t in tracks)
    return notes / playing if playing > 0 else 0.0


def _share_below(desk: Desk, tracks: list[Track], hz: float) -> float:
    levels = [10 ** (desk.track(track.id).share_below_db(hz) / 10) for track in tracks]
    return power_to_db(float(np.mean(levels)))


def _add_echo(desk: Desk, echo: str) -> None:
    lead = desk.lead
    tempo_known = desk.project.brief.tempo_bpm or desk.analysis.tempo_confidence >= SURE_TEMPO
    if lead is None or lead.role is not Role.LEAD_VOCAL or not desk.genre.depth.echo:
        return
    measured = desk.track(lead.id)
    if not tempo_known or measured.active_fraction > PAUSES:
        return
    sync = "1/4" if desk.mix.tempo_bpm >= 105 else "1/8d"
    desk.note(
        "space",
        lead.id,
        f"send to {echo} {ECHO_SEND_DB:g} dB ({sync} at {desk.mix.tempo_bpm:.0f} bpm)",
        f"The lead rests {1 - measured.active_fraction:.0%} of the song, where echoes in time are heard.",
        {"active_share": measured.active_fraction, "tempo_bpm": desk.mix.tempo_bpm},
        {
            f"strips.{lead.id}.sends.{echo}.level_db": ECHO_SEND_DB,
            f"returns.{echo}.effect": "echo",
            f"returns.{echo}.echo.sync": sync,
            f"returns.{echo}.echo.feedback": 0.3,
            f"returns.{echo}.echo.ping_pong": True,
            f"returns.{echo}.echo.high_pass_hz": 250.0,
            f"returns.{echo}.echo.low_pass_hz": 5000.0,
        },
        0.4,
    )
