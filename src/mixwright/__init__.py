"""Mixwright: raw tracks in, a finished mix out, with every move explained."""

__version__ = "0.1.0"
