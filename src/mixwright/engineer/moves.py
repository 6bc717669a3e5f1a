"""Bounded moves of a mix in one direction: louder, brighter, drier, wider."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from mixwright.dsp.compressor import Compressor
from mixwright.dsp.equalizer import Band, Equalizer
from mixwright.engineer.slots import DYNAMIC_BANDS, EQ_BANDS, free_dynamic
from mixwright.mix_model import OFF_DB, Mix, Return, Strip
from mixwright.params import Param, Params, Value, declarations

WHOLE = "mix"
"""Among the targets: the mix as a whole."""

OPEN_SEND_DB = -22.0
"""Where a send begins that was closed before."""

SAME_HZ = 0.2
"""Bands nearer than this, in octaves, are one: a second wish goes on from the first."""

MOST_EQ_DB = 12.0

STAGED_THRESHOLD_DB = -24.0
"""A first threshold for tracks that were staged to -23 LUFS."""

BANDS: Mapping[str, tuple[tuple[str, float, float, float], ...]] = {
    "sub": (("low_shelf", 50.0, 0.8, 1.0),),
    "low": (("low_shelf", 130.0, 0.7, 1.0),),
    "mud": (("bell", 280.0, 0.9, 1.0),),
    "box": (("bell", 530.0, 1.2, 1.0),),
    "mid": (("bell", 1000.0, 1.1, 1.0),),
    "presence": (("bell", 3200.0, 0.8, 1.0),),
    "air": (("high_shelf", 9500.0, 0.7, 1.2),),
    "tilt": (("high_shelf", 3800.0, 0.6, 0.8), ("low_shelf", 350.0, 0.6, -0.35)),
}
"""Shape, frequency, quality and share of the amount, per band of a move of tone."""

SIBILANCE_HZ = 7200.0

Changes = dict[str, Value]


def moved(mix: Mix, move: str, amount: float, targets: Collection[str], hz: float | None = None) -> Changes:
    """What changes when some strips, or the `WHOLE`, go in one direction by an amount, in the move's unit.

    With a frequency it is a bell there, whatever the move. An amount of -100 takes all of it away. What
    cannot move is left out; the result may be empty.
    """
    changes: Changes = {}
    if hz is not None:
        return _at(mix, hz, amount, targets)
    if WHOLE in targets:
        for found in _WHOLE[move](mix, amount) if move in _WHOLE else ():
            changes |= found
        return changes
    strips = [strip for strip in mix.strips if strip.id in targets]
    if move in _TOGETHER:
        return _TOGETHER[move](mix, amount, strips)
    for strip in strips:
        changes |= _EACH[move](mix, amount, strip)
    return changes


def _base(strip: Strip) -> str:
    return f"strips.{strip.id}"


def _at(mix: Mix, hz: float, amount_db: float, targets: Collection[str]) -> Changes:
    bands = (("bell", min(max(hz, 25.0), 18000.0), 1.2, 1.0),)
    if WHOLE in targets:
        return equalised("master.equalizer", mix.master.equalizer, bands, amount_db)
    changes: Changes = {}
    for strip in mix.strips:
        if strip.id in targets:
            changes |= equalised(f"{_base(strip)}.equalizer", strip.equalizer, bands, amount_db)
    return changes


# --- level ---


def _level(mix: Mix, amount: float, strip: Strip) -> Changes:
    return {f"{_base(strip)}.fader_db": _held(Strip, "fader_db", strip.fader_db + amount)}


def _mute(mix: Mix, amount: float, strip: Strip) -> Changes:
    return {f"{_base(strip)}.mute": amount > 0}


# --- tone ---


def _tone(name: str) -> Callable[[Mix, float, Strip], Changes]:
    def change(mix: Mix, amount: float, strip: Strip) -> Changes:
        return equalised(f"{_base(strip)}.equalizer", strip.equalizer, BANDS[name], amount)

    return change


def equalised(
    path: str, equalizer: Equalizer, bands: Sequence[tuple[str, float, float, float]], amount_db: float
) -> Changes:
    """Bands of an equaliser moved by an amount: the ones that stand there already, else free ones."""
    changes: Changes = {}
    taken: set[str] = set()
    for kind, hz, q, share in bands:
        name = _band_for(equalizer, kind, hz, taken)
        if name is None:
            continue
        taken.add(name)
        band: Band = getattr(equalizer, name)
        start = band.gain_db if band.on and band.kind == kind and _near(band.frequency_hz, hz) else 0.0
        gain = min(max(start + amount_db * share, -MOST_EQ_DB), MOST_EQ_DB)
        here = f"{path}.{name}"
        if start == 0.0:
            changes |= {
                f"{here}.on": True,
                f"{here}.kind": kind,
                f"{here}.frequency_hz": hz,
                f"{here}.q": q,
            }
        changes[f"{here}.gain_db"] = round(gain, 2)
    return changes


def _band_for(equalizer: Equalizer, kind: str, hz: float, taken: Collection[str]) -> str | None:
    free = None
    for name in EQ_BANDS:
        band: Band = getattr(equalizer, name)
        if name in taken:
            continue
        working = band.on and (band.gain_db != 0 or band.kind == "notch")
        if working and band.kind == kind and _near(band.frequency_hz, hz):
            return name
        if not working and free is None:
            free = name
    return free


def _near(a_hz: float, b_hz: float) -> bool:
    return abs(float(np.log2(a_hz / b_hz))) < SAME_HZ


def _sibilance(mix: Mix, amount: float, strip: Strip) -> Changes:
    """The de-esser that works, deeper; else one that starts, on the staged level of the track."""
    for name in DYNAMIC_BANDS:
        band = getattr(strip, name)
        if band.range_db < 0 and 4500 < band.frequency_hz < 11000 and getattr(strip.keys, name) is None:
            deeper = min(max(band.range_db + amount, -12.0), 0.0)
            return {f"{_base(strip)}.{name}.range_db": round(deeper, 2)}
    free = free_dynamic(strip)
    if free is None or amount > 0:
        bands = (("bell", SIBILANCE_HZ, 1.0, 1.0),)
        return equalised(f"{_base(strip)}.equalizer", strip.equalizer, bands, amount)
    base = f"{_base(strip)}.{free}"
    return {
        f"{base}.kind": "bell",
        f"{base}.frequency_hz": SIBILANCE_HZ,
        f"{base}.q": 0.8,
        f"{base}.threshold_db": -48.0,
        f"{base}.ratio": 4.0,
        f"{base}.range_db": round(max(amount, -12.0), 2),
        f"{base}.attack_ms": 1.0,
        f"{base}.release_ms": 60.0,
    }


# --- space ---


def _returns(mix: Mix, echo: bool) -> list[Return]:
    return [ret for ret in mix.returns if (ret.effect == "echo") == echo]


def _sends(echo: bool) -> Callable[[Mix, float, Strip], Changes]:
    def change(mix: Mix, amount: float, strip: Strip) -> Changes:
        returns = {ret.id for ret in _returns(mix, echo)}
        sends = [send for send in strip.sends if send.to in returns]
        if echo and not sends:  # the echo is not chosen before it is used
            sends = [send for send in strip.sends if send.to == "echo"]
        opened = [send for send in sends if send.level_db > OFF_DB]
        if not opened and amount > 0 and sends:
            level = min(OPEN_SEND_DB + amount, 12.0)
            return {f"{_base(strip)}.sends.{sends[0].to}.level_db": level} | _as_echo(mix, sends[0].to, echo)
        return {
            f"{_base(strip)}.sends.{send.to}.level_db": OFF_DB
            if amount <= OFF_DB
            else round(min(max(send.level_db + amount, OFF_DB), 12.0), 2)
            for send in opened
        }

    return change


def _as_echo(mix: Mix, to: str, echo: bool) -> Changes:
    ret = next((ret for ret in mix.returns if ret.id == to), None)
    return {f"returns.{to}.effect": "echo"} if echo and ret is not None and ret.effect != "echo" else {}


# --- place ---


def _width(mix: Mix, amount: float, strips: Sequence[Strip]) -> Changes:
    """Tracks off the centre go further out (or in); of several in the centre every other goes to a side; one
    alone in the centre gets a wider signal."""
    changes: Changes = {}
    centred = [strip for strip in strips if abs(strip.pan) < 0.05]
    for strip in strips:
        if strip not in centred:
            pan = float(np.sign(strip.pan)) * min(max(abs(strip.pan) + amount, 0.0), 1.0)
            changes[f"{_base(strip)}.pan"] = round(pan, 3)
    for k, strip in enumerate(centred):
        if len(strips) > 1 and amount > 0 and len(centred) == len(strips):
            changes[f"{_base(strip)}.pan"] = round(amount * (-1 if k % 2 == 0 else 1), 3)
        else:
            wide = _held(Strip, "width", strip.width + amount)
            changes[f"{_base(strip)}.width"] = wide
    return changes


def _pan(mix: Mix, amount: float, strip: Strip) -> Changes:
    return {f"{_base(strip)}.pan": round(min(max(strip.pan + amount, -1.0), 1.0), 3)}


def _centre(mix: Mix, amount: float, strip: Strip) -> Changes:
    return {f"{_base(strip)}.pan": 0.0} if amount > 0 and strip.pan != 0 else {}


# --- dynamics ---


def _squash(mix: Mix, amount: float, strip: Strip) -> Changes:
    return squashed(f"{_base(strip)}.compressor", strip.compressor, amount)


def squashed(path: str, compressor: Compressor, amount_db: float) -> Changes:
    """A compressor that takes about so much more, or less, where it works."""
    if compressor.ratio <= 1.0 and amount_db <= 0:
        return {}
    if compressor.ratio <= 1.0:
        return {
            f"{path}.ratio": 2.5,
            f"{path}.threshold_db": min(max(STAGED_THRESHOLD_DB - amount_db / 0.6 + 3.0, -60.0), 0.0),
            f"{path}.makeup_db": round(min(compressor.makeup_db + amount_db / 2, 24.0), 2),
        }
    share = 1 - 1 / compressor.ratio
    threshold = min(max(compressor.threshold_db - amount_db / share, -60.0), 0.0)
    makeup = min(max(compressor.makeup_db + amount_db / 2, -12.0), 24.0)
    return {f"{path}.threshold_db": round(threshold, 2), f"{path}.makeup_db": round(makeup, 2)}


def _punch(mix: Mix, amount: float, strip: Strip) -> Changes:
    """A later attack lets more of each hit through, and the range in which hits are heard comes up."""
    bands = (("bell", 3200.0, 0.8, 1.0),)
    changes = equalised(f"{_base(strip)}.equalizer", strip.equalizer, bands, 1.2 * amount)
    if strip.compressor.ratio > 1.0:
        attack = _held(Compressor, "attack_ms", strip.compressor.attack_ms * 2 ** (0.7 * amount))
        changes[f"{_base(strip)}.compressor.attack_ms"] = attack
    return changes


def _drive(mix: Mix, amount: float, strip: Strip) -> Changes:
    drive = min(max(strip.saturation.drive_db + amount, 0.0), 24.0)
    return {f"{_base(strip)}.saturation.drive_db": round(drive, 2)}


# --- the whole ---


def _master_tone(name: str) -> Callable[[Mix, float], Iterator[Changes]]:
    def change(mix: Mix, amount: float) -> Iterator[Changes]:
        yield equalised("master.equalizer", mix.master.equalizer, BANDS[name], amount)

    return change


def _all_levels(mix: Mix, amount: float) -> Iterator[Changes]:
    for strip in mix.strips:
        yield _level(mix, amount, strip)


def _all_returns(echo: bool) -> Callable[[Mix, float], Iterator[Changes]]:
    def change(mix: Mix, amount: float) -> Iterator[Changes]:
        for ret in _returns(mix, echo):
            yield {f"returns.{ret.id}.fader_db": _held(Return, "fader_db", ret.fader_db + amount)}

    return change


def _decay(mix: Mix, amount: float) -> Iterator[Changes]:
    for ret in mix.returns:
        if ret.effect == "reverb":
            decay = _held(type(ret.reverb), "decay_s", ret.reverb.decay_s * 2**amount)
            yield {f"returns.{ret.id}.reverb.decay_s": decay}


def _master_width(mix: Mix, amount: float) -> Iterator[Changes]:
    yield {"master.width": round(min(max(mix.master.width + amount, 0.0), 1.6), 3)}


def _master_squash(mix: Mix, amount: float) -> Iterator[Changes]:
    yield squashed("master.compressor", mix.master.compressor, amount)


def _held(owner: type[Params], name: str, value: float) -> float:
    declaration = declarations(owner)[name]
    assert isinstance(declaration, Param)
    return round(min(max(value, declaration.min), declaration.max), 3)


_EACH: Mapping[str, Callable[[Mix, float, Strip], Changes]] = {
    "level": _level,
    "mute": _mute,
    **{name: _tone(name) for name in BANDS},
    "sibilance": _sibilance,
    "reverb": _sends(echo=False),
    "echo": _sends(echo=True),
    "pan": _pan,
    "centre": _centre,
    "squash": _squash,
    "punch": _punch,
    "drive": _drive,
    "decay": lambda mix, amount, strip: {},
    "loudness": lambda mix, amount, strip: {},
}

_TOGETHER: Mapping[str, Callable[[Mix, float, Sequence[Strip]], Changes]] = {"width": _width}

_WHOLE: Mapping[str, Callable[[Mix, float], Iterator[Changes]]] = {
    "level": _all_levels,
    **{name: _master_tone(name) for name in BANDS},
    "reverb": _all_returns(echo=False),
    "echo": _all_returns(echo=True),
    "decay": _decay,
    "width": _master_width,
    "squash": _master_squash,
}
