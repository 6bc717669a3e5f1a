"""Files in MixologyDB's layout, made by the tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np

TRACKS = {
    "01_Kick.wav": ("DRUMS", "KICK", -24.0, 0.0),
    "02_Snare.wav": ("DRUMS", "SNARE", -22.0, 1.0),
    "03_OH L.wav": ("DRUMS", "OVERHEAD", -27.0, -3.0),
    "04_OH R.wav": ("DRUMS", "OVERHEAD", -27.0, -3.0),
    "05_Bass.wav": ("BASS", "ELECTRIC", -20.0, 2.0),
    "06_Gtr1.wav": ("GUITARS", "ELECTRIC", -18.0, 0.0),
    "07_Gtr2.wav": ("GUITARS", "ELECTRIC", -16.0, 0.0),
    "08_LeadVox.wav": ("VOCALS", "LEAD", -21.0, 6.0),
}
"""Type, subtype, raw loudness, and the level re the raw one that all engineers agree about."""


def row(name: str, kind: str, sub: str, lufs: float, gain: float, **more: Any) -> dict[str, Any]:
    return {
        "track-name": name.removesuffix(".wav"),
        "track-type": "AUDIO",
        "channel-mode": more.pop("mode", "MONO"),
        "track-instrument-type": kind,
        "track-instrument-subtype": sub,
        "parameters": {"gain": gain, "pan": [0]} | more,
        "track-audio-features": {"track-audio-path": f"./audio/{name}", "track-audio-lufs": lufs},
    }


def mixes(song: str, count: int = 4, seed: int = 0, spread_db: float = 1.0) -> list[dict[str, Any]]:
    """Mixes of one song: the wanted level of each track, an offset per mix, and noise of its engineer."""
    rng = np.random.default_rng(seed)
    shift = {name: float(rng.normal(0, 2)) for name in TRACKS}
    out = []
    for number in range(count):
        offset = float(rng.normal(-6, 4))
        rows = [
            row(name, kind, sub, lufs + shift[name], wanted - shift[name] + offset + rng.normal(0, spread_db))
            for name, (kind, sub, lufs, wanted) in TRACKS.items()
        ]
        votes = [{"track-num-eval": 0.4 + 0.1 * number, "track-semantic-eval": ""}]
        out.append(
            {
                "mix-name": f"M{number}",
                "song-name": song,
                "genre": "ROCK",
                "mix-evaluation": votes,
                "tracks": rows,
            }
        )
    return out


def write(path: Path, songs: dict[str, int], spread_db: float = 1.0) -> Path:
    """A file with the named songs, each with its number of mixes."""
    content = [m for seed, (song, n) in enumerate(songs.items()) for m in mixes(song, n, seed, spread_db)]
    path.write_text(json.dumps({"mixes": content}), encoding="utf-8")
    return path
