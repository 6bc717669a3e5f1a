"""Scratch room holds what it is given and leaves nothing behind, however the process ends."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from audio.signals import RATE, music, write_sample

from mixwright.audio import CancelledError, Scratch, open_source, prepare_sources, probe
from mixwright.audio.source import scratch_bytes
from mixwright.errors import MixwrightError


def test_samples_come_back_from_any_position(tmp_path):
    audio = music(30_000, 1)[0]
    with Scratch(tmp_path) as scratch:
        file = scratch.file()
        for start in range(0, len(audio), 7_000):
            file.append(audio[start : start + 7_000])
        assert file.frames == len(audio)
        out = np.empty(100, np.float32)
        file.read(12_345, out)
        np.testing.assert_array_equal(out, audio[12_345:12_445])
        file.read(len(audio) - 40, out)
        np.testing.assert_array_equal(out, np.append(audio[-40:], np.zeros(60, np.float32)))


def test_silence_takes_no_room(tmp_path):
    with Scratch(tmp_path) as scratch:
        file = scratch.file()
        file.append(np.zeros(1_000_000, np.float32))
        file.append(np.ones(10, np.float32))
        file.append(np.zeros(1_000_000, np.float32))
        assert scratch.used_bytes == 40
        out = np.empty(4, np.float32)
        file.read(999_998, out)
        np.testing.assert_array_equal(out, [0, 0, 1, 1])


def test_nothing_is_visible_even_while_it_is_open(tmp_path):
    with Scratch(tmp_path) as scratch:
        scratch.file().append(np.ones(1_000, np.float32))
        assert os.listdir(tmp_path) == []
    assert os.listdir(tmp_path) == []


def test_exceptions_free_the_room(tmp_path):
    scratch = Scratch(tmp_path)
    file = scratch.file()
    file.append(np.ones(1_000, np.float32))
    assert scratch.used_bytes == 4_000
    with pytest.raises(KeyboardInterrupt), scratch:
        raise KeyboardInterrupt
    assert scratch.used_bytes == 0
    with pytest.raises(ValueError, match="closed"):
        file.read(0, np.empty(1, np.float32))


CHILD = """
import sys, time, numpy as np
from mixwright.audio import Scratch
with Scratch(sys.argv[1]) as scratch:
    file = scratch.file()
    file.append(np.ones(1_000_000, np.float32))
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_killed_process_leaves_nothing(how, tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(getattr(signal, how))
    child.communicate(timeout=20)
    assert child.returncode != 0
    assert os.listdir(tmp_path) == []


def test_limit_is_kept(tmp_path):
    with Scratch(tmp_path, max_bytes=10_000) as scratch:
        with pytest.raises(MixwrightError, match="needs 0 MB of temporary room"):
            scratch.check_room(20_000)
        scratch.file().append(np.ones(2_000, np.float32))
        with pytest.raises(MixwrightError, match="no room left"):
            scratch.file().append(np.ones(1_000, np.float32))


def test_a_disk_too_small_is_told_before_the_work(tmp_path):
    with (
        Scratch(tmp_path) as scratch,
        pytest.raises(MixwrightError, match="MB free; free some or set MIXWRIGHT_SCRATCH"),
    ):
        scratch.check_room(1 << 60)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with Scratch(tmp_path / "none") as scratch:
        with pytest.raises(MixwrightError, match="cannot hold temporary audio"):
            scratch.file()
        with pytest.raises(MixwrightError, match="cannot hold temporary audio"):
            scratch.check_room(1)


def test_folder_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXWRIGHT_SCRATCH", str(tmp_path))
    assert Scratch().folder == tmp_path


def test_estimate_bounds_what_is_used(tmp_path):
    paths = [
        write_sample(tmp_path, name, music(30_000)) for name in ("int16.flac", "vorbis.ogg", "float.wav")
    ]
    infos = [probe(p) for p in paths]
    with Scratch(tmp_path) as scratch:
        prepare_sources(infos, RATE, scratch)
        assert scratch.used_bytes <= scratch_bytes(infos, RATE) == 2 * 2 * 4 * 30_000


def test_parts_reads_and_threads_agree(tmp_path):
    path = write_sample(tmp_path, "int24.flac", music(60_000))
    with Scratch(tmp_path) as scratch:
        source = open_source(path, RATE, scratch)
        whole = source.read(0, source.frames)
        wrong = []

        def reader(seed):
            rng = np.random.default_rng(seed)
            for _ in range(200):
                start, count = int(rng.integers(-500, 60_000)), int(rng.integers(1, 3_000))
                found = source.read(start, count)
                wanted = np.zeros((2, count), np.float32)
                first, last = max(start, 0), min(start + count, 60_000)
                if first < last:
                    wanted[:, first - start : last - start] = whole[:, first:last]
                if not np.array_equal(found, wanted):
                    wrong.append((start, count))

        threads = [threading.Thread(target=reader, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_reading_into_a_given_array(tmp_path):
    path = write_sample(tmp_path, "int16.wav", music(5_000))
    with Scratch(tmp_path) as scratch:
        source = open_source(path, RATE, scratch)
        out = np.full((2, 1_000), 9, np.float32)
        assert source.read(4_500, 1_000, out) is out
        np.testing.assert_array_equal(out[:, :500], source.read(4_500, 500))
        assert not out[:, 500:].any()
        assert not source.read(9_000, 10).any()
        assert not source.read(-20, 10).any()


def test_cancelling_stops_the_work_and_frees_the_room(tmp_path):
    paths = [
        write_sample(tmp_path, "int16.flac", music(400_000)).rename(tmp_path / f"{i}.flac") for i in range(4)
    ]
    cancel = threading.Event()
    with Scratch(tmp_path) as scratch:
        begun = time.monotonic()
        with pytest.raises(CancelledError):
            prepare_sources(paths, 44_100, scratch, lambda done, all_: cancel.set(), cancel, workers=1)
        assert time.monotonic() - begun < 10
    assert scratch.used_bytes == 0


def test_progress_counts_up(tmp_path):
    paths = [write_sample(tmp_path, n, music(5_000)) for n in ("int16.flac", "int16.wav", "lame.mp3")]
    calls = []
    with Scratch(tmp_path) as scratch:
        found = prepare_sources(paths, RATE, scratch, lambda *args: calls.append(args))
    assert len(found) == 3
    assert calls[-1] == (3, 3)
    assert calls == sorted(calls)


def test_one_bad_file_stops_all(tmp_path):
    good = write_sample(tmp_path, "int16.flac", music(5_000))
    bad = write_sample(tmp_path, "int24.flac", music(60_000))
    bad.write_bytes(bad.read_bytes()[:50_000])
    with (
        Scratch(tmp_path) as scratch,
        pytest.raises(MixwrightError, match=r"int24\.flac: (cut short|damaged)"),
    ):
        prepare_sources([good, bad, good], RATE, scratch)


def test_memory_does_not_grow_with_length(tmp_path):
    """Ten minutes decode within a few megabytes more than one."""
    import tracemalloc

    peaks = []
    for seconds in (20, 200):
        path = write_sample(tmp_path, "int16.flac", np.tile(music(RATE), seconds))
        with Scratch(tmp_path) as scratch:
            tracemalloc.start()
            open_source(path, 44_100, scratch)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2e6
    assert peaks[1] < 30e6
