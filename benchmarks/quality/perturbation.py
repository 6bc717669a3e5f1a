"""Does the mix follow the music, or how it was recorded? Tracks are moved, turned round and tilted.

python -m benchmarks.quality.perturbation [--songs ...] [--write] writes docs/perturbation.md.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.quality.__main__ import say
from benchmarks.quality.faults import SONG_S, find_songs, studio
from benchmarks.quality.songs import RATE
from mixwright import __version__
from mixwright.analysis.bands import CENTERS_HZ, k_weights, power_db
from mixwright.analysis.spectrum import BandMeter
from mixwright.engineer.mix_tone import RECORDED, recorded_share
from mixwright.engineer.slots import used_eq_db
from mixwright.project import Brief

PAGE = Path(__file__).parents[2] / "docs" / "perturbation.md"
TRIM_DB = 12.0
TILT_DB = 4.0
TILT_HZ = (50.0, 12000.0)
JUDGED = (CENTERS_HZ > 39.0) & (CENTERS_HZ < 10500.0)
ROLE_LIMIT_LU, BAND_LIMIT_DB, TILT_LIMIT = 1.0, 1.5, 0.5

METHOD = """\
{songs} songs (raw_dev, lmms_projects and the demo song, {seconds:g} s of each), given levels ignored
(`--rough ignore`), each mixed and reviewed as it is and again
- with every track's gain moved at random by up to ±{trim:g} dB and its polarity turned round at random:
  *role* is the largest change of a role's loudness inside the mix, *band* the largest change of any third
  octave from 40 Hz to 10 kHz at equal loudness; at most {role:g} LU and {band:g} dB are wanted;
- with every track tilted by −{tilt:g} and by +{tilt:g} dB (at 12 kHz, the opposite at 50 Hz, its loudness
  kept): the mean change of the mix's third octaves over that of the equal-loudness sum's; at most {half:g} is
  wanted. *EQ* is the most that any strip's bells and shelves add up to.

How bright a synthesiser or sample is, its maker chose, and no tilt that the tracks came with can be told from
that. Songs made of them keep it, and are marked; the tilt counts for recordings."""

Tracks = dict[str, np.ndarray]


@dataclass(frozen=True)
class Outcome:
    """What the changes of one song's tracks did to its mix."""

    role_lu: float
    band_db: float
    tilt_shares: tuple[float, float]
    """For tilts down and up."""
    most_eq_db: float
    recorded: bool


@dataclass(frozen=True)
class Made:
    """A mix as it is compared."""

    roles_lu: dict[str, float]
    spectrum_db: np.ndarray
    most_eq_db: float
    recorded_share: float


def moved(tracks: Tracks, seed: int) -> Tracks:
    """All tracks at random gains and polarities."""
    random = np.random.default_rng(seed)
    return {
        name: audio * np.float32(10 ** (random.uniform(-TRIM_DB, TRIM_DB) / 20) * random.choice([-1, 1]))
        for name, audio in tracks.items()
    }


def tilted(audio: np.ndarray, tilt_db: float) -> np.ndarray:
    """A track tilted about its middle, at the loudness it had."""
    low, high = TILT_HZ
    hz = np.fft.rfftfreq(audio.shape[1], 1 / RATE)
    along = np.log2(np.clip(hz, low, high) / low) / np.log2(high / low)
    spectrum = np.fft.rfft(audio.astype(np.float64), axis=1) * 10 ** ((2 * along - 1) * tilt_db / 20)
    out = np.fft.irfft(spectrum, audio.shape[1], axis=1).astype(np.float32)
    before, after = (power(x) @ k_weights() for x in (audio, out))
    return out * np.float32(np.sqrt(before / max(after, 1e-20)))


def power(audio: np.ndarray) -> np.ndarray:
    """Mean power per third octave, both sides added."""
    meter = BandMeter(RATE, audio.shape[0])
    meter.add(np.ascontiguousarray(audio, np.float32))
    meter.finish()
    return np.asarray(meter.channel_energy.sum(axis=0))


def at_equal_loudness(audio: np.ndarray) -> np.ndarray:
    found = power(audio)
    return power_db(found / (found @ k_weights()))[JUDGED]


def equal_loudness_sum(tracks: Tracks) -> np.ndarray:
    longest = max(audio.shape[1] for audio in tracks.values())
    total = np.zeros((2, longest))
    for audio in tracks.values():
        stereo = audio if len(audio) == 2 else np.repeat(audio, 2, axis=0)
        total[:, : audio.shape[1]] += stereo / np.sqrt(max(float(power(stereo) @ k_weights()), 1e-20))
    return total


def make(name: str, tracks: Tracks, roles: dict[str, str]) -> Made:
    with studio(name, tracks, roles, Brief(rough="ignore")) as room:
        mix = room.review(room.desk.mix).mix
        total, parts = room.play(mix)
        sums: dict[str, np.ndarray] = {}
        for track in room.desk.playing:
            role = str(track.role)
            sums[role] = sums[role] + parts[track.id] if role in sums else parts[track.id]
        whole = float(power(total) @ k_weights())
        levels = {role: float(power_db(power(audio) @ k_weights() / whole)) for role, audio in sums.items()}
        most = max(used_eq_db(strip.equalizer) for strip in mix.strips)
        return Made(levels, at_equal_loudness(total), most, recorded_share(room.desk))


def judge(name: str, tracks: Tracks, roles: dict[str, str], seed: int) -> Outcome:
    plain = make(name, tracks, roles)
    again = make(name, moved(tracks, seed), roles)
    shares, most = [], plain.most_eq_db
    for tilt_db in (-TILT_DB, TILT_DB):
        bent = {track: tilted(audio, tilt_db) for track, audio in tracks.items()}
        other = make(name, bent, roles)
        sums = [at_equal_loudness(equal_loudness_sum(t)) for t in (tracks, bent)]
        change = np.abs(other.spectrum_db - plain.spectrum_db).mean()
        shares.append(float(change / np.abs(sums[1] - sums[0]).mean()))
        most = max(most, other.most_eq_db)
    return Outcome(
        max(abs(again.roles_lu[role] - level) for role, level in plain.roles_lu.items()),
        float(np.abs(again.spectrum_db - plain.spectrum_db).max()),
        (shares[0], shares[1]),
        most,
        plain.recorded_share >= RECORDED[1],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.perturbation", description=__doc__)
    parser.add_argument("--songs", nargs="*", default=[], help="sets or parts of song names; all by default")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    found: dict[str, Outcome] = {}
    for seed, (name, tracks, roles) in enumerate(find_songs(arguments.songs), 1):
        found[name] = judge(name, tracks, roles, seed)
        say(f"{name}: {found[name]}")
    if not found:
        parser.error("no such songs; set MIXWRIGHT_TEST_DATA to the folder of songs")
    say("")
    text = page(found)
    print(text)
    if arguments.write:
        PAGE.write_text(text + "\n", encoding="utf-8")
        print(f"written to docs/{PAGE.name}", file=sys.stderr)


def page(found: dict[str, Outcome]) -> str:
    """The whole text."""
    every = list(found.values())
    tilts = [share for made in every if made.recorded for share in made.tilt_shares]
    held = (
        f"Held: roles in {sum(m.role_lu <= ROLE_LIMIT_LU for m in every)} of {len(every)} songs, bands in "
        f"{sum(m.band_db <= BAND_LIMIT_DB for m in every)} of {len(every)}, tilts in "
        f"{sum(share <= TILT_LIMIT for share in tilts)} of {len(tilts)} cases of recorded songs (mean "
        f"{np.mean(tilts) if tilts else 0.0:.2f})."
    )
    rows: list[Sequence[str]] = [
        ("song", "role, LU", "band, dB", f"tilt −{TILT_DB:g} dB", f"tilt +{TILT_DB:g} dB", "EQ, dB"),
        ("---",) * 6,
    ]
    for name, made in found.items():
        shares = [f"{share:.2f}" for share in made.tilt_shares]
        title = name if made.recorded else f"{name} (synthesised)"
        rows.append((title, f"{made.role_lu:.2f}", f"{made.band_db:.2f}", *shares, f"{made.most_eq_db:.1f}"))
    return "\n\n".join(
        [
            "# Mixes of moved and tilted tracks",
            f"{datetime.now(UTC):%Y-%m-%d}, Mixwright {__version__}. Made by "
            "`python -m benchmarks.quality.perturbation --write`.",
            METHOD.format(
                songs=len(found),
                seconds=SONG_S,
                trim=TRIM_DB,
                tilt=TILT_DB,
                role=ROLE_LIMIT_LU,
                band=BAND_LIMIT_DB,
                half=TILT_LIMIT,
            ),
            held,
            "\n".join("| " + " | ".join(row) + " |" for row in rows),
        ]
    )


if __name__ == "__main__":
    main()
