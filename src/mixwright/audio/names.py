"""Paths in messages, and the one shape of a complaint about a file."""

import os
from typing import NoReturn

from mixwright.errors import InputError


def shown(path: object) -> str:
    """A path fit for one line of text, whatever bytes its name holds."""
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else str(path)
    return "".join(c if c.isprintable() else "?" for c in text)


def refuse(path: object, problem: str, remedy: str) -> NoReturn:
    """Raises the InputError of a file: name, what is wrong, what to do."""
    raise InputError(f"{shown(path)}: {problem}; {remedy}")
