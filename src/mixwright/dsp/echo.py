"""Echo: a tempo-synced stereo or ping-pong delay."""

from typing import Annotated, Literal

import numpy as np

from mixwright._core import native
from mixwright.params import Choice, Param, Params, Scale, Switch

BEATS = {
    "1/2": 2.0,
    "1/4d": 1.5,
    "1/4": 1.0,
    "1/4t": 2 / 3,
    "1/8d": 0.75,
    "1/8": 0.5,
    "1/8t": 1 / 3,
    "1/16": 0.25,
}
"""Note values in beats (quarter notes); d dotted, t triplet."""


class Echo(Params):
    """Settings of an echo. It gives the wet signal only; the first echo is as loud as the input."""

    sync: Annotated[
        Literal["off", "1/2", "1/4d", "1/4", "1/4t", "1/8d", "1/8", "1/8t", "1/16"],
        Choice(help="note value between echoes; off takes the time in ms"),
    ] = "1/4"
    time_ms: Annotated[float, Param("ms", 10, 2000, Scale.LOG, help="time between echoes without sync")] = (
        375.0
    )
    right_ratio: Annotated[
        float, Param("x", 0.5, 2, Scale.LOG, help="time on the right as a multiple of the left")
    ] = 1.0
    feedback: Annotated[float, Param("", 0, 0.95, help="level of each echo against the one before")] = 0.35
    ping_pong: Annotated[
        bool, Switch(help="echoes swing from left to right; the input is summed to mono")
    ] = False
    high_pass_hz: Annotated[
        float, Param("Hz", 20, 1000, Scale.LOG, help="high-pass of each round, 12 dB/oct; off at 20 Hz")
    ] = 150.0
    low_pass_hz: Annotated[
        float, Param("Hz", 1000, 20000, Scale.LOG, help="low-pass of each round, 12 dB/oct; off at 20 kHz")
    ] = 7000.0
    width: Annotated[float, Param("", 0, 2, help="side level: 0 mono, 1 unchanged")] = 1.0
    modulation_ms: Annotated[float, Param("ms", 0, 2, help="how far the time swings")] = 0.0
    modulation_hz: Annotated[float, Param("Hz", 0.05, 2, Scale.LOG, help="how fast the time swings")] = 0.5

    def delay_ms(self, tempo_bpm: float) -> float:
        """Time between echoes on the left at a tempo."""
        return self.time_ms if self.sync == "off" else 60000 / tempo_bpm * BEATS[self.sync]

    def native_settings(self, tempo_bpm: float) -> dict[str, float]:
        """What the native core takes: as `flat`, with the sync resolved to a time."""
        values = self.flat() | {"time_ms": self.delay_ms(tempo_bpm)}
        del values["sync"]
        return values

    def tail_s(self, tempo_bpm: float, level_db: float = -100.0) -> float:
        """Seconds after the end of the input until the echoes have fallen to `level_db`."""
        return float(native.Echo.tail_s(self.native_settings(tempo_bpm), level_db))


def echo(
    audio: np.ndarray, sample_rate: float, settings: Echo, tempo_bpm: float = 120.0, position: int = 0
) -> np.ndarray:
    """The wet signal, shape (2, samples), of mono or stereo audio.

    Parameters
    ----------
    audio : np.ndarray, shape (1 or 2, samples)
        Later echoes are not appended; pad the audio by `settings.tail_s(tempo_bpm)` to hear them all.
    sample_rate : float
    settings : Echo
    tempo_bpm : float
        What `sync` counts in.
    position : int
        Position of the first sample in the song; the modulation follows it.
    """
    stereo = np.repeat(audio, 2, axis=0) if audio.shape[0] == 1 else audio
    processor = native.Echo(sample_rate)
    processor.set(settings.native_settings(tempo_bpm))
    processor.seek(position)
    out: np.ndarray = processor.process(np.ascontiguousarray(stereo, dtype=np.float32))
    return out
