"""Mixes made without listening: sums in the centre at fixed gains. One process per mix.

    python -m benchmarks.quality.plain raw|equal|offsets TRACKS OUT

Stereo tracks keep their sides; a mono track goes to both by the equal-power law.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from mixwright.analysis.loudness import measure_loudness

LEVEL_LUFS = -25.0
OFFSETS_DB = {
    "lead_vocal": 5, "bass": 1, "kick": 1, "snare": 0.5, "hihat": -3.5, "toms": -1.5, "cymbals": -4.5,
    "percussion": -3.5, "overheads": -4.5, "electric_guitar": -1.5, "acoustic_guitar": -1.5, "piano": -2.5,
    "keys": -2.5, "organ": -2.5, "synth_lead": 1.5, "synth_pad": -2.5, "strings": -3, "backing_vocal": -4,
    "fx": -5,
}  # fmt: skip
"""Role offsets of libsonare's balance stage, on equal loudness."""


def plain_sum(
    tracks: Mapping[str, np.ndarray], kind: str, roles: Mapping[str, str], sample_rate: int
) -> np.ndarray:
    """The sum, float32 (2, samples).

    Parameters
    ----------
    kind : str
        ``raw`` as the tracks are, ``equal`` all at the same loudness, ``offsets`` with `OFFSETS_DB` on top.
    """
    total = np.zeros((2, max(samples.shape[1] for samples in tracks.values())))
    for name, samples in tracks.items():
        gain_db = 0.0
        if kind != "raw":
            found = measure_loudness(samples, sample_rate).integrated_lufs
            gain_db = LEVEL_LUFS - found if found > -70 else 0.0
        if kind == "offsets":
            gain_db += OFFSETS_DB.get(roles.get(name, ""), 0.0)
        sides = np.sqrt(0.5) if len(samples) == 1 else 1.0
        total[:, : samples.shape[1]] += 10 ** (gain_db / 20) * sides * samples
    return total.astype(np.float32)


def main(kind: str, folder: Path, out: Path) -> None:
    tracks, rate = {}, 0
    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        tracks[path.stem] = samples.T
    roles = json.loads((folder.parent / "roles.json").read_text())
    soundfile.write(out / "mix.wav", plain_sum(tracks, kind, roles, rate).T, rate, subtype="FLOAT")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
