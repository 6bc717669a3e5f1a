"""What a limiter may do to a gain, in slow and obvious steps."""

import numpy as np


def smooth_gain(targets, attack, extra, hold, release):
    """Gain at the start of each group from the most that each group allows (no adaptive release).

    Each group's target also binds `extra` groups around it, the gain falls over `attack` groups with a
    raised cosine, stays for `hold` groups and recovers by `release` of what is missing per group.
    """
    padded = np.pad(targets, (hold + 2 * extra + 2 * attack, attack + extra), constant_values=1.0)
    held = np.array(
        [padded[max(0, i - 1 - extra - hold) : i + extra + attack].min() for i in range(padded.size - attack)]
    )
    slow = np.empty_like(held)
    gain = 1.0
    for i, least in enumerate(held):
        gain = min(least, gain + release * (1 - gain))
        slow[i] = gain
    window = 1 - np.cos(2 * np.pi * (np.arange(attack) + 0.5) / attack)
    averaged = 1 - np.convolve(1 - slow, window / window.sum())
    start = hold + 2 * extra + 2 * attack
    return averaged[start : start + len(targets)]
