"""The given levels: told apart as balance or accident, and kept or ignored as asked."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rendering import DEMO_SONG, analyse_tracks, demo_song, make_project, mix_tracks, track_id

from mixwright import audio
from mixwright.analysis.loudness import measure_loudness
from mixwright.engineer.engineer import decide, work
from mixwright.engineer.rough import made_probability, rough_signs
from mixwright.errors import InputError
from mixwright.metrics import loudness, stereo, tone
from mixwright.metrics.sound import Sound
from mixwright.roles import Role
from mixwright.workflow import parse_rough_options
from mixwright.workflow.opening import parse_rough


def trimmed(tracks, seed: int, flip: bool = False):
    draw = np.random.default_rng(seed)
    gains = {name: draw.uniform(-12, 12) for name in tracks}
    signs = {name: draw.choice([-1.0, 1.0]) if flip else 1.0 for name in tracks}
    return {
        name: audio * np.float32(signs[name] * 10 ** (gains[name] / 20)) for name, audio in tracks.items()
    }


def levels(parts: dict[str, np.ndarray], rate: int) -> dict[str, float]:
    return {id: measure_loudness(part, rate).integrated_lufs for id, part in parts.items()}


def moved(after: dict[str, float], before: dict[str, float]) -> np.ndarray:
    """Changes of level without what is common to all."""
    change = np.array([after[id] - before[id] for id in before if before[id] > -70])
    return change - np.median(change)


@pytest.fixture(scope="module")
def song():
    return demo_song(28.0, 16.0)


@pytest.fixture(scope="module")
def mixed(song):
    return mix_tracks(*song, genre="pop", rough="ignore")


@pytest.mark.parametrize("seed", [1, 2])
def test_levels_and_polarity_of_the_input_do_not_matter_when_ignored(song, mixed, seed):
    tracks, rate = song
    again = mix_tracks(trimmed(tracks, seed, flip=True), rate, genre="pop", rough="ignore")
    assert np.abs(moved(levels(again.tracks, rate), levels(mixed.tracks, rate))).max() <= 1.0
    difference = tone.difference_db(Sound(again.total, rate), Sound(mixed.total, rate))
    assert np.abs(difference).mean() <= 1.5


def test_kept_levels_stay(song):
    tracks, rate = song
    given = trimmed(tracks, 3)
    kept = mix_tracks(given, rate, genre="pop", rough="keep")
    before = levels({track_id(name): sound for name, sound in given.items()}, rate)
    assert np.abs(moved(levels(kept.tracks, rate), before)).mean() < 1.0


def test_one_track_can_be_kept(song):
    tracks, rate = song
    name = next(name for name in tracks if "Pad" in name)
    project = make_project(tracks, rate, rough="ignore", rough_tracks={track_id(name): "keep"})
    louder = dict(tracks) | {name: tracks[name] * np.float32(2)}
    faders = []
    for version in (tracks, louder):
        mix, _ = decide(project, analyse_tracks(project, version))
        strips = {strip.id: strip.trim_db + strip.fader_db for strip in mix.strips}
        gain = 0.0 if version is tracks else 20 * np.log10(2)
        faders.append(strips[track_id(name)] + gain - np.median(list(strips.values())))
    assert faders[1] - faders[0] == pytest.approx(20 * np.log10(2), abs=0.5)


def test_the_order_of_the_files_does_not_matter():
    files = sorted(DEMO_SONG.iterdir())
    assert audio.find_tracks(files[::-1]).tracks == audio.find_tracks(files).tracks


def test_a_silent_track_changes_nothing(song):
    tracks, rate = song
    with_silence = dict(tracks) | {"17 Silence": np.zeros((1, rate), np.float32)}
    first = make_project(tracks, rate, genre="pop")
    second = make_project(with_silence, rate, genre="pop")
    mix, _ = decide(first, analyse_tracks(first, tracks))
    again, _ = decide(second, analyse_tracks(second, with_silence))
    assert again.strips[: len(mix.strips)] == mix.strips


def test_wishes_are_read():
    assert parse_rough("Keep ") == "keep"
    assert parse_rough_options(["ignore", "a=b.wav=keep"]) == ("ignore", {"a=b.wav": "keep"})
    with pytest.raises(InputError, match="keep, ignore, auto"):
        parse_rough("maybe")


SECONDS = 40
CC0_RATE = 44100


def cc0_song(folder: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, Role]]:
    """Forty seconds of one artist's stems, those that sound there."""
    tracks, roles = {}, {}
    with open(folder / "manifest.csv", encoding="utf-8") as file, audio.Scratch() as scratch:
        for row in csv.DictReader(file):
            if row["song"] != name or row["role"] == "master":
                continue
            source = audio.open_source(folder / row["file"], CC0_RATE, scratch)
            sound = source.read(60 * CC0_RATE, SECONDS * CC0_RATE)
            if measure_loudness(sound, CC0_RATE).integrated_lufs > -60:
                stem = Path(row["file"]).stem
                tracks[stem], roles[stem] = sound, Role(row["role"])
    return tracks, roles


@pytest.fixture(scope="module", params=["Caesium"])
def printed(request, shared_data):
    return cc0_song(shared_data("cc0_songs"), request.param)


@pytest.mark.slow
def test_a_good_mix_given_as_stems_is_not_harmed(printed):
    tracks, roles = printed
    given = sum(np.broadcast_to(sound, (2, sound.shape[1])) for sound in tracks.values())
    ours = mix_tracks(tracks, CC0_RATE, roles)
    before = levels({track_id(name): sound for name, sound in tracks.items()}, CC0_RATE)
    assert np.abs(moved(levels(ours.tracks, CC0_RATE), before)).mean() < 3.0
    mix, plain = Sound(ours.total, CC0_RATE), Sound(given, CC0_RATE)
    assert tone.error_db(mix, plain) <= 1.5
    assert loudness.plr_lu(mix) >= loudness.plr_lu(plain) - 2.0
    assert abs(stereo.side_mid_db(mix) - stereo.side_mid_db(plain)) <= 1.5


@pytest.mark.slow
def test_random_gains_on_stems_are_partly_undone(printed):
    """Distances of levels to the artist's balance, before and behind the engineer; 0.6 is the aim."""
    tracks, roles = printed
    wanted = levels({track_id(name): sound for name, sound in tracks.items()}, CC0_RATE)
    before, after = [], []
    for seed in (0, 1, 2):
        given = trimmed(tracks, seed)
        project = make_project(given, CC0_RATE, roles)
        analysis = analyse_tracks(project, given)
        desk = work(project, analysis)
        ours = {id: desk.post_fader_lufs(id) for id in wanted}
        before.append(np.abs(moved({id: analysis[id].integrated_lufs for id in wanted}, wanted)).mean())
        after.append(np.abs(moved(ours, wanted)).mean())
    assert np.mean(after) <= 0.6 * np.mean(before)


def lmms_song(folder: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, Role]]:
    """The dry tracks of a project at its author's faders."""
    mixer = {m["num"]: m["volume"] for m in json.loads((folder / name / "facts.json").read_text())["mixer"]}
    tracks, roles = {}, {}
    for row in rows_of(folder):
        if row["song"] == name and row["kind"] == "dry":
            sound, _ = soundfile.read(folder / row["file"], dtype="float32", always_2d=True)
            channel = row["author_mixer_channel"] or "0"
            gain = float(row["author_volume_percent"] or 100) / 100 / float(row["scaled_by"] or 1)
            gain *= mixer.get(channel, 1.0) if channel != "0" else 1.0
            tracks[row["file"]], roles[row["file"]] = sound.T * np.float32(gain), Role(row["role"])
    return tracks, roles


def raw_song(folder: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, Role]]:
    tracks, roles = {}, {}
    for row in rows_of(folder):
        if row["song"] == name and row["kind"] == "raw":
            sound, _ = soundfile.read(folder / row["file"], dtype="float32", always_2d=True)
            tracks[row["file"]], roles[row["file"]] = sound.T, Role(row["role"])
    return tracks, roles


def rows_of(folder: Path) -> list[dict[str, str]]:
    with open(folder / "manifest.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def probability(tracks: dict[str, np.ndarray], roles: dict[str, Role]) -> float:
    project = make_project(tracks, 44100, roles)
    return made_probability(rough_signs(project.tracks, analyse_tracks(project, tracks)))


def test_faders_of_authors_are_told_from_raw_recordings_and_random_levels(shared_data):
    made = [lmms_song(shared_data("lmms_projects"), name) for name in names_in(shared_data("lmms_projects"))]
    raw = [raw_song(shared_data("raw_dev"), name) for name in names_in(shared_data("raw_dev"))]
    right = [probability(*song) >= 0.5 for song in made]
    wild = [probability(trimmed(song[0], k), song[1]) < 0.5 for k, song in enumerate(made)]
    plain = [probability(*song) < 0.5 for song in raw]
    assert np.mean(right) >= 0.75
    assert np.mean(plain) >= 0.75
    assert np.mean([*right, *plain]) >= 0.8
    assert np.mean(wild) >= 0.6  # excerpts of 20 s with few tracks: gains drawn may happen to be plausible


def names_in(folder: Path) -> list[str]:
    return sorted({row["song"] for row in rows_of(folder)})
