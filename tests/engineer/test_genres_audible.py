"""Genres are heard: one set of tracks, mixed for each first-class genre, moves as the genre files say."""

from itertools import combinations

import numpy as np
import pytest
from rendering import Rendered, analyse_tracks, demo_song, make_project, mix_tracks, render, track_id

from mixwright.analysis.loudness import measure_loudness
from mixwright.engineer.engineer import decide
from mixwright.engineer.genres import FIRST_CLASS, find_genre
from mixwright.metrics import loudness, stereo
from mixwright.metrics.sound import Sound
from mixwright.roles import Role

SAID = {
    "vocal": (lambda g: g.vocals.lead_to_rest_db, 1.0),
    "sub": (lambda g: g.sub_share_db, 1.5),
    "width": (lambda g: float(np.mean(g.stereo.side_to_mid_db)), 1.0),
    "dynamics": (lambda g: -g.dynamics.compression, 0.9),
    "depth": (lambda g: g.depth.reverb_lu, 1.0),
}
"""What the file says, and from which difference on it must be heard."""


def level_lufs(audio: np.ndarray, rate: int) -> float:
    return measure_loudness(audio, rate).integrated_lufs


def heard(project, analysis, tracks: dict[str, np.ndarray]) -> dict[str, float]:
    """Vocal against the rest, power below 60 Hz, side against mid, peaks left to the tracks, wet re mix."""
    rate = project.sample_rate
    mix, _ = decide(project, analysis)
    total, parts = render(mix, tracks, rate)
    returns = {ret.id for ret in mix.returns}
    closed = {
        f"strips.{strip.id}.sends.{send.to}.level_db": -90.0
        for strip in mix.strips
        for send in strip.sends
        if send.to in returns
    }
    dry, _ = render(mix.with_values(closed), tracks, rate)
    lead = {track.id for track in project.tracks if track.role is Role.LEAD_VOCAL}
    power = np.abs(np.fft.rfft(total.mean(axis=0).astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(total.shape[1], 1 / rate)
    peaks = [
        loudness.plr_lu(Sound(parts[track_id(name)], rate)) - loudness.plr_lu(Sound(audio, rate))
        for name, audio in tracks.items()
    ]
    return {
        "vocal": level_lufs(sum(parts[id] for id in lead), rate)
        - level_lufs(sum(part for id, part in parts.items() if id not in lead), rate),
        "sub": float(10 * np.log10(power[hz < 60].sum() / power.sum())),
        "width": stereo.side_mid_db(Sound(total, rate)),
        "dynamics": float(np.mean(peaks)),
        "depth": level_lufs(total - dry, rate) - level_lufs(total, rate),
    }


@pytest.fixture(scope="module")
def song():
    tracks, rate = demo_song(28.0, 24.0)
    project = make_project(tracks, rate, rough="ignore")
    return tracks, project, analyse_tracks(project, tracks)


@pytest.fixture(scope="module")
def per_genre(song):
    tracks, project, analysis = song
    return {
        name: heard(project.replace(brief=project.brief.replace(genre=name)), analysis, tracks)
        for name in FIRST_CLASS
    }


@pytest.fixture(scope="module")
def run_to_run(song, per_genre):
    """How far the same request moves when the tracks come at other levels."""
    tracks, project, _ = song
    draw = np.random.default_rng(1)
    louder = {name: audio * np.float32(10 ** (draw.uniform(-12, 12) / 20)) for name, audio in tracks.items()}
    again = project.replace(brief=project.brief.replace(genre="pop"))
    found = heard(again, analyse_tracks(again, louder), louder)
    return {key: abs(found[key] - per_genre["pop"][key]) for key in found}


@pytest.mark.parametrize("quantity", SAID)
def test_genres_differ_the_way_their_files_say(quantity, per_genre, run_to_run):
    value, least = SAID[quantity]
    compared = 0
    for a, b in combinations(FIRST_CLASS, 2):
        said = value(find_genre(a)) - value(find_genre(b))
        if abs(said) < least:
            continue
        compared += 1
        difference = per_genre[a][quantity] - per_genre[b][quantity]
        assert difference * np.sign(said) > run_to_run[quantity], (a, b)
    assert compared >= 3


RATE = 22050
SECONDS = 40.0


def section(fundamentals: tuple[float, ...], bright: float, seed: int, swell_s: float) -> np.ndarray:
    """Players of one section in unison with small differences, from very soft to loud and back."""
    draw = np.random.default_rng(seed)
    time = np.arange(int(SECONDS * RATE)) / RATE
    sound = np.zeros((2, time.size))
    for pitch in fundamentals:
        for _ in range(2):
            hz = pitch * 2 ** (draw.normal(0, 4) / 1200)
            vibrato = 0.003 * np.sin(2 * np.pi * draw.uniform(4.5, 6) * time + draw.uniform(0, 6))
            phase = 2 * np.pi * hz * (time + vibrato / (2 * np.pi * 5))
            tone = sum(np.sin(k * phase) / k**bright for k in range(1, 10) if k * hz < 0.45 * RATE)
            angle = draw.uniform(0.2, 0.8) * np.pi / 2
            sound += np.stack((np.cos(angle) * tone, np.sin(angle) * tone))
    swell = 10 ** ((-24 + 24 * np.sin(np.pi * time / swell_s) ** 2) / 20)
    return (0.03 * sound * swell).astype(np.float32)


def timpani() -> np.ndarray:
    time = np.arange(int(SECONDS * RATE)) / RATE
    struck = np.mod(time, 4.0)
    loud = 10 ** ((-24 + 24 * np.sin(np.pi * time / 40.0) ** 2) / 20)
    return (0.3 * np.sin(2 * np.pi * 98 * struck) * np.exp(-struck / 0.5) * loud).astype(np.float32)[None]


@pytest.fixture(scope="module")
def orchestra() -> tuple[dict[str, np.ndarray], Rendered]:
    tracks = {
        "Violins": section((440.0, 554.0, 659.0), 1.3, 1, 40.0),
        "Cellos": section((110.0, 165.0), 1.5, 2, 40.0),
        "Horns": section((220.0, 277.0), 1.8, 3, 40.0),
        "Flutes": section((880.0,), 2.2, 4, 40.0),
        "Timpani": timpani(),
    }
    return tracks, mix_tracks(tracks, RATE)


def test_an_orchestra_is_recognised(orchestra):
    told = [d for d in orchestra[1].decisions if d.kind == "genre"]
    assert "orchestral" in told[0].summary


def test_an_orchestra_gets_no_gates_and_no_drum_treatment(orchestra):
    mix = orchestra[1].mix
    changed = {path for decision in orchestra[1].decisions for path in decision.changes}
    assert not {path for path in changed if ".gate." in path or ".compressor." in path}
    drums = next(bus for bus in mix.buses if bus.id == "drums")
    assert all(send.level_db <= -90 for send in drums.sends)


def test_an_orchestra_keeps_its_loudness_range(orchestra):
    tracks, mixed = orchestra
    plain = sum(np.broadcast_to(audio, (2, audio.shape[1])) for audio in tracks.values())
    before = loudness.range_lu(Sound(plain, RATE))
    assert before > 8
    assert loudness.range_lu(Sound(mixed.total, RATE)) == pytest.approx(before, abs=2.0)
