"""The console: turns a mix and its tracks into sound, from one scheduler for files and for live use."""

from mixwright.console.console import Block, Console, Input
from mixwright.console.master import MasterBus, Trim

__all__ = ["Block", "Console", "Input", "MasterBus", "Trim"]
