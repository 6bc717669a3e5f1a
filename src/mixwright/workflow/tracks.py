"""Tracks that come, go or are recorded anew while a mix is worked on; the rest of it stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mixwright import audio
from mixwright.engineer.learned_names import read_names
from mixwright.engineer.routing import default_mix
from mixwright.errors import InputError
from mixwright.mix_model import MASTER, MAX_ID_LENGTH, Channel, Mix
from mixwright.project import AudioFile, Project, Track, relative_path, resolve_path
from mixwright.roles import parse_role
from mixwright.session.names import find_channels, slug


@dataclass(frozen=True)
class TrackChanges:
    """What is to happen to the tracks: ``TRACK=FILE``, ``FILE`` or ``FILE=ROLE``, ``TRACK``."""

    replaced: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.replaced or self.added or self.removed)


def with_tracks(project: Project, folder: Path, changes: TrackChanges) -> Project:
    """The project with other tracks; strips of those that stay are as they were.

    Raises
    ------
    InputError
        When a track or a file does not exist.
    """
    for text in changes.removed:
        project = _without(project, _track(project, text))
    for text in changes.replaced:
        name, equals, file = text.partition("=")
        track = _track(project, name)
        path = Path(file) if equals else resolve_path(track.files[0].path, folder)
        project = _replaced(project, track, path, folder)
    for text in changes.added:
        project = _with_new(project, text, folder)
    return project


def new_tracks(before: Project, after: Project) -> tuple[str, ...]:
    """Ids of tracks that were not there before."""
    known = {track.id for track in before.tracks}
    return tuple(track.id for track in after.tracks if track.id not in known)


def _track(project: Project, text: str) -> Track:
    found = [t for t in project.tracks if t.id in find_channels(project, text)]
    exact = [t for t in project.tracks if t.id == slug(text) or t.name == text.strip()]
    chosen = exact or found
    if len(chosen) != 1:
        known = ", ".join(track.id for track in project.tracks)
        why = "may be several" if chosen else "is none"
        raise InputError(f"{text!r} {why} of the tracks; name one of {known}")
    return chosen[0]


def _replaced(project: Project, track: Track, path: Path, folder: Path) -> Project:
    info = audio.probe(path)
    new = track.replace(
        files=(_file(info.path, folder, info.stream),),
        channels=min(info.channels, 2),
        dual_mono=False,
        sample_rate=info.sample_rate,
        frames=info.frames,
    )
    return project.replace(tracks=tuple(new if t.id == track.id else t for t in project.tracks))


def _with_new(project: Project, text: str, folder: Path) -> Project:
    path, role = Path(text), None
    if not path.exists() and "=" in text:
        file, _, wanted = text.rpartition("=")
        path, role = Path(file), parse_role(wanted)
    info = audio.probe(path)
    guess = read_names([*(t.name for t in project.tracks), path.stem])[-1]
    track = Track(
        id=_free_id(project, path.stem),
        name=path.stem,
        files=(_file(info.path, folder, info.stream),),
        channels=min(info.channels, 2),
        sample_rate=info.sample_rate,
        frames=info.frames,
        role=role or guess.role,
        role_confidence=1.0 if role else guess.confidence,
        role_set_by="user" if role else "rule",
        role_reason="set by the user" if role else guess.reason,
    )
    project = project.replace(tracks=(*project.tracks, track))
    return project.replace(mix=_with_strip(project, track.id))


def _with_strip(project: Project, id: str) -> Mix:
    """The mix with a strip for a new track, and the buses it needs."""
    mix, plain = project.mix, default_mix(project)
    strip = next(strip for strip in plain.strips if strip.id == id)
    family = {plain.channel(t.id).output for t in project.tracks if t.id == id}
    known = {channel.id for channel in mix.channels()}
    same = [
        mix.channel(t.id).output
        for t in project.tracks
        if t.id != id and t.role.group is project.track(id).role.group and t.id in known
    ]
    if same:
        strip = strip.replace(output=same[0])  # where its family goes in this mix
    wanted = () if same else tuple(bus for bus in plain.buses if bus.id in family or _parallel(bus, family))
    buses = tuple(bus for bus in wanted if bus.id not in known)
    targets = known | {bus.id for bus in buses}
    sends = tuple(send for send in strip.sends if send.to in targets)
    keys = strip.keys.model_copy(
        update={name: None for name, key in dict(strip.keys).items() if key is not None and key not in known}
    )
    if strip.output != MASTER and strip.output not in targets:
        strip = strip.replace(output=MASTER)
    return mix.replace(
        strips=(*mix.strips, strip.replace(sends=sends, keys=keys)),
        buses=(*mix.buses, *(b.replace(sends=tuple(s for s in b.sends if s.to in targets)) for b in buses)),
    )


def _parallel(bus: Channel, family: set[str]) -> bool:
    return any(bus.id == f"{id}_parallel" for id in family)


def _without(project: Project, track: Track) -> Project:
    """The project without a track: no route, key, curve or setting of it is left."""
    gone = f"strips.{track.id}"

    def deaf(channel: Channel) -> dict[str, object]:
        keys = {name: None for name, key in dict(channel.keys).items() if key == track.id}
        return {"keys": channel.keys.model_copy(update=keys)}

    mix = project.mix
    mix = mix.replace(
        curves=tuple(c for c in mix.curves if not c.path.startswith(gone + ".")),
        strips=tuple(s.replace(**deaf(s)) for s in mix.strips if s.id != track.id),
        buses=tuple(b.replace(**deaf(b)) for b in mix.buses),
        returns=tuple(r.replace(**deaf(r)) for r in mix.returns),
    )
    brief = project.brief.replace(
        rough_tracks={id: wish for id, wish in project.brief.rough_tracks.items() if id != track.id}
    )
    return project.replace(
        tracks=tuple(t for t in project.tracks if t.id != track.id),
        mix=mix,
        brief=brief,
        settings={
            path: s
            for path, s in project.settings.items()
            if not path.removeprefix("curves.").startswith(gone + ".")
        },
    )


def _free_id(project: Project, name: str) -> str:
    taken = {channel.id for channel in project.mix.channels()} | {MASTER}
    base = (slug(name).encode("ascii", "ignore").decode() or "track").strip("_")[
        : MAX_ID_LENGTH - 4
    ] or "track"
    id, number = base, 1
    while id in taken:
        number += 1
        id = f"{base}_{number}"
    return id


def _file(path: Path, folder: Path, stream: int) -> AudioFile:
    place = Path(path).resolve()
    return AudioFile(
        path=relative_path(place, folder.resolve()), content_hash=audio.content_hash(place), stream=stream
    )


def changed_files(project: Project, folder: Path, files: Sequence[Path]) -> TrackChanges:
    """What files of a song, complete as they lie there now, mean for its tracks."""
    places = {resolve_path(f.path, folder): (t, f) for t in project.tracks for f in t.files}
    left_out = set(project.left_out)
    replaced, added = [], []
    for file in files:
        place = file.resolve()
        if place in places:
            track, known = places[place]
            if len(track.files) == 1 and audio.content_hash(place) != known.content_hash:
                replaced.append(track.id)
        elif file.name not in left_out:
            added.append(str(file))
    return TrackChanges(tuple(replaced), tuple(added))
