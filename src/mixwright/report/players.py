"""Players that switch between rough sum, mix and master at one place and one loudness."""

from mixwright.report.clips import BITRATE, Clips
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import clock, plain, quantity
from mixwright.report.plot import waveform
from mixwright.report.tone import NAMES


def section(facts: Facts, clips: Clips) -> Html:
    """One player per version for pages without script; the script makes one switch of them."""
    begin, end = facts.excerpt
    if not clips.clips:
        body = tag("p", "The excerpt is silent; there is nothing to play.")
        return tag("section", tag("h2", "Listen"), body, id="listen", class_="card")
    if clips.matched:
        words = (
            f"{clock(begin)} to {clock(end)} of the song, all at {plain(clips.loudness_lufs)} LUFS, so that "
            "no version wins by being louder."
        )
    else:
        words = "The excerpt is too short or too quiet for a loudness measurement; levels are as they are."
    first = clips.clips[-1].name
    buttons = [
        tag(
            "button",
            tag("kbd", str(number), aria_hidden="true"),
            tag("span", NAMES[clip.name]),
            tag("small", quantity(clip.gain_db, "dB", signed=True)),
            type="button",
            role="radio",
            aria_checked="true" if clip.name == first else "false",
            data_version=clip.name,
            class_=clip.name,
        )
        for number, clip in enumerate(clips.clips, 1)
    ]
    waves = [waveform(clip.played, clip.name) for clip in clips.clips]
    plain_players = [
        tag(
            "p",
            tag("label", NAMES[clip.name], " (", quantity(clip.gain_db, "dB", signed=True), ")"),
            tag(
                "audio",
                controls=True,
                preload="none",
                src=clip.source,
                data_version=clip.name,
                data_gain=round(clip.gain_db, 3),
                data_loudness=round(clip.loudness_lufs, 3),
                aria_label=NAMES[clip.name],
            ),
        )
        for clip in clips.clips
    ]
    return tag(
        "section",
        tag("h2", "Listen"),
        tag("p", words),
        tag(
            "div",
            tag("div", buttons, role="radiogroup", aria_label="Version", class_="versions"),
            tag(
                "div",
                tag("button", "Play", type="button", class_="play", aria_label="Play"),
                tag(
                    "div",
                    tag(
                        "svg",
                        waves,
                        viewbox="0 0 1000 100",
                        preserveaspectratio="none",
                        aria_hidden="true",
                    ),
                    tag("input", type="range", min=0, max=1000, value=0, step=1, aria_label="Position"),
                    class_="timeline",
                ),
                tag("output", clock(0), class_="time"),
                class_="transport",
            ),
            tag("p", "Keys: space plays, 1 to 3 switch.", class_="note shortcuts"),
            class_="switcher",
            hidden=True,
        ),
        tag("div", plain_players, class_="plain"),
        tag(
            "p",
            f"Opus at {BITRATE // 1000} kb/s; the numbers beside the names are what was added to match "
            "loudness.",
            class_="note",
        ),
        id="listen",
        class_="card",
    )
