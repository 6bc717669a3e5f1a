"""The song of the phrasings, mixed by hand, and how a mix is measured (README.md)."""

from collections.abc import Mapping

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ
from mixwright.dsp.compressor import Compressor
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.equalizer import Band, Equalizer
from mixwright.dsp.saturation import Saturation
from mixwright.engineer.estimate import band_unit_db
from mixwright.engineer.routing import default_mix
from mixwright.mix_model import OFF_DB, Mix, Strip
from mixwright.project import AudioFile, Brief, Facts, Project, SongSection, Track

RATE = 48000
TRACKS = {
    "kick": ("Kick", "kick"),
    "snare": ("Snare", "snare"),
    "hihat": ("Hi-Hat", "hihat"),
    "oh": ("Overheads", "overheads"),
    "toms": ("Toms", "toms"),
    "tamb": ("Tambourine", "percussion"),
    "bass": ("Bass", "bass"),
    "gtr_l": ("Guitar L", "electric_guitar"),
    "gtr_r": ("Guitar R", "electric_guitar"),
    "acoustic": ("Acoustic Guitar", "acoustic_guitar"),
    "piano": ("Piano", "piano"),
    "pad": ("Pad", "synth_pad"),
    "synth": ("Lead Synth", "synth_lead"),
    "lead_vox": ("Lead Vocal", "lead_vocal"),
    "bv_1": ("BV 1", "backing_vocal"),
    "bv_2": ("BV 2", "backing_vocal"),
    "cello": ("Cello", "strings"),
}
SECTIONS = ("intro", "verse1", "chorus1", "verse2", "chorus2", "bridge", "chorus3", "outro")
PANS = {"gtr_l": -0.6, "gtr_r": 0.6, "acoustic": 0.4, "piano": -0.3, "bv_1": -0.3, "bv_2": 0.35, "hihat": 0.2}
DRUMS = ("kick", "snare", "hihat", "oh", "toms", "tamb")
TARGETS: Mapping[str, tuple[str, ...]] = {
    **{id: (id,) for id in TRACKS},
    "vocals": ("lead_vox", "bv_1", "bv_2"),
    "drums": DRUMS,
    "guitars": ("gtr_l", "gtr_r", "acoustic"),
    "backing": ("bv_1", "bv_2"),
    "drums_but_hihat": tuple(id for id in DRUMS if id != "hihat"),
    "drums_but_kick": tuple(id for id in DRUMS if id != "kick"),
    "all_but_vocals": tuple(id for id in TRACKS if id not in ("lead_vox", "bv_1", "bv_2")),
    "all_but_drums": tuple(id for id in TRACKS if id not in DRUMS),
    "all_but_lead": tuple(id for id in TRACKS if id != "lead_vox"),
    "all_but_vocals_and_bass": tuple(id for id in TRACKS if id not in ("lead_vox", "bv_1", "bv_2", "bass")),
}
RANGES = {
    "sub": (30, 60), "low": (60, 150), "mud": (200, 400), "box": (400, 700), "mid": (700, 1500),
    "presence": (2000, 5000), "sibilance": (5500, 9000), "air": (9000, 16000),
}  # fmt: skip
REVERBS = ("plate", "hall")


def song() -> Project:
    """The project before anything is asked."""
    tracks = tuple(
        Track(
            id=id,
            name=name,
            files=(AudioFile(path=f"{id}.wav", content_hash="xxh128:" + "0" * 32),),
            channels=2 if id in ("oh", "pad") else 1,
            sample_rate=RATE,
            frames=RATE * 140,
            role=role,
        )
        for id, (name, role) in TRACKS.items()
    )
    sections = tuple(
        SongSection(name=name, start_s=17.0 * k, end_s=17.0 * (k + 1)) for k, name in enumerate(SECTIONS)
    )
    project = Project(
        name="phrasings",
        tracks=tracks,
        brief=Brief(genre="pop", tempo_bpm=100.0),
        facts=Facts(sections=sections),
        sample_rate=RATE,
    )
    mix = default_mix(project)
    strips = tuple(_dressed(strip) for strip in mix.strips)
    mix = mix.replace(strips=strips).with_values(
        {
            "returns.echo.effect": "echo",
            "buses.drums.sends.drums_parallel.level_db": -10.0,
            "master.compressor.ratio": 1.6,
            "master.compressor.threshold_db": -12.0,
        }
    )
    return project.replace(mix=mix)


def _dressed(strip: Strip) -> Strip:
    to = "plate" if strip.id in ("lead_vox", "snare", "bv_1", "bv_2", "toms", "acoustic") else "hall"
    levels = {to: -14.0} if strip.id != "bass" else {}
    if strip.id == "lead_vox":
        levels["echo"] = -17.0
    sends = tuple(s.replace(level_db=levels.get(s.to, OFF_DB)) for s in strip.sends)
    return strip.replace(
        fader_db=-6.0,
        pan=PANS.get(strip.id, 0.0),
        sends=sends,
        compressor=Compressor(threshold_db=-22.0, ratio=3.0, attack_ms=12.0),
        saturation=Saturation(drive_db=3.0 if strip.id == "synth" else 0.0),
        dynamic1=DynamicEq(frequency_hz=7000.0, threshold_db=-40.0, range_db=-3.0)
        if strip.id == "lead_vox"
        else DynamicEq(),
    )


def at(mix: Mix, time_s: float) -> Mix:
    """The mix as its curves have it at a time."""
    values = {}
    declarations = {p.path: p for p in mix.walk()}
    for curve in mix.curves:
        times, points = zip(*curve.points, strict=True)
        if curve.shape == "hold":
            value = points[max(int(np.searchsorted(times, time_s, "right")) - 1, 0)]
        else:
            value = float(np.interp(time_s, times, points))
        known = declarations[curve.path].value
        values[curve.path] = bool(value) if isinstance(known, bool) else value
    return mix.replace(curves=()).with_values(values)


def response_db(equalizer: Equalizer, strip: Strip | None = None) -> np.ndarray:
    """Gain per third octave of the bands, and of dynamic bands that are fully engaged."""
    total = np.zeros(CENTERS_HZ.size)
    bands: list[Band] = [getattr(equalizer, f"band{k}") for k in range(1, 7)]
    for band in bands:
        if band.on and band.gain_db:
            total += band.gain_db * band_unit_db(band.kind, band.frequency_hz, band.q, RATE)
    for name in ("dynamic1", "dynamic2", "dynamic3", "dynamic4") if strip else ():
        moving = getattr(strip, name)
        if moving.range_db:
            total += moving.range_db * band_unit_db(moving.kind, moving.frequency_hz, moving.q, RATE)
    return total


def _mean(response: np.ndarray, low: float, high: float) -> float:
    return float(response[(low <= CENTERS_HZ) & (high >= CENTERS_HZ)].mean())


def _sends_db(mix: Mix, id: str, returns: tuple[str, ...]) -> float:
    faders = {ret.id: ret.fader_db for ret in mix.returns}
    levels = [s.level_db + faders[s.to] for s in mix.channel(id).sends if s.to in returns]
    return 10 * np.log10(sum(10 ** (level / 10) for level in levels if level > OFF_DB) + 1e-9)


def measured(mix: Mix, id: str, name: str) -> float:
    """One property of one strip."""
    strip = next(strip for strip in mix.strips if strip.id == id)
    if name == "level":
        return strip.fader_db + mix.channel(strip.output).fader_db
    if name == "reverb":
        return _sends_db(mix, id, REVERBS)
    if name == "echo":
        return _sends_db(mix, id, ("echo",))
    if name in RANGES:
        return _mean(response_db(strip.equalizer, strip), *RANGES[name])
    if name == "tilt":
        response = response_db(strip.equalizer, strip)
        return _mean(response, 4000, 12000) - _mean(response, 100, 400)
    if name == "width":
        return abs(strip.pan) + strip.width - 1
    if name == "pan":
        return strip.pan
    if name == "punch":
        send = mix.channel(strip.output).send("drums_parallel")
        parallel = send.level_db / 3 if send else 0.0
        return float(np.log2(strip.compressor.attack_ms)) + parallel + measured(mix, id, "presence") / 3
    if name == "drive":
        return strip.saturation.drive_db
    if name == "mute":
        return float(strip.mute)
    raise KeyError(name)


def squash_db(before: Compressor, now: Compressor) -> float:
    """Gain reduction 10 dB above the threshold that there was."""
    level = before.threshold_db + 10
    return max(0.0, level - now.threshold_db) * (1 - 1 / now.ratio)


def moved(before: Project, after: Project, target: str, name: str, time_s: float) -> list[float]:
    """The change of a property: of each track of a target, or of the whole."""
    a, b = at(before.mix, time_s), at(after.mix, time_s)
    if name == "loudness":
        return [after.brief.loudness_lufs - before.brief.loudness_lufs]
    if name == "loudness_is":
        return [after.brief.loudness_lufs]
    if name == "decay":
        return [100 * (y.reverb.decay_s / x.reverb.decay_s - 1)
                for x, y in zip(a.returns, b.returns, strict=True) if x.id in REVERBS]  # fmt: skip
    ids = tuple(TRACKS) if target == "mix" else TARGETS[target]
    if name == "centred":
        return [abs(b.channel(id).pan) for id in ids]
    if name == "squash":
        found = [
            squash_db(a.channel(id).compressor, b.channel(id).compressor)
            - squash_db(a.channel(id).compressor, a.channel(id).compressor)
            for id in ids
        ]
        one, two = a.master.compressor, b.master.compressor
        return [*found, squash_db(one, two) - squash_db(one, one)] if target == "mix" else found
    found = [measured(b, id, name) - measured(a, id, name) for id in ids]
    if target == "mix":
        found = [value + _master(b, name) - _master(a, name) for value in found]
    return found


def _master(mix: Mix, name: str) -> float:
    response = response_db(mix.master.equalizer)
    if name in RANGES:
        return _mean(response, *RANGES[name])
    if name == "tilt":
        return _mean(response, 4000, 12000) - _mean(response, 100, 400)
    return mix.master.width if name == "width" else 0.0
