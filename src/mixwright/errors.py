"""Errors that speak to the user."""


class MixwrightError(Exception):
    """Something went wrong; the message is one line a user can act on. Exit code 1."""

    exit_code = 1


class InputError(MixwrightError):
    """The user's input cannot be used: the message names file, value and remedy. Exit code 2."""

    exit_code = 2
