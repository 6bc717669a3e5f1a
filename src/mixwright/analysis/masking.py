"""What of each track can be heard among the others, and who hides whom.

Energetic masking on third-octave band powers. A track excites the ear's bands beyond those it plays in: its
powers spread by the function of Schroeder, Atal and Hall (J. Acoust. Soc. Am. 66(6), 1979) along the Bark
scale, about 25 dB per Bark downwards and 10 dB per Bark upwards, at all levels alike. A sound is just hidden
where the excitation by all others lies above its own by the masking index of ISO 1996-2, annex C. Around that
threshold audibility is no step: of excitations E (the track) and M (all others, lowered by the index) the
share E / (E + M) is heard, half of it at threshold. So what is hidden divides among the others exactly in
proportion to what each of them excites.

Bands count by their loudness, about the fourth root of power (Zwicker's exponent is 0.23), K weighted, and
only where they are essential to the track: its strongest ones, after Hafezi and Reiss (J. Audio Eng. Soc.
63(5), 2015). What two ears and time add (sounds from different directions, masking after a hit) is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mixwright.analysis.bands import BANDS, CENTERS_HZ, k_weights

SCENE_FRAMES = 500
"""So many moments, evenly spread, tell the masking of a whole song."""

ESSENTIAL_RANGE_DB = 12.0
"""Bands of a track within this range of its strongest one (K weighted) are essential to it."""

PLAYING_RANGE_DB = 30.0
"""Frames further below the mean level of a track do not count."""

_SILENCE = np.float32(1e-20)


@dataclass(frozen=True, eq=False)
class Scene:
    """Tracks as the ear's bands receive them, prepared so that faders can be tried quickly.

    `excitation` and `weight` are float32 (tracks, frames, bands). The weights tell how much a band counts in
    a frame; they do not depend on faders and are 0 where a track does not play.
    """

    excitation: np.ndarray
    weight: np.ndarray

    def audible(self, gains_db: np.ndarray | None = None) -> np.ndarray:
        """Share 0..1 of each track that is heard, (tracks,); 0 for silent tracks.

        Parameters
        ----------
        gains_db : np.ndarray, shape (tracks,) or (tracks, frames), optional
            Fader positions to try. Equalisers belong into the powers the scene is made of.
        """
        parts, counts = self._heard(gains_db)
        return _ratio(parts.sum(axis=1), counts.sum(axis=1))

    def audible_over_time(self, gains_db: np.ndarray | None = None) -> np.ndarray:
        """As `audible`, per frame, (tracks, frames)."""
        return _ratio(*self._heard(gains_db))

    def audible_per_band(self, gains_db: np.ndarray | None = None) -> np.ndarray:
        """As `audible`, per band, (tracks, bands)."""
        share, _ = self._shares(gains_db)
        return _ratio(np.einsum("tfb,tfb->tb", share, self.weight), self.weight.sum(axis=1))

    def hidden_by(self, gains_db: np.ndarray | None = None) -> np.ndarray:
        """Masking matrix [hidden, hiding, band], (tracks, tracks, bands).

        Share of the hidden track's whole that the other one takes in that band, so that `audible` and the sum
        of a track's entries make 1. Zero on the diagonal.
        """
        return self._matrix(gains_db, axis=2)

    def hidden_by_over_time(self, gains_db: np.ndarray | None = None) -> np.ndarray:
        """Masking matrix [hidden, hiding, frame], (tracks, tracks, frames); adds up like `hidden_by`."""
        return self._matrix(gains_db, axis=1)

    def _matrix(self, gains_db: np.ndarray | None, axis: int) -> np.ndarray:
        _, pull = self._shares(gains_db)
        pull *= self.weight
        masker = _with_gain(self.excitation, gains_db) * _index()
        batched = np.moveaxis(pull, axis, 0) @ np.moveaxis(masker, axis, 0).transpose(0, 2, 1)
        matrix = np.moveaxis(batched, 0, 2)
        tracks = np.arange(matrix.shape[0])
        matrix[tracks, tracks] = 0.0
        total = self.weight.sum(axis=(1, 2))[:, None, None]
        return _ratio(matrix, np.broadcast_to(total, matrix.shape))

    def _heard(self, gains_db: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        share, _ = self._shares(gains_db)
        return np.einsum("tfb,tfb->tf", share, self.weight), self.weight.sum(axis=2)

    def _shares(self, gains_db: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Heard share per track, frame and band, and what one unit of masking excitation takes away."""
        own = _with_gain(self.excitation, gains_db)
        total = own.sum(axis=0)
        pull = total - own
        np.maximum(pull, 0.0, out=pull)
        pull *= _index()
        pull += own
        pull += _SILENCE
        np.reciprocal(pull, out=pull)
        own = own * pull
        return own, pull


def listen(powers: np.ndarray) -> Scene:
    """Prepares the powers of a song's tracks, with their equalisers, for questions about masking.

    Parameters
    ----------
    powers : np.ndarray, shape (tracks, frames, bands)
        Third-octave powers over the same frames, such as `sample_powers` gives.
    """
    powers = np.asarray(powers, np.float32)
    if powers.ndim != 3 or powers.shape[2] != BANDS:
        raise ValueError(f"powers have shape {powers.shape}; (tracks, frames, {BANDS}) is needed")
    return Scene(excitation(powers), _weights(powers))


def audibility(powers: np.ndarray) -> np.ndarray:
    """Share 0..1 of each track heard in each frame, (tracks, frames), from (tracks, frames, bands)."""
    return listen(powers).audible_over_time()


def excitation(powers: np.ndarray) -> np.ndarray:
    """Powers spread over the ear's bands, same shape (..., bands)."""
    return powers @ _spreading().T


def bark(frequency_hz: np.ndarray) -> np.ndarray:
    """Critical-band rate (Zwicker and Terhardt, J. Acoust. Soc. Am. 68(5), 1980)."""
    khz = np.asarray(frequency_hz, np.float64) / 1000.0
    return 13.0 * np.arctan(0.76 * khz) + 3.5 * np.arctan((khz / 7.5) ** 2)


def spread_db(distance_bark: np.ndarray) -> np.ndarray:
    """Excitation `distance_bark` above a sound re that at its own place (Schroeder, Atal, Hall 1979)."""
    x = np.asarray(distance_bark, np.float64) + 0.474
    return 15.81 + 7.5 * x - 17.5 * np.sqrt(1.0 + x * x)


def masking_index_db(frequency_hz: np.ndarray) -> np.ndarray:
    """Level of a just hidden sound re its masker in one critical band (ISO 1996-2, annex C); below 0."""
    return -2.0 - np.log10(1.0 + (np.asarray(frequency_hz, np.float64) / 502.0) ** 2.5)


def sample_powers(frame_powers: Sequence[np.ndarray], frames: int = SCENE_FRAMES) -> np.ndarray:
    """The same moments of all tracks, evenly spread, float32 (tracks, at most `frames`, bands).

    Parameters
    ----------
    frame_powers : sequence of np.ndarray, shape (frames, bands)
        `TrackAnalysis.frame_power` of tracks of one song; shorter ones end in silence.
    """
    at = sampled_frames(max((p.shape[0] for p in frame_powers), default=0), frames)
    out = np.zeros((len(frame_powers), at.size, BANDS), np.float32)
    for row, power in zip(out, frame_powers, strict=True):
        inside = at[at < power.shape[0]]
        row[: inside.size] = power[inside]
    return out


def sampled_frames(count: int, frames: int = SCENE_FRAMES) -> np.ndarray:
    """Which of `count` frames `sample_powers` takes."""
    if count <= frames:
        return np.arange(count)
    return ((np.arange(frames) + 0.5) * count / frames).astype(int)


def essential_bands(band_power: np.ndarray) -> np.ndarray:
    """The strongest bands of tracks, bool, from mean powers of shape (..., bands)."""
    power = np.asarray(band_power) * k_weights()
    top = power.max(axis=-1, keepdims=True)
    return (power >= top * 10 ** (-ESSENTIAL_RANGE_DB / 10)) & (top > 0)


def _weights(powers: np.ndarray) -> np.ndarray:
    if not powers.size:
        return np.zeros(powers.shape, np.float32)
    level = powers.sum(axis=2)
    mean = level.mean(axis=1, keepdims=True)
    playing = (level > mean * np.float32(10 ** (-PLAYING_RANGE_DB / 10))) & (level > 0)
    essential = essential_bands(powers.mean(axis=1, dtype=np.float64))
    weight = np.sqrt(np.sqrt(powers * k_weights().astype(np.float32)))
    weight *= playing[:, :, None] & essential[:, None, :]
    return weight


def _with_gain(excitation: np.ndarray, gains_db: np.ndarray | None) -> np.ndarray:
    if gains_db is None:
        return excitation
    gain = (10.0 ** (np.asarray(gains_db, np.float64) / 10.0)).astype(np.float32)
    return excitation * gain.reshape(gain.shape + (1,) * (3 - gain.ndim))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(part.shape, np.float64), where=whole > 0)


@cache
def _spreading() -> np.ndarray:
    z = bark(CENTERS_HZ)
    matrix = (10.0 ** (spread_db(z[:, None] - z[None, :]) / 10.0)).astype(np.float32)
    matrix.setflags(write=False)
    return matrix


@cache
def _index() -> np.ndarray:
    index = (10.0 ** (masking_index_db(CENTERS_HZ) / 10.0)).astype(np.float32)
    index.setflags(write=False)
    return index
