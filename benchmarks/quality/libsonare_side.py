"""libsonare's mix assistant, the way its documentation shows. Runs in the environment of the peers.

    python -m benchmarks.quality.libsonare_side TRACKS OUT

It gets the same names as we do: it takes roles from them. 3 s of silence behind the tracks let tails ring
out.
"""

import json
import sys
from pathlib import Path

import libsonare
import numpy as np
import soundfile

BLOCK = 512
TAIL_S = 3


def main(folder: Path, out: Path) -> None:
    tracks, rate = {}, 0
    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        stereo = samples.T if samples.shape[1] == 2 else np.repeat(samples.T, 2, axis=0)
        tracks[path.stem] = np.ascontiguousarray(stereo)
    inputs = [
        libsonare.MixTrackInput(track_id=n, name=n, left=t[0], right=t[1], sample_rate=rate)
        for n, t in tracks.items()
    ]
    scene = libsonare.suggest_mix_scene(inputs, sample_rate=rate)["scene"]
    order = [s["id"] for s in scene["strips"] if s["id"] in tracks]
    mixer = libsonare.Mixer.from_scene_json(json.dumps(scene), rate, BLOCK)
    frames = max(t.shape[1] for t in tracks.values())
    count = -(-(frames + TAIL_S * rate) // BLOCK)
    padded = {n: np.pad(t, ((0, 0), (0, count * BLOCK - t.shape[1]))) for n, t in tracks.items()}
    mix = np.empty((2, count * BLOCK), np.float32)
    for k in range(count):
        part = slice(k * BLOCK, (k + 1) * BLOCK)
        sides = ([np.ascontiguousarray(padded[n][side, part]) for n in order] for side in (0, 1))
        z = mixer.process_stereo(*sides)
        mix[0, part], mix[1, part] = z.left, z.right
    mixer.close()
    soundfile.write(out / "mix.wav", mix.T, rate, subtype="FLOAT")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
