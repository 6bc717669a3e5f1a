"""A singing voice: harmonics of a glottal source and filtered noise, both shaped by moving formants.

The vowels follow Peterson and Barney, J. Acoust. Soc. Am. 24, 1952; the all-pole shape is Fant's cascade
(Klatt, J. Acoust. Soc. Am. 67, 1980).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage, signal

FRAME_S = 0.0025
UPPER_FORMANTS_HZ = (3600.0, 4400.0, 5400.0, 6400.0, 7500.0, 8600.0)
BANDWIDTHS_HZ = (80.0, 100.0, 150.0, 220.0, 300.0, 400.0, 500.0, 600.0, 700.0)
HIGHER_POLES_HZ = np.arange(10500.0, 40000.0, 1000.0)  # their sum of skirts lifts the top (Fant's correction)

VOWELS = {  # first three formants in Hz; a diphthong has two targets
    "aa": [(740, 1180, 2500)],
    "ae": [(680, 1700, 2450)],
    "ah": [(640, 1200, 2450)],
    "ao": [(570, 880, 2430)],
    "eh": [(540, 1800, 2480)],
    "er": [(490, 1350, 1720)],
    "ih": [(400, 1950, 2550)],
    "iy": [(310, 2250, 2950)],
    "uw": [(330, 920, 2250)],
    "ey": [(540, 1850, 2500), (360, 2150, 2700)],
    "ow": [(540, 920, 2400), (390, 820, 2300)],
    "ay": [(740, 1250, 2500), (420, 1950, 2550)],
    "aw": [(740, 1250, 2500), (430, 950, 2350)],
}


class Consonant(NamedTuple):
    length_s: float
    formants_hz: tuple[float, float, float]
    voice: float = 0.0  # level of the voiced source, 1 as in a vowel
    hiss: tuple[float, float, float] | None = None  # centre Hz, width in octaves, level
    burst: tuple[float, float, float] | None = None  # the same, at the end of a closure


CONSONANTS = {
    "s": Consonant(0.105, (400, 1700, 2600), 0, (7200, 0.55, 1.0)),
    "z": Consonant(0.07, (350, 1700, 2600), 0.25, (6900, 0.55, 0.5)),
    "sh": Consonant(0.11, (400, 1800, 2500), 0, (3600, 0.7, 0.9)),
    "f": Consonant(0.08, (400, 1100, 2300), 0, (6000, 1.8, 0.22)),
    "v": Consonant(0.05, (350, 1100, 2300), 0.3, (6000, 1.8, 0.08)),
    "dh": Consonant(0.045, (350, 1300, 2500), 0.35, (6000, 1.8, 0.07)),
    "h": Consonant(0.06, (600, 1300, 2450), 0, (1800, 1.5, 0.15)),
    "t": Consonant(0.065, (400, 1800, 2600), 0, None, (5200, 1.0, 0.9)),
    "k": Consonant(0.07, (400, 1900, 2300), 0, None, (2300, 0.8, 0.7)),
    "p": Consonant(0.06, (400, 900, 2200), 0, None, (900, 1.6, 0.6)),
    "d": Consonant(0.045, (350, 1700, 2600), 0.12, None, (4500, 1.0, 0.4)),
    "b": Consonant(0.045, (300, 900, 2200), 0.12, None, (900, 1.6, 0.3)),
    "g": Consonant(0.05, (300, 1900, 2300), 0.12, None, (2200, 0.8, 0.35)),
    "m": Consonant(0.065, (260, 1050, 2150), 0.32),
    "n": Consonant(0.06, (270, 1500, 2500), 0.34),
    "ng": Consonant(0.07, (280, 1850, 2500), 0.32),
    "l": Consonant(0.055, (360, 1050, 2750), 0.5),
    "r": Consonant(0.06, (380, 1150, 1550), 0.55),
    "w": Consonant(0.06, (310, 680, 2200), 0.5),
    "y": Consonant(0.05, (290, 2250, 2950), 0.55),
}


class Sung(NamedTuple):
    start_s: float
    end_s: float
    pitch: int  # MIDI
    syllable: str  # "onset|vowel|coda"; "_ coda" carries the last vowel on
    level: float  # 1 is full voice


class _Controls:
    """Frame-rate curves that drive the synthesis; steps first, then smoothed as lips and tongue would."""

    def __init__(self, length_s: float) -> None:
        frames = int(length_s / FRAME_S) + 2
        self.pitch = np.full(frames, np.nan)
        self.voice = np.zeros(frames)
        self.formants = np.tile(np.array([[500.0], [1500.0], [2500.0]]), (1, frames))
        self.hisses: dict[tuple[float, float], np.ndarray] = {}

    def span(self, start_s: float, end_s: float) -> slice:
        last = len(self.pitch) - 1
        return slice(min(last, max(0, round(start_s / FRAME_S))), min(last, max(0, round(end_s / FRAME_S))))

    def hiss(
        self, shape: tuple[float, float, float], where: slice, level: float, decay: bool = False
    ) -> None:
        centre_hz, octaves, amount = shape
        curve = self.hisses.setdefault((centre_hz, octaves), np.zeros(len(self.pitch)))
        size = where.stop - where.start
        fall = (
            np.exp(-np.arange(size) * FRAME_S / 0.008)
            if decay
            else np.sin(np.pi * (np.arange(size) + 0.5) / size)
        )
        curve[where] = np.maximum(curve[where], amount * level * (fall if decay else fall**0.6))

    def consonant(self, name: str, start_s: float, end_s: float, level: float) -> None:
        sound, where = CONSONANTS[name], self.span(start_s, end_s)
        if where.stop <= where.start:
            return
        self.formants[:, where] = np.array(sound.formants_hz)[:, None]
        self.voice[where] = sound.voice * level
        if sound.hiss:
            self.hiss(sound.hiss, where, level)
        if sound.burst:
            self.hiss(sound.burst, self.span(end_s - 0.022, end_s + 0.01), level, decay=True)


def sing(
    notes: list[Sung],
    length_s: float,
    rate: int,
    seed: int,
    size: float = 1.0,
    breath: float = 0.05,
    vibrato_cents: float = 32.0,
    breaths: bool = True,
) -> np.ndarray:
    """Render one voice, mono; the level is left to the caller.

    Parameters
    ----------
    size : float
        Formant scale; above 1 is a shorter vocal tract.
    breath : float
        Level of the aspiration noise under the voice.
    breaths : bool
        Inhale audibly before phrases.
    """
    rng = np.random.default_rng(seed)
    controls = _Controls(length_s)
    _articulate(controls, notes)
    if breaths:
        _inhale(controls, notes, rng)
    pitch = _pitch_curve(controls, notes, rng, vibrato_cents)
    formants = np.stack([ndimage.gaussian_filter1d(row, 0.016 / FRAME_S) for row in controls.formants]) * size
    voice = ndimage.gaussian_filter1d(controls.voice, 0.009 / FRAME_S)
    frames = len(pitch)
    upper = np.array(UPPER_FORMANTS_HZ)[:, None] * size * np.ones((1, frames))
    formants = np.concatenate([formants, upper])
    tone = _voiced(pitch, voice, formants, length_s, rate, rng)
    return tone + _noise(controls, voice, formants, breath, length_s, rate, rng)


def _length_s(phones: list[str]) -> float:
    return sum(CONSONANTS[phone].length_s for phone in phones)


def _articulate(controls: _Controls, notes: list[Sung]) -> None:
    """Vowels start on the beat; onsets come before it, codas end the note."""
    vowel = VOWELS["ah"]
    for index, note in enumerate(notes):
        following = notes[index + 1] if index + 1 < len(notes) else None
        following_onset = (
            "" if following is None or following.syllable[0] == "_" else following.syllable.split("|")[0]
        )
        carried = note.syllable.startswith("_")
        onset, name, coda = ("", "", note.syllable[1:].strip()) if carried else note.syllable.split("|")
        vowel = vowel if carried else VOWELS[name]
        targets = vowel[-1:] if carried else vowel
        onset_phones, coda_phones = onset.split(), coda.split()
        reserve_s = _length_s(following_onset.split())
        end_s = note.end_s
        if following is not None and following.start_s - end_s < 0.12:
            end_s = following.start_s - reserve_s
        squeeze = min(1.0, 0.45 * (end_s - note.start_s) / max(1e-9, _length_s(coda_phones)))
        coda_s = squeeze * _length_s(coda_phones)
        time_s = note.start_s - _length_s(onset_phones)
        for phone in onset_phones:
            controls.consonant(phone, time_s, time_s + CONSONANTS[phone].length_s, note.level)
            time_s += CONSONANTS[phone].length_s
        where = controls.span(note.start_s, end_s - coda_s)
        steps = np.linspace(0, 1, max(1, where.stop - where.start))
        turn = np.clip((steps - 0.45) / 0.45, 0, 1) if len(targets) > 1 else np.zeros_like(steps)
        first, last = np.array(targets[0])[:, None], np.array(targets[-1])[:, None]
        controls.formants[:, where] = first + (last - first) * turn
        held = following is not None and following.start_s - end_s < 0.12
        fade = 1 if held else np.clip((1 - steps) / 0.12, 0.05, 1) ** 0.7
        controls.voice[where] = note.level * (0.82 + 0.18 * np.sin(np.pi * steps**0.7)) * fade
        time_s = end_s - coda_s
        for phone in coda_phones:
            phone_s = squeeze * CONSONANTS[phone].length_s
            controls.consonant(phone, time_s, time_s + phone_s, note.level * 0.85)
            time_s += phone_s


def _inhale(controls: _Controls, notes: list[Sung], rng: np.random.Generator) -> None:
    last_end_s = -10.0
    for note in notes:
        if note.start_s - last_end_s > 0.4:
            end_s = note.start_s - 0.16
            where = controls.span(end_s - rng.uniform(0.24, 0.34), end_s)
            controls.hiss((1700, 1.3, 0.05), where, 1.0)
        last_end_s = note.end_s


def _pitch_curve(
    controls: _Controls, notes: list[Sung], rng: np.random.Generator, vibrato_cents: float
) -> np.ndarray:
    """Fundamental in Hz per frame: glides between notes, scoops into phrases, late vibrato, a slow wander."""
    frames = len(controls.pitch)
    time_s = np.arange(frames) * FRAME_S
    cents, depth = np.full(frames, np.nan), np.zeros(frames)
    last_end_s = -10.0
    for note in notes:
        where = controls.span(note.start_s - 0.05, note.end_s + 0.05)
        cents[where] = 100 * note.pitch + rng.normal(0, 7)
        if note.start_s - last_end_s > 0.12:
            scoop = controls.span(note.start_s - 0.05, note.start_s + 0.12)
            cents[scoop] -= np.linspace(rng.uniform(50, 130), 0, scoop.stop - scoop.start)
        length_s = note.end_s - note.start_s
        if length_s > 0.5:
            shake = controls.span(note.start_s + 0.3, note.end_s + 0.05)
            rise = np.linspace(0, 1, shake.stop - shake.start) ** 0.5
            depth[shake] = vibrato_cents * min(1.0, length_s) * rise
        last_end_s = note.end_s
    known = ~np.isnan(cents)
    cents = np.interp(time_s, time_s[known], cents[known])
    cents = ndimage.gaussian_filter1d(cents, 0.022 / FRAME_S)
    speed_hz = 5.4 + ndimage.gaussian_filter1d(rng.normal(0, 6, frames), 0.3 / FRAME_S)
    swing = np.sin(2 * np.pi * np.cumsum(speed_hz) * FRAME_S)
    cents += ndimage.gaussian_filter1d(depth, 0.03 / FRAME_S) * swing
    cents += 60 * ndimage.gaussian_filter1d(rng.normal(0, 1, frames), 0.12 / FRAME_S)  # slow wander
    cents += 12 * ndimage.gaussian_filter1d(rng.normal(0, 1, frames), 0.006 / FRAME_S)
    return 440 * 2 ** ((cents / 100 - 69) / 12)


def _tract(frequency_hz: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Complex response of the cascade at frequencies (..., frames), unity at 0 Hz."""
    response = np.ones(np.broadcast_shapes(frequency_hz.shape, formants[0].shape), complex)
    for centre, width_hz in zip(formants, BANDWIDTHS_HZ, strict=True):
        response *= centre**2 / (centre**2 - frequency_hz**2 + 1j * width_hz * frequency_hz)
    reach_hz = np.minimum(frequency_hz, 10000.0)
    return response * np.prod([1 / (1 - (reach_hz / pole) ** 2) for pole in HIGHER_POLES_HZ], axis=0)


def _voiced(
    pitch: np.ndarray,
    voice: np.ndarray,
    formants: np.ndarray,
    length_s: float,
    rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    samples = int(length_s * rate)
    frame_t = np.arange(len(pitch)) * FRAME_S
    time_s = np.arange(samples) / rate
    phase = 2 * np.pi * np.cumsum(np.interp(time_s, frame_t, pitch)) / rate
    shimmer = 1 + 0.25 * ndimage.gaussian_filter1d(rng.normal(0, 1, len(pitch)), 0.01 / FRAME_S)
    out = np.zeros(samples)
    for number in range(1, int(11000 / pitch[voice > 1e-4].min()) + 1):
        frequency = number * pitch
        tract = _tract(frequency, formants)
        tilt = number ** -(1.5 - 0.35 * np.clip(voice, 0, 1))  # louder singing is brighter
        level = voice * shimmer * tilt * np.abs(tract) * np.clip((11000 - frequency) / 3000, 0, 1)
        swing = np.unwrap(np.angle(tract))
        out += np.interp(time_s, frame_t, level) * np.cos(number * phase + np.interp(time_s, frame_t, swing))
    return 0.1 * out


def _noise(
    controls: _Controls,
    voice: np.ndarray,
    formants: np.ndarray,
    breath: float,
    length_s: float,
    rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    samples = int(length_s * rate)
    window, hop = 256, 64
    bins, times, spectrum = signal.stft(
        rng.normal(0, 1, samples), rate, nperseg=window, noverlap=window - hop
    )
    frame_t = np.arange(len(voice)) * FRAME_S
    frequency = bins[:, None]
    moving = np.stack([np.interp(times, frame_t, row) for row in formants])[:, None, :]
    air = breath * np.abs(_tract(frequency, moving)) * (frequency / 4000) / (1 + (frequency / 5000) ** 2)
    gain = air * np.interp(times, frame_t, voice)
    for (centre_hz, octaves), curve in controls.hisses.items():
        curve = ndimage.gaussian_filter1d(curve, 1.0)
        shape = np.exp(-0.5 * (np.log2(np.maximum(frequency, 30) / centre_hz) / octaves) ** 2)
        gain = gain + 0.35 * shape * np.interp(times, frame_t, curve)
    return signal.istft(spectrum * gain, rate, nperseg=window, noverlap=window - hop)[1][:samples]
