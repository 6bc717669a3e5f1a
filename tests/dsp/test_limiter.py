import numpy as np
import pytest
from reference.limiter import smooth_gain

from mixwright._core import native
from mixwright.analysis.true_peak import true_peak_dbtp
from mixwright.dsp.limiter import Limiter, limit

RATE = 48000
SAMPLES = 24000
TIME = np.arange(SAMPLES)
CEILING = -1.0
TOLERANCE = 0.05  # dB over the ceiling by the reference meter


def noise(level, seed=0):
    return np.random.default_rng(seed).normal(0, level, (2, SAMPLES))


def sine(cycles_per_sample, amplitude, phase=0.0):
    return np.tile(amplitude * np.sin(2 * np.pi * cycles_per_sample * TIME + phase), (2, 1))


def clicks():
    audio = np.zeros((2, SAMPLES))
    rng = np.random.default_rng(1)
    audio[:, rng.integers(0, SAMPLES, 40)] = rng.choice([-8, 8], 40)
    return audio


def treble_noise():
    spectrum = np.fft.rfft(noise(1.0))
    spectrum[:, : int(spectrum.shape[1] * 0.92)] *= 0.02
    audio = np.fft.irfft(spectrum)
    return 4 * audio / np.abs(audio).max() * (np.sin(TIME / 80) > 0)


SIGNALS = {
    "uniform white noise": np.random.default_rng(0).uniform(-1, 1, (2, SAMPLES)),
    "white noise": noise(0.35),
    "white noise +20 dB": noise(3.0),
    "noise out of silence": noise(3.0) * (TIME > SAMPLES / 2),
    "bursts of noise": noise(3.0) * (np.random.default_rng(2).random(SAMPLES // 50).repeat(50) < 0.2),
    "noise near half the rate": treble_noise(),
    "square 100 Hz": np.sign(sine(100 / RATE, 1)),
    "square 1 kHz +20 dB": 10 * np.sign(sine(1003 / RATE, 1)),
    "fs/4 at 45 degrees": sine(0.25, 1.41, np.pi / 4),
    "fs/4 +20 dB": sine(0.25, 14, np.pi / 4),
    "0.45 fs": sine(0.45, 10),
    "0.49 fs": sine(0.49, 2),
    "0.499 fs": sine(0.499, 2),
    "two tones near half the rate": sine(0.49, 3) + sine(0.475, 3, 1),
    "half the rate, gated": 3 * np.tile((-1.0) ** TIME * (np.sin(TIME / 500) > 0), (2, 1)),
    "0.47 fs, gated": sine(0.47, 10) * (np.sin(TIME / 500) > 0),
    "clicks": clicks(),
    "50 Hz": sine(50 / RATE, 2),
    "left only": noise(0.5) * [[1], [0]],
}


@pytest.mark.parametrize("lookahead_ms", [0.5, 2, 5])
@pytest.mark.parametrize("name", SIGNALS)
def test_the_ceiling_holds(name, lookahead_ms):
    settings = Limiter(on=True, ceiling_dbtp=CEILING, lookahead_ms=lookahead_ms)
    limited = limit(SIGNALS[name].astype(np.float32), RATE, settings)
    assert true_peak_dbtp(limited) <= CEILING + TOLERANCE


@pytest.mark.parametrize("rate", [22050, 44100, 96000, 192000])
@pytest.mark.parametrize("name", ["white noise +20 dB", "noise near half the rate", "clicks"])
def test_the_ceiling_holds_at_other_rates(name, rate):
    settings = Limiter(on=True, ceiling_dbtp=CEILING, release_ms=5)
    limited = limit(SIGNALS[name].astype(np.float32), rate, settings)
    assert true_peak_dbtp(limited) <= CEILING + TOLERANCE


@pytest.mark.parametrize("seed", range(30))
def test_the_ceiling_holds_for_random_mixtures(seed):
    rng = np.random.default_rng(seed)
    audio = np.zeros(SAMPLES)
    for _ in range(3):
        tone = np.sin(2 * np.pi * rng.uniform(0.001, 0.5) * TIME + rng.uniform(0, 6))
        gate = np.sin(2 * np.pi * TIME / rng.uniform(20, 4000)) > rng.uniform(-1, 1)
        audio += tone * gate * rng.exponential()
    swells = np.exp(1.5 * rng.normal(size=SAMPLES // 20)).repeat(20)
    audio += rng.normal(size=SAMPLES) * swells * rng.exponential()
    audio *= 10 ** (rng.uniform(-3, 30) / 20) / np.abs(audio).max()
    settings = Limiter(on=True, ceiling_dbtp=CEILING, release_ms=float(rng.choice([5, 60, 500])))
    limited = limit(audio[np.newaxis].astype(np.float32), RATE, settings)
    assert true_peak_dbtp(limited) <= CEILING + TOLERANCE


def test_a_steady_peak_reaches_the_ceiling():
    limited = limit(sine(1000 / RATE, 2.0).astype(np.float32), RATE, Limiter(on=True, ceiling_dbtp=CEILING))
    assert true_peak_dbtp(limited[:, 5000:15000] * np.hanning(10000)) == pytest.approx(CEILING, abs=0.01)


def test_below_the_ceiling_nothing_changes():
    audio = np.random.default_rng(0).uniform(-0.4, 0.4, (2, SAMPLES)).astype(np.float32)
    assert true_peak_dbtp(audio) < CEILING
    np.testing.assert_array_equal(limit(audio, RATE, Limiter(on=True, ceiling_dbtp=CEILING)), audio)


@pytest.mark.parametrize("frequency", [50, 100, 1000])
@pytest.mark.parametrize("over_db", [1, 3])
def test_a_steady_sine_stays_clean(frequency, over_db):
    """The gain is held between the peaks of 50 Hz, so that lows are turned down, not distorted."""
    time = np.arange(3 * RATE) / RATE
    audio = 10 ** (over_db / 20) * np.sin(2 * np.pi * frequency * time)[np.newaxis].astype(np.float32)
    settings = Limiter(on=True, ceiling_dbtp=0.0, auto_release=False)
    steady = limit(audio, RATE, settings)[0, 2 * RATE :]
    spectrum = np.abs(np.fft.rfft(steady * np.blackman(RATE))) ** 2
    tone = spectrum[frequency - 3 : frequency + 4].sum()
    assert 10 * np.log10((spectrum.sum() - tone) / tone) < -100


def test_auto_release_recovers_quickly_from_a_click_and_slowly_from_lasting_reduction():
    steady = 0.5 * np.ones((1, 2 * RATE), np.float32)
    click, lasting = steady.copy(), steady.copy()
    click[0, RATE - 10 : RATE] = 2
    lasting[0, :RATE] = 2

    def gain_after(audio, seconds):
        limited = limit(audio, RATE, Limiter(on=True, ceiling_dbtp=0.0))
        return limited[0, RATE + round(seconds * RATE)] / 0.5

    assert gain_after(click, 0.25) > 0.95
    assert gain_after(lasting, 0.25) < 0.75


def test_both_channels_get_the_same_gain():
    audio = np.full((2, SAMPLES), 0.25, np.float32)
    audio[0, 9000:12000] = 1.0
    limited = limit(audio, RATE, Limiter(on=True, ceiling_dbtp=-6.0))
    np.testing.assert_allclose(limited[0, 9000:12000] / 4, limited[1, 9000:12000], rtol=1e-6)


def test_the_gain_follows_the_reference():
    """Steps of a constant: the first stage alone acts, and its gain can be read off."""
    rng = np.random.default_rng(3)
    levels = np.where(rng.random(SAMPLES // 400) < 0.3, rng.uniform(1, 4, SAMPLES // 400), 0.5).repeat(400)
    smooth = np.convolve(levels, np.hanning(201) / 100, "same")  # so that no ripple arises between samples
    limited = limit(smooth[np.newaxis].astype(np.float32), RATE, Limiter(on=True, auto_release=False))
    gain = limited[0, ::8] / smooth[::8]
    peaks = np.maximum(smooth.reshape(-1, 8).max(axis=1), np.append(smooth[8::8], 0))
    release = 1 - np.exp(-8 / (RATE * 0.060))
    expected = smooth_gain(np.minimum(1, 1 / peaks), attack=12, extra=1, hold=48, release=release)
    # The processor estimates peaks between samples: not quite the same ones.
    np.testing.assert_allclose(gain[100:-100], expected[100:-100], atol=5e-3)


@pytest.mark.parametrize("block", [1, 7, 8, 13, 512, 4099, 65536])
def test_any_split_gives_the_same_bits(block):
    audio = noise(0.5)[:, : 4000 if block == 1 else SAMPLES].astype(np.float32)
    settings = Limiter(on=True, ceiling_dbtp=CEILING).flat()
    whole, parts = native.Limiter(RATE), native.Limiter(RATE)
    whole.set(settings)
    parts.set(settings)
    pieces = [parts.process(audio[:, i : i + block].copy()) for i in range(0, audio.shape[1], block)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole.process(audio))


def test_mono_equals_two_equal_channels():
    audio = noise(0.5)[:1].astype(np.float32)
    settings = Limiter(on=True, ceiling_dbtp=CEILING)
    both = limit(np.repeat(audio, 2, axis=0), RATE, settings)
    np.testing.assert_array_equal(limit(audio, RATE, settings)[0], both[0])
    np.testing.assert_array_equal(both[0], both[1])


@pytest.mark.parametrize("lookahead_ms", [0.5, 2, 5])
@pytest.mark.parametrize("on", [False, True])
def test_latency_is_the_delay(lookahead_ms, on):
    processor = native.Limiter(RATE)
    processor.set(Limiter(on=on, lookahead_ms=lookahead_ms).flat())
    impulse = np.zeros((1, 2000), np.float32)
    impulse[0, 0] = 0.5
    assert np.flatnonzero(processor.process(impulse)[0]).tolist() == [processor.latency]


def test_reset_starts_afresh():
    processor = native.Limiter(RATE)
    processor.set(Limiter(on=True, ceiling_dbtp=CEILING).flat())
    audio = noise(0.5).astype(np.float32)
    first = processor.process(audio)
    processor.reset()
    np.testing.assert_array_equal(processor.process(audio), first)


def test_a_moved_ceiling_takes_hold_without_a_jump():
    processor = native.Limiter(RATE)
    audio = sine(440 / RATE, 1.0).astype(np.float32)
    processor.set(Limiter(on=True, ceiling_dbtp=0.0).flat())
    before = processor.process(audio[:, : SAMPLES // 2].copy())
    processor.set(Limiter(on=True, ceiling_dbtp=-12.0).flat())
    limited = np.concatenate([before, processor.process(audio[:, SAMPLES // 2 :].copy())], axis=1)
    assert np.abs(np.diff(limited[0])).max() < 0.08  # the tone itself moves 0.058 per sample
    assert np.abs(limited[:, SAMPLES // 2 + 2000 :]).max() <= 10 ** (-12 / 20) * 1.0001


def test_reported_reduction():
    processor = native.Limiter(RATE)
    processor.set(Limiter(on=True, ceiling_dbtp=-6.0).flat())
    assert processor.last_gain_reduction_db == 0
    processor.process(sine(1000 / RATE, 1.0).astype(np.float32))
    assert processor.last_gain_reduction_db == pytest.approx(-6.0, abs=0.01)
    histogram = np.array(processor.reduction_histogram)
    assert histogram.sum() == SAMPLES
    assert histogram[23:25].sum() > 0.95 * SAMPLES


def test_neutral_when_off():
    assert native.Limiter.neutral(Limiter().flat())
    assert not native.Limiter.neutral(Limiter(on=True).flat())


def test_real_music(shared_data):
    soundfile = pytest.importorskip("soundfile")
    path = sorted(shared_data("raw_dev").glob("mdb_80srock/raw/*.flac"))[0]
    audio, rate = soundfile.read(path, frames=44100 * 10, dtype="float32", always_2d=True)
    audio = np.ascontiguousarray(audio.T[:2]) / max(np.abs(audio).max(), 1e-9)
    for gain in (1, 4):
        limited = limit(gain * audio, rate, Limiter(on=True, ceiling_dbtp=CEILING))
        assert true_peak_dbtp(limited) <= CEILING + TOLERANCE
