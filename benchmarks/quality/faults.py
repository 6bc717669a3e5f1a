"""Does the review hear what is wrong? Faults are put into finished mixes, and what is left of them measured.

python -m benchmarks.quality.faults [--songs ...] [--write] writes docs/faults.md.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.quality.__main__ import say
from benchmarks.quality.songs import RATE, data_folder, decode, rows_of
from mixwright import __version__, audio
from mixwright.analysis.bands import band_slice, k_weights
from mixwright.analysis.sections import telling_excerpts
from mixwright.analysis.song import analyse
from mixwright.console import Console
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.engineer import work
from mixwright.engineer.faders import with_changes
from mixwright.engineer.hearing import Heard, listen
from mixwright.engineer.intent import intend
from mixwright.engineer.master import mix_deviation_db
from mixwright.engineer.review import Review, review
from mixwright.engineer.routing import related_tracks
from mixwright.engineer.slots import free_bands
from mixwright.metrics import Sound, balance, loudness, masking, stereo, tone
from mixwright.mix_model import Mix
from mixwright.project import Brief
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db
from mixwright.workflow.job import Job
from mixwright.workflow.opening import open_tracks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
DEMO = ROOT / "examples" / "demo_song" / "tracks"
SONG_S = 24.0
LISTENED_S = 10.0
SETTLING = 3
AUDIBLE_DB = 1.5
"""Faults that change what they are measured by less than this are none in that song."""
WANTED = 0.75

METHOD = """\
{songs} songs (raw_dev, lmms_projects and the demo song, {seconds:g} s of each) are mixed and reviewed until
nothing is corrected any more. Then one fault at a time is put into the mix, and the review listens to
{listened:g} s of it, for four rounds at most. A cell tells how much of the fault is gone, measured on the
rendered sound; *not named* where the log does not name the channel. A dash: the song has no such role, no
free band to put the fault into, or the fault changes nothing there.

- *lead*: the lead 8 dB down; its loudness behind the fader.
- *bass*: +8 dB at 250 Hz, Q 1, on the bass; its level from 220 to 290 Hz.
- *left*: all guitars, or where there are none all keys, panned 90 % left; right over left of all of them.
- *reverb*: all returns 6 dB up; loudness of the returns re the mix.
- *limiting*: 6 dB more drive into the limiter; loudness of the master."""

HARMLESS = """\
The mix as decided, and as the review leaves it. The loop corrects levels, tone and place of single tracks,
the reverb, the sides and the drive; the numbers below are none of its aims. *Worse*: songs whose number
gets worse by more than the given step."""

Measure = Callable[[Heard], float]
Broken = tuple[dict[str, Value], str, Measure]
"""Changes to the mix, the channel the log must name, and what of the fault is heard."""


@dataclass
class Studio:
    """A song, decided, with ears."""

    name: str
    desk: Desk
    excerpts: Sequence[tuple[float, float]]
    hear: Callable[[Mix], Heard]
    play: Callable[[Mix], tuple[np.ndarray, dict[str, np.ndarray]]]
    """The sum before the master chain, and every track behind fader and pan."""
    tracks: dict[str, np.ndarray]

    def review(self, mix: Mix) -> Review:
        return review(self.desk, mix, self.hear, self.excerpts)

    def settled(self) -> Mix:
        """The mix once nothing is corrected any more, its master at the loudness asked for."""
        mix = self.desk.mix
        for _ in range(SETTLING):
            done = self.review(mix)
            mix = done.mix
            if not done.decisions:
                break
        above = intend(self.desk, self.excerpts).mix_above_song_lu
        wanted = self.desk.project.brief.loudness_lufs + above
        drive = wanted - self.hear(mix).mix.loudness_lufs
        mix = mix.with_values({"master.drive_db": drive})
        drive += wanted - self.hear(mix).master.loudness_lufs  # what limiting took
        return mix.with_values({"master.drive_db": drive})


@dataclass(frozen=True)
class Outcome:
    """What became of one fault in one song."""

    removed: float
    named: bool
    rounds: int

    @property
    def good(self) -> bool:
        return self.named and self.removed >= WANTED

    def __str__(self) -> str:
        return f"{self.removed:.0%}" + ("" if self.named else ", not named")


def lead_too_soft(desk: Desk, mix: Mix) -> Broken | None:
    if desk.lead is None:
        return None
    lead = desk.lead.id
    changes: dict[str, Value] = {f"strips.{lead}.fader_db": mix.channel(lead).fader_db - 8.0}
    return changes, lead, lambda heard: heard.strips[lead].loudness_lufs


def boomy_bass(desk: Desk, mix: Mix) -> Broken | None:
    basses = desk.with_role(Role.BASS)
    slots = free_bands(mix.channel(basses[0].id).equalizer, kept=0) if basses else []
    if not slots:
        return None
    bass, base = basses[0].id, f"strips.{basses[0].id}.equalizer.{slots[0]}"
    bell: dict[str, Value] = {"kind": "bell", "frequency_hz": 250.0, "q": 1.0, "gain_db": 8.0}
    around = band_slice(220, 290)
    return (
        {f"{base}.{name}": value for name, value in bell.items()},
        bass,
        lambda heard: power_to_db(float(heard.strips[bass].power[around].sum())),
    )


def all_left(desk: Desk, mix: Mix) -> Broken | None:
    group = desk.in_group(RoleGroup.GUITARS) or desk.in_group(RoleGroup.KEYS)
    ids = [track.id for track in group]
    if not ids:
        return None

    def lean(heard: Heard) -> float:
        left, right = np.sum([heard.strips[id].side_power @ k_weights() for id in ids], axis=0)
        return power_to_db(right) - power_to_db(left)

    return {f"strips.{id}.pan": -0.9 for id in ids}, ids[0], lean


def doubled_reverb(desk: Desk, mix: Mix) -> Broken | None:
    changes: dict[str, Value] = {f"returns.{r.id}.fader_db": r.fader_db + 6.0 for r in mix.returns}
    return changes, mix.returns[0].id, lambda heard: heard.wet_lu


def overlimited(desk: Desk, mix: Mix) -> Broken | None:
    return {"master.drive_db": mix.master.drive_db + 6.0}, "master", lambda h: h.master.loudness_lufs


FAULTS: dict[str, Callable[[Desk, Mix], Broken | None]] = {
    "lead": lead_too_soft,
    "bass": boomy_bass,
    "left": all_left,
    "reverb": doubled_reverb,
    "limiting": overlimited,
}


def outcome(studio: Studio, mix: Mix, broken: Broken) -> Outcome | None:
    """Puts a fault into a mix and lets the review work; None where the fault changes nothing."""
    changes, target, measure = broken
    meant = measure(studio.hear(mix))
    faulty = with_changes(mix, changes)
    before = measure(studio.hear(faulty)) - meant
    if abs(before) < AUDIBLE_DB:
        return None
    done = studio.review(faulty)
    after = measure(studio.hear(done.mix)) - meant
    told = {d.target for d in done.decisions} & ({target} | {path.split(".")[1] for path in changes})
    named = any(name in heard for name in told | {target} for line in done.log for heard in line.heard)
    return Outcome(1 - abs(after) / abs(before), bool(told) and named, len(done.log) - 1)


@contextmanager
def studio(
    name: str, tracks: dict[str, np.ndarray], roles: dict[str, str], brief: Brief | None = None
) -> Iterator[Studio]:
    """Opens a song given as samples."""
    with tempfile.TemporaryDirectory() as folder, audio.Scratch() as scratch:
        for track, samples in tracks.items():
            soundfile.write(Path(folder) / f"{track}.wav", samples.T, RATE, subtype="FLOAT")
        opened = open_tracks(folder, None, brief or Brief(), roles, scratch, Job())
        rate = opened.project.sample_rate
        analysis = analyse(opened.inputs, rate, related=related_tracks(opened.project.tracks))
        desk = work(opened.project, analysis)
        excerpts = telling_excerpts(analysis, LISTENED_S, [desk.lead.id] if desk.lead else [])

        def hear(mix: Mix) -> Heard:
            return listen(mix, opened.inputs, rate, excerpts)

        def play(mix: Mix) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            with Console(mix, opened.inputs, rate, tracks=True) as console:
                blocks = [
                    (b.total.copy(), {k: v.copy() for k, v in b.tracks.items()}) for b in console.blocks()
                ]
            parts = {id: np.concatenate([tracks[id] for _, tracks in blocks], axis=1) for id in blocks[0][1]}
            return np.concatenate([total for total, _ in blocks], axis=1), parts

        by_id = {t.id: opened.inputs[t.id].read(0, opened.inputs[t.id].frames) for t in desk.playing}
        yield Studio(name, desk, excerpts, hear, play, by_id)


def find_songs(wanted: Sequence[str]) -> Iterator[tuple[str, dict[str, np.ndarray], dict[str, str]]]:
    """Name, tracks and roles of each song, the middle of it."""
    demo = {path.stem: path for path in sorted(DEMO.iterdir())}
    listed = [("demo", "demo", demo, dict[str, str]())]
    for set_name, kind in (("raw_dev", "raw"), ("lmms_projects", "dry")):
        folder = data_folder() / set_name
        if not folder.is_dir():
            continue
        rows = [row for row in rows_of(folder) if row["kind"] == kind]
        for name in sorted({row["song"] for row in rows}):
            files = {Path(r["file"]).stem: folder / r["file"] for r in rows if r["song"] == name}
            roles = {Path(r["file"]).stem: r["role"] for r in rows if r["song"] == name}
            listed.append((set_name, name, files, roles))
    for set_name, name, files, roles in listed:
        if not wanted or any(word in name or word == set_name for word in wanted):
            yield name, _middle({stem: decode(path) for stem, path in files.items()}), roles


def _middle(tracks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    longest = max(samples.shape[1] for samples in tracks.values())
    start = max(0, (longest - round(SONG_S * RATE)) // 2)
    cut = {n: samples[:, start : start + round(SONG_S * RATE)] for n, samples in tracks.items()}
    return {n: samples for n, samples in cut.items() if samples.shape[1] > RATE and np.any(samples)}


STEPS = {
    "1/3 octave beyond the genre's spread, dB": 0.1,
    "least heard role": 0.02,
    "PLR from the genre's, LU": 0.3,
    "width beyond the spread of mixes, dB": 0.3,
    "R-L, dB": 0.2,
    "lost in mono, dB": 0.2,
}
"""Numbers the loop has no eye on, and the step from which a change counts."""


def harmless_numbers(studio: Studio, mix: Mix) -> list[float]:
    """As in `STEPS`; the smaller the better, but for the second."""
    desk = studio.desk
    rate = desk.project.sample_rate
    sound = Sound(studio.play(mix)[0], rate)
    inside = balance.find_contributions(sound, studio.tracks)
    roles = {track.id: track.role for track in desk.playing}
    return [
        float(np.abs(mix_deviation_db(tone.levels_db(sound), desk.genre)).mean()),
        min(masking.audibilities(inside, roles).values()),
        abs(loudness.plr_lu(sound) - desk.genre.dynamics.peak_to_loudness_lu),
        float(np.abs(stereo.outside_spread_db(sound)).mean()),
        abs(stereo.left_right_db(sound)),
        stereo.mono_loss_db(sound),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.faults", description=__doc__)
    parser.add_argument("--songs", nargs="*", default=[], help="sets or parts of song names; all by default")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    found: dict[str, dict[str, Outcome | None]] = {}
    numbers: dict[str, tuple[list[float], list[float]]] = {}
    for name, tracks, roles in find_songs(arguments.songs):
        with studio(name, tracks, roles) as room:
            mix = room.settled()
            found[name] = {}
            for fault, broken in FAULTS.items():
                made = broken(room.desk, mix)
                found[name][fault] = outcome(room, mix, made) if made else None
                say(f"{name}: {fault} {found[name][fault]}")
            reviewed = room.review(room.desk.mix).mix
            numbers[name] = (harmless_numbers(room, room.desk.mix), harmless_numbers(room, reviewed))
    if not found:
        parser.error("no such songs; set MIXWRIGHT_TEST_DATA to the folder of songs")
    say("")
    text = page(found, numbers)
    print(text)
    if arguments.write:
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"written to docs/{PAGE.name}", file=sys.stderr)


def page(
    found: dict[str, dict[str, Outcome | None]], numbers: dict[str, tuple[list[float], list[float]]]
) -> str:
    """The whole text."""
    every = [made for row in found.values() for made in row.values() if made]
    good = sum(made.good for made in every)
    return "\n\n".join(
        [
            "# Faults the review finds",
            f"{datetime.now(UTC):%Y-%m-%d}, Mixwright {__version__}. Made by "
            "`python -m benchmarks.quality.faults --write`.",
            METHOD.format(songs=len(found), seconds=SONG_S, listened=LISTENED_S),
            f"Found, named and at least {WANTED:.0%} removed: **{good} of {len(every)} "
            f"({good / max(len(every), 1):.0%})**.",
            _faults_table(found),
            "## Without faults",
            HARMLESS,
            _numbers_table(numbers),
        ]
    )


def _faults_table(found: dict[str, dict[str, Outcome | None]]) -> str:
    rows = [["song", *FAULTS], ["---"] * (1 + len(FAULTS))]
    rows += [[name, *(str(row[fault] or "-") for fault in FAULTS)] for name, row in found.items()]
    totals = []
    for fault in FAULTS:
        made = [row[fault] for row in found.values() if row[fault]]
        totals.append(f"{sum(m.good for m in made if m)} of {len(made)}")
    return _table([*rows, ["**removed**", *totals]])


def _numbers_table(numbers: dict[str, tuple[list[float], list[float]]]) -> str:
    rows = [["mean over songs", "before", "after", "worse by a step", "better by a step"], ["---"] * 5]
    for k, (title, step) in enumerate(STEPS.items()):
        sign = -1.0 if title == "least heard role" else 1.0
        before, after = ([pair[side][k] for pair in numbers.values()] for side in (0, 1))
        change = [sign * (b - a) for a, b in zip(before, after, strict=True)]
        rows.append(
            [
                f"{title} (step {step:g})",
                f"{statistics.mean(before):.2f}",
                f"{statistics.mean(after):.2f}",
                str(sum(c > step for c in change)),
                str(sum(c < -step for c in change)),
            ]
        )
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
