import contextlib
import copy
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from golden.rich_project import as_known_to, rich_mix, rich_project
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from random_settings import seeds, shaken

from mixwright.errors import InputError
from mixwright.mix_model import (
    MASTER,
    Bus,
    Channel,
    Curve,
    Keys,
    Master,
    Mix,
    Return,
    Send,
    Strip,
    can_move,
)
from mixwright.params import Choice, Param
from mixwright.project import (
    FILE_NAME,
    SCHEMA_VERSION,
    AudioFile,
    Brief,
    Change,
    Decision,
    Measured,
    Project,
    Revision,
    Setting,
    Track,
    dump_project,
    load_project,
    parse_project,
    relative_path,
    resolve_path,
    save_project,
)
from mixwright.roles import Role

GOLDEN = Path(__file__).parent / "golden"


def random_mix(random: np.random.Generator) -> Mix:
    """A mix with every parameter somewhere on its travel, routed at random but never in a circle."""
    buses = [f"bus{i}" for i in range(random.integers(0, 4))]
    returns = [f"return{i}" for i in range(random.integers(0, 3))]
    strips = [f"strip{i}" for i in range(random.integers(0, 5))]

    def routed(kind: type[Channel], id: str, later_buses: list[str], later: list[str]) -> Channel:
        channel = shaken(kind(id=id), random)
        targets = random.permutation(later)[: random.integers(0, 3)] if later else []
        sends = tuple(shaken(Send(to=str(to)), random) for to in targets)
        listened = str(random.choice(strips[: strips.index(id)])) if id in strips[1:] else None
        output = str(random.choice([*later_buses, MASTER]))
        return channel.replace(
            name="".join(chr(c) for c in random.integers(32, 0x2FFF, 5)),
            output=output,
            sends=sends,
            keys=Keys(compressor=listened, dynamic3=listened),
        )

    mix = Mix(
        tempo_bpm=float(random.uniform(20, 400)),
        strips=tuple(routed(Strip, id, buses, buses + returns) for id in strips),
        buses=tuple(routed(Bus, id, buses[i + 1 :], buses[i + 1 :] + returns) for i, id in enumerate(buses)),
        returns=tuple(routed(Return, id, [], returns[i + 1 :]) for i, id in enumerate(returns)),
        master=shaken(Master(), random),
    )
    return mix.replace(curves=random_curves(mix, random))


def random_curves(mix: Mix, random: np.random.Generator) -> tuple[Curve, ...]:
    curves = []
    parameters = [p for p in mix.walk() if not isinstance(p.declaration, Choice)]
    for index in random.choice(len(parameters), 5, replace=False):
        declaration = parameters[index].declaration
        times = np.cumsum(random.exponential(5, random.integers(1, 6)) + 1e-6)
        low, high = (declaration.min, declaration.max) if isinstance(declaration, Param) else (0, 1)
        points = tuple((float(t), float(random.uniform(low, high))) for t in times)
        if can_move(parameters[index].path, parameters[index].declaration):
            shape = str(random.choice(["linear", "hold"]))
            curves.append(Curve(path=parameters[index].path, points=points, shape=shape))
    return tuple(curves)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
shares = st.floats(0, 1)
sources = st.sampled_from(["rule", "learned", "reference", "user", "feedback"])
evidence = st.dictionaries(texts, numbers, max_size=3)
changed = st.one_of(numbers, st.booleans(), st.integers(-(2**53), 2**53), texts)
files = st.builds(
    AudioFile,
    path=texts.filter(lambda text: text and "\x00" not in text),
    content_hash=st.text("0123456789abcdef", min_size=32, max_size=32).map("xxh128:".__add__),
    stream=st.integers(0, 9),
)
tracks = st.builds(
    Track,
    id=st.from_regex(r"\A[a-z0-9][a-z0-9_]{0,20}\Z"),
    name=texts,
    files=st.lists(files, min_size=1, max_size=2).map(tuple),
    channels=st.sampled_from([1, 2]),
    dual_mono=st.booleans(),
    sample_rate=st.integers(1000, 768_000),
    frames=st.integers(1, 2**40),
    offset_s=st.floats(0, 360_000),
    role=st.sampled_from(list(Role)),
    role_confidence=shares,
    role_set_by=sources,
)
decisions = st.builds(
    Decision,
    id=texts,
    kind=texts,
    target=texts,
    summary=texts,
    reason=texts,
    evidence=evidence,
    confidence=shares,
    set_by=sources,
    changes=st.dictionaries(texts, changed, max_size=3),
)
revisions = st.builds(
    Revision,
    number=st.integers(1, 999),
    time_utc=texts,
    note=texts,
    set_by=sources,
    changes=st.lists(
        st.builds(Change, path=texts, before=st.none() | changed, after=st.none() | changed), max_size=3
    ).map(tuple),
)
projects = st.builds(
    Project,
    name=texts,
    sample_rate=st.integers(22050, 192_000),
    tracks=st.lists(tracks, max_size=3).map(tuple),
    left_out=st.dictionaries(texts, texts, max_size=2),
    brief=st.builds(
        Brief, genre=texts, loudness_lufs=st.floats(-40, -4), tempo_bpm=st.none() | st.floats(20, 400)
    ),
    mix=seeds.map(lambda seed: random_mix(np.random.default_rng(seed))),
    decisions=st.lists(decisions, max_size=2).map(tuple),
    settings=st.dictionaries(
        texts, st.builds(Setting, set_by=sources, set_at=texts, evidence=evidence), max_size=3
    ),
    history=st.lists(revisions, max_size=2).map(tuple),
    measured=st.builds(Measured, mix_peak_dbtp=st.none() | numbers, target_met=st.none() | st.booleans()),
)


@settings(max_examples=20, deadline=None)
@given(projects)
def test_any_project_comes_back_from_its_text_unchanged(project):
    text = dump_project(project)
    again = parse_project(text)
    assert again == project
    assert dump_project(again) == text


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_any_mix_packs_and_unpacks(seed):
    mix = random_mix(np.random.default_rng(seed))
    np.testing.assert_allclose(mix.unpack(mix.pack()).pack(), mix.pack(), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_order_puts_each_channel_after_all_it_listens_to(seed):
    mix = random_mix(np.random.default_rng(seed))
    place = {channel.id: index for index, channel in enumerate(mix.order())}
    assert len(place) == len(list(mix.channels()))
    for channel in mix.channels():
        for to in [send.to for send in channel.sends] + [channel.output]:
            assert to == MASTER or place[channel.id] < place[to]
        for key in filter(None, channel.keys.sources()):
            assert place[key] < place[channel.id]


# --- every earlier version opens ------------------------------------------------------------------


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_project_of_every_version_opens_as_what_it_was(version):
    file = GOLDEN / f"project_v{version}.json"
    assert file.is_file(), f"the golden file of schema version {version} is missing; bring {file.name} back"
    assert load_project(file) == as_known_to(version)


def test_the_rich_project_leaves_no_part_of_the_schema_out():
    used = json.loads(dump_project(rich_project()))
    for name in Project.model_fields:
        assert used[name], f"{name} is empty"
    for part in ("strips", "buses", "returns", "curves"):
        assert used["mix"][part]


# --- refusals --------------------------------------------------------------------------------------


def changed_json(change) -> str:
    data = json.loads(dump_project(rich_project()))
    change(data)
    return json.dumps(data)


def put(value, *path):
    def change(data):
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(SCHEMA_VERSION + 1, "schema_version"), "newer than .*update Mixwright"),
        (put(0, "schema_version"), "schema version 0 is unknown; use 1"),
        (put("1", "schema_version"), "no schema_version"),
        (put(1, "surprise"), "surprise: unknown field; remove it or correct its name"),
        (put(1, "mix", "strips", 0, "fadr_db"), r"mix\.strips\.0\.fadr_db: unknown field"),
        (
            put(40, "mix", "strips", 0, "fader_db"),
            r"fader_db: 40 dB is out of range; give a value within -90\.\.12 dB",
        ),
        (put("loud", "mix", "strips", 0, "fader_db"), r"fader_db: 'loud' is not a number"),
        (put(None, "mix", "master", "limiter", "ceiling_dbtp"), "ceiling_dbtp: None is not a number"),
        (put(1, "mix", "strips", 0, "mute"), "mute: 1 is neither true nor false"),
        (
            put("octaver", "mix", "returns", 0, "effect"),
            "'octaver' is not offered; choose one of reverb, echo",
        ),
        (put("nobody", "mix", "strips", 0, "output"), "output 'nobody' is not a bus"),
        (put([], "tracks", 0, "files"), r"tracks\.0\.files"),
        (put("z" * 64, "tracks", 0, "files", 0, "content_hash"), "content_hash"),
        (put("a\x00b", "tracks", 0, "files", 0, "path"), "NUL"),
        (put("kazoo", "tracks", 0, "role"), "role"),
        (put("Kick!", "tracks", 0, "id"), "id"),
        (put(-3, "brief", "loudness_lufs"), "loudness_lufs"),
        (put([1, 2], "mix"), "mix"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_by_name(change, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_project(changed_json(change), "song/project.json")
    assert str(caught.value).startswith("song/project.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(constant):
    text = dump_project(rich_project()).replace('"fader_db": -1.1', f'"fader_db": {constant}', 1)
    assert constant in text
    with pytest.raises(InputError, match=r"not a number|not finite"):
        parse_project(text)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"x"', "{}", "[" * 100_000, '{"schema_version": 1']
)
def test_what_is_no_project_is_refused(text):
    with pytest.raises(InputError, match=FILE_NAME):
        parse_project(text)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_broken_files_give_a_message_and_nothing_else(data):
    text = bytearray(dump_project(rich_project()).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    with contextlib.suppress(InputError):
        parse_project(text.decode(errors="replace"))


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such project"):
        load_project(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe\x00\x00")
    with pytest.raises(InputError, match="cannot be read"):
        load_project(tmp_path)


# --- routes and curves -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"buses": (Bus(id="a", output="b"), Bus(id="b", output="a"))},
        {"buses": (Bus(id="a", output="a"),)},
        {"buses": (Bus(id="a", sends=(Send(to="b"),)), Bus(id="b", output="a"))},
        {"returns": (Return(id="a", sends=(Send(to="b"),)), Return(id="b", sends=(Send(to="a"),)))},
        {"strips": (Strip(id="a", keys=Keys(gate="b")), Strip(id="b", keys=Keys(compressor="a")))},
        {"strips": (Strip(id="a", output="b", keys=Keys(gate="b")),), "buses": (Bus(id="b"),)},
        {"strips": (Strip(id="a", keys=Keys(gate="a")),)},
    ],
)
def test_a_signal_in_a_circle_is_refused(parts):
    with pytest.raises(ValidationError, match=r"the signal runs in a circle through a.*take one"):
        Mix(**parts)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"strips": (Strip(id="a"), Strip(id="a"))}, "the id 'a' is used twice"),
        ({"strips": (Strip(id="a"),), "returns": (Return(id="a"),)}, "the id 'a' is used twice"),
        ({"buses": (Bus(id=MASTER),)}, "the id 'master' is used twice"),
        ({"strips": (Strip(id="a", output="room"),), "returns": (Return(id="room"),)}, "'room' is not a bus"),
        ({"strips": (Strip(id="a", sends=(Send(to="b"),)), Strip(id="b"))}, "send to 'b' leads nowhere"),
        (
            {"strips": (Strip(id="a", sends=(Send(to="b"), Send(to="b"))),), "buses": (Bus(id="b"),)},
            "two sends to 'b'",
        ),
        ({"strips": (Strip(id="a", keys=Keys(gate="b")),)}, "key 'b' is not a strip or bus"),
    ],
)
def test_routes_that_lead_nowhere_are_refused(parts, message):
    with pytest.raises(ValidationError, match=message):
        Mix(**parts)


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ({"path": "strips.kick.fadr_db"}, "there is no such parameter"),
        ({"path": "strips.nobody.fader_db"}, "there is no such parameter"),
        ({"points": ()}, "at least 1"),
        ({"points": ((1.0, 0.0), (1.0, 1.0))}, "increase"),
        ({"points": ((2.0, 0.0), (1.0, 1.0))}, "increase"),
        ({"points": ((-1.0, 0.0),)}, "0 s or later"),
        ({"points": ((0.0, 12.5),)}, r"12.5 at 0 s is out of range; keep it within -90\.\.12"),
        ({"points": ((0.0, float("nan")),)}, "finite"),
        ({"points": ((float("inf"), 0.0),)}, "finite"),
        ({"path": "strips.kick.delay_ms"}, "cannot change during a song"),
        ({"path": "returns.echo.effect"}, "cannot change during a song"),
        ({"path": "strips.lead_vocal.fader_db"}, "two curves for one parameter"),
        ({"shape": "wavy"}, "linear"),
    ],
)
def test_curves_that_do_not_fit_are_refused(curve, message):
    mix = rich_mix()
    fields = {"path": "strips.kick.fader_db", "points": ((0.0, 0.0),)} | curve
    with pytest.raises(ValidationError, match=message):
        mix.replace(curves=(*mix.curves, Curve(**fields)))


def test_channels_are_found_by_id():
    mix = rich_mix()
    assert mix.path_of("plate") == "returns.plate"
    assert mix.channel("crush").output == "drums"
    assert rich_project().track("bass").role is Role.BASS
    for find in (mix.channel, mix.path_of, rich_project().track):
        with pytest.raises(KeyError):
            find("nobody")


# --- the file ----------------------------------------------------------------------------------------


def test_saving_and_loading_gives_the_same_project(tmp_path):
    save_project(rich_project(), tmp_path / FILE_NAME)
    assert load_project(tmp_path) == load_project(tmp_path / FILE_NAME) == rich_project()
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_interrupted_save_leaves_the_old_file_alone(tmp_path, monkeypatch, step, error):
    file = tmp_path / FILE_NAME
    save_project(Project(name="old"), file)

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(error):
        save_project(rich_project(), file)
    assert load_project(file).name == "old"
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def test_a_reader_never_meets_half_a_file(tmp_path):
    file = tmp_path / FILE_NAME
    versions = [rich_project(), Project(name="short")]
    save_project(versions[0], file)

    def write() -> None:
        for i in range(60):
            save_project(versions[i % 2], file)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert load_project(file) in versions
    assert [p.name for p in tmp_path.iterdir()] == [FILE_NAME]


def test_locks_and_sources_survive_the_file(tmp_path):
    save_project(rich_project(), tmp_path / FILE_NAME)
    again = load_project(tmp_path)
    assert again.settings["strips.lead_vocal.fader_db"].set_by == "user"
    assert again.locks == ("strips.lead_vocal.fader_db", "drums", "kind:space")


def test_audio_is_found_from_where_the_project_lies(tmp_path):
    audio = tmp_path / "audio" / "kick.wav"
    stored = relative_path(audio, tmp_path / "mixes" / "first")
    assert stored == "../../audio/kick.wav"
    assert resolve_path(stored, tmp_path / "mixes" / "first") == audio.resolve()


def test_a_project_cannot_be_changed_in_place():
    project = rich_project()
    with pytest.raises(ValidationError, match="frozen"):
        project.name = "other"
    assert copy.deepcopy(project) == project
