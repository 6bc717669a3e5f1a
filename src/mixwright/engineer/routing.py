"""The desk before any decision: a strip per track, a bus per family, returns, sends (closed) and keys."""

from collections.abc import Sequence

from mixwright.engineer.roles import same_source_groups
from mixwright.mix_model import MASTER, Bus, Keys, Mix, Return, Send, Strip
from mixwright.project import Project, Track
from mixwright.roles import Role, RoleGroup

PARALLEL_FOR = RoleGroup.DRUMS
MICROPHONES = frozenset((Role.KICK, Role.SNARE, Role.TOMS, Role.HIHAT, Role.OVERHEADS))


def default_mix(project: Project) -> Mix:
    """All routes of the project's mix at neutral settings.

    Each family of roles has a bus named after it; the drums also feed a parallel bus. Every strip that may
    want space has closed sends to the plate, the hall and the echo. The bass can hear the kick.
    """
    names = _Names(track.id for track in project.tracks)
    families = [group for group in RoleGroup if any(t.role.group is group for t in project.tracks)]
    buses = {group: names.take(group.value) for group in families}
    returns = [Return(id=names.take(name), name=name.title()) for name in ("plate", "hall", "echo")]
    parallel = names.take("drums_parallel") if RoleGroup.DRUMS in buses else None
    kick = next((t.id for t in project.tracks if t.role is Role.KICK), None)
    sends = tuple(Send(to=ret.id) for ret in returns)
    strips = tuple(_strip(track, buses[track.role.group], sends, kick) for track in project.tracks)
    channels = [
        Bus(
            id=id,
            name=group.value.title(),
            sends=(Send(to=parallel),) if parallel and group is RoleGroup.DRUMS else (),
        )
        for group, id in buses.items()
    ]
    if parallel:
        channels.append(Bus(id=parallel, name="Drums parallel"))
    tempo = project.brief.tempo_bpm
    return Mix(
        strips=strips,
        buses=tuple(channels),
        returns=tuple(returns),
        **({"tempo_bpm": tempo} if tempo else {}),
    )


def related_tracks(tracks: Sequence[Track]) -> list[list[str]]:
    """Groups of track ids that may hold the same sound: microphones of one source, drum microphones.

    Kick and bass are held for recordings that may lock to each other: their lows must not cancel.
    """
    groups = [[tracks[k].id for k in group] for group in same_source_groups([t.name for t in tracks])]
    kit = [track.id for track in tracks if track.role in MICROPHONES]
    overheads = [track.id for track in tracks if track.role is Role.OVERHEADS]
    groups += [[over, mic] for over in overheads for mic in kit if mic not in overheads]
    low_end = [[track.id for track in tracks if track.role is role] for role in (Role.KICK, Role.BASS)]
    groups += [[kick, bass] for kick in low_end[0] for bass in low_end[1]]
    return groups


class _Names:
    """Gives out ids that are not taken yet."""

    def __init__(self, taken: object) -> None:
        self._taken = {MASTER, *taken}  # type: ignore[misc]

    def take(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_bus" if number == 2 else f"{wanted}_bus{number}"
        self._taken.add(name)
        return name


def _strip(track: Track, bus: str, sends: tuple[Send, ...], kick: str | None) -> Strip:
    hears_kick = kick is not None and track.role is Role.BASS and track.id != kick
    return Strip(
        id=track.id,
        name=track.name,
        output=bus,
        sends=sends,
        keys=Keys(dynamic4=kick) if hears_kick else Keys(),
    )
