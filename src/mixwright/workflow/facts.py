"""What is known about a song besides its sound: ``session.toml``, a MIDI file, ACID chunks."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from mixwright import audio
from mixwright.audio.songfacts import MIDI_EXTENSIONS, SongFacts, read_acid, read_midi
from mixwright.errors import InputError
from mixwright.params import Frozen, plain_message
from mixwright.project import Facts, Marker, Project, SongSection, Track
from mixwright.session.names import id_of, slug

METRE = r"^(\d{1,2}/\d{1,2})?$"
"""The metres a project can hold."""

SESSION_NAME = "session.toml"


class SessionSection(Frozen):
    """A section as it is written down."""

    name: str = Field(min_length=1)
    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)


class SessionMarker(Frozen):
    """A marker as it is written down."""

    name: str
    time_s: float = Field(ge=0)


class SessionTrack(Frozen):
    """What is known about one track."""

    role: str | None = None
    note: str = ""
    colour: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")
    treatment: Literal["mix", "balance"] = "mix"


class Session(Frozen):
    """A session file."""

    tempo_bpm: float | None = Field(default=None, ge=20, le=400)
    key: str = ""
    time_signature: str = Field(default="", pattern=METRE)
    genre: str | None = None
    sections: tuple[SessionSection, ...] = ()
    markers: tuple[SessionMarker, ...] = ()
    tracks: dict[str, SessionTrack] = {}


def read_session(paths: Sequence[Path], given: Path | None = None) -> Session:
    """The session file that is given, or the one beside the tracks; an empty one where there is none.

    Raises
    ------
    InputError
        When it cannot be read: the message names the entry.
    """
    place = given if given is not None else _beside(paths, SESSION_NAME)
    if place is None:
        return Session()
    try:
        data: Any = tomllib.loads(place.read_text(encoding="utf-8-sig"))
        return Session.model_validate(data)
    except ValidationError as error:
        raise InputError(f"{audio.shown(place)}: {plain_message(error)}; see docs/session.md") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{audio.shown(place)}: cannot be read ({error}); see docs/session.md") from None


def _beside(paths: Sequence[Path], name: str) -> Path | None:
    for path in paths:
        place = (path if path.is_dir() else path.parent) / name
        if place.is_file():
            return place
    return None


def with_facts(project: Project, session: Session, paths: Sequence[Path], files: Sequence[Path]) -> Project:
    """A new project that knows what the session file, and files beside the tracks, tell.

    A wish of the user goes before the session file, that before a MIDI file, and that before ACID chunks.
    """
    midi = _midi(paths)
    acid = _acid(files)
    tempo, tempo_from = _first(
        ("the user", project.brief.tempo_bpm),
        (SESSION_NAME, session.tempo_bpm),
        ("a MIDI file", midi.tempo_bpm),
        ("ACID chunks", acid.tempo_bpm),
    )
    metre, metre_from = _first(
        (SESSION_NAME, session.time_signature),
        ("a MIDI file", midi.time_signature if re.match(METRE, midi.time_signature) else ""),
        ("ACID chunks", acid.time_signature),
    )
    key, key_from = _first((SESSION_NAME, session.key), ("a MIDI file", midi.key))
    markers = [Marker(time_s=m.time_s, name=m.name) for m in session.markers]
    markers = markers or [Marker(time_s=s, name=name) for s, name in midi.markers]
    sources = {"tempo": tempo_from, "time_signature": metre_from, "key": key_from}
    facts = Facts(
        key=key or "",
        time_signature=metre or "",
        markers=tuple(markers),
        sections=_sections(session),
        sources={name: source for name, source in sources.items() if source},
    )
    return project.replace(
        brief=project.brief.replace(tempo_bpm=tempo),
        facts=facts,
        tracks=tuple(_known(track, session) for track in project.tracks),
    )


def _first(*candidates: tuple[str, Any]) -> tuple[Any, str]:
    return next(((value, source) for source, value in candidates if value), (None, ""))


def _sections(session: Session) -> tuple[SongSection, ...]:
    found = []
    for section in session.sections:
        if section.end_s <= section.start_s:
            raise InputError(
                f"{SESSION_NAME}: section {section.name!r} ends at {section.end_s:g} s, before it begins; "
                "correct its times"
            )
        name = id_of(section.name).replace("_", "") or "section"
        found.append(SongSection(name=name, start_s=section.start_s, end_s=section.end_s, set_by="user"))
    names = Counter(one.name for one in found)
    seen: Counter[str] = Counter()
    numbered = []
    for one in sorted(found, key=lambda one: one.start_s):
        seen[one.name] += 1
        again = names[one.name] > 1
        numbered.append(one.replace(name=f"{one.name}{seen[one.name]}") if again else one)
    return tuple(numbered)


def _known(track: Track, session: Session) -> Track:
    names = {slug(track.id), slug(track.name), *(slug(Path(f.path).name) for f in track.files)}
    for name, entry in session.tracks.items():
        if slug(name) in names:
            return track.replace(note=entry.note, colour=entry.colour.lower(), treatment=entry.treatment)
    return track


def _midi(paths: Sequence[Path]) -> SongFacts:
    """The MIDI file of a song's folder, where it has just one."""
    folders = [path for path in paths if path.is_dir()]
    found = [f for folder in folders for f in folder.iterdir() if f.suffix.lower() in MIDI_EXTENSIONS]
    return read_midi(found[0]) if len(found) == 1 else SongFacts()


def _acid(files: Sequence[Path]) -> SongFacts:
    """What most of the tracks say."""
    told = [facts for file in files if (facts := read_acid(file)).tempo_bpm is not None]
    if not told:
        return SongFacts()
    (tempo, count), *_ = Counter(facts.tempo_bpm for facts in told).most_common()
    if count * 2 <= len(told):
        return SongFacts()
    return next(facts for facts in told if facts.tempo_bpm == tempo)
