"""Revising a mix: what is asked for changes, what was accepted stays to the last bit."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from commandline import done, loudness_lufs, peak_dbtp, read, refused, write_song
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixwright.errors import InputError
from mixwright.mix_model import Mix
from mixwright.params import Choice, Param
from mixwright.project import FILE_NAME, Project, Setting, SongSection, load_project, save_project
from mixwright.session.locks import locks_of, parse_lock
from mixwright.workflow import Job, Outputs, diff, restore, revise, step_back, step_forth, takes

PARTS = Job(Outputs(format="wav32f", stems=True, tracks=True, report=False))
SOLVED = {"master.trim_db", "master.drive_db", "master.limiter.ceiling_dbtp"}


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """A song and its first mix, with two sections."""
    home = tmp_path_factory.mktemp("first")
    write_song(home / "song", 1.5)
    done("mix", home / "song", "--out", home / "out", "--format", "wav32f", "--stems", "--tracks", "-q")
    project = load_project(home / "out")
    parts = (
        SongSection(name="verse1", start_s=0.0, end_s=0.75),
        SongSection(name="chorus1", start_s=0.75, end_s=1.5),
    )
    facts = project.facts.replace(sections=parts)
    save_project(project.replace(facts=facts), home / "out" / FILE_NAME)
    return home


@pytest.fixture
def home(first, tmp_path) -> Path:
    """A copy of the song and its first mix."""
    shutil.copytree(first, tmp_path / "home")
    return tmp_path / "home"


def values(mix: Mix) -> dict[str, object]:
    """All values and curves of a mix but those that every revision solves."""
    found = {p.path: p.value for p in mix.walk() if p.path not in SOLVED}
    return found | {f"curve {curve.path}": curve for curve in mix.curves}


def changed_values(a: Project, b: Project) -> set[str]:
    old, new = values(a.mix), values(b.mix)
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def parts(folder: Path, project: Project) -> dict[str, np.ndarray]:
    """Every strip and stem that was written, without the trim of the mix."""
    gain = 10 ** (-project.mix.master.trim_db / 20)
    files = [*(folder / "stems").iterdir(), *(folder / "tracks").iterdir()]
    return {f"{f.parent.name}/{f.stem}": read(f) * gain for f in files}


def reached_from(mix: Mix, ids: set[str]) -> set[str]:
    """Channels that hear others, through routes, sends and keys."""
    found = set(ids)
    while True:
        heard = {
            c.id
            for c in mix.channels()
            if c.id not in found
            and (
                any(key in found for key in c.keys.sources())
                or any(o.id in found and (o.output == c.id or o.send(c.id)) for o in mix.channels())
            )
        }
        if not heard:
            return found
        found |= heard


# --- set -------------------------------------------------------------------------------------------


def test_a_set_value_changes_and_the_master_is_solved_and_nothing_else(home):
    before = load_project(home / "out")
    now = revise(home / "out", edits=["lead_vox.fader_db+=1.5"], job=PARTS)
    assert changed_values(before, now.project) == {"strips.lead_vox.fader_db"}
    assert "lead vocal +1.5 dB" in now.changes
    assert loudness_lufs(home / "out" / "master.wav") == pytest.approx(-14, abs=0.1)
    assert peak_dbtp(home / "out" / "mix.wav") == pytest.approx(-6, abs=0.05)
    assert load_project(home / "out") == now.project


def test_who_set_a_value_and_when_is_known(home):
    now = revise(home / "out", edits=["gtr.pan=0.25"])
    setting = now.project.settings["strips.gtr.pan"]
    assert setting.set_by == "user"
    assert setting.set_at == now.project.history[-1].time_utc or setting.set_at[:13]
    decision = next(d for d in now.project.decisions if d.id == setting.decision)
    assert (decision.kind, decision.changes) == ("edit", {"strips.gtr.pan": 0.25})
    assert now.project.settings["strips.bass.fader_db"].set_by == "rule"


PATHS = ("fader_db", "pan", "width", "equalizer.band2.gain_db", "compressor.ratio", "saturation.drive_db")


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_random_edits_and_locks(first, tmp_path_factory, seed):
    """Locked values never change, unlocked ones stay in range, untouched branches keep their bits."""
    dice = random.Random(seed)
    home = tmp_path_factory.mktemp("random") / "home"
    shutil.copytree(first, home)
    before = load_project(home / "out")
    old = parts(home / "out", before)
    lock = dice.choice(["bass", "drums", "kind:space", "kind:balance", "kick.equalizer", "lead_vox.pan"])
    locked = before.replace(locks=(parse_lock(before, lock),))
    free = [s.id for s in before.mix.strips if not locks_of(locked).holding(f"strips.{s.id}.width")]
    track = dice.choice(free)
    known = {p.path: p.declaration for p in before.mix.walk()}
    edits = []
    for name in dice.sample(PATHS, 2):
        path = f"strips.{track}.{name}"
        if locks_of(locked).holding(path) is None:
            low, high = known[path].min, known[path].max
            edits.append(f"{path}={dice.uniform(max(low, -12), min(high, 12)):.3f}")
    again = dice.choice([(), ("space",), ("balance",), ("tone", "stereo")])
    now = revise(home / "out", edits=edits, locks=[lock], redo=again, job=PARTS).project
    changed = changed_values(before, now)
    assert {edit.split("=")[0] for edit in edits} <= changed or not edits
    held = locks_of(now.replace(locks=(parse_lock(now, lock),)))
    assert not [path for path in changed if held.holding(path.removeprefix("curve "))]
    for parameter in now.mix.walk():
        if isinstance(parameter.declaration, Param):
            assert parameter.declaration.min <= parameter.value <= parameter.declaration.max
        elif isinstance(parameter.declaration, Choice):
            assert parameter.value in parameter.declaration.options
    touched = {path.split(".")[1] for path in changed if path.count(".") > 1} | {
        path.removeprefix("curve ").split(".")[1] for path in changed if path.startswith("curve")
    }
    moved = reached_from(now.mix, touched)
    new = parts(home / "out", now)
    for name, samples in old.items():
        if name.split("/")[1] not in moved:
            np.testing.assert_allclose(new[name], samples, rtol=3e-7, atol=1e-12)  # the trim is divided out
    back = step_back(home / "out", job=PARTS).project
    assert back.replace(history=(), at=0) == before.replace(history=(), at=0)
    for name, samples in parts(home / "out", back).items():
        np.testing.assert_array_equal(samples, old[name])
    for name in ("mix.wav", "master.wav"):
        assert (home / "out" / name).read_bytes() == (first / "out" / name).read_bytes()


def test_the_untrimmed_parts_keep_every_bit(home):
    """With the trim locked nothing needs dividing out."""
    old = parts(home / "out", load_project(home / "out"))
    now = revise(home / "out", edits=["gtr.fader_db-=2"], locks=["master.trim_db"], job=PARTS).project
    new = parts(home / "out", now)
    for name in ("tracks/kick", "tracks/bass", "tracks/lead_vox", "stems/drums", "stems/vocals"):
        np.testing.assert_array_equal(new[name], old[name])
    assert np.abs(new["tracks/gtr"] - old["tracks/gtr"]).max() > 1e-4


# --- only ------------------------------------------------------------------------------------------


def test_a_section_changes_and_the_rest_of_the_song_stays(home):
    before = load_project(home / "out")
    old = parts(home / "out", before)
    now = revise(
        home / "out", edits=["lead_vox.fader_db+=6"], only=["chorus1"], locks=["master.trim_db"], job=PARTS
    ).project
    new = parts(home / "out", now)
    edge = round(0.75 * before.sample_rate)
    np.testing.assert_array_equal(new["tracks/lead_vox"][:, :edge], old["tracks/lead_vox"][:, :edge])
    inside = slice(edge + 4500, round(1.4 * before.sample_rate))  # the ramps lie inside the section
    ratio = np.linalg.norm(new["tracks/lead_vox"][:, inside]) / np.linalg.norm(
        old["tracks/lead_vox"][:, inside]
    )
    assert 20 * np.log10(ratio) == pytest.approx(6, abs=0.01)
    assert changed_values(before, now) == {"curve strips.lead_vox.fader_db"}


def test_a_locked_section_stays_whatever_is_set(home):
    before = load_project(home / "out")
    old = parts(home / "out", before)
    revise(home / "out", locks=["verse1", "master.trim_db"])
    now = revise(home / "out", edits=["gtr.fader_db=-20", "gtr.pan=-1"], job=PARTS).project
    edge = round(0.75 * before.sample_rate)
    new = parts(home / "out", now)
    np.testing.assert_array_equal(new["tracks/gtr"][:, :edge], old["tracks/gtr"][:, :edge])
    assert np.abs(new["tracks/gtr"][1, edge + 4500 :]).max() < 1e-4


# --- redo ------------------------------------------------------------------------------------------


def test_redo_makes_the_decisions_named_and_no_others(home):
    before = load_project(home / "out")
    revise(home / "out", edits=["bass.fader_db=-30", "bass.equalizer.band3.gain_db=5"])
    middle = load_project(home / "out")
    now = revise(home / "out", redo=["balance"]).project
    changed = changed_values(middle, now)
    assert changed <= {f"strips.{s.id}.fader_db" for s in before.mix.strips}
    assert "strips.bass.fader_db" not in changed  # the user's own
    assert now.mix.channel("bass").fader_db == -30


def test_what_is_decided_again_comes_out_the_same_where_nothing_changed(home):
    before = load_project(home / "out")
    kinds = ("tone", "dynamics", "balance", "separation", "stereo", "space", "buses")
    project = before.replace(brief=before.brief.replace(without=("review",)))
    save_project(project, home / "out" / FILE_NAME)
    settled = revise(home / "out", redo=kinds).project  # without what the review corrected
    assert changed_values(settled, revise(home / "out", redo=["balance"]).project) == set()
    assert changed_values(settled, revise(home / "out", redo=["tone", "space"]).project) == set()


def test_a_released_value_is_decided_again(home):
    before = load_project(home / "out")
    revise(home / "out", edits=["bass.fader_db=-30"])
    now = revise(home / "out", release=["bass.fader_db"], redo=["balance"]).project
    assert now.mix.channel("bass").fader_db == pytest.approx(before.mix.channel("bass").fader_db, abs=3)
    assert now.settings["strips.bass.fader_db"].set_by == "rule"


def test_adapting_leaves_what_comes_before_alone(home):
    before = load_project(home / "out")
    now = revise(home / "out", edits=["lead_vox.fader_db+=3"], adapt=True).project
    changed = changed_values(before, now)
    assert "strips.lead_vox.fader_db" in changed
    assert not [path for path in changed if path.endswith(".trim_db") or ".high_pass." in path]
    assert not [path for path in changed if before.settings.get(path, Setting()).decision in early(before)]


def early(project: Project) -> set[str]:
    """Decisions of the kinds that come before the balance."""
    return {d.id for d in project.decisions if d.kind in ("prepare", "tone", "dynamics")}


def test_decisions_that_no_longer_hold_are_gone(home):
    now = revise(home / "out", redo=["balance", "space"]).project
    ids = [decision.id for decision in now.decisions]
    assert len(ids) == len(set(ids))
    for path, setting in now.settings.items():
        if setting.decision:
            decision = next(d for d in now.decisions if d.id == setting.decision)
            assert path.removeprefix("curves.") in {*decision.changes, *(c.path for c in decision.curves)}


# --- versions, history, files ----------------------------------------------------------------------


def test_a_conversation(home):
    out = home / "out"
    revise(out, edits=["lead_vox.fader_db+=1.5"], save_as="louder")
    revise(out, edits=["gtr.pan=0.4"], locks=["kick"])
    assert set(diff(f"{out}@louder", out)) >= {"electric guitar pan centre -> 40% right", "locked: kick"}
    assert diff(out)[0].startswith("electric guitar pan")
    step_back(out)
    assert load_project(out).mix.channel("gtr").pan == 0
    step_forth(out)
    assert load_project(out).mix.channel("gtr").pan == 0.4
    assert restore(out, "1").project.mix == load_project(out).mix
    assert diff(f"{out}@1", out) == ()
    assert [line for line in diff(f"{out}@1", f"{out}@louder") if "vocal" in line] == ["lead vocal +1.5 dB"]


def test_a_lock_alone_renders_nothing(home):
    stamp = (home / "out" / "master.wav").stat().st_mtime_ns
    now = revise(home / "out", locks=["drums"])
    assert (home / "out" / "master.wav").stat().st_mtime_ns == stamp
    assert now.changes == ("locked: drums",)


def test_results_may_go_elsewhere_and_are_whole(home):
    revise(home / "out", home / "other" / "place", edits=["gtr.mute=on"])
    before = load_project(home / "out")
    assert before.mix.channel("gtr").mute is False
    done("render", home / "other" / "place", "--out", home / "again", "--quiet")
    assert (home / "again" / "master.wav").read_bytes() == (
        home / "other" / "place" / "master.wav"
    ).read_bytes()


def test_a_held_gain_of_the_master_is_obeyed(home):
    now = revise(home / "out", edits=["master.drive_db=-3", "gtr.fader_db-=1"]).project
    assert now.mix.master.drive_db == -3
    later = revise(home / "out", edits=["gtr.fader_db-=1"]).project
    assert later.mix.master.drive_db == -3
    assert later.measured.target_met is False


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "kazoo.fader_db=1"), ("kazoo",)),
        (("--set", "gtr.fader_db=99"), ("-90..12 dB",)),
        (("--set", "gtr.fader_db"), ("write TRACK.VALUE",)),
        (("--lock", "kazoo"), ("'kazoo'",)),
        (("--unlock", "gtr"), ("not locked",)),
        (("--redo", "sauce"), ("'sauce'", "balance")),
        (("--only", "solo", "--set", "gtr.pan=1"), ("verse1, chorus1",)),
        (("--only", "verse1", "--set", "gtr.delay_ms=3"), ("cannot change during a song",)),
        (("--restore", "nothing"), ("no version",)),
        (("--undo",), ("nothing to undo",)),
        (("--again",), ("nothing to redo",)),
        (("--undo", "--set", "gtr.pan=1"), ("stand alone",)),
        (("--loudness", "3"), ("-40..-4",)),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(home, arguments, says):
    error = refused(home, "revise", home / "out", *arguments)
    for text in says:
        assert text in error


def test_a_locked_value_is_not_set(home):
    revise(home / "out", locks=["lead_vox"])
    error = refused(home, "revise", home / "out", "--set", "lead_vox.pan=1")
    assert "locked by 'lead_vox'; unlock it with --unlock lead_vox" in error
    now = done("revise", home / "out", "--unlock", "lead_vox", "--set", "lead_vox.pan=1", "--json").json
    assert "unlocked: lead_vox" in now["changes"]


def test_the_command_line_says_what_changed(home):
    first = done("revise", home / "out", "--set", "gtr.fader_db-=2", "--save-as", "softer")
    assert "electric guitar -2.0 dB" in first.out
    told = done("history", home / "out")
    assert "set gtr.fader_db-=2" in told.out
    assert "softer" in told.out
    listed = done("history", home / "out", "--json").json
    assert (listed["at"], listed["versions"]) == (2, {"softer": 2})
    assert "electric guitar -2.0 dB" in done("diff", f"{home / 'out'}@1", home / "out").out
    assert done("diff", home / "out", home / "out").out == "no difference\n"
    assert json.loads((home / "out" / FILE_NAME).read_text())["at"] == 2


# --- files -----------------------------------------------------------------------------------------


def test_a_project_file_of_another_name_never_takes_the_place_of_the_project(home):
    backup = home / "out" / "backup.json"
    shutil.copy(home / "out" / FILE_NAME, backup)
    revise(home / "out", edits=["gtr.pan=0.25"])
    kept = (home / "out" / FILE_NAME).read_bytes()
    for change in (
        lambda: revise(backup, edits=["gtr.pan=-1"]),
        lambda: restore(backup, "1"),
        lambda: takes(backup, 2),
    ):
        with pytest.raises(InputError, match=r"backup\.json.*--out"):
            change()
    assert (home / "out" / FILE_NAME).read_bytes() == kept
    now = revise(backup, home / "else", edits=["gtr.pan=-1"]).project
    assert load_project(home / "else") == now
    assert (home / "out" / FILE_NAME).read_bytes() == kept


@pytest.mark.parametrize("change", [lambda p, job: revise(p, edits=["gtr.pan=-1"], job=job), step_back])
def test_of_two_revisions_at_once_none_is_lost(home, change):
    revise(home / "out", edits=["bass.pan=0.1"])

    def other(stage: str, *_: object) -> None:
        if not (home / "out" / "met").exists():
            (home / "out" / "met").touch()
            revise(home / "out", edits=["gtr.pan=0.25"])

    with pytest.raises(InputError, match=r"project\.json.*meanwhile"):
        change(home / "out", job=Job(progress=other))
    now = load_project(home / "out")
    assert now.mix.channel("gtr").pan == 0.25
    assert now.mix.channel("bass").pan == 0.1
