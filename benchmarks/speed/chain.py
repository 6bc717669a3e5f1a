"""The 16-track chain that every system plays: its signal and its settings, as plain numbers.

Nothing here belongs to one system; each side translates the numbers into its own processors.
"""

import numpy as np

RATE = 48000
TRACKS = 16
DRUMS = 6
"""The first tracks go through the drum bus."""

HIGH_PASS_HZ = 60.0
BANDS = (
    ("low_shelf", 110.0, 1.5, 0.7071),
    ("bell", 300.0, -2.5, 1.2),
    ("bell", 1200.0, 1.5, 1.0),
    ("bell", 3500.0, -2.0, 2.0),
    ("high_shelf", 9000.0, 2.0, 0.7071),
)
"""Kind, Hz, dB and Q; with the high-pass six biquads per track."""

COMPRESSOR = {"threshold_db": -24.0, "ratio": 3.0, "attack_ms": 10.0, "release_ms": 120.0}
FADER_DB = -9.0
REVERB_SEND_DB = -14.0
ECHO_SEND_DB = -18.0
REVERB_DECAY_S = 1.8
ECHO_S = 0.375
ECHO_FEEDBACK = 0.3

CRUSH = {"threshold_db": -30.0, "ratio": 8.0, "attack_ms": 2.0, "release_ms": 80.0}
"""The compressor of the path parallel to the drum bus."""
CRUSH_DB = -8.0

MASTER_BANDS = (
    ("low_shelf", 90.0, 1.0, 0.7071),
    ("bell", 250.0, -1.0, 0.8),
    ("bell", 3000.0, 0.8, 0.8),
    ("high_shelf", 10000.0, 1.2, 0.7071),
)
GLUE = {"threshold_db": -16.0, "ratio": 2.0, "attack_ms": 30.0, "release_ms": 150.0}
CEILING_DB = -1.0
DRIVE_DB = 3.0

GATE = {"threshold_db": -45.0, "range_db": 20.0, "attack_ms": 1.0, "hold_ms": 30.0, "release_ms": 120.0}
DYNAMIC_BANDS = ((350.0, 1.2), (6000.0, 1.5))
"""Hz and Q of the dynamic bands of the full strip: -30 dBFS, 3:1, at most 6 dB."""
DYNAMIC = {"threshold_db": -30.0, "ratio": 3.0, "range_db": 6.0, "attack_ms": 5.0, "release_ms": 80.0}
SATURATION_DB = 6.0


def pan_of(track: int) -> float:
    """Position of a track, -1..1: pairs step outwards."""
    return (track // 2) / (TRACKS // 2) * (1 if track % 2 else -1)


def signals(seconds: float) -> list[np.ndarray]:
    """Stereo noise with bursts, one float32 (2, frames) array per track."""
    frames = int(seconds * RATE)
    time = np.arange(frames, dtype=np.float32) / RATE
    out = []
    for track in range(TRACKS):
        rng = np.random.default_rng(track)
        burst = np.sin(2 * np.pi * (1.0 + 0.13 * track) * time + track) > 0.8
        level = np.where(burst, 0.178, 0.01).astype(np.float32)
        out.append(rng.standard_normal((2, frames), dtype=np.float32) * level)
    return out
