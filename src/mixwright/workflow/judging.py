"""Judging a finished mix: its numbers, what human mixes do, and how platforms take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixwright import audio, metrics
from mixwright.analysis.bands import band_index
from mixwright.engineer.genres import AUTO, Genre, find_genre, parse_genre
from mixwright.engineer.learned_names import read_names
from mixwright.errors import InputError
from mixwright.metrics import Sound, balance, delivery, loudness, masking
from mixwright.metrics.spread import (
    BAND_EDGES_HZ,
    BAND_NAMES,
    HUMAN,
    LEFT_RIGHT_DB,
    MASTER_ABOVE_LUFS,
    MONO_LOSS_DB,
    PLR_MASTER_LU,
    PSR_MIN_LU,
    ROLE_RE_MIX_LU,
    SLOPE_DB_OCT,
    TONE_HZ,
    Spread,
    Usual,
    around,
    lead_re_mix,
    width_around,
)
from mixwright.roles import Role
from mixwright.workflow.job import Job

NEAR = 0.15
"""A miss smaller than this share of the usual range is called slight."""

SAME_SONG_DB = 5.0
"""Below this refit the tracks explain so little of a mix that they may belong to another song."""


@dataclass(frozen=True)
class Verdict:
    """One measurement beside what human mixes do."""

    family: str
    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    """Ends of the usual range; None where it is open."""
    inside: bool | None = None
    """None where there is no usual range, and the number only informs."""
    says: str = ""
    source: str = ""


@dataclass(frozen=True)
class Judgement:
    """What `judge` found."""

    mix: Path
    reference: Path | None
    stage: str
    """``mix`` or ``master``, told by loudness: they are judged by different peaks."""
    genre: str
    sample_rate: int
    seconds: float
    numbers: dict[str, float]
    """All metrics, as `metrics.evaluate` names them."""
    verdicts: tuple[Verdict, ...]
    delivery: tuple[delivery.Delivery, ...]
    notes: tuple[str, ...] = ()

    @property
    def outside(self) -> tuple[Verdict, ...]:
        """What human mixes do not do."""
        return tuple(v for v in self.verdicts if v.inside is False)


def judge(
    mix: str | Path,
    reference: str | Path | None = None,
    tracks: str | Path | None = None,
    *,
    genre: str = AUTO,
    job: Job | None = None,
) -> Judgement:
    """Judges a finished mix or master.

    Parameters
    ----------
    mix : path
        The file.
    reference : path, optional
        A mix to compare it with at equal loudness; resampled where its rate differs.
    tracks : path, optional
        Folder of the tracks it was made of: finds each role inside the mix.
    genre : str
        Whose spread counts; with ``auto`` that of all human mixes.

    Raises
    ------
    InputError
        When a file cannot be judged; the message names it and the remedy.
    """
    job = job or Job()
    name = parse_genre(genre)
    spread = HUMAN if name == AUTO else genre_spread(find_genre(name))
    with audio.Scratch() as scratch:
        job.report("reading")
        path = Path(mix)
        rate = audio.probe(path).sample_rate
        sound = _sound(path, rate, scratch, job)
        against = _sound(Path(reference), rate, scratch, job) if reference is not None else None
        notes: list[str] = []
        parts: dict[str, audio.Source] = {}
        roles: dict[str, Role] = {}
        if tracks is not None:
            parts, roles = _read_tracks(Path(tracks), rate, scratch, job, notes)
        job.report("judging", 0.2)
        inside = balance.find_contributions(sound, parts) if parts else None
        job.report("judging", 0.6)
        numbers = metrics.evaluate(sound, rate, against, spread=spread)
        other = balance.find_contributions(against, parts) if parts and against is not None else None
    if inside is not None:
        by_role = balance.evaluate(inside, roles, other, spread)
        numbers |= {f"balance.{key}": value for key, value in by_role.items()}
        numbers |= {f"masking.{key}": value for key, value in masking.evaluate(inside, roles).items()}
        if inside.refit_db < SAME_SONG_DB:
            notes.append(
                f"the tracks explain little of this mix ({inside.refit_db:.1f} dB): are they of this song, "
                "and do they start with it? Levels of roles are guesses"
            )
    master = numbers["loudness.integrated_lufs"] > MASTER_ABOVE_LUFS
    verdicts = _alone(numbers, spread, master)
    if inside is not None:
        verdicts += _roles(numbers, inside, roles, spread)
    if against is not None:
        verdicts += _beside(numbers)
    job.report("done", 1.0)
    return Judgement(
        path,
        Path(reference) if reference is not None else None,
        "master" if master else "mix",
        name,
        rate,
        sound.duration_s,
        numbers,
        tuple(verdicts),
        delivery.check_all(loudness.integrated_lufs(sound), loudness.true_peak_dbtp(sound)),
        tuple(notes),
    )


def genre_spread(genre: Genre) -> Spread:
    """What counts as usual in a genre."""
    source = f"{genre.name} (genre data)"
    octaves = [band_index(hz) for hz in TONE_HZ]
    tone, tone_sd = genre.mix_spectrum_db[octaves], genre.mix_spread_db[octaves]
    middles = np.sqrt(np.array(BAND_EDGES_HZ[:-1]) * np.array(BAND_EDGES_HZ[1:]))
    at = np.log2(genre.stereo.hz)
    width = np.interp(np.log2(middles), at, genre.stereo.side_to_mid_db)
    width_sd = np.interp(np.log2(middles), at, genre.stereo.spread_db)
    dynamics, vocals = genre.dynamics, genre.vocals
    return Spread(
        genre.name,
        tuple(around(float(m), float(sd), source) for m, sd in zip(tone, tone_sd, strict=True)),
        tuple(
            width_around(band, float(m), float(sd), source)
            for band, (m, sd) in enumerate(zip(width, width_sd, strict=True))
        ),
        around(dynamics.peak_to_loudness_lu, dynamics.peak_to_loudness_spread_lu, source),
        lead_re_mix(vocals.lead_to_rest_db, vocals.tolerance_db, source),
    )


def _sound(path: Path, rate: int, scratch: audio.Scratch, job: Job) -> Sound:
    source = audio.open_source(path, rate, scratch, job.cancel)
    try:
        samples = source.read(0, source.frames)
        if source.dual_mono:
            samples = np.repeat(samples, 2, axis=0)
        sound = Sound(samples, rate)
        loudness.validate(sound)
    except InputError as error:
        raise InputError(f"{audio.shown(path)}: {error}") from None
    finally:
        source.close()
    return sound


def _read_tracks(
    folder: Path, rate: int, scratch: audio.Scratch, job: Job, notes: list[str]
) -> tuple[dict[str, audio.Source], dict[str, Role]]:
    found = audio.find_tracks(folder)
    notes += found.notes
    files = list(found.tracks)
    sources = audio.prepare_sources(files, rate, scratch, job.counter("reading"), job.cancel, job.workers)
    parts = {file.id: source for file, source in zip(files, sources, strict=True)}
    guesses = read_names([file.name for file in files])
    roles = {
        file.id: guess.role
        for file, guess in zip(files, guesses, strict=True)
        if any(block.any() for block in parts[file.id].blocks())
    }
    silent = [file.name for file in files if file.id not in roles]
    if silent:
        notes.append(f"silent tracks are left out: {', '.join(silent)}")
    if not roles:
        raise InputError(f"{audio.shown(folder)}: all tracks are silent; check the export")
    return {id: parts[id] for id in roles}, roles


def _verdict(
    family: str, name: str, value: float, unit: str, usual: Usual | None, low: str = "low", high: str = "high"
) -> Verdict:
    """A number beside its range; `low` and `high` say what it means to lie outside."""
    if usual is None:
        return Verdict(family, name, value, unit)
    bottom, top = (end if np.isfinite(end) else None for end in (usual.low, usual.high))
    miss = usual.miss(value)
    says = ""
    if miss:
        span = usual.high - usual.low
        slight = "slightly " if np.isfinite(span) and abs(miss) < NEAR * span else ""
        says = f"{slight}{low if miss < 0 else high} by {abs(miss):.1f} {unit.split()[0]}"
    return Verdict(family, name, value, unit, bottom, top, not miss, says, usual.source)


def _alone(numbers: Mapping[str, float], spread: Spread, master: bool) -> list[Verdict]:
    n = numbers
    plr = PLR_MASTER_LU if master else spread.plr_lu
    out = [
        _verdict("loudness", "integrated", n["loudness.integrated_lufs"], "LUFS", None),
        _verdict("loudness", "loudest 3 s", n["loudness.short_term_max_lufs"], "LUFS", None),
        _verdict("loudness", "range", n["loudness.range_lu"], "LU", None),
        _verdict("loudness", "true peak", n["loudness.true_peak_dbtp"], "dBTP", None),
        _verdict("dynamics", "peak to loudness", n["loudness.plr_lu"], "LU", plr, "squashed", "spiky"),
        _verdict(
            "dynamics",
            "peak to loudness, least of 3 s",
            n["loudness.psr_min_lu"],
            "LU",
            PSR_MIN_LU if master else None,
            "squashed",
        ),
        _verdict("dynamics", "crest", n["dynamics.crest_db"], "dB", None),
    ]
    for hz, usual in zip(TONE_HZ, spread.tone_db, strict=True):
        label = f"{hz:g} Hz" if hz < 1000 else f"{hz / 1000:g} kHz"
        out.append(
            _verdict("tone", label, n[f"tone.level_{hz:g}_db"], "dB re total", usual, "weak", "strong")
        )
    out.append(
        _verdict(
            "tone", "slope", n["tone.slope_db_oct"], "dB/oct", SLOPE_DB_OCT, "dark, steep", "bright, flat"
        )
    )
    for band, usual in zip(BAND_NAMES, spread.side_mid_db, strict=True):
        value = n[f"stereo.side_mid_{band}_db"]
        out.append(_verdict("stereo", f"width {band} Hz", value, "dB S/M", usual, "narrow", "wide"))
    out += [
        _verdict(
            "stereo",
            "left/right",
            n["stereo.left_right_db"],
            "dB",
            LEFT_RIGHT_DB,
            "leans left",
            "leans right",
        ),
        _verdict("stereo", "correlation", n["stereo.correlation"], "", None),
        _verdict("stereo", "lost in mono", n["stereo.mono_loss_db"], "dB", MONO_LOSS_DB, "", "cancels"),
        _verdict(
            "stereo",
            "lost in mono, worst band",
            n["stereo.mono_loss_worst_db"],
            "dB",
            MONO_LOSS_DB,
            "",
            "cancels",
        ),
    ]
    return out


def _roles(
    numbers: Mapping[str, float], inside: balance.Contributions, roles: Mapping[str, Role], spread: Spread
) -> list[Verdict]:
    out = []
    heard = masking.audibilities(inside, roles)
    covered = masking.hidden_by(inside, roles)
    for role, level in balance.role_levels_lu(inside, roles).items():
        usual = spread.lead_re_mix_lu if role == Role.LEAD_VOCAL else ROLE_RE_MIX_LU.get(role)
        if not inside.trusted:
            usual = None
        label = role.replace("_", " ")
        out.append(_verdict("balance", label, level, "LU re mix", usual, "buried", "loud"))
        if role not in heard:
            continue
        by = (
            f"mostly under {covered[role][0].replace('_', ' ')}"
            if covered.get(role, ("", 0.0))[1] > 0.05
            else ""
        )
        enough = Usual(masking.HIDDEN_BELOW, np.inf, "masking model of the metrics")
        share = _verdict(
            "balance", f"{label}, heard", heard[role], "of 1", enough if inside.trusted else None
        )
        out.append(
            Verdict(**{**share.__dict__, "says": by if share.inside is not False else f"hidden, {by}"})
        )
    return out


def _beside(numbers: Mapping[str, float]) -> list[Verdict]:
    """Distances to the reference inform; two engineers differ as well."""
    rows = [
        ("tone.error_db", "third octaves, 40 Hz to 10 kHz", "dB"),
        ("loudness.plr_difference_lu", "peak to loudness", "LU"),
        ("stereo.side_mid_difference_db", "width", "dB S/M"),
        ("stereo.left_right_error_db", "left/right", "dB"),
        ("balance.level_error_lu", "levels of roles", "LU"),
        ("similarity.feature_loss", "audio-feature loss", ""),
        ("similarity.mel_distance", "mel distance", ""),
    ]
    return [
        _verdict("against reference", name, numbers[key], unit, None)
        for key, name, unit in rows
        if key in numbers
    ]
