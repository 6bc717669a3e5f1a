"""What is measured on one track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from mixwright.analysis.bands import (
    BANDS,
    CENTERS_HZ,
    band_loudness_lufs,
    band_slice,
    k_weights,
    power_db,
)
from mixwright.analysis.envelope import (
    OCTAVES_HZ,
    EnvelopeMeter,
    OctaveMeter,
    onset_strength,
    onset_times,
)
from mixwright.analysis.faults import Hum, find_clicks, find_hum
from mixwright.analysis.fine import fine_spectra
from mixwright.analysis.loudness import MOMENTARY_S, LoudnessMeter
from mixwright.analysis.pitch import Pitch, find_pitch
from mixwright.analysis.resonances import Resonance, find_resonances
from mixwright.analysis.shared_sound import LowEndRecorder
from mixwright.analysis.spectrum import BandMeter
from mixwright.units import SILENCE_DB, gain_to_db, power_to_db

BLOCK = 1 << 16
"""Frames that fit into the second cache."""
MAX_FRAMES = 12000
"""Longer band curves are averaged down to at most this many frames, to bound memory."""

ACTIVE_RANGE_LU = 20.0
"""A track plays where its loudness is at most this far below its integrated loudness."""

SILENT_DBFS = -80.0
SIBILANT_HZ = (5000.0, 9000.0)


class Input(Protocol):
    """A track as it is analysed: float32 (channels, frames), silence outside of its range."""

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def read(self, start: int, frames: int) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class TrackAnalysis:
    """Everything the engineer knows about one track.

    Powers are mean squares summed over the channels. Where a track is silent, levels are
    `units.SILENCE_DB`.
    """

    id: str
    channels: int
    duration_s: float
    silent: bool
    integrated_lufs: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    range_lu: float
    momentary_lufs: np.ndarray
    """Every 100 ms, float32."""
    short_term_lufs: np.ndarray
    peak_dbfs: float
    power_dbfs: float
    """Mean power over the active frames."""
    dc_offset: float
    clipped_samples: int
    frame_s: float
    frame_power: np.ndarray
    """Power per frame and third-octave band, float32 (frames, bands)."""
    active: np.ndarray
    """Which frames the track plays in, bool (frames,)."""
    noise_floor_dbfs: float
    channel_power: np.ndarray
    """Mean power per channel and band over the whole track, (channels, bands)."""
    cross_power: np.ndarray
    """Mean of left times right per band, (bands,); zeros for mono."""
    envelope_s: float
    envelope: np.ndarray
    """Peak of the louder channel per `envelope_s`, linear, float32."""
    onset_times_s: np.ndarray
    onset_curve: np.ndarray
    """Rise of the envelope in dB per `envelope_s`, float32."""
    flat_samples: int = 0
    """Samples in flat tops at the highest or lowest value, whatever the level: clipped before."""
    click_times_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    hum: Hum | None = None
    pitch: Pitch = field(default_factory=Pitch)
    resonances: tuple[Resonance, ...] = ()
    """Narrow peaks that persist; those that follow the pitch are notes."""
    octave_crest_db: np.ndarray = field(default_factory=lambda: np.zeros(len(OCTAVES_HZ)))
    """Peak over mean power while it plays in each octave of `envelope.OCTAVES_HZ`, (octaves,); 0 where the
    track has no sound."""

    @property
    def active_fraction(self) -> float:
        return float(np.mean(self.active)) if self.active.size else 0.0

    @property
    def active_s(self) -> float:
        return float(np.sum(self.active)) * self.frame_s

    @property
    def band_power(self) -> np.ndarray:
        """Mean power per band over the active frames, (bands,)."""
        if not self.active.any():
            return np.zeros(BANDS)
        return self.frame_power[self.active].mean(axis=0, dtype=np.float64)

    @property
    def spectrum_db(self) -> np.ndarray:
        """Band levels relative to the whole, over the active frames, (bands,)."""
        power = self.band_power
        total = float(power.sum())
        return power_db(power / total) if total > 0 else np.full(BANDS, SILENCE_DB)

    @property
    def crest_db(self) -> float:
        """Peak over the mean power of the active frames (of the mean channel)."""
        return 0.0 if self.silent else self.peak_dbfs - (self.power_dbfs - power_to_db(self.channels))

    @property
    def peak_to_loudness_lu(self) -> float:
        return 0.0 if self.silent else self.peak_dbfs - self.integrated_lufs

    @property
    def loudness_deviation_lu(self) -> float:
        """How much the momentary loudness moves while the track plays: 90 % minus 10 %."""
        level = band_loudness_lufs(self.frame_power[self.active]) if self.active.any() else np.zeros(0)
        return float(np.percentile(level, 90) - np.percentile(level, 10)) if level.size > 4 else 0.0

    @property
    def onsets_per_s(self) -> float:
        """Notes or hits per second of playing."""
        return self.onset_times_s.size / self.active_s if self.active_s > 0 else 0.0

    @property
    def hit_spread_db(self) -> float:
        """How much the peaks of its notes or hits differ: 90 % minus 10 %."""
        if self.onset_times_s.size < 5:
            return 0.0
        steps = np.round(self.onset_times_s / self.envelope_s).astype(int)
        peaks = self.envelope[np.minimum(steps[:, None] + np.arange(6), self.envelope.size - 1)].max(axis=1)
        level = 20 * np.log10(peaks + 1e-10)
        return float(np.percentile(level, 90) - np.percentile(level, 10))

    @property
    def envelope_crest_db(self) -> float:
        """Highest steps of the envelope over its mean power: percussive sounds lie above 12 dB."""
        power = self.envelope.astype(np.float64) ** 2
        if not power.any() or not self.active.any():
            return 0.0
        while_active = float(power.mean()) / self.active_fraction
        return max(0.0, power_to_db(float(np.percentile(power, 99.5)) / while_active))

    @property
    def sibilance_db(self) -> float:
        """Level of 5-9 kHz in its loudest 3 % of active frames, re the mean power of the track."""
        power = self.frame_power[self.active][:, band_slice(*SIBILANT_HZ)]
        if not power.size:
            return SILENCE_DB
        return power_to_db(float(np.percentile(power.sum(axis=1), 97))) - self.power_dbfs

    @property
    def brightness_share(self) -> float:
        """Share of the power above 6 kHz while the track plays."""
        power = self.band_power
        return float(power[CENTERS_HZ > 6000].sum() / max(power.sum(), 1e-20))

    def during(self, spans: Sequence[tuple[float, float]]) -> "TrackAnalysis":
        """The curves of some stretches of the song, given in seconds, one after another.

        Levels over the whole track stay what they are.
        """
        return replace(
            self,
            frame_power=_cut(self.frame_power, spans, self.frame_s),
            active=_cut(self.active, spans, self.frame_s),
            envelope=_cut(self.envelope, spans, self.envelope_s),
        )

    def share_below_db(self, frequency_hz: float) -> float:
        """Power below a frequency re the whole while the track plays."""
        power = self.band_power
        return power_to_db(float(power[frequency_hz > CENTERS_HZ].sum())) - power_to_db(float(power.sum()))

    def pause_share_below_db(self, frequency_hz: float) -> float:
        """Power below a frequency in the pauses of the track re the whole while it plays.

        Low sound that goes on in the pauses is rumble, not music.
        """
        pause = ~self.active
        if not pause.any():
            return SILENCE_DB
        power = self.frame_power[pause].mean(axis=0, dtype=np.float64)
        return power_to_db(float(power[frequency_hz > CENTERS_HZ].sum())) - self.power_dbfs

    @property
    def balance_db(self) -> float:
        """Right over left, K weighted; 0 for mono."""
        if self.channels == 1 or self.silent:
            return 0.0
        left, right = (power_to_db(float(power @ k_weights())) for power in self.channel_power)
        return right - left

    @property
    def correlation(self) -> float:
        """Of left and right over all bands; 1 for mono."""
        if self.channels == 1 or self.silent:
            return 1.0
        left, right = self.channel_power.sum(axis=1)
        return float(self.cross_power.sum() / np.sqrt(max(left * right, 1e-30)))

    @property
    def band_correlation(self) -> np.ndarray:
        """Of left and right per band, (bands,); 1 for mono and where there is nothing."""
        if self.channels == 1:
            return np.ones(BANDS)
        power = np.sqrt(self.channel_power[0] * self.channel_power[1])
        return np.divide(self.cross_power, power, out=np.ones(BANDS), where=power > 1e-15)

    @property
    def band_balance_db(self) -> np.ndarray:
        """Right over left per band, (bands,); 0 for mono."""
        if self.channels == 1:
            return np.zeros(BANDS)
        return power_db(self.channel_power[1]) - power_db(self.channel_power[0])

    @property
    def side_mid_db(self) -> np.ndarray:
        """Side over mid power per band, (bands,); -200 for mono."""
        if self.channels == 1:
            return np.full(BANDS, SILENCE_DB)
        left, right = self.channel_power
        mid = np.maximum(left + right + 2 * self.cross_power, 1e-20)
        side = np.maximum(left + right - 2 * self.cross_power, 0.0)
        return power_db(np.maximum(side / mid, 1e-20))


def _cut(curve: np.ndarray, spans: Sequence[tuple[float, float]], step_s: float) -> np.ndarray:
    return np.concatenate([curve[round(begin / step_s) : round(end / step_s)] for begin, end in spans])


def analyse_track(
    id: str, audio: Input, sample_rate: int, check: Callable[[], None], song_frames: int = 0
) -> tuple[TrackAnalysis, np.ndarray]:
    """Measures one track in one pass, block by block.

    Parameters
    ----------
    id : str
        Name of the track in the result.
    audio : Input
        1 or 2 channels.
    sample_rate : int
        In Hz.
    check : callable
        Called between blocks; may raise to stop the work.
    song_frames : int
        Samples of the longest track: all tracks of a song get the same `frame_s`.

    Returns
    -------
    TrackAnalysis, np.ndarray
        The second is the low end as `LowEndRecorder` keeps it.
    """
    bands = BandMeter(sample_rate, audio.channels)
    envelope = EnvelopeMeter(sample_rate, audio.channels)
    meter = LoudnessMeter(sample_rate, audio.channels)
    low = LowEndRecorder(sample_rate)
    octaves = OctaveMeter(sample_rate)
    for start in range(0, audio.frames, BLOCK):
        check()
        block = audio.read(start, min(BLOCK, audio.frames - start))
        bands.add(block)
        envelope.add(block)
        meter.add(block)
        low.add(block)
        octaves.add(block)
    missing = round(MOMENTARY_S * sample_rate) + 1 - audio.frames
    if missing > 0:  # a short hit has a loudness too: that of the one window that holds it
        meter.add(np.zeros((audio.channels, missing), np.float32))
    factor = -(-max(song_frames, audio.frames) // bands.hop // MAX_FRAMES) or 1
    return _collect(id, audio, sample_rate, bands, envelope, meter, octaves, factor), low.finish()


def _collect(
    id: str,
    audio: Input,
    sample_rate: int,
    bands: BandMeter,
    envelope: EnvelopeMeter,
    meter: LoudnessMeter,
    octaves: OctaveMeter,
    factor: int,
) -> TrackAnalysis:
    power = bands.finish()
    power, frame_s = _shortened(power, factor), bands.frame_s * factor
    peaks = envelope.finish()
    peak_dbfs = gain_to_db(float(peaks.max())) if peaks.size else SILENCE_DB
    reading = meter.reading()
    silent = peak_dbfs < SILENT_DBFS or reading.integrated_lufs <= -70.0
    active = _active(power, reading.integrated_lufs, silent)
    strength = onset_strength(peaks)
    frames = max(1.0, audio.frames / bands.hop)
    fine = bands.fine() if not silent else bands.fine()[:0]
    spectra = fine_spectra(fine, bands.fine_hz, bands.lobe_hz)
    pitch = find_pitch(spectra)
    return TrackAnalysis(
        id=id,
        channels=audio.channels,
        duration_s=audio.frames / sample_rate,
        silent=silent,
        integrated_lufs=reading.integrated_lufs,
        momentary_max_lufs=reading.momentary_max_lufs,
        short_term_max_lufs=reading.short_term_max_lufs,
        range_lu=reading.range_lu,
        momentary_lufs=meter.momentary_curve_lufs.astype(np.float32),
        short_term_lufs=meter.short_term_curve_lufs.astype(np.float32),
        peak_dbfs=peak_dbfs,
        power_dbfs=power_to_db(float(power[active].sum(axis=1).mean())) if active.any() else SILENCE_DB,
        dc_offset=envelope.offset,
        clipped_samples=envelope.clipped,
        frame_s=frame_s,
        frame_power=power,
        active=active,
        noise_floor_dbfs=_noise_floor(power),
        channel_power=bands.channel_energy / frames,
        cross_power=bands.cross_energy / frames,
        envelope_s=envelope.step_s,
        envelope=peaks,
        onset_times_s=onset_times(strength, envelope.step_s) * envelope.step_s,
        onset_curve=strength.astype(np.float32),
        flat_samples=envelope.flat_samples,
        click_times_s=find_clicks(envelope.roughness, peaks, envelope.step_s),
        hum=find_hum(fine, bands.fine_hz),
        pitch=pitch,
        resonances=find_resonances(spectra, pitch.track_hz),
        octave_crest_db=octaves.crest_db(float(active.mean()) if active.size else 0.0),
    )


def _shortened(power: np.ndarray, factor: int) -> np.ndarray:
    if factor <= 1:
        return power
    count = -(-power.shape[0] // factor) * factor
    padded = np.pad(power, ((0, count - power.shape[0]), (0, 0)))
    return padded.reshape(-1, factor, BANDS).mean(axis=1)


def _active(power: np.ndarray, integrated_lufs: float, silent: bool) -> np.ndarray:
    if silent:
        return np.zeros(power.shape[0], bool)
    return band_loudness_lufs(power) > max(integrated_lufs - ACTIVE_RANGE_LU, -70.0)


def _noise_floor(power: np.ndarray) -> float:
    level = power_db(power.sum(axis=1))
    level = level[level > -120.0]  # digital silence has no floor
    return float(np.percentile(level, 5)) if level.size else SILENCE_DB
