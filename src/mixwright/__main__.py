"""``python -m mixwright``."""

from mixwright.cli import main

main()
