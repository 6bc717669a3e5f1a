"""Mixwright: raw tracks in, a finished mix out, with every move explained.

import mixwright

done = mixwright.mix("my song", out="my mix", genre="rock")
print(done.project.measured, done.renderings["master"].path)
"""

from typing import Any

__version__ = "0.1.0"
_ACTIONS = (
    "demo",
    "diff",
    "inspect",
    "judge",
    "mix",
    "render",
    "report",
    "restore",
    "revise",
    "step_back",
    "step_forth",
    "takes",
    "taste",
    "watch",
)
__all__ = ["load_project", *_ACTIONS]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import mixwright` alone stays as quick as importing NumPy.
    if name in _ACTIONS:
        from mixwright import workflow

        return getattr(workflow, name)
    if name == "load_project":
        from mixwright.project import load_project

        return load_project
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
