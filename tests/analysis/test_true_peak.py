import numpy as np
import pytest
from scipy import signal

from mixwright.analysis.true_peak import TruePeakMeter, true_peak_dbtp
from mixwright.errors import InputError
from mixwright.units import SILENCE_DB, gain_to_db

RATE = 48000


def noise(samples, seed=0, cutoff=20000):
    """Noise without what lies beyond the meters' flat range."""
    low_pass = signal.firwin(255, cutoff, fs=RATE, window=("kaiser", 9.0))
    rng = np.random.default_rng(seed)
    return signal.convolve(rng.normal(0, 0.2, (2, samples)), low_pass[np.newaxis], "same").astype(np.float32)


def resampled_peak_dbtp(audio):
    """The same by an independent long interpolator."""
    padded = np.pad(audio.astype(float), ((0, 0), (300, 300)))
    return gain_to_db(np.abs(signal.resample_poly(padded, 8, 1, axis=1, window=("kaiser", 12.0))).max())


@pytest.mark.parametrize("seed", range(5))
def test_equals_scipys_resampling(seed):
    audio = noise(30_000, seed, cutoff=16000)
    assert true_peak_dbtp(audio) == pytest.approx(resampled_peak_dbtp(audio), abs=0.02)


def test_equals_the_definition():
    audio = np.random.default_rng(2).normal(0, 0.3, 5000).astype(np.float32)
    time = np.arange(-32 * 8, 32 * 8 + 1) / 8  # 64 taps per phase
    kernel = np.sinc(time) * np.kaiser(time.size, 7.0)
    expanded = np.zeros(audio.size * 8)
    expanded[::8] = audio
    phases = [np.convolve(expanded, kernel)[phase::8] for phase in range(8)]
    gains = [kernel[phase::8].sum() for phase in range(8)]  # each phase has unity gain at 0 Hz
    expected = max(np.abs(phase).max() / gain for phase, gain in zip(phases, gains, strict=True))
    assert true_peak_dbtp(audio) == pytest.approx(gain_to_db(expected), abs=1e-4)


@pytest.mark.parametrize("frequency", [0.1, 0.25, 0.4, 0.45, 0.46])
@pytest.mark.parametrize("phase", [0, 0.4, 1.1])
def test_sines_read_their_amplitude(frequency, phase):
    fade = np.hanning(8192)
    audio = fade * np.sin(2 * np.pi * frequency * np.arange(8192) + phase)
    # 8 times oversampling misses at most 1 - cos(pi / 16), 0.17 dB, and that just at half the sample rate.
    assert true_peak_dbtp(audio) == pytest.approx(0, abs=0.17)


@pytest.mark.parametrize("quality", ["reference", "bs1770"])
@pytest.mark.parametrize("block", [1, 63, 1000, 65536])
def test_any_split_reads_the_same_bits(block, quality):
    audio = np.random.default_rng(1).normal(0, 0.2, (2, 70_000 if block > 1 else 5_000)).astype(np.float32)
    meter = TruePeakMeter(2, quality)
    for start in range(0, audio.shape[1], block):
        meter.add(audio[:, start : start + block])
    assert meter.peak_dbtp == true_peak_dbtp(audio, quality)
    assert meter.peak_dbtp == meter.peak_dbtp  # reading changes nothing


@pytest.mark.parametrize("quality", ["reference", "bs1770"])
def test_passing_over_quiet_passages_misses_nothing(quality):
    audio = np.random.default_rng(4).normal(0, 0.2, (1, 20_000)).astype(np.float32)
    audio *= np.linspace(1, 0.1, audio.size, dtype=np.float32)
    backwards = np.ascontiguousarray(audio[:, ::-1])  # rising: hardly anything is passed over
    if quality == "reference":  # mirrored phases of BS.1770's filter lie on other sides of the samples
        assert true_peak_dbtp(audio) == pytest.approx(true_peak_dbtp(backwards), abs=1e-5)
    assert true_peak_dbtp(audio, quality) >= gain_to_db(float(np.abs(audio).max())) - 1e-6


def test_the_end_counts_as_if_silence_followed():
    audio = np.zeros((1, 100), np.float32)
    audio[0, -2:] = 1  # the waveform rises above both
    assert true_peak_dbtp(audio) == pytest.approx(true_peak_dbtp(np.pad(audio, ((0, 0), (0, 500)))), abs=1e-6)
    assert true_peak_dbtp(audio) > 1


def test_channels_and_sample_peak():
    audio = noise(5000)
    meter = TruePeakMeter(2)
    meter.add(audio)
    assert meter.channel_peaks_dbtp == [true_peak_dbtp(audio[0]), true_peak_dbtp(audio[1])]
    assert meter.peak_dbtp == max(meter.channel_peaks_dbtp)
    assert meter.sample_peak_dbfs == pytest.approx(gain_to_db(float(np.abs(audio).max())), abs=1e-6)


def test_silence_and_nothing():
    assert true_peak_dbtp(np.zeros((2, 1000))) == SILENCE_DB
    assert true_peak_dbtp(np.zeros((1, 0))) == SILENCE_DB


def test_unknown_quality():
    with pytest.raises(InputError, match="reference, bs1770"):
        TruePeakMeter(1, "best")
