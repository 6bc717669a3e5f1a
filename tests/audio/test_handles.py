"""More tracks than a process may have files open by default."""

import os

import numpy as np
import pytest
import soundfile

from mixwright.audio import Scratch, prepare_sources

resource = pytest.importorskip("resource")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_a_song_of_many_tracks_raises_the_limit(tmp_path):
    for index in range(60):
        suffix = "flac" if index % 2 else "wav"
        soundfile.write(tmp_path / f"{index}.{suffix}", np.full((100, 2), index / 100) * [1, -1], 44100)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 20, hard))
    try:
        with Scratch(tmp_path) as scratch:
            files = sorted(tmp_path.iterdir())
            sources = prepare_sources(files, 44100, scratch)
            for file, source in zip(files, sources, strict=True):
                assert source.read(50, 1)[0, 0] == pytest.approx(int(file.stem) / 100, abs=1e-3)
                source.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
