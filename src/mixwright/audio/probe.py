"""What an audio file holds, told from its content (never from its name's ending).

Only headers are read; nothing is decoded.
"""

import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from mixwright.audio.formats import INPUT_HELP
from mixwright.audio.names import refuse
from mixwright.audio.pcm import PcmHeader, read_aiff, read_wave

MIN_RATE, MAX_RATE = 4000, 768_000
MAX_CHANNELS = 2
MIN_SECONDS = 0.001
MAX_SECONDS = 24 * 3600.0
TAGS = ("title", "artist", "album", "date", "genre", "comment", "tracknumber", "copyright", "software")


@dataclass(frozen=True)
class AudioInfo:
    """An audio file as its header describes it.

    Attributes
    ----------
    path : Path
        Absolute path.
    container, codec : str
        Such as `WAV` and `24 bit`, or `MP4` and `aac`.
    frames : int
        Length after the coder's delay and padding are cut off. An estimate where `frames_exact` is
        false (MP3 without a length field, raw AAC): then only decoding tells.
    streams : int
        Number of audio streams; more than one in `.stem.mp4`.
    stream : int
        The stream that this entry describes.
    time_reference : int or None
        BWF: samples since midnight at which the recording starts.
    skip : int
        Samples that the decoder's output has too many at the start (usually 0: the decoder does it).
    pcm : PcmHeader or None
        Where the samples lie, when they can be read in place.
    """

    path: Path
    container: str
    codec: str
    channels: int
    sample_rate: int
    frames: int
    frames_exact: bool = True
    streams: int = 1
    stream: int = 0
    time_reference: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    skip: int = 0
    decoder: str = "soundfile"
    pcm: PcmHeader | None = field(default=None, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate

    @property
    def title(self) -> str:
        return self.tags.get("title", "")


def probe(path: str | Path, stream: int = 0) -> AudioInfo:
    """Describes an audio file.

    Parameters
    ----------
    path : path
        A regular file, or a link to one.
    stream : int
        Which audio stream of a file with several.

    Raises
    ------
    InputError
        When the file is missing, unreadable, damaged, cut short, empty or not audio that can be mixed.
    """
    path = Path(os.path.abspath(path))
    size = _regular_size(path)
    try:
        with open(path, "rb") as file:
            info = _probe_open(path, file, size, stream)
    except OSError as error:
        refuse(path, f"cannot be read ({error.strerror or error})", "check the file and its permissions")
    _check(info)
    if stream >= info.streams:
        problem = f"has {info.streams} audio streams, number {stream + 1} was asked for"
        refuse(path, problem, "name one that is there")
    return info


def content_hash(path: str | Path) -> str:
    """Fingerprint of a file's bytes: ``xxh128:`` and 32 hexadecimal digits.

    It tells whether a file is still the same one. It is no protection against forgery, but ten times as fast
    as a cryptographic hash.
    """
    import xxhash

    try:
        with open(path, "rb", buffering=0) as file:
            digest = xxhash.xxh3_128()
            chunk = memoryview(bytearray(1 << 17))  # stays in the cache
            while count := file.readinto(chunk):
                digest.update(chunk[:count])
            return f"xxh128:{digest.hexdigest()}"
    except OSError as error:
        refuse(path, f"cannot be read ({error.strerror})", "check the file and its permissions")


def _regular_size(path: Path) -> int:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        broken = os.path.islink(path)
        refuse(path, "is a link to a file that is not there" if broken else "no such file", "check the path")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        refuse(path, f"cannot be read ({reason})", "check the path and its permissions")
    if stat.S_ISDIR(status.st_mode):
        refuse(path, "is a folder, not an audio file", "name the files in it, or give the folder alone")
    if not stat.S_ISREG(status.st_mode):
        refuse(path, "is not a regular file (a pipe, device or socket)", "save the audio to a file first")
    if status.st_size == 0:
        refuse(path, "is empty (0 bytes)", "export it again or leave it out")
    return status.st_size


def _probe_open(path: Path, file: IO[bytes], size: int, stream: int) -> AudioInfo:
    head = file.read(64)
    file.seek(0)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _from_pcm(path, file, read_wave(path, file, size))
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _from_pcm(path, file, read_aiff(path, file, size))
    if head[:4] in (b"fLaC", b"caff", b".snd") or head[:4] == b"riff":
        return _from_soundfile(path, file, size)
    if head[:4] == b"OggS":
        from mixwright.audio.ogg import check_last_page

        check_last_page(path, file, size)
        return _from_soundfile(path, file, size) if b"FLAC" in head else _from_av(path, "ogg", stream)
    if head[4:8] == b"ftyp":
        return _from_av(path, "mp4", stream)
    from mixwright.audio.mpeg import find_mpeg

    mpeg = find_mpeg(path, file, size)
    if mpeg is not None:
        return _from_av(path, mpeg.container, stream, mpeg)
    return refuse(path, "is not audio in a format that is known here", f"convert it to {INPUT_HELP}")


def _from_pcm(path: Path, file: IO[bytes], header: PcmHeader) -> AudioInfo:
    if header.kind == "other":
        return _from_soundfile(path, file, 0, header)
    if not (header.sample_rate == int(header.sample_rate) and math.isfinite(header.sample_rate)):
        refuse(path, f"has a sample rate of {header.sample_rate:g} Hz", "export it at a whole number of Hz")
    return AudioInfo(
        path,
        header.container,
        header.codec,
        header.channels,
        int(header.sample_rate),
        header.frames,
        time_reference=header.time_reference,
        tags=header.tags,
        decoder="pcm",
        pcm=header,
    )


def _from_soundfile(path: Path, file: IO[bytes], size: int, header: PcmHeader | None = None) -> AudioInfo:
    import soundfile

    os.lseek(file.fileno(), 0, os.SEEK_SET)  # `file.seek` may move within its buffer only
    try:
        with soundfile.SoundFile(file.fileno(), closefd=False) as sound:
            tags = {name: text for name in TAGS if (text := getattr(sound, name, ""))}
            return AudioInfo(
                path,
                header.container if header else sound.format,
                header.codec if header else sound.subtype.replace("PCM_", "").lower() + " bit",
                sound.channels,
                sound.samplerate,
                max(sound.frames, 0),
                time_reference=header.time_reference if header else None,
                tags={**tags, **header.tags} if header else tags,
            )
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        coding = f"({header.codec}) " if header else ""
        problem = f"damaged, or coded in a way {coding}that is not known here: {_reason(error)}"
        refuse(path, problem, "export it again as WAV")


def _reason(error: Exception) -> str:
    text = str(getattr(error, "error_string", "") or error).strip().rstrip(".")
    return text or type(error).__name__


@contextmanager
def open_av(path: Path, container: str) -> Iterator[Any]:
    """An input container of PyAV whose format is forced, so that a text file cannot open other files."""
    import av

    av.logging.set_level(av.logging.PANIC)
    name = str(path)
    file = open(path, "rb") if "\udc80" <= max(name) <= "\udcff" else None  # noqa: SIM115
    try:
        with av.open(file or name, format=container, metadata_errors="replace") as opened:
            yield opened
    finally:
        if file:
            file.close()


def _from_av(path: Path, container: str, stream: int, mpeg: "Any | None" = None) -> AudioInfo:
    import av

    try:
        with open_av(path, container) as opened:
            return _describe_av(path, container, opened, stream, mpeg)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        refuse(path, f"damaged or cut short ({error_text(error)})", "copy or export it again")


def error_text(error: Exception) -> str:
    """One line of what FFmpeg says."""
    text = str(getattr(error, "strerror", None) or error).strip() or type(error).__name__
    return "broken data" if text.startswith("Error number") else text.splitlines()[0].rstrip(".")


def _describe_av(path: Path, container: str, opened: Any, index: int, mpeg: Any) -> AudioInfo:
    streams = opened.streams.audio
    if not streams:
        refuse(path, "holds no audio (only picture or text)", "export the audio of it")
    if index >= len(streams):
        problem = f"has {len(streams)} audio streams, number {index + 1} was asked for"
        refuse(path, problem, "name one that is there")
    stream = streams[index]
    context = stream.codec_context
    if context is None:
        refuse(path, "coded in a way that is not known here", f"convert it to {INPUT_HELP}")
    rate, channels = int(context.sample_rate or 0), int(context.channels or 0)
    tags = _av_tags({**opened.metadata, **stream.metadata})
    codec = str(context.name).removesuffix("float")
    frames, exact, skip = 0, False, 0
    if mpeg is not None and mpeg.container == "mp3":
        rate, channels = mpeg.sample_rate, mpeg.channels
        frames, exact, skip = mpeg.length(opened.metadata.get("iTunSMPB", ""), opened.duration or 0)
    elif stream.duration and stream.time_base and rate:
        frames = round(stream.duration * stream.time_base * rate)
        exact = container != "aac"
        if container == "mp4":
            frames -= max(stream.start_time or 0, 0) * stream.time_base * rate
            frames = _itunes_frames(opened.metadata.get("iTunSMPB", ""), round(frames))
        elif codec == "opus":
            frames -= _opus_preskip(context)
    elif opened.duration and rate:
        frames = round(opened.duration * rate / 1_000_000)
    return AudioInfo(
        path,
        {"mp4": "MP4", "ogg": "Ogg", "mp3": "MP3", "aac": "AAC"}[container],
        codec,
        channels,
        rate,
        max(int(frames), 0),
        frames_exact=exact,
        streams=len(streams),
        stream=index,
        tags=tags,
        skip=skip,
        decoder=container,
    )


def _itunes_frames(text: str, frames: int) -> int:
    """Length by Apple's `iTunSMPB` note, when it fits the file (it drops the coder's padding at the end)."""
    parts = text.split()
    try:
        padding, wanted = int(parts[2], 16), int(parts[3], 16)
    except (IndexError, ValueError):
        return frames
    return wanted if wanted + padding == frames else frames


def _opus_preskip(context: Any) -> int:
    head = bytes(context.extradata or b"")
    return int.from_bytes(head[10:12], "little") if head[:8] == b"OpusHead" and len(head) >= 12 else 0


def _av_tags(metadata: dict[str, str]) -> dict[str, str]:
    lower = {key.lower(): text for key, text in metadata.items()}
    lower.setdefault("tracknumber", lower.get("track", ""))
    return {name: lower[name] for name in TAGS if lower.get(name)}


def _check(info: AudioInfo) -> None:
    """Refuses what no mix can use."""
    path = info.path
    if not MIN_RATE <= info.sample_rate <= MAX_RATE:
        refuse(
            path,
            f"has a sample rate of {info.sample_rate} Hz, outside {MIN_RATE}..{MAX_RATE} Hz",
            "export it at 44100 or 48000 Hz",
        )
    if info.channels < 1:
        refuse(path, f"has {info.channels} channels", "export it as mono or stereo")
    if info.channels > MAX_CHANNELS:
        problem = f"has {info.channels} channels, tracks are mono or stereo"
        refuse(path, problem, "export it as stereo or as single tracks")
    if info.frames == 0:
        refuse(path, "holds no audio (0 samples)", "export it again or leave it out")
    if info.seconds > MAX_SECONDS:
        refuse(
            path,
            f"claims to be {info.seconds / 3600:.0f} hours long, more than {MAX_SECONDS / 3600:.0f}",
            "export it again or in parts",
        )
    if info.frames_exact and info.seconds < MIN_SECONDS:
        noun = "sample" if info.frames == 1 else "samples"
        problem = f"holds {info.frames} {noun}, less than {MIN_SECONDS * 1000:g} ms"
        refuse(path, problem, "export it again or leave it out")
