"""libsonare: the chain as a scene of its mixer, and its own mix of a song. Runs in the peers' environment.

Where the chain has no counterpart it differs in libsonare's favour: one insert for the parallel path, no
meters on strips. The song goes the way its documentation shows: `suggest_mix_scene`, render block by block.
"""

import json
import sys
from pathlib import Path
from typing import Any

import libsonare
import numpy as np

from benchmarks.speed import chain, worker

BLOCK = 8192
"""Frames per call; of 512 to 8192 the one that costs libsonare least."""

PROJECT_BLOCK = 512
"""What its documentation uses for scenes it suggests; larger blocks do not cost less there."""

KINDS = {"low_shelf": "LowShelf", "bell": "Peak", "high_shelf": "HighShelf"}


def equalizer(bands: tuple[tuple[str, float, float, float], ...], high_pass_hz: float = 0.0) -> list[dict]:
    out: list[dict[str, Any]] = []
    if high_pass_hz:
        out.append({"type": "HighPass", "frequencyHz": high_pass_hz, "q": 0.7071, "enabled": True})
    for kind, hz, db, q in bands:
        out.append({"type": KINDS[kind], "frequencyHz": hz, "gainDb": db, "q": q, "enabled": True})
    return out


def compressor(settings: dict[str, float]) -> dict[str, Any]:
    names = {
        "threshold_db": "thresholdDb",
        "ratio": "ratio",
        "attack_ms": "attackMs",
        "release_ms": "releaseMs",
    }
    return insert("dynamics.compressor", {names[key]: value for key, value in settings.items()})


def insert(processor: str, params: dict[str, float]) -> dict[str, Any]:
    return {"processor": processor, "params": params, "slot": "pre"}


def dynamic_bands() -> list[dict[str, Any]]:
    d = chain.DYNAMIC
    return [
        {
            "type": "Peak",
            "frequencyHz": hz,
            "q": q,
            "enabled": True,
            "dynamic": True,
            "thresholdDb": d["threshold_db"],
            "ratio": d["ratio"],
            "rangeDb": -d["range_db"],
            "attackMs": d["attack_ms"],
            "releaseMs": d["release_ms"],
        }
        for hz, q in chain.DYNAMIC_BANDS
    ]


def gate() -> dict[str, Any]:
    g = chain.GATE
    return insert(
        "dynamics.gate",
        {
            "thresholdDb": g["threshold_db"],
            "closeThresholdDb": g["threshold_db"] - 4,
            "rangeDb": -g["range_db"],
            "attackMs": g["attack_ms"],
            "holdMs": g["hold_ms"],
            "releaseMs": g["release_ms"],
        },
    )


def strip(index: int, full: bool) -> dict[str, Any]:
    inserts = [compressor(chain.COMPRESSOR)]
    bands = equalizer(chain.BANDS, chain.HIGH_PASS_HZ)
    if full:
        inserts = [gate(), *inserts, insert("saturation.softClipper", {"driveDb": chain.SATURATION_DB})]
        bands += dynamic_bands()
    return {
        "id": f"t{index}",
        "faderDb": chain.FADER_DB,
        "pan": chain.pan_of(index),
        "metering": {"enabled": False},
        "eq": {"bands": bands},
        "inserts": inserts,
        "sends": [
            {"id": f"r{index}", "destinationBusId": "reverb", "sendDb": chain.REVERB_SEND_DB},
            {"id": f"e{index}", "destinationBusId": "echo", "sendDb": chain.ECHO_SEND_DB},
        ],
    }


def scene(full: bool) -> dict[str, Any]:
    ms = 1000 * chain.ECHO_S
    crush = {"thresholdDb": chain.CRUSH["threshold_db"], "ratio": chain.CRUSH["ratio"], "mix": 0.4}
    limiter = insert("maximizer.truePeakLimiter", {"ceilingDb": chain.CEILING_DB, "releaseMs": 60.0})
    reverb = insert("effects.reverb.fdn", {"decaySec": chain.REVERB_DECAY_S, "dryWet": 1.0})
    echo = insert(
        "effects.delay.stereo",
        {"delayTimeLMs": ms, "delayTimeRMs": ms, "feedback": chain.ECHO_FEEDBACK, "dryWet": 1.0},
    )
    master = [
        compressor(chain.GLUE),
        insert("utility.gain", {"levelDb": chain.DRIVE_DB}),
        limiter,
    ]
    buses = [
        {
            "id": "master",
            "role": "master",
            "eq": {"bands": equalizer(chain.MASTER_BANDS)},
            "inserts": master,
        },
        {"id": "drums", "role": "subgroup", "inserts": [insert("dynamics.parallelComp", crush)]},
        {"id": "reverb", "role": "aux", "inserts": [reverb]},
        {"id": "echo", "role": "aux", "inserts": [echo]},
    ]
    routes = [
        {"source": f"t{i}", "destination": "drums" if i < chain.DRUMS else "master"}
        for i in range(chain.TRACKS)
    ]
    routes += [{"source": bus, "destination": "master"} for bus in ("drums", "reverb", "echo")]
    strips = [strip(i, full) for i in range(chain.TRACKS)]
    return {"version": 1, "strips": strips, "buses": buses, "connections": routes, "vcaGroups": []}


def play(scene: dict[str, Any], order: list[str], tracks: dict[str, np.ndarray], block: int) -> np.ndarray:
    """Runs a scene over tracks (2, frames) by name; block by block as its documentation does."""
    mixer = libsonare.Mixer.from_scene_json(json.dumps(scene), chain.RATE, block)
    unknown = [w for w in mixer.scene_warnings() if "metering" not in w]
    if unknown:
        print(unknown, file=sys.stderr)
    frames = max(t.shape[1] for t in tracks.values())
    out = np.empty((2, frames), np.float32)
    left = [tracks[id][0] for id in order]
    right = [tracks[id][1] for id in order]
    for start in range(0, frames, block):
        end = min(start + block, frames)
        part = [_part(x, start, block) for x in left], [_part(x, start, block) for x in right]
        z = mixer.process_stereo(*part)
        out[0, start:end] = z.left[: end - start]
        out[1, start:end] = z.right[: end - start]
    mixer.close()
    return out


def _part(samples: np.ndarray, start: int, block: int) -> np.ndarray:
    part = samples[start : start + block]
    return part if len(part) == block else np.pad(part, (0, block - len(part)))


def play_chain(tracks: list[np.ndarray], full: bool, block: int) -> np.ndarray:
    named = {f"t{i}": samples for i, samples in enumerate(tracks)}
    out = play(scene(full), list(named), named, block)
    libsonare.ebur128_loudness_range(np.ascontiguousarray(out[0]), sample_rate=chain.RATE)
    return out


def mix_song(folder: Path, out: Path) -> None:
    """From WAV files to a mix of libsonare's own, written as WAV."""
    import soundfile

    tracks: dict[str, np.ndarray] = {}
    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        stereo = samples.T if samples.shape[1] == 2 else np.repeat(samples.T, 2, axis=0)
        tracks[path.stem] = np.ascontiguousarray(stereo)
    inputs = [
        libsonare.MixTrackInput(track_id=n, name=n, left=t[0], right=t[1], sample_rate=rate)
        for n, t in tracks.items()
    ]
    suggested = libsonare.suggest_mix_scene(inputs, sample_rate=rate)["scene"]
    order = [s["id"] for s in suggested["strips"] if s["id"] in tracks]
    mixed = play(suggested, order, tracks, PROJECT_BLOCK)
    soundfile.write(out / "mix.wav", mixed.T, rate, subtype="PCM_24")


def main(case: str, *rest: str) -> None:
    if case == "song":
        mix_song(Path(rest[0]), Path(rest[1]))
        return
    tracks = chain.signals(float(rest[0]))
    block = int(rest[1]) if len(rest) > 1 else BLOCK
    worker.serve(
        f"libsonare {libsonare.__version__}", lambda: play_chain(tracks, full=case == "strip", block=block)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
