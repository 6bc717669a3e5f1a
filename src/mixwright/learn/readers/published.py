"""Published data sets as users unpack them: MUSDB18, MedleyDB, MoisesDB, Slakh2100."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mixwright.engineer.roles import guess_roles
from mixwright.errors import InputError
from mixwright.learn.readers.files import audio_files, role_or_none, subfolders
from mixwright.learn.readers.manifests import read_json
from mixwright.learn.song import AudioRef, Song, SongTrack, Split
from mixwright.learn.yaml_subset import read_mapping
from mixwright.roles import Role

__all__ = ["read_medleydb", "read_moisesdb", "read_musdb18", "read_slakh"]

MUSDB_STEMS = ("mixture", "drums", "bass", "other", "vocals")
"""Order of the streams in a ``.stem.mp4``."""
MUSDB_ROLES = {"drums": Role.DRUM_KIT, "bass": Role.BASS, "other": None, "vocals": Role.LEAD_VOCAL}
MUSDB_LICENCE = "LicenseRef-MUSDB18-academic"
FOLDER_SPLITS: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "test": "test",
}


def read_musdb18(path: str | Path) -> list[Song]:
    """MUSDB18 (``train/*.stem.mp4``) and MUSDB18-HQ (``train/SONG/{mixture,drums ...}.wav``)."""
    root = Path(path)
    songs = []
    for name, split in FOLDER_SPLITS.items():
        folder = root / name
        if not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.stem.mp4")):
            refs = {stem: AudioRef(file, stream) for stream, stem in enumerate(MUSDB_STEMS)}
            songs.append(_musdb_song(file.name.removesuffix(".stem.mp4"), refs, split))
        for each in subfolders(folder):
            refs = {file.stem: AudioRef(file) for file in audio_files(each) if file.stem in MUSDB_STEMS}
            if len(refs) > 1:
                songs.append(_musdb_song(each.name, refs, split))
    return _some(songs, root, "train/ and test/ of MUSDB18")


def _musdb_song(name: str, refs: dict[str, AudioRef], split: Split) -> Song:
    tracks = tuple(
        SongTrack(id=stem, name=stem, role=MUSDB_ROLES[stem], instrument=stem, audio=(ref,), channels=2)
        for stem, ref in refs.items()
        if stem != "mixture"
    )
    return Song(name, tracks, "MUSDB18", MUSDB_LICENCE, human_mix=refs.get("mixture"), split=split)


def read_medleydb(path: str | Path) -> list[Song]:
    """MedleyDB 1 and 2: a folder per song with ``*_METADATA.yaml``, ``*_RAW/`` and ``*_MIX.wav``.

    The metadata may also lie in ``Metadata/`` beside ``Audio/``.
    """
    root = Path(path)
    audio = root / "Audio" if (root / "Audio").is_dir() else root
    songs = []
    for folder in subfolders(audio):
        name = f"{folder.name}_METADATA.yaml"
        metadata = next((p for p in (folder / name, root / "Metadata" / name) if p.is_file()), None)
        if metadata is not None:
            songs.append(_medley_song(folder, read_mapping(metadata)))
    return _some(songs, root, "folders with a METADATA.yaml")


def _medley_song(folder: Path, facts: dict[str, Any]) -> Song:
    raw_folder = folder / str(facts.get("raw_dir") or f"{folder.name}_RAW")
    tracks = []
    for stem in _mappings(facts.get("stems")):
        for raw in _mappings(stem.get("raw")):
            file = str(raw.get("filename") or "")
            label = str(raw.get("instrument") or stem.get("instrument") or "")
            if file:
                audio = (AudioRef(raw_folder / file),)
                tracks.append(SongTrack(file, file, instrument_role(label), label, audio, 1))
    mix = folder / str(facts.get("mix_filename") or f"{folder.name}_MIX.wav")
    return Song(
        id=folder.name,
        tracks=tuple(tracks),
        source="MedleyDB",
        licence="CC-BY-NC-SA-4.0",
        human_mix=AudioRef(mix) if mix.is_file() else None,
        genre=str(facts.get("genre") or "").lower(),
    )


def read_moisesdb(path: str | Path) -> list[Song]:
    """MoisesDB: a folder per song with ``data.json`` and ``STEM/TRACK_ID.wav``."""
    root = Path(path)
    songs = []
    for folder in [each for top in (root, *subfolders(root)) for each in subfolders(top)]:
        if not (folder / "data.json").is_file():
            continue
        facts = read_json(folder / "data.json")
        if not isinstance(facts, dict):
            raise InputError(f"{folder / 'data.json'} holds no song; check the data set")
        tracks = []
        for stem in _rows(facts.get("stems")):
            for track in _rows(stem.get("tracks")):
                kind = str(track.get("trackType") or stem.get("stemName") or "")
                file = f"{track.get('id')}.{str(track.get('extension') or 'wav').lstrip('.')}"
                audio = (AudioRef(folder / str(stem.get("stemName")) / file),)
                role = instrument_role(kind) or instrument_role(str(stem.get("stemName")))
                tracks.append(SongTrack(file, kind, role, kind, audio))
        songs.append(
            Song(
                id=f"{facts.get('artist', '')} - {facts.get('song', folder.name)}".strip(" -"),
                tracks=tuple(tracks),
                source="MoisesDB",
                licence="CC-BY-NC-SA-4.0",
                genre=str(facts.get("genre") or "").lower(),
            )
        )
    return _some(songs, root, "folders with a data.json")


def read_slakh(path: str | Path) -> list[Song]:
    """Slakh2100: ``train/Track00001/{metadata.yaml,mix.flac,stems/S00.flac}``, split folders or none."""
    root = Path(path)
    places: list[tuple[Path, Split | None]] = [
        (root / name, split) for name, split in FOLDER_SPLITS.items() if (root / name).is_dir()
    ] or [(root, None)]
    songs = []
    for place, split in places:
        for folder in subfolders(place):
            if (folder / "metadata.yaml").is_file():
                songs.append(_slakh_song(folder, split))
    return _some(songs, root, "folders Track00001, with a metadata.yaml each")


def _slakh_song(folder: Path, split: Split | None) -> Song:
    facts = read_mapping(folder / "metadata.yaml")
    tracks = []
    for id, stem in (facts.get("stems") or {}).items():
        if not isinstance(stem, dict) or stem.get("audio_rendered") is False:
            continue
        label = str(stem.get("inst_class") or "")
        file = next((f for f in audio_files(folder / "stems") if f.stem == id), None)
        loudness = stem.get("integrated_loudness")
        if file is not None:
            role = Role.DRUM_KIT if stem.get("is_drum") is True else instrument_role(label)
            lufs = float(loudness) if isinstance(loudness, float) else None
            name = str(stem.get("midi_program_name") or label)
            tracks.append(SongTrack(id, name, role, label, (AudioRef(file),), 1, lufs))
    mix = next((f for f in audio_files(folder) if f.stem == "mix"), None)
    human = AudioRef(mix) if mix else None  # a plain sum, made by a program
    return Song(folder.name, tuple(tracks), "Slakh2100", "CC-BY-4.0", human_mix=human, split=split)


def instrument_role(label: str) -> Role | None:
    """The role of an instrument's label in such data; None for what tells no role."""
    known = role_or_none(label)
    if known is not None and known is not Role.OTHER:
        return known
    if label.lower() in ("male singer", "female singer", "vocalists", "singer"):
        return Role.LEAD_VOCAL
    (guess,) = guess_roles([label])
    return guess.role if guess.confidence >= 0.5 and guess.role is not Role.OTHER else None


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []


def _rows(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _some(songs: list[Song], root: Path, wanted: str) -> list[Song]:
    if not songs:
        raise InputError(f"{root} holds no song in this layout; it should hold {wanted}")
    return songs
