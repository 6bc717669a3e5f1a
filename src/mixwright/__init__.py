"""Mixwright: raw tracks in, a finished mix out, with every move explained.

import mixwright

done = mixwright.mix("my song", out="my mix", genre="rock")
print(done.project.measured, done.renderings["master"].path)
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["demo", "inspect", "judge", "load_project", "mix", "render", "report"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import mixwright` alone stays as quick as importing NumPy.
    if name in ("mix", "render", "inspect", "judge", "demo", "report"):
        from mixwright import workflow

        return getattr(workflow, name)
    if name == "load_project":
        from mixwright.project import load_project

        return load_project
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
