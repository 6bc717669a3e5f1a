"""The portable and the AVX2 build of the native core give the same song."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commandline import done, read, write

from mixwright.audio import Scratch, open_source, probe
from mixwright.workflow.actions import DEMO_SONG

EQUAL = 1e-6
"""What fused multiply-adds may change."""

SECONDS = 6


def can_run(isa):
    code = "from mixwright._core import native; print(native.__name__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=forced(isa))
    return f"_native_{isa}" in told.stdout


def forced(isa):
    return {**os.environ, "MIXWRIGHT_ISA": isa}


@pytest.fixture
def excerpt(tmp_path):
    folder = tmp_path / "song"
    with Scratch() as scratch:
        for path in DEMO_SONG.iterdir():
            rate = probe(path).sample_rate
            samples = open_source(path, rate, scratch).read(20 * rate, SECONDS * rate)
            write(folder / f"{path.stem}.wav", samples, rate)
    return folder


@pytest.mark.skipif(not (can_run("portable") and can_run("avx2")), reason="only one build can run here")
def test_both_builds_render_the_demo_song_alike(excerpt, tmp_path):
    done("mix", excerpt, "--out", tmp_path / "out", "-q")
    for isa in ("portable", "avx2"):
        command = [sys.executable, "-m", "mixwright", "render", tmp_path / "out", "--out", tmp_path / isa]
        subprocess.run([*command, "--format", "wav32f", "-q"], env=forced(isa), check=True)
    for name in ("mix.wav", "master.wav"):
        first, second = (read(Path(tmp_path / isa / name)) for isa in ("portable", "avx2"))
        assert np.abs(first).max() > 0.1
        np.testing.assert_allclose(first, second, atol=EQUAL, rtol=0)
