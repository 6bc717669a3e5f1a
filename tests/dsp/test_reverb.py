import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.space import decay_time_s, declared_decay_s, echo_density, octave_band, pink_noise

from mixwright._core import native
from mixwright.dsp.reverb import PRESETS, Reverb, decay_curve, reverberate
from mixwright.errors import InputError

RATE = 48000
BANDS = (125, 250, 500, 1000, 2000, 4000, 8000)


def processor(values: Reverb, rate: float = RATE, position: int = 0):
    one = native.Reverb(rate)
    one.set(values.flat())
    one.seek(position)
    return one


def responses(values: Reverb, rate: float, seconds: float, count: int = 3) -> list[np.ndarray]:
    """Responses to single samples at different times of the modulation."""
    impulse = np.zeros((2, int(seconds * rate)), np.float32)
    out = []
    for k in range(count):
        impulse[:, 0] = [(1, 0), (0, 1), (1, 1)][k % 3]
        out.append(reverberate(impulse, rate, values, position=k * int(1.37 * rate)).astype(float))
    return out


def decay_errors(values: Reverb, rate: float = RATE) -> dict[int, float]:
    """Per octave; an octave in the bass holds few modes, so rooms of different size are averaged."""
    heard = []
    for factor in (0.7, 0.8, 0.9, 1.0, 1.2, 1.4) if values.decay_s < 1.5 else (0.8, 1.1):
        size = min(max(values.size_m * factor, 2.0), 50.0)
        heard += responses(values.replace(size_m=size), rate, values.tail_s(-65), count=2)
    errors = {}
    for band in BANDS:
        if band * 2**0.5 < 0.49 * rate:
            energy = sum((octave_band(one, band, rate) ** 2).sum(axis=0) for one in heard)
            declared = declared_decay_s(band, rate, lambda f: decay_curve(f, values))
            errors[band] = decay_time_s(energy, rate) / declared - 1
    return errors


@st.composite
def any_settings(draw):
    return Reverb().unpack([draw(st.floats(0, 1)) for _ in Reverb().pack()])


@pytest.mark.parametrize("kind", PRESETS)
def test_decay_per_band_within_5_percent(kind):
    errors = decay_errors(Reverb.preset(kind))
    assert max(map(abs, errors.values())) < 0.05, errors


@pytest.mark.parametrize(
    "changes",
    [
        {"decay_s": 0.4, "size_m": 5},
        {"decay_s": 0.6, "size_m": 16, "low_decay": 1.5},
        {"decay_s": 1.0, "low_decay": 2.0, "high_decay": 0.25},
        {"decay_s": 2.0, "low_decay": 0.5, "low_crossover_hz": 400, "high_decay": 1.0},
        {"decay_s": 2.0, "high_decay": 1.2, "size_m": 25, "modulation_ms": 0},
        {"decay_s": 12.0, "size_m": 20, "low_decay": 1.0, "high_decay": 1.0},
        {"decay_s": 5.0, "size_m": 40, "high_decay": 0.4, "high_crossover_hz": 3000},
    ],
)
def test_decay_follows_the_settings(changes):
    errors = decay_errors(Reverb(**changes))
    assert max(map(abs, errors.values())) < 0.05, errors


@pytest.mark.parametrize("rate", [22050, 44100, 96000])
def test_decay_at_other_rates(rate):
    errors = decay_errors(Reverb(decay_s=1.2), rate)
    assert max(map(abs, errors.values())) < 0.05, errors


@pytest.mark.parametrize("size_m", [2, 10, 50])
@pytest.mark.parametrize("decay_s", [0.1, 0.5, 2, 8])
def test_wet_is_as_loud_as_pink_noise_going_in(decay_s, size_m):
    values = Reverb(decay_s=decay_s, size_m=size_m)
    noise = pink_noise(int(RATE * (6 + 2 * decay_s)), RATE)
    wet = reverberate(noise, RATE, values)[:, int(RATE * (1 + 1.2 * decay_s)) :]
    assert 10 * np.log10(np.mean(wet**2) / np.mean(noise**2)) == pytest.approx(0, abs=1)
    assert abs(np.corrcoef(wet)[0, 1]) < 0.2


@pytest.mark.parametrize("kind", PRESETS)
def test_mono_input_fills_the_stereo_field(kind):
    noise = pink_noise(RATE * 8, RATE)[:1]
    wet = reverberate(noise, RATE, Reverb.preset(kind))[:, RATE * 3 :]
    assert 10 * np.log10(np.mean(wet**2) / np.mean(noise**2)) == pytest.approx(0, abs=1)
    assert abs(np.corrcoef(wet)[0, 1]) < 0.2
    assert 10 * np.log10(wet[0].var() / wet[1].var()) == pytest.approx(0, abs=1)


def test_width_goes_from_mono_to_wide_at_equal_power():
    noise = pink_noise(RATE * 6, RATE)
    wet = {w: reverberate(noise, RATE, Reverb(width=w))[:, RATE * 2 :] for w in (0.0, 1.0, 1.5)}
    np.testing.assert_allclose(wet[0.0][0], wet[0.0][1], atol=1e-6)
    assert np.corrcoef(wet[1.5])[0, 1] < -0.2
    for one in wet.values():
        assert 10 * np.log10(np.mean(one**2) / np.mean(wet[1.0] ** 2)) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("kind", PRESETS)
def test_echoes_become_dense(kind):
    """Gaussian (1) within 10 % about 80 ms after the first reflection, mean over both channels."""
    values = Reverb.preset(kind).replace(pre_delay_ms=0.0)
    heard = responses(values, RATE, 1.0, count=3)
    for at in (0.09, 0.15, 0.3):
        density = np.mean([echo_density(channel, RATE, at) for one in heard for channel in one])
        assert density == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("kind", PRESETS)
def test_tail_does_not_ring(kind):
    """No line stands out of the tail's spectrum: bins of noise exceed their mean by 10-11 dB at most."""
    values = Reverb.preset(kind)
    tail = responses(values, RATE, 1.5, count=1)[0][0, int(0.2 * RATE) :]
    tail = tail[: 1 << 15] * 10 ** (3 * np.arange(1 << 15) / RATE / values.decay_s)
    power = np.abs(np.fft.rfft(tail * np.hanning(len(tail)))) ** 2
    smooth = np.convolve(power, np.ones(501) / 501, "same")
    low, high = (int(f * len(tail) / RATE) for f in (300, 6000))
    assert 10 * np.log10((power / smooth)[low:high]).max() < 13.5


@settings(max_examples=12, deadline=None)
@given(values=any_settings(), lengths=splits, position=st.integers(0, 10**10))
def test_blocks_do_not_matter(values, lengths, position):
    assert_splits_are_bit_identical(lambda: processor(values, RATE, position), bursts(3000), lengths)


def test_changes_in_blocks_do_not_matter():
    """Settings changed at the same samples give the same bits in any blocks."""
    audio = bursts(20000)

    def run(cut: int) -> np.ndarray:
        one, out = processor(Reverb()), []
        for k in range(10):
            one.set(Reverb(size_m=10 + k, pre_delay_ms=5 + 3 * k, decay_s=1 + 0.1 * k, early=0.05 * k).flat())
            for start in range(2000 * k, 2000 * (k + 1), cut):
                end = min(start + cut, 2000 * (k + 1))
                out.append(one.process(np.ascontiguousarray(audio[:, start:end])))
        return np.concatenate(out, axis=1)

    whole = run(2000)
    for cut in (1999, 64, 17):
        np.testing.assert_array_equal(run(cut), whole)


def test_started_anywhere_it_converges():
    """The issue's own bound: below -90 dB of the full render within 10 s, decay 1.5 s."""
    values = Reverb(decay_s=1.5, modulation_ms=0.5, modulation_hz=1.3)
    audio = pink_noise(RATE * 16, RATE)
    full = reverberate(audio, RATE, values)
    for start in (RATE * 2 + 1, RATE * 5 + 12345):
        late = reverberate(np.ascontiguousarray(audio[:, start:]), RATE, values, position=start)
        after = late[:, 10 * RATE :] - full[:, start + 10 * RATE :]
        assert 20 * np.log10(after.std() / full.std()) < -90


def test_modulation_moves_the_tail():
    still, moving = (Reverb(modulation_ms=m) for m in (0.0, 0.2))
    for values, same in ((still, True), (moving, False)):
        a, b = (
            reverberate(np.eye(2, RATE, dtype=np.float32), RATE, values, position=p) for p in (0, RATE // 3)
        )
        assert np.allclose(a, b, atol=1e-9) == same


def test_pre_delay_is_exact():
    impulse = np.eye(1, RATE, dtype=np.float32)
    base = reverberate(impulse, RATE, Reverb(pre_delay_ms=0, modulation_ms=0))
    later = reverberate(impulse, RATE, Reverb(pre_delay_ms=50, modulation_ms=0))
    np.testing.assert_array_equal(later[:, 2400:], base[:, :-2400])


def test_return_equaliser_filters():
    noise = pink_noise(RATE * 4, RATE)
    base = reverberate(noise, RATE, Reverb())
    cut = reverberate(noise, RATE, Reverb(high_pass_hz=500, low_pass_hz=2000))
    for band, low, high in ((125, -60, -20), (1000, -2, 0.5), (8000, -30, -18)):
        gain = 10 * np.log10(
            np.mean(octave_band(cut, band, RATE) ** 2) / np.mean(octave_band(base, band, RATE) ** 2)
        )
        assert low < gain < high


@pytest.mark.parametrize("rate", RATES)
def test_tail_has_gone_when_it_says(rate):
    values = Reverb(decay_s=0.5, size_m=8)
    burst = np.zeros((2, int(rate * (0.5 + values.tail_s() + 0.2))), np.float32)
    burst[:, : rate // 2] = pink_noise(rate // 2, rate)
    wet = reverberate(burst, rate, values)
    gone = wet[:, int(rate * (0.5 + values.tail_s())) :]
    assert np.isfinite(wet).all()
    assert 20 * np.log10(np.abs(gone).max() / 0.1) < -95
    assert np.abs(wet[:, rate // 2 :]).max() > 0.01


def test_automation_does_not_click():
    """Sweeping everything under a low tone adds nothing above 2 kHz but a little."""
    tone = 0.5 * np.sin(2 * np.pi * 100 / RATE * np.arange(RATE * 4)).astype(np.float32)
    one, out = processor(Reverb(low_pass_hz=20000)), []
    for k in range(4 * RATE // 64):
        x = k / (4 * RATE // 64)
        one.set(
            Reverb(
                decay_s=1 + x, size_m=10 + 10 * x, pre_delay_ms=50 * x, early=0.5 * x, width=1.5 * x
            ).flat()
        )
        out.append(one.process(np.stack([tone[64 * k : 64 * (k + 1)]] * 2)))
    wet = np.concatenate(out, axis=1)[:, RATE:]
    spectrum = np.abs(np.fft.rfft(wet * np.hanning(wet.shape[1]))) ** 2
    split = int(2000 * wet.shape[1] / RATE)
    assert 10 * np.log10(spectrum[:, split:].sum() / spectrum.sum()) < -60


def test_silence_stays_silent_and_reset_forgets():
    one = processor(Reverb())
    assert not one.process(np.zeros((2, 5000), np.float32)).any()
    first = one.process(bursts(5000))
    one.reset()
    one.seek(5000)
    np.testing.assert_array_equal(one.process(bursts(5000)), first)


@pytest.mark.parametrize("rate", [22050, 192000])
def test_the_longest_tail_still_falls(rate):
    """20 s, three times that in the bass, both crossovers at 1 kHz: from 2 to 8 s at least 4 dB down."""
    values = Reverb(decay_s=20, low_decay=3, low_crossover_hz=1000, high_decay=1.5, high_crossover_hz=1000)
    wet = responses(values, rate, 8, count=1)[0]
    first, last = (np.mean(wet[:, int(a * rate) : int((a + 1) * rate)] ** 2) for a in (1.5, 6.9))
    assert 10 * np.log10(last / first) < -4


@pytest.mark.parametrize("name", nasty_inputs())
def test_nasty_inputs_stay_finite(name):
    for values in (Reverb(), Reverb(decay_s=20, low_decay=3, high_decay=1.5, size_m=2, diffusion=1)):
        assert np.isfinite(reverberate(nasty_inputs()[name], RATE, values)).all()


def test_unknown_preset_names_the_known():
    with pytest.raises(InputError, match="room, chamber, plate, hall"):
        Reverb.preset("cathedral")
