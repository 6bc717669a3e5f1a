"""The command line. It only calls functions of `mixwright.workflow` and prints what they give back."""

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mixwright import __version__
from mixwright.errors import InputError, MixwrightError

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    help="Raw tracks in, a finished mix and master out, with every move explained.",
)

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="A folder of tracks, or audio files", show_default=False),
]
ProjectPath = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="project.json, or the folder that holds it")
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role", metavar="FILE=ROLE", help="What a track is, e.g. vox2.wav=backing_vocal; repeatable"
    ),
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help="wav16, wav24, wav32, wav32f, flac16, flac24, ogg, mp3, m4a or opus",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary and nothing else")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors")]
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, max=64, help="Worker threads, 1..64; all cores by default"),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Listen to the tracks anew, and keep nothing of it for the next time"),
]
Stems = Annotated[bool, typer.Option("--stems", help="Also write a stem per group and return")]
SplitReturns = Annotated[
    bool,
    typer.Option("--split-returns", help="Write stems, with the effects inside the stems of their groups"),
]
Tracks = Annotated[bool, typer.Option("--tracks", help="Also write every processed track")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Leave out the page report.html")]


@app.command()
def mix(
    paths: Paths,
    out: Out,
    genre: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="auto, pop, rock, hip-hop, electronic, orchestral, metal, country, folk, jazz, funk, r&b or "
            "reggae: shapes the targets",
        ),
    ] = "auto",
    role: RoleOption = None,
    tempo: Annotated[
        float | None,
        typer.Option(metavar="BPM", help="Tempo for synced delays, 20..400; found by listening if not given"),
    ] = None,
    loudness: Annotated[float, typer.Option(metavar="LUFS", help="Loudness of the master, -40..-4")] = -14.0,
    peak: Annotated[
        float, typer.Option(metavar="DBTP", help="Highest true peak of the master, -20..0")
    ] = -1.0,
    impulse: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Impulse response that takes the place of the main reverb"),
    ] = None,
    rough: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[FILE=]WISH",
            help="What the levels of the tracks are: keep (a balance to keep), ignore (accidents) or auto "
            "(judged); for one track FILE=WISH; repeatable",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Decisions not to make: prepare, tone, dynamics, balance, separation, stereo, space, buses, "
            "sections, master or review; repeatable",
        ),
    ] = None,
    session: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Facts about the song; session.toml beside the tracks by default"),
    ] = None,
    format: FormatOption = "wav24",
    stems: Stems = False,
    split_returns: SplitReturns = False,
    tracks: Tracks = False,
    no_report: NoReport = False,
    threads: Threads = None,
    no_cache: NoCache = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mix and master the tracks of one song."""
    from mixwright import workflow
    from mixwright.roles import parse_role_option

    common, per_file = workflow.parse_rough_options(rough or [])
    roles = {file: str(value) for file, value in (parse_role_option(text) for text in role or [])}
    with _Bars(json_ or quiet) as report:
        done = workflow.mix(
            paths,
            out,
            genre=genre,
            roles=roles,
            tempo_bpm=tempo,
            loudness_lufs=loudness,
            peak_dbtp=peak,
            impulse=impulse,
            rough={"": common, **per_file},
            without=without or (),
            session=session,
            job=workflow.Job(
                workflow.Outputs(format, stems or split_returns, split_returns, tracks, not no_report),
                threads or 0,
                report,
                _CANCEL,
                not no_cache,
            ),
        )
    if json_:
        _print_json(_summary(done))
    elif not quiet:
        _print_mixed(done)


@app.command()
def render(
    project: ProjectPath,
    out: Out,
    format: FormatOption = "wav24",
    stems: Stems = False,
    split_returns: SplitReturns = False,
    tracks: Tracks = False,
    threads: Threads = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Render a saved project again, to the same samples."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        done = workflow.render(
            project,
            out,
            job=workflow.Job(
                workflow.Outputs(format, stems or split_returns, split_returns, tracks),
                threads or 0,
                report,
                _CANCEL,
            ),
        )
    if json_:
        _print_json(_summary(done))
    elif not quiet:
        _print_files(done)


@app.command()
def report(
    project: ProjectPath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder for the page; that of the project if left out"
        ),
    ] = None,
    threads: Threads = None,
    no_cache: NoCache = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the page report.html of a saved project again."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        page = workflow.report(
            project,
            out,
            job=workflow.Job(threads=threads or 0, progress=report, cancel=_CANCEL, cache=not no_cache),
        )
    if json_:
        _print_json({"report": str(page)})
    elif not quiet:
        _say(f"Read {_shown(str(page))} in a browser.")


@app.command()
def revise(
    project: ProjectPath,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="VALUE",
            help="Set a value: lead_vocal.fader_db=-3; or move it: lead_vocal.fader_db+=1.5; repeatable",
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="Leave alone from now on: a value, track, group, kind of decision or section; repeatable",
        ),
    ] = None,
    unlock: Annotated[list[str] | None, typer.Option(metavar="WHAT", help="Take a lock away")] = None,
    release: Annotated[
        list[str] | None,
        typer.Option(metavar="VALUE", help="Hand a value that you set back to the engineer; repeatable"),
    ] = None,
    redo: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND,...",
            help="Decisions to make again: prepare, tone, dynamics, balance, separation, stereo, space, "
            "buses, sections, master; repeatable",
        ),
    ] = None,
    adapt: Annotated[
        bool, typer.Option("--adapt", help="Also make those decisions again that follow from what changes")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="SECTION,...", help="Sections in which all this is to hold; repeatable"),
    ] = None,
    loudness: Annotated[float | None, typer.Option(metavar="LUFS", help="Loudness of the master")] = None,
    peak: Annotated[
        float | None, typer.Option(metavar="DBTP", help="Highest true peak of the master")
    ] = None,
    genre: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another genre; all decisions are made again for it")
    ] = None,
    ask: Annotated[
        str,
        typer.Option(
            metavar="WORDS",
            help='What is to be different, as you say it: "vocals more intimate, chorus bigger"',
        ),
    ] = "",
    take: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[WHAT=]NAME", help="Values of another version: B, or drums=B for a part; repeatable"
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A finished song, or a folder of them, to go nearer to"),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,...",
            help="What is taken over of the reference: tone, level, width, dynamics; tone,width by default",
        ),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRACK[=FILE]",
            help="Other audio for a track, or its file as it lies there now; repeatable",
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[=ROLE]", help="A further track: it is worked on, all else stays; repeatable"
        ),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="TRACK", help="A track that goes")] = None,
    curve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE@POINTS",
            help="Automation: lead_vocal.fader_db@12=-3,14.5=0 (seconds=value; hold for steps); repeatable",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="TRACK.INSERT=SOURCE", help="A sidechain: bass.compressor=kick; repeatable"),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TRACK,...", help="A group of your own: leads=lead_vocal,double; repeatable"
        ),
    ] = None,
    parallel: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=TRACK,...", help="A parallel path of your own: crush=drums; repeatable"),
    ] = None,
    strength: Annotated[float, typer.Option(metavar="SHARE", help="How far towards it, up to 1")] = 0.8,
    undo: Annotated[bool, typer.Option("--undo", help="Take the latest revision back")] = False,
    again: Annotated[bool, typer.Option("--again", help="Take the latest undo back")] = False,
    restore: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Go to a named version or the number of a revision")
    ] = None,
    save_as: Annotated[str | None, typer.Option(metavar="NAME", help="Give the result a name")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for the results; the project's if left out"),
    ] = None,
    format: FormatOption = "wav24",
    stems: Stems = False,
    split_returns: SplitReturns = False,
    tracks: Tracks = False,
    threads: Threads = None,
    no_cache: NoCache = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Change a mix and keep the rest: set, lock, decide again, undo."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        job = workflow.Job(
            workflow.Outputs(format, stems or split_returns, split_returns, tracks, False),
            threads or 0,
            report,
            _CANCEL,
            not no_cache,
        )
        wishes: dict[str, Any] = {
            "edits": set_ or (),
            "locks": lock or (),
            "unlocks": unlock or (),
            "release": release or (),
            "redo": _parted(redo),
            "adapt": adapt,
            "only": _parted(only),
            "loudness_lufs": loudness,
            "peak_dbtp": peak,
            "genre": genre,
            "words": ask,
            "takes": take or (),
            "curves": curve or (),
            "keys": key or (),
            "groups": group or (),
            "parallels": parallel or (),
            "tracks": workflow.TrackChanges(tuple(replace or ()), tuple(add or ()), tuple(remove or ())),
            "reference": reference,
            "scope": _parted(scope),
            "save_as": save_as,
        }
        steps = [
            *([lambda: workflow.step_back(project, out, job=job)] if undo else []),
            *([lambda: workflow.step_forth(project, out, job=job)] if again else []),
            *([lambda: workflow.restore(project, restore, out, job=job)] if restore is not None else []),
        ]
        if len(steps) > 1 or (steps and any(wishes.values())):
            raise InputError("--undo, --again and --restore each stand alone; give one of them at a time")
        done = steps[0]() if steps else workflow.revise(project, out, strength=strength, job=job, **wishes)
    if json_:
        _print_json(_summary(done) | {"changes": list(done.changes), "revision": done.project.at})
    elif not quiet:
        _print_revised(done)


@app.command()
def diff(
    a: Annotated[
        Path,
        typer.Argument(metavar="A", help="A project; PROJECT@VERSION for a version or revision of it"),
    ],
    b: Annotated[
        Path | None,
        typer.Argument(metavar="B", help="Another; if left out, A is compared with what it was before"),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what differs between two projects or versions, in words."""
    from mixwright import workflow

    lines = workflow.diff(a, b)
    if json_:
        _print_json({"differences": list(lines)})
    elif not quiet:
        for line in lines or ("no difference",):
            _say(line)


@app.command()
def takes(
    project: ProjectPath,
    count: Annotated[int, typer.Option(metavar="N", help="How many, the mix itself among them: 2 to 5")] = 3,
    format: FormatOption = "wav24",
    threads: Threads = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make different mixes of a song to choose from, equally loud."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        job = workflow.Job(workflow.Outputs(format, report=False), threads or 0, report, _CANCEL)
        found = workflow.takes(project, count, job=job)
    if json_:
        _print_json([_take_json(take) for take in found])
    elif not quiet:
        for take in found:
            _say(f"{take.name}: {take.character} - {take.line}")
            _say(f"   {take.folder}")
        _say(f"Choose one: mixwright revise {_shown(str(project))} --take B; or parts: --take drums=B")


def _take_json(take: Any) -> dict[str, Any]:
    return {
        "name": take.name,
        "character": take.character,
        "line": take.line,
        "folder": str(take.folder),
        "levels_db": take.levels_db,
        "measured": take.measured.model_dump(),
    }


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of tracks")],
    out: Out,
    format: FormatOption = "wav24",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Mix a folder, and mix on whenever its tracks change, until Ctrl-C."""
    from mixwright import workflow

    job = workflow.Job(workflow.Outputs(format, report=False), threads or 0, None, _CANCEL)
    workflow.watch(folder, out, job=job, tell=(lambda line: None) if quiet else _say)


@app.command()
def taste(
    genre: Annotated[
        str | None, typer.Option(metavar="NAME", help="For songs of this genre; in general if left out")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="VALUE", help="Write a preference down, e.g. level.lead_vocal=1.5"),
    ] = None,
    forget: Annotated[str | None, typer.Option(metavar="VALUE", help="Erase what is known about it")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Erase everything")] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what was learned of your taste, in words and numbers; edit or erase it."""
    from mixwright import workflow

    wishes = {}
    for text in set_ or ():
        name, _, number = text.partition("=")
        try:
            wishes[name] = float(number)
        except ValueError:
            raise InputError(f"{text!r} is no preference; write for example level.lead_vocal=1.5") from None
    found = workflow.taste(genre, wish=wishes, forget=forget, reset=reset)
    if json_:
        _print_json(dataclasses.asdict(found))
    elif not quiet:
        if found.file is None:
            _say("Nothing is kept of your taste: it is switched off.")
            return
        for line in found.lines or ("nothing yet: first mixes are as shipped",):
            _say(line)
        _say(f"from {found.songs} songs, kept in {found.file}")


@app.command()
def history(
    project: ProjectPath,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the revisions of a project, its versions, and what is locked."""
    from mixwright.project import load_project

    loaded = load_project(project)
    names = {number: name for name, number in loaded.versions.items()}
    if json_:
        _print_json(
            {
                "at": loaded.at,
                "versions": loaded.versions,
                "locks": list(loaded.locks),
                "revisions": [
                    step.model_dump(exclude={"changes"}) | {"changes": len(step.changes)}
                    for step in loaded.history
                ],
            }
        )
    elif not quiet:
        table = Table("", "revision", "after", "when (UTC)", "what was asked", "version")
        for step in loaded.history:
            here = "now" if step.number == loaded.at else ""
            after = str(step.parent) if step.parent else ""
            _add_row(
                table, here, str(step.number), after, step.time_utc, step.note, names.get(step.number, "")
            )
        _print_table(table)
        for lock in loaded.locks:
            _say(f"locked: {lock}")


@app.command()
def inspect(
    paths: Paths,
    role: RoleOption = None,
    no_cache: NoCache = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what the tracks are: role, format, level, problems."""
    from mixwright import workflow
    from mixwright.roles import parse_role_option

    roles = {file: str(value) for file, value in (parse_role_option(text) for text in role or [])}
    with _Bars(json_ or quiet) as report:
        job = workflow.Job(progress=report, cancel=_CANCEL, cache=not no_cache)
        found = workflow.inspect(paths, roles=roles, job=job)
    if json_:
        _print_json(
            {
                "sample_rate": found.project.sample_rate,
                "left_out": found.project.left_out,
                "notes": list(found.notes),
                "tempo_bpm": found.beats.tempo_bpm,
                "tempo_confidence": found.beats.confidence,
                "beats_per_bar": found.beats.beats_per_bar,
                "bar_confidence": found.beats.bar_confidence,
                "sections": [dataclasses.asdict(section) for section in found.sections],
                "tracks": [
                    {
                        "id": r.track.id,
                        "name": r.track.name,
                        "files": [f.path for f in r.track.files],
                        "role": str(r.track.role),
                        "role_confidence": r.track.role_confidence,
                        "role_reason": r.track.role_reason,
                        "role_votes": dict(r.role_votes),
                        "channels": r.track.channels,
                        "sample_rate": r.track.sample_rate,
                        "seconds": r.seconds,
                        "offset_s": r.track.offset_s,
                        "loudness_lufs": r.loudness_lufs,
                        "peak_dbfs": r.peak_dbfs,
                        "crest_db": r.crest_db,
                        "octave_crest_db": [round(crest, 2) for crest in r.octave_crest_db],
                        "pitch_range_hz": r.pitch_range_hz,
                        "problems": list(r.problems),
                    }
                    for r in found.tracks
                ],
            }
        )
    elif not quiet:
        _print_inspection(found)


@app.command()
def judge(
    mix: Annotated[Path, typer.Argument(metavar="MIX", help="A finished mix or master")],
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A mix to compare it with, at equal loudness"),
    ] = None,
    tracks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The tracks it was made of: finds every role inside the mix"),
    ] = None,
    genre: Annotated[
        str,
        typer.Option(metavar="NAME", help="Whose spread counts; auto takes that of all human mixes"),
    ] = "auto",
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge a finished mix: its numbers beside what human mixes do, and how platforms take it."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        found = workflow.judge(
            mix, reference, tracks, genre=genre, job=workflow.Job(progress=report, cancel=_CANCEL)
        )
    if json_:
        _print_json(
            {
                "mix": str(found.mix),
                "reference": str(found.reference) if found.reference else None,
                "stage": found.stage,
                "genre": found.genre,
                "sample_rate": found.sample_rate,
                "seconds": found.seconds,
                "numbers": found.numbers,
                "verdicts": [asdict(v) for v in found.verdicts],
                "delivery": [asdict(d) for d in found.delivery],
                "notes": list(found.notes),
            }
        )
    elif not quiet:
        _print_judgement(found)


evaluate = typer.Typer(help="Compare what was learned with what engineers did, on songs it has not seen.")
app.add_typer(evaluate, name="evaluate")
train = typer.Typer(help="Learn from data of your own.")
app.add_typer(train, name="train")


@evaluate.command("balance")
def evaluate_balance(
    mixes: Annotated[
        Path, typer.Argument(metavar="MIXES_JSON", help="Settings of many engineers, in MixologyDB's layout")
    ],
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Levels, pan, EQ and effects: the learned engineer beside engineers and simple rules."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        found = workflow.evaluate_balance(mixes, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json(
            found.lu
            | {
                "ratio": found.ratio,
                "settings": found.settings,
                "songs": [asdict(score) for score in found.songs],
                "left_out": list(found.left_out),
            }
        )
    elif not quiet:
        _print_balance_scores(found)


@evaluate.command("roles")
def evaluate_roles(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE_CSV", help="Columns song, role and filename, one row per track")
    ],
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Roles read from file names, beside labelled ones."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        found = workflow.evaluate_roles(table, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json(asdict(found) | {"macro_recall": found.macro_recall})
    elif not quiet:
        _print_name_scores(found)


@train.command("roles")
def train_roles(
    data: Annotated[
        list[Path], typer.Option("--data", metavar="TABLE_CSV", help="Names and roles by song; repeatable")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the weights")],
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn to read roles from file names."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        done = workflow.train_roles(data, out, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json({"weights": str(done.weights), "card": done.card})
    elif not quiet:
        _say(f"Learned from {done.card['names']} names of {done.card['songs']} songs: {done.weights}")


@train.command("mix")
def train_mix(
    data: Annotated[
        list[Path], typer.Option("--data", metavar="PATH", help="Data to learn from; repeatable")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the weights")],
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn levels, pan, EQ and effects from settings of engineers."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        done = workflow.train_mix(data, out, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json({"weights": str(done.weights), "card": done.card})
    elif not quiet:
        _say(f"Learned from {done.card['mixes']} mixes of {len(done.card['songs'])} songs: {done.weights}")


@app.command()
def params(
    json_: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/parameters.md")] = False,
    quiet: Quiet = False,
) -> None:
    """Show every parameter of a mix: unit, range, travel, default, help."""
    from mixwright.catalogue import as_markdown, catalogue

    entries = catalogue()
    if json_:
        _print_json([entry.as_dict() for entry in entries])
        return
    if markdown:
        sys.stdout.write(as_markdown(entries))
        return
    if quiet:
        return
    table = Table("parameter", "default", "range", "travel", "help")
    for column in table.columns:
        column.overflow = "fold"
    for entry in entries:
        _add_row(table, entry.path, entry.default, entry.range_text, entry.travel, entry.help)
    _print_table(table)


@app.command()
def demo(
    out: Out = Path("out/demo"),
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mix the project's own song."""
    from mixwright import workflow

    with _Bars(json_ or quiet) as report:
        done = workflow.demo(out, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json(_summary(done))
    elif not quiet:
        _print_mixed(done)
        _say("Listen to master.wav, and open report.html in a browser: what was done, and why.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 2 the input cannot be used, 1 anything else."""
    _CANCEL.clear()
    with _stopping_on_signals():
        code = _run(list(arguments) if arguments is not None else None)
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    try:
        status = typer.main.get_command(app)(args=arguments, prog_name="mixwright", standalone_mode=False)
        sys.stdout.flush()
        return _stopped() if status == INTERRUPTED else status if isinstance(status, int) else 0
    except MixwrightError as error:
        _complain(str(error))
        return error.exit_code
    except typer.Exit as exit_:
        return exit_.exit_code
    except (_Stopped, KeyboardInterrupt, typer.Abort):
        return _stopped()
    except BrokenPipeError:  # whoever read our output has seen enough
        _drop_output()
        return 1
    except MemoryError:
        _complain("there is not enough memory; close other programs, or mix fewer tracks")
        return 1
    except Exception as error:
        usage = getattr(error, "format_message", None)  # a usage error of the command line itself
        if usage is not None:
            context = getattr(error, "ctx", None)
            command = context.command_path if context is not None else "mixwright"
            _complain(f"{usage().rstrip('.')}; see {command} --help")
            return 2
        if os.environ.get("MIXWRIGHT_DEBUG"):
            raise
        _complain(
            f"unexpected {type(error).__name__}: {error}; please report it, with what MIXWRIGHT_DEBUG=1 shows"
        )
        return 1


PIPE_WIDTH = 180

INTERRUPTED = 130
"""What typer makes of a Ctrl-C that it catches itself."""


class _Stopped(BaseException):
    """The user, or the system, asked the program to end."""


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Ctrl-C, a closed terminal and a request to end unwind the work, so that it can tidy up.

    Further ones are ignored while that goes on; the third ends the program at once.
    """
    count = 0

    def stop(number: int, frame: object) -> None:
        nonlocal count
        count += 1
        _CANCEL.set()
        if count == 1:
            raise _Stopped
        if count > 2:
            os._exit(1)

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for name in names:
                number = getattr(signal, name)
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    before[number] = signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopped() -> int:
    _complain("stopped; no half-written file is left behind")
    return 1


def _drop_output() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_OUT = Terminal()
_ERR = Terminal(stderr=True)
_CANCEL = threading.Event()


class _Bars:
    """Progress bars on a terminal; nothing when silent."""

    def __init__(self, silent: bool) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, Any] = {}
        if not silent and _ERR.is_terminal:
            self._bars = Progress(
                TextColumn("{task.description:<10}"),
                BarColumn(),
                TimeElapsedColumn(),
                console=_ERR,
                transient=True,
            )

    def __enter__(self) -> Callable[[str, float], None]:
        if self._bars is not None:
            self._bars.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def _show(self, stage: str, share: float) -> None:
        if self._bars is None or stage == "done":
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=1.0)
        self._bars.update(self._tasks[stage], completed=share)


def _summary(done: Any) -> dict[str, Any]:
    project = done.project
    return {
        "project": str(done.project_file) if done.project_file else None,
        "report": str(done.report_file) if done.report_file else None,
        "renderings": {name: str(r.path) for name, r in done.renderings.items()},
        "tracks": [
            {"id": t.id, "name": t.name, "role": str(t.role), "role_confidence": t.role_confidence}
            for t in project.tracks
        ],
        "left_out": project.left_out,
        "measured": project.measured.model_dump(),
        "decisions": [d.model_dump() for d in project.decisions],
        "notes": list(done.notes),
    }


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=1, allow_nan=False) + "\n")


def _print_mixed(done: Any) -> None:
    project = done.project
    table = Table("track", "role", "what was done", title=Text(_shown(project.name)))
    for track in project.tracks:
        moves = [d.summary for d in project.decisions if d.target == track.id]
        _add_row(table, track.name, str(track.role).replace("_", " "), *_lines(moves))
    rest = [d.summary for d in project.decisions if d.target not in {t.id for t in project.tracks}]
    _add_row(table, "buses, effects, master", "", *_lines(rest))
    _print_table(table)
    for note in done.notes:
        _say(f"note: {note}")
    measured = project.measured
    if measured.master_loudness_lufs is not None and measured.master_peak_dbtp is not None:
        _say(
            f"master: {measured.master_loudness_lufs:.1f} LUFS, {measured.master_peak_dbtp:.2f} dBTP"
            + (f" ({measured.note})" if measured.note else "")
        )
    _print_files(done)


def _print_revised(done: Any) -> None:
    latest = max((step.number for step in done.project.history), default=0)
    mark = f"r{latest}_"  # nothing was asked for by going back
    for decision in done.project.decisions if done.project.at == latest else ():
        if decision.id.startswith(mark) and decision.kind == "words":
            _say(decision.summary)
    for line in done.changes or ("no difference",):
        _say(line)
    for note in done.notes:
        _say(f"note: {note}")
    _print_files(done)


def _parted(options: Sequence[str] | None) -> list[str]:
    """Values of a repeatable option that may also be written with commas between them."""
    return [part for text in options or () for part in text.split(",")]


def _print_files(done: Any) -> None:
    for rendering in done.renderings.values():
        _say(f"{rendering.name}: {rendering.path}")
    if done.project_file:
        _say(f"project: {done.project_file}")
    if done.report_file:
        _say(f"report: {done.report_file}")


def _print_name_scores(found: Any) -> None:
    table = Table("role", "names", "found", title="roles read from file names")
    for role, (count, recall) in found.per_role.items():
        _add_row(table, role.replace("_", " "), str(count), f"{recall:.1%}")
    _print_table(table)
    _say(
        f"{found.names} names of {found.songs} songs: {found.accuracy:.1%} right, "
        f"groups {found.group_accuracy:.1%}; rules alone {found.rules_accuracy:.1%} and "
        f"{found.rules_group_accuracy:.1%}"
    )


def _print_balance_scores(found: Any) -> None:
    titles = {
        "engineers": "engineers among themselves",
        "equal_loudness": "equal loudness",
        "role_medians": "role medians",
        "faders_at_zero": "faders at zero",
        "model_without_raw": "model without raw levels",
        "model": "model",
    }
    table = Table("song", "tracks", "mixes", *titles.values(), title="LU from the engineers' median")
    for score in found.songs:
        _add_row(
            table,
            score.song,
            str(score.tracks),
            str(score.mixes),
            *(f"{score.lu[name]:.2f}" for name in titles),
        )
    _add_row(table, "all", "", "", *(f"{found.lu[name]:.2f}" for name in titles))
    _print_table(table)
    if found.ratio is not None:
        _say(f"ratio model / engineers: {found.ratio:.2f}")
    rest = Table("setting", "value")
    for name, value in found.settings.items():
        _add_row(rest, name.replace("_", " "), f"{value:.3f}")
    _print_table(rest)
    if found.left_out:
        _say(f"left out, no track in three mixes: {', '.join(found.left_out)}")


def _print_inspection(found: Any) -> None:
    from mixwright.analysis.pitch import note_name

    table = Table(
        "track", "role", "sure", "rate", "ch", "length", "loudness", "peak", "crest", "notes", "problems"
    )
    for r in found.tracks:
        _add_row(
            table,
            r.track.name,
            str(r.track.role).replace("_", " "),
            f"{r.track.role_confidence:.0%}",
            f"{r.track.sample_rate} Hz",
            str(r.track.channels),
            _clock(r.seconds),
            f"{r.loudness_lufs:.1f} LUFS",
            f"{r.peak_dbfs:.1f} dBFS",
            f"{r.crest_db:.1f} dB",
            " to ".join(note_name(hz) for hz in r.pitch_range_hz) if r.pitch_range_hz else "",
            *_lines(r.problems),
        )
    _print_table(table)
    if found.beats.times_s.size:
        _say(
            f"tempo {found.beats.tempo_bpm:.1f} bpm ({found.beats.confidence:.0%} sure), "
            f"{found.beats.beats_per_bar} beats to the bar ({found.beats.bar_confidence:.0%} sure)"
        )
    if found.sections:
        _say("sections " + ", ".join(_section(section) for section in found.sections))
    for note in found.notes:
        _say(f"note: {note}")


def _print_judgement(found: Any) -> None:
    table = Table("", "measured", "usual", "verdict", title=Text(_shown(found.mix.name)))
    table.columns[1].justify = table.columns[2].justify = "right"
    family = ""
    for v in found.verdicts:
        if v.family != family:
            family = v.family
            table.add_section()
            table.add_row(Text(family, style="bold"))
        usual = _range(v.low, v.high)
        digits = 2 if v.unit in ("", "of 1") else 1
        word = "" if v.inside is None else "inside" if v.inside else "OUTSIDE"
        verdict = ": ".join(text for text in (word, v.says) if text)
        style = "" if v.inside is not False else "yellow"
        cells = (f"  {v.name}", f"{v.value + 0.0:.{digits}f} {v.unit}".strip(), usual, verdict)
        table.add_row(*(Text(_shown(cell), style=style) for cell in cells))
    _print_table(table)
    places = Table("delivery", "plays at", "peak room", "verdict")
    for d in found.delivery:
        cells = (d.platform, f"{d.plays_at_lufs:.1f} LUFS", f"{d.peak_margin_db:+.1f} dB", d.says)
        places.add_row(*(Text(cell, style="" if d.fits else "yellow") for cell in cells))
    _print_table(places)
    for note in found.notes:
        _say(f"note: {note}")
    whose = "human mixes" if found.genre == "auto" else f"{found.genre} mixes"
    ranged = [v for v in found.verdicts if v.inside is not None]
    _say(
        f"judged as a {found.stage} by what {whose} do: "
        f"{len(ranged) - len(found.outside)} of {len(ranged)} numbers inside"
    )


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"up to {high:.1f}"
    return f"from {low:.1f}" if high is None else f"{low:.1f} .. {high:.1f}"


def _section(section: Any) -> str:
    traits = [f"{section.energy_lu:+.1f} LU", f"{len(section.playing)} tracks"]
    traits += ["loudest"] * section.loudest + ["sparse"] * section.sparse
    return f"{_clock(section.start_s)} {section.label} ({', '.join(traits)})"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _print_table(table: Table) -> None:
    """In a pipe or a file lines are long enough for every name to stay whole."""
    terminal = _OUT if _OUT.is_terminal else Terminal(width=PIPE_WIDTH)
    terminal.print(table)


def _add_row(table: Table, *cells: str) -> None:
    """A row of plain text: brackets in names are no markup, and nothing in them moves the cursor."""
    table.add_row(*(Text("\n".join(_shown(line) for line in cell.split("\n"))) for cell in cells))


def _lines(texts: Sequence[str]) -> tuple[str]:
    return ("\n".join(text.replace("\n", " ") for text in texts),)


def _say(text: str) -> None:
    _OUT.print(Text(_shown(text)), soft_wrap=True)


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _complain(message: str) -> None:
    sys.stderr.write("mixwright: " + _shown(" ".join(message.split())) + "\n")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version", is_eager=True)] = False,
) -> None:
    if version:
        sys.stdout.write(f"mixwright {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")
