"""Speed and memory beside other systems: run with ``python -m benchmarks.speed``."""
