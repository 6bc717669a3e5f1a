"""The mix follows the music, not how it arrived: gains, polarity, tilt, names, order."""

from collections.abc import Mapping

import numpy as np
import pytest
import soundfile

import mixwright
from mixwright.analysis.bands import CENTERS_HZ, k_weights, power_db
from mixwright.analysis.spectrum import BandMeter
from mixwright.engineer.engineer import decide
from mixwright.engineer.slots import used_eq_db
from mixwright.engineer.tone import BUDGET_DB
from tests.engineer.rendering import (
    Rendered,
    analyse_tracks,
    demo_song,
    make_project,
    mix_tracks,
    track_id,
)

PARTS = ("Kick", "Snare Top", "OH", "Bass DI", "El Gtr", "El Gtr Dbl", "Ac Gtr", "Lead Vox")
JUDGED = (CENTERS_HZ > 39.0) & (CENTERS_HZ < 10500.0)

Tracks = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def song() -> tuple[Tracks, int]:
    tracks, rate = demo_song(24.0, 10.0)
    plain = {name.split(" ", 1)[1]: audio for name, audio in tracks.items()}
    return {name: plain[name] for name in PARTS}, rate


@pytest.fixture(scope="module")
def mixed(song) -> Rendered:
    return mix_tracks(*song, rough="ignore")


def power(audio: np.ndarray, rate: int) -> np.ndarray:
    meter = BandMeter(rate, audio.shape[0])
    meter.add(np.ascontiguousarray(audio, np.float32))
    meter.finish()
    return meter.channel_energy.sum(axis=0)


def spectrum_db(audio: np.ndarray, rate: int) -> np.ndarray:
    """Third octaves re the loudness of the whole, 40 Hz to 10 kHz."""
    found = power(audio, rate)
    return power_db(found / (found @ k_weights()))[JUDGED]


def role_levels_lu(made: Rendered, tracks: Mapping[str, np.ndarray], rate: int) -> np.ndarray:
    """Loudness of each role re the mix."""
    roles: dict[str, np.ndarray] = {}
    for track in make_project(tracks, rate).tracks:
        roles[track.role] = roles.get(track.role, 0) + made.tracks[track.id]
    whole = power(made.total, rate) @ k_weights()
    return np.array([power_db(power(audio, rate) @ k_weights() / whole) for audio in roles.values()])


@pytest.mark.parametrize("seed", [1, 2])
def test_gains_and_polarity_of_the_tracks_hardly_change_the_mix(song, mixed, seed):
    tracks, rate = song
    random = np.random.default_rng(seed)
    moved = {
        name: audio * np.float32(10 ** (random.uniform(-12, 12) / 20) * random.choice([-1, 1]))
        for name, audio in tracks.items()
    }
    again = mix_tracks(moved, rate, rough="ignore")
    change = role_levels_lu(again, tracks, rate) - role_levels_lu(mixed, tracks, rate)
    assert np.abs(change).max() <= 1.0
    assert np.abs(spectrum_db(again.total, rate) - spectrum_db(mixed.total, rate)).max() <= 1.5


def tilted(audio: np.ndarray, rate: int, tilt_db: float) -> np.ndarray:
    """A track tilted by `tilt_db` at 12 kHz and its opposite at 50 Hz, its loudness kept."""
    hz = np.fft.rfftfreq(audio.shape[1], 1 / rate)
    along = np.log2(np.clip(hz, 50, 12000) / 50) / np.log2(12000 / 50)
    spectrum = np.fft.rfft(audio.astype(np.float64), axis=1) * 10 ** ((2 * along - 1) * tilt_db / 20)
    out = np.fft.irfft(spectrum, audio.shape[1], axis=1).astype(np.float32)
    before, after = (power(x, rate) @ k_weights() for x in (audio, out))
    return out * np.float32(np.sqrt(before / max(after, 1e-20)))


def equal_loudness_sum(tracks: Mapping[str, np.ndarray], rate: int) -> np.ndarray:
    total = np.zeros((2, next(iter(tracks.values())).shape[1]))
    for audio in tracks.values():
        stereo = np.broadcast_to(audio, total.shape) if len(audio) == 2 else np.tile(audio, (2, 1))
        total += stereo / np.sqrt(power(stereo, rate) @ k_weights())
    return total


@pytest.mark.parametrize("tilt_db", [-4.0, 4.0])
def test_tilted_tracks_tilt_the_mix_by_half_at_most(song, mixed, tilt_db):
    tracks, rate = song
    moved = {name: tilted(audio, rate, tilt_db) for name, audio in tracks.items()}
    again = mix_tracks(moved, rate, rough="ignore")
    plain = [spectrum_db(equal_loudness_sum(t, rate), rate) for t in (tracks, moved)]
    ours = spectrum_db(again.total, rate) - spectrum_db(mixed.total, rate)
    assert np.abs(ours).mean() <= 0.5 * np.abs(plain[1] - plain[0]).mean()
    assert all(used_eq_db(strip.equalizer) <= BUDGET_DB + 0.05 for strip in again.mix.strips)


def test_a_silent_track_changes_nothing(song, mixed):
    tracks, rate = song
    more = tracks | {"Piano": np.zeros((1, 10 * rate), np.float32)}
    project = make_project(more, rate, rough="ignore")
    mix, _ = decide(project, analyse_tracks(project, more))
    for strip in mixed.mix.strips:
        assert mix.channel(strip.id) == strip


CLEAR = {
    "Kick": "BD in",
    "Lead Vox": "lead vocal",
    "Bass DI": "Bassgtr",
    "OH": "Overheads",
    "Ac Gtr": "acoustic gtr",
}


def test_other_clear_names_change_nothing(song, mixed):
    tracks, rate = song
    renamed = {CLEAR.get(name, name): audio for name, audio in tracks.items()}
    ordered = {name: renamed[name] for name in sorted(renamed)}  # files come by name
    again = mix_tracks(ordered, rate, rough="ignore")
    for name in tracks:
        here, there = (m.mix.channel(track_id(n)) for m, n in ((mixed, name), (again, CLEAR.get(name, name))))
        keys = {there.id: here.id} | {track_id(new): track_id(old) for old, new in CLEAR.items()}
        assert there.model_copy(update={"id": here.id, "name": here.name, "keys": here.keys}) == here
        assert [keys.get(k, k) for k in there.keys.sources()] == list(here.keys.sources())
    difference = np.abs(again.total - mixed.total).max()
    assert difference <= 1e-5 * np.abs(mixed.total).max()  # sums in another order


def test_the_order_of_tracks_changes_no_value(song, mixed):
    tracks, rate = song
    shuffled = {name: tracks[name] for name in reversed(tracks)}
    project = make_project(shuffled, rate, rough="ignore")
    mix, decisions = decide(project, analyse_tracks(project, shuffled))
    assert mix.replace(strips=mix.strips[::-1]) == mixed.mix

    def told(decisions):
        return sorted((d.target, d.summary, d.reason) for d in decisions)

    assert told(decisions) == told(mixed.decisions)


def test_the_order_of_files_changes_no_bit(song, tmp_path):
    tracks, rate = song
    for name, audio in tracks.items():
        soundfile.write(tmp_path / f"{name}.wav", audio[:, : 4 * rate].T, rate, subtype="FLOAT")
    files = list(tmp_path.iterdir())
    one, other = (mixwright.mix(given).renderings["mix"].samples for given in (files, files[::-1]))
    np.testing.assert_array_equal(one, other)
