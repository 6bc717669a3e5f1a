"""MixologyDB: console settings of many engineers' mixes, with listeners' ratings, as one JSON file.

Rows that cannot be right are left out, by rules that hold for any file in this layout:

- a mix whose faders all read 0 dB was balanced elsewhere: its faders count as unknown;
- a mix that holds less than half of the tracks of its song's fullest mix is no record of a balance;
- a channel with two pans on a mono track or one on a stereo track, or with a type and a subtype that cannot
  both be true, is left out;
- frequencies below 10 Hz (kHz written as Hz) and above 22 kHz, gains beyond 36 dB, Q beyond 40 and
  high-passes above 3 kHz are slips of the pen: the band is left out. Bells without a Q and with the gain of a
  slope are filters under the wrong name, and are left out too.

In the source "NOTCH" means a bell, and the slope of a filter stands in its "gain".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mixwright.engineer.roles import guess_roles
from mixwright.errors import InputError
from mixwright.learn.song import EngineerMix, EqMove, Settings, Song, SongTrack
from mixwright.roles import Role, RoleGroup

__all__ = ["read_mixology"]

SOURCE = "MixologyDB"
LICENCE = "MIT"

FEWEST_SHARE = 0.5
"""Of the tracks of the fullest mix of the song."""
SLOPES_DB_OCT = (6, 12, 18, 24, 36, 48)

ROLE_OF_INSTRUMENT: dict[str, Role] = {
    "DRUMS/KICK": Role.KICK, "DRUMS/SNARE": Role.SNARE, "DRUMS/TOM": Role.TOMS,
    "DRUMS/OVERHEAD": Role.OVERHEADS, "DRUMS/OVERHEADS": Role.OVERHEADS, "DRUMS/HI-HAT": Role.HIHAT,
    "DRUMS/CRASH": Role.CYMBALS, "DRUMS/RIDE": Role.CYMBALS, "DRUMS/CYMBAL": Role.CYMBALS,
    "DRUMS/CYMBALS": Role.CYMBALS, "DRUMS/ROOM": Role.ROOM,
    "DRUMS/TAMBOURINE": Role.PERCUSSION, "DRUMS/SHAKER": Role.PERCUSSION, "DRUMS/MISC": Role.PERCUSSION,
    "DRUMS/PERCUSSION": Role.PERCUSSION, "PERCUSSION/MISC": Role.PERCUSSION,
    "BASS/ELECTRIC": Role.BASS, "BASS/ACOUSTIC": Role.BASS, "BASS/MISC": Role.BASS,
    "BASS/SYNTH": Role.BASS,
    "GUITARS/ELECTRIC": Role.ELECTRIC_GUITAR, "GUITARS/ACOUSTIC": Role.ACOUSTIC_GUITAR,
    "KEYS/ELECTRIC": Role.KEYS, "KEYS/ACOUSTIC": Role.PIANO, "KEYS/ORGAN": Role.ORGAN,
    "KEYS/SYNTH": Role.SYNTH_LEAD, "VOCALS/LEAD": Role.LEAD_VOCAL,
    "VOCALS/BACKGROUND": Role.BACKING_VOCAL, "VOCALS/BACKING": Role.BACKING_VOCAL,
    "STRINGS/MISC": Role.STRINGS, "BRASS/MISC": Role.BRASS, "WOODWIND/MISC": Role.WOODWIND,
    "MISC/MISC": Role.OTHER,
}  # fmt: skip
FAMILY_OF_TYPE: dict[str, tuple[RoleGroup, Role]] = {
    "DRUMS": (RoleGroup.DRUMS, Role.PERCUSSION), "PERCUSSION": (RoleGroup.DRUMS, Role.PERCUSSION),
    "BASS": (RoleGroup.BASS, Role.BASS), "GUITARS": (RoleGroup.GUITARS, Role.ELECTRIC_GUITAR),
    "KEYS": (RoleGroup.KEYS, Role.KEYS), "SYNTHS": (RoleGroup.KEYS, Role.SYNTH_LEAD),
    "VOCALS": (RoleGroup.VOCALS, Role.BACKING_VOCAL), "STRINGS": (RoleGroup.ORCHESTRAL, Role.STRINGS),
    "BRASS": (RoleGroup.ORCHESTRAL, Role.BRASS), "HORNS": (RoleGroup.ORCHESTRAL, Role.BRASS),
}  # fmt: skip
COARSE = {
    Role.OVERHEADS: {Role.OVERHEADS, Role.ROOM, Role.CYMBALS},
    Role.PERCUSSION: {Role.PERCUSSION, Role.CYMBALS, Role.ROOM, Role.TOMS, Role.DRUM_KIT, Role.HIHAT},
    Role.KEYS: {Role.KEYS, Role.PIANO, Role.ORGAN, Role.SYNTH_LEAD, Role.SYNTH_PAD, Role.MALLET},
    Role.KICK: {Role.KICK, Role.DRUM_KIT},
    Role.OTHER: set(Role),
}
"""Labels that hold several of our roles, which the name of the file tells apart."""


def read_mixology(path: str | Path) -> list[Song]:
    """Songs of a file in MixologyDB's layout (or of the folder that holds it as ``mixes.json``).

    Parameters
    ----------
    path : path
        JSON: ``mixes`` is a list of mixes with ``song-name``, ``mix-name``, ``genre``, ``mix-evaluation``
        (ratings in ``track-num-eval``) and ``tracks``; a track has ``track-name``, ``channel-mode``,
        ``track-instrument-type`` and ``-subtype``, ``parameters`` (``gain`` in dB, ``pan`` -100..100, ``eq``,
        ``compression``, ``reverb`` ...) and ``track-audio-features`` (``track-audio-path``,
        ``track-audio-lufs``). Channels without audio (returns) are left out.

    Raises
    ------
    InputError
        Names the file and what is wrong.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "mixes.json"
    by_song: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for mix in _mixes(file):
        by_song[str(mix["song-name"])].append(mix)
    return [_song(name, mixes) for name, mixes in by_song.items()]


def _mixes(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}); name a file in MixologyDB's layout"
        ) from None
    except (ValueError, RecursionError):
        raise InputError(f"{file} is not JSON; name a file in MixologyDB's layout") from None
    mixes = content.get("mixes") if isinstance(content, dict) else content
    if not isinstance(mixes, list) or not mixes:
        raise InputError(f'{file} has no list "mixes"; see docs/learning.md for the keys')
    for number, mix in enumerate(mixes):
        for key, kind in (("song-name", str), ("mix-name", str), ("tracks", list)):
            if not isinstance(mix, dict) or not isinstance(mix.get(key), kind):
                raise InputError(f'{file}: mix {number} has no "{key}"; see docs/learning.md for the keys')
    return mixes


def _song(name: str, mixes: Sequence[Mapping[str, Any]]) -> Song:
    rows = [[row for row in mix["tracks"] if _audio_name(row)] for mix in mixes]
    fullest = max(len({_audio_name(row) for row in each}) for each in rows)
    kept = [
        (mix, each)
        for mix, each in zip(mixes, rows, strict=True)
        if each and len({_audio_name(row) for row in each}) >= FEWEST_SHARE * fullest
    ]
    first: dict[str, Mapping[str, Any]] = {}
    for _, each in kept:
        for row in each:
            if not _contradicts(row):
                first.setdefault(_audio_name(row), row)
    roles = _roles(first)
    tracks = tuple(
        SongTrack(
            id=id,
            name=id,
            role=roles[id],
            instrument=_instrument(row),
            channels=2 if str(row.get("channel-mode")).upper() == "STEREO" else 1,
            raw_lufs=_number(row["track-audio-features"].get("track-audio-lufs")),
        )
        for id, row in first.items()
    )
    return Song(
        id=name,
        tracks=tracks,
        source=SOURCE,
        licence=LICENCE,
        mixes=tuple(_mix(mix, each, first) for mix, each in kept),
        genre=str(mixes[0].get("genre") or "").lower(),
    )


def _audio_name(row: Mapping[str, Any]) -> str:
    features = row.get("track-audio-features") if isinstance(row, Mapping) else None
    path = features.get("track-audio-path") if isinstance(features, Mapping) else None
    return PurePosixPath(str(path).replace("\\", "/")).name if path else ""


def _instrument(row: Mapping[str, Any]) -> str:
    return f"{row.get('track-instrument-type')}/{row.get('track-instrument-subtype')}".upper()


def _contradicts(row: Mapping[str, Any]) -> bool:
    """Whether type and subtype (an electric voice) or pans and channels cannot both be true."""
    kind, _, sub = _instrument(row).partition("/")
    pans = _parameters(row).get("pan")
    usual = 2 if str(row.get("channel-mode")).upper() == "STEREO" else 1
    wrong_pans = isinstance(pans, list) and len(pans) not in (0, usual)
    return wrong_pans or (kind == "VOCALS" and sub in ("ELECTRIC", "ACOUSTIC"))


def _roles(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Role]:
    guesses = dict(zip(rows, guess_roles(list(rows)), strict=True))
    roles = {}
    for id, row in rows.items():
        label = _instrument(row)
        family = FAMILY_OF_TYPE.get(label.partition("/")[0])
        said = guesses[id].role
        if label in ROLE_OF_INSTRUMENT:
            role = ROLE_OF_INSTRUMENT[label]
            roles[id] = said if said in COARSE.get(role, ()) else role
        elif family is not None:
            roles[id] = said if said.group is family[0] else family[1]
        else:
            roles[id] = said
    return roles


def _mix(
    mix: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], known: Mapping[str, object]
) -> EngineerMix:
    ratings = [
        rating
        for vote in mix.get("mix-evaluation") or ()
        if isinstance(vote, Mapping)
        and (rating := _number(vote.get("track-num-eval"))) is not None
        and rating >= 0
    ]
    faders = [_number(_parameters(row).get("gain")) for row in rows]
    untouched = len(rows) > 1 and all(fader == 0 for fader in faders)
    channels: dict[str, tuple[Settings, ...]] = {}
    for row in rows:
        id = _audio_name(row)
        if id in known and not _contradicts(row):
            channels[id] = (*channels.get(id, ()), _settings(row, untouched))
    return EngineerMix(
        id=str(mix["mix-name"]),
        channels=channels,
        rating=float(np.mean(ratings)) if ratings else None,
        raters=len(ratings),
    )


def _parameters(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("parameters")
    return found if isinstance(found, Mapping) else {}


def _settings(row: Mapping[str, Any], untouched: bool) -> Settings:
    found = _parameters(row)
    reverbs = [r for r in _entries(found, "reverb") if "filter" not in str(r.get("name")).lower()]
    sends = [
        level
        for r in reverbs
        if r.get("send") in ("True", True) and (level := _number(r.get("gain"))) is not None
    ]
    return Settings(
        fader_db=None if untouched else _number(found.get("gain")),
        pan=_pan(found.get("pan")),
        eq=tuple(move for entry in _entries(found, "eq") if (move := _eq_move(entry)) is not None),
        has_compressor=bool(_entries(found, "compression") or _entries(found, "limiter")),
        has_reverb=bool(reverbs),
        has_delay=bool(_entries(found, "delay")),
        has_gate=bool(_entries(found, "gate")),
        send_db=max(sends) if sends else None,
    )


def _entries(parameters: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = parameters.get(key) or ()
    return [entry for entry in (found if isinstance(found, list) else [found]) if isinstance(entry, Mapping)]


def _pan(value: object) -> tuple[float, ...]:
    values = [_number(each) for each in (value if isinstance(value, list) else [value])]
    return tuple(max(-1.0, min(1.0, each / 100)) for each in values if each is not None)


def _eq_move(entry: Mapping[str, Any]) -> EqMove | None:
    found = entry.get("value")
    value = found if isinstance(found, Mapping) else {}
    kind = str(entry.get("type")).upper()
    hz, gain, q = (_number(value.get(key)) for key in ("freq", "gain", "q"))
    if hz is None or gain is None or not 10 <= hz <= 22000 or abs(gain) > 36 or (q or 0) > 40:
        return None
    if kind in ("HP", "LP"):
        if gain not in SLOPES_DB_OCT or (kind == "HP" and hz > 3000):
            return None
        return EqMove("high_pass" if kind == "HP" else "low_pass", hz, slope_db_oct=gain)
    if kind in ("LS", "HS"):
        return EqMove("low_shelf" if kind == "LS" else "high_shelf", hz, gain, max(q or 0.7071, 0.1))
    if kind not in ("NOTCH", "PEAK", "BELL"):
        return None
    if not q:
        return None if gain in (12, 24) else EqMove("bell", hz, gain, 1.0)
    return EqMove("bell", hz, gain, max(q, 0.1))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if np.isfinite(value) else None
