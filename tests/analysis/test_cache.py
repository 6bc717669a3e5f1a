"""Kept analyses: the same numbers again, and never in the way."""

import os
import stat
import time
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from mixwright.analysis import cache
from mixwright.analysis.song import SongAnalysis, analyse
from tests.analysis.test_song import Memory, noise, sine


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    return tmp_path / "mixwright" / "analysis"


@pytest.fixture(scope="module")
def song() -> SongAnalysis:
    a, b = noise(5.0, seed=1) + sine(80, 5.0), np.stack((sine(330, 5.0), sine(331, 5.0)))
    return analyse({"a": Memory(a), "b": Memory(b), "c": Memory(-a)}, 44100, related=[["a", "c"]])


def same(one: object, two: object) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(two, np.ndarray) and one.dtype == two.dtype and np.array_equal(one, two)
    if is_dataclass(one):
        return type(one) is type(two) and all(
            same(getattr(one, f.name), getattr(two, f.name)) for f in fields(one)
        )
    if isinstance(one, dict):
        return isinstance(two, dict) and list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    if isinstance(one, tuple):
        return isinstance(two, tuple) and len(one) == len(two) and all(map(same, one, two))
    return one == two


def never() -> SongAnalysis:
    raise AssertionError("was measured again")


def test_the_second_time_nothing_is_measured(folder, song):
    assert cache.remembered(["x", 44100], lambda: song) is song
    again = cache.remembered(["x", 44100], never)
    assert again.shared
    assert again.sections
    assert same(again, song)


def test_other_tracks_are_measured(folder, song):
    cache.remembered({"tracks": ["hash1"]}, lambda: song)
    with pytest.raises(AssertionError, match="again"):
        cache.remembered({"tracks": ["hash2"]}, never)


def test_other_code_measures_again(folder, song, monkeypatch):
    cache.remembered("x", lambda: song)
    monkeypatch.setattr(cache, "_code_version", lambda: "another")
    with pytest.raises(AssertionError, match="again"):
        cache.remembered("x", never)


def test_it_can_be_switched_off(folder, song, monkeypatch):
    monkeypatch.setenv(cache.SWITCH, "off")
    cache.remembered("x", lambda: song)
    assert not folder.exists()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", None])
def test_damaged_files_are_measured_again_and_replaced(folder, song, damage):
    cache.remembered("x", lambda: song)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:3000] if damage is None else damage)
    assert cache.remembered("x", lambda: song) is song
    assert same(cache.remembered("x", never), song)


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path, song, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    assert cache.remembered("x", lambda: song) is song


def test_the_folder_is_bounded_and_the_oldest_goes(folder, song, monkeypatch):
    cache.remembered(0, lambda: song)
    (first,) = folder.iterdir()
    os.utime(first, (time.time() - 100,) * 2)
    monkeypatch.setattr(cache, "MOST_BYTES", int(2.5 * first.stat().st_size))
    for k in (1, 2, 3):
        cache.remembered(k, lambda: song)
    left = list(folder.iterdir())
    assert len(left) == 2
    assert first not in left


def test_files_are_private_and_nothing_half_done_is_left(folder, song):
    cache.remembered("x", lambda: song)
    (file,) = folder.iterdir()
    assert file.suffix == ".npz"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_relative_cache_homes_are_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.delenv(cache.SWITCH, raising=False)
    assert cache.cache_folder().is_absolute()
