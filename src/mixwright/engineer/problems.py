"""What is wrong with a raw track, in words a musician can act on."""

from mixwright.analysis.track import SILENT_DBFS, TrackAnalysis

DC_OFFSET = 0.003
CLIPPED_SAMPLES = 3
FLAT_SAMPLES = 50
PERCUSSIVE_DB = 12.0
"""Sticks and beaters click by themselves."""
NOISE_BELOW_DB = 45.0
"""A noise floor nearer than this to the track's own level is heard in pauses."""
PAUSES_BELOW = 0.8
"""Share of the song a track plays in, above which its quietest moments are music, not pauses."""
LOW_LEVEL_LUFS = -45.0


def find_problems(track: TrackAnalysis) -> tuple[str, ...]:
    """One line per problem, none for a healthy track."""
    if track.silent:
        if track.peak_dbfs > SILENT_DBFS:
            return ("lies below -70 LUFS, where loudness meters stop; it is left as it is",)
        return ("is silent; it is left out of the mix",)
    found = []
    if track.clipped_samples >= CLIPPED_SAMPLES:
        found.append(f"clips: {track.clipped_samples} samples at full scale; record it lower if you can")
    elif track.flat_samples >= FLAT_SAMPLES:
        found.append(f"clipped before its level was lowered: {track.flat_samples} samples in flat tops")
    clicks = track.click_times_s
    if clicks.size and track.envelope_crest_db < PERCUSSIVE_DB:
        times = ", ".join(f"{time:.2f}" for time in clicks[:3])
        found.append(f"clicks {_times(clicks.size)}, at {times} s{' and later' * (clicks.size > 3)}")
    if abs(track.dc_offset) > DC_OFFSET:
        found.append(f"has a DC offset of {track.dc_offset:.3f} of full scale")
    distance = track.power_dbfs - track.noise_floor_dbfs
    if 0 < distance < NOISE_BELOW_DB and track.active_fraction < PAUSES_BELOW:
        found.append(f"is noisy: the pauses lie only {distance:.0f} dB below the playing")
    if track.hum is not None:
        below = track.power_dbfs - track.hum.level_dbfs
        found.append(
            f"hums at {track.hum.mains_hz:.0f} Hz and its multiples, {below:.0f} dB below the playing"
        )
    if track.integrated_lufs < LOW_LEVEL_LUFS:
        found.append(f"was recorded very low: {track.integrated_lufs:.0f} LUFS")
    return tuple(found)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
