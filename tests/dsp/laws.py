"""Laws that every processor obeys."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

RATES = (22050, 44100, 48000, 96000, 192000)
splits = st.lists(st.integers(1, 700), min_size=1, max_size=12)


def bursts(samples: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    """Noise whose level jumps by 30 dB, float32."""
    rng = np.random.default_rng(seed)
    level = np.repeat(10 ** rng.uniform(-2, 0, samples // 500 + 1), 500)[:samples]
    return (rng.uniform(-1, 1, (channels, samples)) * level).astype(np.float32)


def in_blocks(
    processor: Any, audio: np.ndarray, lengths: list[int], key: np.ndarray | None = None
) -> np.ndarray:
    """The audio processed in blocks of the given lengths, taken in turn."""
    out, start, turn = [], 0, 0
    while start < audio.shape[1]:
        end = start + lengths[turn % len(lengths)]
        block = np.ascontiguousarray(audio[:, start:end])
        if key is None:
            out.append(processor.process(block))
        else:
            out.append(processor.process(block, np.ascontiguousarray(key[:, start:end])))
        start, turn = end, turn + 1
    return np.concatenate(out, axis=1)


def assert_splits_are_bit_identical(
    make: Any, audio: np.ndarray, lengths: list[int], key: np.ndarray | None = None
):
    whole = in_blocks(make(), audio, [audio.shape[1]], key)
    for cut in (lengths, [1], [7, 256, 3]):
        np.testing.assert_array_equal(in_blocks(make(), audio, cut, key), whole)


def nasty_inputs() -> dict[str, np.ndarray]:
    n = 3000
    alternating = np.tile(np.float32([1, -1]), n // 2)
    return {
        "silence": np.zeros((2, n), np.float32),
        "denormals": np.full((2, n), 1e-40, np.float32),
        "full scale": np.stack([alternating, -alternating]),
        "far over full scale": np.stack([alternating, alternating]) * np.float32(1000),
        "one sample": np.eye(2, n, dtype=np.float32),
        "loud then silence": np.concatenate([np.ones((2, n // 2)), np.zeros((2, n // 2))], axis=1).astype(
            np.float32
        ),
    }
