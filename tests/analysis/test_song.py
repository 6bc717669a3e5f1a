"""Measurements of tracks and songs against sounds whose numbers are known."""

import threading

import numpy as np
import pytest

from mixwright.analysis.bands import BANDS, CENTERS_HZ, band_index, band_loudness_lufs
from mixwright.analysis.song import analyse
from mixwright.audio.source import CancelledError

SR = 44100


class Memory:
    """Audio in memory as an input."""

    def __init__(self, audio: np.ndarray) -> None:
        self.audio = np.atleast_2d(audio).astype(np.float32)
        self.channels, self.frames = self.audio.shape
        self.largest_read = 0

    def read(self, start: int, frames: int) -> np.ndarray:
        self.largest_read = max(self.largest_read, frames)
        out = np.zeros((self.channels, frames), np.float32)
        part = self.audio[:, max(start, 0) : start + frames]
        out[:, : part.shape[1]] = part
        return out


def measure(audio: np.ndarray, sample_rate: int = SR):
    return analyse({"x": Memory(audio)}, sample_rate, threads=1)["x"]


def sine(hz: float, seconds: float = 4.0, level: float = 0.1, sr: int = SR) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * sr)) / sr)


def noise(seconds: float = 4.0, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return level * np.random.default_rng(seed).standard_normal(int(seconds * SR))


@pytest.mark.parametrize("sr", [22050, 44100, 48000, 96000])
@pytest.mark.parametrize("hz", [63.0, 1000.0, 5000.0])
def test_a_sine_lies_in_its_band_with_its_power(hz, sr):
    track = measure(sine(hz, sr=sr), sr)
    assert int(np.argmax(track.band_power)) == band_index(hz)
    assert track.power_dbfs == pytest.approx(-23.01, abs=0.2)  # ends of the sound are half frames
    assert track.crest_db == pytest.approx(3.01, abs=0.2)


def test_power_of_both_channels_adds():
    mono, stereo = measure(noise()), measure(np.stack((noise(seed=1), noise(seed=2))))
    assert stereo.power_dbfs - mono.power_dbfs == pytest.approx(3.01, abs=0.1)
    assert stereo.crest_db == pytest.approx(mono.crest_db, abs=0.5)


def test_band_loudness_agrees_with_the_meter():
    track = measure(np.stack((noise(seed=1), noise(seed=2))))
    assert float(band_loudness_lufs(track.band_power)) == pytest.approx(track.integrated_lufs, abs=0.3)


def test_white_noise_rises_three_db_per_octave():
    spectrum = measure(noise(20.0)).spectrum_db
    inside = (CENTERS_HZ > 100) & (CENTERS_HZ < 16000)
    slope = np.polyfit(np.log2(CENTERS_HZ[inside]), spectrum[inside], 1)[0]
    assert slope == pytest.approx(3.01, abs=0.1)


def test_stereo_image():
    wide = measure(np.stack((noise(seed=1), 0.5 * noise(seed=2))))
    assert wide.balance_db == pytest.approx(-6.02, abs=0.1)
    assert wide.correlation == pytest.approx(0.0, abs=0.02)
    same = measure(np.stack((noise(), noise())))
    assert same.correlation == pytest.approx(1.0, abs=1e-3)
    assert np.median(same.side_mid_db) < -60
    assert np.median(wide.side_mid_db) == pytest.approx(0.0, abs=1.0)


def test_activity_and_silence():
    half = np.concatenate((noise(4.0), np.zeros(4 * SR)))
    track = measure(half)
    assert track.active_fraction == pytest.approx(0.5, abs=0.04)
    silent = measure(np.zeros(SR))
    assert silent.silent
    assert silent.active_fraction == 0
    assert silent.band_power.shape == (BANDS,)
    assert measure(np.zeros((2, 0))).silent


def test_onsets_of_a_click_track_and_its_tempo():
    clicks = np.zeros(20 * SR)
    for beat in np.arange(0.1, 20, 0.5):
        start = int(beat * SR)
        clicks[start : start + 2000] += noise(2000 / SR) * np.exp(-np.arange(2000) / 300)
    song = analyse({"x": Memory(clicks)}, SR)
    assert song["x"].onset_times_s.size == pytest.approx(40, abs=1)
    assert song["x"].envelope_crest_db > 12
    assert song.tempo_bpm == pytest.approx(120, rel=0.01)
    assert song.tempo_confidence > 0.5


def test_clipping_and_offset_are_found():
    clipped = np.clip(sine(100, level=2.0), -1, 1)
    assert measure(clipped).clipped_samples > 1000
    assert measure(0.5 * clipped).clipped_samples == 0
    assert measure(noise() + 0.05).dc_offset == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize(("hz", "octave"), [(170, 1), (1400, 4), (5500, 6)])
def test_crest_per_octave_is_that_of_what_plays_there(hz, octave):
    tone, clicks = sine(hz), np.zeros((1, 4 * SR), np.float32)
    clicks[0, ::4410] = 1.0
    assert measure(tone).octave_crest_db[octave] == pytest.approx(3.0, abs=0.3)
    assert measure(0.1 * tone).octave_crest_db[octave] == pytest.approx(3.0, abs=0.3)
    assert measure(clicks).octave_crest_db[4:].min() > 15.0
    assert measure(np.zeros((1, SR), np.float32)).octave_crest_db.max() == 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_lag_and_polarity_of_the_same_sound(sign):
    source = np.convolve(noise(8.0, level=1.0), np.exp(-np.arange(400) / 80), "same")
    late = sign * np.concatenate((np.zeros(100), source[:-100]))
    inputs = {"a": Memory(source), "b": Memory(late), "c": Memory(noise(8.0, seed=5))}
    (pair,) = analyse(inputs, SR, related=[["a", "b"]]).shared
    assert (pair.a, pair.b, pair.named) == ("a", "b", True)
    assert pair.lag_ms == pytest.approx(100 / 44.1, abs=0.05)
    assert pair.lag_correlation * sign > 0.8


def test_same_sound_is_found_without_being_named():
    source = noise(4.0) + sine(80)
    (pair,) = analyse({"a": Memory(source), "b": Memory(-source)}, SR).shared
    assert not pair.named
    assert pair.low_correlation == pytest.approx(-1, abs=1e-3)
    assert pair.flip_gain_db > 20


def test_results_do_not_depend_on_threads_and_reads_are_bounded():
    inputs = {f"t{k}": Memory(np.stack((noise(8.0, seed=k), noise(8.0, seed=k + 9)))) for k in range(3)}
    one, two = analyse(inputs, SR, threads=1), analyse(inputs, SR, threads=2)
    for id in inputs:
        np.testing.assert_array_equal(one[id].frame_power, two[id].frame_power)
        assert one[id].integrated_lufs == two[id].integrated_lufs
    assert max(audio.largest_read for audio in inputs.values()) <= 1 << 19


def test_it_stops_when_asked():
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        analyse({"x": Memory(noise())}, SR, cancel=stop)


def test_progress_is_told():
    told = []
    analyse({"a": Memory(noise(1)), "b": Memory(noise(1))}, SR, progress=lambda k, n: told.append((k, n)))
    assert told == [(1, 2), (2, 2)]


def test_copies_are_found_at_any_level_and_polarity():
    sound = noise(3.0, seed=1)
    inputs = {"a": sound, "b": -0.4 * sound, "c": noise(3.0, seed=2), "d": sound + 0.1 * noise(3.0, seed=3)}
    song = analyse({id: Memory(audio) for id, audio in inputs.items()}, SR)
    assert song.duplicates == (("a", "b"),)


def test_stereo_image_per_band():
    left, right = noise(8.0, seed=1), noise(8.0, seed=2)
    apart = measure(np.stack((left, 0.5 * right)))
    middle = CENTERS_HZ > 500
    np.testing.assert_allclose(apart.band_balance_db[middle], -6.02, atol=1.0)
    np.testing.assert_allclose(apart.band_correlation[middle], 0.0, atol=0.15)
    opposite = measure(np.stack((left, -left)))
    np.testing.assert_allclose(opposite.band_correlation, -1.0, atol=1e-3)
