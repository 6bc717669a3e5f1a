"""Stopping: by the caller, by Ctrl-C, by the system, by a full disk. Nothing half-written stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from commandline import check_complaint, done, files_below, kick, run, voice, write, write_song

import mixwright
from mixwright.errors import MixwrightError
from mixwright.workflow import Job, Outputs

STAGES = ("reading", "listening", "deciding", "reviewing", "mixing", "mastering", "writing", "stems")
needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="looks into /proc")


@pytest.mark.parametrize("stage", STAGES)
def test_cancelling_leaves_nothing(stage, tmp_path):
    song = write_song(tmp_path / "song", 0.8)
    before = files_below(tmp_path)
    cancel = threading.Event()

    def watch(name, share):
        if name == stage:
            cancel.set()

    job = Job(Outputs("mp3", stems=True, tracks=True), threads=2, progress=watch, cancel=cancel)
    with pytest.raises(MixwrightError, match="stopped"):
        mixwright.mix(song, tmp_path / "new" / "out", job=job)
    assert files_below(tmp_path) == before
    with pytest.raises(MixwrightError, match="stopped"):
        mixwright.mix(song, job=job)


def test_cancelling_keeps_the_results_that_were_there(tmp_path):
    song = write_song(tmp_path / "song", 0.8)
    done("mix", song, "--out", tmp_path / "out", "--quiet")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    cancel = threading.Event()
    job = Job(Outputs(stems=True), progress=lambda name, _: name == "stems" and cancel.set(), cancel=cancel)
    with pytest.raises(MixwrightError, match="stopped"):
        mixwright.mix(song, tmp_path / "out", loudness_lufs=-20, job=job)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_progress_is_told_in_order_and_ends_with_done(tmp_path):
    seen = []
    mixwright.mix(write_song(tmp_path / "song", 0.8), job=Job(progress=lambda *told: seen.append(told)))
    order = list(dict.fromkeys(name for name, _ in seen))
    assert order == [
        "reading",
        "listening",
        "deciding",
        "reviewing",
        "mixing",
        "mastering",
        "writing",
        "done",
    ]
    assert all(0 <= share <= 1 for _, share in seen)


def long_song(folder):
    """Takes some seconds to render as MP3 with all parts."""
    for index in range(6):
        write(folder / f"synth {index}.wav", voice(20.0, hz=90.0 + 40 * index) * 0.3)
    write(folder / "kick.wav", kick(20.0))
    return folder


def start(tmp_path, *arguments):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "mixwright", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MIXWRIGHT_SCRATCH": str(scratch)},
    )


def wait_for_open_file(process, folder, count=1):
    """Until the process holds files without a name in the folder."""
    for _ in range(3000):
        assert process.poll() is None, process.communicate()
        found = 0
        for fd in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{process.pid}/fd/{fd}")
            except OSError:
                continue
            found += target.startswith(f"{folder}/") and target.endswith("(deleted)")
        if found >= count:
            return
        time.sleep(0.01)
    raise AssertionError("the file was never opened")


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["scratch", "new"])
def test_a_signal_in_the_middle_ends_with_one_line(number, where, tmp_path):
    song = long_song(tmp_path / "song")
    (tmp_path / "scratch").mkdir()
    before = files_below(tmp_path)
    out = tmp_path / "new" / "out"
    process = start(tmp_path, "mix", song, "--out", out, "--format", "mp3", "--stems", "--tracks")
    wait_for_open_file(process, tmp_path / "scratch" if where == "scratch" else out)
    process.send_signal(number)
    process.send_signal(number)  # an impatient user
    output, err = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    check_complaint(err, "stopped")
    assert files_below(tmp_path) == before


@needs_proc
def test_a_killed_process_leaves_no_unfinished_file(tmp_path):
    song = long_song(tmp_path / "song")
    out = tmp_path / "out"
    process = start(tmp_path, "mix", song, "--out", out, "--format", "mp3")
    wait_for_open_file(process, out, 2)
    process.kill()
    process.communicate(timeout=60)
    assert [p for p in out.rglob("*") if p.is_file()] == []
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="limits are set the POSIX way")
@pytest.mark.parametrize(("folder", "limit"), [("scratch", 50_000), ("out", 1_500_000)])
def test_a_full_disk_is_told_in_one_line(folder, limit, tmp_path):
    import resource

    song = write_song(tmp_path / "song", 2.0)
    (tmp_path / "scratch").mkdir()
    before = files_below(tmp_path)
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "mixwright",
            "mix",
            str(song),
            "--out",
            str(tmp_path / "out"),
            "--format",
            "wav32f",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "MIXWRIGHT_SCRATCH": str(tmp_path / "scratch")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert process.returncode == 1
    check_complaint(process.stderr, folder, "free")
    assert files_below(tmp_path) == before


def test_a_scratch_folder_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXWRIGHT_SCRATCH", str(tmp_path / "gone"))
    song = write_song(tmp_path / "song", 0.5)
    before = files_below(tmp_path)
    result = run("mix", song, "--out", tmp_path / "out")
    assert result.code == 1
    check_complaint(result.err, "gone", "MIXWRIGHT_SCRATCH")
    assert files_below(tmp_path) == before


@needs_proc
def test_a_reader_that_has_seen_enough_is_no_error_worth_words():
    command = f"{sys.executable} -m mixwright params | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
