"""How platforms take a master: gains, peaks, tolerance."""

import pytest

from mixwright.errors import InputError
from mixwright.metrics import delivery

BY_NAME = {platform.name: platform for platform in delivery.PLATFORMS}


@pytest.mark.parametrize(
    ("platform", "lufs", "peak", "gain", "fits"),
    [
        ("YouTube", -10, -1, -4, True),
        ("YouTube", -18, -1, 0, True),  # never turns up
        ("Spotify", -10, -1, -4, False),  # louder than -14: -2 dBTP is asked for
        ("Spotify", -14, -1, 0, True),
        ("Spotify", -20, -4, 3, True),  # as far as the peak leaves room
        ("Apple Music", -20, -9, 4, True),
        ("EBU R 128", -23.9, -3, 0.9, True),
        ("EBU R 128", -14, -3, -9, False),
        ("Amazon", -14, -1.5, 0, False),
    ],
)
def test_gain_and_verdict(platform, lufs, peak, gain, fits):
    found = delivery.check(BY_NAME[platform], lufs, peak)
    assert found.gain_db == pytest.approx(gain)
    assert found.fits is fits


@pytest.mark.parametrize("lufs", [-6.0, -14.0, -30.0])
def test_nothing_is_turned_up_beyond_its_peak_or_played_too_loud(lufs):
    for platform in delivery.PLATFORMS:
        found = delivery.check(platform, lufs, -1.0)
        if platform.tolerance_lu is None:
            assert found.plays_at_lufs <= platform.loudness_lufs + 1e-9
            assert found.gain_db <= max(platform.peak_dbtp + 1.0, 0) + 1e-9


def test_silence_cannot_be_delivered():
    with pytest.raises(InputError, match="bring it up"):
        delivery.evaluate(-200, -200)
