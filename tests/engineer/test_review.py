"""The review loop on the demo song: faults put into a finished mix are heard, named and taken out again."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mixwright import audio
from mixwright.analysis.bands import band_slice, k_weights
from mixwright.analysis.sections import telling_excerpts
from mixwright.analysis.song import analyse
from mixwright.engineer.desk import Desk
from mixwright.engineer.engineer import work
from mixwright.engineer.faders import with_changes
from mixwright.engineer.hearing import Heard, listen
from mixwright.engineer.intent import intend
from mixwright.engineer.review import ROUNDS, Review, review
from mixwright.engineer.routing import related_tracks
from mixwright.mix_model import Mix
from mixwright.project import Brief
from mixwright.roles import Role, RoleGroup
from mixwright.units import power_to_db
from mixwright.workflow.job import Job
from mixwright.workflow.opening import open_tracks

DEMO = Path(__file__).parents[2] / "examples" / "demo_song" / "tracks"
LISTENED_S = 10.0


@dataclass
class Studio:
    """The demo song, decided, with ears."""

    desk: Desk
    excerpts: list[tuple[float, float]]
    hear: Callable[..., Heard]
    sound: Heard
    mix: Mix

    def id_of(self, role: Role) -> str:
        return self.desk.with_role(role)[0].id

    def review(self, mix: Mix) -> Review:
        return review(self.desk, mix, self.hear, self.excerpts)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with audio.Scratch() as scratch:
        opened = open_tracks(DEMO, None, Brief(genre="pop"), {}, scratch, Job())
        rate = opened.project.sample_rate
        analysis = analyse(opened.inputs, rate, related=related_tracks(opened.project.tracks))
        desk = work(opened.project, analysis)
        excerpts = telling_excerpts(analysis, LISTENED_S, [desk.lead.id])

        def hear(mix: Mix, before: Sequence[tuple[Mix, Heard]] = ()) -> Heard:
            return listen(mix, opened.inputs, rate, excerpts, threads=2, before=before)

        mix = desk.mix
        for _ in range(3):
            done = review(desk, mix, hear, excerpts)
            mix = done.mix
            if not done.decisions:
                break
        heard = hear(mix)
        above = intend(desk, excerpts).mix_above_song_lu
        wanted = desk.project.brief.loudness_lufs + above
        mix = mix.with_values({"master.drive_db": wanted - heard.mix.loudness_lufs})
        yield Studio(desk, excerpts, hear, hear(mix), mix)


def test_a_mix_that_sounds_as_meant_is_left_alone(studio):
    done = studio.review(studio.mix)
    assert done.mix == studio.mix
    assert not done.decisions


Fault = Callable[[Studio], tuple[dict[str, float | str], str, Callable[[Studio, Heard], float]]]
"""Changes to the mix, the channel the log must name, and what of the fault is heard."""


def lead_too_soft(studio: Studio):
    lead = studio.id_of(Role.LEAD_VOCAL)
    fader = studio.mix.channel(lead).fader_db
    return {f"strips.{lead}.fader_db": fader - 8.0}, lead, lambda s, h: h.strips[lead].loudness_lufs


def boomy_bass(studio: Studio):
    bass = studio.id_of(Role.BASS)
    used = studio.mix.channel(bass).equalizer
    slot = next(f"band{k}" for k in range(1, 7) if getattr(used, f"band{k}").gain_db == 0)
    base = f"strips.{bass}.equalizer.{slot}"
    changes = {
        f"{base}.kind": "bell",
        f"{base}.frequency_hz": 250.0,
        f"{base}.q": 1.0,
        f"{base}.gain_db": 8.0,
    }
    return changes, bass, lambda s, h: band_level_db(h, bass, 220, 290)


def band_level_db(heard: Heard, id: str, low_hz: float, high_hz: float) -> float:
    return power_to_db(float(heard.strips[id].power[band_slice(low_hz, high_hz)].sum()))


def guitars_left(studio: Studio):
    guitars = [t.id for t in studio.desk.in_group(RoleGroup.GUITARS)]

    def lean(_: Studio, heard: Heard) -> float:
        left, right = np.sum([heard.strips[id].side_power @ k_weights() for id in guitars], axis=0)
        return power_to_db(right) - power_to_db(left)

    return {f"strips.{id}.pan": -0.9 for id in guitars}, guitars[0], lean


def doubled_reverb(studio: Studio):
    changes = {f"returns.{r.id}.fader_db": r.fader_db + 6.0 for r in studio.mix.returns}
    return changes, "plate", lambda s, h: h.wet_lu


def overlimited(studio: Studio):
    drive = studio.mix.master.drive_db
    return {"master.drive_db": drive + 6.0}, "master", lambda s, h: h.master.loudness_lufs


@pytest.mark.parametrize("fault", [lead_too_soft, boomy_bass, guitars_left, doubled_reverb, overlimited])
def test_a_fault_is_named_and_at_least_three_quarters_taken_out(studio, fault):
    changes, target, measure = fault(studio)
    broken = with_changes(studio.mix, changes)
    before = abs(measure(studio, studio.hear(broken)) - measure(studio, studio.sound))
    assert before > 2.0  # the fault is audible at all
    done = studio.review(broken)
    assert 1 <= len(done.log) - 1 <= ROUNDS
    assert target in {decision.target for decision in done.decisions}
    assert any(target in heard for listening in done.log for heard in listening.heard)
    after = abs(measure(studio, studio.hear(done.mix)) - measure(studio, studio.sound))
    assert after <= 0.25 * before


def test_an_echo_twice_as_loud_is_brought_back(studio):
    lead = studio.id_of(Role.LEAD_VOCAL)
    chosen = {
        f"strips.{lead}.sends.echo.level_db": -12.0,
        "returns.echo.effect": "echo",
        "returns.echo.echo.sync": "1/4",
        "returns.echo.echo.ping_pong": True,
    }
    meant = with_changes(studio.mix, chosen)
    desk = copy(studio.desk)
    desk.mix = with_changes(desk.mix, chosen)
    done = review(desk, with_changes(meant, {"returns.echo.fader_db": 6.0}), studio.hear, studio.excerpts)
    assert any("echo" in heard for listening in done.log for heard in listening.heard)
    now, before = (studio.hear(mix).returns["echo"].loudness_lufs for mix in (done.mix, meant))
    assert abs(now - before) <= 1.5  # a quarter of the fault


def test_strips_that_play_alike_are_not_measured_again_and_read_the_same(studio):
    lead = studio.id_of(Role.LEAD_VOCAL)
    louder = with_changes(studio.mix, {f"strips.{lead}.fader_db": studio.mix.channel(lead).fader_db + 3.0})
    again, anew = studio.hear(louder, [(studio.mix, studio.sound)]), studio.hear(louder)
    for id, sound in anew.strips.items():
        assert (again.strips[id] is studio.sound.strips[id]) == (id != lead)
        np.testing.assert_array_equal(again.strips[id].frame_power, sound.frame_power)


def test_corrections_are_the_difference_between_the_mixes(studio):
    changes, _, _ = lead_too_soft(studio)
    broken = with_changes(studio.mix, changes)
    done = studio.review(broken)
    moved = {path: value for decision in done.decisions for path, value in decision.changes.items()}
    assert with_changes(broken, moved) == done.mix
    assert all(decision.evidence and decision.reason for decision in done.decisions)


def test_the_excerpts_hold_every_track_that_matters(studio):
    heard = studio.sound
    lead = studio.id_of(Role.LEAD_VOCAL)
    assert heard.strips[lead].loudness_lufs > heard.total.loudness_lufs - 12.0
    playing = [t.id for t in studio.desk.playing if studio.desk.track(t.id).active_fraction > 0.3]
    assert all(heard.strips[id].loudness_lufs > -70.0 for id in playing)
    begin, end = studio.excerpts[0][0], studio.excerpts[-1][1]
    assert 0 <= begin < end <= studio.desk.analysis.duration_s + 1.0
