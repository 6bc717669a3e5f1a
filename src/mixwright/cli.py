"""The command line. It only calls functions of `mixwright.workflow` and prints what they give back."""

import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mixwright import __version__
from mixwright.errors import MixwrightError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Raw tracks in, a finished mix and master out, with every move explained.",
)

Paths = Annotated[list[Path], typer.Argument(help="A folder of tracks, or audio files", show_default=False)]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results")]
RoleOption = Annotated[
    list[str] | None, typer.Option("--role", help="FILE=ROLE, e.g. vox2.wav=backing_vocal; repeatable")
]
FormatOption = Annotated[
    str, typer.Option("--format", help="wav16, wav24, wav32, wav32f, flac16, flac24, ogg, mp3, m4a, opus")
]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary and nothing else")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors")]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, max=64, help="Worker threads; all cores by default")
]
Stems = Annotated[bool, typer.Option("--stems", help="Also write a stem per group and return")]
SplitReturns = Annotated[
    bool, typer.Option("--split-returns", help="Put effects into the stems of their groups")
]
Tracks = Annotated[bool, typer.Option("--tracks", help="Also write every processed track")]


@app.command()
def mix(
    paths: Paths,
    out: Out,
    genre: Annotated[str, typer.Option(help="Genre that shapes the targets")] = "auto",
    role: RoleOption = None,
    tempo: Annotated[float | None, typer.Option(help="Tempo in bpm, for synced delays")] = None,
    loudness: Annotated[float, typer.Option(help="Loudness of the master in LUFS")] = -14.0,
    peak: Annotated[float, typer.Option(help="Highest true peak of the master in dBTP")] = -1.0,
    impulse: Annotated[
        Path | None, typer.Option(help="Impulse response that takes the place of the main reverb")
    ] = None,
    format: FormatOption = "wav24",
    stems: Stems = False,
    split_returns: SplitReturns = False,
    tracks: Tracks = False,
    threads: Threads = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mix and master the tracks of one song."""
    from mixwright import workflow
    from mixwright.roles import parse_role_option

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
        _print_mixed(done)


@app.command()
def render(
    project: Annotated[Path, typer.Argument(help="project.json, or the folder that holds it")],
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
        for rendering in done.renderings.values():
            _OUT.print(f"{rendering.name}: {rendering.path}", soft_wrap=True, highlight=False)


@app.command()
def inspect(paths: Paths, role: RoleOption = None, json_: Json = False, quiet: Quiet = False) -> None:
    """Show what the tracks are: role, format, level, problems."""
    from mixwright import workflow
    from mixwright.roles import parse_role_option

    roles = {file: str(value) for file, value in (parse_role_option(text) for text in role or [])}
    with _Bars(json_ or quiet) as report:
        found = workflow.inspect(paths, roles=roles, job=workflow.Job(progress=report, cancel=_CANCEL))
    if json_:
        _print_json(
            {
                "sample_rate": found.project.sample_rate,
                "left_out": found.project.left_out,
                "notes": list(found.notes),
                "tracks": [
                    {
                        "id": r.track.id,
                        "name": r.track.name,
                        "files": [f.path for f in r.track.files],
                        "role": str(r.track.role),
                        "role_confidence": r.track.role_confidence,
                        "role_reason": r.track.role_reason,
                        "channels": r.track.channels,
                        "sample_rate": r.track.sample_rate,
                        "seconds": r.seconds,
                        "offset_s": r.track.offset_s,
                        "loudness_lufs": r.loudness_lufs,
                        "peak_dbfs": r.peak_dbfs,
                        "crest_db": r.crest_db,
                        "problems": list(r.problems),
                    }
                    for r in found.tracks
                ],
            }
        )
    elif not quiet:
        _print_inspection(found)


@app.command()
def params(json_: Json = False) -> None:
    """Show every parameter of a mix: unit, range, travel, default, help."""
    from mixwright.catalogue import catalogue

    entries = catalogue()
    if json_:
        _print_json([entry.as_dict() for entry in entries])
        return
    table = Table("parameter", "default", "range", "travel", "help")
    for entry in entries:
        table.add_row(entry.path, entry.default, entry.range_text, entry.travel, entry.help)
    _OUT.print(table)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results")] = Path("out/demo"),
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
        _OUT.print("Listen to master.wav, and read project.json for every decision.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 2 the input cannot be used, 1 anything else."""
    try:
        status = typer.main.get_command(app)(
            args=list(arguments) if arguments is not None else None, standalone_mode=False
        )
        code = status if isinstance(status, int) else 0
    except MixwrightError as error:
        _complain(str(error))
        code = error.exit_code
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped; nothing half-written was left behind")
        code = 1
    except Exception as error:
        show = getattr(error, "format_message", None)  # a usage error of the command line itself
        if show is not None:
            _complain(show())
            code = 2
        elif isinstance(error, BrokenPipeError):
            code = 1
        else:
            _complain(f"unexpected {type(error).__name__}: {error}")
            code = 1
    sys.exit(code)


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
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _print_mixed(done: Any) -> None:
    project = done.project
    table = Table("track", "role", "what was done", title=project.name)
    for track in project.tracks:
        moves = [d.summary for d in project.decisions if d.target == track.id]
        table.add_row(track.name, str(track.role).replace("_", " "), "\n".join(moves))
    rest = [d.summary for d in project.decisions if d.target not in {t.id for t in project.tracks}]
    table.add_row("buses, effects, master", "", "\n".join(rest))
    _OUT.print(table)
    for note in done.notes:
        _OUT.print(f"note: {note}", highlight=False, markup=False)
    measured = project.measured
    if measured.master_loudness_lufs is not None and measured.master_peak_dbtp is not None:
        _OUT.print(
            f"master: {measured.master_loudness_lufs:.1f} LUFS, {measured.master_peak_dbtp:.2f} dBTP"
            + (f" ({measured.note})" if measured.note else ""),
            highlight=False,
        )
    for rendering in done.renderings.values():
        _OUT.print(f"{rendering.name}: {rendering.path}", soft_wrap=True, highlight=False, markup=False)
    if done.project_file:
        _OUT.print(f"project: {done.project_file}", soft_wrap=True, highlight=False, markup=False)


def _print_inspection(found: Any) -> None:
    table = Table("track", "role", "sure", "rate", "ch", "length", "loudness", "peak", "crest", "problems")
    for r in found.tracks:
        table.add_row(
            r.track.name,
            str(r.track.role).replace("_", " "),
            f"{r.track.role_confidence:.0%}",
            f"{r.track.sample_rate} Hz",
            str(r.track.channels),
            f"{int(r.seconds // 60)}:{r.seconds % 60:04.1f}",
            f"{r.loudness_lufs:.1f} LUFS",
            f"{r.peak_dbfs:.1f} dBFS",
            f"{r.crest_db:.1f} dB",
            "\n".join(r.problems),
        )
    _OUT.print(table)
    for note in found.notes:
        _OUT.print(f"note: {note}", highlight=False, markup=False)


def _complain(message: str) -> None:
    sys.stderr.write("mixwright: " + " ".join(message.split()) + "\n")


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version", is_eager=True)] = False,
) -> None:
    if version:
        sys.stdout.write(f"mixwright {__version__}\n")
        raise typer.Exit
