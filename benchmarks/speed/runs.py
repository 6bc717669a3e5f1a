"""Starts the sides as processes and collects what they cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.speed.peers import ROOT


@dataclass(frozen=True)
class Side:
    """A system under test: who it is called, and the command that starts its process."""

    name: str
    command: tuple[str, ...]


@dataclass
class Result:
    """Cost of a side over all rounds."""

    name: str
    version: str = ""
    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    error: str = ""


class Worker:
    """A side that stays alive between rounds; see `worker.serve`."""

    def __init__(self, side: Side) -> None:
        self.result = Result(side.name)
        self._process = subprocess.Popen(
            side.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        first = self._answer()
        self.result.version = str(first.get("version", side.name))

    def run(self) -> None:
        """One round."""
        if self.result.error:
            return
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        cost = self._answer()
        if cost:
            self.result.cpu_s.append(cost["cpu_s"])
            self.result.wall_s.append(cost["wall_s"])

    def close(self) -> None:
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return dict(json.loads(line))
        assert self._process.stderr is not None
        lines = self._process.stderr.read().strip().splitlines()
        self.result.error = lines[-1] if lines else "ended without a word"
        return {}


def interleaved(sides: Sequence[Side], rounds: int) -> list[Result]:
    """Every side once per round, so that a noisy machine is equally noisy to all."""
    workers = [Worker(side) for side in sides]
    try:
        for _ in range(rounds):
            for worker in workers:
                worker.run()
    finally:
        for worker in workers:
            worker.close()
    return [worker.result for worker in workers]


def processes(sides: Sequence[tuple[Side, int]]) -> list[Result]:
    """A fresh process per round, so many of each side; CPU time and memory of the whole process.

    Peak memory is the largest resident set of the process and of those it started and waited for.
    """
    results = {side.name: Result(side.name, side.name) for side, _ in sides}
    for turn in range(max(count for _, count in sides)):
        for side, count in sides:
            result = results[side.name]
            if turn < count and not result.error:
                _run_once(side, result)
    return list(results.values())


def _run_once(side: Side, result: Result) -> None:
    start = time.perf_counter()
    process = subprocess.Popen(
        side.command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        lines = said.strip().splitlines()
        result.error = lines[-1] if lines else f"exit code {process.returncode}"
        return
    result.cpu_s.append(usage.ru_utime + usage.ru_stime)
    result.wall_s.append(time.perf_counter() - start)
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    result.peak_mb.append(kilobytes * 1024 / 1e6)


def environment() -> dict[str, str]:
    """One numerical thread per process where libraries would start their own."""
    return dict(os.environ) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def module(name: str, *arguments: object, python: Path | str = sys.executable) -> tuple[str, ...]:
    """The command that runs a module of this package."""
    return (str(python), "-m", f"benchmarks.speed.{name}", *map(str, arguments))
