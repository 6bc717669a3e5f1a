"""Sections and excerpts of songs whose form is known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mixwright.analysis.beats import Beats
from mixwright.analysis.sections import find_sections, telling_excerpts
from mixwright.analysis.song import SongAnalysis, analyse
from mixwright.analysis.track import TrackAnalysis
from tests.analysis.test_song import SR, Memory, noise, sine

BAR_S = 2.0


def grid(duration_s: float) -> Beats:
    times = np.arange(0, duration_s, BAR_S / 4)
    return Beats(120.0, 0.9, True, times, 4, 0.9, times[::4])


def song(form: str, bars: int = 8) -> SongAnalysis:
    """i: pad; v: pad, bass, voice; c: all with loud guitars; o: quiet piano."""
    parts = {"pad": "ivc", "bass": "vc", "voice": "vc", "guitar": "c", "drums": "vc", "piano": "o"}
    samples = int(bars * BAR_S * SR)
    inputs = {}
    for k, (id, where) in enumerate(parts.items()):
        own = noise(bars * BAR_S, seed=k) if k % 2 else sine(110.0 * (k + 1), bars * BAR_S)
        inputs[id] = Memory(np.concatenate([own * (f in where) for f in form] + [np.zeros(0)]))
    assert all(audio.frames == samples * len(form) for audio in inputs.values())
    found = analyse(inputs, SR)
    beats = grid(found.duration_s)
    return replace(found, beats=beats, sections=find_sections(found.tracks, beats, found.duration_s))


@pytest.fixture(scope="module")
def pop() -> SongAnalysis:
    return song("ivcvco")


def test_boundaries_lie_on_the_bars_where_the_parts_change(pop):
    assert [s.start_s for s in pop.sections] == pytest.approx([0, 16, 32, 48, 64, 80], abs=0.01)
    assert [s.end_s for s in pop.sections] == pytest.approx([16, 32, 48, 64, 80, 96], abs=0.01)


def test_repetitions_share_a_letter(pop):
    assert "".join(s.label for s in pop.sections) == "ABCBCD"


def test_what_plays_and_how_full_it_is(pop):
    assert pop.sections[0].playing == ("pad",)
    assert set(pop.sections[2].playing) == {"pad", "bass", "voice", "guitar", "drums"}
    assert [s.sparse for s in pop.sections] == [True, False, False, False, False, True]
    assert {k for k, s in enumerate(pop.sections) if s.loudest} <= {2, 4}
    # equal loudness: five tracks against four
    assert pop.sections[2].energy_lu - pop.sections[1].energy_lu == pytest.approx(
        10 * np.log10(5 / 4), abs=0.5
    )


def test_boundaries_without_known_bars_are_near(pop):
    loose = find_sections(pop.tracks, Beats(), pop.duration_s)
    assert [s.start_s for s in loose] == pytest.approx([0, 16, 32, 48, 64, 80], abs=2.0)


def test_gain_of_a_recording_does_not_matter(pop):
    louder = {
        id: replace(t, frame_power=100 * t.frame_power, integrated_lufs=t.integrated_lufs + 20)
        if id == "bass"
        else t
        for id, t in pop.tracks.items()
    }
    again = find_sections(louder, pop.beats, pop.duration_s)
    for a, b in zip(again, pop.sections, strict=True):
        assert (a.start_s, a.label, a.playing) == (b.start_s, b.label, b.playing)
        assert a.energy_lu == pytest.approx(b.energy_lu, abs=0.01)


def test_an_excerpt_is_one_section():
    inputs = {"a": Memory(noise(13.0)), "b": Memory(sine(200, 13.0))}
    (section,) = analyse(inputs, SR).sections
    assert (section.start_s, section.label, section.loudest, section.sparse) == (0.0, "A", True, False)
    assert section.end_s == pytest.approx(13.0)
    assert section.energy_lu == pytest.approx(0.0, abs=1e-6)


def test_silence_has_no_sections():
    assert analyse({"a": Memory(np.zeros(20 * SR))}, SR).sections == ()
    assert analyse({}, SR).sections == ()
    assert analyse({}, SR).excerpts(10.0) == ()


def heard(tracks: dict[str, TrackAnalysis], spans: tuple[tuple[float, float], ...]) -> set[str]:
    def seconds(t: TrackAnalysis, a: float, b: float) -> float:
        return t.active[round(a / t.frame_s) : round(b / t.frame_s)].sum() * t.frame_s

    return {id for id, t in tracks.items() if max(seconds(t, *span) for span in spans) > 0.9}


@pytest.mark.parametrize("seconds", [12.0, 24.0])
def test_excerpts_hold_every_track_and_the_loudest_part(pop, seconds):
    spans = pop.excerpts(seconds, ["voice"])
    assert heard(pop.tracks, spans) == set(pop.tracks)
    assert sum(b - a for a, b in spans) <= seconds + 1e-6
    assert all(0 <= a < b <= pop.duration_s for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert any(a < s.end_s and b > s.start_s for a, b in spans for s in pop.sections if s.label == "C")


def test_the_lead_is_heard_though_it_sings_once():
    everyone = {f"t{k}": Memory(noise(60.0, seed=k)) for k in range(3)}
    once = np.zeros(60 * SR)
    once[20 * SR : 23 * SR] = sine(400, 3.0, level=0.01)
    tracks = {**everyone, "voice": Memory(once)}
    found = analyse(tracks, SR)
    assert any(a < 22 and b > 21 for a, b in telling_excerpts(found, 12.0, ["voice"]))


def test_a_short_song_is_its_own_excerpt(pop):
    assert pop.excerpts(1000.0) == ((0.0, pop.duration_s),)


def test_tracks_in_six_places_make_more_excerpts():
    samples = 60 * SR
    inputs = {}
    for k in range(6):
        own = np.zeros(samples)
        own[10 * k * SR : (10 * k + 3) * SR] = noise(3.0, seed=k)
        inputs[f"t{k}"] = Memory(own)
    found = analyse(inputs, SR)
    spans = found.excerpts(18.0)
    assert len(spans) == 6
    assert heard(found.tracks, spans) == set(inputs)
