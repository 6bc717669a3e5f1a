import math
import re
from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from random_settings import neutral_groups, seeds, shaken

from mixwright.dsp.compressor import Compressor
from mixwright.errors import InputError
from mixwright.params import Choice, Param, Params, Scale, Switch, declarations, plain_message

GROUPS = neutral_groups()
# of each class its own parameters only: those of the groups inside it come with their own classes
PARAMETERS = [(type(group).__name__, p) for group in GROUPS for p in group.walk() if "." not in p.path]
UNIT_OF_ENDING = {
    "db": "dB",
    "dbtp": "dBTP",
    "hz": "Hz",
    "ms": "ms",
    "s": "s",
    "m": "m",
    "bpm": "bpm",
    "lufs": "LUFS",
}

each_group = pytest.mark.parametrize("group", GROUPS, ids=lambda g: type(g).__name__)
each_parameter = pytest.mark.parametrize(
    "parameter", [p for _, p in PARAMETERS], ids=[f"{name}.{p.path}" for name, p in PARAMETERS]
)


class Delay(Params):
    """A group that has one parameter of each kind."""

    time_ms: Annotated[float, Param("ms", 1, 1000, Scale.LOG, help="Time")] = 100.0
    level_db: Annotated[float, Param("dB", -90, 12, help="Level")] = 0.0
    on: Annotated[bool, Switch(help="Works")] = True
    kind: Annotated[Literal["tape", "clean"], Choice(help="Colour")] = "tape"


@each_parameter
def test_every_parameter_says_what_it_is(parameter):
    declaration = parameter.declaration
    assert len(declaration.help.strip()) >= 4
    ending = parameter.path.rpartition(".")[2].rpartition("_")[2]
    if isinstance(declaration, Param) and ending in UNIT_OF_ENDING:
        assert declaration.unit.startswith(UNIT_OF_ENDING[ending])


@each_parameter
def test_defaults_lie_within_their_range(parameter):
    assert parameter.declaration.check(parameter.value) == parameter.value


@each_parameter
def test_text_of_any_value_reads_back_exactly(parameter):
    declaration = parameter.declaration
    for position in [0.0, 1.0, *np.random.default_rng(7).random(20)]:
        value = declaration.from_travel(position)
        assert declaration.parse(declaration.format(value)) == value
    assert declaration.parse(declaration.format(parameter.value)) == parameter.value


@each_parameter
def test_travel_begins_and_ends_with_the_range(parameter):
    declaration = parameter.declaration
    assert declaration.to_travel(declaration.from_travel(0.0)) == 0.0
    assert declaration.to_travel(declaration.from_travel(1.0)) == 1.0
    if isinstance(declaration, Param):
        assert declaration.from_travel(0.0) == declaration.min
        assert declaration.from_travel(1.0) == declaration.max


@each_group
def test_unpack_undoes_pack(group):
    for seed in range(5):
        value = shaken(group, np.random.default_rng(seed))
        again = value.unpack(value.pack())
        for before, after in zip(value.walk(), again.walk(), strict=True):
            if isinstance(before.declaration, Param):
                # two logarithms and a power: a few units in the last place
                assert after.value == pytest.approx(before.value, rel=1e-12, abs=1e-9)
            else:
                assert after.value == before.value


@each_group
def test_json_gives_the_same_value_back(group):
    for seed in range(5):
        value = shaken(group, np.random.default_rng(seed))
        assert type(group).model_validate_json(value.model_dump_json()) == value


@each_group
def test_paths_are_unique_and_set_what_they_name(group):
    value = shaken(group, np.random.default_rng(11))
    values = {p.path: p.value for p in value.walk()}
    assert len(values) == len(list(value.walk()))
    assert group.with_values(values) == value


@each_group
def test_flat_numbers_follow_the_walk(group):
    flat = shaken(group, np.random.default_rng(3)).flat()
    assert list(flat) == [p.path for p in group.walk()]
    assert all(isinstance(number, float) and math.isfinite(number) for number in flat.values())


@each_group
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "loud", True, None, [1.0]])
def test_what_is_no_number_is_refused(group, bad):
    own = [p for p in group.walk() if isinstance(p.declaration, Param)]
    for parameter in own[:3]:
        with pytest.raises(InputError) as caught:
            group.with_values({parameter.path: bad})
        name = parameter.path.rpartition(".")[2]
        assert name in str(caught.value)
        assert parameter.declaration.range_text in str(caught.value)


@each_group
def test_beyond_the_range_is_refused_with_value_unit_range_and_remedy(group):
    for parameter in group.walk():
        declaration = parameter.declaration
        if not isinstance(declaration, Param):
            continue
        for value in (declaration.max + 1, declaration.min - 1):
            with pytest.raises(InputError) as caught:
                group.with_values({parameter.path: value})
            message = str(caught.value)
            assert parameter.path.rpartition(".")[2] in message
            assert f"{value:g} {declaration.unit}".rstrip() in message
            assert declaration.range_text in message
            assert "give a value within" in message


@given(st.floats(-90, 12), st.floats(1, 1000))
def test_any_value_within_the_range_is_kept_to_the_bit(level_db, time_ms):
    delay = Delay(level_db=level_db, time_ms=time_ms)
    assert (delay.level_db, delay.time_ms) == (level_db, time_ms)
    assert Delay.model_validate_json(delay.model_dump_json()) == delay
    for p in delay.walk():
        assert p.declaration.parse(p.declaration.format(p.value)) == p.value


@given(seeds)
def test_travel_is_monotonic(seed):
    low, high = np.sort(np.random.default_rng(seed).random(2))
    for declaration in (Param("Hz", 20, 20000, Scale.LOG), Param("dB", -60, 12)):
        assert declaration.from_travel(low) <= declaration.from_travel(high)
        assert declaration.to_travel(declaration.from_travel(low)) == pytest.approx(low, abs=1e-12)


def test_logarithmic_travel_has_its_middle_at_the_geometric_mean():
    assert Param("Hz", 20, 20000, Scale.LOG).from_travel(0.5) == pytest.approx(math.sqrt(20 * 20000))
    assert Param("dB", -60, 0).from_travel(0.5) == -30


def test_declarations_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="empty range"):
        Param("dB", 0, 0)
    with pytest.raises(ValueError, match="above zero"):
        Param("Hz", 0, 100, Scale.LOG)


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("12 ms", 12), (" 12ms ", 12), ("1e2 ms", 100), ("12.5", 12.5)]
)
def test_numbers_are_read_with_and_without_unit(text, value):
    assert declarations(Delay)["time_ms"].parse(text) == value


@pytest.mark.parametrize("text", ["", "ms", "twelve", "12 s", "1,5", "nan", "inf", "0", "1001"])
def test_texts_that_are_no_such_number_are_refused(text):
    with pytest.raises(ValueError, match=re.escape("1..1000 ms")):
        declarations(Delay)["time_ms"].parse(text)


def test_switches_and_choices_read_their_words_only():
    assert [declarations(Delay)["on"].parse(word) for word in ("on", "off", "Yes", "0")] == [
        True,
        False,
        True,
        False,
    ]
    with pytest.raises(ValueError, match="neither on nor off"):
        declarations(Delay)["on"].parse("perhaps")
    with pytest.raises(ValueError, match="choose one of tape, clean"):
        declarations(Delay)["kind"].parse("valve")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"level_db": 13.0}, "level_db: 13 dB is out of range; give a value within -90..12 dB"),
        ({"level_db": math.nan}, "level_db: nan is not finite; give a number within -90..12 dB"),
        ({"on": 1}, "on: 1 is neither true nor false; give one of them"),
        ({"kind": "valve"}, "kind: 'valve' is not offered; choose one of tape, clean"),
        ({"speed": 1}, "speed: unknown field; remove it or correct its name"),
    ],
)
def test_messages_name_value_unit_range_and_remedy(values, message):
    with pytest.raises(ValidationError) as caught:
        Delay(**values)
    assert plain_message(caught.value) == message


def test_unknown_paths_are_refused_with_what_there_is():
    with pytest.raises(
        InputError, match=r"no parameter 'lvel_db' in Delay; it has time_ms, level_db, on, kind"
    ):
        Delay().with_values({"lvel_db": 0})
    with pytest.raises(InputError, match="holds no"):
        Delay().with_values({"level_db.left": 0})


def test_a_wrong_count_of_positions_is_refused():
    with pytest.raises(ValueError, match="3 positions for 4 parameters"):
        Delay().unpack([0, 0, 0])


def test_values_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        Compressor().ratio = 4.0


def test_changing_a_copy_checks_it():
    assert Compressor().replace(ratio=4.0).ratio == 4.0
    with pytest.raises(ValidationError, match="ratio"):
        Compressor().replace(ratio=0.5)
