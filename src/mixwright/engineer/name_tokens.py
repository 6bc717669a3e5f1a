"""From a track's file name to words: the tokenizer behind `mixwright.engineer.roles`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from mixwright.engineer.role_words import FILLERS, LEXICON, PIECES, plain

__all__ = ["Token", "tokenize"]

AUDIO_SUFFIX = re.compile(
    r"\.(wave?|bwf|rf64|w64|aiff?|aifc|flac|ogg|oga|opus|mp[234]|m4a|aac|alac|caf|wma|wv|ds|mid|sd2|stem)$",
    re.I,
)
# microphones and outboard whose names would read as words, sides or numbers ("R121", "C414", "D6", "AR-51")
GEAR = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:telefunken|neumann|shure|sennheiser|royer|audix|akg|beyer(?:\s?dynamic)?|coles|schoeps|dpa|rode
        |audio.?technica|neve|api|ssl|chandler|germanium|langevin|avalon|hardey|daking|vintech|grace|manley
        |universal\ audio|uad|presonus|tube.?tech|shadow.?hills?|millenia|toft|purple|copperhead|distressor
        |elam|ela[\s-]?m|proto(?:type)?)
        (?:[\s-]?(?:m?\d{1,4})[a-z]{0,4})?
      |beta[\s-]?\d+a?|sm[\s-]?\d{1,2}[ab]?
      |(?:km|tlm|ksm|ak|ar|cu|tf|nt|re|md|la|at|ck|ev|ml|mkh|cmc)[\s-]?\d{1,4}[a-z]{0,4}
      |[ucdemrkbt]\d{2,4}[a-z]{0,3}|[cd]12[a-z]{0,2}|d6|i5|cl?1b|ns[\s-]?10
      |(?:47|57|58|67|87|414|421|451|4038|1073|1176|1608|33102|609|906)
    )(?![A-Za-z0-9])""",
    re.IGNORECASE | re.VERBOSE,
)
SHORT_NAMES = {"oh", "hh", "bg", "bv", "sn", "sd", "bd", "kd"}  # two letters that name a source by themselves
WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
CAMEL = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\WA-Za-z\d_]+")
LONG_DRAWN = re.compile(r"(.)\1{2,}")
# what recorders append: "Vox.03_02", "KickIn COMP_01.1", "Gtr.dup1.08_02", "Bass (Stereo)"
RECORDER_TAIL = re.compile(
    r"""[ _](?:COMP|CONS|bip)(?:[._]\d{1,2})*(?=$|\.[LR]$)
      |(?:_\d{1,2})?\.\d{1,2}(?:[._]\d{1,2})*(?=$|\.[LR]$)
      |\s*\((?:stereo|mono)\)$""",
    re.IGNORECASE | re.VERBOSE,
)


class Token(NamedTuple):
    """One word or number of a name."""

    text: str  # as looked up: lower case, no accents
    is_number: bool = False
    glued: bool = False  # directly after the token before it: "Tom1", not "Tom 1"
    field: int = 0  # part of the name, counted over " - " and "-"


def tokenize(name: str) -> list[Token]:
    """Words and numbers of a file name, in order, in the spelling of the lexicon.

    Folders, the audio suffix, a leading track number, recorder tails and microphone models are dropped.
    """
    stem = re.split(r"[\\/]", name.strip())[-1]
    while (shorter := AUDIO_SUFFIX.sub("", stem)) != stem and shorter:
        stem = shorter
    stem = RECORDER_TAIL.sub("", stem) or stem
    if not stem.isascii():
        stem = _without_accents(stem)
    tokens: list[Token] = []
    fields = [field for field in re.split(r"\s+-\s*|-", stem) if field.strip()]
    if sum(len(field) for field in fields) > 200:
        fields = [field[:200] for field in fields[:4]]  # no name a person gave; keep the time bounded
    for number, field in enumerate(fields):
        text = GEAR.sub(" ", field.replace("_", " ")) if number or GEAR.fullmatch(field) is None else field
        end = -1
        for match in WORD_OR_NUMBER.finditer(text):
            glued = match.start() == end
            end = match.end()
            if match.group()[0].isdigit():
                tokens.append(Token(match.group(), True, glued, number))
            else:
                for position, word in enumerate(_words(match.group())):
                    tokens.append(Token(word, False, glued or position > 0, number))
    return _without_track_number(tokens)


def _without_accents(text: str) -> str:
    return "".join(plain(c).upper() if c.isupper() else plain(c) for c in text)


def _without_track_number(tokens: list[Token]) -> list[Token]:
    first = 0
    while first < len(tokens) - 1 and tokens[first].is_number and not _means_something(tokens, first):
        first += 1
    rest = tokens[first:]
    return rest if any(not token.is_number for token in rest) else tokens


def _means_something(tokens: list[Token], index: int) -> bool:
    """Whether a leading number belongs to the name: "12 string", "808", "2nd violin"."""
    number, following = tokens[index], tokens[index + 1]
    if following.text == "strings":
        return False  # "12_Strings" is the twelfth track
    if (number.text, following.text) in LEXICON or (number.text,) in LEXICON:
        return True
    return following.glued and following.text in ("nd", "st", "rd", "th", "x", "mix")


@lru_cache(maxsize=8192)
def _words(run: str) -> tuple[str, ...]:
    """Words in a run of letters: "LeadVox" by its capitals, "leadvox" by the lexicon."""
    whole = run.lower()
    if (whole,) in LEXICON or whole in FILLERS or len(run) <= 2:
        return (whole,)
    parts = CAMEL.findall(run)
    if len(parts) > 1 and all(part.isascii() for part in parts):
        known = sum(len(part) for part in parts if (part.lower(),) in LEXICON or part.lower() in FILLERS)
        split = _split(whole)
        if split is not None and known < len(whole) - 2 and sum(map(len, split)) > known:
            return split
        return tuple(word for part in parts for word in _words(part)) if known or split is None else split
    shorter = LONG_DRAWN.sub(r"\1\1", whole)  # "Ahhhhh"
    return _split(whole) or _with_known_end(whole) or (_words(shorter) if shorter != whole else (whole,))


def _split(run: str) -> tuple[str, ...] | None:
    """The fewest known words that make up the whole run, or None."""
    if not 3 <= len(run) <= 32 or not run.isascii():
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 14), end):
            before = best[start]
            if before is None or not _may_be_piece(run[start:end], start == 0, end == len(run)):
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = (*before, run[start:end])
    words = best[-1]
    if not words or len(words) > 4:
        return None
    return words if max(map(len, words)) >= 3 or words[0] in SHORT_NAMES else None


def _may_be_piece(word: str, first: bool, last: bool) -> bool:
    if len(word) == 1:
        return (first and word in "ae") or (last and word in "lr")
    if len(word) == 2:
        return word in PIECES
    return (word,) in LEXICON or word in FILLERS


def _with_known_end(run: str) -> tuple[str, ...] | None:
    """ "studiogitarre" ends with a word that is known, "trompetenstimme" begins with one."""
    for length in range(len(run) - 1, 4, -1):
        if (run[-length:],) in LEXICON:
            return (run[:-length], run[-length:])
        if (run[:length],) in LEXICON:
            return (run[:length], run[length:])
    return None
