"""The phrasings of `unseen.csv`: the share that does all it says and touches nothing else."""

from pathlib import Path

import pytest
from words.test_phrasings import faults, strangers

TABLE = Path(__file__).with_name("unseen.csv")
SHARE_RIGHT = 0.9

ROWS = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:] if line]


def wrong(text: str, expected: str) -> list[str]:
    """What is not as expected, and tracks that moved unasked; empty when the text is right."""
    others = strangers(text, expected)
    return faults(text, expected) + ([f"moves {sorted(others)}, too"] if others else [])


@pytest.mark.xfail(
    raises=AssertionError, strict=True, reason="25 of 60 were right when first tried, 35 since; 0.9 is wanted"
)
def test_the_share_of_unseen_phrasings_that_is_right():
    found = {text: why for text, expected in ROWS if (why := wrong(text, expected))}
    share = 1 - len(found) / len(ROWS)
    report = f"{share:.1%} of {len(ROWS)}\n" + "\n".join(f"{text}: {why}" for text, why in found.items())
    print(report)
    assert share >= SHARE_RIGHT, report
