"""The report of a mix: true to its project, whole, harmless and the same each time."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commandline import bass, guitar, kick, loudness_lufs, voice, write
from report.pages import Element, embedded, parse

import mixwright
from mixwright.analysis.loudness import measure_loudness
from mixwright.errors import InputError
from mixwright.project import load_project, save_project
from mixwright.workflow import Job, Mixed, Outputs, report

RATE = 44100
HOSTILE = {
    "Kick</script><script>alert(1)</script>".replace("/", "\N{DIVISION SLASH}"): kick,
    'Lead Vox" onmouseover="alert(1)': voice,
    "Bass <img src=x onerror=alert(1)> & co": bass,
    "Gtr \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe 'x'": guitar,
}


def song(folder: Path, tracks: dict, seconds: float = 6.0) -> Path:
    for name, make in tracks.items():
        write(folder / f"{name}.wav", make(seconds, RATE), RATE)
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Mixed:
    folder = tmp_path_factory.mktemp("report")
    tracks = {"Kick": kick, "Bass": bass, "Lead Vox": voice, "Gtr": guitar}
    return mixwright.mix(song(folder / "song", tracks), folder / "out", genre="rock")


@pytest.fixture(scope="module")
def page(mixed) -> Element:
    return parse(mixed.report_file)


def test_it_is_well_formed_and_complete(page):
    ids = [e["id"] for e in page.every() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for link in page.find("summary").every() and page.all("a"):
        assert link["href"][1:] in ids
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert all(
        svg["role"] == "img" and svg["aria-label"] for svg in page.all("svg") if "role" in svg.attributes
    )


def test_it_asks_for_nothing_from_outside(page, mixed):
    for element in page.every():
        for name in ("src", "href", "action", "data", "poster", "srcset", "xlink:href"):
            address = element.attributes.get(name) or "#"
            assert address.startswith(("#", "data:audio/"))
    text = re.sub(r"data:audio/[^\"]*", "", mixed.report_file.read_text())
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<link|<iframe|<img", text)
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m.attributes)
    assert policy.startswith("default-src 'none'")


def test_its_policy_allows_its_own_script_and_no_other(page):
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m.attributes)
    (script,) = page.all("script")
    digest = b64encode(sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy


def test_with_very_many_decisions_each_still_has_its_line(mixed, tmp_path, monkeypatch):
    monkeypatch.setattr("mixwright.report.decisions.FULL", 0)
    short = parse(report(mixed.project_file, tmp_path)).find("decisions")
    lines = {item["id"]: item.text for item in short.all("li")}
    assert len(lines) == len(mixed.project.decisions)
    assert all(d.id in lines[f"d-{d.id}"] for d in mixed.project.decisions)


def test_every_decision_can_be_traced(page, mixed):
    project = load_project(mixed.project_file)
    assert project.decisions
    for decision in project.decisions:
        item = page.find(f"d-{decision.id}")
        assert decision.reason in item.text
        values = [float(data["value"]) for data in item.all("data")]
        assert values == list(decision.evidence.values())
        codes = [code.text for code in item.all("code")]
        assert codes == [decision.id, *(curve.path for curve in decision.curves), *decision.changes]


def test_its_numbers_are_the_measured_ones(page, mixed):
    measured = mixed.project.measured
    tiles = {div.all("dt")[0].text: div.all("data") for div in page.all("header")[0].all("div")}
    shown = {name: float(data[0]["value"]) for name, data in tiles.items() if data}
    assert shown["Loudness"] == measured.master_loudness_lufs
    assert shown["True peak"] == measured.master_peak_dbtp
    assert shown["PLR"] == measured.master_peak_dbtp - measured.master_loudness_lufs
    assert shown["Range"] == measured.master_range_lu


def test_players_are_equally_loud_when_decoded(page, tmp_path):
    levels = {}
    for player in page.all("audio"):
        file = tmp_path / f"{player['data-version']}.opus"
        file.write_bytes(embedded(player))
        levels[player["data-version"]] = loudness_lufs(file)
        before = float(player["data-loudness"])
        assert before + float(player["data-gain"]) == pytest.approx(levels[player["data-version"]], abs=0.1)
    assert list(levels) == ["rough", "mix", "master"]
    assert max(levels.values()) - min(levels.values()) <= 0.1


def test_the_rough_player_plays_the_tracks_as_they_came(page, mixed):
    rough = np.zeros((2, 1))
    for file in sorted((mixed.project_file.parents[1] / "song").iterdir()):
        samples = soundfile.read(file, always_2d=True)[0].T
        rough = rough + samples * (np.sqrt(0.5) if len(samples) == 1 else 1.0)
    wanted = measure_loudness(rough, RATE).integrated_lufs
    player = page.all("audio")[0]
    assert float(player["data-loudness"]) == pytest.approx(wanted, abs=0.05)


def test_made_again_it_is_the_same(mixed, tmp_path):
    again = report(mixed.project_file, tmp_path)
    assert again == tmp_path / "report.html"
    assert again.read_text() == mixed.report_file.read_text()


def test_made_again_it_tells_the_project_as_it_is_now(mixed, tmp_path):
    project = mixed.project.replace(name="another name")
    folder = mixed.project_file.parent
    save_project(project, folder / "edited.json")
    assert parse(report(folder / "edited.json", tmp_path)).all("h1")[0].text == "another name"


def test_hostile_names_stay_text(tmp_path):
    done = mixwright.mix(song(tmp_path / "<b>song", HOSTILE, 3.0), tmp_path / "out")
    page = parse(done.report_file)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not page.all("b>song")
    assert not any(name.startswith("on") for e in page.every() for name in e.attributes)
    text = done.report_file.read_text()
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert "<img src=x" not in text
    assert "Bass <img src=x onerror=alert(1)> & co" in page.find("balance").text


def test_one_track_alone(tmp_path):
    done = mixwright.mix(song(tmp_path / "song", {"Guitar": guitar}, 4.0), tmp_path / "out")
    page = parse(done.report_file)
    assert len(page.all("audio")) == 3
    assert "nobody" in page.find("masking").text


def test_forty_tracks(tmp_path):
    makers = {"Kick": kick, "Bass": bass, "Lead Vox": voice, "Gtr": guitar}
    tracks = {f"{k:02d} {name}": make for k in range(10) for name, make in makers.items()}
    done = mixwright.mix(song(tmp_path / "song", tracks, 2.5), tmp_path / "out")
    assert done.report_file.stat().st_size < 3_000_000
    page = parse(done.report_file)
    assert {d["id"][2:] for d in page.find("decisions").all("li") if "id" in d.attributes} == {
        decision.id for decision in done.project.decisions
    }
    rows = page.find("masking").all("table")[0].all("tbody")[0].all("tr")
    assert [row.all("th")[0].text for row in rows] == ["Lead vocal", "Kick", "Bass", "Electric guitar"]


def test_a_silent_mix(mixed, tmp_path):
    mutes = {f"strips.{strip.id}.mute": True for strip in mixed.project.mix.strips}
    project = mixed.project.replace(mix=mixed.project.mix.with_values(mutes))
    save_project(project, mixed.project_file.parent / "muted.json")
    page = parse(report(mixed.project_file.parent / "muted.json", tmp_path))
    assert [player["data-version"] for player in page.all("audio")] == ["rough"]
    for part in ("summary", "loudness", "delivery"):
        assert "too quiet" in page.find(part).text


def test_no_report_on_demand(mixed, tmp_path):
    job = Job(Outputs(report=False))
    done = mixwright.mix(mixed.project_file.parents[1] / "song", tmp_path, job=job)
    assert done.report_file is None
    assert not (tmp_path / "report.html").exists()


def test_a_missing_project_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no such project"):
        report(tmp_path)
