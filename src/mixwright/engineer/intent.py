"""What the engineer means to hear: the decided mix, worked out on the measurements of a few excerpts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from mixwright.analysis.bands import BANDS, EDGES_HZ, k_weights, power_db
from mixwright.analysis.track import TrackAnalysis
from mixwright.dsp.echo import Echo, echo
from mixwright.engineer.course import power_over_time
from mixwright.engineer.desk import Desk
from mixwright.engineer.estimate import band_response_db
from mixwright.engineer.faders import ride_db
from mixwright.mix_model import OFF_DB, Mix, Return
from mixwright.units import SILENCE_DB, power_to_db

ECHO_FADED_DB = -40.0
LONGEST_ECHO_S = 8.0
"""Echoes are followed down to this level, and no longer."""

LEAST_HEARD_S = 0.5
"""A track that plays less in the excerpts is not judged by them."""

FARTHEST_DB = 40.0
"""Left and right are told apart up to this difference."""

_PANS = np.linspace(-1.0, 1.0, 401)


@dataclass
class Intent:
    """Wanted sound of every track in the excerpts, behind fader and pan."""

    power: dict[str, np.ndarray]
    """Mean power per band, (bands,), by strip; strips that hardly play are missing."""
    balance_db: dict[str, float]
    """Right over left by strip, K-weighted."""
    mix_above_song_lu: float
    """Loudness of the excerpts over that of the whole song."""
    shift_db: dict[str, float] = field(default_factory=dict)
    """What the engineer wants changed about levels since, by strip."""

    def wanted_power(self, id: str) -> np.ndarray:
        return np.asarray(self.power[id] * 10 ** (self.shift_db.get(id, 0.0) / 10))


def intend(desk: Desk, excerpts: Sequence[tuple[float, float]]) -> Intent:
    """What the desk's mix should sound like in the excerpts."""
    power: dict[str, np.ndarray] = {}
    balance: dict[str, float] = {}
    for track in desk.playing:
        measured = desk.track(track.id).during(excerpts)
        if measured.active_s < LEAST_HEARD_S:
            continue
        strip = desk.strip(track.id)
        behind_inserts = desk.estimate_in(strip, excerpts).song_power
        power[track.id] = behind_inserts * 10 ** (strip.fader_db / 10) * _ride_gain(desk, track.id, excerpts)
        balance[track.id] = wanted_balance_db(measured, strip.pan)
    return Intent(power, balance, _loudness_lufs(desk, excerpts) - _loudness_lufs(desk, None))


def _ride_gain(desk: Desk, id: str, excerpts: Sequence[tuple[float, float]] | None) -> float:
    """Change of mean power in some excerpts by the rides of a fader."""
    track, path = desk.track(id), f"strips.{id}.fader_db"
    if all(curve.path != path for curve in desk.mix.curves):
        return 1.0
    heard = track.frame_power @ k_weights()
    ridden = heard * 10 ** (ride_db(desk.mix, path, (np.arange(heard.size) + 0.5) * track.frame_s) / 10)
    if excerpts is not None:
        spans = [slice(round(a / track.frame_s), round(b / track.frame_s)) for a, b in excerpts]
        heard, ridden = (np.concatenate([curve[span] for span in spans]) for curve in (heard, ridden))
    return float(ridden.sum() / max(float(heard.sum()), 1e-20))


def wanted_balance_db(track: TrackAnalysis, pan: float) -> float:
    """Right over left of a track at a pan position, within `FARTHEST_DB`."""
    own = track.balance_db if track.channels == 2 else 0.0
    return float(np.clip(own + pan_law_db(np.array([pan]), track.channels)[0], -FARTHEST_DB, FARTHEST_DB))


def pan_law_db(pan: np.ndarray, channels: int) -> np.ndarray:
    """What a pan does to right over left: equal power for mono, linear balance for stereo."""
    if channels == 1:
        angle = (pan + 1) * np.pi / 4
        left, right = np.cos(angle), np.sin(angle)
    else:
        left, right = np.minimum(1.0, 1 - pan), np.minimum(1.0, 1 + pan)
    ratio = 20 * np.log10((right + 1e-9) / (left + 1e-9))
    return np.clip(ratio, -FARTHEST_DB, FARTHEST_DB)


def pan_for(change_db: float, pan: float, channels: int) -> float:
    """The pan at which right over left differs by `change_db` from what it is at `pan`."""
    wanted = pan_law_db(np.array([pan]), channels)[0] + change_db
    return float(np.interp(wanted, pan_law_db(_PANS, channels), _PANS))


def wet_lufs(mix: Mix, ret: Return, power: Mapping[str, np.ndarray], sample_rate: int) -> float:
    """Loudness a return has where strips of these powers feed it.

    Reverbs keep the power they are fed; what echoes make of it is told by their impulse response.
    """
    fed = np.zeros(BANDS)
    for id, strip_power in power.items():
        send = mix.channel(id).send(ret.id)
        if send is not None and send.level_db > OFF_DB:
            fed += strip_power * 10 ** (send.level_db / 10)
    response = band_response_db(ret.equalizer, sample_rate) + ret.fader_db
    if ret.effect == "echo":
        response = response + echo_response_db(ret.echo, mix.tempo_bpm, sample_rate)
    loud = float((fed * 10 ** (response / 10)) @ k_weights())
    return power_to_db(loud) - 0.691 if loud > 0 else SILENCE_DB


@cache
def echo_response_db(settings: Echo, tempo_bpm: float, sample_rate: int) -> np.ndarray:
    """Power of all echoes per band, (bands,), re that of a sound in the middle that feeds them."""
    seconds = min(settings.tail_s(tempo_bpm, ECHO_FADED_DB), LONGEST_ECHO_S)
    impulse = np.zeros((2, round(seconds * sample_rate)), np.float32)
    impulse[:, 0] = np.sqrt(0.5)
    power = (np.abs(np.fft.rfft(echo(impulse, sample_rate, settings, tempo_bpm))) ** 2).sum(axis=0)
    edges = np.clip(EDGES_HZ * impulse.shape[1] / sample_rate, 1, power.size).astype(int)
    sums = np.diff(np.concatenate(([0.0], np.cumsum(power)))[edges])
    return power_db(sums / np.maximum(np.diff(edges), 1))


def _loudness_lufs(desk: Desk, excerpts: Sequence[tuple[float, float]] | None) -> float:
    """Loudness of the sum of all strips, gated 10 LU below its mean as BS.1770 does."""
    curve, step = power_over_time(desk)
    if excerpts is not None:
        curve = np.concatenate([curve[round(a / step) : round(b / step)] for a, b in excerpts])
    sounding = curve[curve > 1e-7]
    if not sounding.size:
        return SILENCE_DB
    return power_to_db(float(sounding[sounding > 0.1 * sounding.mean()].mean())) - 0.691
