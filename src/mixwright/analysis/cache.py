"""Analyses kept on disk, so that a song is listened to once.

One file per song under ``$XDG_CACHE_HOME/mixwright/analysis`` (or the system's own folder for caches), named
after what it depends on. It holds numbers only, is written whole or not at all, and the folder is bounded;
what cannot be read or written is as if it were not there. ``MIXWRIGHT_CACHE=off`` keeps nothing.
"""

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mixwright._core import native
from mixwright.analysis.beats import Beats
from mixwright.analysis.faults import Hum
from mixwright.analysis.pitch import Pitch
from mixwright.analysis.resonances import Resonance
from mixwright.analysis.sections import Section
from mixwright.analysis.shared_sound import SharedSound
from mixwright.analysis.song import SongAnalysis
from mixwright.analysis.track import TrackAnalysis

SWITCH = "MIXWRIGHT_CACHE"
MOST_BYTES = 512 << 20
"""About forty songs of sixteen tracks; the ones not used for longest go first."""

_SUFFIX = ".npz"
_KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (SongAnalysis, TrackAnalysis, Beats, Hum, Pitch, Resonance, Section, SharedSound)
}


def remembered(depends_on: object, measure: Callable[[], SongAnalysis]) -> SongAnalysis:
    """The kept analysis, or what `measure` returns, kept for the next time.

    Parameters
    ----------
    depends_on : value of strings, numbers, lists and dicts
        All that the result depends on besides the code: content hashes of the tracks, rate, related tracks.
    measure : callable
        Measures the song.
    """
    folder = cache_folder()
    if folder is None:
        return measure()
    path = folder / (_key(depends_on) + _SUFFIX)
    found = _load(path)
    if found is not None:
        return found
    analysis = measure()
    _store(path, analysis)
    return analysis


def cache_folder() -> Path | None:
    """Where analyses are kept; None when nothing is to be."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no", "false"):
        return None
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # as the XDG specification asks
        return given / "mixwright" / "analysis"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    system = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    return system.get(sys.platform, home / ".cache") / "mixwright" / "analysis"


def _key(depends_on: object) -> str:
    text = json.dumps([_code_version(), depends_on], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@cache
def _code_version() -> str:
    """Changes with the code that measures: a kept analysis is never older than its code."""
    digest = hashlib.sha256(np.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    core = Path(native.__file__)
    digest.update(f"{core.name} {core.stat().st_size} {core.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _load(path: Path) -> SongAnalysis | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            value = _decoded(json.loads(str(file["tree"])), file)
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return value if isinstance(value, SongAnalysis) else None


def _store(path: Path, analysis: SongAnalysis) -> None:
    arrays: list[np.ndarray] = []
    tree = json.dumps(_encoded(analysis, arrays))
    half_done = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            half_done = Path(file.name)
            np.savez(file, tree=np.array(tree), **{f"a{k}": array for k, array in enumerate(arrays)})  # type: ignore[arg-type]
        half_done.replace(path)
        _bound(path.parent)
    except OSError:  # a full disk or a folder that is not ours is no reason to stop
        if half_done is not None:
            with contextlib.suppress(OSError):
                half_done.unlink()


def _bound(folder: Path) -> None:
    """Removes what was used longest ago, until the folder is small enough."""
    files = [(file.stat(), file) for file in folder.iterdir() if file.is_file()]
    total = sum(stat.st_size for stat, _ in files)
    for stat, file in sorted(files, key=lambda entry: entry[0].st_mtime):
        if total <= MOST_BYTES:
            break
        with contextlib.suppress(OSError):
            file.unlink()
        total -= stat.st_size


def _encoded(value: Any, arrays: list[np.ndarray]) -> Any:
    """A tree of JSON values; arrays are named by their place in `arrays`."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": f"a{len(arrays) - 1}"}
    if is_dataclass(value):
        parts = {field.name: _encoded(getattr(value, field.name), arrays) for field in fields(value)}
        return {"kind": type(value).__name__, "fields": parts}
    if isinstance(value, dict):
        return {"dict": {key: _encoded(entry, arrays) for key, entry in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [_encoded(entry, arrays) for entry in value]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _decoded(tree: Any, arrays: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return arrays[tree["array"]]
    if "kind" in tree:
        return _KINDS[tree["kind"]](**{name: _decoded(part, arrays) for name, part in tree["fields"].items()})
    if "dict" in tree:
        return {key: _decoded(part, arrays) for key, part in tree["dict"].items()}
    return tuple(_decoded(part, arrays) for part in tree["tuple"])
