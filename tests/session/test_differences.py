"""Differences in words: what an engineer would say."""

from golden.rich_project import rich_project

from mixwright.engineer.faders import with_changes
from mixwright.session.differences import differences


def after(changes: dict[str, object]) -> tuple[str, ...]:
    project = rich_project()
    return differences(project, project.replace(mix=with_changes(project.mix, changes)))


def test_values_are_told_as_moves_of_what_they_belong_to():
    assert after({"strips.kick.fader_db": 0.4}) == ("kick +1.5 dB",)
    assert after({"strips.lead_vocal.sends.plate.level_db": -17.2}) == (
        "lead vocal: reverb (plate) send -3.0 dB",
    )
    assert after({"strips.lead_vocal.sends.echo.level_db": -90.0}) == (
        "lead vocal: echo send closed (was -21.0 dB)",
    )
    assert after({"strips.bass.pan": -0.3}) == ("bass pan centre -> 30% left",)
    assert after({"strips.unused.mute": False}) == ("other unmuted",)
    assert after({"strips.kick.equalizer.band3.gain_db": -5.0}) == (
        "kick EQ: -1.5 dB at 380 Hz (bell, now -5.0 dB)",
    )
    assert after({"strips.kick.compressor.ratio": 6.0}) == ("kick: compressor ratio 4 :1 -> 6 :1",)


def test_a_curve_that_only_goes_along_is_not_told_twice():
    assert after({"strips.lead_vocal.fader_db": -1.5}) == ("lead vocal -1.5 dB",)


def test_the_same_is_no_difference():
    assert differences(rich_project(), rich_project()) == ()


def test_tracks_brief_and_locks_are_told():
    before = rich_project()
    now = before.replace(
        tracks=tuple(
            t.replace(role="toms") if t.id == "kick" else t for t in before.tracks if t.id != "bass"
        ),
        brief=before.brief.replace(loudness_lufs=-9.0, genre="pop"),
        locks=("master",),
    )
    lines = differences(before, now)
    assert set(lines) >= {
        "Kick in: kick -> toms",
        "Bass DI: removed",
        "genre rock -> pop",
        "loudness -11.5 -> -9 LUFS",
        "locked: master",
        "unlocked: drums",
    }
