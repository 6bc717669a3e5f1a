"""Edits by hand: ``lead_vocal.fader_db=-3``, ``drums.compressor.ratio+=0.5``, ``pad.mute=on``."""

import re
from dataclasses import dataclass

from mixwright.errors import InputError
from mixwright.params import Param, Parameter, Value
from mixwright.project import Project
from mixwright.session.names import find_parameter

_EDIT = re.compile(r"\s*(?P<name>[^=+]+?)\s*(?P<sign>\+|-)?=\s*(?P<value>.+?)\s*", re.DOTALL)


@dataclass(frozen=True)
class Edit:
    """One value of the mix, set by the user."""

    path: str
    value: Value


def parse_edit(project: Project, text: str) -> Edit:
    """An edit from what a person writes.

    ``=`` sets a value, ``+=`` and ``-=`` move a number from where it is. Units may be written.

    Raises
    ------
    InputError
        When the text is no edit, the value does not exist or the new one is out of range.
    """
    found = _EDIT.fullmatch(text)
    if found is None:
        raise InputError(
            f"{text!r} is no edit; write TRACK.VALUE=NUMBER, for example lead_vocal.fader_db+=1.5"
        )
    path = find_parameter(project, found["name"])
    parameter = next(p for p in project.mix.walk() if p.path == path)
    try:
        if found["sign"] is None:
            return Edit(path, parameter.declaration.parse(found["value"]))
        return Edit(path, _moved(parameter, found["value"], -1.0 if found["sign"] == "-" else 1.0))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _moved(parameter: Parameter, text: str, sign: float) -> float:
    declaration = parameter.declaration
    if not isinstance(declaration, Param):
        raise ValueError("only numbers can be moved; set it with =")
    number = text.strip().removesuffix(declaration.unit).strip() if declaration.unit else text.strip()
    try:
        step = float(number)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a number; give one in {declaration.unit or 'the same unit'}"
        ) from None
    return declaration.check(round(float(parameter.value) + sign * step, 6))
