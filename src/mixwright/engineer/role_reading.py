"""What one track name says by itself: phrases of the lexicon, weighed together by rules.

Used by `mixwright.engineer.roles`, which then hears the other names of the song.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mixwright.engineer import role_words as words
from mixwright.engineer.name_tokens import Token
from mixwright.engineer.role_words import LEXICON, SENSE_WEIGHT
from mixwright.roles import Role

__all__ = ["ACOUSTICS", "ELECTRICS", "KIT_PARTS", "Hit", "Reading", "default_role", "find_hits", "read_name"]


class Hit(NamedTuple):
    """A phrase of the lexicon found in a name."""

    sense: str
    text: str
    start: int  # index of its first token
    end: int
    weight: float
    exact: bool = True


class Reading(NamedTuple):
    """What a name says before the other names are heard; `sense` may still be open (voice, guitar, drums)."""

    sense: str
    confidence: float
    because: str


KIT_PARTS = {Role.KICK, Role.SNARE, Role.TOMS, Role.HIHAT, Role.CYMBALS}
MADE_OF = {words.LOOP, words.BEAT, words.SAMPLE, words.SYNTH, words.ELECTRIC, words.ACOUSTIC}
ROTARY = {"leslie", "rotary"}  # other instruments play through it too
ACOUSTICS = {words.ACOUSTIC, Role.ACOUSTIC_GUITAR}
ELECTRICS = {words.ELECTRIC, Role.ELECTRIC_GUITAR}
# words that colour a voice rather than make it a second one, and words other instruments share with voices
SUNG_SOFTLY = {"whisper", "whispers", "falsetto", "shout", "shouts", "speech"}
ALSO_PLAYED = {"harm", "harms", "harmony", "harmonies", "harmo", "stack", "response", "ah", "ahs"}
# what a sense means when nothing else decides
DEFAULT_ROLE: dict[str, Role] = {
    words.VOICE: Role.LEAD_VOCAL, words.LEAD: Role.LEAD_VOCAL, words.BACKING: Role.BACKING_VOCAL,
    words.GUITAR: Role.ELECTRIC_GUITAR, words.ELECTRIC: Role.ELECTRIC_GUITAR,
    words.ACOUSTIC: Role.ACOUSTIC_GUITAR, words.GUITAR_HINT: Role.ELECTRIC_GUITAR,
    words.DRUMS: Role.DRUM_KIT, words.BEAT: Role.DRUM_KIT,
    words.LOOP: Role.DRUM_KIT, words.KIT_MIC: Role.OVERHEADS, words.FLOOR: Role.TOMS, words.RACK: Role.TOMS,
    words.SYNTH: Role.SYNTH_LEAD, words.KEYBOARD: Role.KEYS, words.WIND_VOICE: Role.WOODWIND,
    words.EIGHT_O_EIGHT: Role.BASS, words.LOW_SECTION: Role.BASS,
    words.EFFECT: Role.FX, words.SAMPLE: Role.FX, words.REVERSE: Role.FX,
    words.LETTER_K: Role.KICK, words.LETTER_S: Role.SNARE, words.LETTER_T: Role.TOMS,
    words.CLICK: Role.OTHER, words.MIX: Role.OTHER,
}  # fmt: skip
# about the share of right guesses per sense on labelled names, rounded by hand; all other senses are SURE
SURE = 0.98
SENSE_CONFIDENCE: dict[str, float] = {
    words.LEAD: 0.8, words.GUITAR_HINT: 0.6, words.LOOP: 0.85, words.BEAT: 0.75, words.KIT_MIC: 0.85,
    words.FLOOR: 0.7, words.RACK: 0.8, words.SYNTH: 0.95, words.KEYBOARD: 0.6, words.WIND_VOICE: 0.6,
    words.SAMPLE: 0.75, words.REVERSE: 0.6, words.EIGHT_O_EIGHT: 0.75, words.LOW_SECTION: 0.8,
    words.LETTER_K: 0.5, words.LETTER_S: 0.5, words.LETTER_T: 0.6, words.CLICK: 0.9, words.MIX: 0.8,
    words.EFFECT: 0.93, Role.FX: 0.8, Role.ROOM: 0.92, Role.SYNTH_LEAD: 0.8, Role.SYNTH_PAD: 0.8,
    words.ACOUSTIC: 0.95, Role.PERCUSSION: 0.95, Role.MALLET: 0.92, Role.KEYS: 0.82,
    Role.DRUM_KIT: 0.85,
}  # fmt: skip


def default_role(sense: str) -> Role:
    """The role a sense stands for when the other names do not decide otherwise."""
    return Role(DEFAULT_ROLE.get(sense, sense))


def find_hits(tokens: Sequence[Token]) -> list[Hit]:
    """The longest known phrases, from left to right, without overlap."""
    found: list[Hit] = []
    at = 0
    while at < len(tokens):
        for length in (4, 3, 2, 1):
            phrase = tuple(token.text for token in tokens[at : at + length])
            sense = LEXICON.get(phrase) if len(phrase) == length else None
            if sense is not None and not (length == 1 and tokens[at].is_number and tokens[at].glued):
                found.append(Hit(sense, " ".join(phrase), at, at + length, SENSE_WEIGHT.get(sense, 0.0)))
                at += length
                break
        else:
            misspelt = None if tokens[at].is_number else _nearly(tokens[at].text)
            if misspelt is not None:
                sense = LEXICON[(misspelt,)]
                found.append(
                    Hit(sense, tokens[at].text, at, at + 1, SENSE_WEIGHT.get(sense, 0.0) * 0.6, exact=False)
                )
            at += 1
    return found


_CANDIDATES: dict[str, list[str]] = {}
for _phrase, _sense in LEXICON.items():
    if len(_phrase) == 1 and len(_phrase[0]) >= 4 and _sense in SENSE_WEIGHT and _phrase[0].isascii():
        _CANDIDATES.setdefault(_phrase[0][0], []).append(_phrase[0])
_CANDIDATES = {first: sorted(group, key=len, reverse=True) for first, group in _CANDIDATES.items()}


@lru_cache(maxsize=4096)
def _nearly(word: str) -> str | None:
    """A known word one slip of the keyboard away, the same first letter given."""
    if not 4 <= len(word) <= 16 or word in words.FILLERS:
        return None
    for known in _CANDIDATES.get(word[0], ()):
        if len(word) == 4 and len(known) != 5:
            continue  # in so short a word only a letter left out is a slip
        if abs(len(known) - len(word)) <= 1 and _one_slip(word, known):
            return known
    return None


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed or swapped turns a into b."""
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    return a[at + 1 :] == b[at + 1 :] or (
        a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    )


def read_name(hits: Sequence[Hit], tokens: Sequence[Token]) -> Reading:
    """What the phrases of one name say together."""
    telling = _before_overdub([hit for hit in hits if hit.weight > 0], hits)
    if not telling:
        return _read_desk_words(hits)
    senses = {hit.sense for hit in telling}
    for rule in (_read_voice, _read_kit, _read_band):
        reading = rule(telling, senses, hits, tokens)
        if reading is not None:
            return reading
    return _strongest(telling)


def _before_overdub(telling: list[Hit], hits: Sequence[Hit]) -> list[Hit]:
    """ "CymbalsOD_Overheads" is an overdub of cymbals: what stands after "OD" names the microphone."""
    overdub = next((hit.start for hit in hits if hit.sense == words.OVERDUB), None)
    if overdub is None:
        return telling
    return [hit for hit in telling if hit.start < overdub] or telling


def _read_desk_words(hits: Sequence[Hit]) -> Reading:
    senses = {hit.sense for hit in hits}
    if words.BACK in senses:
        return Reading(Role.BACKING_VOCAL, 0.4, '"back" alone, most often a backing voice')
    if words.DOUBLE in senses:
        return Reading(Role.BACKING_VOCAL, 0.4, "a double, most often of a voice")
    if words.AMP in senses:
        return Reading(Role.ELECTRIC_GUITAR, 0.45, "an amplifier, most often a guitar's")
    return Reading(Role.OTHER, 0.1, "the name says nothing about the instrument")


def _strongest(hits: Sequence[Hit]) -> Reading:
    # the later of two equals: in "synth brass" and "toy guitar" the last word is the noun
    strongest = max(hit.weight for hit in hits)
    best = max((hit for hit in hits if hit.weight > strongest - 0.25), key=lambda hit: hit.start)
    rivals = [hit.weight for hit in hits if default_role(hit.sense) is not default_role(best.sense)]
    margin = best.weight - max(rivals, default=0.0)
    return _reading(best, unsure=0.15 * (margin < 0.5) + 0.08 * (margin < 1.5))


def _reading(hit: Hit, sense: str | None = None, unsure: float = 0.0) -> Reading:
    sense = sense or hit.sense
    confidence = SENSE_CONFIDENCE.get(sense, SURE) - unsure - (0.0 if hit.exact else 0.2)
    return Reading(
        sense,
        max(confidence, 0.15),
        f'the name says "{hit.text}"' if hit.exact else f'"{hit.text}" looks misspelt',
    )


def _read_voice(
    telling: list[Hit], senses: set[str], hits: Sequence[Hit], tokens: Sequence[Token]
) -> Reading | None:
    sung = [hit for hit in telling if hit.sense in (words.VOICE, words.BACKING, Role.LEAD_VOCAL)]
    if not sung:
        return None
    first = sung[0]
    others = [hit for hit in telling if hit not in sung and hit.weight >= 4.5]
    if others and all(hit.text in ALSO_PLAYED for hit in sung):
        return None  # "Gtr Harm"
    if others and not any(hit.exact for hit in sung):
        return None
    backing = [hit for hit in sung if hit.sense == words.BACKING]
    lead = [hit for hit in telling if hit.sense in (words.LEAD, Role.LEAD_VOCAL)]
    unsure = 0.1 * bool(others)
    if backing and not (lead and all(hit.text in SUNG_SOFTLY for hit in backing)):
        return _reading(backing[0], words.BACKING, unsure + 0.1 * bool(lead))
    if lead:
        return _reading(lead[-1], Role.LEAD_VOCAL, unsure)
    return _reading(first, words.VOICE, unsure)


def _read_kit(
    telling: list[Hit], senses: set[str], hits: Sequence[Hit], tokens: Sequence[Token]
) -> Reading | None:
    parts = [hit for hit in telling if hit.sense in KIT_PARTS and hit.weight > 3.5]
    kinds = {hit.sense for hit in parts}
    overhead = next((hit for hit in telling if hit.sense == Role.OVERHEADS), None)
    room = next((hit for hit in telling if hit.sense == Role.ROOM), None)
    if overhead and parts and all(hit.text.startswith("cym") for hit in parts):
        return _reading(overhead, unsure=0.1)
    loop = next((hit for hit in telling if hit.sense in (words.LOOP, words.BEAT)), None)
    if (
        loop
        and not parts
        and len(senses) > 1
        and senses <= {loop.sense, Role.ROOM, words.KIT_MIC, words.EFFECT}
    ):
        return _reading(loop, Role.FX if words.EFFECT in senses else None, 0.1)
    if telling[0].sense == Role.PERCUSSION and overhead:
        return _reading(telling[0], unsure=0.2)
    if Role.KICK in kinds and kinds & {Role.SNARE, Role.HIHAT}:
        return Reading(Role.DRUM_KIT, 0.75, "several parts of the drum kit in one track")
    if parts:
        best = max(parts, key=lambda hit: hit.weight)
        return _reading(best, unsure=0.2 * (len(kinds) > 1))
    drums = next((hit for hit in telling if hit.sense == words.DRUMS), None)
    here = {hit.sense for hit in hits}
    if drums and room and not overhead and Role.PERCUSSION not in senses:
        return _reading(room, unsure=-0.04)
    if drums and here & {words.FLOOR, words.RACK}:
        if words.MIC in here:
            return _reading(drums, Role.ROOM, 0.3)
        return Reading(
            Role.TOMS, 0.85, f'the name says "{" ".join(t.text for t in tokens if not t.is_number)[:40]}"'
        )
    if drums and any(token.text in words.SECTIONS for token in tokens):
        return _reading(drums, Role.DRUM_KIT, 0.15)
    if drums and words.SIDE in here:
        return _reading(drums, words.KIT_MIC)
    if drums and senses & MADE_OF and not senses & {Role.PERCUSSION, Role.BASS, words.GUITAR}:
        return _reading(drums, Role.DRUM_KIT, 0.15)
    if (
        room
        and room is telling[0]
        and len(telling) > 1
        and tokens[room.start].field < tokens[telling[1].start].field
    ):
        return _reading(room, unsure=0.15)
    return None


def _read_band(
    telling: list[Hit], senses: set[str], hits: Sequence[Hit], tokens: Sequence[Token]
) -> Reading | None:
    telling = [hit for hit in telling if hit.sense != words.LEAD] or telling
    guitar = [
        hit
        for hit in telling
        if hit.sense in (words.GUITAR, words.GUITAR_HINT) or hit.sense in ACOUSTICS | ELECTRICS
    ]
    bass = next((hit for hit in telling if hit.sense == Role.BASS), None)
    stronger = [hit for hit in telling if hit not in guitar and hit.weight > 5.3 and hit.text not in ROTARY]
    if guitar and bass and not (senses & {Role.WOODWIND, Role.BRASS, Role.STRINGS}):
        return _reading(bass, unsure=0.03)
    if guitar and not stronger and max(hit.weight for hit in guitar) > 4:
        acoustic = next((hit for hit in guitar if hit.sense in ACOUSTICS), None)
        electric = next((hit for hit in guitar if hit.sense in ELECTRICS), None)
        plain_guitar = next((hit for hit in guitar if hit.sense == words.GUITAR), None)
        if acoustic:
            return _reading(
                acoustic, words.ACOUSTIC, 0.25 * bool(electric and electric.sense == words.ELECTRIC)
            )
        if electric:
            return _reading(electric, words.ELECTRIC)
        if (plain_guitar and {hit.sense for hit in hits} & {words.AMP}) or len(guitar) > 1:
            return _reading(guitar[0], Role.ELECTRIC_GUITAR, 0.05)
        return _reading(guitar[0])
    effect = next((hit for hit in telling if hit.sense in (words.EFFECT, Role.FX)), None)
    made = next(
        (hit for hit in telling if hit.sense in (words.SYNTH, Role.SYNTH_PAD, words.SAMPLE, words.LOOP)), None
    )
    if effect and made and effect.start == made.end and len(telling) == 2 and effect.sense == words.EFFECT:
        return _reading(effect, unsure=0.1)  # "SynthSFX2", but not "Synth2FX"
    if words.SYNTH in senses and Role.SYNTH_PAD in senses and not bass:
        return _reading(next(hit for hit in telling if hit.sense == Role.SYNTH_PAD), unsure=-0.1)
    return None
