"""One row of the scoreboard: a mix beside the human mix of the same tracks, at equal loudness."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

from benchmarks.quality.songs import RATE, Song
from benchmarks.quality.systems import file_digest
from mixwright import metrics
from mixwright.audio.resample import resample
from mixwright.metrics import (
    Sound,
    balance,
    distribution,
    dynamics,
    loudness,
    masking,
    similarity,
    stereo,
    tone,
)
from mixwright.metrics.spread import LEFT_RIGHT_DB
from mixwright.roles import Role

MAX_LAG = 4096
"""Samples by which a system may be late; it is moved back before comparing."""
MEASURES = ("bands", "loudness", "masking", "spectrum", "true_peak")
"""What of the analysis the metrics rest on."""

ALIKE = 0.2
"""Least correlation with the human mix or the raw sum at which a lag counts as found."""


@dataclass(frozen=True)
class Row:
    """Distances are to the human mix; numbers of the human mix itself stand in its own row."""

    song: str
    system: str
    tone_db: float
    """Mean third-octave difference, 40 Hz to 10 kHz."""
    tone_full_db: float
    role_lu: float
    """Mean difference of the roles' levels inside the mix."""
    roles_known: bool
    """Whether both refits reach 5 dB."""
    refit_db: float
    lead_lu: float | None
    """Lead vocal re the mix."""
    plr_lu: float
    plr_difference_lu: float
    crest_error_db: float
    width_db: float
    """Side re mid."""
    width_difference_db: float
    width_error_db: float
    """Mean over eight bands."""
    width_outside_db: float
    """Mean distance from the spread of human mixes over eight bands."""
    left_right_db: float
    least_heard: float
    mono_loss_db: float
    feature_mid: float
    feature_side: float
    mel: float
    levels_lu: dict[str, float]
    features: list[float]

    @property
    def centred(self) -> bool:
        return LEFT_RIGHT_DB.holds(self.left_right_db)


class Bench:
    """A song with all that is measured once on its human mix."""

    def __init__(self, song: Song) -> None:
        self.song = song
        self.human = Sound(song.human, RATE)
        self._inside: balance.Contributions | None = None

    @property
    def inside(self) -> balance.Contributions:
        """The roles inside the human mix."""
        if self._inside is None:
            self._inside = balance.find_contributions(self.human, self.song.parts)
        return self._inside

    def row(self, system: str, audio: np.ndarray) -> Row:
        """Judges one mix, float32 (2, samples), already aligned."""
        song, human = self.song, self.human
        mix = Sound(audio[:, : song.human.shape[1]], RATE)
        own = audio is song.human
        inside = self.inside if own else balance.find_contributions(mix, song.tracks)
        levels = balance.role_levels_lu(inside, song.roles)
        theirs = balance.role_levels_lu(self.inside, song.roles)
        terms = similarity.audio_feature_loss(mix, human)
        theirs_crest, ours_crest = dynamics.band_crest_db(human), dynamics.band_crest_db(mix)
        return Row(
            song=song.name,
            system=system,
            tone_db=tone.error_db(mix, human),
            tone_full_db=tone.error_db(mix, human, tone.FULL_HZ),
            role_lu=balance.role_error_lu(levels, theirs),
            roles_known=inside.trusted and self.inside.trusted,
            refit_db=inside.refit_db,
            lead_lu=levels.get(str(Role.LEAD_VOCAL)),
            plr_lu=loudness.plr_lu(mix),
            plr_difference_lu=loudness.plr_lu(mix) - loudness.plr_lu(human),
            crest_error_db=float(np.abs(ours_crest - theirs_crest).mean()),
            width_db=stereo.side_mid_db(mix),
            width_difference_db=stereo.side_mid_db(mix) - stereo.side_mid_db(human),
            width_error_db=stereo.width_error_db(mix, human),
            width_outside_db=float(np.abs(stereo.outside_spread_db(mix)).mean()),
            left_right_db=stereo.left_right_db(mix),
            least_heard=min(masking.audibilities(inside, song.roles).values()),
            mono_loss_db=stereo.mono_loss_db(mix),
            feature_mid=terms["bark_mid"],
            feature_side=terms["bark_side"],
            mel=similarity.mel_distance(mix, human),
            levels_lu=levels,
            features=[float(x) for x in distribution.features(mix)],
        )


def read_mix(path: Path, song: Song) -> np.ndarray:
    """A system's mix at the song's rate, aligned with its human mix, at least as long."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    audio = np.ascontiguousarray(samples.T)
    if rate != RATE:
        audio = np.concatenate(list(resample(iter([audio]), len(audio), rate, RATE)), axis=1)
    if len(audio) == 1:
        audio = np.repeat(audio, 2, axis=0)
    frames = song.human.shape[1]
    lag = find_lag(audio, song)
    audio = audio[:, lag:] if lag > 0 else np.pad(audio, ((0, 0), (-lag, 0)))
    return np.ascontiguousarray(np.pad(audio, ((0, 0), (0, max(0, frames - audio.shape[1]))))[:, :frames])


def find_lag(audio: np.ndarray, song: Song) -> int:
    """Samples by which a mix is later than the song's tracks; 0 where nothing certain is found."""
    frames = min(song.human.shape[1], 20 * RATE)
    plain = np.zeros(frames)
    for track in song.tracks.values():
        piece = track[:, :frames].mean(axis=0)
        plain[: piece.size] += piece / (np.sqrt(np.mean(piece**2)) + 1e-9)
    ours = np.zeros(frames)
    piece = audio[:, :frames].mean(axis=0)
    ours[: piece.size] = piece
    correlation = scipy.signal.correlate(ours, plain, method="fft")
    middle = frames - 1
    near = correlation[middle - MAX_LAG : middle + MAX_LAG + 1]
    near = near / (np.linalg.norm(ours) * np.linalg.norm(plain) + 1e-12)
    best = int(np.argmax(np.abs(near)))
    if abs(near[best]) < ALIKE or abs(near[best]) < 1.05 * abs(near[MAX_LAG]):
        return 0
    return best - MAX_LAG


class RowCache:
    """Rows judged earlier, by what was judged and by the judging code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "rows"
        package = Path(metrics.__file__).parent
        measures = [package.parent / "analysis" / f"{name}.py" for name in MEASURES]
        self._judges = file_digest(Path(__file__), *package.glob("*.py"), *measures)

    def row(self, bench: Bench, system: str, file: Path | None) -> Row:
        """The row of a file, or of the human mix itself."""
        heard = "human" if file is None else file_digest(file)
        key = hashlib.sha256(f"{self._judges} {bench.song.digest} {heard}".encode()).hexdigest()[:20]
        path = self._folder / f"{key}.json"
        if path.is_file():
            return Row(**(json.loads(path.read_text()) | {"system": system}))
        audio = bench.song.human if file is None else read_mix(file, bench.song)
        row = bench.row(system, audio)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(row)))
        return row
