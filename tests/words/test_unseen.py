"""The phrasings of `unseen.csv` and `more.csv`: the share that does all it says and touches nothing else."""

from pathlib import Path

import pytest
from words.test_phrasings import faults, strangers

HERE = Path(__file__).parent
SHARE_RIGHT = 0.9


def rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("|") for line in lines if line]


def wrong(text: str, expected: str) -> list[str]:
    """What is not as expected, and tracks that moved unasked; empty when the text is right."""
    others = strangers(text, expected)
    return faults(text, expected) + ([f"moves {sorted(others)}, too"] if others else [])


@pytest.mark.parametrize("name", ["unseen.csv", "more.csv"])
def test_the_share_of_phrasings_that_is_right(name):
    table = rows(name)
    found = {text: why for text, expected in table if (why := wrong(text, expected))}
    share = 1 - len(found) / len(table)
    report = f"{share:.1%} of {len(table)}\n" + "\n".join(f"{text}: {why}" for text, why in found.items())
    assert share >= SHARE_RIGHT, report
