"""What each kind of decision brings: the same songs mixed without it, beside their human mixes.

python -m benchmarks.quality.ablation [--songs ...] [--write] writes docs/ablation.md.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import mixwright
from benchmarks.quality.__main__ import default_cache, say
from benchmarks.quality.rows import Bench, Row
from benchmarks.quality.songs import RATE, Song, data_folder, find_songs
from mixwright import __version__
from mixwright.audio.resample import resample
from mixwright.engineer.engineer import REVIEW, STEPS

PAGE = Path(__file__).parents[2] / "docs" / "ablation.md"
WHOLE = "nothing left out"
COLUMNS: tuple[tuple[str, Callable[[Row], float]], ...] = (
    ("1/3 octave, dB", lambda row: row.tone_db),
    ("roles, LU", lambda row: row.role_lu),
    ("PLR diff., LU", lambda row: abs(row.plr_difference_lu)),
    ("crest per band, dB", lambda row: row.crest_error_db),
    ("width per band, dB", lambda row: row.width_error_db),
    ("R-L, dB", lambda row: abs(row.left_right_db)),
    ("least heard role", lambda row: row.least_heard),
)

METHOD = """\
Each row leaves one kind of decision out (`mixwright mix --without KIND`); the others are made as always and
adapt. The numbers are those of [quality](quality.md), the mean over {songs}: distances of `mix.wav` to the
human mix at equal loudness, and the share in which the most hidden role is heard. Where a distance is larger
than in the first row, the decision brings the mix nearer to the human one. The songs are short and few:
differences of less than a tenth mean little; decisions that work over a whole song (sections) or before it
(prepare: recordings without faults need none) cannot show. What is decided for the master is not in
`mix.wav`."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.ablation", description=__doc__)
    parser.add_argument("--songs", nargs="*", default=["raw_dev", "lmms_projects"], help="sets or names")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    listed = find_songs(data_folder(), arguments.songs)
    if not listed:
        parser.error("no songs; set MIXWRIGHT_TEST_DATA to the folder of songs")
    rows: dict[str, list[Row]] = {name: [] for name in (WHOLE, *STEPS, REVIEW)}
    for number, entry in enumerate(listed, 1):
        song = entry.load(default_cache())
        bench = Bench(song)
        with tempfile.TemporaryDirectory() as folder:
            song.write(Path(folder))
            for name in rows:
                say(f"[{number}/{len(listed)}] {song.name}: {name}")
                rows[name].append(bench.row(name, mixed(Path(folder), song, name)))
    say("")
    text = page(rows, len(listed))
    print(text)
    if arguments.write:
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"written to docs/{PAGE.name}", file=sys.stderr)


def mixed(folder: Path, song: Song, without: str) -> np.ndarray:
    """The mix of a song's tracks without one kind of decision, float32 (2, samples), as long as the song."""
    done = mixwright.mix(folder, without=() if without == WHOLE else (without,))
    made = done.renderings["mix"]
    assert made.samples is not None
    audio = resample(made.samples, made.sample_rate, RATE) if made.sample_rate != RATE else made.samples
    out = np.zeros((2, max(audio.shape[1], song.human.shape[1])), np.float32)
    out[:, : audio.shape[1]] = audio
    return out


def page(rows: dict[str, list[Row]], songs: int) -> str:
    """The whole text."""
    head = ["left out", *(title for title, _ in COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for name, found in rows.items():
        cells = []
        for title, number in COLUMNS:
            counted = [row for row in found if row.roles_known] if "role" in title else found
            cells.append(f"{statistics.mean(map(number, counted)):.2f}" if counted else "-")
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n\n".join(
        [
            "# What each decision brings",
            f"{datetime.now(UTC):%Y-%m-%d}, Mixwright {__version__}. Made by "
            "`python -m benchmarks.quality.ablation --write`.",
            METHOD.format(songs=f"{songs} songs"),
            "\n".join(lines),
        ]
    )


if __name__ == "__main__":
    main()
