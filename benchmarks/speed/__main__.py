"""Speed of the console and of the whole program beside pedalboard and libsonare, in one run.

Prints CPU seconds (best and median of rounds that interleave), times real time per core, and how many times
our CPU time each peer takes: by the best rounds, which other work on the machine disturbed least, and by the
median of the rounds' own ratios. ``make bench`` runs it.
"""

import argparse
import os
import platform
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.speed import peers
from benchmarks.speed.runs import Result, Side, environment, interleaved, module, processes

CASES = ("chain", "strip", "song")
US = "mixwright"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES), help=f"which of {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of chain and strip")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the made-up tracks")
    parser.add_argument("--song-rounds", type=int, default=3, help="rounds of the song; libsonare has one")
    parser.add_argument("--alone", action="store_true", help="without peers")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}; choose among {', '.join(CASES)}")
    other = None if arguments.alone else peers.python()
    print(machine())
    if "chain" in arguments.cases:
        chain(other, arguments.seconds, arguments.rounds)
    if "strip" in arguments.cases:
        strip(other, arguments.seconds, arguments.rounds)
    if "song" in arguments.cases:
        song(other, arguments.song_rounds)


def chain(other: Path | None, seconds: float, rounds: int) -> None:
    sides = [
        Side(US, module("mixwright_side", "chain", seconds)),
        Side(f"{US}, all cores", module("mixwright_side", "chain", seconds, 0)),
    ]
    if other:
        sides.append(Side("pedalboard", module("pedalboard_side", "chain", seconds, python=other)))
        sides.append(Side("libsonare", module("libsonare_side", "chain", seconds, python=other)))
    title = f"The chain: 16 stereo tracks of {seconds:g} s, memory to memory"
    show(title, interleaved(sides, rounds), seconds)


def strip(other: Path | None, seconds: float, rounds: int) -> None:
    sides = [Side(US, module("mixwright_side", "strip", seconds))]
    if other:
        sides.append(Side("libsonare", module("libsonare_side", "strip", seconds, python=other)))
    title = "The full strip: the chain with gate, two dynamic bands and oversampled saturation on every track"
    show(title, interleaved(sides, rounds), seconds)


def song(other: Path | None, rounds: int) -> None:
    from benchmarks.speed.song import find_song

    with tempfile.TemporaryDirectory() as folder:
        tracks, ours, theirs = (Path(folder) / name for name in ("tracks", "ours", "theirs"))
        for path in (tracks, ours, theirs):
            path.mkdir()
        subprocess.run(module("song", tracks), check=True, env=environment(), cwd=peers.ROOT)
        sides = [(Side(US, module("mixwright_side", "song", tracks, ours)), rounds)]
        if other:
            command = module("libsonare_side", "song", tracks, theirs, python=other)
            sides.append((Side("libsonare", command), 1))
        files = list(tracks.glob("*.wav"))
        seconds = max(path.stat().st_size for path in files) / (48000 * 6)
        name = "Caesium" if find_song() else "a made-up song (MIXWRIGHT_TEST_DATA does not lead to Caesium)"
        title = f"From WAV to finished master: {name}, {len(files)} tracks, {seconds:.0f} s"
        show(title, processes(sides), seconds)


def machine() -> str:
    """Where this ran."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(": ")[2] if names else model
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


def show(title: str, results: list[Result], seconds: float) -> None:
    """Prints one table."""
    ours = next(result for result in results if result.name == US)
    memory = any(result.peak_mb for result in results)
    print(f"\n{title}\n")
    columns = f"{'CPU best':>10}{'median':>9}{'wall':>9}{'x real time':>13}{'x our CPU':>11}{'median':>9}"
    print(" " * 24 + columns + (f"{'peak MB':>10}" if memory else ""))
    for result in results:
        name = result.version if result.name == US else result.name
        if result.error:
            print(f"{name:24}  did not run: {result.error}")
            continue
        best = min(result.cpu_s)
        line = f"{name:24}{best:10.2f}{statistics.median(result.cpu_s):9.2f}{min(result.wall_s):9.2f}"
        if ours.cpu_s:
            line += f"{seconds / best:13.1f}{best / min(ours.cpu_s):11.2f}{ratio(result, ours):9.2f}"
        print(line + (f"{max(result.peak_mb):10.0f}" if memory else ""))


def ratio(result: Result, ours: Result) -> float:
    """CPU time against ours: the median over rounds, which stand next to each other in time."""
    if len(result.cpu_s) == len(ours.cpu_s):
        return statistics.median(a / b for a, b in zip(result.cpu_s, ours.cpu_s, strict=True))
    return statistics.median(result.cpu_s) / statistics.median(ours.cpu_s)


if __name__ == "__main__":
    main()
