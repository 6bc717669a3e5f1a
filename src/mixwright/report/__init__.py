"""The report of a mix: one self-contained page with what was done, why, and how it measures and sounds."""

from mixwright.report.facts import Facts
from mixwright.report.page import FILE_NAME, write_page
from mixwright.report.signals import Signal, Tap, rough_signal

__all__ = ["FILE_NAME", "Facts", "Signal", "Tap", "rough_signal", "write_page"]
