"""The mix among the tracks, found by its sound."""

import numpy as np
import pytest
from audio.signals import RATE

from mixwright.audio import Scratch, find_mix_by_content, find_tracks, prepare_sources
from mixwright.audio.source import Source

FRAMES = 6 * RATE


class Array(Source):
    def __init__(self, audio):
        super().__init__(*audio.shape, RATE)
        self.audio = audio

    def _fill(self, start, out):
        out[:] = self.audio[:, start : start + out.shape[1]]


def parts(count, seed=1):
    """Coloured noises, each with its own slow life."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        noise = rng.standard_normal(FRAMES).astype(np.float32)
        colour = np.convolve(noise, rng.standard_normal(4 + 3 * number), "same")
        life = 0.55 + 0.45 * np.sin(2 * np.pi * (0.2 + 0.13 * number) * np.arange(FRAMES) / RATE)
        made.append((0.05 * colour * life).astype(np.float32)[None])
    return made


def mixed(tracks, seed=3):
    gains = np.random.default_rng(seed).uniform(0.3, 1.2, (len(tracks), 2, 1)).astype(np.float32)
    return sum(g * t for g, t in zip(gains, tracks, strict=True))


def find(arrays):
    return find_mix_by_content([Array(a) for a in arrays])


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_a_sum_with_gains_and_pan_is_found(count):
    tracks = parts(count)
    assert find(tracks) is None
    assert find([*tracks, mixed(tracks)]) == count
    assert find([mixed(tracks), *tracks]) == 0


@pytest.mark.parametrize("shift", [-2_000, -3, 1, 1_100])
def test_a_shifted_mix_is_found(shift):
    tracks = parts(4)
    assert find([*tracks, np.roll(mixed(tracks), shift, axis=1)]) == 4


def test_a_squashed_and_equalised_mix_is_found():
    tracks = parts(5)
    mix = np.tanh(6 * mixed(tracks))
    assert find([*tracks, (mix - 0.3 * np.roll(mix, 1, axis=1)).astype(np.float32)]) == 5


def test_a_bus_of_some_tracks_is_no_mix():
    tracks = parts(8)
    assert find([*tracks, mixed(tracks[:4])]) is None


def test_copies_and_doubles_are_no_mix():
    tracks = parts(4)
    assert find([*tracks, tracks[1]]) is None
    assert find([tracks[0], tracks[0], tracks[0]]) is None
    assert find(tracks[:2]) is None


def test_silence_is_no_mix():
    silent = np.zeros((1, FRAMES), np.float32)
    assert find([silent] * 4) is None
    assert find([*parts(2), silent, silent]) is None


@pytest.mark.parametrize("song", ["mdb_beatles", "mdb_speedmetal", "mdb_reggae"])
def test_real_tracks(song, shared_data):
    found = find_tracks(shared_data("raw_dev") / song / "raw")
    with Scratch() as scratch:
        sources = prepare_sources(found.tracks, found.sample_rate, scratch)
        assert find_mix_by_content(sources) is None


def test_a_real_mix_among_its_stems(shared_data):
    folder = shared_data("raw_dev") / "mdb_reggae"
    files = [*sorted((folder / "stems_processed").glob("*.flac")), folder / "human_mix.flac"]
    with Scratch() as scratch:
        assert find_mix_by_content(prepare_sources(files, 44_100, scratch)) == len(files) - 1
