"""The engineer's decisions on small songs made here, whose troubles are known."""

import math

import numpy as np
import pytest

from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.engineer.dynamics import square_crest, times_ms
from mixwright.engineer.engineer import decide
from mixwright.engineer.estimate import estimate_strip
from mixwright.engineer.genres import find_genre
from mixwright.engineer.routing import default_mix, related_tracks
from mixwright.mix_model import Mix
from mixwright.project import AudioFile, Brief, Decision, Project, Track
from mixwright.roles import Role

SR = 22050
SECONDS = 12.0
TIME = np.arange(int(SECONDS * SR)) / SR


class Memory:
    def __init__(self, audio: np.ndarray) -> None:
        self.audio = np.atleast_2d(audio).astype(np.float32)
        self.channels, self.frames = self.audio.shape

    def read(self, start: int, frames: int, out: np.ndarray | None = None) -> np.ndarray:
        out = np.zeros((self.channels, frames), np.float32) if out is None else out
        part = self.audio[:, max(start, 0) : start + frames]
        out[:, : part.shape[1]] = part
        return out


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(TIME.size)


def hits(hz: float, decay_s: float, every_s: float, shift_s: float = 0.0, noisy: float = 0.0, seed: int = 0):
    phase = np.mod(TIME - shift_s, every_s)
    sound = np.sin(2 * np.pi * hz * phase) * (1 - noisy) + noisy * noise(seed)
    return 0.5 * sound * np.exp(-phase / decay_s) * (shift_s <= TIME)


def chord(*hz: float, seed: int = 0) -> np.ndarray:
    swing = 0.6 + 0.4 * np.sin(2 * np.pi * 0.5 * TIME + seed)
    tones = sum(
        np.sin(2 * np.pi * f * k * TIME + k) / k**1.3 for f in hz for k in range(1, 9) if f * k < 9000
    )
    return 0.1 * tones * swing


def voice(seed: int = 3) -> np.ndarray:
    sung = (np.mod(TIME, 4.0) < 2.7).astype(float)
    return chord(220.0, seed=seed) * sung * 2 + 0.004 * noise(seed) * sung


def song_parts() -> dict[str, tuple[Role, np.ndarray]]:
    return {
        "kick": (Role.KICK, hits(55, 0.12, 0.5)),
        "snare": (Role.SNARE, hits(190, 0.1, 1.0, 0.5, 0.6, 1)),
        "hihat": (Role.HIHAT, 0.3 * np.diff(hits(0, 0.04, 0.25, 0.0, 1.0, 2), append=0)),
        "bass": (Role.BASS, chord(55.0, seed=1)),
        "gtr_a": (Role.ELECTRIC_GUITAR, 0.2 * chord(196.0, 247.0, seed=2)),
        "gtr_b": (Role.ELECTRIC_GUITAR, chord(294.0, 370.0, seed=5)),
        "keys": (Role.KEYS, np.stack((chord(330.0, seed=6), chord(392.0, seed=7)))),
        "vocal": (Role.LEAD_VOCAL, voice()),
    }


def make(parts: dict[str, tuple[Role, np.ndarray]], **brief) -> tuple[Project, SongAnalysis]:
    inputs = {id: Memory(audio) for id, (_, audio) in parts.items()}
    tracks = tuple(
        Track(
            id=id,
            name=id,
            files=(AudioFile(path=f"{id}.wav", content_hash="xxh128:" + "0" * 32),),
            channels=inputs[id].channels,
            sample_rate=SR,
            frames=max(1, inputs[id].frames),
            role=role,
        )
        for id, (role, _) in parts.items()
    )
    project = Project(sample_rate=SR, tracks=tracks, brief=Brief(**{"rough": "ignore", **brief}))
    return project, analyse(inputs, SR, related=related_tracks(tracks))


def levels(mix: Mix, analysis: SongAnalysis) -> dict[str, float]:
    return {
        strip.id: estimate_strip(strip, analysis[strip.id], SR).loudness_lufs + strip.fader_db
        for strip in mix.strips
        if not analysis[strip.id].silent
    }


def chosen(decisions: tuple[Decision, ...], kind: str, target: str) -> list[Decision]:
    return [d for d in decisions if d.kind == kind and d.target == target]


@pytest.fixture(scope="module")
def song() -> tuple[Project, SongAnalysis]:
    return make(song_parts())


@pytest.fixture(scope="module")
def mixed(song) -> tuple[Mix, tuple[Decision, ...]]:
    return decide(*song)


def test_the_mix_is_the_default_one_with_all_changes(song, mixed):
    rebuilt = default_mix(song[0])
    for decision in mixed[1]:
        rebuilt = rebuilt.with_values(decision.changes)
    assert rebuilt == mixed[0]


def test_same_input_same_mix(song, mixed):
    assert decide(*song) == mixed


def test_every_value_that_moved_has_a_decision_with_numbers(song, mixed):
    before = {p.path: p.value for p in default_mix(song[0]).walk()}
    moved = {p.path for p in mixed[0].walk() if p.value != before[p.path]}
    told = {path for decision in mixed[1] for path in decision.changes}
    assert moved <= told
    for decision in mixed[1]:
        assert decision.reason
        if decision.changes:
            assert decision.evidence
            assert all(math.isfinite(value) for value in decision.evidence.values())


def test_lead_kick_snare_and_bass_stand_in_the_centre(mixed):
    pans = {strip.id: strip.pan for strip in mixed[0].strips}
    assert all(abs(pans[id]) <= 0.1 for id in ("vocal", "kick", "snare", "bass"))
    assert max(abs(pan) for pan in pans.values()) > 0.2


def test_left_and_right_are_level(song, mixed):
    _, analysis = song
    left = right = 0.0
    for strip in mixed[0].strips:
        power = 10 ** (levels(mixed[0], analysis)[strip.id] / 10)
        if analysis[strip.id].channels == 1:
            angle = (strip.pan + 1) * np.pi / 4
            left, right = left + power * np.cos(angle) ** 2, right + power * np.sin(angle) ** 2
        else:
            left, right = left + power / 2, right + power / 2
    assert abs(10 * np.log10(right / left)) < 1.0


def test_a_soft_track_is_brought_up(song, mixed):
    before = {id: song[1][id].integrated_lufs for id in ("gtr_a", "gtr_b")}
    after = levels(mixed[0], song[1])
    assert before["gtr_b"] - before["gtr_a"] > 12
    assert 0 < after["gtr_b"] - after["gtr_a"] < 8


def test_the_lead_stands_out(song, mixed):
    after = levels(mixed[0], song[1])
    assert after["vocal"] == max(after.values())


def test_settings_follow_the_audio_not_the_role(mixed):
    parts = song_parts()
    role, sound = parts["vocal"]
    parts["vocal"] = (role, np.convolve(sound, [0.5, 0.5], "same") + 0.4 * np.sin(2 * np.pi * 30 * TIME))
    parts["bass"] = (Role.BASS, parts["bass"][1] * (1 + 4 * (np.mod(TIME, 1.0) < 0.05)))
    other, _ = decide(*make(parts))
    ours = {strip.id: strip for strip in mixed[0].strips}
    theirs = {strip.id: strip for strip in other.strips}
    assert ours["vocal"].equalizer != theirs["vocal"].equalizer
    assert ours["bass"].compressor != theirs["bass"].compressor


def test_rumble_is_cut_and_only_rumble():
    parts = song_parts()
    role, sound = parts["vocal"]
    project, analysis = make(
        {"vocal": (role, sound), "rumbling": (role, sound + 0.05 * np.sin(60 * np.pi * TIME))}
    )
    mix, decisions = decide(project, analysis)
    clean, rumbling = (strip.equalizer.high_pass for strip in mix.strips)
    assert clean.slope_db_oct == 0
    assert rumbling.slope_db_oct > 0
    assert 30 < rumbling.frequency_hz < 176
    assert any("high-pass" in d.summary for d in chosen(decisions, "tone", "rumbling"))


def test_a_flipped_microphone_is_turned_round():
    snare = song_parts()["snare"][1]
    parts = {"snare_top": (Role.SNARE, snare), "snare_bottom": (Role.SNARE, -0.6 * snare + 0.01 * noise(9))}
    mix, decisions = decide(*make(parts))
    assert [strip.polarity_invert for strip in mix.strips] == [False, True]
    assert chosen(decisions, "prepare", "snare_bottom")[-1].evidence["low_correlation"] < -0.5


def test_a_late_microphone_of_the_same_sound_is_lined_up():
    sound = chord(110.0, 165.0) + 0.05 * noise(4)
    late = np.concatenate((np.zeros(66), sound[:-66]))
    mix, _ = decide(*make({"bass_di": (Role.BASS, sound), "bass_amp": (Role.BASS, late)}))
    assert mix.strips[0].delay_ms == pytest.approx(66 / SR * 1000, abs=0.1)
    assert mix.strips[1].delay_ms == 0


def test_hissing_voices_get_a_de_esser():
    sung = voice()
    hiss = np.diff(noise(8), append=0) * (np.mod(TIME, 1.0) < 0.12) * 0.15
    mix, _ = decide(*make({"clean": (Role.LEAD_VOCAL, sung), "hissing": (Role.BACKING_VOCAL, sung + hiss)}))
    assert mix.strips[0].dynamic1.range_db == 0
    assert mix.strips[1].dynamic1.range_db <= -2
    assert 4500 < mix.strips[1].dynamic1.frequency_hz < 9500


def test_the_kick_ducks_the_bass_only_where_they_meet():
    kick = hits(55, 0.12, 0.5)
    together = decide(*make({"kick": (Role.KICK, kick), "bass": (Role.BASS, chord(55.0))}))[0]
    gate = np.mod(TIME, 0.5) > 0.3
    apart = decide(*make({"kick": (Role.KICK, kick), "bass": (Role.BASS, chord(440.0) * gate)}))[0]
    assert together.strips[1].dynamic4.range_db < 0
    assert together.strips[1].keys.dynamic4 == "kick"
    assert apart.strips[1].dynamic4.range_db == 0


def test_reverb_stays_below_what_the_genre_bears(song):
    sends = {}
    for genre in ("metal", "orchestral"):
        mix, decisions = decide(song[0].replace(brief=Brief(genre=genre)), song[1])
        told = [d.evidence["reverb_re_mix_lu"] for d in decisions if "reverb_re_mix_lu" in d.evidence]
        assert max(told) <= find_genre(genre).depth.reverb_lu + 0.1
        sends[genre] = max(s.level_db for s in mix.channel("vocal").sends)
    assert sends["orchestral"] > sends["metal"] + 1.0


def test_the_limiter_keeps_the_ceiling_asked_for(song):
    mix, _ = decide(song[0].replace(brief=Brief(peak_dbtp=-2.0)), song[1])
    assert mix.master.limiter.on
    assert mix.master.limiter.ceiling_dbtp == -2.0


def test_silent_tracks_stay_as_they_are():
    parts = song_parts() | {"empty": (Role.PIANO, np.zeros(TIME.size))}
    project, analysis = make(parts)
    mix, decisions = decide(project, analysis)
    assert mix.channel("empty") == default_mix(project).channel("empty")
    assert "silent" in chosen(decisions, "prepare", "empty")[0].summary


@pytest.mark.parametrize("role", list(Role))
def test_one_track_of_any_role(role):
    mix, decisions = decide(*make({"only": (role, chord(110.0, 220.0))}))
    assert mix.strips[0].fader_db == 0
    assert decisions


@pytest.mark.parametrize(
    "genre", ["pop", "rock", "hip-hop", "electronic", "orchestral", "jazz", "metal", "folk"]
)
def test_any_genre(song, genre):
    mix, _ = decide(song[0].replace(brief=Brief(genre=genre)), song[1])
    assert all(math.isfinite(strip.fader_db) for strip in mix.strips)


def test_nothing_but_silence():
    project, analysis = make({"a": (Role.KICK, np.zeros(SR)), "b": (Role.OTHER, np.zeros((2, SR)))})
    mix, decisions = decide(project, analysis)
    assert mix.strips == default_mix(project).strips
    assert sum("silent" in d.summary for d in decisions) == 2


def test_no_tracks_at_all():
    mix, _ = decide(Project(sample_rate=SR), analyse({}, SR))
    assert mix.strips == ()


def test_a_track_may_be_called_like_a_bus():
    parts = {
        "drums": (Role.DRUM_KIT, hits(60, 0.2, 0.5)),
        "plate": (Role.KEYS, chord(220.0)),
        "bass": (Role.BASS, chord(55.0)),
    }
    mix, _ = decide(*make(parts))
    assert len({channel.id for channel in mix.channels()}) == len(list(mix.channels()))


def test_a_hundred_tracks_in_reasonable_time():
    parts = {}
    roles = list(Role)
    sounds = [chord(110.0 * (1 + k / 5), seed=k)[: 3 * SR] for k in range(5)]
    for k in range(100):
        parts[f"t{k}"] = (roles[k % len(roles)], sounds[k % 5] * (0.2 + (k % 7) / 7))
    mix, decisions = decide(*make(parts))
    assert len(mix.strips) == 100
    assert len(decisions) > 200


def test_voices_that_take_turns_need_not_share_their_level():
    first = np.mod(TIME, 4.0) < 2.0
    turns = {
        "a": (Role.BACKING_VOCAL, chord(220.0) * first),
        "b": (Role.BACKING_VOCAL, chord(330.0) * ~first),
    }
    both = {"a": (Role.BACKING_VOCAL, chord(220.0)), "b": (Role.BACKING_VOCAL, chord(330.0))}
    lead = {"vocal": (Role.LEAD_VOCAL, chord(440.0))}
    evidence = [
        chosen(decide(*make(lead | parts))[1], "balance", "a")[0].evidence["level_re_lead_lu"]
        for parts in (turns, both)
    ]
    assert evidence[0] - evidence[1] == pytest.approx(8 * math.log10(2), abs=0.6)


def test_a_booming_bass_note_is_held():
    time = np.arange(40 * SR) / SR
    notes = np.array([55.0, 65.4, 73.4, 82.4, 98.0, 110.0, 123.5])[(time // 0.5).astype(int) % 7]
    phase = np.cumsum(2 * np.pi * notes / SR)
    even = sum(np.sin(k * phase) / k**2 for k in range(1, 8)) * 0.2
    boomy = even * np.where(np.abs(notes - 98.0) < 1, 3.5, 1.0)
    mix, decisions = decide(*make({"boomy": (Role.BASS, boomy)}))
    assert mix.strips[0].dynamic3.range_db <= -2
    assert mix.strips[0].dynamic3.frequency_hz == pytest.approx(98, rel=0.15)
    assert any("boom" in d.reason for d in decisions)


def test_a_harsh_band_is_held():
    time = np.arange(24 * SR) / SR
    notes = np.random.default_rng(4).choice([196.0, 220.0, 247.0, 277.0, 311.0, 349.0, 392.0], 48)
    phase = np.cumsum(2 * np.pi * np.repeat(notes, SR // 2) / SR)
    sound = 0.1 * sum(np.sin(k * phase) / k for k in range(1, 9)) + 0.02 * np.tile(noise(6), 2)
    harsh = sound + 0.05 * np.sin(2 * np.pi * 3650 * time) * (1 + np.sin(2 * np.pi * 3 * time))
    mix, decisions = decide(*make({"plain": (Role.KEYS, sound), "harsh": (Role.KEYS, harsh)}))
    for strip in mix.strips:
        cuts = [d for d in decisions if d.target == strip.id and "stands" in d.reason]
        bands = [strip.dynamic2, *(b for b in strip.equalizer.bands if b.gain_db < 0 and b.q >= 4)]
        depth = [
            getattr(b, "range_db", getattr(b, "gain_db", 0)) for b in bands if 3600 < b.frequency_hz < 3700
        ]
        assert len(cuts) == (strip.id == "harsh")
        assert bool(depth) == (strip.id == "harsh")
        assert all(-5 <= gain <= -2 for gain in depth)


def test_hum_is_notched_at_its_partials():
    hum = 0.001 * sum(np.sin(2 * np.pi * 50 * k * TIME + k) for k in range(1, 6))
    played = chord(233.0, 311.0) * (np.mod(TIME, 4.0) < 2.0)
    mix, _ = decide(*make({"clean": (Role.KEYS, played), "hums": (Role.KEYS, played[::-1] + hum)}))
    notched = {s.id: [b.frequency_hz for b in s.equalizer.bands if b.kind == "notch"] for s in mix.strips}
    assert not notched["clean"]
    assert notched["hums"]
    assert all(hz % 50 == 0 for hz in notched["hums"])


def test_of_two_copies_one_plays():
    parts = song_parts()
    copies = parts | {"keys_again": (Role.KEYS, 0.5 * parts["keys"][1])}
    once, twice = (decide(*make(p))[0] for p in (parts, copies))
    muted = {strip.id: strip.mute for strip in twice.strips}
    assert [id for id, mute in muted.items() if mute] == ["keys_again"]
    for strip in once.strips:
        assert twice.channel(strip.id).fader_db == pytest.approx(strip.fader_db, abs=0.3)
    kept = decide(*make(copies, rough="keep"))
    assert not any(strip.mute for strip in kept[0].strips)
    assert any("same sound" in d.summary for d in kept[1])


def test_compressor_times_follow_the_crest_within_the_bounds_of_the_role():
    smooth, spiky = np.sin(2 * np.pi * 200 * TIME), hits(200, 0.02, 0.1)
    _, analysis = make({"smooth": (Role.KEYS, 0.3 * smooth), "spiky": (Role.KEYS, spiky)})
    assert square_crest(analysis["smooth"]) == pytest.approx(2.0, rel=0.05)  # that of a sine
    slow, fast = (times_ms(analysis[id], Role.KEYS, 10.0, 150.0) for id in ("smooth", "spiky"))
    assert fast[0] < 10.0 < slow[0]
    assert fast[1] < slow[1]
    assert all(5.0 <= attack <= 20.0 for attack, _ in (slow, fast))


def test_busy_sources_get_a_shorter_tail():
    def decay(every_s: float) -> float:
        parts = song_parts()
        parts["keys"] = (Role.KEYS, hits(330.0, 0.03, every_s))
        parts = {id: parts[id] for id in ("kick", "keys")}
        return decide(*make(parts, tempo_bpm=50))[0].returns[1].reverb.decay_s

    assert decay(0.2) < decay(1.0)
