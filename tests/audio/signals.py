"""Test signals and sample files."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

RATE = 48000


def music(frames: int = 50_003, channels: int = 2, rate: int = RATE, seed: int = 1) -> np.ndarray:
    """A chirp and noise: rich enough that a shift by one sample shows, quiet enough not to clip."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / rate
    sides = [
        0.4 * np.sin(2 * np.pi * (200 + 1500 * t) * t),
        0.3 * np.sin(2 * np.pi * 333 * t) * np.exp(-t) + 0.2 * np.sin(2 * np.pi * (900 + 700 * t) * t),
    ]
    return (np.stack(sides[:channels]) + 0.01 * rng.standard_normal((channels, frames))).astype(np.float32)


def lag_of(late: np.ndarray, reference: np.ndarray) -> int:
    """Samples by which one signal is late against another (peak of the cross-correlation)."""
    size = 2 * max(len(late), len(reference))
    product = np.fft.rfft(late, size) * np.fft.rfft(reference, size).conj()
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return peak if peak < size // 2 else peak - size


def error_db(found: np.ndarray, wanted: np.ndarray) -> float:
    """Level of the difference against the wanted signal."""
    return float(20 * np.log10(np.std(found - wanted) / np.std(wanted) + 1e-15))


def write_sound(
    path: Path, audio: np.ndarray, rate: int = RATE, kind: str = "WAV", subtype: str = "PCM_16"
) -> Path:
    """Writes by libsndfile, in short blocks (its Vorbis coder crashes on long ones)."""
    with soundfile.SoundFile(path, "w", rate, audio.shape[0], format=kind, subtype=subtype) as file:
        for start in range(0, audio.shape[1], 4096):
            file.write(audio.T[start : start + 4096])
    return path


def write_av(
    path: Path, streams: list[np.ndarray], codec: str, container: str, rate: int = RATE, **options: str
) -> Path:
    """Writes by FFmpeg, one audio stream per array."""
    import av

    with av.open(str(path), "w", format=container, container_options=options) as out:
        made = [
            out.add_stream(codec, rate=rate, layout="mono" if a.shape[0] == 1 else "stereo") for a in streams
        ]
        for start in range(0, streams[0].shape[1], 4096):
            for stream, audio in zip(made, streams, strict=True):
                block = np.ascontiguousarray(audio[:, start : start + 4096])
                frame = av.AudioFrame.from_ndarray(block, "fltp", stream.layout.name)
                frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), start
                out.mux(stream.encode(frame))
        for stream in made:
            out.mux(stream.encode(None))
    return path


SAMPLES = {
    "int16.wav": ("WAV", "PCM_16"),
    "int24.wav": ("WAV", "PCM_24"),
    "float.wav": ("WAV", "FLOAT"),
    "ulaw.wav": ("WAV", "ULAW"),
    "adpcm.wav": ("WAV", "MS_ADPCM"),
    "extensible.wav": ("WAVEX", "PCM_24"),
    "large.wav": ("RF64", "PCM_24"),
    "int24.aiff": ("AIFF", "PCM_24"),
    "float.aiff": ("AIFF", "FLOAT"),
    "wave64.w64": ("W64", "PCM_24"),
    "core.caf": ("CAF", "PCM_24"),
    "sun.au": ("AU", "PCM_16"),
    "int16.flac": ("FLAC", "PCM_16"),
    "int24.flac": ("FLAC", "PCM_24"),
    "vorbis.ogg": ("OGG", "VORBIS"),
    "opus.opus": ("OGG", "OPUS"),
    "lame.mp3": ("MP3", "MPEG_LAYER_III"),
}
AV_SAMPLES = {
    "aac.m4a": ("aac", "ipod"),
    "alac.m4a": ("alac", "ipod"),
    "raw.aac": ("aac", "adts"),
    "lame_av.mp3": ("libmp3lame", "mp3"),
}


def write_sample(folder: Path, name: str, audio: np.ndarray, rate: int = RATE) -> Path:
    """One of `SAMPLES` or `AV_SAMPLES`."""
    if name in SAMPLES:
        return write_sound(folder / name, audio, rate, *SAMPLES[name])
    codec, container = AV_SAMPLES[name]
    return write_av(folder / name, [audio], codec, container, rate)
