import numpy as np
import pytest
from scipy import signal

from mixwright.analysis.loudness import Loudness, LoudnessMeter, k_weighting, measure_loudness
from mixwright.errors import InputError
from mixwright.units import SILENCE_DB


def reference(audio, rate):
    """Integrated loudness and loudness range, straight from the documents."""
    squares = signal.sosfilt(k_weighting(rate), audio.astype(float)) ** 2
    totals = np.concatenate([[0], np.cumsum(squares.sum(axis=0))])

    def windows(seconds):
        ends = np.floor(np.arange(round(seconds * 10), audio.shape[1] * 10 // rate + 1) * rate / 10 + 0.5)
        starts = np.floor((np.arange(len(ends))) * rate / 10 + 0.5)
        return (totals[ends.astype(int)] - totals[starts.astype(int)]) / (ends - starts)

    def gated(powers, below):
        loud = powers[powers >= 10 ** ((-70 + 0.691) / 10)]
        return loud[loud >= loud.mean() * 10 ** (-below / 10)]

    short_term = np.sort(10 * np.log10(gated(windows(3), 20)))
    low, high = short_term[np.floor(np.array([0.10, 0.95]) * (len(short_term) - 1) + 0.5).astype(int)]
    return -0.691 + 10 * np.log10(gated(windows(0.4), 10).mean()), high - low


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_equals_the_reference(rate, channels):
    rng = np.random.default_rng(rate + channels)
    swell = np.repeat(rng.uniform(0, 0.3, 40) ** 2, rate // 4)
    audio = (swell * rng.normal(size=(channels, swell.size))).astype(np.float32)
    expected_lufs, expected_range = reference(audio, rate)
    loudness = measure_loudness(audio, rate)
    assert loudness.integrated_lufs == pytest.approx(expected_lufs, abs=1e-6)
    assert loudness.range_lu == pytest.approx(expected_range, abs=1e-6)


@pytest.mark.parametrize("block", [1, 64, 479, 4097, 65536])
def test_any_split_reads_the_same_bits(block):
    audio = np.random.default_rng(3).normal(0, 0.1, (2, 200_000 if block > 1 else 30_000)).astype(np.float32)
    whole, parts = LoudnessMeter(44100, 2), LoudnessMeter(44100, 2)
    whole.add(audio)
    for start in range(0, audio.shape[1], block):
        parts.add(audio[:, start : start + block])
    assert parts.reading() == whole.reading()
    np.testing.assert_array_equal(parts.momentary_curve_lufs, whole.momentary_curve_lufs)


@pytest.mark.parametrize("samples", [0, 100, 19_199, 48_000])
def test_silence_and_sounds_shorter_than_a_window(samples):
    loudness = measure_loudness(np.zeros((2, samples), np.float32), 48000)
    assert loudness == Loudness(SILENCE_DB, 0, SILENCE_DB, SILENCE_DB)


def test_reset_forgets():
    audio = np.random.default_rng(3).normal(0, 0.1, (2, 50_000)).astype(np.float32)
    meter = LoudnessMeter(48000, 2)
    meter.add(audio)
    first = meter.reading()
    meter.reset()
    assert meter.integrated_lufs == SILENCE_DB
    meter.add(audio)
    assert meter.reading() == first


def test_silence_after_a_loud_passage_reads_silence():
    meter = LoudnessMeter(48000, 2)
    meter.add(np.random.default_rng(3).normal(0, 1, (2, 48_000)).astype(np.float32))
    meter.add(np.zeros((2, 48_000 * 5), np.float32))
    assert meter.momentary_lufs < -120


def test_unknown_layouts_ask_for_weights():
    with pytest.raises(InputError, match="channel weights"):
        LoudnessMeter(48000, 8)
    assert LoudnessMeter(48000, 8, [1.0] * 8).integrated_lufs == SILENCE_DB
