"""Band powers against NumPy's transform, and laws of the meter."""

import numpy as np
import pytest

from mixwright.analysis.bands import BANDS, CENTERS_HZ
from mixwright.analysis.spectrum import MAX_FINE_FRAMES, BandMeter, transform_length

SR = 44100


def audio(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((channels, samples)).astype(np.float32)


def plain_powers(sound: np.ndarray, length: int) -> np.ndarray:
    """Power per frame and bin, both channels together."""
    window = np.hanning(length + 1)[:-1]
    padded = np.pad(sound.astype(np.float64), ((0, 0), (length // 2, length)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)[:, :: length // 2]
    spectra = np.fft.rfft(frames * window, axis=-1)
    return np.sum(np.abs(spectra) ** 2, axis=0) * 2 / (length * np.sum(window**2))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sample_rate", [8000, 44100, 96000])
def test_fine_bands_hold_what_numpy_finds(channels, sample_rate):
    sound = audio(channels, sample_rate)
    meter = BandMeter(sample_rate, channels)
    meter.add(sound)
    frames = meter.finish()
    bins = plain_powers(sound, transform_length(sample_rate))[: frames.shape[0]]
    hz = np.arange(bins.shape[1]) * sample_rate / meter.length
    low, high = 20 * 2 ** (-1 / 6), min(meter.fine_hz[-1] * 2**0.1, 1000 * 2 ** (27 / 6))
    inside = (hz >= low) & (hz < high)
    np.testing.assert_allclose(frames.sum(axis=1), bins[:, inside].sum(axis=1), rtol=2e-3)
    np.testing.assert_allclose(meter.fine().sum(axis=1), frames.sum(axis=1), rtol=1e-5)


def test_pieces_do_not_matter():
    sound = audio(2, 3 * SR)
    whole, cut = BandMeter(SR, 2), BandMeter(SR, 2)
    whole.add(sound)
    for start in range(0, sound.shape[1], 10000):
        cut.add(sound[:, start : start + 10000])
    np.testing.assert_array_equal(whole.finish(), cut.finish())
    np.testing.assert_allclose(whole.channel_energy, cut.channel_energy, rtol=1e-6)
    np.testing.assert_allclose(whole.cross_energy, cut.cross_energy, rtol=1e-6, atol=1e-6)


def test_mono_is_half_of_a_stereo_pair():
    sound = audio(1, 2 * SR)
    mono, stereo = BandMeter(SR, 1), BandMeter(SR, 2)
    mono.add(sound)
    stereo.add(np.repeat(sound, 2, axis=0))
    np.testing.assert_allclose(2 * mono.finish(), stereo.finish(), rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(stereo.cross_energy, mono.channel_energy[0], rtol=1e-4)


def test_fine_bands_are_narrow_and_nested():
    meter = BandMeter(SR, 1)
    assert np.all(np.diff(meter.fine_hz) > 0)
    high = meter.fine_hz > 400
    ratios = meter.fine_hz[high][1:] / meter.fine_hz[high][:-1]
    assert ratios.max() < 2 ** (1.5 / 24)
    sine = np.sin(2 * np.pi * 1000 * np.arange(2 * SR) / SR)[None].astype(np.float32)
    meter.add(sine)
    frames = meter.finish()
    assert meter.fine_hz[np.argmax(meter.fine().sum(axis=0))] == pytest.approx(1000, rel=0.03)
    assert CENTERS_HZ[np.argmax(frames.sum(axis=0))] == pytest.approx(1000)
    assert frames.shape[1] == BANDS


def test_long_songs_keep_memory_bounded():
    meter = BandMeter(8000, 1)
    meter.add(audio(1, (MAX_FINE_FRAMES + 500) * meter.hop))
    assert meter.finish().shape[0] > MAX_FINE_FRAMES
    assert meter.fine().shape[0] <= MAX_FINE_FRAMES
    assert meter.fine_frame_s == 2 * meter.frame_s
