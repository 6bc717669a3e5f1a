"""What a strip will give out, from measurements alone: equaliser on bands, compressor on envelope."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwright.analysis.bands import BANDS, CENTERS_HZ, k_weights
from mixwright.analysis.track import TrackAnalysis
from mixwright.dsp.compressor import Compressor, compress
from mixwright.dsp.dynamic_eq import DynamicEq
from mixwright.dsp.equalizer import Band, Equalizer, response_db
from mixwright.mix_model import Channel, Strip
from mixwright.units import db_to_gain, power_to_db

_REPEAT = 32
_RATE = 22050.0
_LOUDEST_S = 40.0
_INNER = 2.0 ** (np.array([-1.0, 0.0, 1.0]) / 9.0)


@dataclass(frozen=True, eq=False)
class StripEstimate:
    """Sound behind the inserts of a strip, before its fader.

    `band_power` is that while the track plays, `song_power` the mean over the whole song, both (bands,).
    """

    loudness_lufs: float
    peak_dbfs: float
    band_power: np.ndarray
    song_power: np.ndarray
    gain_reduction_db: float
    """Mean change of power by the compressor, 0 or negative, without make-up."""


def band_response_db(settings: Equalizer, sample_rate: int) -> np.ndarray:
    """Gain of an equaliser per third-octave band, averaged in power over the band, (bands,)."""
    if settings == Equalizer():
        return np.zeros(BANDS)
    hz = np.minimum(CENTERS_HZ[:, None] * _INNER, 0.49 * sample_rate)
    return 10 * np.log10(np.mean(10 ** (response_db(settings, sample_rate, hz) / 10), axis=1))


KeyFrames = Callable[[str], np.ndarray | None]
"""Power per frame and band, (frames, bands), of a strip as others hear it: behind its inserts."""


def no_keys(id: str) -> None:
    return None


def estimate_strip(
    strip: Strip, track: TrackAnalysis, sample_rate: int, keys: KeyFrames = no_keys
) -> StripEstimate:
    """Loudness, peak and spectrum of a track behind trim, equaliser, compressor and dynamic bands.

    Bands that listen to another strip count where `keys` knows its sound.
    """
    response = band_response_db(strip.equalizer, sample_rate) + strip.trim_db
    power = track.band_power * 10 ** (response / 10)
    response = response + dynamic_bands_db(strip, track, response, sample_rate, keys)
    power = track.band_power * 10 ** (response / 10)
    change = _loudness_change(track.band_power, power)
    reduction, peak_change = compressor_effect(strip, track, change)
    total = reduction + strip.compressor.makeup_db
    gain = 10 ** (total / 10)
    return StripEstimate(
        loudness_lufs=track.integrated_lufs + change + total,
        peak_dbfs=track.peak_dbfs + change + peak_change + strip.compressor.makeup_db,
        band_power=power * gain,
        song_power=power * gain * track.active_fraction,
        gain_reduction_db=reduction,
    )


def band_unit_db(kind: str, frequency_hz: float, q: float, sample_rate: int) -> np.ndarray:
    """Gain in dB per band for each dB of a bell or shelf, (bands,); nearly linear in dB up to some 6 dB."""
    frequency = min(frequency_hz, 0.4 * sample_rate)
    band = Band.model_validate({"kind": kind, "frequency_hz": frequency, "gain_db": 3.0, "q": q})
    return band_response_db(Equalizer().replace(band1=band), sample_rate) / 3.0


def dynamic_bands_db(
    strip: Strip,
    track: TrackAnalysis,
    response_db: np.ndarray,
    sample_rate: int,
    keys: KeyFrames = no_keys,
) -> np.ndarray:
    """Mean change of power per band by the dynamic bands, (bands,); those with an unknown key do nothing.

    Static curve on the measured frames: their attack and release are shorter than a frame.
    """
    change = np.zeros(BANDS)
    frames: np.ndarray | None = None
    for name in ("dynamic1", "dynamic2", "dynamic3", "dynamic4"):
        settings: DynamicEq = getattr(strip, name)
        if settings.range_db == 0:
            continue
        key = getattr(strip.keys, name)
        heard = _while_active(keys(key), track) if key is not None else None
        if key is not None and heard is None:
            continue
        if frames is None:
            frames = track.frame_power[track.active] * 10 ** (response_db / 10).astype(np.float32)
        if not frames.size:
            break
        shape = band_unit_db(settings.kind, settings.frequency_hz, settings.q, sample_rate)
        listened = frames if heard is None else heard
        level = 10 * np.log10(listened @ np.maximum(shape, 0.0) + 1e-20)
        moved = np.maximum(level - settings.threshold_db, 0.0) * (1 - 1 / settings.ratio)
        gain = np.sign(settings.range_db) * np.minimum(moved, abs(settings.range_db))
        before = frames.sum(axis=0, dtype=np.float64)
        after = (frames * 10 ** (gain[:, None] * shape / 10)).sum(axis=0, dtype=np.float64)
        change += 10 * np.log10((after + 1e-20) / (before + 1e-20))
    return change


def _while_active(key: np.ndarray | None, track: TrackAnalysis) -> np.ndarray | None:
    """Frames of a key while a track plays."""
    if key is None:
        return None
    frames = np.zeros((track.active.size, BANDS), np.float32)
    frames[: key.shape[0]] = key[: track.active.size]
    return frames[track.active]


def compressor_effect(channel: Channel, track: TrackAnalysis, gain_db: float) -> tuple[float, float]:
    """Change of mean power and of the highest peak, in dB, by a channel's compressor without make-up."""
    if channel.compressor.ratio <= 1.0:
        return 0.0, 0.0
    envelope = loudest_envelope(track.envelope, track.envelope_s) * db_to_gain(gain_db)
    return reduction_of(channel.compressor, envelope, track.envelope_s)


def loudest_envelope(envelope: np.ndarray, step_s: float) -> np.ndarray:
    """The stretch of an envelope with the most power, at most 40 s long."""
    steps = round(_LOUDEST_S / step_s)
    if envelope.size <= steps:
        return envelope
    sums = np.cumsum(np.concatenate(([0.0], envelope.astype(np.float64) ** 2)))
    start = int(np.argmax(sums[steps:] - sums[:-steps]))
    return envelope[start : start + steps]


def reduction_of(settings: Compressor, envelope: np.ndarray, step_s: float) -> tuple[float, float]:
    """Change of mean power and of the highest peak in dB when the compressor hears this envelope."""
    if not envelope.size or not envelope.any():
        return 0.0, 0.0
    after = compressed_envelope(settings, envelope, step_s).astype(np.float64)
    before = envelope.astype(np.float64)
    change = power_to_db(float(np.sum(after**2))) - power_to_db(float(np.sum(before**2)))
    peak = power_to_db(float(after.max()) ** 2) - power_to_db(float(before.max()) ** 2)
    return min(change, 0.0), min(peak, 0.0)


def compressed_envelope(settings: Compressor, envelope: np.ndarray, step_s: float) -> np.ndarray:
    """An envelope behind a compressor, without make-up.

    It passes the compressor itself, each value held, with the times scaled to the envelope's rate.
    """
    scale = _REPEAT / step_s / _RATE
    heard = settings.replace(
        attack_ms=float(np.clip(settings.attack_ms * scale, 0.05, 250)),
        release_ms=float(np.clip(settings.release_ms * scale, 5, 5000)),
        lookahead_ms=0.0,
        makeup_db=0.0,
        detector="peak",
    )
    held = np.repeat(envelope.astype(np.float32), _REPEAT)[None]
    return np.asarray(compress(held, _RATE, heard)[0, _REPEAT - 1 :: _REPEAT])


def threshold_for(
    settings: Compressor, envelope: np.ndarray, step_s: float, reduction_db: float
) -> tuple[Compressor, float]:
    """The settings with the threshold at which the mean power falls by about `reduction_db` (positive)."""
    low, high = -60.0, 0.0
    for _ in range(8):
        middle = 0.5 * (low + high)
        reduction, _peak = reduction_of(settings.replace(threshold_db=middle), envelope, step_s)
        if -reduction > reduction_db:
            low = middle
        else:
            high = middle
    chosen = settings.replace(threshold_db=round(0.5 * (low + high), 1))
    return chosen, reduction_of(chosen, envelope, step_s)[0]


def _loudness_change(before: np.ndarray, after: np.ndarray) -> float:
    weights = k_weights()
    return power_to_db(float(after @ weights)) - power_to_db(float(before @ weights))
