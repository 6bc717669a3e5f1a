"""Roles from names, two voices together: the rules of `roles`, and a model learned from labelled names.

The rules know words and how they go together; the model has seen what labelled names of many songs meant,
and sees the rules' guesses for the whole song. Their odds are multiplied; where its weights are missing, the
rules speak alone. Which voice leads is left to the rules: on songs left out, the model knew it no better.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mixwright.engineer.name_tokens import Token, tokenize
from mixwright.engineer.roles import RoleGuess, guess_roles
from mixwright.models.file_names import ROLES, NameModel, load_name_model
from mixwright.models.linear import ModelError
from mixwright.roles import Role, RoleGroup

__all__ = ["NameVotes", "missing_weights", "name_properties", "read_names", "vote"]

AUDIO_SUFFIX = re.compile(r"\.(wave?|aiff?|flac|mp3|ogg|m4a)$", re.IGNORECASE)
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
TRACK_NUMBER = re.compile(r"^(\S*#\S*|\d)\s+(?=\S)")
LENGTHS = (2, 3, 4, 5, 6)

RULES_WEIGHT = 0.25
"""How much the rules' odds count beside the model's; chosen on songs left out in training."""

LEAST_SURE = 0.5
SURE_RULES = 0.6
LEAST_AGAINST_SURE_RULES = 0.75
"""How sure both together must be of another role than the rules found, and where these are sure themselves.

Names from elsewhere than its songs (presets of a synthesiser, a kit on one track) were read wrong with up to
0.67 of sureness; on songs left out the bounds cost 0.05 % of the roles."""

_NEUTRAL = """audio track trk take recording recorded record rec untitled unnamed channel chan ch file wav
    stem bounce clip region input line mono stereo new copy edit"""
NEUTRAL = frozenset(_NEUTRAL.split())
"""Words a recorder gives: where a name has no others, the names beside it would only make a guess of it."""


@dataclass(frozen=True)
class NameVotes:
    """What the rules say of a name, what was learned says, and both together."""

    rules: RoleGuess
    learned: Role | None
    learned_confidence: float
    fused: RoleGuess

    @property
    def by_reader(self) -> dict[str, str]:
        """Role by reader, for people to see."""
        return {"rules": str(self.rules.role)} | ({"learned": str(self.learned)} if self.learned else {})


def missing_weights() -> str | None:
    """Why names are read by rules alone; None where both readers work."""
    try:
        load_name_model()
    except ModelError as error:
        return f"{error}; names are read by rules alone"
    return None


def read_names(names: Sequence[str]) -> list[RoleGuess]:
    """The role of every track of one song from all names; see `roles.guess_roles`."""
    return [votes.fused for votes in vote(names)]


def vote(names: Sequence[str], model: NameModel | None = None) -> list[NameVotes]:
    """Both readings of every name of one song, and what they come to.

    Parameters
    ----------
    names : sequence of str
        Names of all tracks of one song.
    model : NameModel, optional
        Instead of the one that ships.
    """
    guesses = guess_roles(names)
    if model is None:
        try:
            model = load_name_model()
        except ModelError:
            return [NameVotes(guess, None, 0.0, guess) for guess in guesses]
    scores = model.scores(name_properties(names, guesses))
    learned = _shares(scores)
    odds = np.clip([guess.confidence for guess in guesses], 0.2, 0.98)
    for row, guess, sure in zip(scores, guesses, odds, strict=True):
        row[ROLES.index(guess.role)] += RULES_WEIGHT * np.log(sure / (1 - sure))
    fused = _shares(scores)
    return [
        NameVotes(guess, ROLES[int(own.argmax())], float(own.max()), _fused(name, guess, both, model))
        for name, guess, own, both in zip(names, guesses, learned, fused, strict=True)
    ]


def _shares(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) if scores.size else scores
    return np.asarray(powers / powers.sum(axis=1, keepdims=True)) if scores.size else powers


def _fused(name: str, guess: RoleGuess, both: np.ndarray, model: NameModel) -> RoleGuess:
    role = ROLES[int(both.argmax())]
    both_sing = role.group is RoleGroup.VOCALS and guess.role.group is RoleGroup.VOCALS
    is_neutral = guess.role is Role.OTHER and _is_neutral(name)
    sure = float(both.max())
    is_weak = sure < (LEAST_AGAINST_SURE_RULES if guess.confidence >= SURE_RULES else LEAST_SURE)
    # what no learned name was called, such as a pad, is nothing the model could confirm
    is_unknown = guess.role not in {Role.OTHER, *model.card.get("roles", ROLES)}
    if role is guess.role or guess.is_mix or is_unknown or both_sing or is_neutral or is_weak:
        return guess
    reason = f"{guess.reason}, but names like it are mostly {role.title.lower()} tracks"
    return replace(guess, role=role, confidence=round(min(sure, 0.97), 3), reason=reason)


def _is_neutral(name: str) -> bool:
    return all(token.is_number or len(token.text) == 1 or token.text in NEUTRAL for token in tokenize(name))


def name_properties(names: Sequence[str], guesses: Sequence[RoleGuess]) -> list[dict[str, float]]:
    """What the model is told of each name, with a value each.

    Pieces of the name and its words, the rules' guess and how sure it is, and what they guess of the other
    names of the song.
    """
    words = [[token for token in tokenize(name) if not token.is_number] for name in names]
    counts = Counter(guess.role for guess in guesses)
    out = []
    for at, (name, guess) in enumerate(zip(names, guesses, strict=True)):
        found = _pieces(name) | _words(words[at]) | _rules(guess)
        role, group = str(guess.role), str(guess.role.group)
        found[f"n:{role}:{min(counts[guess.role], 6)}"] = 1.0
        for other in counts:
            found[f"sib:{other}"] = 0.3
            found[f"rs:{group}:{other}"] = 0.5
        out.append(found)
    return out


def _pieces(name: str) -> dict[str, float]:
    text = AUDIO_SUFFIX.sub("", name)
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Za-z])(\d)", r"\1 \2", text)
    text = re.sub(r"(\d)([A-Za-z])", r"\1 \2", text)
    text = NOT_A_WORD.sub(" ", text.lower()).strip()[:200]
    text = re.sub(r"\d+", _number, text)
    text = f" {TRACK_NUMBER.sub('', text)} "
    pieces = {text[at : at + n] for n in LENGTHS for at in range(len(text) - n + 1)}
    return {f"c:{piece}": 3.0 / np.sqrt(len(pieces)) for piece in pieces}


def _number(match: re.Match[str]) -> str:
    """Small numbers tell voices apart; large ones only that there is one."""
    digits = match.group()
    if len(digits) > 2:
        return "#"
    return str(int(digits)) if int(digits) < 10 else "##"


def _words(tokens: Sequence[Token]) -> dict[str, float]:
    texts = [token.text for token in tokens]
    found = {f"w:{text}": 1.0 for text in texts}
    found |= {f"b:{a} {b}": 1.0 for a, b in pairwise(texts)}
    return found | ({f"first:{texts[0]}": 1.0, f"last:{texts[-1]}": 1.0} if texts else {})


def _rules(guess: RoleGuess) -> dict[str, float]:
    found = {f"rule:{guess.role}": 2 * guess.confidence + 0.5}
    found[f"rulec:{guess.role}:{int(guess.confidence * 5)}"] = 1.0
    if guess.is_double:
        found[f"dbl:{guess.role}"] = 1.0
    if guess.mic:
        found[f"mic:{guess.role}:{guess.mic}"] = 1.0
    return found
