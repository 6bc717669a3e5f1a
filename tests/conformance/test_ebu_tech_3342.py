"""EBU Tech 3342, table 1, by case number: loudness range within 1 LU. Cases 5 and 6 are programmes."""

import pytest
from conformance.signals import RATE, steps

from mixwright.analysis.loudness import measure_loudness

CASES = {
    1: ([-20, -30], 10),
    2: ([-20, -15], 5),
    3: ([-40, -20], 20),
    4: ([-50, -35, -20, -35, -50], 15),
}


@pytest.mark.parametrize("case", CASES)
def test_loudness_range(case):
    levels, expected = CASES[case]
    audio = steps([(level, 20) for level in levels])
    assert measure_loudness(audio, RATE).range_lu == pytest.approx(expected, abs=1)
