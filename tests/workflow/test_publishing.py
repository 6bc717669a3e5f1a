"""Several files get their names together: all, or none, whatever fails or is killed in between."""

import errno
import json
import os
import subprocess
import sys

import pytest
from commandline import done, write_song

import mixwright
from mixwright.errors import MixwrightError
from mixwright.workflow.publishing import publish, settle

NAMES = ("a", "parts/b", "c")


@pytest.fixture
def folder(tmp_path):
    """Three finished files without their names; for two of these there are older ones, and one is to go."""
    (tmp_path / "parts").mkdir()
    for name in NAMES:
        staged(tmp_path, name).write_text(f"new {name}")
    (tmp_path / "a").write_text("old a")
    (tmp_path / "parts" / "b").write_text("old parts/b")
    (tmp_path / "stale").write_text("old stale")
    return tmp_path


def staged(folder, name):
    return (folder / name).with_name(f".{name[-1]}.part")


def moves(folder):
    return [(staged(folder, name), folder / name) for name in NAMES]


def contents(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


BEFORE = {"a": "old a", "parts/b": "old parts/b", "stale": "old stale"}
AFTER = {"a": "new a", "c": "new c", "parts/b": "new parts/b"}


def test_all_files_get_their_names_and_nothing_else_stays(folder):
    publish(folder, moves(folder), [folder / "stale", folder / "was never there"])
    assert contents(folder) == AFTER


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("failing", range(3))
def test_a_rename_that_fails_takes_the_others_back(folder, failing, links, monkeypatch):
    real, calls = os.replace, []

    def replace(source, target):
        if str(source).endswith(".part"):
            calls.append(source)
            if len(calls) == failing + 1:
                raise OSError(errno.EIO, "Input/output error", str(source), None, str(target))
        real(source, target)

    def no_link(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "replace", replace)
    if not links:
        monkeypatch.setattr(os, "link", no_link)
    with pytest.raises(MixwrightError, match=r"nothing was changed"):
        publish(folder, moves(folder), [folder / "stale"])
    assert contents(folder) == BEFORE


KILLED = """
import os, sys
from pathlib import Path
from mixwright.workflow.publishing import publish

folder, left = Path(sys.argv[1]), int(sys.argv[2])

def counted(real):
    def call(*arguments, **options):
        global left
        if left == 0:
            os._exit(9)
        left -= 1
        return real(*arguments, **options)
    return call

os.replace, os.link, os.unlink = counted(os.replace), counted(os.link), counted(os.unlink)
names = ("a", "parts/b", "c")
publish(folder, [((folder / n).with_name(f".{n[-1]}.part"), folder / n) for n in names], [folder / "stale"])
"""


@pytest.mark.parametrize("steps", range(12))
def test_a_process_that_is_killed_is_tidied_up_after(folder, steps):
    code = subprocess.run([sys.executable, "-c", KILLED, folder, str(steps)], check=False).returncode
    settle(folder)
    finished = steps >= 6  # three second names and three renames are done
    assert contents(folder) == (AFTER if finished else BEFORE)
    assert code == (9 if steps < 11 else 0)


def test_a_record_cannot_lead_out_of_the_folder(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("keep")
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("../precious", str(precious)):
        move = {"staged": ".gone", "name": name, "kept": ".gone2", "replaces": False}
        more = {"staged": ".there", "name": "x", "kept": name, "replaces": False}
        (inner / ".there").write_text("")
        record = {"moves": [move, more]}
        (inner / ".mixwright-1.publishing").write_text(json.dumps(record))
        settle(inner)
    (inner / ".mixwright-2.publishing").write_text("[")
    settle(inner)
    assert precious.read_text() == "keep"
    assert sorted(p.name for p in inner.iterdir()) == [".there"]


def test_results_that_cannot_all_be_put_in_place_leave_the_earlier_ones(tmp_path, monkeypatch):
    song = write_song(tmp_path / "song", 0.6)
    done("mix", song, "--out", tmp_path / "out", "-q")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    real = os.replace

    def replace(source, target):
        if str(target).endswith("project.json"):
            raise OSError(errno.EACCES, "Permission denied", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(MixwrightError, match=r"project\.json"):
        mixwright.mix(song, tmp_path / "out", loudness_lufs=-20.0)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_mix_without_a_report_leaves_none_of_an_earlier_mix(tmp_path):
    song = write_song(tmp_path / "song", 0.6)
    done("mix", song, "--out", tmp_path / "out", "-q")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    done("mix", song, "--out", tmp_path / "out", "--no-report", "-q")
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["master.wav", "mix.wav", "notes.txt", "project.json"]


def test_the_next_run_takes_back_what_a_killed_one_had_begun(tmp_path):
    song = write_song(tmp_path / "song", 0.6)
    out = tmp_path / "out"
    done("mix", song, "--out", out, "-q")
    (out / ".begun.part").write_text("new")
    (out / "stray.wav").write_text("from the run that was killed")
    record = {
        "moves": [
            {"staged": ".stray.part", "name": "stray.wav", "kept": ".stray.old", "replaces": False},
            {"staged": ".begun.part", "name": "mix.wav", "kept": ".mix.old", "replaces": True},
        ]
    }
    (out / ".mixwright-0.publishing").write_text(json.dumps(record))
    done("mix", song, "--out", out, "-q")
    assert sorted(p.name for p in out.iterdir()) == ["master.wav", "mix.wav", "project.json", "report.html"]
