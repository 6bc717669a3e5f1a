"""Writes the declared ranges of all parameters as a C++ table, so that the native tests draw from them.

usage: python native/tests/ranges.py FILE
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mixwright import dsp, mix_model
from mixwright.params import Choice, Param, Params, Scale


def settings_classes() -> Iterator[type[Params]]:
    """The settings of every processor, of a strip and of the master."""
    for info in pkgutil.iter_modules(dsp.__path__):
        module = importlib.import_module(f"mixwright.dsp.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Params) and value.__module__ == module.__name__:
                yield value
    yield from (mix_model.Strip, mix_model.Master)


def rows(kind: type[Params]) -> Iterator[str]:
    settings = kind(id="x") if "id" in kind.model_fields else kind()
    for parameter in settings.walk():
        match parameter.declaration:
            case Param(min=low, max=high, scale=scale):
                is_log = str(scale is Scale.LOG).lower()
                yield f'  {{"{kind.__name__}", "{parameter.path}", {low!r}, {high!r}, {is_log}, false}},'
            case Choice(options=options):
                yield f'  {{"{kind.__name__}", "{parameter.path}", 0, {len(options) - 1}, false, true}},'
            case _:
                yield f'  {{"{kind.__name__}", "{parameter.path}", 0, 1, false, true}},'


def main() -> None:
    table = "\n".join(row for kind in settings_classes() for row in rows(kind))
    Path(sys.argv[1]).write_text(
        "// Made by native/tests/ranges.py from the declarations in Python.\n"
        f"inline constexpr Range kRanges[] = {{\n{table}\n}};\n"
    )


if __name__ == "__main__":
    main()
