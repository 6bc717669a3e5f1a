"""The commands themselves: what they print, what they write, and that the manual is true."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from commandline import RATE, check_complaint, done, files_below, kick, run, write, write_song

import mixwright
from mixwright.audio import FORMATS
from mixwright.catalogue import catalogue
from mixwright.cli import app
from mixwright.engineer.genres import genre_names
from mixwright.roles import Role
from mixwright.workflow import Job, Outputs, actions

COMMANDS = ("mix", "render", "inspect", "judge", "params", "demo")
MANUAL = Path(__file__).parents[1] / "docs" / "cli.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    write_song(folder / "song", 1.0)
    return folder


@pytest.fixture(scope="module")
def mixed(home):
    """The JSON that `mix` prints."""
    return done("mix", home / "song", "--out", home / "out", "--stems", "--tracks", "--json")


# --- what is printed


def test_json_is_one_document_and_nothing_else(mixed, home):
    summary = json.loads(mixed.out)
    assert Path(summary["project"]) == home / "out" / "project.json"
    assert {"mix", "master", "tracks/kick"} <= summary["renderings"].keys()
    assert all(Path(path).is_file() for path in summary["renderings"].values())
    assert [t["role"] for t in summary["tracks"]] == ["bass", "electric_guitar", "kick", "lead_vocal"]
    assert summary["measured"]["master_loudness_lufs"] == pytest.approx(-14, abs=0.1)
    assert all(d["reason"] and d["summary"] for d in summary["decisions"])


def test_json_on_a_real_pipe_with_progress_wanted(home):
    command = [sys.executable, "-m", "mixwright", "mix", home / "song", "--out", home / "out2", "--json"]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert json.loads(finished.stdout)["project"]


def test_words_for_people(home):
    text = done("mix", home / "song", "--out", home / "words").out
    for word in ("Lead Vox", "lead vocal", "kick trim", "-14.0 LUFS", "master.wav", "project.json"):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_prints_nothing(command, home, mixed, monkeypatch):
    monkeypatch.setattr(actions, "DEMO_SONG", home / "song")
    arguments = {
        "mix": (home / "song", "--out", home / "quiet"),
        "render": (home / "out", "--out", home / "quiet"),
        "inspect": (home / "song",),
        "judge": (home / "out" / "mix.wav",),
        "params": (),
        "demo": ("--out", home / "quiet"),
    }[command]
    assert done(command, *arguments, "--quiet").out == ""


def test_render_tells_where_the_files_are(home, mixed):
    assert str(home / "again" / "master.wav") in done("render", home / "out", "--out", home / "again").out
    summary = done("render", home / "out", "--out", home / "again", "--json").json
    assert summary["project"] is None
    assert summary["measured"] == pytest.approx(
        {**json.loads(mixed.out)["measured"], "limiting_db": None}, nan_ok=False
    )


def test_inspect_tells_what_the_tracks_are(tmp_path):
    song = tmp_path / "song"
    clipped = np.clip(kick(2.0) * 3, -1, 1)
    write(song / "Kick In.wav", clipped)
    write(song / "unclear 07.wav", np.vstack([kick(1.0), kick(1.0)]), 48000)
    write(song / "Rough Mix.wav", kick(2.0))
    (song / "notes.txt").write_text("take 3 is best")
    before = files_below(tmp_path)
    text = done("inspect", song, "--role", "unclear 07.wav=toms").out
    for word in (
        "Kick In",
        "kick",
        "44100 Hz",
        "48000 Hz",
        "0:02.0",
        "LUFS",
        "dBFS",
        "clips",
        "notes.txt",
        "Rough Mix",
    ):
        assert word in text
    found = done("inspect", song, "--role", "unclear 07.wav=toms", "--json").json
    assert files_below(tmp_path) == before
    first, second = found["tracks"]
    assert (first["role"], first["channels"], first["sample_rate"]) == ("kick", 1, RATE)
    assert first["seconds"] == pytest.approx(2.0)
    assert first["peak_dbfs"] == pytest.approx(0, abs=0.01)
    assert 0 < first["crest_db"] < 30
    assert (second["role"], second["role_confidence"], second["channels"]) == ("toms", 1.0, 1)
    assert any("clips" in problem for problem in first["problems"])
    assert list(found["left_out"]) == ["Rough Mix.wav"]


def test_params_prints_the_whole_catalogue():
    text = done("params").out
    entries = catalogue()
    assert len(entries) > 150
    for entry in entries:
        assert entry.path in text
    assert [e["path"] for e in done("params", "--json").json] == [e.path for e in entries]


def test_params_as_json_holds_what_a_program_needs():
    entries = {e["path"]: e for e in done("params", "--json").json}
    threshold = entries["strips.*.compressor.threshold_db"]
    assert (threshold["kind"], threshold["unit"], threshold["travel"]) == ("number", "dBFS", "linear")
    assert threshold["min"] < threshold["max"]
    assert threshold["min"] <= threshold["default_value"] <= threshold["max"]
    assert entries["strips.*.mute"]["kind"] == "switch"
    assert "peak" in entries["strips.*.compressor.detector"]["options"]
    assert all(entry["help"] for entry in entries.values())


def test_demo_mixes_the_song_of_the_project(home, monkeypatch):
    monkeypatch.setattr(actions, "DEMO_SONG", home / "song")
    text = done("demo", "--out", home / "demo").out
    assert "Listen to master.wav" in text
    assert {p.name for p in (home / "demo").iterdir()} == {
        "mix.wav",
        "master.wav",
        "project.json",
        "report.html",
    }


def test_demo_without_its_song_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(actions, "DEMO_SONG", tmp_path / "gone")
    result = run("demo", "--out", tmp_path / "out")
    assert result.code == 2
    check_complaint(result.err, "demo song", "checkout")
    assert not (tmp_path / "out").exists()


def test_version():
    assert done("--version").out == f"mixwright {mixwright.__version__}\n"


def test_an_unforeseen_error_is_one_line_and_exit_code_1(home, monkeypatch, tmp_path):
    def fail(*_, **__):
        raise RuntimeError("the moon\nis full")

    monkeypatch.setattr(actions, "work", fail)
    result = run("mix", home / "song", "--out", tmp_path / "out")
    assert result.code == 1
    check_complaint(result.err, "RuntimeError: the moon is full", "report")
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv("MIXWRIGHT_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run("mix", home / "song", "--out", tmp_path / "out")


# --- help and manual


def options_of(command):
    """The long options of a command and what it takes."""
    group = typer.main.get_command(app)
    return {p.opts[0]: p for p in group.commands[command].params}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(command):
    text = done(command, "--help").out
    for name, option in options_of(command).items():
        if name.startswith("--"):
            assert name in text
            assert option.help
    assert done(command, "-h").out == text


def test_help_names_every_format_and_genre():
    options = options_of("mix")
    for name in FORMATS:
        assert name in options["--format"].help
    for name in ("auto", *genre_names()):
        assert name in options["--genre"].help


def test_help_without_arguments_names_the_commands():
    text = done().out
    for command in COMMANDS:
        assert command in text


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_every_option_with_its_default(command):
    section = re.search(
        rf"^## `mixwright {command}.*?(?=^## |\Z)", MANUAL.read_text(), re.MULTILINE | re.DOTALL
    )
    assert section, f"docs/cli.md has no section on {command}"
    rows = dict(re.findall(r"^\| `(--[a-z-]+)[^`]*`(?:, `-\w`)? \| (.*) \|$", section[0], re.MULTILINE))
    options = {name: option for name, option in options_of(command).items() if name.startswith("--")}
    assert rows.keys() - {"--help"} == options.keys()
    for name, option in options.items():
        if isinstance(option.default, str | float) and not isinstance(option.default, bool):
            default = f"{option.default:g}" if isinstance(option.default, float) else option.default
            assert f"`{default}`" in rows[name]


@pytest.mark.parametrize("command", ["mix", "inspect", "judge"])
def test_the_manual_has_every_key_of_the_json(command, home, mixed):
    found = {
        "mix": lambda: json.loads(mixed.out),
        "inspect": lambda: done("inspect", home / "song", "--json").json,
        "judge": lambda: done("judge", home / "out" / "mix.wav", "--json").json,
    }[command]()
    section = re.search(
        rf"^## `mixwright {command}.*?(?=^## |\Z)", MANUAL.read_text(), re.MULTILINE | re.DOTALL
    )
    for key in keys_of(found, inside=("tracks", "decisions", "measured", "verdicts", "delivery")):
        assert f"`{key}`" in section[0], key


def keys_of(value, inside):
    for key, content in value.items():
        yield key
        if key in inside:
            items = content if isinstance(content, list) else [content]
            for item in items:
                yield from (f"{name}" for name in item)


def test_the_manual_lists_formats_genres_and_roles():
    text = MANUAL.read_text()
    for name in (*FORMATS, *genre_names(), *Role):
        assert f"`{name}`" in text, name


def test_the_page_of_parameters_is_current():
    page = (MANUAL.parent / "parameters.md").read_text()
    assert page == done("params", "--markdown").out, "run: mixwright params --markdown > docs/parameters.md"


# --- Python


def test_python_with_a_folder(home, tmp_path):
    result = mixwright.mix(home / "song", out=tmp_path / "out", genre="rock")
    assert result.mix == result.project.mix
    assert result.renderings["master"].path == tmp_path / "out" / "master.wav"
    assert result.renderings["master"].samples is None
    assert mixwright.load_project(result.project_file) == result.project
    assert result.project.brief.genre == "rock"


def test_python_without_a_folder_gives_samples(home, tmp_path):
    before = files_below(home)
    result = mixwright.mix(str(home / "song"), loudness_lufs=-16, roles={"Gtr.wav": "keys"})
    master = result.renderings["master"].samples
    assert master.dtype == np.float32
    assert master.shape[0] == 2
    assert master.shape == result.renderings["mix"].samples.shape
    assert result.project_file is None
    assert files_below(home) == before
    done = mixwright.mix(home / "song", tmp_path, loudness_lufs=-16, roles={"Gtr.wav": "keys"},
                         job=Job(Outputs("wav32f")))  # fmt: skip
    from commandline import read

    np.testing.assert_array_equal(read(done.renderings["master"].path), master)


def test_python_renders_a_changed_project(home, mixed):
    project = mixwright.load_project(home / "out")
    quieter = project.replace(mix=project.mix.with_values({"master.drive_db": -20.0}))
    result = mixwright.render(quieter, project_folder=home / "out")
    assert result.renderings["master"].samples is not None
    assert result.project.measured.master_loudness_lufs < -25


def test_python_refuses_with_one_line(home):
    with pytest.raises(mixwright.errors.InputError, match="genre") as caught:
        mixwright.mix(home / "song", genre="polkametal")
    assert "\n" not in str(caught.value)


def test_importing_is_quick():
    heavy = ("numpy", "scipy", "typer", "av", "torch")
    code = f"import sys, mixwright; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
