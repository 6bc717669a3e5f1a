"""The portable and the AVX2 build give the same dynamics to within 1e-6."""

import importlib

import numpy as np
import pytest
from dsp.laws import bursts

from mixwright.dsp.compressor import Compressor
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.gate import Gate
from mixwright.dsp.saturation import Saturation
from mixwright.dsp.soft_clip import SoftClip

CASES = [
    Compressor(threshold_db=-30, ratio=4),
    Compressor(threshold_db=-30, ratio=4, detector="rms", key_highpass_hz=100, key_lowpass_hz=8000),
    Gate(threshold_db=-20, range_db=30, hold_ms=1),
    DynamicEq(range_db=-9, threshold_db=-40),
    DynamicEq(range_db=6, threshold_db=-40, kind="high_shelf"),
    Saturation(drive_db=12, kind="tape"),
    Saturation(drive_db=12, kind="tube"),
    SoftClip(on=True, threshold_db=-12),
]


def output_of(build: str, values) -> np.ndarray:
    name = f"mixwright._native_{build}"
    if not importlib.util.find_spec(name):
        pytest.skip(f"{name} is not built")
    module = importlib.import_module(name)
    if build == "avx2" and not module.cpu_has_avx2():
        pytest.skip("this processor has no AVX2")
    one = getattr(module, type(values).__name__)(48000)
    one.set(values.flat())
    return one.process(bursts(20000))


@pytest.mark.parametrize("values", CASES, ids=lambda v: type(v).__name__)
def test_builds_agree(values):
    np.testing.assert_allclose(output_of("avx2", values), output_of("portable", values), atol=1e-6)
