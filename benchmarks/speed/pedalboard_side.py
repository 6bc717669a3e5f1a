"""The chain with pedalboard's nearest processors. Runs in the environment of the peers.

Differences, all in pedalboard's favour: a hard-knee compressor, Freeverb, a mono-style delay, a limiter that
does not look at true peaks, no loudness meter; sums, pan and sends are numpy on whole blocks.
"""

import sys

import numpy as np
import pedalboard
from pedalboard import (
    Compressor,
    Delay,
    HighpassFilter,
    HighShelfFilter,
    Limiter,
    LowShelfFilter,
    PeakFilter,
    Pedalboard,
    Reverb,
)

from benchmarks.speed import chain, worker

BUFFER = 8192


def gain(db: float) -> np.float32:
    return np.float32(10 ** (db / 20))


def filters(bands: tuple[tuple[str, float, float, float], ...]) -> list[pedalboard.Plugin]:
    kinds = {"low_shelf": LowShelfFilter, "bell": PeakFilter, "high_shelf": HighShelfFilter}
    return [kinds[kind](cutoff_frequency_hz=hz, gain_db=db, q=q) for kind, hz, db, q in bands]


def pan_gains(pan: float) -> np.ndarray:
    """Balance of a stereo track with the fader in it, (2, 1)."""
    left, right = min(1.0, 1.0 - pan), min(1.0, 1.0 + pan)
    return np.array([[left], [right]], np.float32) * gain(chain.FADER_DB)


class Chain:
    """All processors of one render, run over consecutive blocks."""

    def __init__(self) -> None:
        self.strips = [
            Pedalboard(
                [
                    HighpassFilter(chain.HIGH_PASS_HZ),
                    *filters(chain.BANDS),
                    Compressor(**chain.COMPRESSOR),
                ]
            )
            for _ in range(chain.TRACKS)
        ]
        self.reverb = Pedalboard([Reverb(room_size=0.7, damping=0.3, wet_level=1.0, dry_level=0.0)])
        self.delay = Pedalboard([Delay(chain.ECHO_S, feedback=chain.ECHO_FEEDBACK, mix=1.0)])
        self.crush = Pedalboard([Compressor(**chain.CRUSH)])
        self.master = Pedalboard(
            [*filters(chain.MASTER_BANDS), Compressor(**chain.GLUE), Limiter(chain.CEILING_DB, 60.0)]
        )
        self.pans = [pan_gains(chain.pan_of(i)) for i in range(chain.TRACKS)]

    def block(self, inputs: list[np.ndarray]) -> np.ndarray:
        """Master samples of one block of the tracks."""
        shape = inputs[0].shape
        total, drums, to_reverb, to_delay = (np.zeros(shape, np.float32) for _ in range(4))
        for index, (strip, samples) in enumerate(zip(self.strips, inputs, strict=True)):
            track = strip(samples, chain.RATE, buffer_size=BUFFER, reset=False)
            track *= self.pans[index]
            if index < chain.DRUMS:
                drums += track
            else:
                total += track
            to_reverb += track * gain(chain.REVERB_SEND_DB)
            to_delay += track * gain(chain.ECHO_SEND_DB)
        total += drums
        total += self.crush(drums, chain.RATE, buffer_size=BUFFER, reset=False) * gain(chain.CRUSH_DB)
        total += self.reverb(to_reverb, chain.RATE, buffer_size=BUFFER, reset=False)
        total += self.delay(to_delay, chain.RATE, buffer_size=BUFFER, reset=False)
        total *= gain(chain.DRIVE_DB)
        return self.master(total, chain.RATE, buffer_size=BUFFER, reset=False)


def render(tracks: list[np.ndarray], block: int) -> np.ndarray:
    frames = tracks[0].shape[1]
    out = np.empty((2, frames), np.float32)
    whole = Chain()
    for start in range(0, frames, block):
        parts = [track[:, start : start + block] for track in tracks]
        out[:, start : start + block] = whole.block(parts)
    return out


def main(seconds: float, block: int | None = None) -> None:
    tracks = chain.signals(seconds)
    worker.serve(f"pedalboard {pedalboard.__version__}", lambda: render(tracks, block or tracks[0].shape[1]))


if __name__ == "__main__":
    main(float(sys.argv[2]), *map(int, sys.argv[3:]))
