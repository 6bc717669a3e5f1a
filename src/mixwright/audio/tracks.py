"""From a folder, or a list of files, to the tracks of a song."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from mixwright.audio.formats import INPUT_EXTENSIONS, INPUT_HELP
from mixwright.audio.mixname import mix_names
from mixwright.audio.names import refuse, shown
from mixwright.audio.probe import AudioInfo, probe
from mixwright.errors import InputError

MAX_START_SPREAD_S = 1800.0
MAX_GAP_S = 30.0
"""Recordings of one song leave no longer hole; time stamps that do are times of day."""

LOSSLESS = {"WAV", "RF64", "BW64", "AIFF", "FLAC", "CAF", "W64", "AU"}
MAGIC = (b"RIFF", b"RF64", b"BW64", b"FORM", b"fLaC", b"OggS", b"caff")
SKIPPED_FOLDERS = {"__macosx", "__pycache__"}


@dataclass(frozen=True)
class TrackFiles:
    """One track and the files it is read from.

    Attributes
    ----------
    id : str
        Short, unique within the song, safe in any file name.
    name : str
        As the user wrote it, without ending and without the mark of the side.
    files : tuple of AudioInfo
        One file, or a left and a right one.
    start_s : float
        Where on the song's time line the track begins.
    """

    id: str
    name: str
    files: tuple[AudioInfo, ...]
    start_s: float = 0.0

    @property
    def channels(self) -> int:
        return sum(f.channels for f in self.files)

    @property
    def sample_rate(self) -> int:
        return self.files[0].sample_rate

    @property
    def seconds(self) -> float:
        """Length of the audio itself, without the start offset."""
        return max(f.seconds for f in self.files)

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(f.path for f in self.files)


@dataclass(frozen=True)
class FoundTracks:
    """The tracks of a song in natural order of their names.

    Attributes
    ----------
    mixes : tuple of TrackFiles
        Files that are the finished mix by their name: left out, offered as reference.
    notes : tuple of str
        What a user should know: files ignored, pairs joined, offsets found.
    """

    tracks: tuple[TrackFiles, ...]
    mixes: tuple[TrackFiles, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sample_rate(self) -> int:
        return project_rate([f for t in self.tracks for f in t.files])


@dataclass
class _Search:
    skip: Callable[[Path], bool] | None = None
    files: list[Path] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_tracks(
    paths: str | Path | Iterable[str | Path], skip: Callable[[Path], bool] | None = None
) -> FoundTracks:
    """The tracks in folders and files.

    Left and right files become one stereo track, the parts of a `.stem.mp4` tracks of their own, start
    offsets are taken from BWF time stamps, and files that are the mix by name are set aside.

    Parameters
    ----------
    paths : path or several
        Folders and files.
    skip : callable, optional
        Says which files and subfolders of a folder are no part of the song.

    Raises
    ------
    InputError
        When nothing is found, a file cannot be used, or audio lies in several folders: they are
        alternatives (raw and processed, say) more often than parts of one song.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(p) for p in paths]
    if not given:
        raise InputError("no files were given; name a folder of tracks or the files themselves")
    search = _Search(skip)
    for path in given:
        if path.is_dir():
            _search_folder(path, search)
        else:
            search.files.append(path)
    files = sorted(_without_repeats(search), key=natural_key)  # the mix does not depend on the order given
    if not files:
        where = ", ".join(shown(p) for p in given)
        raise InputError(f"{where}: no audio files here; give a folder that holds {INPUT_HELP}")
    if search.ignored:
        search.notes.append("ignored, not audio: " + _listed(search.ignored))
    tracks = [t for path in files for t in _tracks_of_file(path, search.notes)]
    parts, mixes = _split_stem_mixes(tracks)
    parts = _join_pairs(parts, search.notes)
    parts, named = _set_mixes_aside(parts, given[0] if len(given) == 1 else Path(), search.notes)
    parts = _without_copies(parts, search.notes)
    parts = _with_starts(parts, search.notes)
    tracks = _with_ids([*parts, *mixes, *named])
    return FoundTracks(tuple(tracks[: len(parts)]), tuple(tracks[len(parts) :]), tuple(search.notes))


def project_rate(infos: Sequence[AudioInfo]) -> int:
    """The sample rate to mix at: the one most audio has, at least 44100 Hz, at most 192000 Hz."""
    seconds: dict[int, float] = defaultdict(float)
    for info in infos:
        seconds[info.sample_rate] += info.seconds
    usable = {rate: length for rate, length in seconds.items() if 44100 <= rate <= 192_000}
    return max(usable, key=lambda rate: (usable[rate], rate)) if usable else 48000


# --- searching


def _search_folder(folder: Path, search: _Search) -> None:
    here, ignored = _audio_in(folder)
    below = [sub for sub in _subfolders(folder) if _holds_audio(sub)]
    if search.skip is not None:
        skipped = [path for path in (*here, *below) if search.skip(path)]
        here, below = ([p for p in paths if p not in skipped] for paths in (here, below))
        if skipped:
            search.notes.append("not read, results of an earlier run: " + _listed(skipped))
    if below and (here or len(below) > 1):
        names = _listed(below, folder)
        also = "audio files and also " if here else ""
        raise InputError(
            f"{shown(folder)}: holds {also}folders with audio ({names}); name the one to mix, "
            "or name the files: folders are never mixed together"
        )
    if below:
        search.notes.append(f"taken from the only subfolder with audio: {shown(below[0])}")
        _search_folder(below[0], search)
        return
    search.files += here
    search.ignored += ignored


def _audio_in(folder: Path) -> tuple[list[Path], list[Path]]:
    audio: list[Path] = []
    other: list[Path] = []
    for path in _listing(folder):
        if path.name.startswith(".") or path.is_dir():
            continue
        (audio if _is_audio_name(path) else other).append(path)
    return audio, other


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=natural_key)
    except OSError as error:
        refuse(folder, f"cannot be read ({error.strerror})", "check the folder and its permissions")


def _is_audio_name(path: Path) -> bool:
    if path.suffix.lower() in INPUT_EXTENSIONS:
        return True
    if path.suffix and not path.suffix[1:].isdigit():
        return False
    try:  # no ending: look inside, but never into a pipe, which would wait for ever
        if not path.is_file():
            return False
        with open(path, "rb") as file:
            return file.read(4) in MAGIC
    except OSError:
        return False


def _subfolders(folder: Path) -> list[Path]:
    return [
        p
        for p in _listing(folder)
        if p.is_dir() and not p.name.startswith(".") and p.name.lower() not in SKIPPED_FOLDERS
    ]


def _holds_audio(folder: Path) -> bool:
    for _, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f.lower() not in SKIPPED_FOLDERS]
        if any(Path(n).suffix.lower() in INPUT_EXTENSIONS and not n.startswith(".") for n in names):
            return True
    return False


def _without_repeats(search: _Search) -> list[Path]:
    seen: set[Path] = set()
    kept = []
    for path in search.files:
        real = Path(os.path.realpath(path))
        if real in seen:
            search.notes.append(f"{shown(path.name)}: given twice, used once")
        else:
            kept.append(path)
        seen.add(real)
    return kept


def natural_key(path: Path | str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts `2_bass` before `10_keys`."""
    name = path.name if isinstance(path, Path) else path
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(p), "") if p.isdecimal() and p.isascii() else (1, 0, p) for p in parts], str(path)


def _listed(paths: Sequence[Path], base: Path | None = None) -> str:
    names = [shown(os.path.relpath(p, base) if base else p.name) for p in paths]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


# --- one file


def _tracks_of_file(path: Path, notes: list[str]) -> list[TrackFiles]:
    info = probe(path)
    name = path.name.removesuffix(path.suffix) if path.suffix.lower() in INPUT_EXTENSIONS else path.name
    if info.streams == 1:
        return [TrackFiles("", name, (info,))]
    labels = stem_names(path)
    if not labels and not name.lower().endswith(".stem"):
        notes.append(f"{shown(path.name)}: has {info.streams} audio streams, the first is used")
        return [TrackFiles("", name, (info,))]
    song = re.sub(r"(?i)\.stem$", "", name)
    found = [TrackFiles("", f"{song} mix", (replace(info, tags={**info.tags, "stem": "mix"}),))]
    for index in range(1, info.streams):
        label = labels[index - 1] if index <= len(labels) else f"stem {index}"
        part = probe(path, index)
        found.append(TrackFiles("", label or f"stem {index}", (part,)))
    notes.append(f"{shown(path.name)}: its {info.streams - 1} parts are the tracks, its first stream the mix")
    return found


def stem_names(path: Path) -> list[str]:
    """Names of the parts in a `.stem.mp4` (the JSON of its `stem` box); empty where there are none.

    References
    ----------
    Native Instruments, Stem File Format, 2015.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            boxes = [(0, size)]
            for name in (b"moov", b"udta", b"stem"):
                boxes = [inner for start, end in boxes for inner in _boxes(file, start, end, name)]
            start, end = boxes[0]
            file.seek(start)
            body = file.read(min(end - start, 1 << 20))
        listed = json.loads(body[body.index(b"{") :].rstrip(b"\0"))["stems"]
        return [str(entry.get("name", "")).strip()[:80] for entry in listed]
    except (OSError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return []


def _boxes(file: IO[bytes], start: int, end: int, wanted: bytes) -> list[tuple[int, int]]:
    """Contents of the boxes of one name among those that lie side by side in a stretch of an MP4 file."""
    found = []
    for _ in range(1000):
        if start + 8 > end:
            break
        file.seek(start)
        head = file.read(16)
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = end - start
        if length < header:
            break
        if head[4:8] == wanted:
            found.append((start + header, min(start + length, end)))
        start += length
    return found


def _split_stem_mixes(tracks: list[TrackFiles]) -> tuple[list[TrackFiles], list[TrackFiles]]:
    mixes = [t for t in tracks if t.files[0].tags.get("stem") == "mix"]
    return [t for t in tracks if t not in mixes], mixes


# --- left and right

_SIDE = r"(?:(?<=[\s._\-(\[])|^)(?P<side>{})(?=[\s._\-)\]]|$)"
_SIDE_PATTERNS = [
    re.compile(_SIDE.format("left|right"), re.IGNORECASE),
    re.compile(_SIDE.format("l|r"), re.IGNORECASE),
    re.compile(r"(?<=[a-z0-9])(?P<side>Left|Right|L|R)(?=$|[\s._\-]|\d+$)"),
    re.compile(r"(?<=OH)(?P<side>L|R)(?=$|[\s._\-]|\d+$)"),
]


@dataclass(frozen=True)
class Side:
    """One way to read a name as one side of a stereo pair: both sides have the same key."""

    key: str
    side: str
    name: str


def side_of(name: str) -> list[Side]:
    """The ways to read a name as a left (`L`) or right (`R`) side.

    A track number in front may count on from left to right: `07_OH L` and `08_OH R`.
    """
    found = []
    number = re.match(r"\d+(?=[\s._\-])", name)
    for pattern in _SIDE_PATTERNS:
        for match in pattern.finditer(name):
            side = match["side"][0].upper()
            before, after = name[: match.start()], name[match.end() :]
            joined = _tidy(before, after) or name
            found.append(Side(f"{before}\0{after}".casefold(), side, joined))
            if number and match.start() > number.end():
                first = int(number[0]) - (side == "R")
                found.append(Side(f"{first}\0{before[number.end() :]}\0{after}".casefold(), side, joined))
    return found


def _tidy(before: str, after: str) -> str:
    """The name without its mark and the brackets around it."""
    before = re.sub(r"[\s._\-]*[(\[]\s*$", "", before).rstrip(" ._-")
    return (before + re.sub(r"^\s*[)\]]", "", after)).strip(" ._-")


def _join_pairs(tracks: list[TrackFiles], notes: list[str]) -> list[TrackFiles]:
    """Mono files that are each other's other side, of one rate and length, become stereo tracks."""
    sides: dict[str, dict[str, list[TrackFiles]]] = defaultdict(lambda: defaultdict(list))
    named: dict[tuple[int, str], str] = {}
    for track in tracks:
        if track.channels == 1:
            for found in side_of(track.name):
                sides[found.key][found.side].append(track)
                named[id(track), found.key] = found.name
    partner: dict[int, TrackFiles] = {}
    used: set[int] = set()
    for key, both in sides.items():
        left, right = both["L"], both["R"]
        if len(left) != 1 or len(right) != 1 or used & {id(left[0]), id(right[0])}:
            continue
        a, b = left[0].files[0], right[0].files[0]
        if a.sample_rate != b.sample_rate or a.time_reference != b.time_reference:
            continue
        if a.frames != b.frames:
            names = f"{shown(a.path.name)} and {shown(b.path.name)}"
            notes.append(f"{names}: a left and a right side of different lengths, kept apart")
            continue
        used |= {id(left[0]), id(right[0])}
        joined = TrackFiles("", named[id(left[0]), key], (a, b))
        partner[id(left[0])] = joined
        names = f"{shown(a.path.name)} and {shown(b.path.name)}"
        notes.append(f"{names}: joined as the stereo track {shown(joined.name)}")
    return [partner.get(id(t), t) for t in tracks if id(t) in partner or id(t) not in used]


# --- mixes, copies, starts, names


def _set_mixes_aside(
    tracks: list[TrackFiles], folder: Path, notes: list[str]
) -> tuple[list[TrackFiles], list[TrackFiles]]:
    if len(tracks) < 2:
        return tracks, []
    longest = max(t.seconds for t in tracks)
    flags = mix_names([t.name for t in tracks], folder.name)
    flags = [flag and t.seconds >= longest / 2 for flag, t in zip(flags, tracks, strict=True)]
    if all(flags):
        return tracks, []
    mixes = [t for flag, t in zip(flags, tracks, strict=True) if flag]
    notes += [
        f"{shown(t.paths[0].name)}: is the mix by its name; left out, usable as reference" for t in mixes
    ]
    return [t for t in tracks if t not in mixes], mixes


def _without_copies(tracks: list[TrackFiles], notes: list[str]) -> list[TrackFiles]:
    """Of `kick.wav` and `kick.mp3` of one length only the first, lossless one is kept."""
    kept = []
    for track in tracks:
        twins = [t for t in tracks if t is not track and _is_copy(track, t)]
        if twins:
            names = [shown(t.paths[0].name) for t in (track, twins[0])]
            notes.append(f"{names[0]}: left out, {names[1]} is the same track")
        else:
            kept.append(track)
    return kept


def _is_copy(track: TrackFiles, other: TrackFiles) -> bool:
    """Whether `track` is a lossy copy of `other`, by name and length."""
    return (
        track.name.casefold() == other.name.casefold()
        and track.paths[0].parent == other.paths[0].parent
        and track.files[0].container not in LOSSLESS
        and other.files[0].container in LOSSLESS
        and track.paths != other.paths
        and abs(track.seconds - other.seconds) < 0.1
    )


def _with_starts(tracks: list[TrackFiles], notes: list[str]) -> list[TrackFiles]:
    """Start offsets by BWF time stamps, counted from the earliest."""
    stamps = [t.files[0].time_reference for t in tracks]
    known = [stamp / t.sample_rate for stamp, t in zip(stamps, tracks, strict=True) if stamp is not None]
    if len(known) < 2 or max(known) - min(known) < 1e-9:
        return tracks
    if len(known) < len(tracks):
        notes.append(f"{len(tracks) - len(known)} tracks have no time stamp: all start together")
        return tracks
    earliest = min(known)
    starts = [stamp - earliest for stamp in known]
    if max(starts) > MAX_START_SPREAD_S or _largest_gap(starts, [t.seconds for t in tracks]) > MAX_GAP_S:
        notes.append("the time stamps are too far apart for one song: all tracks start together")
        return tracks
    late = sum(s > 0 for s in starts)
    notes.append(f"{late} tracks start later by their time stamps, the last at {max(starts):.3f} s")
    return [replace(t, start_s=s) for t, s in zip(tracks, starts, strict=True)]


def _largest_gap(starts: list[float], lengths: list[float]) -> float:
    """Longest time in which no track plays."""
    gap, end = 0.0, 0.0
    for start, length in sorted(zip(starts, lengths, strict=True)):
        gap = max(gap, start - end)
        end = max(end, start + length)
    return gap


def slug(name: str) -> str:
    """A name in small letters, digits and underscores, fit for any file system."""
    plain = re.sub(r"[^\w]+", "_", name.casefold()).strip("_")
    return plain.encode("ascii", "ignore").decode()[:48].strip("_")


def _with_ids(tracks: list[TrackFiles]) -> list[TrackFiles]:
    taken: set[str] = set()
    named = []
    for track in tracks:
        base = slug(track.name) or "track"
        if base in WINDOWS_DEVICES:
            base = f"{base}_track"
        number = 1
        unique = base
        while unique in taken:
            number += 1
            unique = f"{base}_{number}"
        taken.add(unique)
        named.append(replace(track, id=unique))
    return named


WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}
"""Names that no file can have on Windows."""
