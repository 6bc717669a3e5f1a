"""The loudness target, and the true reason where it is missed."""

import numpy as np
import pytest

from mixwright.dsp.equalizer import Band, Equalizer
from mixwright.dsp.soft_clip import SoftClip
from mixwright.engineer.finish import MAX_PEAK_REDUCTION_DB, Finish, finish
from mixwright.mix_model import Master, Mix
from mixwright.project import Brief

RATE = 44100
TIME = np.arange(6 * RATE) / RATE
TONE = 0.5 * np.sin(2 * np.pi * 1000 * TIME)


def finished(signal: np.ndarray, brief: Brief, **master: object) -> Finish:
    stereo = np.stack([signal, signal]).astype(np.float32)
    mix = Mix(master=Master(**master)).with_values({"master.limiter.on": True})  # type: ignore[arg-type]
    return finish(lambda: [(0, stereo)], mix, brief, RATE)


def told(done: Finish) -> str:
    """What the report and the decision say of a miss."""
    (reason,) = [d.reason for d in done.decisions if d.id == "master_drive"]
    assert done.note in reason
    return reason


def clicks() -> np.ndarray:
    return np.where(np.arange(TIME.size) % 20000 < 40, 0.9, 0.001) * np.sin(2 * np.pi * 1000 * TIME)


def test_the_cap_on_peak_reduction_is_named_where_it_stopped_the_drive():
    done = finished(clicks(), Brief(loudness_lufs=-10))
    assert not done.target_met
    assert "punch" in done.note
    assert f"over {MAX_PEAK_REDUCTION_DB:g} dB" in told(done)


def test_a_waveform_that_cannot_get_louder_is_named():
    clip = SoftClip(on=True, threshold_db=-24, ceiling_db=-12)
    done = finished(TONE, Brief(loudness_lufs=-8.0), soft_clip=clip)
    assert "more drive hardly makes it louder" in done.note
    assert "punch" not in told(done)


def test_the_end_of_the_drive_is_named():
    cut = {f"band{k}": Band(frequency_hz=1000, q=1, gain_db=-20) for k in (1, 2, 3)}
    tone = TONE * np.minimum(TIME, 1)  # no click that the bands would let through
    done = finished(tone, Brief(loudness_lufs=-4), equalizer=Equalizer(**cut))
    assert "the drive ends at 60 dB" in done.note
    assert "punch" not in told(done)


def test_a_target_that_is_met_needs_no_reason():
    done = finished(TONE, Brief(loudness_lufs=-30))
    assert (done.target_met, done.note) == (True, "")
    assert done.loudness_lufs == pytest.approx(-30, abs=0.1)


def test_silence_is_called_silence():
    assert "too quiet" in finished(np.zeros(RATE), Brief()).note
