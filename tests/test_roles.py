"""The vocabulary of roles."""

import pytest

from mixwright.errors import InputError
from mixwright.roles import Role, RoleGroup, parse_role, parse_role_option, roles_of


def test_every_role_has_a_group_and_a_plain_name():
    assert len(Role) == 25
    assert sorted(role for group in RoleGroup for role in roles_of(group)) == sorted(Role)
    assert Role.LEAD_VOCAL.title == "Lead vocal"
    assert Role.MALLET.group is RoleGroup.KEYS
    assert Role.HIHAT.group is RoleGroup.DRUMS


@pytest.mark.parametrize("role", Role)
def test_names_and_aliases_are_understood_in_any_writing(role):
    for name in (role.value, role.title, *role.aliases):
        for written in (name, name.upper(), f" {name.replace('_', ' ')} ", name.replace("_", "-")):
            assert parse_role(written) is role


def test_no_alias_stands_for_two_roles():
    aliases = [alias for role in Role for alias in (role.value, *role.aliases)]
    assert len(aliases) == len(set(aliases))


def test_unknown_role_names_the_nearest_and_lists_all():
    with pytest.raises(InputError, match=r"'snair' \(nearest: snare\); valid roles: lead_vocal, .*, other"):
        parse_role("snair")
    with pytest.raises(InputError, match="unknown role 'qqqq'; valid roles"):
        parse_role("qqqq")


def test_role_option():
    assert parse_role_option("take=3.wav=vox") == ("take=3.wav", Role.LEAD_VOCAL)
    for wrong in ("kick.wav", "kick.wav=", "=kick", ""):
        with pytest.raises(InputError, match="is not FILE=ROLE"):
            parse_role_option(wrong)
