"""Roles from track names: what "07_EGtrL_DT.wav" is, how sure that is, and which tracks are one source.

A name is cut into words, the words are looked up in a lexicon of studio language, and rules weigh what they
say together ("bass drum" is a kick, "drums room" a room mic). Where a name alone is open ("Vox", "Gtr"),
the other names of the song decide. Rules only: nothing here has been learned, and no song is known by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mixwright.engineer import role_words as words
from mixwright.engineer.name_tokens import Token, tokenize
from mixwright.engineer.role_reading import (
    ACOUSTICS,
    ELECTRICS,
    KIT_PARTS,
    Hit,
    Reading,
    default_role,
    find_hits,
    read_name,
)
from mixwright.roles import Role, RoleGroup

__all__ = ["RoleGuess", "guess_roles", "same_source_groups"]


@dataclass(frozen=True)
class RoleGuess:
    """What a track's name says about it."""

    role: Role
    confidence: float  # 0..1, about the share of such guesses that are right
    reason: str
    side: Literal["left", "right"] | None = None
    is_double: bool = False  # a second performance of the same part
    mic: str | None = None  # "in", "out", "sub", "top", "bottom", "close", "room", "trigger", "1", "a" ...
    is_di: bool = False
    is_amp: bool = False
    is_mix: bool = False  # names itself a mix or a master of the whole song


def guess_roles(names: Sequence[str]) -> list[RoleGuess]:
    """The role of every track of one song, from the names of its files.

    Parameters
    ----------
    names : sequence of str
        File or track names, all of one song: siblings help each other. Folders and suffixes are ignored.

    Returns
    -------
    list of RoleGuess
        In the order of `names`. What says nothing is `Role.OTHER` with a low confidence.
    """
    tokens = _without_song_title([tokenize(name) for name in names])
    hits = [find_hits(each) for each in tokens]
    readings = [
        read_name(each_hits, each_tokens) for each_hits, each_tokens in zip(hits, tokens, strict=True)
    ]
    song = _Song(readings)
    guesses = []
    for reading, each_hits, each_tokens in zip(readings, hits, tokens, strict=True):
        role, confidence, reason = _settle(reading, each_hits, song)
        guesses.append(_with_hints(role, confidence, reason, each_hits, each_tokens))
    return guesses


def same_source_groups(names: Sequence[str], doubles: bool = True) -> list[list[int]]:
    """Indexes of tracks that belong together: microphones of one source, DI and amplifier, both sides.

    Parameters
    ----------
    names : sequence of str
        All track names of one song.
    doubles : bool
        Also join doubles (separate performances of one part: "LeadVox" and "LeadVoxDT", "GtrL" and "GtrR").
        Pass False for what was recorded at the same moment only, whose time and polarity may be compared.

    Returns
    -------
    list of list of int
        Groups of two or more, each in rising order.
    """
    guesses = guess_roles(names)
    by_source: dict[tuple[str, ...], list[int]] = {}
    for index, (name, guess) in enumerate(zip(names, guesses, strict=True)):
        if guess.is_mix or guess.confidence < 0.2:
            continue
        key = _source_key(tokenize(name), guess)
        if not doubles:
            key += ("double",) * guess.is_double
            if guess.side and guess.role.group in (RoleGroup.GUITARS, RoleGroup.VOCALS):
                key += (guess.side,)  # two performances, one per side
        by_source.setdefault(key, []).append(index)
    return [group for group in by_source.values() if len(group) > 1]


class _Song:
    """What the readings of all names of a song have in common."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        count = Counter(reading.sense for reading in readings if reading.confidence > 0.3)
        self.count = count
        self.has_lead = bool(count[Role.LEAD_VOCAL])
        self.has_backing = bool(count[words.BACKING])
        self.open_voices = count[words.VOICE]
        self.has_drum_mics = bool(count[Role.KICK] and count[Role.SNARE])
        self.has_overheads = bool(count[Role.OVERHEADS])
        self.has_drums = any(
            count[sense] for sense in (*KIT_PARTS, words.DRUMS, Role.DRUM_KIT, words.LOOP, words.BEAT)
        )
        self.has_bass = bool(count[Role.BASS])
        self.has_acoustic = any(count[sense] for sense in ACOUSTICS)
        self.has_electric = any(count[sense] for sense in ELECTRICS)
        self.is_choir = bool(count[words.BACKING] >= 2 and not self.has_drums)


def _settle(reading: Reading, hits: Sequence[Hit], song: _Song) -> tuple[Role, float, str]:
    """Role, confidence and reason of a reading, the rest of the song considered."""
    sense, confidence, because = reading
    if sense == words.VOICE:
        role, certainty, why = _settle_voice(hits, song)
    elif sense == words.GUITAR:
        role, certainty, why = _settle_guitar(song)
    elif sense == words.DRUMS:
        role, certainty, why = _settle_drums(song)
    elif sense == words.LOW_SECTION and song.is_choir:
        role, certainty, why = Role.BACKING_VOCAL, 0.9, "the other names are those of a choir"
    else:
        return default_role(sense), confidence, because
    return role, confidence * certainty, f"{because}; {why}"


def _settle_voice(hits: Sequence[Hit], song: _Song) -> tuple[Role, float, str]:
    senses = {hit.sense for hit in hits}
    is_effect = bool(senses & {words.EFFECT, words.SAMPLE})
    if song.has_lead:
        return Role.BACKING_VOCAL, 0.6 if is_effect else 0.5, "another track is the lead"
    if is_effect:
        if song.open_voices == 1:
            return Role.FX, 0.5, "a lone voice used as an effect"
        return Role.LEAD_VOCAL, 0.5, "no voice is named the lead"
    if song.has_backing:
        return Role.LEAD_VOCAL, 0.9, "the others are backing voices"
    if song.open_voices == 1:
        return Role.LEAD_VOCAL, 0.88, "the only voice"
    return Role.LEAD_VOCAL, 0.68 if song.open_voices <= 3 else 0.6, "no voice is named the lead"


def _settle_guitar(song: _Song) -> tuple[Role, float, str]:
    if song.has_acoustic and not song.has_electric:
        return Role.ELECTRIC_GUITAR, 0.6, "the acoustic ones are named so"
    if not (song.has_drums or song.has_bass or song.has_electric):
        return Role.ACOUSTIC_GUITAR, 0.65, "no drums and no bass around it"
    return Role.ELECTRIC_GUITAR, 0.85, "most guitars beside drums and bass are electric"


def _settle_drums(song: _Song) -> tuple[Role, float, str]:
    if song.has_drum_mics and not song.has_overheads:
        return Role.OVERHEADS, 0.7, "kick and snare have their own tracks"
    return Role.DRUM_KIT, 0.7 if song.has_drum_mics else 0.85, "a whole kit"


def _without_song_title(names: list[list[Token]]) -> list[list[Token]]:
    """Names without the beginning or end they all share, where that is a title and not an instrument."""
    if len(names) < 4:
        return names
    shared = _shared_words(names)
    tail = _shared_words([tokens[::-1] for tokens in names])
    for start, end in ((shared, tail), (shared, 0), (0, tail)):
        if not start and not end:
            continue
        shorter = [tokens[start : len(tokens) - end] for tokens in names]
        roles = [read_name(find_hits(tokens), tokens).sense for tokens in shorter]
        known = [default_role(sense) for sense in roles]
        told = [role for role in known if role is not Role.OTHER]
        if len(told) >= 0.6 * len(names) and len({role.group for role in told}) >= 3:
            return shorter
    return names


def _shared_words(names: Sequence[Sequence[Token]]) -> int:
    shared = 0
    for tokens in zip(*names, strict=False):
        if len({token.text for token in tokens}) > 1 or any(len(each) <= shared + 1 for each in names):
            break
        shared += 1
    return shared


MIC_OF_SENSE = {
    words.TOP: "top", words.BOTTOM: "bottom", words.IN: "in", words.OUT: "out", words.SIDE: "side",
    words.CLOSE: "close", words.FAR: "far", words.FRONT: "front", words.BACK: "back", words.MID: "mid",
    words.SAMPLE: "trigger", words.SPOT: "spot",
}  # fmt: skip
MIKED_HIGH_AND_LOW = {Role.ORGAN}  # a rotary speaker's "hi" and "lo" are two microphones of one source


def _with_hints(
    role: Role, confidence: float, reason: str, hits: Sequence[Hit], tokens: Sequence[Token]
) -> RoleGuess:
    senses = [hit.sense for hit in hits]
    return RoleGuess(
        role=role,
        confidence=round(min(confidence, 0.99), 3),
        reason=reason,
        side=_side(hits, tokens),
        is_double=words.DOUBLE in senses,
        mic=_mic(role, hits, tokens),
        is_di=words.DI in senses,
        is_amp=words.AMP in senses,
        is_mix=role is Role.OTHER and words.MIX in senses,
    )


def _side(hits: Sequence[Hit], tokens: Sequence[Token]) -> Literal["left", "right"] | None:
    senses = {hit.sense for hit in hits}
    letters = {token.text for token in tokens}
    left = words.LEFT in senses or "l" in letters
    right = words.RIGHT in senses or "r" in letters
    if left == right:
        return None
    return "left" if left else "right"


def _mic(role: Role, hits: Sequence[Hit], tokens: Sequence[Token]) -> str | None:
    for hit in hits:
        if hit.sense in MIC_OF_SENSE and role not in (
            Role.LEAD_VOCAL,
            Role.BACKING_VOCAL,
            Role.FX,
            Role.OTHER,
        ):
            return MIC_OF_SENSE[hit.sense]
        if hit.sense == Role.ROOM and role is not Role.ROOM:
            return "room"
        if role is Role.KICK and hit.text in ("sub", "subs", "subkick", "sub kick"):
            return "sub"
        if role is Role.KICK and hit.text in ("kin", "k in", "kout", "k out"):
            return "in" if hit.text.endswith("in") else "out"
        if hit.sense in (words.LOW, words.HIGH) and role in MIKED_HIGH_AND_LOW:
            return "bottom" if hit.sense == words.LOW else "top"
        if hit.sense == words.MIC and hit.end < len(tokens) and tokens[hit.end].is_number:
            return tokens[hit.end].text.lstrip("0") or "0"
    for before, token in pairwise(tokens):
        if role is Role.SNARE and token.text in ("t", "b"):
            return "top" if token.text == "t" else "bottom"
        if token.text in ("a", "b", "c", "d") and ((before.is_number and token.glued) or token is tokens[-1]):
            return token.text
    return None


# words that tell microphones, sides, takes and performances of one source apart, not sources
SAME_SOURCE = {
    *MIC_OF_SENSE, words.DOUBLE, words.DI, words.AMP, words.MIC, words.LEFT, words.RIGHT, words.MONO,
    words.SAMPLE, words.OVERDUB,
}  # fmt: skip


def _source_key(tokens: Sequence[Token], guess: RoleGuess) -> tuple[str, ...]:
    """Equal for tracks of one source: the role, the words that name it, and its number."""
    key: list[str] = [guess.role]
    hits = {hit.start: hit for hit in find_hits(tokens)}
    at = 0
    after_mic = False
    while at < len(tokens):
        token, hit = tokens[at], hits.get(at)
        if hit is not None:
            differs = hit.sense in SAME_SOURCE or (hit.sense == Role.ROOM and guess.role is not Role.ROOM)
            differs |= hit.sense in (words.LOW, words.HIGH) and guess.role in MIKED_HIGH_AND_LOW
            differs |= guess.mic == "sub" and hit.text in ("sub", "subs")
            after_mic = hit.sense in (words.MIC, words.DOUBLE)
            if not differs:
                key.append(_source_word(hit))
            at = hit.end
            continue
        if token.is_number:
            if not after_mic:
                key.append(token.text.lstrip("0") or "0")
        elif not _tells_a_mic(token, at and tokens[at - 1], guess):
            key.append(token.text)
        after_mic = False
        at += 1
    return tuple(key)


def _source_word(hit: Hit) -> str:
    """One word for every spelling of a source that a song has once; elsewhere the name's own."""
    if hit.sense in (
        Role.KICK,
        Role.HIHAT,
        Role.OVERHEADS,
        Role.ROOM,
        words.DRUMS,
        words.GUITAR,
        words.VOICE,
    ):
        return hit.sense
    if hit.sense == Role.SNARE and hit.text[0] == "s" and "stick" not in hit.text:
        return hit.sense
    return hit.text.replace(" ", "")


def _tells_a_mic(token: Token, before: Token | Literal[0], guess: RoleGuess) -> bool:
    """Whether a word only tells sides or microphones apart: "L", the "b" of "Gtr3b", the "T" of "SnT"."""
    if token.text in ("l", "r") or token.text == guess.mic:
        return True
    if guess.role is Role.SNARE and token.text in ("t", "b"):
        return True
    return bool(before and before.is_number and token.glued and token.text in ("a", "b", "c", "d"))
