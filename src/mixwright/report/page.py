"""The page as a whole: one file that asks for nothing from outside."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from mixwright.report import (
    balance,
    clips,
    decisions,
    delivery,
    dynamics,
    listening,
    loudness,
    masking,
    players,
    stereo,
    summary,
    tone,
)
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag

FILE_NAME = "report.html"

CONTENTS = (
    ("summary", "In short"),
    ("listen", "Listen"),
    ("tone", "Tone"),
    ("loudness", "Loudness"),
    ("balance", "Balance"),
    ("stereo", "Stereo"),
    ("masking", "Masking"),
    ("compression", "Compression"),
    ("review", "Listening again"),
    ("delivery", "Delivery"),
    ("decisions", "Decisions"),
)


def write_page(facts: Facts) -> str:
    """The report as HTML; the same facts give the same text."""
    played = clips.make_clips(dict(facts.signals), facts.project.sample_rate)
    style, script = _asset("page.css"), _asset("page.js")
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; media-src data:; img-src data:; base-uri 'none'; "
        f"form-action 'none'; script-src 'sha256-{digest}'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="dark light"),
        tag("title", f"{facts.project.name}: mix report"),
        tag("style", Html(style)),
    )
    body = tag(
        "body",
        tag("a", "Skip to the content", href="#summary", class_="skip"),
        summary.header(facts),
        tag(
            "nav",
            tag("ul", [tag("li", tag("a", name, href=f"#{id}")) for id, name in CONTENTS]),
            aria_label="Contents",
        ),
        tag(
            "main",
            summary.section(facts),
            players.section(facts, played),
            tone.section(facts),
            loudness.section(facts),
            balance.section(facts),
            stereo.section(facts),
            masking.section(facts),
            dynamics.section(facts),
            listening.section(facts),
            delivery.section(facts, played),
            decisions.section(facts),
        ),
        _footer(facts),
        tag("script", Html(script)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _footer(facts: Facts) -> Html:
    project = facts.project
    when = f", {project.history[-1].time_utc[:10]}" if project.history else ""
    return tag(
        "footer",
        tag(
            "p",
            f"{project.made_with or 'mixwright'}{when}. Every number comes from this song; project.json "
            "holds all values.",
        ),
    )


def _asset(name: str) -> str:
    return (files("mixwright.report") / name).read_text(encoding="utf-8")
