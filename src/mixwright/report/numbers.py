"""Numbers as a reader sees them, with the exact value beside in the markup."""

from mixwright.report.markup import Html, tag
from mixwright.units import SILENCE_DB

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def plain(value: float, digits: int = 1, signed: bool = False) -> str:
    """A number with a real minus; zero has no sign."""
    rounded = round(value, digits) + 0.0
    shown = f"{rounded:+.{digits}f}" if signed and rounded else f"{rounded:.{digits}f}"
    return shown.replace("-", MINUS)


def quantity(value: float | None, unit: str = "", digits: int = 1, signed: bool = False) -> Html:
    """A number with its unit as a ``data`` element that holds the exact value; a dash where there is none."""
    if value is None or value <= SILENCE_DB:
        return tag("span", "\N{EN DASH}", class_="none", title="nothing to measure")
    shown = plain(value, digits, signed) + (f"{THIN}{unit}" if unit else "")
    return tag("data", shown, value=repr(float(value)))


def frequency(hz: float) -> str:
    """A frequency as an engineer writes it: 63 Hz, 2.5 kHz."""
    return f"{hz:.0f}{THIN}Hz" if hz < 1000 else f"{hz / 1000:.3g}{THIN}kHz"


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def counted(count: int, one: str, many: str = "") -> str:
    """``1 track``, ``2 tracks``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
