"""The floor for the sound on real tracks: nearer to the human mix than sums made without listening."""

import importlib.util
import sys
from pathlib import Path

import pytest

from mixwright.analysis.song import analyse
from mixwright.engineer.engineer import decide
from mixwright.engineer.routing import related_tracks


@pytest.fixture(scope="module")
def floor():
    path = Path(__file__).parents[2] / "benchmarks" / "floor.py"
    spec = importlib.util.spec_from_file_location("floor_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["mdb_rock", "mdb_reggae"])
def test_nearer_to_the_human_mix_than_sums_without_listening(floor, shared_data, name):
    folder = shared_data("raw_dev")
    song = next(song for song in floor.songs(folder.parent) if song.name == name)
    project = floor.make_project(song, use_names=True)
    analysis = analyse(song.inputs, song.sample_rate, related=related_tracks(project.tracks))
    human = floor.spectrum_db(song.human_mix, song.sample_rate)
    mix, _ = decide(project, analysis)
    ours = floor.rendered(song, mix, human)
    for method in ("raw sum", "equal loudness"):
        plain = floor.baseline(song, analysis, method, human)
        assert ours.role_error_lu < plain.role_error_lu
        assert ours.spectrum_error_db < plain.spectrum_error_db
    assert abs(ours.left_right_db) < 1.0
    assert all(abs(place) <= 0.1 for place in ours.off_centre.values())
