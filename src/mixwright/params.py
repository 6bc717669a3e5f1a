"""One declaration per parameter: unit, range, travel, default and help.

Everything that shows, stores, sweeps or checks a parameter (command line, web page, DAW writers,
optimiser, models, documentation) reads the declaration made here with the field it belongs to::

    class Compressor(Params):
        ratio: Annotated[float, Param(":1", 1, 20, Scale.LOG, help="...")] = 1.0
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Self, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from mixwright.errors import InputError


class Scale(StrEnum):
    """How a control travels over its range."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True)
class Param:
    """A continuous parameter.

    Raises
    ------
    ValueError
        When the range is empty, or a logarithmic one does not lie above zero.
    """

    unit: str
    min: float
    max: float
    scale: Scale = Scale.LINEAR
    help: str = ""

    def __post_init__(self) -> None:
        if not self.min < self.max:
            raise ValueError(f"empty range {self.min}..{self.max}")
        if self.scale is Scale.LOG and self.min <= 0:
            raise ValueError(f"a logarithmic range must lie above zero, not {self.min}..{self.max}")

    def check(self, value: Any) -> float:
        """The value as float; ValueError names what is wrong with it and the remedy."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r} is not a number; give one within {self.range_text}")
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite; give a number within {self.range_text}")
        if not self.min <= value <= self.max:
            raise ValueError(f"{value:g} {self.unit} is out of range; give a value within {self.range_text}")
        return float(value)

    @property
    def range_text(self) -> str:
        return f"{self.min:g}..{self.max:g} {self.unit}".rstrip()

    def to_travel(self, value: float) -> float:
        """Position 0..1 of a value on the control's travel."""
        if self.scale is Scale.LOG:
            position = math.log(value / self.min) / math.log(self.max / self.min)
        else:
            position = (value - self.min) / (self.max - self.min)
        return min(max(position, 0.0), 1.0)

    def from_travel(self, position: float) -> float:
        """Value at a position 0..1 of the travel."""
        if self.scale is Scale.LOG:
            value = self.min * (self.max / self.min) ** position
        else:
            value = self.min + (self.max - self.min) * position
        return min(max(value, self.min), self.max)  # rounding may overshoot an end

    def format(self, value: Any) -> str:
        """Text of a value with its unit, exact enough to read back."""
        return f"{_shortest(float(value))} {self.unit}".rstrip()

    def parse(self, text: str) -> float:
        """Reads what `format` writes; the unit may be left out."""
        number = text.strip().removesuffix(self.unit).strip() if self.unit else text.strip()
        try:
            value = float(number)
        except ValueError:
            raise ValueError(f"{text!r} is not a number; give one within {self.range_text}") from None
        return self.check(value)


@dataclass(frozen=True)
class Switch:
    """An on/off parameter."""

    help: str = ""
    unit: str = ""
    range_text: str = "on or off"

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither true nor false; give one of them")
        return value

    def to_travel(self, value: bool) -> float:
        return float(value)

    def from_travel(self, position: float) -> bool:
        return position >= 0.5

    def format(self, value: Any) -> str:
        return "on" if value else "off"

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word in ("on", "true", "yes", "1"):
            return True
        if word in ("off", "false", "no", "0"):
            return False
        raise ValueError(f"{text!r} is neither on nor off; give one of them")


@dataclass(frozen=True)
class Choice:
    """A parameter with a few named values; the field's `Literal` type lists them."""

    help: str = ""
    unit: str = ""
    options: tuple[Any, ...] = ()

    @property
    def range_text(self) -> str:
        return ", ".join(str(option) for option in self.options)

    def check(self, value: Any) -> Any:
        if isinstance(value, bool) or value not in self.options:
            shown = f"{value!r} {self.unit}".rstrip()
            raise ValueError(f"{shown} is not offered; choose one of {self.range_text}")
        return next(option for option in self.options if option == value)

    def to_travel(self, value: Any) -> float:
        return self.options.index(value) / max(1, len(self.options) - 1)

    def from_travel(self, position: float) -> Any:
        return self.options[round(min(max(position, 0.0), 1.0) * (len(self.options) - 1))]

    def format(self, value: Any) -> str:
        return f"{value} {self.unit}".rstrip()

    def parse(self, text: str) -> Any:
        word = text.strip().removesuffix(self.unit).strip() if self.unit else text.strip()
        for option in self.options:
            if str(option) == word:
                return option
        raise ValueError(f"{text!r} is not offered; choose one of {self.range_text}")


Declaration = Param | Switch | Choice
Value = float | bool | int | str


@dataclass(frozen=True)
class Parameter:
    """A parameter found by `walk`: where it is, how it was declared and its value."""

    path: str
    declaration: Declaration
    value: Any


class Frozen(BaseModel):
    """A value: immutable, comparable, strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=False)

    def replace(self, **changes: Any) -> Self:
        """A checked copy with some fields changed."""
        data = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(data | changes)


class Params(Frozen):
    """A group of parameters: declared fields, further groups, or tuples of named groups."""

    @property
    def path_name(self) -> str:
        """Name of this group in the path where it stands in a tuple."""
        raise TypeError(f"{type(self).__name__} has no name of its own")

    @model_validator(mode="before")
    @classmethod
    def _check_declared(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        checked = dict(data)
        for name, declaration in declarations(cls).items():
            if name in checked:
                checked[name] = _checked(declaration, name, checked[name])
        return checked

    def walk(self, prefix: str = "") -> Iterator[Parameter]:
        """All parameters below this group, in the order of declaration."""
        own = declarations(type(self))
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in own:
                yield Parameter(prefix + name, own[name], value)
            elif isinstance(value, Params):
                yield from value.walk(f"{prefix}{name}.")
            elif isinstance(value, tuple) and value and isinstance(value[0], Params):
                for item in value:
                    yield from item.walk(f"{prefix}{name}.{item.path_name}.")

    def pack(self) -> np.ndarray:
        """Positions 0..1 on the travel of all parameters, shape (parameters,)."""
        return np.array([p.declaration.to_travel(p.value) for p in self.walk()])

    def unpack(self, positions: Sequence[float] | np.ndarray) -> Self:
        """A copy with the values at the given positions; the inverse of `pack`."""
        parameters = list(self.walk())
        if len(positions) != len(parameters):
            raise ValueError(f"{len(positions)} positions for {len(parameters)} parameters")
        pairs = zip(parameters, positions, strict=True)
        return self.with_values({p.path: p.declaration.from_travel(float(x)) for p, x in pairs})

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """A copy with the values at dotted paths changed.

        Raises
        ------
        InputError
            When a path is unknown or a value is out of range.
        """
        here: dict[str, Any] = {}
        below: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            head, _, rest = path.partition(".")
            if head not in type(self).model_fields:
                known = ", ".join(type(self).model_fields)
                raise InputError(f"there is no parameter {path!r} in {type(self).__name__}; it has {known}")
            if rest:
                below.setdefault(head, {})[rest] = value
            else:
                here[head] = value
        for head, inner in below.items():
            here[head] = _changed_group(head, getattr(self, head), inner)
        try:
            return self.replace(**here)
        except ValidationError as error:
            raise InputError(plain_message(error)) from None

    def flat(self) -> dict[str, float]:
        """All values as numbers for the native core: switches 0/1, choices by their index."""
        out: dict[str, float] = {}
        self._add_numbers("", out)
        return out

    def _add_numbers(self, prefix: str, out: dict[str, float]) -> None:
        """As `walk` does; a console asks for thousands of these."""
        own, values = declarations(type(self)), vars(self)
        for name in type(self).model_fields:
            value = values[name]
            declaration = own.get(name)
            if declaration is not None:
                if isinstance(declaration, Choice):
                    value = declaration.options.index(value)
                out[prefix + name] = float(value)
            elif isinstance(value, Params):
                value._add_numbers(f"{prefix}{name}.", out)
            elif isinstance(value, tuple) and value and isinstance(value[0], Params):
                for item in value:
                    item._add_numbers(f"{prefix}{name}.{item.path_name}.", out)


@cache
def declarations(params: type[Params]) -> dict[str, Declaration]:
    """The parameters a group declares itself, by field name."""
    found: dict[str, Declaration] = {}
    for name, field in params.model_fields.items():
        for item in field.metadata:
            if isinstance(item, Choice):
                found[name] = Choice(item.help, item.unit, _literal_values(field.annotation))
            elif isinstance(item, Param | Switch):
                found[name] = item
    return found


MAX_FAULTS = 3


def plain_message(error: ValidationError) -> str:
    """The first faults of a pydantic error in one line: where, what value, what would be right."""
    lines = []
    faults = error.errors(include_url=False)
    for fault in faults[:MAX_FAULTS]:
        where = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            text = "unknown field; remove it or correct its name"
        elif fault["type"] == "missing":
            text = "is missing; add it"
        elif fault["type"] != "value_error" and isinstance(fault["input"], str | int | float | None):
            text = f"{fault['input']!r:.60} will not do: {text[:1].lower()}{text[1:]}; correct it"
        elif where.rpartition(".")[2] and text.startswith(where.rpartition(".")[2] + ": "):
            text = text.split(": ", 1)[1]
        lines.append(f"{where}: {text}" if where else text)
    more = len(faults) - len(lines)
    return "; ".join(lines) + (f"; and {more} more" if more else "")


def _changed_group(name: str, group: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(group, Params):
        return group.with_values(values)
    if not isinstance(group, tuple):
        raise InputError(f"{name!r} is a parameter, it holds no {next(iter(values))!r}")
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        item, _, rest = path.partition(".")
        inner.setdefault(item, {})[rest] = value
    names = [item.path_name for item in group]
    for item in inner:
        if item not in names:
            raise InputError(f"there is no {item!r} in {name}; it has {', '.join(names) or 'nothing'}")
    return tuple(
        item.with_values(inner[item.path_name]) if item.path_name in inner else item for item in group
    )


def _checked(declaration: Declaration, name: str, value: Any) -> Any:
    try:
        return declaration.check(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _literal_values(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is not Literal:
        raise TypeError(f"a Choice needs a Literal type, not {annotation}")
    return get_args(annotation)


def _shortest(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")
