import numpy as np
import pytest
from dsp.laws import RATES, assert_splits_are_bit_identical, bursts, nasty_inputs, splits
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import space as reference

from mixwright._core import native
from mixwright.dsp.echo import BEATS, Echo, echo

RATE = 48000
PLAIN = Echo(sync="off", time_ms=100, feedback=0.5, high_pass_hz=20, low_pass_hz=20000)


def processor(values: Echo, rate: float = RATE, position: int = 0):
    one = native.Echo(rate)
    one.set(values.native_settings(120))
    one.seek(position)
    return one


@st.composite
def any_settings(draw):
    return Echo().unpack([draw(st.floats(0, 1)) for _ in Echo().pack()])


@pytest.mark.parametrize("rate", RATES)
def test_echoes_come_at_the_sample_and_fall_by_the_feedback(rate):
    period = round(0.1 * rate)
    out = echo(np.eye(2, 5 * period, dtype=np.float32)[:1], rate, PLAIN)
    expected = np.zeros(5 * period)
    expected[period::period] = 0.5 ** np.arange(4)
    np.testing.assert_allclose(out, [expected, expected], atol=1e-6)


def test_ping_pong_alternates():
    period = 4800
    out = echo(np.eye(1, 5 * period, dtype=np.float32), RATE, PLAIN.replace(ping_pong=True))
    assert [np.flatnonzero(channel).tolist() for channel in out] == [
        [period, 3 * period],
        [2 * period, 4 * period],
    ]


@pytest.mark.parametrize("ping_pong", [False, True])
@pytest.mark.parametrize("right_ratio", [0.5, 0.75, 2.0])
@pytest.mark.parametrize("width", [0.0, 1.0, 2.0])
def test_equals_the_reference(ping_pong, right_ratio, width):
    values = PLAIN.replace(time_ms=10.0, right_ratio=right_ratio, ping_pong=ping_pong, width=width)
    audio = bursts(6000)
    right = max(480, round(480 * right_ratio))  # 10 ms is the least
    expected = reference.echoes(audio.astype(float), 480, right, 0.5, ping_pong, width)
    np.testing.assert_allclose(echo(audio, RATE, values), expected, atol=2e-6)


@pytest.mark.parametrize("sync", BEATS)
@pytest.mark.parametrize("tempo_bpm", [60, 97.3, 174])
def test_sync_follows_the_tempo(sync, tempo_bpm):
    values = PLAIN.replace(sync=sync, feedback=0.0)
    samples = round(60 / tempo_bpm * BEATS[sync] * RATE)
    out = echo(np.eye(1, 2 * RATE + 100, dtype=np.float32), RATE, values, tempo_bpm)
    assert np.flatnonzero(out[0]).tolist() == [samples]


def test_each_round_is_filtered():
    """The n-th echo has passed the filters n times."""
    values = PLAIN.replace(low_pass_hz=2000.0, high_pass_hz=200.0, feedback=0.9)
    out = echo(np.eye(1, RATE, dtype=np.float32), RATE, values)[0].astype(float)
    first, second = (np.fft.rfft(out[4800 * k : 4800 * k + 4800]) for k in (1, 2))
    for hz in (100, 200, 1000, 2000, 6000):
        bin_ = hz // 10
        assert abs(second[bin_]) == pytest.approx(0.9 * abs(first[bin_]) ** 2, rel=0.01, abs=2e-3)
    assert 20 * np.log10(abs(first[200])) == pytest.approx(-3.01, abs=0.05)
    assert 20 * np.log10(abs(first[20])) == pytest.approx(-3.01, abs=0.05)


def test_modulation_swings_by_what_it_says():
    values = PLAIN.replace(modulation_ms=2.0, modulation_hz=1.0, feedback=0.0)
    pulses = np.zeros((2, 3 * RATE), np.float32)
    pulses[:, ::1200] = 1
    out = echo(pulses, RATE, values)[0]
    centres = []
    for k in range(4, 110):
        start = 1200 * k + 4800 - 600
        window = out[start : start + 1200].astype(float)
        centres.append((np.arange(1200) * window).sum() / window.sum() - 600)
    assert max(centres) == pytest.approx(96, abs=2)
    assert min(centres) == pytest.approx(-96, abs=2)


@settings(max_examples=12, deadline=None)
@given(values=any_settings(), lengths=splits, position=st.integers(0, 10**10))
def test_blocks_do_not_matter(values, lengths, position):
    assert_splits_are_bit_identical(lambda: processor(values, RATE, position), bursts(3000), lengths)


def test_started_anywhere_it_converges():
    values = Echo(sync="1/8", feedback=0.3, modulation_ms=1.0, modulation_hz=0.7)
    audio = bursts(RATE * 14)
    full = echo(audio, RATE, values)
    start = 12345
    late = echo(np.ascontiguousarray(audio[:, start:]), RATE, values, position=start)
    rest = late[:, 10 * RATE :] - full[:, start + 10 * RATE :]
    assert rest.std() < 10 ** (-90 / 20) * full.std()


@pytest.mark.parametrize(
    "change", [{"time_ms": 170.0}, {"ping_pong": True}, {"feedback": 0.9}, {"width": 0.0}]
)
def test_changes_do_not_click(change):
    """The loudest content above 4 kHz of a 300 Hz tone stays 60 dB below the tone."""
    tone = np.sin(2 * np.pi * 300 / RATE * np.arange(RATE * 2)).astype(np.float32)
    one = processor(PLAIN)
    first = one.process(np.stack([tone[:RATE]] * 2))
    one.set(PLAIN.replace(**change).native_settings(120))
    out = np.concatenate([first, one.process(np.stack([tone[RATE:]] * 2))], axis=1)[:, RATE // 2 :]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.shape[1]))) ** 2
    split = int(4000 * out.shape[1] / RATE)
    assert 10 * np.log10(spectrum[:, split:].sum() / spectrum.sum()) < -60


def test_tail_has_gone_when_it_says():
    values = Echo(sync="off", time_ms=50, feedback=0.6)
    audio = np.zeros((2, int(RATE * (0.5 + values.tail_s(120) + 0.5))), np.float32)
    audio[:, : RATE // 2] = bursts(RATE // 2)
    out = echo(audio, RATE, values)
    assert 20 * np.log10(np.abs(out[:, int(RATE * (0.5 + values.tail_s(120))) :]).max()) < -95
    assert Echo(feedback=0.0).tail_s(120) < 1


def test_silence_stays_silent_and_reset_forgets():
    one = processor(Echo())
    assert not one.process(np.zeros((2, 5000), np.float32)).any()
    first = one.process(bursts(50000))
    one.reset()
    one.seek(5000)
    np.testing.assert_array_equal(one.process(bursts(50000)), first)


@pytest.mark.parametrize("name", nasty_inputs())
@pytest.mark.parametrize("ping_pong", [False, True])
def test_nasty_inputs_stay_finite(name, ping_pong):
    values = Echo(
        sync="off", time_ms=10, feedback=0.95, ping_pong=ping_pong, modulation_ms=2, modulation_hz=2
    )
    assert np.isfinite(echo(nasty_inputs()[name], 22050, values)).all()


def test_mono_stays_mono():
    audio = bursts(20000, channels=1)
    one = processor(PLAIN)
    np.testing.assert_allclose(one.process(audio)[0], echo(audio, RATE, PLAIN)[0], atol=1e-7)
