"""Turns coded files into blocks of float32 samples, in bounded memory and aligned to the sample."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mixwright.audio.names import refuse
from mixwright.audio.probe import AudioInfo, error_text, open_av

BLOCK = 1 << 16
MAX_LEVEL = 1e6
"""Samples above this (+120 dBFS) are no audio in the range -1..1."""
TAIL_SECONDS = 0.1
"""Damage this near to the end is taken for rubbish behind the audio."""


def decode(info: AudioInfo) -> Iterator[np.ndarray]:
    """Blocks (channels, samples) of a file at its own rate, each checked to hold finite numbers.

    Raises
    ------
    InputError
        When the file turns out to be damaged, cut short or to hold NaN or infinity.
    """
    blocks = _by_soundfile(info) if info.decoder in ("soundfile", "pcm") else _by_av(info)
    done = 0
    for block in _cut(blocks, info):
        check_finite(block, info, done)
        done += block.shape[1]
        yield block
    _check_length(info, done)


def check_finite(block: np.ndarray, info: AudioInfo, start: int) -> None:
    """Refuses NaN, infinity and numbers that are no audio; names the place.

    Parameters
    ----------
    start : int
        Position of the block in the file, in samples.
    """
    with np.errstate(over="ignore"):
        if all(np.dot(row, row) < MAX_LEVEL for row in block):  # false for NaN as well
            return
    bad = ~(np.abs(block) <= MAX_LEVEL)
    if not bad.any():
        return
    at = int(bad.any(axis=0).argmax())
    value = block[bad[:, at].argmax(), at]
    refuse(
        info.path,
        f"holds {value} at {(start + at) / info.sample_rate:.3f} s where a sample in -1..1 is due",
        "export it again, as 24 bit WAV to be safe",
    )


def _cut(blocks: Iterator[np.ndarray], info: AudioInfo) -> Iterator[np.ndarray]:
    """Drops the coder's delay (where the decoder has not) and padding."""
    skip = info.skip
    left = info.frames if info.frames_exact else -1
    for block in blocks:
        if skip:
            drop = min(skip, block.shape[1])
            skip -= drop
            block = block[:, drop:]
        if left >= 0:
            block = block[:, :left]
            left -= block.shape[1]
        if block.shape[1]:
            yield block


def _check_length(info: AudioInfo, frames: int) -> None:
    if frames == 0:
        refuse(info.path, "holds no audio that can be decoded", "export it again or leave it out")
    missing = info.frames - frames
    if info.frames_exact and missing > TAIL_SECONDS * info.sample_rate:
        refuse(
            info.path,
            f"cut short: {info.seconds:.1f} s are promised, {frames / info.sample_rate:.1f} s can be decoded",
            "copy or export it again",
        )


def _by_soundfile(info: AudioInfo) -> Iterator[np.ndarray]:
    import soundfile

    try:
        with open(info.path, "rb") as file, soundfile.SoundFile(file.fileno(), closefd=False) as sound:
            while len(block := sound.read(BLOCK, dtype="float32", always_2d=True)):
                yield np.ascontiguousarray(block.T)
    except OSError as error:
        refuse(info.path, f"cannot be read ({error.strerror or error})", "check the file and its permissions")
    except (soundfile.LibsndfileError, RuntimeError) as error:
        refuse(info.path, f"damaged ({error})", "copy or export it again")


def _by_av(info: AudioInfo) -> Iterator[np.ndarray]:
    import av

    try:
        with open_av(info.path, info.decoder) as opened:
            yield from _joined(info, opened)
    except (av.FFmpegError, ValueError) as error:
        refuse(info.path, f"damaged ({error_text(error)})", "copy or export it again")
    except OSError as error:
        refuse(info.path, f"cannot be read ({error.strerror or error})", "check the file and its permissions")


def _joined(info: AudioInfo, opened: Any) -> Iterator[np.ndarray]:
    """Decoded frames as larger blocks of float32."""
    import av

    convert = av.AudioResampler(format="fltp")
    fifo = av.AudioFifo()  # refuses frames of another rate or layout
    first = True
    for frame in _frames(info, opened):
        if first:
            _check_kind(info, frame)
            first = False
        frame.pts = None
        fifo.write(frame)
        if fifo.samples >= BLOCK:
            yield from _as_float(fifo.read(BLOCK), convert)
    if fifo.samples:
        yield from _as_float(fifo.read(fifo.samples, partial=True), convert)


def _check_kind(info: AudioInfo, frame: Any) -> None:
    channels = frame.layout.nb_channels
    if (frame.sample_rate, channels) != (info.sample_rate, info.channels):
        refuse(
            info.path,
            f"says {info.channels} channels at {info.sample_rate} Hz and holds "
            f"{channels} at {frame.sample_rate} Hz",
            "export it again",
        )


def _as_float(frame: Any, convert: Any) -> Iterator[np.ndarray]:
    frame.pts = None
    for part in [frame] if frame.format.name == "fltp" else convert.resample(frame):
        yield part.to_ndarray()


def _frames(info: AudioInfo, opened: Any) -> Iterator[Any]:
    """Decoded frames; damage is refused unless nothing but rubbish at the end is lost."""
    import av

    stream = opened.streams.audio[info.stream]
    stream.codec_context.thread_count = 1  # files are decoded side by side, see prepare_sources
    done = 0
    damage = ""
    goes_on = False
    for packet in opened.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            damage = damage or error_text(error)
            continue
        goes_on = bool(damage and frames)
        if goes_on:
            break
        for frame in frames:
            done += frame.samples
            yield frame
    whole = info.frames - TAIL_SECONDS * info.sample_rate if info.frames_exact else 0
    if damage and (goes_on or done < whole):
        problem = f"damaged at {done / info.sample_rate:.1f} s ({damage})"
        refuse(info.path, problem, "copy or export it again")
