"""References: each scope moves its own measure, and hardly the others."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from commandline import RATE, bass, done, guitar, kick, read, refused, voice, write

from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.spectrum import BandMeter
from mixwright.dsp.equalizer import Band, Equalizer, equalize
from mixwright.engineer.reference import Look, look_at, tone_apart_db, width_apart_db
from mixwright.project import load_project
from mixwright.workflow import Job, Outputs, mix, revise

QUICK = Job(Outputs(format="wav32f", report=False))


def look(path: Path) -> Look:
    audio = read(path)
    bands, loudness = BandMeter(RATE, 2), LoudnessMeter(RATE, 2)
    bands.add(audio)
    loudness.add(audio)
    frames = len(bands.finish())
    peak = 20 * np.log10(np.abs(audio).max())
    return look_at(
        bands.channel_energy / frames, bands.cross_energy / frames, loudness.integrated_lufs, float(peak)
    )


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values[values != 0] ** 2)))


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("reference")
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice), ("Gtr", guitar)):
        write(home / "song" / f"{name}.wav", make(4.0))
    mix(home / "song", home / "out", genre="pop", job=QUICK)
    return home


@pytest.fixture
def home(first, tmp_path) -> Path:
    shutil.copytree(first, tmp_path / "home")
    return tmp_path / "home"


def brighter(home: Path, name: str = "other.wav", gain_db: float = 5.0) -> Path:
    """The master itself with other tone and width: the same song by another engineer."""
    tone = Equalizer(
        band1=Band(kind="low_shelf", frequency_hz=150.0, gain_db=-gain_db / 2, q=0.7),
        band6=Band(kind="high_shelf", frequency_hz=3000.0, gain_db=gain_db, q=0.7),
    )
    audio = equalize(read(home / "out" / "master.wav"), RATE, tone)
    mid, side = audio.mean(axis=0), (audio[0] - audio[1]) / 2
    return write(home / name, 0.5 * np.stack([mid + 1.6 * side, mid - 1.6 * side]))


@pytest.mark.parametrize("strength", [1.0, 0.7])
def test_tone_only_moves_the_spectrum_and_nothing_else(home, strength):
    other = brighter(home)
    before, wanted = look(home / "out" / "master.wav"), look(other)
    revise(home / "out", reference=other, scope=["tone"], strength=strength, job=QUICK)
    after = look(home / "out" / "master.wav")
    moved = 1 - rms(tone_apart_db(after, wanted)) / rms(tone_apart_db(before, wanted))
    assert moved >= 0.6 * strength
    assert after.loudness_lufs == pytest.approx(before.loudness_lufs, abs=0.5)
    assert abs(width_apart_db(before, after)) < 0.5


def test_width_only_moves_the_sides_and_nothing_else(home):
    other = brighter(home)
    before, wanted = look(home / "out" / "master.wav"), look(other)
    revise(home / "out", reference=other, scope=["width"], strength=1.0, job=QUICK)
    after = look(home / "out" / "master.wav")
    assert abs(width_apart_db(after, wanted)) < 0.4 * abs(width_apart_db(before, wanted))
    assert rms(tone_apart_db(before, after)) < 1.0
    assert after.loudness_lufs == pytest.approx(before.loudness_lufs, abs=0.5)


def test_a_song_is_its_own_reference(home):
    master = shutil.copy(home / "out" / "master.wav", home / "same.wav")
    before = load_project(home / "out")
    now = revise(
        home / "out", reference=master, scope=["tone", "width", "dynamics", "level"], strength=1.0, job=QUICK
    )
    assert now.project.mix == before.mix
    assert now.project.brief == before.brief
    assert now.changes == ()


def test_level_goes_into_the_brief(home):
    quiet = write(home / "quiet.wav", 0.5 * read(home / "out" / "master.wav"))
    now = revise(home / "out", reference=quiet, scope=["level"], strength=1.0, job=QUICK).project
    assert now.brief.loudness_lufs == pytest.approx(-20.0, abs=0.2)
    assert now.measured.master_loudness_lufs == pytest.approx(-20.0, abs=0.3)


def test_a_folder_is_a_house_style(home):
    (home / "house").mkdir()
    for name, gain in (("a.wav", 2.0), ("b.wav", 5.0), ("c.wav", 8.0)):
        brighter(home, f"house/{name}", gain)
    before = look(home / "out" / "master.wav")
    now = revise(home / "out", reference=home / "house", scope=["tone"], strength=1.0, job=QUICK)
    after, middle = look(home / "out" / "master.wav"), look(home / "house" / "b.wav")
    assert rms(tone_apart_db(after, middle)) < 0.4 * rms(tone_apart_db(before, middle))
    (decision,) = [d for d in now.project.decisions if d.kind == "reference"]
    assert decision.set_by == "reference"
    assert any("not taken over" in note for note in now.notes)


def test_a_locked_master_stays(home):
    other = brighter(home)
    revise(home / "out", locks=["master.equalizer"])
    before = load_project(home / "out").mix
    revise(home / "out", reference=other, scope=["tone"], job=QUICK)
    assert load_project(home / "out").mix.master.equalizer == before.master.equalizer


def test_what_is_no_reference_is_refused(home):
    silent = write(home / "silent.wav", np.zeros((2, RATE)))
    refused(home, "revise", home / "out", "--reference", home / "nothing.wav")
    refused(home, "revise", home / "out", "--reference", silent, says=("is silent",))
    refused(home, "revise", home / "out", "--reference", silent, "--scope", "taste", says=("tone, level",))
    refused(home, "revise", home / "out", "--reference", silent, "--strength", 3, says=("up to 1",))
    empty = home / "empty"
    empty.mkdir()
    refused(home, "revise", home / "out", "--reference", empty, says=("holds no songs",))


def test_the_command_line_says_what_was_taken_over(home):
    told = done("revise", home / "out", "--reference", brighter(home), "--format", "wav32f").out
    assert "master EQ" in told
    assert "not taken over" in told
