"""Time of each native kernel on ten seconds of noise with bursts, in ns per frame (best of several).

python benchmarks/kernels.py [NAME ...]
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from mixwright._core import native

RATE = 48000


def noise_with_bursts(seconds: float, channels: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    n = int(seconds * RATE)
    loud = 10 ** (-30 / 20 + 25 / 20 * (np.sin(2 * np.pi * 2.3 * np.arange(n) / RATE) > 0.8))
    return (rng.standard_normal((channels, n)) * loud).astype(np.float32)


def chunks_of(audio: np.ndarray, size: int = 16384) -> list[np.ndarray]:
    return [np.ascontiguousarray(audio[:, i : i + size]) for i in range(0, audio.shape[1], size)]


def nanoseconds_per_frame(
    process: Callable[[np.ndarray], object], chunks: list[np.ndarray], rounds: int
) -> float:
    frames = sum(chunk.shape[1] for chunk in chunks)
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time_ns()
        for chunk in chunks:
            process(chunk)
        best = min(best, time.process_time_ns() - start)
    return best / frames


def processor(name: str, settings: dict[str, float]) -> Callable[[], Callable[[np.ndarray], object]]:
    def make() -> Callable[[np.ndarray], object]:
        one = getattr(native, name)(RATE)
        one.set(settings)
        return one.process

    return make


def kernels() -> dict[str, Callable[[], Callable[[np.ndarray], object]]]:
    from mixwright.dsp.compressor import Compressor
    from mixwright.dsp.dynamic_eq import DynamicEq
    from mixwright.dsp.gate import Gate
    from mixwright.dsp.saturation import Saturation
    from mixwright.dsp.soft_clip import SoftClip

    squash = Compressor(threshold_db=-20, ratio=4)
    gate = Gate(threshold_db=-25, range_db=40)
    band = DynamicEq(frequency_hz=3000, range_db=-9)
    return {
        "copy": lambda: np.copy,
        "compressor": processor("Compressor", squash.flat()),
        "compressor rms": processor("Compressor", squash.replace(detector="rms").flat()),
        "compressor key filter": processor("Compressor", squash.replace(key_highpass_hz=100.0).flat()),
        "dynamic EQ bell": processor("DynamicEq", band.flat()),
        "dynamic EQ shelf": processor("DynamicEq", band.replace(kind="high_shelf").flat()),
        "saturation": processor("Saturation", Saturation(drive_db=12).flat()),
        "saturation tube": processor("Saturation", Saturation(kind="tube", drive_db=12).flat()),
        "soft clip": processor("SoftClip", SoftClip(on=True, threshold_db=-12).flat()),
        "gate": processor("Gate", gate.flat()),
        "compressor look-ahead": processor("Compressor", squash.replace(lookahead_ms=5.0).flat()),
    }


def main(wanted: list[str], rounds: int = 15) -> None:
    print(f"{'kernel':28}{'stereo':>8}{'mono':>8}   ns per frame")
    stereo, mono = chunks_of(noise_with_bursts(10, 2)), chunks_of(noise_with_bursts(10, 1))
    for name, make in kernels().items():
        if wanted and not any(word in name for word in wanted):
            continue
        times = [nanoseconds_per_frame(make(), chunks, rounds) for chunks in (stereo, mono)]
        print(f"{name:28}{times[0]:8.2f}{times[1]:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
