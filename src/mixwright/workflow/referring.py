"""References: finished songs whose tone, loudness, width or density a mix is brought nearer to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mixwright import audio
from mixwright.analysis.loudness import LoudnessMeter
from mixwright.analysis.spectrum import BandMeter
from mixwright.audio.formats import INPUT_EXTENSIONS
from mixwright.console.mastering import run_master
from mixwright.engineer.finish import finish
from mixwright.engineer.moves import Changes
from mixwright.engineer.reference import (
    SCOPES,
    Look,
    house_style,
    look_at,
    told,
    tone_apart_db,
    towards_density,
    towards_tone,
    towards_width,
    wanted_loudness,
    width_apart_db,
)
from mixwright.errors import InputError
from mixwright.project import Decision, Project
from mixwright.session.curves import with_values
from mixwright.session.locks import locks_of
from mixwright.units import SILENCE_DB, gain_to_db
from mixwright.workflow.actions import with_provenance
from mixwright.workflow.job import Job
from mixwright.workflow.opening import Opened
from mixwright.workflow.rendering import MixSum

TONE_ROUNDS = 2
MOST_SONGS = 50


def parse_scopes(names: Iterable[str]) -> tuple[str, ...]:
    """Scopes by name; InputError lists them."""
    found = tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    for name in found:
        if name not in SCOPES:
            raise InputError(
                f"there is nothing called {name!r} in a reference; choose among {', '.join(SCOPES)}"
            )
    return found or ("tone", "width")


def with_reference(
    opened: Opened, place: Path, scopes: Collection[str], strength: float, mark: str, job: Job
) -> tuple[Project, tuple[str, ...]]:
    """The project brought nearer to a reference, and what was not taken over.

    Raises
    ------
    InputError
        When the reference cannot be read or is silent, or the strength is none.
    """
    if not 0 < strength <= 1:
        raise InputError(f"strength {strength:g} is out of range; give more than 0, up to 1")
    project = opened.project
    with audio.Scratch() as scratch:
        job.report("listening")
        looks = [_look_at_file(path, project.sample_rate, scratch, job) for path in _songs(place)]
        wanted = house_style(looks)
        total = MixSum(opened, scratch, job)
        now = _look_at_mix(project, total)
        notes: list[str] = []
        decisions: list[Decision] = []
        for scope in scopes:
            if scope == "level":
                loudness = wanted_loudness(project.brief.loudness_lufs, wanted, strength)
                project = project.replace(brief=project.brief.replace(loudness_lufs=loudness))
            elif scope == "depth":
                notes.append(
                    "depth was not taken over: how wet its single tracks are cannot be heard in a song"
                )
            else:
                project, made = _towards(project, scope, now, wanted, strength, mark, place, total)
                decisions += made
                if not made:
                    notes.append(
                        f"{scope} was not moved: it is that of the reference already, or it is locked"
                    )
    left = [scope for scope in SCOPES if scope not in scopes]
    if left:
        notes.append(f"not asked for, and not taken over: {', '.join(left)}")
    return project, tuple(notes)


def _towards(
    project: Project,
    scope: str,
    now: Look,
    wanted: Look,
    strength: float,
    mark: str,
    place: Path,
    total: MixSum,
) -> tuple[Project, list[Decision]]:
    changes = _changes(project, scope, now, wanted, strength)
    free = _free(project, changes)
    if not free:
        return project, []
    mix = with_values(project.mix, free)
    if scope == "tone":
        for _ in range(TONE_ROUNDS - 1):  # glue and limiter answer to what they are given
            heard = _look_at_mix(project.replace(mix=mix), total)
            left = _left_of(now, heard, wanted, strength)
            more = _free(project, towards_tone(mix, heard, left, 1.0, project.sample_rate))
            free |= more
            mix = with_values(mix, more)
    decision = Decision(
        id=f"{mark}reference_{scope}",
        kind="reference",
        target="master",
        summary=f"{scope} towards {audio.shown(place.name)}",
        reason=_reason(scope, now, wanted, strength),
        evidence={name: float(f"{value:.4g}") for name, value in told(scope, now, wanted).items()},
        confidence=0.6,
        set_by="reference",
        changes=free,
    )
    return with_provenance(project.replace(mix=mix), [decision]), [decision]


def _changes(project: Project, scope: str, now: Look, wanted: Look, strength: float) -> Changes:
    if scope == "tone":
        return towards_tone(project.mix, now, wanted, strength, project.sample_rate)
    if scope == "width":
        return towards_width(project.mix, now, wanted, strength)
    return towards_density(project.mix, now, wanted, strength)


def _left_of(before: Look, heard: Look, wanted: Look, strength: float) -> Look:
    """The spectrum that is meant: so far from the one before towards the wanted one."""
    meant = before.spectrum_db + strength * tone_apart_db(before, wanted).clip(-6.0, 6.0)
    return replace(heard, spectrum_db=meant)


def _free(project: Project, changes: Changes) -> Changes:
    locks = locks_of(project)
    return {path: value for path, value in changes.items() if locks.holding(path) is None}


def _reason(scope: str, now: Look, wanted: Look, strength: float) -> str:
    if scope == "tone":
        apart = tone_apart_db(now, wanted)
        rms = float(np.sqrt(np.mean(apart**2)))
        return (
            f"The spectra lie {rms:.1f} dB apart; {strength:.0%} of it is taken over, 6 dB per band at most."
        )
    if scope == "width":
        return f"Its sides stand {width_apart_db(now, wanted):+.1f} dB against those here."
    return (
        f"Its peaks stand {wanted.peak_to_loudness_lu:.1f} dB above its loudness, here "
        f"{now.peak_to_loudness_lu:.1f} dB."
    )


def _songs(place: Path) -> Sequence[Path]:
    if not place.is_dir():
        return [place]
    found = sorted(p for p in place.iterdir() if p.suffix.lower() in INPUT_EXTENSIONS)[:MOST_SONGS]
    if not found:
        raise InputError(f"{audio.shown(place)}: holds no songs; give a finished song or a folder of them")
    return found


class _Eye:
    """Measures a signal on its way."""

    def __init__(self, sample_rate: int) -> None:
        self._bands = BandMeter(sample_rate, 2)
        self._loudness = LoudnessMeter(sample_rate, 2)
        self._peak = 0.0

    def add(self, block: np.ndarray) -> None:
        part = np.ascontiguousarray(block, np.float32)
        self._bands.add(part)
        self._loudness.add(part)
        self._peak = max(self._peak, float(np.abs(part).max(initial=0.0)))

    def look(self) -> Look | None:
        """None for silence."""
        frames = max(1, len(self._bands.finish()))
        if self._loudness.integrated_lufs <= SILENCE_DB:
            return None
        return look_at(
            self._bands.channel_energy / frames,
            self._bands.cross_energy / frames,
            self._loudness.integrated_lufs,
            gain_to_db(self._peak),
        )


def _look_at_file(path: Path, sample_rate: int, scratch: audio.Scratch, job: Job) -> Look:
    eye = _Eye(sample_rate)
    for block in audio.open_source(audio.probe(path), sample_rate, scratch).blocks():
        job.check()
        eye.add(np.broadcast_to(block, (2, block.shape[1])))
    found = eye.look()
    if found is None:
        raise InputError(f"{audio.shown(path)}: is silent; give a finished song as reference")
    return found


def _look_at_mix(project: Project, total: MixSum) -> Look:
    """The master as it would be, with its gain solved."""
    done = finish(total.blocks, project.mix, project.brief, project.sample_rate)
    eye = _Eye(project.sample_rate)
    run_master(total.blocks(), done.mix, project.sample_rate, on_master=eye.add)
    found = eye.look()
    assert found is not None
    return found
