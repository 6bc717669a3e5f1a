"""Saved projects that were damaged, edited, moved or made up: one line, exit code 2, nothing written."""

import json
import os
import shutil

import pytest
from commandline import done, kick, refused, write, write_song


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_song(folder / "song", 0.6)
    done("mix", folder / "song", "--out", folder / "out", "--quiet")
    return folder


@pytest.fixture
def home(made, tmp_path):
    """A song and its project that may be spoilt."""
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def render_refused(home, *says):
    return refused(home, "render", home / "out", "--out", home / "new" / "again", says=says)


def edit(home, change):
    file = home / "out" / "project.json"
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a readable project"),
        (b"{", "not a readable project"),
        (b"[1, 2]", "no schema_version"),
        (b'{"name": "another program"}', "no schema_version"),
        (b'{"schema_version": "1"}', "no schema_version"),
        (b'{"schema_version": true}', "no schema_version"),
        (b'{"schema_version": 1.5}', "no schema_version"),
        (b'{"schema_version": 999}', "newer"),
        (b'{"schema_version": 0}', "unknown"),
        (b'{"schema_version": 1, "sample_rate": NaN}', "NaN"),
        (b'{"schema_version": 1, "sample_rate": 1e999}', "1e999"),
        (b'{"schema_version": 1, "sample_rate": 7}', "sample_rate"),
        (b'{"schema_version": 1, "surprise": 7}', "surprise"),
        (b'{"schema_version": 1}', "no tracks"),
        (b"\xff\xfe\x00bin", "cannot be read"),
        (b"[" * 100_000, "not a readable project"),
        (b'{"schema_version": ' + b"9" * 10_000 + b"}", "not a readable project"),
    ],
)
def test_a_damaged_foreign_or_newer_project(content, says, home):
    (home / "out" / "project.json").write_bytes(content)
    render_refused(home, "project.json" if says != "no tracks" else "project", says)


def test_a_missing_project(home):
    (home / "out" / "project.json").unlink()
    render_refused(home, "project.json", "no such project")
    refused(home, "render", home / "nowhere.json", "--out", home / "new", says=("nowhere.json",))


def test_a_value_out_of_range(home):
    edit(home, lambda data: data["mix"]["strips"][0].update(fader_db=99))
    render_refused(home, "project.json", "fader_db", "99", "12")


def test_many_faults_still_make_one_readable_line(home):
    def spoil(data):
        for strip in data["mix"]["strips"]:
            strip.update({f"x{i}": i for i in range(50)})

    edit(home, spoil)
    assert len(render_refused(home, "x0")) < 1000


def test_a_route_in_a_circle(home):
    def spoil(data):
        first, second = data["mix"]["buses"][:2]
        first["output"], second["output"] = second["id"], first["id"]

    edit(home, spoil)
    render_refused(home, "circle")


def test_a_strip_without_a_track(home):
    edit(home, lambda data: data["mix"]["strips"][0].update(id="nobody"))
    render_refused(home, "project.json", "'nobody' has no track")


def test_two_tracks_of_one_id(home):
    edit(home, lambda data: data["tracks"][1].update(id=data["tracks"][0]["id"]))
    render_refused(home, "project.json", "used twice")


@pytest.mark.parametrize("place", [("mix",), ("tracks", 0), ("brief",), ("mix", "master", "limiter")])
def test_an_unknown_field_is_named_with_its_place(place, home):
    def add(data):
        for key in place:
            data = data[key]
        data["surprise"] = 1

    edit(home, add)
    render_refused(home, ".".join(map(str, (*place, "surprise"))), "unknown field")


def test_a_project_that_moved_without_its_tracks(home):
    (home / "elsewhere").mkdir()
    (home / "out").rename(home / "elsewhere" / "deeper")
    err = refused(home, "render", home / "elsewhere" / "deeper", "--out", home / "new", says=("is gone",))
    assert "project.json expects it" in err


def test_a_project_that_moved_with_its_tracks(home, tmp_path):
    home.rename(tmp_path / "other place")
    done("render", tmp_path / "other place" / "out", "--out", tmp_path / "again", "-q")


def test_a_missing_track(home):
    (home / "song" / "Kick.wav").unlink()
    render_refused(home, "Kick.wav", "gone", "put it back")


def test_a_changed_track(home):
    write(home / "song" / "Kick.wav", kick(0.6) * 0.5)
    render_refused(home, "Kick.wav", "not the file")


def test_a_damaged_track(home):
    path = home / "song" / "Kick.wav"
    path.write_bytes(path.read_bytes()[:5000])
    render_refused(home, "Kick.wav")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../../../../../../etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/mem",
        "/",
        ".",
        "..",
        "loop.wav",
        "nul\x00byte.wav",
        "x" * 5000,
        "a/" * 3000,
        "C:\\Windows\\win.ini",
        "http://example.com/a.wav",
        "",
        "\ud800.wav",
    ],
)
def test_a_path_that_leads_astray(path, home):
    os.symlink(home / "out" / "loop.wav", home / "out" / "loop.wav")
    edit(home, lambda data: data["tracks"][0]["files"][0].update(path=path))
    err = render_refused(home)
    assert "root:" not in err


def test_an_absolute_path_to_the_right_file_is_followed(home):
    kick = str(home / "song" / "Kick.wav")

    def move(data):
        for track in data["tracks"]:
            if track["id"] == "kick":
                track["files"][0]["path"] = kick

    edit(home, move)
    done("render", home / "out", "--out", home / "again", "-q")


def test_a_stream_that_is_not_there(home):
    edit(home, lambda data: data["tracks"][0]["files"][0].update(stream=5))
    render_refused(home, "Bass.wav")


@pytest.mark.parametrize("key", ["id", "output"])
def test_ids_cannot_lead_out_of_the_folder(key, home):
    edit(home, lambda data: data["mix"]["strips"][0].update({key: "../../evil"}))
    render_refused(home, "project.json", key)


def test_an_impulse_response_that_is_gone_changed_or_missing(home, tmp_path):
    room = write(home / "room.wav", kick(0.2))
    done("mix", home / "song", "--out", home / "out", "--impulse", room, "-q")
    room.rename(home / "other.wav")
    render_refused(home, "room.wav", "gone")
    write(room, kick(0.3))
    render_refused(home, "room.wav", "not the file")
    edit(home, lambda data: data.update(impulses={}))
    render_refused(home, "impulse response")


def test_results_that_would_take_the_place_of_the_tracks(home):
    song = home / "song"
    (song / "Kick.wav").rename(song / "mix.wav")
    done("mix", *sorted(song.iterdir()), "--role", "mix.wav=kick", "--out", home / "out", "-q")
    refused(home, "render", home / "out", "--out", song, says=("mix.wav", "input"))


def test_marks_that_editors_put_in_front_are_no_fault(home):
    file = home / "out" / "project.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    done("render", home / "out", "--out", home / "again", "-q")
