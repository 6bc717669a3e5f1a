"""The learned reader of names speaks where the rules are unsure, and is silent where it only guesses."""

import pytest

from mixwright.engineer.learned_names import read_names
from mixwright.engineer.roles import guess_roles
from mixwright.roles import Role


@pytest.mark.parametrize(
    "names",
    [
        ["01_default_preset", "02_bassdrum03_ogg"],
        ["01_drum_set", "02_electric_bass", "03_clean_electric_guitar", "04_male_singer"],
        ["echo_pad", "melody_pad", "intro_drums", "vox_lead"],
    ],
)
def test_names_from_elsewhere_are_left_to_the_rules(names):
    assert [found.role for found in read_names(names)] == [found.role for found in guess_roles(names)]


def test_a_preset_is_nothing_in_particular():
    assert read_names(["Default preset", "Kick"])[0].role is Role.OTHER
