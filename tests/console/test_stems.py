"""Copies of returns: their ids."""

import numpy as np

from mixwright.console.stems import copies_of, split_returns
from mixwright.mix_model import MAX_ID_LENGTH, Bus, Mix, Return, Send, Strip

from .songs import noise_tracks, rendered


def test_copies_with_long_or_alike_names_get_ids_of_their_own():
    long = "a" * (MAX_ID_LENGTH - 2)
    strips = tuple(
        Strip(id=f"t{i}", output=bus, sends=tuple(Send(to=to, level_db=-6) for to in (long, "r", "r__b")))
        for i, bus in enumerate((long + "x", long + "y", "b__c", "c"))
    )
    buses = tuple(Bus(id=id) for id in (long + "x", long + "y", "b__c", "c"))
    returns = tuple(Return(id=id, effect="echo") for id in (long, "r", "r__b"))
    mix = Mix(strips=strips, buses=buses, returns=returns)
    split = split_returns(mix)
    copies = copies_of(mix, split)
    assert sorted((c.original, c.owner) for c in copies.values()) == sorted(
        (ret.id, bus.id) for ret in returns for bus in buses
    )
    assert split == split_returns(mix)
    assert copies["r__c"].owner == "c"
    tracks = noise_tracks(4, 0.2)
    difference = rendered(split, tracks, frames=9600) - rendered(mix, tracks, frames=9600)
    assert np.abs(difference).max() < 10 ** (-120 / 20)
