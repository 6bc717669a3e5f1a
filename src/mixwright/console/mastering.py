"""Streams the sum of the mix bus through its trim and the master chain."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mixwright.console.master import MasterBus, Trim
from mixwright.mix_model import Mix

Sink = Callable[[np.ndarray], Any]


def run_master(
    totals: Iterable[tuple[int, np.ndarray]],
    mix: Mix,
    sample_rate: int,
    *,
    on_mix: Sink | None = None,
    on_master: Sink | None = None,
) -> MasterBus | None:
    """Streams the sum of the mix bus through trim and master chain.

    Parameters
    ----------
    totals : iterable of (position, float32 (2, frames))
        Consecutive blocks of the untrimmed sum.
    on_mix, on_master : callable, optional
        Take the blocks of the two signals; a signal nobody takes is not computed.

    Returns
    -------
    MasterBus or None
        The master bus after its last block, for its meters.
    """
    trim = Trim(mix, sample_rate)
    bus: MasterBus | None = None
    for position, total in totals:
        trimmed = trim.apply(total, position)
        if on_mix is not None:
            on_mix(trimmed)
        if on_master is not None:
            bus = bus or MasterBus(mix, sample_rate, position)
            on_master(bus.add(trimmed))
    if bus is not None and on_master is not None:
        on_master(bus.finish())
    return bus
