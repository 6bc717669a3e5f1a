"""Kick and bass share the low end: the lower keeps its octave, the kick moves the bass."""

import numpy as np
import pytest

from mixwright.engineer.buses import DUCK_DB
from mixwright.engineer.separation import LOW_CUT_DB
from mixwright.mix_model import Mix
from mixwright.project import Decision
from mixwright.roles import Role
from tests.engineer.rendering import Rendered, mix_tracks, render, track_id

SR = 22050
SECONDS = 12
TIME = np.arange(SECONDS * SR) / SR
BEAT_S = 0.5
ROLES = {"Kick": Role.KICK, "Bass": Role.BASS, "Vocal": Role.LEAD_VOCAL}


def kick(hz: float, decay_s: float = 0.12) -> np.ndarray:
    phase = np.mod(TIME, BEAT_S)
    return 0.6 * np.sin(2 * np.pi * hz * phase) * np.exp(-phase / decay_s)


def bass(hz: float, level: float = 0.3) -> np.ndarray:
    """Steady, its fundamental strongest, with some strength an octave around."""
    partials = ((0.5, 0.05), (1, 1.0), (2, 0.3), (3, 0.2), (4, 0.1))
    return level * sum(a * np.sin(2 * np.pi * hz * k * TIME + k) for k, a in partials)


def voice() -> np.ndarray:
    return 0.1 * sum(np.sin(2 * np.pi * 330 * k * TIME) / k for k in range(1, 8))


def mixed(low: np.ndarray, high: np.ndarray) -> Rendered:
    tracks = {"Kick": low, "Bass": high, "Vocal": voice()}
    return mix_tracks(
        {n: np.atleast_2d(a).astype(np.float32) for n, a in tracks.items()}, SR, ROLES, rough="ignore"
    )


def shared(made: Rendered) -> list[Decision]:
    """Cuts for the sake of the low end."""
    return [d for d in made.decisions if d.kind == "separation" and "overlap" in d.evidence]


def ducked(mix: Mix) -> float:
    return mix.channel("t_bass").dynamic4.range_db


@pytest.mark.parametrize(("kick_hz", "bass_hz", "cut"), [(50.0, 100.0, "t_bass"), (100.0, 50.0, "t_kick")])
def test_the_higher_one_is_cut_where_the_lower_has_its_strength(kick_hz, bass_hz, cut):
    (decision,) = shared(mixed(kick(kick_hz), bass(bass_hz)))
    assert decision.target == cut
    assert decision.evidence["frequency_hz"] == pytest.approx(50.0, rel=0.13)  # a third octave
    depth = decision.evidence["cut_db"]
    assert LOW_CUT_DB[0] <= depth <= LOW_CUT_DB[1]
    (gain,) = (value for path, value in decision.changes.items() if path.endswith("gain_db"))
    assert gain == pytest.approx(-depth, abs=0.01)


def test_nothing_is_cut_where_they_take_turns():
    rests = bass(100.0) * np.clip(np.sin(2 * np.pi * (TIME / BEAT_S - 0.45)), 0, 1)
    made = mixed(kick(50.0, 0.05), rests)
    assert not shared(made)
    assert ducked(made.mix) == 0


def test_nothing_is_cut_where_both_have_the_same_strength():
    assert not shared(mixed(kick(63.0), bass(63.0)))


def test_a_bass_without_lows_is_left_alone():
    made = mixed(kick(50.0), bass(440.0))
    assert not shared(made)
    assert ducked(made.mix) == 0


def low_power(audio: np.ndarray) -> np.ndarray:
    """Power below 125 Hz per 10 ms."""
    mono = audio.mean(axis=0)
    spectrum = np.fft.rfft(mono)
    spectrum[np.fft.rfftfreq(mono.size, 1 / SR) > 125] = 0
    step = SR // 100
    low = np.fft.irfft(spectrum, mono.size)
    return np.square(low[: low.size // step * step].reshape(-1, step)).mean(axis=1)


def test_the_kick_moves_the_lows_of_the_bass_and_they_come_back_before_the_next():
    tracks = {"Kick": kick(50.0, 0.06), "Bass": bass(82.0), "Vocal": voice()}
    tracks = {n: np.atleast_2d(a).astype(np.float32) for n, a in tracks.items()}
    made = mix_tracks(tracks, SR, ROLES, rough="ignore")
    depth = -ducked(made.mix)
    assert DUCK_DB[0] <= depth <= DUCK_DB[1]
    assert made.mix.channel("t_bass").keys.dynamic4 == track_id("Kick")
    still = made.mix.with_values({"strips.t_bass.dynamic4.range_db": 0.0})
    _, apart = render(still, tracks, SR)
    change = 10 * np.log10((low_power(made.tracks["t_bass"]) + 1e-12) / (low_power(apart["t_bass"]) + 1e-12))
    beats = change[: 100 * (SECONDS - 1)].reshape(-1, round(100 * BEAT_S))[2:]
    assert np.median(beats.min(axis=1)) == pytest.approx(-depth, abs=0.5)
    assert np.abs(np.median(beats[:, -10:])) < 0.3


@pytest.mark.parametrize("names", [("Kick In", "Kick Out"), ("Kick Out", "Kick In")])
def test_of_two_kick_microphones_the_one_with_the_lows_moves_the_bass(names):
    deep, clicking = kick(50.0), 0.5 * kick(50.0) + kick(2500.0, 0.01)
    tracks = {names[0]: deep, names[1]: clicking - kick(50.0) * 0.4, "Bass": bass(82.0)}
    tracks = {n: np.atleast_2d(tracks[n]).astype(np.float32) for n in sorted(tracks)}
    made = mix_tracks(tracks, SR, rough="ignore")
    assert ducked(made.mix) < 0
    assert made.mix.channel("t_bass").keys.dynamic4 == track_id(names[0])
