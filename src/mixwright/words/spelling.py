"""The known word that a slip of the keys, or a spelling by ear, stands for."""

from collections.abc import Iterable

SHORTEST = 4

_VOWELS = frozenset("aeiouy")
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "f", "b": "p", "d": "t", "j": "g"})


def nearest(word: str, words: Iterable[str], by_ear: bool = False) -> str | None:
    """The known word that is nearest; none where two slips make another sound, or one puts another
    consonant into a short word: "harp" is not a slip of "hard". `by_ear` asks for the same sound.
    """
    if len(word) < SHORTEST or not word.isalpha():
        return None
    best: tuple[int, str] | None = None
    for known in words:
        if abs(len(known) - len(word)) > 2 or len(known) < SHORTEST or _start(known) != _start(word):
            continue
        slips = _slips(word, known)
        alike = _sound(word) == _sound(known)
        most = 2 if alike and len(word) > SHORTEST else 1
        if by_ear and not alike:
            continue
        if slips > most or (len(word) < 6 and slips == 1 and _swaps_consonant(word, known)):
            continue
        if best is None or (slips, known) < best:
            best = slips, known
    return best[1] if best else None


def _start(word: str) -> str:
    return word[0].translate(_SOUNDS)


def _sound(word: str) -> str:
    """Consonants as they are heard, each run once."""
    heard = ""
    for letter in word.replace("ph", "f").translate(_SOUNDS):
        if letter not in _VOWELS and letter not in "hw" and not heard.endswith(letter):
            heard += letter
    return heard


def _swaps_consonant(a: str, b: str) -> bool:
    if len(a) != len(b):
        return False
    differing = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(differing) == 1 and not set(differing[0]) <= _VOWELS | {"w"}


def _slips(a: str, b: str) -> int:
    """Letters left out, put in, changed or swapped with the next: optimal string alignment distance."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
