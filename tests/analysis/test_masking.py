"""Masking: published values of its parts, laws of its sums, and sounds whose answer is plain."""

import numpy as np
import pytest

from mixwright.analysis.bands import BANDS, CENTERS_HZ, band_index
from mixwright.analysis.masking import (
    audibility,
    bark,
    essential_bands,
    excitation,
    listen,
    masking_index_db,
    sample_powers,
    spread_db,
)


def scene_powers(tracks: int = 4, frames: int = 20, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((tracks, frames, BANDS)).astype(np.float32) ** 6


def band_noise(hz: float, level_db: float = 0.0, frames: int = 4) -> np.ndarray:
    power = np.zeros((frames, BANDS), np.float32)
    power[:, band_index(hz)] = 10 ** (level_db / 10)
    return power


def test_bark_scale_as_published():  # Zwicker 1961: edges of critical bands
    np.testing.assert_allclose(bark(np.array([100, 510, 1000, 3150, 9500])), [1, 5, 8.5, 16, 22], atol=0.25)


def test_spreading_slopes_as_published():
    assert spread_db(0.0) == pytest.approx(0, abs=0.01)
    assert spread_db(-9.0) - spread_db(-10.0) == pytest.approx(25, abs=0.2)
    assert spread_db(10.0) - spread_db(9.0) == pytest.approx(-10, abs=0.2)


def test_masking_index_as_published():  # ISO 1996-2: -2 dB low, about -2.9 dB at 1 kHz
    assert masking_index_db(20.0) == pytest.approx(-2.0, abs=0.01)
    assert masking_index_db(1000.0) == pytest.approx(-2.0 - np.log10(1 + (1000 / 502) ** 2.5))


def test_at_the_masking_index_half_is_heard():
    masker_db = 10.0
    level = masker_db + float(masking_index_db(CENTERS_HZ[band_index(1000.0)]))
    powers = np.stack((band_noise(1000.0, level), band_noise(1000.0, masker_db)))
    assert listen(powers).audible()[0] == pytest.approx(0.5, abs=1e-3)


def test_alone_all_is_heard_and_silence_is_not():
    powers = np.stack((band_noise(500.0), np.zeros((4, BANDS), np.float32)))
    heard = listen(powers).audible()
    assert heard[0] == pytest.approx(1.0, abs=1e-6)
    assert heard[1] == 0.0
    assert audibility(powers)[1].max() == 0.0


def test_a_low_sound_hides_a_high_one_more_than_the_other_way_round():
    powers = np.stack((band_noise(800.0), band_noise(1250.0)))
    low, high = listen(powers).audible()
    assert high < low
    far = listen(np.stack((band_noise(100.0), band_noise(8000.0)))).audible()
    assert far.min() > 0.99


def test_heard_and_hidden_make_the_whole():
    scene = listen(scene_powers())
    gains = np.array([-6.0, 3.0, 0.0, -20.0])
    per_band, over_time = scene.hidden_by(gains), scene.hidden_by_over_time(gains)
    np.testing.assert_allclose(scene.audible(gains) + per_band.sum(axis=(1, 2)), 1.0, atol=1e-4)
    np.testing.assert_allclose(per_band.sum(axis=2), over_time.sum(axis=2), atol=1e-5)
    assert np.diagonal(per_band, axis1=0, axis2=1).max() == 0.0


def test_the_one_who_hides_is_named():
    vocal, guitar, bass = band_noise(2000.0), band_noise(2000.0, 6.0), band_noise(60.0, 20.0)
    hidden = listen(np.stack((vocal, guitar, bass))).hidden_by()[0]
    assert hidden.sum(axis=1).argmax() == 1
    assert hidden[1].argmax() == band_index(2000.0)
    assert hidden[2].sum() < 0.01


def test_over_time_tells_when():
    victim, masker = band_noise(1000.0, frames=10), band_noise(1000.0, frames=10)
    masker[:5] = 0
    hidden = listen(np.stack((victim, masker))).hidden_by_over_time()[0, 1]
    assert hidden[:5].max() == 0.0
    index = 10 ** (float(masking_index_db(1000.0)) / 10)
    np.testing.assert_allclose(hidden[5:], index / (1 + index) / 10, rtol=1e-3)  # a tenth of the whole each
    heard = audibility(np.stack((victim, masker)))[0]
    assert heard[:5].min() > 0.999 > heard[5:].max()


def test_faders_of_a_scene_agree_with_powers_at_that_level():
    powers = scene_powers()
    gains = np.array([-12.0, 4.0, 0.0, 7.0])
    moved = powers * (10 ** (gains / 10)).astype(np.float32)[:, None, None]
    np.testing.assert_allclose(listen(powers).audible(gains), listen(moved).audible(), rtol=1e-3)
    per_frame = np.repeat(gains[:, None], powers.shape[1], axis=1)
    np.testing.assert_allclose(listen(powers).audible(per_frame), listen(powers).audible(gains), rtol=1e-6)


def test_a_fader_up_is_heard_better_and_hides_the_others():
    scene = listen(scene_powers())
    before, after = scene.audible(np.zeros(4)), scene.audible(np.array([6.0, 0, 0, 0]))
    assert after[0] > before[0]
    assert np.all(after[1:] < before[1:])


def test_level_of_the_whole_and_order_of_tracks_do_not_matter():
    powers = scene_powers()
    heard = listen(powers).audible()
    np.testing.assert_allclose(listen(powers * np.float32(1e-4)).audible(), heard, rtol=1e-4)
    np.testing.assert_allclose(listen(powers[::-1]).audible()[::-1], heard, rtol=1e-5)


def test_adding_a_silent_track_changes_nothing():
    powers = scene_powers()
    more = np.concatenate((powers, np.zeros_like(powers[:1])))
    np.testing.assert_array_equal(listen(more).audible()[:4], listen(powers).audible())


def test_essential_bands_are_the_strongest():
    power = np.full(BANDS, 1e-6)
    power[band_index(63.0) : band_index(125.0) + 1] = 1.0
    assert list(np.flatnonzero(essential_bands(power))) == [5, 6, 7, 8]
    assert not essential_bands(np.zeros(BANDS)).any()


def test_excitation_keeps_order_of_frequency():
    spread = excitation(band_noise(1000.0))[0]
    at = band_index(1000.0)
    assert int(np.argmax(spread)) == at
    assert spread[at] == pytest.approx(1.0, abs=1e-3)
    assert spread[at + 3] > spread[at - 3]


def test_moments_are_the_same_for_all_tracks():
    long, short = np.arange(2000.0)[:, None] * np.ones(BANDS), np.arange(900.0)[:, None] * np.ones(BANDS)
    powers = sample_powers([long, short], frames=100)
    assert powers.shape == (2, 100, BANDS)
    np.testing.assert_array_equal(powers[0, :45], powers[1, :45])
    assert not powers[1, 45:].any()
    assert sample_powers([], 10).shape == (0, 0, BANDS)


def test_a_scene_without_frames_is_silent():
    assert listen(np.zeros((2, 0, BANDS), np.float32)).audible().tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="shape"):
        listen(np.zeros((2, 4, 5), np.float32))
