"""What is usual for a role: level, lowest note, compression, space and place.

Levels are loudness re the lead while both play: from De Man 2014, the mixes of MixologyDB (62 mixes, 9 songs)
and the two MedleyDB mixes, whose spread of 4-8 dB is why a track's own level counts as well. How much of it
counts (`keep`) is the slope of engineers' post-fader level against the raw level in MixologyDB: 0.1 for lead
vocals, 0.5-0.6 for other vocals, guitars and keys, 0.8-1.0 for drum microphones and bass, 0.66 over all; 0.6
is used where nothing speaks for less. Compression and pan are that data's medians; sends keep its order
between roles.
"""

from dataclasses import dataclass

from mixwright.roles import Role


@dataclass(frozen=True)
class Compression:
    """Usual compressor: how often it is used, its settings, and the peak-to-loudness ratio it leads to."""

    used: float
    ratio: float
    attack_ms: float
    release_ms: float
    peak_to_loudness_lu: float


@dataclass(frozen=True)
class Norm:
    """What is usual for one role."""

    level_lu: float
    """Loudness re the lead."""
    raw_lu: float
    """Loudness of a raw track re the median raw track of its song."""
    keep: float
    """Share of a track's raw deviation that engineers keep."""
    lowest_hz: float
    """Below the lowest note such a track plays."""
    compression: Compression
    pan: float = 0.0
    """Usual distance from the centre."""
    wet_lu: float | None = None
    """Reverb of the track re its dry sound; None: dry."""
    highs: float = 5000.0
    """Where shelves for air begin."""


def _comp(used: float, ratio: float, attack: float, release: float, plr: float) -> Compression:
    return Compression(used, ratio, attack, release, plr)


_BACKING = Norm(-7.0, 1.0, 0.6, 90.0, _comp(0.57, 2.5, 5.0, 110.0, 11.0), 0.6, -10.0, 6900.0)
_KEYS = Norm(-8.0, 0.0, 0.6, 50.0, _comp(0.33, 2.5, 10.0, 155.0, 14.0), 0.55, -13.0, 5200.0)
_STRINGS = Norm(-8.0, 0.0, 0.6, 55.0, _comp(0.2, 2.0, 20.0, 250.0, 15.0), 0.55, -11.0, 7000.0)
_HATS = Norm(-12.0, -5.0, 0.6, 200.0, _comp(0.1, 2.5, 5.0, 80.0, 20.0), 0.35, None, 6100.0)

NORMS: dict[Role, Norm] = {
    Role.LEAD_VOCAL: Norm(0.0, 2.0, 0.1, 80.0, _comp(0.81, 3.0, 5.0, 150.0, 10.0), 0.0, -12.0, 7100.0),
    Role.BACKING_VOCAL: _BACKING,
    Role.KICK: Norm(-8.0, -1.0, 0.6, 30.0, _comp(0.63, 4.0, 16.0, 90.0, 15.0), 0.0, None),
    Role.SNARE: Norm(-9.0, 1.0, 0.6, 90.0, _comp(0.63, 3.4, 14.0, 90.0, 16.0), 0.0, -15.0, 6500.0),
    Role.TOMS: Norm(-14.0, -4.0, 0.6, 55.0, _comp(0.49, 4.0, 18.0, 90.0, 17.0), 0.4, -16.0),
    Role.HIHAT: _HATS,
    Role.CYMBALS: Norm(-12.0, -5.0, 0.6, 150.0, _comp(0.1, 2.5, 10.0, 150.0, 20.0), 0.5, None, 6800.0),
    Role.OVERHEADS: Norm(-9.0, -3.0, 0.6, 60.0, _comp(0.49, 2.5, 15.0, 120.0, 18.0), 0.8, None, 6800.0),
    Role.ROOM: Norm(-14.0, -3.0, 0.6, 40.0, _comp(0.5, 3.5, 10.0, 120.0, 16.0), 0.8, None),
    Role.PERCUSSION: Norm(-14.0, -5.0, 0.6, 150.0, _comp(0.3, 2.5, 10.0, 80.0, 18.0), 0.5, -14.0, 7400.0),
    Role.DRUM_KIT: Norm(-3.5, -6.0, 0.4, 30.0, _comp(0.6, 2.5, 15.0, 100.0, 16.5), 0.0, -20.0, 6800.0),
    Role.BASS: Norm(-5.5, 1.0, 0.6, 35.0, _comp(0.75, 3.5, 10.0, 200.0, 10.5), 0.0, None, 5100.0),
    Role.ELECTRIC_GUITAR: Norm(-4.0, 2.0, 0.6, 75.0, _comp(0.33, 2.5, 8.0, 120.0, 13.5), 0.65, -15.0, 5800.0),
    Role.ACOUSTIC_GUITAR: Norm(-6.0, 0.0, 0.6, 75.0, _comp(0.49, 2.2, 8.0, 100.0, 13.5), 0.6, -14.0, 7000.0),
    Role.PIANO: Norm(-7.0, 0.0, 0.6, 45.0, _comp(0.33, 2.5, 10.0, 155.0, 14.5), 0.4, -13.0, 6000.0),
    Role.KEYS: _KEYS,
    Role.ORGAN: Norm(-9.0, 0.0, 0.6, 50.0, _comp(0.2, 2.5, 10.0, 155.0, 13.0), 0.5, -15.0, 5200.0),
    Role.SYNTH_LEAD: Norm(-5.0, 1.0, 0.6, 60.0, _comp(0.2, 2.5, 10.0, 120.0, 13.0), 0.45, -13.0, 6000.0),
    Role.SYNTH_PAD: Norm(-9.0, 0.0, 0.6, 60.0, _comp(0.1, 2.0, 20.0, 250.0, 14.0), 0.6, -11.0, 6000.0),
    Role.STRINGS: _STRINGS,
    Role.BRASS: Norm(-8.0, 0.0, 0.6, 70.0, _comp(0.3, 2.5, 12.0, 150.0, 14.0), 0.45, -12.0, 6000.0),
    Role.WOODWIND: Norm(-8.0, 0.0, 0.6, 90.0, _comp(0.3, 2.5, 12.0, 150.0, 14.0), 0.4, -12.0, 6000.0),
    Role.MALLET: Norm(-11.0, -2.0, 0.6, 120.0, _comp(0.2, 2.5, 12.0, 120.0, 17.0), 0.5, -12.0, 7000.0),
    Role.FX: Norm(-14.0, -4.0, 0.6, 30.0, _comp(0.0, 2.0, 10.0, 150.0, 20.0), 0.4, -14.0),
    Role.OTHER: Norm(-7.0, 0.0, 0.6, 30.0, _comp(0.0, 2.0, 10.0, 150.0, 18.0), 0.3, -15.0),
}

DRUM_PART_LU = {
    Role.KICK: 0.0,
    Role.SNARE: -1.0,
    Role.TOMS: -5.0,
    Role.OVERHEADS: -1.0,
    Role.ROOM: -6.0,
    Role.HIHAT: -5.0,
    Role.CYMBALS: -6.0,
    Role.PERCUSSION: -6.0,
    Role.DRUM_KIT: 0.0,
}
"""Loudness of the parts of a kit re its kick: between MixologyDB (snare +1.5, toms -3, overheads +2.5, hi-hat
-4, tambourine -9), De Man 2014 (snare -3.6, other drums +0.5) and a peer's offsets (snare -0.5, toms -2.5,
hi-hat -4.5, cymbals -5.5, percussion -4.5)."""

KIT_LU = -3.5
"""Loudness of a recorded kit re the lead."""

PROGRAMMED_PART_LU = DRUM_PART_LU | {
    Role.SNARE: -3.0,
    Role.HIHAT: -6.0,
    Role.CYMBALS: -9.0,
    Role.PERCUSSION: -10.0,
}
"""The same without microphones, where nothing spills: half-way from the above to what twelve electronic songs
show at their authors' faders (snare -7, hi-hats -4, single ones -8, cymbals -11, percussion -14)."""

PROGRAMMED_PARTS = (Role.KICK, Role.SNARE, Role.HIHAT, Role.CYMBALS)
PROGRAMMED_KIT_LU = 0.0
"""A full programmed kit (no overheads, room or kit track) re the lead: its parts bring no spill of each
other,
and the music around them is usually synthesised."""

CENTRED = frozenset((Role.LEAD_VOCAL, Role.KICK, Role.SNARE, Role.BASS, Role.DRUM_KIT))

LEAD_ORDER = (
    (Role.SYNTH_LEAD,),
    (Role.WOODWIND, Role.BRASS, Role.MALLET),
    (Role.ELECTRIC_GUITAR,),
    (Role.STRINGS, Role.PIANO, Role.KEYS, Role.ACOUSTIC_GUITAR),
    (Role.ORGAN, Role.OTHER, Role.SYNTH_PAD),
)
"""Who leads where nobody sings: the loudest track of the first of these that plays."""
