"""Reading a report as a browser would: its elements, texts, and what it embeds."""

from base64 import b64decode
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "br", "hr", "input", "link"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> list["Element"]:
        """Elements of a kind at any depth, in order."""
        found = [child for child in self.children if child.tag == tag]
        return [e for child in self.children for e in ([child] if child in found else []) + child.all(tag)]

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""

    def find(self, id: str) -> "Element":
        """The element with an id."""
        return next(e for e in self.every() if e.attributes.get("id") == id)

    def every(self) -> list["Element"]:
        return [self, *(e for child in self.children for e in child.every())]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag, attrs) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data) -> None:
        for element in self.open:
            element.text += data


def parse(path: Path) -> Element:
    """The page as a tree; fails where a tag is not closed or closes another one."""
    return parse_text(path.read_text(encoding="utf-8"))


def parse_text(text: str) -> Element:
    """Markup as a tree."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is not closed"
    return reader.open[0]


def embedded(element: Element) -> bytes:
    """What a data address holds."""
    return b64decode(element["src"].partition("base64,")[2])
