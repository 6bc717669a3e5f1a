"""HTML and SVG that cannot be broken by a text: whatever is not markup already is escaped."""

from collections.abc import Iterable
from html import escape
from typing import Self

_VOID = frozenset({"meta", "br", "hr", "input", "link"})

_UNSEEN = dict.fromkeys(
    (
        *range(9),
        11,
        12,
        *range(14, 32),
        127,
        *range(0x80, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ),
    "\N{REPLACEMENT CHARACTER}",
)
"""Control characters, and those that turn the direction of the text after them."""


class Html(str):
    """Markup that is complete and safe."""

    def __add__(self, other: str) -> Self:
        return type(self)(str(self) + text(other))


Content = str | float | Iterable["Content"] | None


def text(content: Content) -> Html:
    """Content as markup: texts escaped, markup as it is, lists one after another, None left out."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        whole = content.encode("utf-8", "replace").decode("utf-8")  # names of files may hold broken bytes
        return Html(escape(whole.translate(_UNSEEN)))
    if isinstance(content, float | int):
        return Html(f"{content:g}")
    return Html("".join(str(text(part)) for part in content))


def tag(name: str, /, *content: Content, **attributes: str | float | bool | None) -> Html:
    """One element.

    Parameters
    ----------
    name : str
        Such as ``div``.
    content : str, Html, list of them, or None
        What it holds.
    attributes : str, number or bool
        ``class_`` and ``for_`` stand for ``class`` and ``for``, other underscores for hyphens; True gives an
        attribute without value, False and None leave it out.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(key)
            continue
        shown = f"{value:g}" if isinstance(value, float | int) else str(text(str(value)))
        parts.append(f'{key}="{shown}"')
    start = f"<{' '.join(parts)}>"
    return Html(start if name in _VOID else f"{start}{text(content)}</{name}>")
