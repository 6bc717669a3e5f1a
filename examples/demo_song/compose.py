"""Play, record and damage the demo song: `python examples/demo_song/compose.py` writes its folder of tracks.

Needs FluidSynth with the FluidR3 GM SoundFont, scipy and soundfile; only whoever changes the song runs it.
Every random draw is seeded, so the same versions give the same song.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import score
import soundfile
from instruments import (
    RATE,
    Hit,
    bell,
    guitar_amp,
    loudness_lufs,
    room,
    sampled,
    synth_lead,
    synth_pad,
)
from scipy import ndimage, signal
from voice import Sung, sing

TRACKS = Path(__file__).parent / "tracks"
SAMPLES = int(score.LENGTH_S * RATE)
VORBIS_QUALITY = 0.4  # of 1
EDITED = {"05 Toms", "12 Lead Synth", "14 BV Oohs", "15 Tamb", "16 Shaker"}  # gaps cut to silence
STEP_BEATS = 0.25
VELOCITY = {"X": 112, "x": 88, "g": 42}
TOMS = {"tom_high": 48, "tom_mid": 45, "tom_low": 41}
MIDI_DRUM = {"kick": 36, "snare": 38, "hat": 42, "open_hat": 46, "ride": 51, "crash": 49, **TOMS}

# name: (loudness in LUFS, file format). FLAC where it is cheap: tracks with long gaps; the rest is Vorbis.
RAW = {
    "01 Kick": (-26.0, "ogg"),
    "02 Snare Top": (-25.5, "ogg"),
    "03 HiHat": (-33.0, "ogg"),
    "04 OH": (-24.0, "ogg"),
    "05 Toms": (-34.0, "ogg"),
    "06 Bass DI": (-18.5, "ogg"),
    "07 Rhodes": (-24.0, "ogg"),
    "08 El Gtr": (-16.5, "ogg"),
    "09 El Gtr Dbl": (-20.0, "ogg"),
    "10 Ac Gtr": (-29.5, "ogg"),
    "11 Pad": (-30.0, "ogg"),
    "12 Lead Synth": (-15.5, "flac"),
    "13 Lead Vox": (-22.5, "ogg"),
    "14 BV Oohs": (-31.5, "flac"),
    "15 Tamb": (-29.0, "ogg"),
    "16 Shaker": (-34.5, "ogg"),
}


def seed_of(name: str) -> int:
    return zlib.crc32(name.encode())


class Player:
    """A musician's hands: a habit (ahead of or behind the beat), scatter in time and in force."""

    def __init__(self, name: str, late_ms: float = 0.0, scatter_ms: float = 4.0, force: float = 5.0) -> None:
        self.rng = np.random.default_rng(seed_of(name))
        self.late_ms, self.scatter_ms, self.force = late_ms, scatter_ms, force
        self.hits: list[Hit] = []

    def play(
        self, bar: float, beat: float, beats: float, pitch: int, velocity: float, delay_s: float = 0.0
    ) -> None:
        scatter_ms = np.clip(self.rng.normal(self.late_ms, self.scatter_ms), -14, 14)
        start_s = max(0.0, score.beat_s(bar, beat) + scatter_ms / 1000 + delay_s)
        velocity = int(np.clip(round(velocity + self.rng.normal(0, self.force)), 12, 127))
        self.hits.append(Hit(start_s, beats * 60 / score.TEMPO_BPM, pitch, velocity))


def swell(section: str) -> float:
    """How hard the band plays, 1 in the choruses."""
    return {"intro": 0.84, "verse 1": 0.86, "chorus 1": 0.97, "verse 2": 0.9, "chorus 2": 1.0, "outro": 0.98}[
        section
    ]


def drum_hits() -> dict[str, list[Hit]]:
    """One drummer, so one seeded pair of hands for the kit, split by piece."""
    lateness = {"kick": -1.0, "snare": 5.0, "hat": -2.0, "open_hat": -2.0, "ride": 0.0, "crash": 0.0}
    hands = {name: Player(f"drums {name}", lateness.get(name, 2.0), 3.2, 6.0) for name in MIDI_DRUM}

    def strike(drum: str, bar: int, step: int, velocity: float) -> None:
        hands[drum].play(
            bar, step * STEP_BEATS, 0.2 if drum != "open_hat" else 0.45, MIDI_DRUM[drum], velocity
        )

    for section in score.SECTIONS:
        for index in range(section.bars):
            bar = section.first_bar + index
            stop, fill = score.FILLS.get(bar, (16, []))
            for drum, patterns in score.DRUMS[section.name].items():
                for step, mark in enumerate(patterns[index % len(patterns)]):
                    if mark != "." and (step < stop or (drum == "kick" and step in (8, 12))):
                        strike(drum, bar, step, VELOCITY[mark] * swell(section.name))
            for number, (step, drum) in enumerate(fill):
                strike(drum, bar, step, 84 + 30 * (number + 1) / len(fill))
    for bar in score.CRASH_BARS:
        strike("crash", bar, 0, 112)
    strike("kick", score.LAST_BAR, 0, 118)
    strike("snare", score.LAST_BAR, 0, 112)
    return {name: player.hits for name, player in hands.items()}


def chord(bar: int) -> score.Chord:
    return score.CHORDS[score.CHORDS_BY_BAR[bar]]


def bars_of(*names: str) -> list[int]:
    return [bar for bar in range(score.LAST_BAR) if score.section_at(bar) in names]


def bass_part() -> list[Hit]:
    player = Player("bass", late_ms=4.0, scatter_ms=3.5, force=6)
    for bar in bars_of("verse 1", "chorus 1", "verse 2", "chorus 2", "outro"):
        section = score.section_at(bar)
        driving = section.startswith(("chorus", "outro"))
        for beat, beats, above in score.BASS_CHORUS if driving else score.BASS_VERSE:
            accent = 8 if beat == 0 else 0
            player.play(bar, beat, beats, chord(bar).bass + above, 92 * swell(section) + accent)
    player.play(score.LAST_BAR, 0, 6.5, 33, 104)
    return player.hits


def keys_part() -> list[Hit]:
    player = Player("keys", late_ms=2.0, scatter_ms=4.5, force=6)
    for bar in bars_of("intro", "verse 1", "chorus 1", "verse 2", "chorus 2", "outro"):
        section = score.section_at(bar)
        for beat, beats in score.KEYS_CHORUS if section.startswith("chorus") else score.KEYS_VERSE:
            for order, pitch in enumerate(chord(bar).keys):
                player.play(
                    bar, beat, beats, pitch, 78 * swell(section) + (6 if beat == 0 else -4), 0.004 * order
                )
    for order, pitch in enumerate([45, *chord(score.LAST_BAR).keys]):
        player.play(score.LAST_BAR, 0, 6.5, pitch, 84, 0.03 * order)
    return player.hits


def electric_part(take: str) -> list[Hit]:
    """Power chords; the double is played to the first take and edited tight, so its scatter is small."""
    first = Player("electric", late_ms=0.0, scatter_ms=4.0, force=0)
    double = Player(f"electric {take}", late_ms=0.0, scatter_ms=0.25, force=7)

    def strum(bar: int, beat: float, beats: float, velocity: float) -> None:
        lean = np.clip(first.rng.normal(0, 0.004), -0.012, 0.012)
        for order, pitch in enumerate(chord(bar).power):
            double.play(bar, beat, beats, pitch, velocity, lean + 0.006 * order)

    for bar in bars_of("intro")[2:]:
        strum(bar, 0, 3.9, 78)
    for bar in bars_of("verse 2"):
        for beat in np.arange(0, 4, 0.5):
            strum(bar, beat, 0.22, 84 if beat % 2 == 0 else 66)  # palm-muted eighths
    for bar in bars_of("chorus 1", "chorus 2", "outro"):
        for beat, beats in [(0, 1.45), (1.5, 0.45), (2, 1.45), (3.5, 0.45)]:
            strum(bar, beat, beats, 104 * swell(score.section_at(bar)))
    strum(score.LAST_BAR, 0, 6.0, 108)
    return double.hits


def acoustic_part() -> list[Hit]:
    player = Player("acoustic", late_ms=-1.0, scatter_ms=5.0, force=7)
    for bar in bars_of("verse 1", "chorus 1", "verse 2", "chorus 2", "outro"):
        if bar in (4, 5, 6, 7):
            continue  # enters half way through the first verse
        for beat, way in score.STRUM:
            strings = chord(bar).strings if way == "down" else chord(bar).strings[:1:-1]
            accent = 94 if beat in (1, 3) else 80
            for order, pitch in enumerate(strings):
                player.play(
                    bar,
                    beat,
                    0.9 if way == "down" else 0.5,
                    pitch,
                    (accent if way == "down" else 66) * swell(score.section_at(bar)),
                    0.009 * order,
                )
    for order, pitch in enumerate(chord(score.LAST_BAR).strings):
        player.play(score.LAST_BAR, 0, 6.0, pitch, 92, 0.016 * order)
    return player.hits


def pad_part() -> list[Hit]:
    player = Player("pad", scatter_ms=6.0, force=3)
    for bar in [*bars_of("intro", "chorus 1", "verse 2", "chorus 2", "outro"), score.LAST_BAR]:
        beats = 5.0 if bar == score.LAST_BAR else 3.95
        for pitch in chord(bar).keys:
            player.play(bar, 0, beats, pitch, 84)
    return player.hits


def lead_part() -> list[Hit]:
    player = Player("lead", late_ms=1.0, scatter_ms=4.0, force=6)
    phrases = [(0, score.HOOK), (18, score.ANSWER), (30, score.ANSWER), (32, score.OUTRO_HOOK)]
    for bar, phrase in phrases:
        for beat, beats, pitch in phrase:
            player.play(bar, beat, beats * 0.94, pitch, 98)
    return player.hits


def percussion_part(name: str) -> list[Hit]:
    if name == "tamb":
        player = Player("tamb", late_ms=3.0, scatter_ms=4.0, force=8)
        for bar in bars_of("chorus 1", "chorus 2", "outro"):
            for beat in np.arange(0, 4, 0.5):
                player.play(bar, beat, 0.3, 54, 104 if beat in (1, 3) else 66)
        return player.hits
    player = Player("shaker", late_ms=-2.0, scatter_ms=4.0, force=8)
    for bar in bars_of("verse 1", "verse 2"):
        for beat in np.arange(0, 4, 0.25):
            player.play(bar, beat, 0.2, 70, 98 if beat % 1 == 0.5 else 64 if beat % 0.5 == 0 else 46)
    return player.hits


def lead_vocal() -> np.ndarray:
    rng = np.random.default_rng(seed_of("vocal"))
    notes = []
    for line in score.VOCAL_LINES:
        effort = 0.95 if score.section_at(line.bar).startswith("chorus") else 0.6
        effort *= 10 ** (rng.normal(0, 1.3) / 20)  # uneven from line to line, as a raw vocal is
        for beat, beats, pitch, syllable in line.notes:
            start_s = score.beat_s(line.bar, beat) + np.clip(rng.normal(0.008, 0.01), -0.015, 0.03)
            level = effort * 10 ** (rng.normal(0, 0.8) / 20) * (1.06 if beat % 1 == 0 else 0.94)
            notes.append(Sung(start_s, start_s + beats * 60 / score.TEMPO_BPM, pitch, syllable, level))
    voice = sing(notes, score.LENGTH_S, RATE, seed_of("singer"), size=1.06, breath=0.018)
    return bell(bell(voice, 200, 2.5, 0.8), 6000, 3, 0.8)  # a close condenser microphone


def backing_vocals() -> np.ndarray:
    out = np.zeros(SAMPLES)
    for part in (0, 1):
        for take in (0, 1):
            rng = np.random.default_rng(seed_of(f"oohs {part} {take}"))
            notes = []
            for bar in [*bars_of("chorus 1", "chorus 2", "outro"), score.LAST_BAR]:
                start_s = score.beat_s(bar) + rng.normal(0.015, 0.015)
                beats = 5 if bar == score.LAST_BAR else 3.95
                syllable = "|uw|" if bar % 2 == 0 or bar in (12, 24) else "_"
                end_s = start_s + beats * 60 / score.TEMPO_BPM
                notes.append(Sung(start_s, end_s, chord(bar).oohs[part], syllable, 0.5))
            seed = seed_of(f"ooh singer {part} {take}")
            out += sing(notes, score.LENGTH_S, RATE, seed, 1.0 + 0.06 * take, 0.04, 22, breaths=False)
    return out


def mono(stereo: np.ndarray) -> np.ndarray:
    return stereo.mean(axis=0)


def later(audio: np.ndarray, delay_ms: float) -> np.ndarray:
    """Sound travelling to a microphone further away."""
    size = round(delay_ms * RATE / 1000)
    return np.concatenate([np.zeros(size), audio[: len(audio) - size]]) if size else audio


def level_db(audio: np.ndarray) -> float:
    return 20 * float(np.log10(np.abs(audio).max()))


def kit_microphones() -> dict[str, np.ndarray]:
    """Each piece on its own, then the microphones: near sources direct, the others late, dull and low."""
    hits = drum_hits()
    piece = {
        name: mono(sampled(hits[name], score.LENGTH_S, drums=True))
        for name in ("kick", "snare", "ride", "crash")
    }
    piece["hats"] = mono(sampled(sorted(hits["hat"] + hits["open_hat"]), score.LENGTH_S, drums=True))
    for name in TOMS:
        piece[name] = mono(sampled(hits[name], score.LENGTH_S, drums=True))
    piece = {name: audio / np.abs(audio).max() for name, audio in piece.items()}
    scale = {"kick": 1.0, "snare": 0.9, "hats": 0.4, "ride": 0.4, "crash": 0.6}

    def bleed(name: str, gain_db: float, delay_ms: float, cutoff_hz: float = 5000) -> np.ndarray:
        dull = signal.sosfilt(signal.butter(1, cutoff_hz, fs=RATE, output="sos"), piece[name])
        return later(dull, delay_ms) * scale.get(name, 0.8) * 10 ** (gain_db / 20)

    toms = sum(piece[name] for name in TOMS)
    piece["toms"] = toms / np.abs(toms).max()
    kick = piece["kick"] + bleed("snare", -27, 1.6, 3000) + bleed("hats", -34, 2.3) + bleed("toms", -28, 1.4)
    snare = (
        piece["snare"]
        + bleed("hats", -18, 1.2, 9000)
        + bleed("kick", -24, 1.5, 2000)
        + bleed("toms", -24, 1.2)
        + bleed("crash", -26, 2.2)
        + bleed("ride", -28, 2.4)
    )
    hat = (
        piece["hats"]
        + piece["ride"] * 0.08
        + bleed("snare", -12, 1.2, 8000)
        + bleed("crash", -14, 2.0)
        + bleed("kick", -30, 2.0, 1500)
    )
    tom_mics = (
        piece["toms"]
        + bleed("snare", -24, 1.5)
        + bleed("kick", -26, 1.2, 2500)
        + bleed("hats", -32, 2.0)
        + bleed("ride", -26, 1.5)
        + bleed("crash", -24, 1.8)
    )
    # Overheads: (piece, gain, pan -1..1); about 1 m away, so some 3 ms, a little less on the nearer side.
    overhead = np.zeros((2, SAMPLES))
    for name, gain, place in [
        ("kick", 0.3, 0),
        ("snare", 0.55, 0.1),
        ("hats", 0.45, 0.6),
        ("ride", 0.55, -0.6),
        ("crash", 0.75, 0.35),
        ("tom_high", 0.5, 0.3),
        ("tom_mid", 0.5, -0.1),
        ("tom_low", 0.5, -0.55),
    ]:
        for side, sign in enumerate((-1, 1)):
            share = np.sqrt((1 + sign * place) / 2)
            overhead[side] += gain * share * later(piece[name], 3.1 - 0.35 * sign * place)
    overhead = overhead + 0.22 * room(overhead, 0.45, seed_of("room"))
    return {"01 Kick": kick, "02 Snare Top": snare, "03 HiHat": hat, "04 OH": overhead, "05 Toms": tom_mics}


def noise(name: str, low_hz: float, high_hz: float) -> np.ndarray:
    """Band noise of unit power."""
    rng = np.random.default_rng(seed_of(f"noise {name}"))
    shaped = signal.sosfilt(
        signal.butter(2, [low_hz, high_hz], "band", fs=RATE, output="sos"), rng.normal(0, 1, SAMPLES)
    )
    return shaped / np.std(shaped)


def hum(base_hz: float) -> np.ndarray:
    time = np.arange(SAMPLES) / RATE
    wave = sum(np.sin(2 * np.pi * base_hz * k * time + k) / k for k in (1, 2, 3, 5, 7))
    return wave / np.std(wave)


def play_all() -> dict[str, np.ndarray]:
    """All tracks with the colour of their troubles, levels still free."""
    tracks = kit_microphones()
    tracks["06 Bass DI"] = bell(mono(sampled(bass_part(), score.LENGTH_S, 33)), 95, 7, 3)
    tracks["07 Rhodes"] = mono(sampled(keys_part(), score.LENGTH_S, 4))
    direct = [mono(sampled(electric_part(take), score.LENGTH_S, 27)) for take in ("take 1", "take 2")]
    tracks["08 El Gtr"] = guitar_amp(direct[0], 22, 2400)
    tracks["09 El Gtr Dbl"] = -guitar_amp(direct[1], 19, 1900)
    tracks["10 Ac Gtr"] = bell(mono(sampled(acoustic_part(), score.LENGTH_S, 25)), 180, 3, 1)
    tracks["11 Pad"] = synth_pad(pad_part(), score.LENGTH_S, seed_of("pad synth"))
    tracks["12 Lead Synth"] = bell(
        synth_lead(lead_part(), score.LENGTH_S, seed_of("lead synth")), 3500, 6, 1.2
    )
    tracks["13 Lead Vox"] = lead_vocal()
    tracks["14 BV Oohs"] = backing_vocals()
    tracks["15 Tamb"] = mono(sampled(percussion_part("tamb"), score.LENGTH_S, drums=True))
    tracks["16 Shaker"] = mono(sampled(percussion_part("shaker"), score.LENGTH_S, drums=True))
    return tracks


def add_dirt(name: str, audio: np.ndarray) -> np.ndarray:
    """Noise floors, hum, rumble and DC in absolute dBFS, added after the level is set."""

    def at(level_dbfs: float, what: np.ndarray) -> np.ndarray:
        return what * 10 ** (level_dbfs / 20)

    floor_dbfs = {
        "08 El Gtr": -66,
        "09 El Gtr Dbl": -68,
        "13 Lead Vox": -72,
        "06 Bass DI": -74,
        "10 Ac Gtr": -76,
        "07 Rhodes": -90,
        "11 Pad": -96,
        "12 Lead Synth": -90,
        "14 BV Oohs": -86,
    }.get(name, -84)
    audio = audio + at(floor_dbfs, noise(name, 60, 9000))
    if name == "09 El Gtr Dbl":
        audio = audio + at(-62, hum(50))
    if name == "13 Lead Vox":
        audio = audio + at(-46, noise("rumble", 14, 38))  # traffic through the stand
    if name == "07 Rhodes":
        audio = audio + 0.006
    return audio


def check_score() -> None:
    """Every pitched note lies in the key; a slip in the data stops here."""
    pitched = {
        "bass": bass_part(),
        "keys": keys_part(),
        "electric": electric_part("take 1"),
        "acoustic": acoustic_part(),
        "pad": pad_part(),
        "lead": lead_part(),
    }
    sung = [Hit(0, 0, pitch, 0) for line in score.VOCAL_LINES for _, _, pitch, _ in line.notes]
    for name, hits in {**pitched, "vocal": sung}.items():
        wrong = sorted({hit.pitch for hit in hits if hit.pitch % 12 not in score.SCALE})
        if wrong:
            raise SystemExit(f"{name} leaves {score.KEY}: MIDI {wrong}")


def strip_silence(name: str, audio: np.ndarray) -> np.ndarray:
    """Cut the gaps between takes to digital silence with short fades, as one tidies a session."""
    reach = round(0.5 * RATE)
    loud = np.abs(audio) > np.abs(audio).max() * 10 ** ((-30 if "Toms" in name else -46) / 20)
    keep = ndimage.maximum_filter1d(loud.astype(float), reach)
    return audio * ndimage.uniform_filter1d(keep, round(0.03 * RATE)).round(6)


def write(path: Path, audio: np.ndarray) -> None:
    if path.suffix == ".flac":  # the noise floor of the track dithers its 16 bits
        soundfile.write(path, audio.T, RATE, subtype="PCM_16", compression_level=1.0)
        return
    with soundfile.SoundFile(
        path,
        "w",
        RATE,
        np.atleast_2d(audio).shape[0],
        "VORBIS",
        format="OGG",
        compression_level=1 - VORBIS_QUALITY,
    ) as file:
        for block in np.array_split(audio.T, 400):  # libsndfile's encoder overflows its stack on long writes
            file.write(block)


def main() -> None:
    check_score()
    TRACKS.mkdir(exist_ok=True)
    for old in TRACKS.iterdir():
        old.unlink()
    for name, audio in play_all().items():
        target_lufs, kind = RAW[name]
        audio = audio * 10 ** ((target_lufs - loudness_lufs(audio)) / 20)
        audio = add_dirt(name, audio)
        audio = strip_silence(name, audio) if name in EDITED else audio
        if level_db(audio) > -0.8:
            peak = f"{name} peaks at {level_db(audio):.1f} dBFS at {target_lufs} LUFS"
            raise SystemExit(f"{peak}; lower RAW[{name!r}]")
        write(TRACKS / f"{name}.{kind}", audio)
        print(f"{name:16} {loudness_lufs(audio):6.1f} LUFS  peak {level_db(audio):5.1f} dBFS")


if __name__ == "__main__":
    main()
