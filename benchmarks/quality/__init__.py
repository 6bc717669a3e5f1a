"""Mixes beside human ones and those of other systems: run with ``python -m benchmarks.quality``."""
