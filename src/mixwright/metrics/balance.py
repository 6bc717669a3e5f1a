"""Balance: how loud each track and role is inside a finished mix.

Conventions
-----------
The tracks' shares in a mix are found by regression: in each bin of a short Fourier transform the left
channel of the mix is explained by the tracks' left channels (a mono track counts for both), the right by
the right, with one complex gain per track and side. Gains, equalisers, small delays and pan are found that
way; what compressors and reverbs add is partly explained and else left over. `refit_db` tells how well it
went: the K-weighted power of the mix over what is left, corrected for the freedom of the fit. Where it is
below 5 dB the levels are guesses.

Levels are LUFS of a share alone, gated after BS.1770 on windows of 0.4 s; re the mix they are LU. The level
of a role is that of the summed power of its tracks. What lies further down than -45 LU re the mix counts as
-45.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mixwright.analysis.bands import BANDS, EDGES_HZ, k_weights
from mixwright.errors import InputError
from mixwright.metrics.sound import Sound
from mixwright.metrics.spread import HUMAN, Spread
from mixwright.roles import Role

FRAME_S = 0.085
"""About the length of a transform: 4096 samples at 44.1 and 48 kHz, in steps of half of it."""
BATCH = 32
RIDGE = 1e-4
"""Keeps tracks with the same sound from taking opposite gains."""
FREE_PER_FRAME = 0.75
"""Independent values per half-overlapping Hann frame."""
BEST_DB = 40.0
"""A refit that leaves less is limited by the ridge."""
TRUSTED_DB = 5.0
GATE_S = 0.4
LOWEST_LU = -45.0


class Readable(Protocol):
    """A track that need not lie in memory, such as `audio.Source`."""

    @property
    def channels(self) -> int: ...

    def read(self, start: int, frames: int) -> np.ndarray: ...


Tracks = Mapping[str, "np.ndarray | Readable"]


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each track adds to a mix: third-octave powers over time.

    Attributes
    ----------
    ids : tuple of str
    power : np.ndarray, float32 (tracks, frames, bands)
    mix_power : np.ndarray, float32 (frames, bands)
    frame_s : float
    refit_db : float
    """

    ids: tuple[str, ...]
    power: np.ndarray
    mix_power: np.ndarray
    frame_s: float
    refit_db: float

    def of(self, ids: Iterable[str]) -> np.ndarray:
        """Summed power of some tracks, (frames, bands)."""
        rows = [self.ids.index(id) for id in ids]
        return self.power[rows].sum(axis=0, dtype=np.float64)

    @property
    def trusted(self) -> bool:
        return self.refit_db >= TRUSTED_DB


def validate(mix: Sound, tracks: Tracks) -> None:
    """InputError where the tracks cannot have made the mix."""
    if not tracks:
        raise InputError("there are no tracks to look for in the mix; give the folder of its tracks")
    for id, audio in tracks.items():
        if not isinstance(audio, np.ndarray):
            continue
        if audio.ndim != 2 or audio.shape[0] not in (1, 2):
            raise InputError(
                f"track {id} has shape {audio.shape}; give (channels, samples) with 1 or 2 channels"
            )


def find_contributions(mix: Sound, tracks: Tracks) -> Contributions:
    """Finds the tracks inside a mix.

    Parameters
    ----------
    mix : Sound
    tracks : mapping of id to np.ndarray, float32 (channels, samples), or Readable
        At the sample rate of the mix, aligned with it; processed or not. They are read piece by piece, twice.

    Returns
    -------
    Contributions
        With the powers each track has behind the gains that explain the mix best.
    """
    validate(mix, tracks)
    length = 1 << round(np.log2(mix.sample_rate * FRAME_S))
    rows = [mix.audio, *tracks.values()]
    frames = -(-mix.audio.shape[1] // (length // 2)) + 1
    covariance = _covariance(rows, length, frames)
    gains, refit_db = _solve(covariance, frames, _bin_weights(length, mix.sample_rate))
    power = _band_powers(rows, gains, length, frames, mix.sample_rate)
    return Contributions(tuple(tracks), power[1:], power[0], length // 2 / mix.sample_rate, refit_db)


def _spectra(rows: Sequence["np.ndarray | Readable"], length: int, first: int, count: int) -> np.ndarray:
    """Transforms of some frames, complex64 (rows, 2, bins, count); frame k is centred on k half lengths."""
    hop = length // 2
    window = np.hanning(length + 1)[:-1].astype(np.float32)
    start, stop = (first - 1) * hop, (first + count) * hop
    out = np.empty((len(rows), 2, hop + 1, count), np.complex64)
    for row, audio in enumerate(rows):
        piece = _piece(audio, start, stop - start)
        windows = np.lib.stride_tricks.sliding_window_view(piece, length, axis=1)[:, ::hop]
        out[row] = np.fft.rfft(windows * window, axis=-1).transpose(0, 2, 1)
    return out


def _piece(audio: "np.ndarray | Readable", start: int, count: int) -> np.ndarray:
    """Samples from a position, (channels, count); zeros outside."""
    if not isinstance(audio, np.ndarray):
        return audio.read(start, count)
    piece = np.zeros((audio.shape[0], count), np.float32)
    inside = audio[:, max(start, 0) : max(start + count, 0)]
    lead = max(-start, 0)
    piece[:, lead : lead + inside.shape[1]] = inside
    return piece


def _covariance(rows: Sequence["np.ndarray | Readable"], length: int, frames: int) -> np.ndarray:
    """Sums of products between rows per side and bin, complex128 (2, bins, rows, rows)."""
    total = np.zeros((2, length // 2 + 1, len(rows), len(rows)), np.complex128)
    for first in range(0, frames, BATCH):
        x = _spectra(rows, length, first, min(BATCH, frames - first)).transpose(1, 2, 0, 3)
        total += x @ x.conj().swapaxes(-1, -2)
    return total


def _solve(covariance: np.ndarray, frames: int, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Gain of each track per side and bin, complex (2, bins, tracks), and how well they explain the mix."""
    among = covariance[..., 1:, 1:].copy()
    with_mix = covariance[..., 1:, 0]
    mix = covariance[..., 0, 0].real
    count = among.shape[-1]
    own = np.einsum("...kk->...k", among).real
    floor = 1e-12 * max(float(own.max()), 1e-30)
    index = np.arange(count)
    among[..., index, index] += RIDGE * own + floor
    gains = np.linalg.solve(among, with_mix[..., None])[..., 0]
    fitted = np.einsum("...k,...kl,...l->...", gains.conj(), covariance[..., 1:, 1:], gains).real
    left = mix - 2 * np.einsum("...k,...k->...", gains.conj(), with_mix).real + fitted
    freedom = max(0.1, 1 - count / (FREE_PER_FRAME * frames))
    over = float((mix * weights).sum())
    under = float((np.maximum(left, 0) * weights).sum()) / freedom
    return gains.conj(), 10 * float(np.log10(over / max(under, over * 10 ** (-BEST_DB / 10))))


def _bin_weights(length: int, sample_rate: int) -> np.ndarray:
    """K weighting per bin; 0 outside of the bands."""
    bands = _bin_bands(length, sample_rate)
    return np.where(bands >= 0, k_weights()[bands], 0.0)


def _bin_bands(length: int, sample_rate: int) -> np.ndarray:
    """Third octave of each bin, -1 outside of all."""
    hz = np.arange(length // 2 + 1) * sample_rate / length
    bands = np.searchsorted(EDGES_HZ, hz, "right") - 1
    return np.where(bands < BANDS, bands, -1)


def _band_powers(
    rows: Sequence["np.ndarray | Readable"], gains: np.ndarray, length: int, frames: int, sample_rate: int
) -> np.ndarray:
    """Third-octave powers of all rows behind their gains, mean squares, float32 (rows, frames, bands)."""
    bands = _bin_bands(length, sample_rate)
    used = np.flatnonzero(bands >= 0)
    present, starts = np.unique(bands[used], return_index=True)
    window = np.hanning(length + 1)[:-1]
    scale = np.float32(2.0 / (length * float(np.sum(window**2))))
    power_gain = np.ones((len(rows), *gains.shape[:2]), np.float32)
    power_gain[1:] = (np.abs(gains) ** 2).transpose(2, 0, 1)
    out = np.zeros((len(rows), frames, BANDS), np.float32)
    for first in range(0, frames, BATCH):
        count = min(BATCH, frames - first)
        x = _spectra(rows, length, first, count)
        power = ((x.real**2 + x.imag**2) * power_gain[..., None]).sum(axis=1)[:, used] * scale
        out[:, first : first + count, present] = np.add.reduceat(power, starts, axis=1).transpose(0, 2, 1)
    return out


def gated_lufs(power: np.ndarray, frame_s: float) -> float:
    """Gated loudness of third-octave powers over time, (frames, bands); -200 where nothing passes."""
    loud = np.asarray(power, np.float64) @ k_weights()
    span = max(1, min(round(GATE_S / frame_s), loud.size))
    blocks = np.convolve(loud, np.full(span, 1 / span), "valid")
    level = 10 * np.log10(np.maximum(blocks, 1e-20)) - 0.691
    heard = level > -70.0
    if not heard.any():
        return -200.0
    gate = 10 * np.log10(blocks[heard].mean()) - 0.691 - 10.0
    return float(10 * np.log10(blocks[heard & (level > gate)].mean()) - 0.691)


def track_levels_lu(inside: Contributions) -> dict[str, float]:
    """Level of each track re the mix, at least -45 LU."""
    mix = gated_lufs(inside.mix_power, inside.frame_s)
    return {id: max(gated_lufs(inside.of([id]), inside.frame_s) - mix, LOWEST_LU) for id in inside.ids}


def role_levels_lu(inside: Contributions, roles: Mapping[str, Role]) -> dict[str, float]:
    """Level of each role re the mix, at least -45 LU, in the order of `Role`."""
    mix = gated_lufs(inside.mix_power, inside.frame_s)
    out = {}
    for role in Role:
        ids = [id for id in inside.ids if roles.get(id) == role]
        if ids:
            out[str(role)] = max(gated_lufs(inside.of(ids), inside.frame_s) - mix, LOWEST_LU)
    return out


def lead_re_mix_lu(inside: Contributions, roles: Mapping[str, Role]) -> float | None:
    """Level of the lead vocal re the mix; None where there is none."""
    return role_levels_lu(inside, roles).get(str(Role.LEAD_VOCAL))


def role_error_lu(levels: Mapping[str, float], reference: Mapping[str, float]) -> float:
    """Mean absolute difference of the roles' levels re the mix; nan where no role is in both."""
    shared = [name for name in levels if name in reference]
    return (
        float(np.mean([abs(levels[name] - reference[name]) for name in shared])) if shared else float("nan")
    )


def evaluate(
    inside: Contributions,
    roles: Mapping[str, Role],
    reference: Contributions | None = None,
    spread: Spread = HUMAN,
) -> dict[str, float]:
    """Levels re the mix by role (by track where no role is known), and their errors."""
    by_role = {id: role for id, role in roles.items() if id in inside.ids}
    levels = role_levels_lu(inside, by_role) if by_role else track_levels_lu(inside)
    found = {"refit_db": inside.refit_db, **{f"{name}_lu": level for name, level in levels.items()}}
    lead = levels.get(str(Role.LEAD_VOCAL)) if by_role else None
    if lead is not None:
        found["lead_outside_usual_lu"] = spread.lead_re_mix_lu.miss(lead)
    if reference is not None:
        theirs = role_levels_lu(reference, by_role) if by_role else track_levels_lu(reference)
        found["reference_refit_db"] = reference.refit_db
        found["level_error_lu"] = role_error_lu(levels, theirs)
    return found
