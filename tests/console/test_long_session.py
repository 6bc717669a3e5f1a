"""An hour of music: memory depends on block and latency, not on length."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GROWTH_MB = 20.0


@pytest.mark.slow
def test_memory_stays_flat_over_an_hour():
    pytest.importorskip("resource", reason="memory is measured the POSIX way")
    script = Path(__file__).with_name("long_session.py")
    finished = subprocess.run([sys.executable, script, "60"], capture_output=True, text=True, check=True)
    told = json.loads(finished.stdout)
    assert told["minutes"] == pytest.approx(60, abs=0.5)
    assert -40 < told["loudness_lufs"] < 0
    assert told["early_mb"] > 0
    assert told["end_mb"] - told["early_mb"] < GROWTH_MB
