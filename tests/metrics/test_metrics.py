"""What holds for all families: itself as reference is 0, level does not count, sides may be swapped."""

import numpy as np
import pytest

from mixwright import metrics
from mixwright.errors import InputError
from mixwright.metrics import Sound

from .signals import RATE, noise, song, sound

ABSOLUTE = ("_lufs", "_dbtp", "mean_audibility", "least_audibility")


@pytest.fixture(scope="module")
def mix():
    return song()


@pytest.fixture(scope="module")
def numbers(mix):
    return metrics.evaluate(mix, RATE, reference=mix, tracks={"a": mix})


def test_itself_as_reference_is_without_error(numbers):
    compared = [name for name in numbers if "difference" in name or "error" in name]
    compared += [name for name in numbers if name.startswith("similarity.")]
    assert len(compared) > 18
    for name in compared:
        assert numbers[name] == pytest.approx(0, abs=1e-9), name


def test_all_numbers_are_finite_and_in_the_same_order(mix, numbers):
    assert all(np.isfinite(value) for value in numbers.values())
    again = metrics.evaluate(0.3 * mix, RATE, reference=mix, tracks={"a": mix})
    assert list(again) == list(numbers)


def test_level_moves_only_levels(mix, numbers):
    quieter = metrics.evaluate(mix * np.float32(0.25), RATE, reference=mix, tracks={"a": mix})
    for name, value in quieter.items():
        if name.endswith(("_lufs", "_dbtp")):
            assert value == pytest.approx(numbers[name] + 20 * np.log10(0.25), abs=0.01), name
        else:
            assert value == pytest.approx(numbers[name], abs=2e-3), name


def test_swapped_sides_change_signs_alone(mix, numbers):
    swapped = metrics.evaluate(mix[::-1], RATE)
    for name, value in swapped.items():
        sign = -1 if "left_right" in name else 1
        assert value == pytest.approx(sign * numbers[name], abs=1e-5), name


def test_longer_reference_is_cut(mix):
    half = mix[:, : mix.shape[1] // 2]
    found = metrics.evaluate(half, RATE, reference=mix)
    assert found["similarity.feature_loss"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        (np.zeros((2, RATE), np.float32), "silent"),
        (np.full((2, RATE), np.nan, np.float32), "NaN"),
        (noise(1, channels=3), "1 or 2 channels"),
        (noise(0.1), "too short"),
    ],
)
def test_what_cannot_be_judged_is_refused(audio, says):
    with pytest.raises(InputError, match=says):
        metrics.evaluate(audio, RATE)


def test_other_rates_are_refused(mix):
    with pytest.raises(InputError, match="44100 Hz"):
        metrics.similarity.evaluate(sound(mix), Sound(mix, 44100))
