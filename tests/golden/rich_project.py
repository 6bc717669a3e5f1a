"""A project that uses every part of the schema.

``python tests/golden/rich_project.py`` writes the golden file of the current schema version. That of a
released version is never written again: it is what users have on their disks.
"""

from pathlib import Path

from mixwright.dsp.compressor import Compressor
from mixwright.dsp.convolution import Convolution
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.echo import Echo
from mixwright.dsp.equalizer import Band, Equalizer, HighPass
from mixwright.dsp.gate import Gate
from mixwright.dsp.limiter import Limiter
from mixwright.dsp.reverb import Reverb
from mixwright.dsp.saturation import Saturation
from mixwright.mix_model import Bus, Curve, Keys, Master, Mix, Return, Send, Strip
from mixwright.project import (
    SCHEMA_VERSION,
    AudioFile,
    Brief,
    Change,
    Decision,
    Facts,
    Listening,
    Marker,
    Measured,
    Project,
    Revision,
    Setting,
    SongSection,
    Track,
    dump_project,
)


def rich_mix() -> Mix:
    kick = Strip(
        id="kick",
        name="Kick in",
        output="drums",
        trim_db=-3.25,
        polarity_invert=True,
        equalizer=Equalizer(
            high_pass=HighPass(slope_db_oct=24, frequency_hz=32.0),
            band3=Band(frequency_hz=380.0, gain_db=-3.5, q=1.4),
        ),
        gate=Gate(threshold_db=-38.0, range_db=24.0),
        compressor=Compressor(threshold_db=-18.0, ratio=4.0, attack_ms=12.0, detector="peak"),
        saturation=Saturation(drive_db=3.0),
        fader_db=-1.1,
        sends=(Send(to="crush", level_db=-6.0),),
    )
    bass = Strip(
        id="bass",
        name="Bass DI",
        delay_ms=0.4375,
        keys=Keys(dynamic1="kick"),
        dynamic1=DynamicEq(frequency_hz=62.0, threshold_db=-32.0, range_db=4.0),
        compressor=Compressor(threshold_db=-20.0, ratio=3.0, detector="rms"),
    )
    vocal = Strip(
        id="lead_vocal",
        name="Gesang, Spur 1 \u2013 \u266a",
        width=0.5,
        pan=-0.05,
        sends=(Send(to="plate", level_db=-14.2), Send(to="echo", level_db=-21.0, pre_fader=True)),
    )
    return Mix(
        tempo_bpm=93.5,
        strips=(kick, bass, vocal, Strip(id="unused", mute=True, fader_db=-90.0)),
        buses=(Bus(id="drums", name="Drums"), Bus(id="crush", output="drums", fader_db=-12.0)),
        returns=(
            Return(id="plate", reverb=Reverb(decay_s=1.4, pre_delay_ms=24.0)),
            Return(
                id="echo",
                effect="echo",
                echo=Echo(sync="1/8d", ping_pong=True),
                sends=(Send(to="plate", level_db=-18.0),),
            ),
            Return(id="hall", effect="convolution", convolution=Convolution(length_s=2.5)),
        ),
        master=Master(
            trim_db=-2.2,
            compressor=Compressor(threshold_db=-12.0, ratio=2.0, attack_ms=30.0),
            mono_below_hz=110.0,
            width=1.05,
            drive_db=4.7,
            limiter=Limiter(),
        ),
        curves=(
            Curve(path="strips.lead_vocal.fader_db", points=((0.0, 0.0), (31.25, 1.5), (62.5, -0.75))),
            Curve(path="strips.kick.mute", points=((0.0, 1.0), (8.0, 0.0)), shape="hold"),
            Curve(path="returns.plate.reverb.decay_s", points=((40.0, 1.4), (44.0, 2.8))),
        ),
    )


def rich_project() -> Project:
    tracks = (
        Track(
            id="kick",
            name="Kick in",
            files=(AudioFile(path="../audio/01 Kick in.wav", content_hash="xxh128:" + "0" * 32),),
            channels=1,
            sample_rate=44100,
            frames=7_938_000,
            role="kick",
            role_confidence=0.98,
            role_reason="the name says kick",
            treatment="balance",
            note="from the sampler",
            colour="#d04010",
        ),
        Track(
            id="bass",
            name="Bass DI",
            files=(AudioFile(path="../audio/bass.flac", content_hash="xxh128:" + "1" * 32),),
            channels=1,
            dual_mono=True,
            sample_rate=48000,
            frames=8_640_000,
            offset_s=1.5,
            role="bass",
            role_confidence=0.95,
        ),
        Track(
            id="lead_vocal",
            name="Gesang, Spur 1 \u2013 \u266a",
            files=(
                AudioFile(path="../audio/Gesang.L.wav", content_hash="xxh128:" + "a" * 32),
                AudioFile(path="../audio/Gesang.R.wav", content_hash="xxh128:" + "b" * 32),
            ),
            channels=2,
            sample_rate=96000,
            frames=17_280_000,
            role="lead_vocal",
            role_confidence=1.0,
            role_set_by="user",
        ),
        Track(
            id="unused",
            name="song.stem.mp4",
            files=(AudioFile(path="../audio/song.stem.mp4", content_hash="xxh128:" + "c" * 32, stream=3),),
            channels=2,
            sample_rate=44100,
            frames=1,
        ),
    )
    return Project(
        made_with="mixwright 0.1.0",
        name="Eine Probe",
        sample_rate=48000,
        tracks=tracks,
        left_out={"../audio/Mix final.wav": "is the mix of the other tracks; offered as reference"},
        brief=Brief(genre="rock", loudness_lufs=-11.5, peak_dbtp=-1.2, tempo_bpm=93.5),
        mix=rich_mix(),
        impulses={"hall": AudioFile(path="../impulses/hall.wav", content_hash="xxh128:" + "d" * 32)},
        decisions=(
            Decision(
                id="balance.lead_vocal",
                kind="balance",
                target="lead_vocal",
                summary="lead vocal +1.5 dB in the chorus",
                reason="2.1 dB below its place among the guitars",
                evidence={"loudness_lufs": -23.4, "wanted_lu": -1.9},
                confidence=0.8,
                changes={
                    "strips.lead_vocal.fader_db": 0.0,
                    "strips.kick.polarity_invert": True,
                    "note": "x",
                    "n": 3,
                },
            ),
        ),
        settings={
            "strips.lead_vocal.fader_db": Setting(set_by="user", set_at="2025-01-02T03:06:00+00:00"),
            "strips.lead_vocal.pan": Setting(
                set_by="learned", decision="balance.lead_vocal", evidence={"side_db": -18.25}
            ),
            "master.drive_db": Setting(set_by="reference"),
        },
        locks=("strips.lead_vocal.fader_db", "drums", "kind:space"),
        facts=Facts(
            key="F# minor",
            time_signature="6/8",
            sections=(
                SongSection(name="intro", start_s=0.0, end_s=12.5),
                SongSection(name="verse1", start_s=12.5, end_s=40.0, set_by="user"),
            ),
            markers=(Marker(time_s=31.25, name="Einsatz"),),
            sources={"key": "session.toml"},
        ),
        at=2,
        versions={"before the vocal": 1},
        history=(
            Revision(number=1, time_utc="2025-01-02T03:04:05Z", note="first mix"),
            Revision(
                number=2,
                parent=1,
                time_utc="2025-01-02T03:06:00Z",
                note="vocal louder",
                set_by="user",
                changes=(
                    Change(path="/mix/strips/lead_vocal/fader_db", before=-1.5, after=0.0),
                    Change(path="/mix/strips/kick/polarity_invert", before=False, after=True),
                    Change(path="/mix/returns/echo/echo/sync", before="1/4", after="1/8d"),
                    Change(path="/mix/strips/unused", kind="added", after="new"),
                ),
            ),
        ),
        review=(
            Listening(number=0, score=3.5, heard=("lead_vocal 3.5 dB too quiet",)),
            Listening(number=1, score=0.0),
        ),
        measured=Measured(
            mix_peak_dbtp=-6.0,
            mix_loudness_lufs=-19.8,
            master_peak_dbtp=-1.2,
            master_loudness_lufs=-11.5,
            master_range_lu=6.4,
            limiting_db=3.1,
            target_met=True,
            note="as asked",
        ),
    )


def as_known_to(version: int) -> Project:
    """The rich project without what came after a schema version."""
    project = rich_project()
    if version < 3:
        project = _without_session(project)
    return project.replace(review=()) if version < 2 else project


def _without_session(project: Project) -> Project:
    """Locks of single values were known before version 3, and a history that only goes on."""
    *changes, last = project.history[1].changes
    revision = project.history[1].replace(changes=(*changes, last.replace(kind="changed")))
    return project.replace(
        tracks=tuple(t.replace(treatment="mix", note="", colour="") for t in project.tracks),
        settings={path: setting.replace(set_at="") for path, setting in project.settings.items()},
        locks=project.locks[:1],
        facts=Facts(),
        versions={},
        history=(project.history[0], revision),
    )


if __name__ == "__main__":
    file = Path(__file__).with_name(f"project_v{SCHEMA_VERSION}.json")
    file.write_text(dump_project(rich_project()), encoding="utf-8")
    print(f"wrote {file}")
