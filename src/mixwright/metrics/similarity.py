"""Distances to a reference mix, after the published definitions.

A distance to one human mix guards against regressions; it does not prove quality, for engineers differ by 3
to 5 dB per instrument on the same song.

Conventions
-----------
Both sounds are cut to the shorter one. Audio-feature loss (Steinmetz et al., Diff-MST): squared differences
of RMS, crest, width, imbalance and log Bark spectra at -23 LUFS, with the published weights. Mid and side
spectra are reported apart, and the side is floored at -60 dB re the mid of the same band: without the floor
a mono mix would be judged by the logarithm of nothing. FxNorm families (Martínez-Ramírez et al. 2022): mean
absolute percentage errors of spectral, panning, dynamic and loudness features, peaks at -1 dBFS, each curve
smoothed over 40 frames. SCE is the difference of the spectral centroids of the mean magnitudes in Hz; MSD
the mean absolute difference of log10 mel magnitudes (80 bands, 2048 samples, cut at -80 dB re the loudest)
at -23 LUFS. The same sound gives 0.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from mixwright.metrics.loudness import validate as validate_loudness
from mixwright.metrics.sound import Sound, same_length

LEVEL_LUFS = -23.0
PEAK_GAIN = 10 ** (-1 / 20)
BARK_LENGTH, BARK_HOP, BARKS = 32768, 8192, 24
SIDE_FLOOR = 1e-3
FRAME, HOP = 2048, 1024
SMOOTH = 40
BATCH = 256
WEIGHTS = {"rms": 0.1, "crest": 0.001, "width": 1.0, "imbalance": 1.0, "bark_mid": 0.1, "bark_side": 0.1}
CONTRAST_BANDS, CONTRAST_HZ, CONTRAST_QUANTILE = 4, 250.0, 0.02
PANNING_HZ = ((0.0, np.inf), (0.0, 250.0), (250.0, 2500.0), (2500.0, np.inf))
MELS = 80
MEL_RANGE_DB = 80.0


def validate(mix: Sound, reference: Sound) -> None:
    """InputError where the two cannot be compared."""
    same_length(mix, reference)
    validate_loudness(mix, reference)


def audio_feature_loss(mix: Sound, reference: Sound) -> dict[str, float]:
    """Weighted terms of the audio-feature loss; ``bark_mid`` and ``bark_side`` share its spectral weight."""
    ours, theirs = (s.with_loudness(LEVEL_LUFS) for s in same_length(mix, reference))
    a, b = _features(ours), _features(theirs)
    return {name: weight * float(np.mean((a[name] - b[name]) ** 2)) for name, weight in WEIGHTS.items()}


def _features(sound: Sound) -> dict[str, np.ndarray]:
    x = sound.audio.astype(np.float64)
    power = np.mean(x * x, axis=1)
    rms = np.sqrt(np.maximum(power, 1e-8))
    left, right = x
    mid, side = _barks(sound)
    return {
        "rms": rms,
        "crest": 20 * np.log10(np.maximum(np.abs(x).max(axis=1), 1e-8) / rms),
        "width": np.array([np.mean((left - right) ** 2) / max(float(np.mean((left + right) ** 2)), 1e-8)]),
        "imbalance": np.array([(power[1] - power[0]) / max(float(power.sum()), 1e-8)]),
        "bark_mid": np.log(mid + 1e-8),
        "bark_side": np.log(np.maximum(side, SIDE_FLOOR * mid) + 1e-8),
    }


def _barks(sound: Sound) -> tuple[np.ndarray, np.ndarray]:
    """Mean magnitudes of L+R and L-R in Bark triangles, (bands,) each."""
    left, right = sound.audio
    bank = _triangles(_bark(np.array([20.0, 20000.0])), BARKS, BARK_LENGTH, sound.sample_rate, _bark)
    window = np.hanning(BARK_LENGTH + 1)[:-1].astype(np.float32)
    out = []
    for signal in (left + right, left - right):
        total, count = np.zeros(BARK_LENGTH // 2 + 1), 0
        for frames in _framed(signal, BARK_LENGTH, BARK_HOP, 8):
            total += np.abs(np.fft.rfft(frames * window, axis=-1)).sum(axis=0)
            count += len(frames)
        out.append(bank @ (total / count))
    return out[0], out[1]


def _bark(hz: np.ndarray) -> np.ndarray:
    return 6 * np.arcsinh(np.asarray(hz, np.float64) / 600)


def _mel(hz: np.ndarray) -> np.ndarray:
    return 2595 * np.log10(1 + np.asarray(hz, np.float64) / 700)


def _triangles(
    edges: np.ndarray, count: int, length: int, sample_rate: int, scale: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Triangular bands, equally wide on a scale of frequency, (count, bins)."""
    place = scale(np.arange(length // 2 + 1) * sample_rate / length)
    points = np.linspace(edges[0], edges[1], count + 2)
    step = points[1] - points[0]
    return np.maximum(0.0, 1 - np.abs(place[None, :] - points[1:-1, None]) / step)


def _framed(signal: np.ndarray, length: int, hop: int, batch: int) -> Iterator[np.ndarray]:
    """Frames of a signal in batches, (batch, length); a shorter signal is padded to one frame."""
    signal = np.pad(signal, (0, max(0, length - signal.size)))
    frames = np.lib.stride_tricks.sliding_window_view(signal, length)[::hop]
    for start in range(0, len(frames), batch):
        yield frames[start : start + batch]


def fxnorm(mix: Sound, reference: Sound) -> dict[str, float]:
    """Mean errors of the families ``spectral``, ``panning``, ``dynamic`` and ``loudness``."""
    ours, theirs = same_length(mix, reference)
    a, b = _fx_features(ours), _fx_features(theirs)
    return {
        family: float(np.mean([_mape(x, y) for x, y in zip(a[family], b[family], strict=True)]))
        for family in a
    }


def _mape(ours: np.ndarray, theirs: np.ndarray) -> float:
    used = theirs != 0
    return float(np.mean(np.abs(theirs - ours)[used] / np.abs(theirs)[used])) if used.any() else 0.0


def _fx_features(sound: Sound) -> dict[str, list[np.ndarray]]:
    audio = sound.audio * np.float32(PEAK_GAIN / np.abs(sound.audio).max())
    spectral: list[list[np.ndarray]] = [[], []]
    panning: list[np.ndarray] = []
    window = np.sqrt(np.hanning(FRAME + 1)[:-1]).astype(np.float32)
    hz = np.arange(FRAME // 2 + 1) * sound.sample_rate / FRAME
    for frames in zip(*(_framed(channel, FRAME, HOP, BATCH) for channel in audio), strict=True):
        magnitudes = [np.abs(np.fft.rfft(f * window, axis=-1)).astype(np.float64) for f in frames]
        for channel, magnitude in enumerate(magnitudes):
            spectral[channel].append(_spectral(magnitude, hz))
        panning.append(_panning(magnitudes[0], magnitudes[1], hz))
    by_channel = [_smoothed(np.concatenate(parts, axis=1)) for parts in spectral]
    gain = PEAK_GAIN / float(np.abs(sound.audio).max())
    peak_db = 20 * np.log10(PEAK_GAIN)
    return {
        "spectral": [row for channel in by_channel for row in channel],
        "panning": list(_smoothed(np.concatenate(panning, axis=1))),
        "dynamic": list(_smoothed(_dynamic(audio))),
        "loudness": [np.array([sound.stereo_lufs + 20 * np.log10(gain)]), np.array([peak_db])],
    }


def _smoothed(curves: np.ndarray) -> np.ndarray:
    """Running mean over 40 frames, (curves, frames)."""
    span = min(SMOOTH, curves.shape[1])
    sums = np.cumsum(np.pad(curves, ((0, 0), (1, 0))), axis=1)
    return (sums[:, span:] - sums[:, :-span]) / span


def _spectral(magnitude: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Centroid+1, bandwidth+1, rolloff+1, contrast (three numbers) and 1 - flatness in dB, (7, frames)."""
    total = np.maximum(magnitude.sum(axis=1), 1e-10)
    share = magnitude / total[:, None]
    centroid = share @ hz
    bandwidth = np.sqrt((share * (hz[None, :] - centroid[:, None]) ** 2).sum(axis=1))
    rolloff = hz[np.argmax(np.cumsum(share, axis=1) >= 0.85 * share.sum(axis=1, keepdims=True), axis=1)]
    power = np.maximum(magnitude**2, 1e-10)
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    contrast = _contrast(magnitude, hz)
    return np.stack(
        [
            centroid + 1,
            bandwidth + 1,
            rolloff + 1,
            contrast[0],
            contrast[1:-1].mean(axis=0),
            contrast[-1],
            1 - 10 * np.log10(flatness),
        ]
    )


def _contrast(magnitude: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Peaks over valleys in dB: the band below 250 Hz, then octaves, the last one to the top, (5, frames)."""
    edges = [0.0, *(CONTRAST_HZ * 2.0**k for k in range(CONTRAST_BANDS)), np.inf]
    out = []
    for low, high in pairwise(edges):
        ordered = np.sort(magnitude[:, (low <= hz) & (hz < high)], axis=1)
        count = max(1, round(CONTRAST_QUANTILE * ordered.shape[1]))
        valley, peak = ordered[:, :count].mean(axis=1), ordered[:, -count:].mean(axis=1)
        out.append(10 * np.log10(np.maximum(peak, 1e-10) / np.maximum(valley, 1e-10)))
    return np.array(out)


def _panning(left: np.ndarray, right: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """RMS over frequency of the stereo panning spectrum in four ranges, (4, frames)."""
    power = left**2 + right**2
    alike = np.where(power > 1e-20, 2 * left * right / np.maximum(power, 1e-20), 1.0)
    panning = (1 - alike) * np.sign(right - left)
    out = []
    for low, high in PANNING_HZ:
        out.append(np.sqrt(np.mean(panning[:, (low <= hz) & (hz <= high)] ** 2, axis=1)))
    return np.array(out)


def _dynamic(audio: np.ndarray) -> np.ndarray:
    """1 - RMS dB, 1 - mean distance of |x| from the RMS in dB, peak dB over RMS dB; mean of channels."""
    out = []
    for channel in audio:
        parts = []
        for frames in _framed(channel, FRAME, HOP, BATCH):
            size = np.maximum(np.abs(frames.astype(np.float64)), 1e-5)
            rms = 10 * np.log10(np.maximum((frames.astype(np.float64) ** 2).mean(axis=1), 1e-10))
            peak = 20 * np.log10(size.max(axis=1))
            spread = (20 * np.log10(size) - rms[:, None]).mean(axis=1)
            parts.append(np.stack([1 - rms, 1 - spread, peak / np.minimum(rms, -1e-3)]))
        out.append(np.concatenate(parts, axis=1))
    return np.mean(out, axis=0)


def centroid_error_hz(mix: Sound, reference: Sound) -> float:
    """SCE."""
    ours, theirs = same_length(mix, reference)
    return abs(_centroid_hz(ours) - _centroid_hz(theirs))


def _centroid_hz(sound: Sound) -> float:
    total = np.concatenate(list(_magnitudes(sound)), axis=0).mean(axis=0)
    hz = np.arange(FRAME // 2 + 1) * sound.sample_rate / FRAME
    return float(total @ hz / max(float(total.sum()), 1e-20))


def _magnitudes(sound: Sound) -> Iterator[np.ndarray]:
    """Magnitudes of the mid signal, float32 (frames, bins) in batches."""
    mid = 0.5 * (sound.audio[0] + sound.audio[1])
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    for frames in _framed(mid, FRAME, HOP, BATCH):
        yield np.abs(np.fft.rfft(frames * window, axis=-1))


def mel_distance(mix: Sound, reference: Sound) -> float:
    """MSD."""
    ours, theirs = (s.with_loudness(LEVEL_LUFS) for s in same_length(mix, reference))
    a, b = _mels(ours), _mels(theirs)
    floor = max(float(a.max()), float(b.max())) * 10 ** (-MEL_RANGE_DB / 20)
    return float(np.mean(np.abs(np.log10(np.maximum(a, floor)) - np.log10(np.maximum(b, floor)))))


def _mels(sound: Sound) -> np.ndarray:
    top = min(20000.0, sound.sample_rate / 2)
    bank = _triangles(_mel(np.array([20.0, top])), MELS, FRAME, sound.sample_rate, _mel).astype(np.float32)
    return np.concatenate([m @ bank.T for m in _magnitudes(sound)])


def evaluate(mix: Sound, reference: Sound) -> dict[str, float]:
    """All distances; 0 for the same sound."""
    validate(mix, reference)
    terms = audio_feature_loss(mix, reference)
    families = fxnorm(mix, reference)
    return {
        **{f"feature_{name}": value for name, value in terms.items()},
        "feature_loss": float(sum(terms.values())),
        **{f"fxnorm_{name}": value for name, value in families.items()},
        "centroid_error_hz": centroid_error_hz(mix, reference),
        "mel_distance": mel_distance(mix, reference),
    }
