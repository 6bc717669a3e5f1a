"""Mixes of Mixwright and of public systems beside human mixes of the same tracks.

Every system runs in a process of its own; all mixes are compared at equal loudness. What was made and
judged is kept in a cache, so that a second run judges only what changed.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from benchmarks.quality import tables
from benchmarks.quality.rows import Bench, Row, RowCache
from benchmarks.quality.songs import Listed, Song, data_folder, find_songs
from benchmarks.quality.systems import ROOT, SYSTEMS, Cache, FailedError, System
from benchmarks.speed import peers
from mixwright import __version__

PAGE = ROOT / "docs" / "quality.md"
US = "Mixwright"
WITH_MASTER = ("mixwright", "matchering")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--songs", nargs="*", help="sets or parts of song names; all by default")
    parser.add_argument("--systems", nargs="*", choices=[s.key for s in SYSTEMS], help="all by default")
    parser.add_argument("--data", type=Path, default=data_folder(), help="folder of the songs")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where results are kept")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    systems = [s for s in SYSTEMS if not arguments.systems or s.key in arguments.systems]
    songs = find_songs(arguments.data, arguments.songs)
    if not songs:
        parser.error(
            f"no songs in {arguments.data}; set MIXWRIGHT_TEST_DATA or --data to the folder of songs"
        )
    mixes, masters = run(songs, systems, Cache(arguments.cache), RowCache(arguments.cache))
    text = page(songs, mixes, masters, systems)
    print(text)
    if arguments.write:
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}", file=sys.stderr)


def default_cache() -> Path:
    return Path(os.environ.get("TMPDIR", tempfile.gettempdir())) / "mixwright-quality"


def run(
    songs: list[Listed], systems: list[System], cache: Cache, rows: RowCache
) -> tuple[list[Row], list[Row]]:
    """Rows of the mixes, and of the masters of systems that make one."""
    mixes: list[Row] = []
    masters: list[Row] = []

    @lru_cache(maxsize=2)  # this song and the next one
    def load(listed: Listed) -> Song:
        return listed.load(cache.folder)

    for number, listed in enumerate(songs):
        say(f"[{number + 1}/{len(songs)}] {listed.name}: reading")
        song, other = load(listed), load(neighbour(songs, number))
        bench = Bench(song)
        mixes.append(rows.row(bench, tables.HUMAN, None))
        masters.append(mixes[-1])
        for system in systems:
            say(f"[{number + 1}/{len(songs)}] {song.name}: {system.name}")
            try:
                made = cache.run(system, song, other)
            except FailedError as why:
                say(f"    no mix: {why}", keep=True)
                continue
            mixes.append(rows.row(bench, system.name, made / "mix.wav"))
            if system.key in WITH_MASTER:
                masters.append(rows.row(bench, system.name, made / "master.wav"))
    say("", keep=False)
    return mixes, masters


def neighbour(songs: list[Listed], number: int) -> Listed:
    """Another song, of the same set where there is one: the reference of those that need one."""
    same = [song for song in songs if song.set == songs[number].set]
    pool = same if len(same) > 1 else songs
    return pool[(pool.index(songs[number]) + 1) % len(pool)]


def say(text: str, keep: bool = False) -> None:
    """Progress on stderr."""
    live = sys.stderr.isatty() and not keep
    sys.stderr.write(f"\r\033[K{text}" if live else f"{text}\n" if text else "")
    sys.stderr.flush()


def page(songs: list[Listed], mixes: list[Row], masters: list[Row], systems: list[System]) -> str:
    """The whole text."""
    names = [tables.HUMAN, *(s.name for s in systems)]
    human = {row.song: row for row in mixes if row.system == tables.HUMAN}
    left_out = [f"{name} ({row.refit_db:.1f} dB)" for name, row in human.items() if not row.roles_known]
    sets = {song.set: sum(s.set == song.set for s in songs) for song in songs}
    versions = ", ".join(p.replace("==", " ") for p in peers.PACKAGES if "==" in p)
    parts = [
        "# Quality",
        f"{datetime.now(UTC):%Y-%m-%d}, Mixwright {__version__}, {versions}, "
        f"Python {platform.python_version()}. Made by "
        "`python -m benchmarks.quality --write`.",
        METHOD.format(sets=", ".join(f"{count} of {name}" for name, count in sets.items())),
        "## Mixes",
        "Mean / median over songs, differences without their sign.",
        tables.summary(mixes, names),
        "Levels of roles: songs whose human mix is explained to less than 5 dB by its tracks are left out of "
        f"that column and of the next two: {', '.join(left_out) or 'none'}.",
    ]
    if any(row.system == US for row in mixes):
        by_mean, by_song = (find(mixes, US, names) for find in (tables.mean_losses, tables.losses))
        parts += ["## Where another system is nearer by the mean", *(f"- {line}" for line in by_mean)]
        parts += ["## Where any other is nearer by more than a tenth, song by song, with the nearest",
                  *(f"- {line}" for line in by_song)]  # fmt: skip
    parts += ["## Masters", "`master.wav` of those that make one, against the same human mixes.",
              tables.summary(masters, names)]  # fmt: skip
    parts.append("## Per song")
    for column in tables.COLUMNS:
        parts += [f"### {column.title}", tables.per_song(mixes, column, names)]
    parts += ["### Refit of the tracks, dB", refits(mixes, names)]
    text = "\n\n".join(parts)
    return text.replace("\n\n- ", "\n- ")


def refits(rows: list[Row], names: list[str]) -> str:
    return tables.per_song(rows, tables.Column("refit", lambda row: row.refit_db), names)


METHOD = """How near to a human mix of the same tracks: {sets}. All mixes are compared at equal loudness,
`mix.wav` before mastering. These songs are open development data, in view while Mixwright was made,
so that its numbers may flatter; a distance to one human mix guards against regressions and proves
no quality, for two engineers differ by 3 to 5 dB per instrument on the same song. Differences below
about a fifth are noise with so few songs.

- *1/3 octave*: mean absolute difference of third-octave levels, 40 Hz to 10 kHz.
- *roles*: mean absolute difference of the loudness of each role inside the mix, re the mix, found by
  regression of the mix on the tracks (`mixwright.metrics.balance`); *least heard role*: share of the most
  hidden one (`metrics.masking`).
- *PLR*: true peak minus loudness. *crest per band*: mean over eight bands of the mid signal.
- *width*: side re mid power, of the whole, per band, and outside of what 19 of 20 human mixes do. *R-L*: K
  weighted.
- *Bark mid, side*: spectral terms of the audio-feature loss; *mel*: distance of log mel magnitudes over
  time.
- *set distance*: kernel distance between the system's mixes and the human ones as sets
  (`metrics.distribution`).

Systems get the raw tracks with their file names; plain sums and the fixed chain are also told the true
roles. The cc0 songs are printed stems moved by up to ±12 dB at random, the artist's balance being the human
mix, 60 s from their first strong part. The raw_dev mixes are released ones and partly mastered. matchering
follows the human mix of another song.

What to know about single songs: the released mdb_rock is limited (PLR 11 LU), which no mix before mastering
meets; greshz_coolsnip is all but mono in its author's mix, so that every placed track counts as an error of
width; skiessi_onion and oglsdl_pptrip live on effects that the dry tracks do not hold. PLR follows the
drums: where they come out softer than the author had them (capdan_reggaetry, skiessi_222) it is too low."""


if __name__ == "__main__":
    main()
