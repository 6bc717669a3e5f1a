"""Fixtures shared by all tests."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

DATA_ENV = "MIXWRIGHT_TEST_DATA"


def pytest_configure() -> None:
    """Programs started by tests keep no caches; they can be interrupted, also in the background."""
    os.environ.setdefault("MIXWRIGHT_CACHE", "off")  # tests measure, and leave the user's folders alone
    os.environ.setdefault("MIXWRIGHT_TASTE", "off")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Folder of real test data by name; the test is skipped where it is absent."""
    root = Path(os.environ.get(DATA_ENV, Path(__file__).parents[2] / "shared" / "data"))

    def folder(name: str) -> Path:
        path = root / name
        if not path.is_dir():
            pytest.skip(f"real test data {name!r} is not here (set {DATA_ENV} to the folder that holds it)")
        return path

    return folder
