"""The peers' own environment, ``.venv-bench``: made on demand, never imported by the product."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
PACKAGES = ("pedalboard==0.9.26", "libsonare==1.9.1", "matchering==2.0.6", "numpy", "soundfile")
"""pedalboard and matchering are GPLv3, libsonare heavy; all only ever run beside us, as other processes."""


def python() -> Path | None:
    """The interpreter of the peers, or None (after a line that says why) where they cannot be installed."""
    interpreter = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / ".installed"
    wanted = "\n".join(PACKAGES)
    if stamp.is_file() and stamp.read_text() == wanted:
        return interpreter
    print(f"Installing {', '.join(PACKAGES)} into {ENVIRONMENT.name} ...", file=sys.stderr)
    try:
        _run(sys.executable, "-m", "venv", str(ENVIRONMENT))
        _run(str(interpreter), "-m", "pip", "install", "--quiet", *PACKAGES)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        last = reason.strip().splitlines()[-1] if reason.strip() else type(error).__name__
        print(f"Without peers, for they cannot be installed: {last}", file=sys.stderr)
        return None
    stamp.write_text(wanted)
    return interpreter


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
