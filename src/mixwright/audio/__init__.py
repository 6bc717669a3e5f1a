"""Audio files in and out."""

from mixwright.audio.formats import FORMATS, Format, find_format, format_of_path
from mixwright.audio.metadata import Loudness, Metadata
from mixwright.audio.mixfinder import find_mix_by_content
from mixwright.audio.names import shown
from mixwright.audio.probe import AudioInfo, content_hash, probe
from mixwright.audio.scratch import Scratch
from mixwright.audio.source import CancelledError, Source, open_source, open_track, prepare_sources
from mixwright.audio.tracks import FoundTracks, TrackFiles, find_tracks, project_rate
from mixwright.audio.unfinished import check_target
from mixwright.audio.write import Writer, open_writer

__all__ = [
    "FORMATS",
    "AudioInfo",
    "CancelledError",
    "Format",
    "FoundTracks",
    "Loudness",
    "Metadata",
    "Scratch",
    "Source",
    "TrackFiles",
    "Writer",
    "check_target",
    "content_hash",
    "find_format",
    "find_mix_by_content",
    "find_tracks",
    "format_of_path",
    "open_source",
    "open_track",
    "open_writer",
    "prepare_sources",
    "probe",
    "project_rate",
    "shown",
]
