"""From a text to parts and words: short forms, spelled amounts and frequencies written out."""

import math
import re
from collections.abc import Callable, Iterator, Mapping

_COUNTS = {
    "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "a few": 3, "few": 3, "an": 1, "a": 1,
    "another": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
_DIGITS = r"\d+(?:\.\d+)?"
_COUNT = rf"({'|'.join(_COUNTS)}|{_DIGITS})"
_NUMBER = rf"[+-]?{_DIGITS}"


def _value(text: str) -> float:
    return float(_COUNTS[text]) if text in _COUNTS else float(text)


def _mean(match: re.Match[str]) -> str:
    return f"{(float(match[1]) + float(match[2])) / 2:g}db"


def _hertz(match: re.Match[str]) -> str:
    return f"{float(match[1]) * (1 if match[2] == 'hz' else 1000):g}hz"


def _middle(match: re.Match[str]) -> str:
    unit = 1 if match[3] == "hz" else 1000
    return f"{math.sqrt(float(match[1]) * float(match[2])) * unit:g}hz"


_Rewrite = str | Callable[[re.Match[str]], str]
_REWRITES: tuple[tuple[str, _Rewrite], ...] = (
    (r"(\d),(?=\d)", r"\1."),
    (r"\b(?:decibels?|dbs|d bs?)\b", "db"),
    (r"\b(?:kilohertz|kilo hertz|khz)\b", "k"),
    (r"\b(?:hertz|cycles)\b", "hz"),
    (r"(\d) ?(db|k|hz|lufs|lu|%)(?!\w)", r"\1\2"),
    (r"\b1/2(?= a? ?db)", "half"),
    (rf"\b{_COUNT} point {_COUNT}\b", lambda m: f"{_value(m[1]):g}.{_value(m[2]):g}"),
    (r"(?<!\w)([+-]) +(?=\d)", r"\1"),
    (r"\bminus (?=\d|a |an |one |two |three |half)", "-"),
    (r"\bplus (?=\d)", "+"),
    (rf"(?<![\w.])({_DIGITS})(?:db)? ?(?:-|\u2013|to|or) ?({_DIGITS}) ?db\b", _mean),
    (r"\b(?:one|a) (?:or|to) two db\b", "1.5db"),
    (rf"({_DIGITS})(?:k|hz)? ?(?:-|\u2013|to|and) ?({_DIGITS})(hz|k)\b", _middle),
    (rf"({_DIGITS})(hz|k)(?!\w)", _hertz),
    (rf"\b{_COUNT} ?db and a half\b", lambda m: f"{_value(m[1]) + 0.5:g}db"),
    (rf"\b{_COUNT} and a half ?db\b", lambda m: f"{_value(m[1]) + 0.5:g}db"),
    (r"\b(?:a )?half (?:of )?(?:an? )?db\b", "0.5db"),
    (r"\bthree quarters? (?:of )?(?:an? )?db\b", "0.75db"),
    (r"\b(?:a )?quarter (?:of )?(?:an? )?db\b", "0.25db"),
    (
        rf"\b{_COUNT} (more|extra|less)? ?(?:whole |full |good |solid )?db\b",
        lambda m: f"{_value(m[1]):g}db {m[2] or ''}",
    ),
    (r"\b(up|down|by) (one|two|three|four|five|six)\b", lambda m: f"{m[1]} {_COUNTS[m[2]]}"),
    (r"\b(it|that|there|what|he|she|here|everything|who|this)'s\b", r"\1 is"),
    (r"'s (?=(?:too|so|way|not|getting|just|really|very|still|kind|sort|all|a|\w+ing) )", " is "),
    (r"'s\b", ""),
    (r"s'(?!\w)", "s"),
)  # fmt: skip
_CLAUSE = re.compile(r"[,;:!?\n()\u2014\u2013\"]+|\.{2,}|\.(?!\d)|\s-+\s")
_TOKEN = re.compile(rf"(?<![\w.])({_NUMBER})(db|hz|lufs|lu|%)?(?!\w)")


def parts(text: str, short: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """What stands between stops and commas: as written, and its words."""
    for part in _CLAUSE.split(_plain(text, short)):
        words = _tokens(part)
        if words:
            yield part.strip(), words


def number_in(word: str) -> tuple[float, str, bool] | None:
    """Value, unit and whether it has a sign, of a word that is a number."""
    match = _TOKEN.fullmatch(word)
    return (float(match[1]), match[2] or "", word[0] in "+-") if match else None


def _plain(text: str, short: Mapping[str, str]) -> str:
    plain = text.lower().replace("\u2019", "'").replace("\u2212", "-").replace("&", " and ")
    for word, full in short.items():
        plain = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", full, plain)
    plain = re.sub(r"n't\b", " not", plain)
    for pattern, new in _REWRITES:
        plain = re.sub(pattern, new, plain)
    return plain.replace("'", "")


def _tokens(part: str) -> list[str]:
    """Words and numbers; hyphens part words, but stand before numbers as signs."""
    found: list[str] = []
    at = 0
    for number in _TOKEN.finditer(part):
        found += _words(part[at : number.start()])
        found.append("".join(number.groups(default="")))
        at = number.end()
    return found + _words(part[at:])


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w]+", text.replace("_", " ")) if word]
