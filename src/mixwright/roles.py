"""The vocabulary of roles: what part a track plays in the song (lead vocal, kick, bass ...)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from enum import StrEnum

from mixwright.errors import InputError

__all__ = ["Role", "RoleGroup", "parse_role", "parse_role_option", "roles_of"]


class RoleGroup(StrEnum):
    """Families of roles; each gets one bus by default."""

    VOCALS = "vocals"
    DRUMS = "drums"
    BASS = "bass"
    GUITARS = "guitars"
    KEYS = "keys"
    ORCHESTRAL = "orchestral"
    FX = "fx"


class Role(StrEnum):
    """The part a track plays. The value is the name used in files and on the command line."""

    LEAD_VOCAL = "lead_vocal"
    BACKING_VOCAL = "backing_vocal"
    KICK = "kick"
    SNARE = "snare"
    TOMS = "toms"
    HIHAT = "hihat"
    CYMBALS = "cymbals"
    OVERHEADS = "overheads"
    ROOM = "room"
    PERCUSSION = "percussion"
    DRUM_KIT = "drum_kit"
    BASS = "bass"
    ELECTRIC_GUITAR = "electric_guitar"
    ACOUSTIC_GUITAR = "acoustic_guitar"
    PIANO = "piano"
    KEYS = "keys"
    ORGAN = "organ"
    SYNTH_LEAD = "synth_lead"
    SYNTH_PAD = "synth_pad"
    STRINGS = "strings"
    BRASS = "brass"
    WOODWIND = "woodwind"
    MALLET = "mallet"
    FX = "fx"
    OTHER = "other"

    @property
    def group(self) -> RoleGroup:
        """The family this role belongs to."""
        return _FACTS[self][0]

    @property
    def title(self) -> str:  # type: ignore[override]  # a plain name is worth more here than str.title()
        """Plain English name: "Lead vocal"."""
        return _FACTS[self][1]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names a person may type for this role."""
        return tuple(_FACTS[self][2].split())


# group, plain name, aliases (one word each: letters, digits and "_")
_FACTS: dict[Role, tuple[RoleGroup, str, str]] = {
    Role.LEAD_VOCAL: (RoleGroup.VOCALS, "Lead vocal",
        "vox vocal vocals voice lead lead_vox lead_voice main_vocal singer sung rap lv lvox ldvox"),
    Role.BACKING_VOCAL: (RoleGroup.VOCALS, "Backing vocal",
        "backing backing_vox backing_vocals background_vocal background_vocals bgv bgvs bgvox bv bvs bvox "
        "harmony harmonies choir chorus_vocal double"),
    Role.KICK: (RoleGroup.DRUMS, "Kick", "kik bd kd kick_drum bass_drum"),
    Role.SNARE: (RoleGroup.DRUMS, "Snare", "sn sd snr snare_drum rim rimshot"),
    Role.TOMS: (RoleGroup.DRUMS, "Toms", "tom rack_tom floor_tom"),
    Role.HIHAT: (RoleGroup.DRUMS, "Hi-hat", "hat hats hh hi_hat hihats"),
    Role.CYMBALS: (RoleGroup.DRUMS, "Cymbals", "cymbal crash ride china splash gong"),
    Role.OVERHEADS: (RoleGroup.DRUMS, "Overheads", "overhead oh ohs"),
    Role.ROOM: (RoleGroup.DRUMS, "Room", "rooms room_mic drum_room ambience amb ambient"),
    Role.PERCUSSION: (RoleGroup.DRUMS, "Percussion",
        "perc shaker tambourine congas conga bongos claps clap cajon triangle timpani"),
    Role.DRUM_KIT: (RoleGroup.DRUMS, "Drum kit", "drums drum kit loop beat drum_loop drum_machine"),
    Role.BASS: (RoleGroup.BASS, "Bass",
        "bass_guitar electric_bass upright_bass double_bass synth_bass sub sub_bass 808"),
    Role.ELECTRIC_GUITAR: (RoleGroup.GUITARS, "Electric guitar",
        "guitar gtr guit electric elec_gtr e_gtr egtr eg distorted_guitar lead_guitar rhythm_guitar"),
    Role.ACOUSTIC_GUITAR: (RoleGroup.GUITARS, "Acoustic guitar",
        "acoustic ac_gtr acgtr agtr ag nylon banjo mandolin ukulele"),
    Role.PIANO: (RoleGroup.KEYS, "Piano", "pno grand grand_piano upright_piano"),
    Role.KEYS: (RoleGroup.KEYS, "Keys",
        "key keyboard keyboards electric_piano e_piano epiano ep rhodes wurli wurlitzer clav clavinet "
        "accordion"),
    Role.ORGAN: (RoleGroup.KEYS, "Organ", "hammond b3 leslie"),
    Role.SYNTH_LEAD: (RoleGroup.KEYS, "Synth lead", "synth synthesizer lead_synth arp pluck"),
    Role.SYNTH_PAD: (RoleGroup.KEYS, "Synth pad", "pad pads"),
    Role.STRINGS: (RoleGroup.ORCHESTRAL, "Strings", "string violin violins viola cello celli fiddle harp"),
    Role.BRASS: (RoleGroup.ORCHESTRAL, "Brass", "horn horns trumpet trombone tuba french_horn"),
    Role.WOODWIND: (RoleGroup.ORCHESTRAL, "Woodwind",
        "woodwinds wind winds sax saxophone flute clarinet oboe bassoon harmonica"),
    Role.MALLET: (RoleGroup.KEYS, "Mallet", "mallets vibes vibraphone marimba xylophone glockenspiel bells"),
    Role.FX: (RoleGroup.FX, "FX", "sfx effect effects sound_effects riser noise"),
    Role.OTHER: (RoleGroup.FX, "Other", "unknown misc"),
}  # fmt: skip


def _key(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", plain.lower()).strip("_")


_BY_NAME: dict[str, Role] = {}
for _role in Role:
    for _name in (_role.value, *_role.aliases):
        _BY_NAME[_key(_name)] = _role
        _BY_NAME.setdefault(_key(_name).replace("_", ""), _role)


def parse_role(text: str) -> Role:
    """The role a person means: its name or an alias, any case, with spaces, hyphens or underscores.

    Raises
    ------
    InputError
        Names the nearest role and lists all of them.
    """
    if isinstance(text, Role):
        return text
    key = _key(text)
    found = _BY_NAME.get(key) or _BY_NAME.get(key.replace("_", ""))
    if found is not None:
        return found
    near = difflib.get_close_matches(key, _BY_NAME, n=1, cutoff=0.6)
    hint = f" (nearest: {_BY_NAME[near[0]]})" if near else ""
    raise InputError(f"unknown role {text!r}{hint}; valid roles: {', '.join(Role)}")


def parse_role_option(text: str) -> tuple[str, Role]:
    """Split one ``FILE=ROLE`` from the command line; the file name itself may hold "=".

    Raises
    ------
    InputError
        If there is no "=", no file, or the role is unknown.
    """
    file, equals, role = text.rpartition("=")
    if not equals or not file.strip() or not role.strip():
        raise InputError(f"{text!r} is not FILE=ROLE; write for example kick.wav=kick")
    return file.strip(), parse_role(role)


def roles_of(group: RoleGroup) -> tuple[Role, ...]:
    """All roles of one family, in the order of `Role`."""
    return tuple(role for role in Role if role.group is group)
