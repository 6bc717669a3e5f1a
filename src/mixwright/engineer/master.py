"""The mix bus: tonal balance only where the mix is clearly off, light glue, a mono low end, the limiter."""

import numpy as np

from mixwright.analysis.bands import CENTERS_HZ, power_db
from mixwright.dsp.compressor import Compressor
from mixwright.engineer.buses import envelope_crest_db, group_envelope
from mixwright.engineer.desk import Desk, Value
from mixwright.engineer.estimate import loudest_envelope, threshold_for
from mixwright.engineer.genres import Genre
from mixwright.engineer.tone import Move, fit_moves
from mixwright.engineer.width import side_to_mid_db

MOST_MASTER_EQ_DB = 3.0
MIX_PEAK_DBFS = -6.0
GLUE_CREST_DB = 12.0
LOW_HZ = 120.0
LOW_SIDE_DB = -12.0

_MOVES = (
    Move("low_shelf", 80.0, 0.7, "lows"),
    Move("bell", 200.0, 0.8, "low mids"),
    Move("bell", 500.0, 0.8, "mids"),
    Move("bell", 1500.0, 0.8, "upper mids"),
    Move("bell", 4000.0, 0.8, "presence"),
    Move("high_shelf", 9000.0, 0.7, "air"),
)


def set_master(desk: Desk) -> None:
    """Sets the master chain; its drive is left to the loudness solver."""
    if desk.playing:
        _equalise(desk)
        _glue(desk)
        _mono_low_end(desk)
    ceiling = desk.project.brief.peak_dbtp
    desk.note(
        "master",
        "master",
        f"limiter at {ceiling:g} dBTP",
        f"No peak above the {ceiling:g} dBTP asked for; the level is driven to "
        f"{desk.project.brief.loudness_lufs:g} LUFS.",
        {"peak_dbtp": ceiling, "loudness_lufs": desk.project.brief.loudness_lufs},
        {"master.limiter.on": True, "master.limiter.ceiling_dbtp": max(ceiling, -24.0)},
        0.95,
    )


def estimated_mix_spectrum_db(desk: Desk) -> np.ndarray:
    """Band levels of the sum of all strips re its total, (bands,)."""
    power = sum((desk.post_fader_power(track.id) for track in desk.playing), np.zeros(CENTERS_HZ.size))
    return power_db(power / max(float(power.sum()), 1e-20))


def mix_deviation_db(spectrum_db: np.ndarray, genre: Genre) -> np.ndarray:
    """What a mix lacks (positive) or has too much of beyond the usual spread, (bands,)."""
    inside = (CENTERS_HZ > 50) & (CENTERS_HZ < 12500)
    difference = genre.mix_spectrum_db - np.maximum(spectrum_db, -60.0)
    difference = difference - np.median(difference[inside])
    smooth = np.convolve(np.pad(difference, 1, "edge"), np.ones(3) / 3, "valid")
    beyond = np.sign(smooth) * np.maximum(np.abs(smooth) - genre.mix_spread_db, 0.0)
    return np.where(inside, beyond, 0.0)


def _equalise(desk: Desk) -> None:
    spectrum = estimated_mix_spectrum_db(desk)
    deviation = mix_deviation_db(spectrum, desk.genre)
    gains = [
        float(np.clip(gain, -MOST_MASTER_EQ_DB, MOST_MASTER_EQ_DB))
        for gain in fit_moves(deviation, _MOVES, desk.analysis.sample_rate)
    ]
    changes: dict[str, Value] = {}
    words, evidence = [], {}
    for k, (move, gain) in enumerate(zip(_MOVES, gains, strict=True), 1):
        if gain == 0:
            continue
        base = f"master.equalizer.band{k}"
        changes |= {
            f"{base}.kind": move.kind,
            f"{base}.frequency_hz": move.frequency_hz,
            f"{base}.q": move.q,
            f"{base}.gain_db": gain,
        }
        words.append(f"{gain:+.1f} dB {move.what}")
        band = int(np.argmin(np.abs(CENTERS_HZ - move.frequency_hz)))
        evidence[f"beyond_spread_{move.frequency_hz:.0f}hz_db"] = -float(deviation[band])
    if changes:
        desk.note(
            "master",
            "master",
            "EQ " + ", ".join(words),
            f"The mix lies further from what is usual for {desk.genre.name} mixes than these differ among "
            f"each other.",
            evidence,
            changes,
            0.4,
        )


def _glue(desk: Desk) -> None:
    envelope, step = group_envelope(desk, list(desk.playing))
    crest = envelope_crest_db(envelope) + 3.0
    top = float(envelope.max()) if envelope.size else 0.0
    wanted = desk.genre.dynamics.master_glue_db
    if crest < GLUE_CREST_DB or top <= 0 or wanted <= 0:
        return
    heard = loudest_envelope(envelope, step) * (10 ** (MIX_PEAK_DBFS / 20) / top)
    settings = Compressor(ratio=1.6, knee_db=10.0, attack_ms=30.0, release_ms=200.0)
    settings, reduction = threshold_for(settings, heard, step, wanted)
    desk.note(
        "master",
        "master",
        f"glue 1.6:1 above {settings.threshold_db:.1f} dBFS",
        f"The mix peaks about {crest:.1f} dB above its mean; {-reduction:.1f} dB of slow reduction holds "
        f"it together.",
        {"crest_db": crest, "gain_reduction_db": -reduction},
        {
            "master.compressor.threshold_db": settings.threshold_db,
            "master.compressor.ratio": 1.6,
            "master.compressor.knee_db": 10.0,
            "master.compressor.attack_ms": 30.0,
            "master.compressor.release_ms": 200.0,
        },
        0.4,
    )


def _mono_low_end(desk: Desk) -> None:
    pans = {track.id: desk.strip(track.id).pan for track in desk.playing}
    side = side_to_mid_db(desk, pans, 0.0, LOW_HZ)
    if side < LOW_SIDE_DB:
        return
    desk.note(
        "master",
        "master",
        "mono below 100 Hz",
        f"Below 120 Hz the sides lie only {-side:.1f} dB under the middle; loudspeakers and records want "
        f"that in the middle.",
        {"low_side_to_mid_db": side},
        {"master.mono_below_hz": 100.0},
        0.7,
    )
