"""Random values of anything that is declared, for property tests."""

import importlib
import pkgutil
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from mixwright import dsp
from mixwright.mix_model import Bus, Master, Mix, Return, Send, Strip
from mixwright.params import Params

seeds = st.integers(0, 2**32 - 1)


def settings_of_processors() -> Iterator[type[Params]]:
    """Every settings class that a file in dsp/ declares."""
    for info in pkgutil.iter_modules(dsp.__path__):
        module = importlib.import_module(f"mixwright.dsp.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Params) and value.__module__ == module.__name__:
                yield value


def neutral_groups() -> list[Params]:
    """One value of every settings class, at its defaults."""
    parts: list[Params] = [
        Send(to="room"),
        Strip(id="kick"),
        Bus(id="drums"),
        Return(id="room"),
        Master(),
        Mix(),
    ]
    return [*(kind() for kind in settings_of_processors()), *parts]


def shaken(group: Params, random: np.random.Generator) -> Params:
    """A copy with every parameter at a random place of its travel, ends included."""
    positions = random.random(len(list(group.walk())))
    ends = random.random(positions.size) < 0.2
    return group.unpack(np.where(ends, np.round(positions), positions))
