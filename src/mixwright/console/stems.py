"""Stems that carry their own effects: returns split by the group that feeds them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from mixwright.mix_model import MASTER, MAX_ID_LENGTH, Channel, Curve, Mix, Return

SEPARATOR = "__"
DIGEST_LENGTH = 12


def split_returns(mix: Mix) -> Mix:
    """A mix with one copy of each return per group that sends to it.

    Copies are named ``RETURN__GROUP``, shortened where that is too long. Linear effects give the same sum as
    the single return; compression or saturation on a return does not. Returns that send on or are fed by
    returns stay whole.
    """
    owners = {channel.id: owner(mix, channel) for channel in mix.channels()}
    ids = _copy_ids(mix)
    chained = {send.to for ret in mix.returns for send in ret.sends}
    split = {r.id for r in mix.returns if r.output == MASTER and not r.sends and r.id not in chained}

    def copy_of(ret: str, channel: str) -> str:
        return ids[Copy(ret, owners[channel])]

    def own_sends(channel: Channel) -> Channel:
        sends = (s.replace(to=copy_of(s.to, channel.id)) if s.to in split else s for s in channel.sends)
        return channel.replace(sends=tuple(sends))

    feeding = {
        id: list(dict.fromkeys(copy_of(id, c.id) for c in (*mix.strips, *mix.buses) if c.send(id)))
        for id in split
    }

    def copies(ret: Return) -> Iterator[Return]:
        if ret.id not in split:
            yield ret
        else:
            yield from (ret.replace(id=copy) for copy in feeding[ret.id])

    def moved(curve: Curve) -> Iterator[Curve]:
        kind, _, rest = curve.path.partition(".")
        channel, _, inner = rest.partition(".")
        if kind == "returns" and channel in split:
            yield from (curve.replace(path=f"returns.{copy}.{inner}") for copy in feeding[channel])
        elif inner.startswith("sends.") and inner.split(".")[1] in split:
            _, to, name = inner.split(".")
            yield curve.replace(path=f"{kind}.{channel}.sends.{copy_of(to, channel)}.{name}")
        else:
            yield curve

    return mix.replace(
        strips=tuple(own_sends(strip) for strip in mix.strips),
        buses=tuple(own_sends(bus) for bus in mix.buses),
        returns=tuple(copy for ret in mix.returns for copy in copies(ret)),
        curves=tuple(new for curve in mix.curves for new in moved(curve)),
    )


def owner(mix: Mix, channel: Channel) -> str:
    """The stem a channel's signal ends in: its last bus before the mix bus, or itself."""
    while channel.output != MASTER:
        channel = mix.channel(channel.output)
    return channel.id


@dataclass(frozen=True)
class Copy:
    """A return of a split mix: the return it was made from, and the group whose stem it belongs to."""

    original: str
    owner: str


def copies_of(mix: Mix, split: Mix) -> dict[str, Copy]:
    """By id, the returns of `split_returns(mix)` that `mix` does not have."""
    whole = {channel.id for channel in mix.channels()}
    made = {id: copy for copy, id in _copy_ids(mix).items()}
    return {r.id: made[r.id] for r in split.returns if r.id not in whole}


def _copy_ids(mix: Mix) -> dict[Copy, str]:
    """An id for each copy there could be, different from all others."""
    channels = [channel.id for channel in mix.channels()]
    taken = set(channels)
    ids = {}
    for copy in (Copy(ret.id, id) for ret in mix.returns for id in channels):
        id = f"{copy.original}{SEPARATOR}{copy.owner}"
        if len(id) > MAX_ID_LENGTH or id in taken:
            digest = hashlib.sha256(f"{copy.original} {copy.owner}".encode()).hexdigest()[:DIGEST_LENGTH]
            id = f"{id[: MAX_ID_LENGTH - DIGEST_LENGTH - 1]}_{digest}"
        taken.add(id)
        ids[copy] = id
    return ids
