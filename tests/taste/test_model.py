"""The simulated users of `users.toml`: the model learns what they want, and nothing they do not."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from mixwright.taste.model import Choice, learned, offsets, step_of

DATA = tomllib.loads((Path(__file__).parent / "users.toml").read_text(encoding="utf-8"))
USERS, REQUIRED = DATA["users"], DATA["requirements"]
ROLES = ("lead_vocal", "backing_vocal", "kick", "snare", "overheads", "bass", "electric_guitar", "piano")
DIMENSIONS = (
    *(f"level.{role}" for role in ROLES),
    *(f"tone.{role}" for role in ("lead_vocal", "bass", "electric_guitar")),
    "reverb.mix",
    "width.mix",
    "width.electric_guitar",
    "compression.drums",
)
GENRES = ("rock", "pop")


def wants(user: dict, genre: str) -> dict[str, float]:
    return user["wants"] if user.get("genre", genre) == genre else {}


def lived_with(user: dict, songs: int, seed: int) -> list[Choice]:
    """What a user chose in some songs, each beginning with what was learned before."""
    random = np.random.default_rng(seed)
    choices: list[Choice] = []
    for song in range(songs):
        genre = user.get("genre") or GENRES[song % 2]
        given = offsets(learned(choices, genre))
        for dimension in DIMENSIONS:
            first = given.get(dimension, 0.0)
            wanted = wants(user, genre).get(dimension)
            error = random.normal(0, user["spread"] if wanted is not None else _own(user, dimension))
            if wanted is not None:
                choices.append(Choice(str(song), genre, dimension, wanted + error, first=first))
            elif random.random() < user["touches"]:
                choices.append(Choice(str(song), genre, dimension, first + error, first=first))
            else:
                choices.append(Choice(str(song), genre, dimension, first, touched=False, first=first))
    return choices


def _own(user: dict, dimension: str) -> float:
    """The error of a value without a preference, in its own unit."""
    wide = any(name.startswith("width") for name in user["wants"])
    unit = 0.1 if wide else 1.0
    return user["spread"] / unit * step_of(dimension)


def left(user: dict, choices: list[Choice]) -> float:
    """Distance from first pass to choice on new songs, against that without anything learned."""
    genre = user.get("genre", "rock")
    given = offsets(learned(choices, genre))
    wanted = wants(user, genre)
    now = [(wanted[d] - given.get(d, 0.0)) / step_of(d) for d in wanted]
    before = [wanted[d] / step_of(d) for d in wanted]
    return float(np.sqrt(np.mean(np.square(now)) / np.mean(np.square(before))))


def drift(user: dict, choices: list[Choice]) -> float:
    """The largest offset, in steps of 1 dB, of a value nobody wants moved."""
    found = [0.0]
    for genre in GENRES:
        given = offsets(learned(choices, genre))
        found += [abs(far) / step_of(d) for d, far in given.items() if d not in wants(user, genre)]
    return max(found)


SEEDS = range(6)


@pytest.mark.parametrize("name", [name for name, user in USERS.items() if user["wants"]])
def test_the_first_pass_comes_nearer_to_what_a_user_wants(name):
    user = USERS[name]
    for songs, required in ((5, REQUIRED["left_after_5"]), (20, REQUIRED["left_after_20"])):
        found = [left(user, lived_with(user, songs, seed)) for seed in SEEDS]
        assert np.mean(found) <= required, (songs, np.round(found, 2))


@pytest.mark.parametrize("name", [name for name, user in USERS.items() if not user["wants"]])
@pytest.mark.parametrize("songs", [5, 20])
def test_a_user_without_preferences_drifts_nowhere(name, songs):
    found = [drift(USERS[name], lived_with(USERS[name], songs, seed)) for seed in SEEDS]
    assert max(found) < REQUIRED["most_drift_db"], np.round(found, 2)


def test_nothing_known_is_nothing_moved():
    assert learned([]) == {}


def test_a_genre_keeps_its_own_preference():
    choices = [Choice(str(k), "rock", "level.electric_guitar", 2.5) for k in range(8)]
    choices += [Choice(f"p{k}", "pop", "level.electric_guitar", 0.0, touched=False) for k in range(8)]
    assert learned(choices, "rock")["level.electric_guitar"].offset > 2.0
    assert abs(learned(choices, "pop")["level.electric_guitar"].offset) < 0.3


def test_more_evidence_moves_further_and_never_past_the_choice():
    found = [
        learned([Choice(str(k), "pop", "tone.bass", 3.0) for k in range(songs)])["tone.bass"].offset
        for songs in range(1, 12)
    ]
    assert found == sorted(found)
    assert found[-1] < 3.0


def test_both_directions_are_learned_alike():
    up = learned([Choice(str(k), "pop", "tone.bass", 1.0 + 0.1 * k) for k in range(6)])["tone.bass"]
    down = learned([Choice(str(k), "pop", "tone.bass", -1.0 - 0.1 * k) for k in range(6)])["tone.bass"]
    assert up.offset == pytest.approx(-down.offset)
