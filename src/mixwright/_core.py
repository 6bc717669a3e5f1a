"""Picks the build of the native core that suits this processor.

``MIXWRIGHT_ISA=portable`` or ``avx2`` forces one (for comparison and bug reports).
"""

import importlib
import importlib.util
import os
import platform
from typing import Any

from mixwright.errors import MixwrightError


def _has_avx2() -> bool:
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    portable = importlib.import_module("mixwright._native_portable")
    return bool(portable.cpu_has_avx2())


def _load() -> Any:
    wanted = os.environ.get("MIXWRIGHT_ISA", "")
    if wanted not in ("", "portable", "avx2"):
        raise MixwrightError(f"MIXWRIGHT_ISA is {wanted!r}; use portable or avx2, or leave it unset")
    try:
        if not wanted and importlib.util.find_spec("mixwright._native_portable") is None:
            wanted = "avx2"  # a developer's build of one module
        isa = wanted or ("avx2" if _has_avx2() else "portable")
        return importlib.import_module(f"mixwright._native_{isa}")
    except ModuleNotFoundError as error:
        raise MixwrightError("the native core is not built; run `make setup` or install the wheel") from error


native: Any = _load()
