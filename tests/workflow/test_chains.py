"""What users build lives on: curves, keys, groups and parallel paths, through whatever comes after."""

import random
from pathlib import Path

import numpy as np
import pytest
from commandline import bass, done, guitar, kick, read, refused, voice, write

from mixwright.project import load_project
from mixwright.workflow import Job, Outputs, mix, revise

QUICK = Job(Outputs(format="wav32f", report=False))


@pytest.fixture
def out(tmp_path) -> Path:
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice), ("Gtr", guitar)):
        write(tmp_path / "song" / f"{name}.wav", make(1.5))
    mix(tmp_path / "song", tmp_path / "out", genre="pop", job=QUICK)
    return tmp_path / "out"


def test_a_users_curve_key_group_and_parallel_path_survive_ten_random_revises(out):
    revise(
        out,
        curves=["lead_vox.fader_db@0.2=-9,0.8=-3"],
        keys=["gtr.compressor=kick"],
        groups=["strings_and_keys=gtr"],
        parallels=["crush=kick"],
        edits=["gtr.compressor.ratio=4", "gtr.compressor.threshold_db=-40"],
        job=QUICK,
    )
    revise(out, edits=["crush.compressor.ratio=8", "crush.compressor.threshold_db=-30"], job=QUICK)
    built = load_project(out).mix
    assert built.channel("gtr").output == "strings_and_keys"
    assert built.channel("kick").send("crush").level_db == -10.0
    dice = random.Random(5)
    wishes = [
        {"redo": ["balance", "sections"]},
        {"redo": ["dynamics", "buses"]},
        {"redo": ["tone", "space", "stereo", "separation"]},
        {"edits": ["bass.fader_db-=0.5"]},
        {"words": "wider guitars, more reverb on the vocal"},
        {"words": "punchier drums", "adapt": True},
        {"loudness_lufs": -12.0},
        {"edits": ["kick.pan=0.1"], "locks": ["kick"]},
        {"genre": "rock"},
        {"redo": ["master"], "unlocks": ["kick"]},
    ]
    rest = wishes[:7] + wishes[8:9]
    dice.shuffle(rest)
    for wish in [*rest, wishes[7], wishes[9]]:
        revise(out, job=QUICK, **wish)
        now = load_project(out).mix
        assert [c for c in now.curves if c.path == "strips.lead_vox.fader_db"] == [
            c for c in built.curves if c.path == "strips.lead_vox.fader_db"
        ]
        assert now.channel("gtr").keys == built.channel("gtr").keys
        assert now.channel("gtr").compressor == built.channel("gtr").compressor
        assert now.channel("gtr").output == "strings_and_keys"
        assert now.channel("kick").send("crush") == built.channel("kick").send("crush")
        assert now.channel("crush").compressor == built.channel("crush").compressor


def test_a_key_is_heard(out):
    before = read(out / "mix.wav")
    revise(out, keys=["gtr.compressor=kick"], job=QUICK,
           edits=["gtr.compressor.ratio=8", "gtr.compressor.threshold_db=-50"])  # fmt: skip
    assert np.abs(read(out / "mix.wav") - before).max() > 1e-3
    done("render", out, "--out", out / "again", "--quiet")


def test_a_curve_is_taken_away_again(out):
    done("revise", out, "--curve", "gtr.pan@0=-1,1=1", "--quiet")
    assert len([c for c in load_project(out).mix.curves if c.path == "strips.gtr.pan"]) == 1
    done("revise", out, "--curve", "gtr.pan@none", "--quiet")
    assert not [c for c in load_project(out).mix.curves if c.path == "strips.gtr.pan"]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--curve", "gtr.pan", "is no curve"),
        ("--curve", "gtr.pan@0=left", "no point of a curve"),
        ("--curve", "gtr.pan@0=3", "out of range"),
        ("--curve", "gtr.delay_ms@0=3", "cannot change"),
        ("--curve", "gtr.pan@-1=0", "0 s or later"),
        ("--key", "gtr=kick", "is no key"),
        ("--key", "gtr.compressor=kazoo", "no track or group 'kazoo'"),
        ("--key", "gtr.compressor=gtr", "circle"),
        ("--group", "leads", "builds nothing"),
        ("--group", "gtr=bass", "something else"),
        ("--group", "日本=bass", "builds nothing"),
        ("--parallel", "crush=kazoo", "no track or group"),
        ("--parallel", "drums=drums", "circle"),
    ],
)
def test_what_cannot_be_built_is_told(out, option, value, says):
    refused(out.parent, "revise", out, option, value, says=(says,))


def test_locks_hold_against_building(out):
    revise(out, locks=["gtr"], job=QUICK)
    error = refused(out.parent, "revise", out, "--key", "gtr.compressor=kick")
    assert "locked by 'gtr'" in error


def test_a_group_and_a_parallel_path_may_have_accents(out):
    done("revise", out, "--group", "Gäste=kick", "--parallel", "Écrasé=bass", "--quiet")
    assert {"gaste", "ecrase"} <= {bus.id for bus in load_project(out).mix.buses}
