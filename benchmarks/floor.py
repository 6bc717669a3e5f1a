"""How near the first engineer's mixes lie to human mixes, against mixes made without listening.

For each song with a known human mix: loudness of every role re the whole, and the third-octave spectrum,
against those of the human mix. Beside the engineer stand the raw sum, the equal-loudness sum, and equal
loudness plus fixed offsets per role. Also checked: lead, kick and bass in the centre, left against right.

    python benchmarks/floor.py DATA [--roles names|manifest] [--estimate] [--song NAME]

DATA is the folder with raw_dev and lmms_projects. Nothing is tuned per song.
"""

import argparse
import csv
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile as sf

from mixwright.analysis.bands import CENTERS_HZ, power_db
from mixwright.analysis.loudness import measure_loudness
from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.engineer.engineer import decide
from mixwright.engineer.estimate import estimate_strip
from mixwright.engineer.roles import guess_roles
from mixwright.engineer.routing import related_tracks
from mixwright.mix_model import Mix
from mixwright.project import AudioFile, Project, Track
from mixwright.roles import Role

OFFSETS_DB = {
    "lead_vocal": 5, "bass": 1, "kick": 1, "snare": 0.5, "hihat": -3.5, "toms": -1.5, "cymbals": -4.5,
    "percussion": -3.5, "overheads": -4.5, "electric_guitar": -1.5, "acoustic_guitar": -1.5, "piano": -2.5,
    "keys": -2.5, "organ": -2.5, "synth_lead": 1.5, "synth_pad": -2.5, "strings": -3, "backing_vocal": -4,
    "fx": -5,
}  # fmt: skip
"""Role offsets of a peer's balance stage (PRIORS 1.1), on equal loudness."""

METHODS = ("raw sum", "equal loudness", "equal + offsets", "mixwright")
INSIDE = (CENTERS_HZ > 56) & (CENTERS_HZ < 11000)


class Memory:
    """Audio in memory as the console and the analysis read it."""

    def __init__(self, audio: np.ndarray) -> None:
        self.audio = audio
        self.channels, self.frames = audio.shape

    def read(self, start: int, frames: int, out: np.ndarray | None = None) -> np.ndarray:
        if out is None:
            out = np.empty((self.channels, frames), np.float32)
        out[:] = 0
        part = self.audio[:, max(start, 0) : max(start + frames, 0)]
        lead = max(-start, 0)
        out[:, lead : lead + part.shape[1]] = part
        return out


@dataclass
class Song:
    """One song with what its human mix is known to be."""

    name: str
    inputs: dict[str, Memory]
    sample_rate: int
    roles: dict[str, str]
    names: dict[str, str]
    human_levels: dict[str, float]
    """Loudness of each track inside the human mix, on any common scale."""
    human_mix: np.ndarray


@dataclass
class Result:
    """Errors of one mix."""

    role_error_lu: float
    track_error_lu: float
    spectrum_error_db: float
    left_right_db: float = 0.0
    off_centre: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


def songs(data: Path) -> Iterator[Song]:
    """Rock and Reggae of raw_dev, then all of lmms_projects."""
    yield from _raw_dev(data / "raw_dev")
    yield from _lmms(data / "lmms_projects")


def _read(path: Path) -> tuple[np.ndarray, int]:
    audio, rate = sf.read(path, dtype="float32", always_2d=True)
    return np.ascontiguousarray(audio.T), rate


def _rows(folder: Path) -> list[dict[str, str]]:
    with open(folder / "manifest.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _raw_dev(folder: Path) -> Iterator[Song]:
    rows = _rows(folder)
    for name in ("mdb_rock", "mdb_reggae"):
        inputs, roles, names, levels = {}, {}, {}, {}
        rate = 44100
        for row in rows:
            if row["song"] != name or row["kind"] != "raw":
                continue
            id = "t" + Path(row["file"]).stem
            audio, rate = _read(folder / row["file"])
            inputs[id] = Memory(audio)
            roles[id], names[id] = row["role"], Path(row["file"]).stem
            stem = folder / row["file"].replace("/raw/", "/stems_processed/")
            levels[id] = measure_loudness(_read(stem)[0], rate).integrated_lufs
        human = _read(folder / name / "human_mix.flac")[0]
        yield Song(name, inputs, rate, roles, names, levels, human)


def _lmms(folder: Path) -> Iterator[Song]:
    rows = _rows(folder)
    for name in sorted({row["song"] for row in rows}):
        facts = json.loads((folder / name / "facts.json").read_text())
        mixer = {int(channel["num"]): channel for channel in facts["mixer"]}
        inputs, roles, names, levels = {}, {}, {}, {}
        rate = 44100
        for row in rows:
            if row["song"] != name or row["kind"] != "dry":
                continue
            stem = Path(row["file"]).stem
            id = "t" + stem
            audio, rate = _read(folder / row["file"])
            inputs[id] = Memory(audio)
            roles[id], names[id] = row["role"], stem
            render = next(r for r in facts["dry_renders"] if Path(r["file"]).stem == stem)
            track = facts["tracks"][render["facts_index"]]
            gain = track["vol"] / 100 * _channel_gain(mixer, int(track["fxch"])) / float(row["scaled_by"])
            levels[id] = float(row["lufs"]) + 20 * math.log10(max(gain, 1e-4))
        yield Song(name, inputs, rate, roles, names, levels, _read(folder / name / "author_mix.ogg")[0])


def _channel_gain(mixer: dict[int, dict], number: int, depth: int = 0) -> float:
    channel = mixer.get(number)
    if channel is None:
        return 1.0
    sends = channel.get("sends") or []
    if number == 0 or depth > 8 or not sends:
        return float(channel["volume"])
    onward = max(float(s["amount"]) * _channel_gain(mixer, int(s["to"]), depth + 1) for s in sends)
    return float(channel["volume"]) * onward


def make_project(song: Song, use_names: bool) -> Project:
    """The song as a project; roles from its file names alone, or as the data set knows them."""
    guesses = guess_roles([song.names[id] for id in song.inputs])
    tracks = []
    for (id, audio), guess in zip(song.inputs.items(), guesses, strict=True):
        role = guess.role if use_names else Role(song.roles[id])
        tracks.append(
            Track(
                id=id,
                name=song.names[id],
                files=(AudioFile(path=f"{song.names[id]}.wav", content_hash="xxh128:" + "0" * 32),),
                channels=audio.channels,
                sample_rate=song.sample_rate,
                frames=audio.frames,
                role=role,
            )
        )
    return Project(name=song.name, sample_rate=song.sample_rate, tracks=tuple(tracks))


def spectrum_db(audio: np.ndarray, rate: int) -> np.ndarray:
    """Third-octave levels of a stereo sound, centred over 63 Hz to 10 kHz."""
    level = power_db(analyse({"x": Memory(audio)}, rate, threads=1)["x"].channel_power.sum(axis=0))
    return level - level[INSIDE].mean()


def whole(levels: dict[str, float], ids: list[str] | None = None) -> float:
    chosen = list(levels.values()) if ids is None else [levels[id] for id in ids]
    return 10 * math.log10(sum(10 ** (level / 10) for level in chosen))


def level_errors(song: Song, levels: dict[str, float]) -> tuple[float, float]:
    """Mean absolute error in LU of the roles' and of the tracks' levels re the whole."""
    human, ours = song.human_levels, {id: max(levels[id], -80.0) for id in song.human_levels}
    base_human, base_ours = whole(human), whole(ours)
    errors = []
    for role in sorted(set(song.roles.values())):
        ids = [id for id in human if song.roles[id] == role]
        errors.append(abs((whole(human, ids) - base_human) - (whole(ours, ids) - base_ours)))
    tracks = [abs((human[id] - base_human) - (ours[id] - base_ours)) for id in human]
    return float(np.mean(errors)), float(np.mean(tracks))


def plain_sum(song: Song, gains_db: dict[str, float]) -> np.ndarray:
    """All tracks in the centre at fixed gains."""
    total = np.zeros((2, max(audio.frames for audio in song.inputs.values())))
    for id, audio in song.inputs.items():
        gain = 10 ** (gains_db[id] / 20) * (math.sqrt(0.5) if audio.channels == 1 else 1.0)
        total[:, : audio.frames] += gain * audio.audio
    return total.astype(np.float32)


def baseline(song: Song, analysis: SongAnalysis, method: str, human: np.ndarray) -> Result:
    """A mix made without listening."""
    gains = dict.fromkeys(song.inputs, 0.0)
    if method != "raw sum":
        for id in gains:
            offset = OFFSETS_DB.get(song.roles[id], 0.0) if method == "equal + offsets" else 0.0
            gains[id] = offset - analysis[id].integrated_lufs
    levels = {id: analysis[id].integrated_lufs + gains[id] for id in gains}
    spectrum = spectrum_db(plain_sum(song, gains) * 0.01, song.sample_rate)
    roles, tracks = level_errors(song, levels)
    return Result(roles, tracks, float(np.abs(spectrum - human)[INSIDE].mean()))


def estimated(song: Song, analysis: SongAnalysis, mix: Mix, human: np.ndarray) -> Result:
    """The engineer's mix as its own estimates see it; quick, and without returns and buses."""
    levels, power = {}, np.zeros(CENTERS_HZ.size)
    for strip in mix.strips:
        estimate = estimate_strip(strip, analysis[strip.id], song.sample_rate)
        levels[strip.id] = estimate.loudness_lufs + strip.fader_db
        power += estimate.song_power * 10 ** (strip.fader_db / 10)
    spectrum = power_db(power)
    spectrum = spectrum - spectrum[INSIDE].mean()
    roles, tracks = level_errors(song, levels)
    return Result(roles, tracks, float(np.abs(spectrum - human)[INSIDE].mean()))


def rendered(song: Song, mix: Mix, human: np.ndarray) -> Result:
    """The engineer's mix as the console plays it, before the master chain."""
    from mixwright.console import Console

    console = Console(mix, song.inputs, song.sample_rate, tracks=True)
    blocks, tracks = [], {id: [] for id in song.inputs}
    start = os.times()
    for block in console.blocks():
        blocks.append(block.total.copy())
        for id, audio in block.tracks.items():
            tracks[id].append(audio.copy())
    stop = os.times()
    audio = np.concatenate(blocks, axis=1)
    levels, off_centre = {}, {}
    for id, parts in tracks.items():
        sound = np.concatenate(parts, axis=1)
        levels[id] = measure_loudness(sound, song.sample_rate).integrated_lufs
        if song.roles[id] in ("lead_vocal", "kick", "bass"):
            left, right = (sound.astype(np.float64) ** 2).sum(axis=1)
            off_centre[id] = pan_position(left, right)
    roles, per_track = level_errors(song, levels)
    left, right = (
        measure_loudness(np.repeat(channel[None], 2, axis=0), song.sample_rate).integrated_lufs
        for channel in audio
    )
    spectrum = spectrum_db(audio, song.sample_rate)
    return Result(
        roles,
        per_track,
        float(np.abs(spectrum - human)[INSIDE].mean()),
        right - left,
        off_centre,
        stop.user - start.user,
    )


def pan_position(left: float, right: float) -> float:
    """Place -1..1 of a sound with these powers under the equal-power law."""
    return math.atan2(math.sqrt(right), math.sqrt(left)) / (math.pi / 4) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--roles", choices=("names", "manifest"), default="names")
    parser.add_argument(
        "--estimate", action="store_true", help="use the engineer's estimates, render nothing"
    )
    parser.add_argument("--song")
    parser.add_argument("--show", action="store_true", help="print every decision")
    options = parser.parse_args()
    table: dict[str, list[Result]] = {method: [] for method in METHODS}
    print(f"{'song':24s} {'method':16s} roles LU  tracks LU  1/3 oct dB   R-L dB  off centre")
    for song in songs(options.data):
        if options.song and options.song not in song.name:
            continue
        project = make_project(song, options.roles == "names")
        analysis = analyse(song.inputs, song.sample_rate, related=related_tracks(project.tracks))
        human = spectrum_db(song.human_mix, song.sample_rate)
        mix, decisions = decide(project, analysis)
        for method in METHODS:
            if method != "mixwright":
                result = baseline(song, analysis, method, human)
            elif options.estimate:
                result = estimated(song, analysis, mix, human)
            else:
                result = rendered(song, mix, human)
            table[method].append(result)
            centre = max((abs(x) for x in result.off_centre.values()), default=0.0)
            print(
                f"{song.name:24s} {method:16s} {result.role_error_lu:8.2f} {result.track_error_lu:10.2f} "
                f"{result.spectrum_error_db:11.2f} {result.left_right_db:8.2f} {centre:10.3f}"
            )
        if options.show:
            for decision in decisions:
                print("   ", decision.summary, "|", decision.reason)
    print()
    for method, results in table.items():
        rows = np.array([(r.role_error_lu, r.track_error_lu, r.spectrum_error_db) for r in results])
        print(
            f"{'median':24s} {method:16s} "
            + " ".join(f"{x:9.2f}" for x in np.median(rows, axis=0))
            + "   mean "
            + " ".join(f"{x:9.2f}" for x in rows.mean(axis=0))
        )


if __name__ == "__main__":
    main()
