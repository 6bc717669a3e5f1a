"""Facts about a song: from a session file, a MIDI file and ACID chunks, in this order."""

import struct
from pathlib import Path

import pytest
from commandline import bass, done, kick, refused, voice, write

from mixwright.audio.songfacts import SongFacts, read_acid, read_midi
from mixwright.errors import InputError
from mixwright.mix_model import OFF_DB, Strip
from mixwright.project import load_project
from mixwright.workflow import Job, Outputs, mix, revise

QUICK = Job(Outputs(report=False))


def midi(path: Path, *events: tuple[int, int, bytes], division: int = 480) -> Path:
    """A file with one track of meta events: (ticks since the last, kind, body)."""
    body = b"".join(_length(step) + bytes([0xFF, kind, len(data)]) + data for step, kind, data in events)
    body += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, division)
    path.write_bytes(head + b"MTrk" + struct.pack(">I", len(body)) + body)
    return path


def _length(value: int) -> bytes:
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | (value & 0x7F))
    return bytes(reversed(found))


def tempo(bpm: float) -> bytes:
    return round(60e6 / bpm).to_bytes(3, "big")


def with_acid(path: Path, bpm: float, flags: int = 0) -> Path:
    """Adds an ACID chunk to a WAV file."""
    data = path.read_bytes()
    chunk = b"acid" + struct.pack("<I", 24) + struct.pack("<IHHfIHHf", flags, 60, 0x8000, 0.0, 8, 4, 3, bpm)
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8:] + chunk)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, make in (("Kick", kick), ("Bass", bass), ("Lead Vox", voice)):
        write(tmp_path / "song" / f"{name}.wav", make(1.5))
    return tmp_path / "song"


def test_a_midi_file_tells_tempo_metre_key_and_markers_in_seconds(tmp_path):
    file = midi(
        tmp_path / "a.mid",
        (0, 0x51, tempo(120)),
        (0, 0x58, bytes([6, 3, 24, 8])),
        (0, 0x59, bytes([0xFD, 1])),  # three flats, minor
        (960, 0x06, b"verse"),  # two beats at 120: 1 s
        (0, 0x51, tempo(60)),
        (480, 0x06, b"chorus"),  # one beat at 60: 1 s more
        (9600, 0x06, b"end"),
    )
    assert read_midi(file) == SongFacts(
        60.0, "6/8", "C minor", ((1.0, "verse"), (2.0, "chorus"), (22.0, "end"))
    )


@pytest.mark.parametrize("content", [b"", b"RIFF", b"MThd\x00\x00\x00\x06", b"MThd" + b"\xff" * 40])
def test_what_is_no_midi_file_is_refused(tmp_path, content):
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(InputError, match="no MIDI file"):
        read_midi(tmp_path / "a.mid")


def test_an_acid_chunk_tells_the_tempo_and_a_single_hit_none(tmp_path):
    loop = with_acid(write(tmp_path / "loop.wav", kick(1.0)), 93.5)
    assert read_acid(loop) == SongFacts(93.5, "3/4")
    assert read_acid(with_acid(write(tmp_path / "hit.wav", kick(1.0)), 93.5, flags=1)) == SongFacts()
    assert read_acid(write(tmp_path / "plain.wav", kick(1.0))) == SongFacts()
    assert read_acid(with_acid(write(tmp_path / "odd.wav", kick(1.0)), float("nan"))) == SongFacts()


def test_the_order_of_who_is_believed(folder):
    def tempo_of() -> tuple[float | None, str]:
        project = mix(folder, genre="pop", job=QUICK).project
        return project.brief.tempo_bpm, project.facts.sources.get("tempo", "")

    assert tempo_of() == (None, "")
    with_acid(folder / "Kick.wav", 90.0)
    assert tempo_of() == (90.0, "ACID chunks")
    midi(folder / "tempo.mid", (0, 0x51, tempo(100)))
    assert tempo_of() == (100.0, "a MIDI file")
    (folder / "session.toml").write_text("tempo_bpm = 110")
    assert tempo_of() == (110.0, "session.toml")
    project = mix(folder, genre="pop", tempo_bpm=120.0, job=QUICK).project
    assert (project.brief.tempo_bpm, project.mix.tempo_bpm) == (120.0, 120.0)


SESSION = """
key = "A minor"
time_signature = "6/8"
[[sections]]
name = "Chorus"
start_s = 0.5
end_s = 1.0
[[sections]]
name = "chorus"
start_s = 1.0
end_s = 1.5
[[markers]]
name = "here"
time_s = 0.7
[tracks."Bass.wav"]
role = "piano"
note = "not a bass at all"
colour = "#3070C0"
[tracks."lead vox"]
treatment = "balance"
"""


def test_a_session_file_names_sections_roles_and_finished_tracks(folder):
    (folder / "session.toml").write_text(SESSION)
    out = folder.parent / "out"
    project = mix(folder, out, genre="pop", job=QUICK).project
    assert [(s.name, s.start_s, s.set_by) for s in project.facts.sections] == [
        ("chorus1", 0.5, "user"),
        ("chorus2", 1.0, "user"),
    ]
    assert (project.facts.key, project.facts.time_signature) == ("A minor", "6/8")
    piano = project.track("bass")
    assert (piano.role.value, piano.role_set_by, piano.note) == ("piano", "user", "not a bass at all")
    assert piano.colour == "#3070c0"
    strip = project.mix.channel("lead_vox")
    assert isinstance(strip, Strip)
    plain = Strip(id=strip.id, name=strip.name, output=strip.output, sends=strip.sends)
    kept = ("trim_db", "fader_db", "pan", "mute")
    assert strip == plain.replace(**{name: getattr(strip, name) for name in kept})
    assert all(send.level_db == OFF_DB for send in strip.sends)
    again = revise(out, redo=["tone", "dynamics", "space", "balance"], only=["chorus2"], job=QUICK).project
    assert again.mix.channel("lead_vox").equalizer == strip.equalizer
    assert load_project(out).track("lead_vox").treatment == "balance"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tempo_bpm = 7", "tempo_bpm"),
        ("tempo = 100", "tempo: unknown field"),
        ("this is no toml", "cannot be read"),
        ('[tracks."nobody"]\nrole = "bass"', "no such track"),
        ('[[sections]]\nname = "a"\nstart_s = 3\nend_s = 2', "before it begins"),
        ('[tracks.kick]\ntreatment = "burn"', "treatment"),
    ],
)
def test_a_session_file_that_cannot_be_used_is_refused_by_name(folder, text, says):
    (folder / "session.toml").write_text(text)
    refused(folder, "mix", folder, "--out", folder.parent / "out", says=(says,))


def test_a_session_file_may_lie_elsewhere(folder, tmp_path):
    (tmp_path / "facts.toml").write_text("tempo_bpm = 77")
    done(
        "mix",
        folder,
        "--out",
        tmp_path / "out",
        "--session",
        tmp_path / "facts.toml",
        "--quiet",
        "--no-report",
    )
    assert load_project(tmp_path / "out").brief.tempo_bpm == 77


def test_accents_in_names_of_sections_and_odd_metres_do_no_harm(folder, tmp_path):
    (folder / "session.toml").write_text('[[sections]]\nname = "Écho"\nstart_s = 0\nend_s = 1\n', "utf-8")
    midi(folder / "song.mid", (0, 0x58, bytes([255, 2, 24, 8])))
    facts = mix(folder, tmp_path / "out", job=QUICK).project.facts
    assert [section.name for section in facts.sections] == ["echo"]
    assert facts.time_signature == ""
