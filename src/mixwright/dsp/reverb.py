"""Reverberation by a feedback delay network with the decay time set per band."""

from typing import Annotated, Literal, Self, get_args

import numpy as np

from mixwright._core import native
from mixwright.errors import InputError
from mixwright.params import Param, Params, Scale

ReverbKind = Literal["room", "chamber", "plate", "hall"]

PRESETS: dict[str, dict[str, float]] = {
    "room": {
        "size_m": 8.0,
        "decay_s": 0.7,
        "low_decay": 0.9,
        "high_decay": 0.55,
        "high_crossover_hz": 4500.0,
        "pre_delay_ms": 0.0,
        "early": 0.35,
        "modulation_ms": 0.12,
    },
    "chamber": {
        "size_m": 10.0,
        "decay_s": 1.3,
        "low_decay": 1.0,
        "high_decay": 0.6,
        "pre_delay_ms": 8.0,
        "diffusion": 0.9,
        "early": 0.2,
    },
    "plate": {
        "size_m": 9.0,
        "decay_s": 1.75,
        "low_decay": 0.8,
        "low_crossover_hz": 250.0,
        "high_decay": 0.7,
        "high_crossover_hz": 7000.0,
        "pre_delay_ms": 0.0,
        "diffusion": 1.0,
        "early": 0.0,
        "modulation_ms": 0.2,
        "modulation_hz": 0.8,
    },
    "hall": {
        "size_m": 15.0,
        "decay_s": 2.2,
        "low_decay": 1.15,
        "high_decay": 0.45,
        "high_crossover_hz": 4500.0,
        "pre_delay_ms": 15.0,
        "diffusion": 1.0,
        "early": 0.15,
    },
}


class Reverb(Params):
    """Settings of a reverb. It gives the wet signal only, as loud as steady pink noise going in.

    The level holds within 1 dB at any decay and size, before width and the return's equaliser.
    """

    size_m: Annotated[float, Param("m", 2, 50, Scale.LOG, help="mean sound path between reflections")] = 16.0
    decay_s: Annotated[
        float, Param("s", 0.1, 20, Scale.LOG, help="time to fall by 60 dB between the crossovers")
    ] = 1.8
    low_decay: Annotated[
        float, Param("x", 0.3, 3, Scale.LOG, help="decay below the low crossover, as a multiple")
    ] = 1.1
    low_crossover_hz: Annotated[
        float, Param("Hz", 60, 1000, Scale.LOG, help="where the low decay begins")
    ] = 200.0
    high_decay: Annotated[
        float, Param("x", 0.1, 1.5, Scale.LOG, help="decay above the high crossover, as a multiple")
    ] = 0.5
    high_crossover_hz: Annotated[
        float, Param("Hz", 1000, 16000, Scale.LOG, help="where the high decay begins")
    ] = 5000.0
    pre_delay_ms: Annotated[float, Param("ms", 0, 250, help="silence before the reverb")] = 10.0
    diffusion: Annotated[float, Param("", 0, 1, help="how quickly single echoes dissolve")] = 0.8
    early: Annotated[float, Param("", 0, 1, help="share of the energy in the early reflections")] = 0.2
    modulation_ms: Annotated[float, Param("ms", 0, 0.5, help="how far the delays swing")] = 0.15
    modulation_hz: Annotated[float, Param("Hz", 0.05, 2, Scale.LOG, help="how fast the delays swing")] = 0.5
    width: Annotated[float, Param("", 0, 1.5, help="0 mono, 1 fully decorrelated, more is wider")] = 1.0
    high_pass_hz: Annotated[
        float, Param("Hz", 20, 1000, Scale.LOG, help="high-pass of the return, 12 dB/oct; off at 20 Hz")
    ] = 20.0
    low_pass_hz: Annotated[
        float, Param("Hz", 1000, 20000, Scale.LOG, help="low-pass of the return, 12 dB/oct; off at 20 kHz")
    ] = 20000.0

    @classmethod
    def preset(cls, kind: str) -> Self:
        """Starting point of a kind of reverb: room, chamber, plate or hall."""
        if kind not in PRESETS:
            raise InputError(f"there is no reverb {kind!r}; choose one of {', '.join(get_args(ReverbKind))}")
        return cls(**PRESETS[kind])

    def tail_s(self, level_db: float = -100.0) -> float:
        """Seconds after the end of the input until the tail has fallen to `level_db`."""
        return float(native.Reverb.tail_s(self.flat(), level_db))


def decay_curve(frequency_hz: np.ndarray, settings: Reverb) -> np.ndarray:
    """Declared decay time (s, to -60 dB) at each frequency.

    The rates of decay (dB/s) of the three bands pass into each other as a shelf of first order does.
    """
    low = 1 / (1 + (frequency_hz / settings.low_crossover_hz) ** 2)
    high = 1 / (1 + (settings.high_crossover_hz / frequency_hz) ** 2)
    relative = 1 + (1 / settings.low_decay - 1) * low + (1 / settings.high_decay - 1) * high
    out: np.ndarray = settings.decay_s / relative
    return out


def reverberate(audio: np.ndarray, sample_rate: float, settings: Reverb, position: int = 0) -> np.ndarray:
    """The wet signal, shape (2, samples), of mono or stereo audio.

    Parameters
    ----------
    audio : np.ndarray, shape (1 or 2, samples)
        The tail is not appended; pad the audio by `settings.tail_s()` to hear all of it.
    sample_rate : float
    settings : Reverb
    position : int
        Position of the first sample in the song; the modulation follows it.
    """
    stereo = np.repeat(audio, 2, axis=0) if audio.shape[0] == 1 else audio
    processor = native.Reverb(sample_rate)
    processor.set(settings.flat())
    processor.seek(position)
    out: np.ndarray = processor.process(np.ascontiguousarray(stereo, dtype=np.float32))
    return out
