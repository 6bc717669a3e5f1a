"""The little YAML that metadata of data sets is written in: nested mappings of plain values by indentation.

MedleyDB and Slakh need no more; lists, anchors and block texts are not read.
"""

import re
from pathlib import Path
from typing import Any

from mixwright.errors import InputError

__all__ = ["read_mapping"]

LINE = re.compile(r"^(?P<indent> *)(?P<key>[^:#]+?) *:(?: +(?P<value>.*?))? *$")
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "yes": True, "no": False, "null": None, "~": None}


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a file; values are str, float, bool or None.

    Raises
    ------
    InputError
        Names the line that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); check the data set") from None
    root: dict[str, Any] = {}
    open_ones: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("#", "---", "...")):
            continue
        found = LINE.match(line)
        if found is None:
            if line.lstrip().startswith("- "):
                continue  # lists hold nothing that is read here
            raise InputError(
                f'{path}, line {number}: "{line.strip()[:40]}" is no "key: value"; check the data set'
            )
        indent, key = len(found["indent"]), found["key"].strip("'\"")
        while open_ones[-1][0] >= indent:
            open_ones.pop()
        inside = open_ones[-1][1]
        if found["value"]:
            inside[key] = _value(found["value"])
        else:
            inside[key] = {}
            open_ones.append((indent, inside[key]))
    return root


def _value(text: str) -> Any:
    if text[0] in "'\"" and text[-1] == text[0] and len(text) > 1:
        return text[1:-1]
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    try:
        return float(text)
    except ValueError:
        return text
