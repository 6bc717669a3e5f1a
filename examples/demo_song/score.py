"""Low Tide Radio: the composition as data. Beats are quarters, bars count from 0, pitches are MIDI notes."""

from __future__ import annotations

from typing import NamedTuple

TITLE = "Low Tide Radio"
TEMPO_BPM = 104.0
BEATS_PER_BAR = 4
LEAD_IN_S = 0.25
RING_S = 4.4
KEY = "A major"
SCALE = {9, 11, 1, 2, 4, 6, 8}  # pitch classes of A major


class Section(NamedTuple):
    name: str
    first_bar: int
    bars: int


SECTIONS = [
    Section("intro", 0, 4),
    Section("verse 1", 4, 8),
    Section("chorus 1", 12, 8),
    Section("verse 2", 20, 4),
    Section("chorus 2", 24, 8),
    Section("outro", 32, 2),  # bar 34 holds the last chord
]
LAST_BAR = 34

VERSE_CHORDS = ["F#m7", "Dmaj7", "Aadd9", "E/G#"]
CHORUS_CHORDS = ["D", "E", "F#m", "A/C#", "D", "E", "Aadd9", "Aadd9"]
CHORDS_BY_BAR = [
    *VERSE_CHORDS,
    *VERSE_CHORDS * 2,
    *CHORUS_CHORDS,
    *VERSE_CHORDS,
    *CHORUS_CHORDS,
    *["D", "E"],
    "Aadd9",
]


class Chord(NamedTuple):
    bass: int
    keys: list[int]  # close voicing, led smoothly from chord to chord
    power: list[int]  # electric guitar
    strings: list[int]  # acoustic guitar, low to high
    oohs: list[int]  # backing voices


CHORDS = {
    "F#m7": Chord(30, [57, 61, 64, 66], [42, 49, 54], [42, 52, 57, 61, 66], [61, 66]),
    "F#m": Chord(30, [57, 61, 66, 69], [42, 49, 54], [42, 49, 54, 57, 61, 66], [66, 69]),
    "Dmaj7": Chord(38, [57, 61, 62, 66], [50, 57, 62], [50, 57, 61, 66], [62, 66]),
    "D": Chord(38, [57, 62, 66, 69], [50, 57, 62], [50, 57, 62, 66], [66, 69]),
    "Aadd9": Chord(33, [57, 59, 61, 64], [45, 52, 57], [45, 52, 57, 61, 64], [64, 69]),
    "A/C#": Chord(37, [57, 61, 64, 69], [45, 52, 57], [49, 52, 57, 61, 64], [64, 69]),
    "E": Chord(28, [56, 59, 64, 68], [40, 47, 52], [40, 47, 52, 56, 59, 64], [64, 68]),
    "E/G#": Chord(32, [56, 59, 64, 66], [40, 47, 52], [44, 52, 56, 59, 64], [59, 64]),
}

# Drums: sixteen steps a bar; X accent, x normal, g ghost. Section patterns alternate over their bars.
DRUMS = {
    "intro": {"hat": ["x.g.x.g.x.g.x.g."], "kick": ["X..............."]},
    "verse 1": {
        "kick": ["X.....x...X.....", "X.....x...X..x.."],
        "snare": ["....X.......X...", "....X..g....X..g"],
        "hat": ["X.x.X.x.X.x.X.x.", "X.x.X.x.X.xgX.x."],
    },
    "verse 2": {
        "kick": ["X.....x...X.....", "X..x..x...X..x.."],
        "snare": ["....X..g....X...", "....X..g.g..X..g"],
        "hat": ["X.xgX.x.X.xgX.xg", "X.xgX.x.X.xgX.x."],
    },
    "chorus 1": {
        "kick": ["X..x..X...X.x...", "X..x..X..xX....."],
        "snare": ["....X.......X...", "....X.......X..g"],
        "open_hat": ["X.x.X.x.X.x.X.x."],
    },
    "chorus 2": {
        "kick": ["X..x..X...X.x...", "X..x..X..xX..x.."],
        "snare": ["....X.......X...", "....X..g....X..g"],
        "ride": ["X.x.X.x.X.x.X.x."],
    },
    "outro": {
        "kick": ["X..x..X...X.x..."],
        "snare": ["....X.......X..."],
        "ride": ["X.x.X.x.X.x.X.x."],
    },
}
CRASH_BARS = [4, 12, 16, 24, 28, 32, 34]
FILLS = {  # bar: (first step, hits as (step, drum)); the groove stops at the first step
    3: (
        8,
        [(8, "snare"), (10, "snare"), (12, "tom_high"), (13, "tom_high"), (14, "tom_mid"), (15, "tom_low")],
    ),
    11: (
        8,
        [
            (8, "snare"),
            (9, "snare"),
            (10, "tom_high"),
            (11, "tom_high"),
            (12, "tom_mid"),
            (13, "tom_mid"),
            (14, "tom_low"),
            (15, "tom_low"),
        ],
    ),
    19: (12, [(12, "tom_high"), (13, "tom_mid"), (14, "tom_low")]),
    23: (
        8,
        [
            (8, "snare"),
            (10, "tom_high"),
            (11, "tom_high"),
            (12, "snare"),
            (13, "tom_mid"),
            (14, "tom_low"),
            (15, "tom_low"),
        ],
    ),
    31: (12, [(12, "snare"), (13, "tom_high"), (14, "tom_mid"), (15, "tom_low")]),
    33: (
        4,
        [
            (4, "snare"),
            (6, "snare"),
            (8, "tom_high"),
            (9, "tom_high"),
            (10, "tom_mid"),
            (11, "tom_mid"),
            (12, "tom_low"),
            (13, "tom_low"),
            (14, "snare"),
            (15, "snare"),
        ],
    ),
}

# Bass: (beat, length, semitones above the chord's bass note); 7 and 12 are in key on every chord used so.
BASS_VERSE = [(0, 1.4, 0), (1.5, 0.45, 0), (2.5, 0.45, 12), (3, 0.9, 0)]
BASS_CHORUS = [
    (0, 0.45, 0),
    (0.5, 0.45, 0),
    (1, 0.45, 0),
    (1.5, 0.45, 0),
    (2, 0.45, 0),
    (2.5, 0.45, 12),
    (3, 0.45, 0),
    (3.5, 0.45, 0),
]

STRUM = [(0, "down"), (1, "down"), (1.5, "up"), (2.5, "up"), (3, "down"), (3.5, "up")]
KEYS_VERSE = [(0, 1.4), (1.5, 1.9), (3.5, 0.4)]
KEYS_CHORUS = [(0, 1.9), (2, 1.4), (3.5, 0.4)]

# The synth hook: (beat from the section's start, length, pitch).
HOOK = [
    (0, 0.75, 81),
    (0.75, 0.75, 80),
    (1.5, 1, 76),
    (2.5, 0.5, 73),
    (3, 1, 76),
    (4, 0.75, 81),
    (4.75, 0.75, 80),
    (5.5, 1, 78),
    (6.5, 1.4, 74),
    (8, 0.75, 81),
    (8.75, 0.75, 80),
    (9.5, 1, 76),
    (10.5, 0.5, 73),
    (11, 1, 71),
    (12, 1.5, 71),
    (13.5, 0.5, 73),
    (14, 1.8, 76),
]
ANSWER = [(3.0, 0.5, 76), (3.5, 0.5, 78), (4.0, 0.75, 80), (4.75, 0.75, 78), (5.5, 1.5, 76)]
OUTRO_HOOK = [
    (0, 0.75, 81),
    (0.75, 0.75, 80),
    (1.5, 1, 78),
    (2.5, 0.5, 74),
    (3, 1, 78),
    (4, 0.75, 83),
    (4.75, 0.75, 81),
    (5.5, 1, 80),
    (6.5, 1.4, 76),
    (8, 4.5, 81),
]

# The lead: per line its bar, words and notes. A syllable is "onset|vowel|coda", phones parted by spaces, see
# voice.py; "_" carries the vowel of the syllable before to a new pitch.
Note = tuple[float, float, int, str]  # beat in the line, length, pitch, syllable


class Line(NamedTuple):
    bar: int
    words: str
    notes: list[Note]


VERSE_1 = [
    Line(
        4,
        "Summer is sailing out to sea",
        [
            (0.5, 0.5, 69, "s|ah|m"),
            (1, 0.5, 69, "|er|"),
            (1.5, 0.5, 68, "|ih|z"),
            (2, 1, 69, "s|ey|l"),
            (3, 0.5, 68, "|ih|ng"),
            (3.5, 0.5, 66, "|aw|t"),
            (4, 0.5, 64, "t|uw|"),
            (4.5, 2.2, 66, "s|iy|"),
        ],
    ),
    Line(
        6,
        "Signals are fading on the screen",
        [
            (0.5, 0.5, 64, "s|ih|g"),
            (1, 0.5, 64, "n|ah|l z"),
            (1.5, 0.5, 66, "|aa|r"),
            (2, 1, 69, "f|ey|"),
            (3, 0.5, 69, "d|ih|ng"),
            (3.5, 0.5, 68, "|aa|n"),
            (4, 0.5, 66, "dh|ah|"),
            (4.5, 2.2, 68, "s k r|iy|n"),
        ],
    ),
    Line(
        8,
        "Send me a song to carry home",
        [
            (0.5, 0.5, 69, "s|eh|n d"),
            (1, 0.5, 69, "m|iy|"),
            (1.5, 0.5, 71, "|ah|"),
            (2, 1, 73, "s|ao|ng"),
            (3, 0.5, 71, "t|uw|"),
            (3.5, 0.5, 69, "k|eh|"),
            (4, 0.5, 71, "r|iy|"),
            (4.5, 2.4, 69, "h|ow|m"),
        ],
    ),
    Line(
        10,
        "Static and stars and you and me",
        [
            (0.5, 0.5, 73, "s t|ae|t"),
            (1, 0.5, 71, "|ih|k"),
            (1.5, 0.5, 69, "|ae|n d"),
            (2, 1, 71, "s t|aa|r z"),
            (3, 0.5, 69, "|ae|n"),
            (3.5, 0.5, 68, "y|uw|"),
            (4, 0.5, 69, "|ae|n"),
            (4.5, 2.6, 71, "m|iy|"),
        ],
    ),
]
VERSE_2 = [
    Line(
        20,
        "Slow is the silver on the sand",
        [
            (0.5, 0.5, 69, "s l|ow|"),
            (1, 0.5, 71, "|ih|z"),
            (1.5, 0.5, 69, "dh|ah|"),
            (2, 1, 73, "s|ih|l"),
            (3, 0.5, 71, "v|er|"),
            (3.5, 0.5, 69, "|aa|n"),
            (4, 0.5, 68, "dh|ah|"),
            (4.5, 2.2, 66, "s|ae|n d"),
        ],
    ),
    Line(
        22,
        "Somebody's waving from the shore",
        [
            (0.5, 0.5, 73, "s|ah|m"),
            (1, 0.5, 71, "b|aa|"),
            (1.5, 0.5, 69, "d|iy|z"),
            (2, 1, 71, "w|ey|"),
            (3, 0.5, 69, "v|ih|ng"),
            (3.5, 0.5, 68, "f r|ah|m"),
            (4, 0.5, 69, "dh|ah|"),
            (4.5, 2.6, 71, "sh|ao|r"),
        ],
    ),
]


def _chorus(first_bar: int, last: bool) -> list[Line]:
    """Four lines; the last chorus reaches higher on "radio" and "time"."""
    radio = (
        [(2, 0.5, 78, "r|ey|"), (2.5, 0.5, 76, "d|iy|"), (3, 1.6, 76, "|ow|")]
        if last
        else [(2, 0.5, 76, "r|ey|"), (2.5, 0.5, 74, "d|iy|"), (3, 1.6, 71, "|ow|")]
    )
    time = (
        [(3.5, 0.5, 71, "t|ay|"), (4, 0.5, 73, "_"), (4.5, 2.6, 76, "_ m")]
        if last
        else [(3.5, 0.5, 73, "t|ay|"), (4, 2.9, 69, "_ m")]
    )
    return [
        Line(
            first_bar,
            "Low tide radio, play it slow",
            [
                (0, 1, 69, "l|ow|"),
                (1, 1, 74, "t|ay|d"),
                (2, 0.5, 76, "r|ey|"),
                (2.5, 0.5, 74, "d|iy|"),
                (3, 1.6, 71, "|ow|"),
                (5, 0.5, 68, "p l|ey|"),
                (5.5, 0.5, 69, "|ih|t"),
                (6, 1.6, 71, "s l|ow|"),
            ],
        ),
        Line(
            first_bar + 2,
            "Say you'll stay on the line",
            [
                (0, 1, 73, "s|ey|"),
                (1, 0.5, 71, "y|uw|l"),
                (1.5, 1.5, 69, "s t|ey|"),
                (3, 0.5, 69, "|aa|n"),
                (3.5, 0.5, 71, "dh|ah|"),
                (4, 2.6, 73, "l|ay|n"),
            ],
        ),
        Line(
            first_bar + 4,
            "Low tide radio, let it go",
            [
                (0, 1, 69, "l|ow|"),
                (1, 1, 74, "t|ay|d"),
                *radio,
                (5, 0.5, 71, "l|eh|t"),
                (5.5, 0.5, 73, "|ih|t"),
                (6, 1.7, 76, "g|ow|"),
            ],
        ),
        Line(
            first_bar + 6,
            "We have all of the time",
            [
                (0, 0.5, 73, "w|iy|"),
                (0.5, 0.5, 74, "h|ae|v"),
                (1, 1.5, 76, "|ao|l"),
                (2.5, 0.5, 74, "|ah|v"),
                (3, 0.5, 71, "dh|ah|"),
                *time,
            ],
        ),
    ]


VOCAL_LINES = [*VERSE_1, *_chorus(12, last=False), *VERSE_2, *_chorus(24, last=True)]


def section_at(bar: int) -> str:
    """Name of the section that holds a bar; the held last chord belongs to the outro."""
    return next((s.name for s in SECTIONS if s.first_bar <= bar < s.first_bar + s.bars), "outro")


def beat_s(bar: float, beat: float = 0.0) -> float:
    """Time of a beat in seconds from the start of the files."""
    return LEAD_IN_S + (bar * BEATS_PER_BAR + beat) * 60 / TEMPO_BPM


LENGTH_S = beat_s(LAST_BAR) + RING_S
