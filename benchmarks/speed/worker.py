"""A worker process: prepares once, then renders on request and tells what it cost.

It reads lines from stdin and answers each with a line of JSON, so that rounds of several systems interleave.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Render = Callable[[], np.ndarray]


def cpu_seconds() -> float:
    """CPU time of this process, its threads and its finished children, user and system."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def measure(render: Render) -> dict[str, float]:
    """Renders once; cost, and level of the result as a sign of life."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    out = render()
    cost = {"cpu_s": cpu_seconds() - cpu, "wall_s": time.perf_counter() - wall}
    peak = float(np.abs(out).max())
    rms = float(np.sqrt(np.mean(np.square(out, dtype=np.float32))))
    if not (np.isfinite(peak) and rms > 1e-4):
        raise RuntimeError(f"the result is not sound: peak {peak}, rms {rms}")
    return cost | {"peak": peak, "rms": rms, "seconds": out.shape[1] / 48000}


def serve(version: str, render: Render) -> None:
    """Answers `run` lines until the input ends."""
    answer({"version": version})
    for line in sys.stdin:
        if line.strip() == "run":
            answer(measure(render))


def answer(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)
