"""A fixed chain per family, built from pedalboard. Runs in the environment of the peers.

    python -m benchmarks.quality.pedalboard_side TRACKS OUT

The tracks come at equal loudness (see ``loudness.json`` beside them) and are sorted into families by the
data set's roles, which a fixed chain could not tell by itself.
"""

import json
import sys
from pathlib import Path

import numpy as np
import soundfile
from pedalboard import (
    Compressor,
    HighpassFilter,
    HighShelfFilter,
    PeakFilter,
    Pedalboard,
    Plugin,
    Reverb,
)

STAGE_LUFS = -20.0
OFFSETS_DB = {"vocals": 0.0, "drums": -1.0, "bass": -3.0, "other": -4.0}
SEND_DB = -6.0
DRUMS = {"kick", "snare", "toms", "hihat", "cymbals", "overheads", "room", "percussion", "drum_kit"}


def family(role: str) -> str:
    if role in ("lead_vocal", "backing_vocal"):
        return "vocals"
    return "drums" if role in DRUMS else "bass" if role == "bass" else "other"


def chain(name: str) -> list[Plugin]:
    if name == "vocals":
        return [
            HighpassFilter(90),
            PeakFilter(350, -2, 1),
            Compressor(-24, 3, 5, 120),
            HighShelfFilter(8000, 2),
        ]
    if name == "drums":
        return [Compressor(-18, 2.5, 20, 120)]
    if name == "bass":
        return [HighpassFilter(35), Compressor(-24, 4, 15, 150)]
    return [HighpassFilter(110), PeakFilter(400, -2, 1)]


def main(folder: Path, out: Path) -> None:
    roles = json.loads((folder.parent / "roles.json").read_text())
    loudness = json.loads((folder.parent / "loudness.json").read_text())
    total = send = np.zeros((2, 0), np.float32)
    rate = 0
    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        stereo = samples.T if samples.shape[1] == 2 else np.repeat(samples.T * np.sqrt(0.5), 2, axis=0)
        kind = family(roles[path.stem])
        gain = 10 ** ((STAGE_LUFS + OFFSETS_DB[kind] - loudness[path.stem]) / 20)
        sound = Pedalboard(chain(kind))(np.ascontiguousarray(stereo * gain, np.float32), rate)
        total, sound = same_length(total, sound)
        total = total + sound
        if kind in ("vocals", "other"):
            send, sound = same_length(send, sound)
            send = send + sound * np.float32(10 ** (SEND_DB / 20))
    space = [
        HighpassFilter(250),
        Reverb(room_size=0.45, damping=0.5, wet_level=0.25, dry_level=0.0, width=1.0),
    ]
    total, send = same_length(total, send)
    mix = Pedalboard([Compressor(-16, 1.6, 30, 150)])(total + Pedalboard(space)(send, rate), rate)
    soundfile.write(out / "mix.wav", mix.T, rate, subtype="FLOAT")


def same_length(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames = max(a.shape[1], b.shape[1])
    return tuple(np.pad(x, ((0, 0), (0, frames - x.shape[1]))).astype(np.float32) for x in (a, b))  # type: ignore[return-value]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
