"""Damaged files are read or refused; none crashes, hangs, or brings another error."""

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from audio.signals import AV_SAMPLES, SAMPLES, music, write_sample

MUTANTS = int(os.environ.get("MIXWRIGHT_FUZZ", "40"))
"""Per format; set the variable to dig deeper."""
PATIENCE_S = 60


def mutants(data: bytes, count: int, seed: int) -> list[bytes]:
    """Damages, most of them in the header: bytes, bits, sizes, cuts, swaps, stretches of rubbish."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        raw = bytearray(data)
        span = min(len(raw), 128 if number % 4 else len(raw))
        match number % 8:
            case 0 | 1:
                for at in rng.integers(0, span, rng.integers(1, 4)):
                    raw[at] = rng.integers(256)
            case 2:
                raw[rng.integers(span)] ^= 1 << int(rng.integers(8))
            case 3:
                at = int(rng.integers(span - 4))
                raw[at : at + 4] = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x80"][
                    rng.integers(4)
                ]
            case 4:
                raw = raw[: rng.integers(1, len(raw))]
            case 5:
                at = int(rng.integers(span - 8))
                raw[at : at + 4], raw[at + 4 : at + 8] = raw[at + 4 : at + 8], raw[at : at + 4]
            case 6:
                at = int(rng.integers(len(raw)))
                raw[at : at + 64] = rng.bytes(64)
            case 7:
                at = int(rng.integers(span))
                del raw[at : at + int(rng.integers(1, 16))]
        made.append(bytes(raw))
    return made


class Worker:
    """A process that checks files one after the other, started anew after each crash."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def check(self, path: Path) -> str:
        if self.process is None:
            script = Path(__file__).with_name("fuzz_worker.py")
            pipe = subprocess.PIPE
            self.process = subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, text=True)
        answers: queue.Queue[str] = queue.Queue()
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        threading.Thread(target=lambda out: answers.put(out.readline()), args=(self.process.stdout,)).start()
        try:
            answer = answers.get(timeout=PATIENCE_S).strip()
        except queue.Empty:
            self.stop()
            return "bug: hangs"
        if not answer:
            code = self.process.wait()
            self.stop()
            return f"bug: crashed with {code}"
        return answer

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture(scope="module")
def worker():
    made = Worker()
    yield made
    made.stop()


@pytest.mark.parametrize("name", [*SAMPLES, *AV_SAMPLES])
def test_damaged_files_are_read_or_refused(name, worker, tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("MIXWRIGHT_SCRATCH", str(tmp_path / "scratch"))
    worker.stop()
    sample = write_sample(tmp_path, name, music(9_000, 2))
    assert worker.check(sample) == "ok"
    seed = sum(name.encode())
    for number, data in enumerate(mutants(sample.read_bytes(), MUTANTS, seed)):
        path = tmp_path / f"mutant_{number}_{name}"
        path.write_bytes(data)
        answer = worker.check(path)
        assert answer in ("ok", "refused"), f"{path}: {answer}"
        path.unlink()
    assert os.listdir(tmp_path / "scratch") == []
