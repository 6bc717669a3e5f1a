"""How platforms take the master, what coding does to its peaks, and what mono does to it."""

from mixwright.metrics import delivery
from mixwright.metrics.spread import MONO_LOSS_DB
from mixwright.metrics.stereo import mono_loss_db, mono_loss_worst_db
from mixwright.report.clips import BITRATE, Clips, overshoot_db
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import plain, quantity

MEASURABLE_LUFS = -70.0


def section(facts: Facts, clips: Clips) -> Html:
    """Tables of platforms and of checks."""
    measured = facts.project.measured
    loudness, peak = measured.master_loudness_lufs, measured.master_peak_dbtp
    if loudness is None or peak is None or loudness <= MEASURABLE_LUFS:
        body = tag("p", "The master is too short or too quiet to be measured for platforms.")
        return tag("section", tag("h2", "Delivery"), body, id="delivery", class_="card")
    found = list(zip(delivery.PLATFORMS, delivery.check_all(loudness, peak), strict=True))
    streams = [_row(taken) for platform, taken in found if platform.tolerance_lu is None]
    broadcast = [_row(taken) for platform, taken in found if platform.tolerance_lu is not None]
    names = ("Platform", "Gain", "Plays at", "Peak margin", "")
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in names]))
    return tag(
        "section",
        tag("h2", "Delivery"),
        tag("ul", _codec(facts, clips, peak), _mono(facts), class_="checks"),
        tag(
            "div",
            tag("table", head, _part("Streaming", streams), _part("Broadcast", broadcast), class_="numbers"),
            class_="scroll",
            tabindex="0",
        ),
        tag(
            "p",
            "Gain is what a streaming platform changes while playing; for broadcast, what would have to be "
            "changed before delivery.",
            class_="note",
        ),
        id="delivery",
        class_="card",
    )


def _part(title: str, rows: list[Html]) -> Html:
    return tag("tbody", tag("tr", tag("th", title, colspan=5, scope="rowgroup", class_="part")), rows)


def _row(taken: delivery.Delivery) -> Html:
    return tag(
        "tr",
        tag("th", taken.platform, scope="row"),
        tag("td", quantity(taken.gain_db, "dB", signed=True)),
        tag("td", quantity(taken.plays_at_lufs, "LUFS")),
        tag("td", quantity(taken.peak_margin_db, "dB", signed=True)),
        tag("td", _verdict(taken.fits), " ", taken.says, class_="left"),
    )


def _verdict(fits: bool) -> Html:
    return tag("span", "\N{CHECK MARK}" if fits else "\N{MULTIPLICATION X}", class_="ok" if fits else "bad",
               role="img", aria_label="fits" if fits else "does not fit")  # fmt: skip


def _codec(facts: Facts, clips: Clips, peak_dbtp: float) -> Html | None:
    clip = next((clip for clip in clips.clips if clip.name == "master"), None)
    if clip is None:
        return None
    rise = overshoot_db(clip)
    decoded = peak_dbtp + rise
    fits = decoded <= 0.0
    return tag(
        "li",
        _verdict(fits),
        f" Coded as Opus at {BITRATE // 1000} kb/s and decoded again, the excerpt peaks "
        f"{plain(rise, 1, True)} dB against before: "
        f"the master of {plain(peak_dbtp)} dBTP would reach ",
        quantity(decoded, "dBTP"),
        ", below full scale." if fits else ", beyond full scale: players may clip it.",
    )


def _mono(facts: Facts) -> Html | None:
    master = facts.signals["master"]
    if not master.bands.total.any():
        return None
    loss, worst = mono_loss_db(master), mono_loss_worst_db(master)
    fits = MONO_LOSS_DB.holds(loss)
    return tag(
        "li",
        _verdict(fits),
        " Played in mono, the master loses ",
        quantity(loss, "dB"),
        " as a whole, and ",
        quantity(worst, "dB"),
        " in the band that loses most (unrelated sides lose 3 dB; more is cancellation).",
    )
