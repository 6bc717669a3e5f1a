"""The demo song is what its README says: complete, small, unclipped, and troubled where it claims to be."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy import signal

from mixwright.analysis.loudness import measure_loudness
from mixwright.audio import find_tracks

TRACKS = Path(__file__).parents[1] / "examples" / "demo_song" / "tracks"
RATE = 44100


@pytest.fixture(scope="module")
def song() -> dict[str, np.ndarray]:
    """Tracks by name without the leading number, each (channels, samples)."""
    tracks = {}
    for path in sorted(TRACKS.iterdir()):
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        assert rate == RATE
        tracks[path.stem[3:]] = audio.T
    return tracks


def band_power_db(audio: np.ndarray, low_hz: float, high_hz: float) -> float:
    frequency_hz, density = signal.welch(audio, RATE, nperseg=8192)
    return float(10 * np.log10(density[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].mean()))


def test_is_complete_and_small(song: dict[str, np.ndarray]) -> None:
    assert len(song) >= 10
    assert sum(path.stat().st_size for path in TRACKS.iterdir()) < 12_000_000
    (samples,) = {audio.shape[1] for audio in song.values()}
    assert 60 <= samples / RATE <= 90
    assert {name for name, audio in song.items() if len(audio) == 2} == {"OH", "Pad"}


def test_every_file_is_found_as_a_track(song: dict[str, np.ndarray]) -> None:
    assert len(find_tracks(TRACKS).tracks) == len(song)


def test_nothing_clips_or_is_empty(song: dict[str, np.ndarray]) -> None:
    for name, audio in song.items():
        assert 0.05 < np.abs(audio).max() < 10 ** (-1 / 20), name


def test_raw_levels_are_uneven_but_sane(song: dict[str, np.ndarray]) -> None:
    levels = {name: measure_loudness(audio, RATE).integrated_lufs for name, audio in song.items()}
    assert all(-35 < level < -14 for level in levels.values()), levels
    assert max(levels.values()) - min(levels.values()) > 15
    assert max(levels, key=levels.__getitem__) == "Lead Synth"


def test_the_guitar_double_is_flipped(song: dict[str, np.ndarray]) -> None:
    low = signal.butter(4, 300, fs=RATE, output="sos")
    first, double = (signal.sosfiltfilt(low, song[name][0]) for name in ("El Gtr", "El Gtr Dbl"))
    assert np.corrcoef(first, double)[0, 1] < -0.5


def test_the_bass_booms(song: dict[str, np.ndarray]) -> None:
    bass = song["Bass DI"][0]
    assert band_power_db(bass, 85, 107) > band_power_db(bass, 45, 75) + 3


def test_the_lead_synth_is_harsh(song: dict[str, np.ndarray]) -> None:
    lead = song["Lead Synth"][0]
    around_db = (band_power_db(lead, 1500, 2300) + band_power_db(lead, 5000, 7500)) / 2
    assert (
        band_power_db(lead, 2900, 4100) > around_db + 2.5
    )  # the bell is 6 dB at its centre, and the bands see its skirts


def test_the_vocal_rumbles_and_hisses(song: dict[str, np.ndarray]) -> None:
    vocal = song["Lead Vox"][0]
    assert band_power_db(vocal, 15, 40) > band_power_db(vocal, 60, 150) + 20
    frames = vocal[: len(vocal) // 1024 * 1024].reshape(-1, 1024)
    power = np.abs(np.fft.rfft(frames * np.hanning(1024))) ** 2
    hiss, voice = power[:, 116:233].sum(axis=1), power[:, 4:70].sum(axis=1)  # 5-10 kHz, 0.17-3 kHz
    loud = hiss + voice > 1e-3 * (hiss + voice).max()
    assert np.mean(hiss[loud] > voice[loud]) > 0.02  # sibilants stand alone now and then
    assert np.mean(hiss[loud] < 0.01 * voice[loud]) > 0.5  # and vowels are most of it


def test_one_track_carries_dc(song: dict[str, np.ndarray]) -> None:
    offset = {name: abs(float(audio.mean())) for name, audio in song.items()}
    assert offset.pop("Rhodes") == pytest.approx(0.006, rel=0.05)
    assert max(offset.values()) < 0.001


def test_parts_enter_where_the_song_says(song: dict[str, np.ndarray]) -> None:
    def level(name: str, start_s: float, end_s: float) -> float:
        return float(np.sqrt(np.mean(song[name][:, int(start_s * RATE) : int(end_s * RATE)] ** 2)))

    verse, chorus = (11.0, 27.0), (29.0, 45.0)
    for name in ("El Gtr", "Pad", "BV Oohs", "Tamb"):
        assert level(name, *chorus) > 10 * level(name, *verse), name
    for name in ("Lead Vox", "Bass DI", "Rhodes", "Kick", "Snare Top"):
        assert level(name, *verse) > 0.2 * level(name, *chorus), name
    assert level("Shaker", *verse) > 10 * level("Shaker", *chorus)
