"""Names for the sections of a song, so that a person can ask for them: intro, verse 1, chorus 2 ..."""

from collections import Counter

import numpy as np

from mixwright.analysis.sections import Section
from mixwright.analysis.song import SongAnalysis
from mixwright.project import Project, SongSection
from mixwright.roles import Role


def name_sections(project: Project, analysis: SongAnalysis) -> tuple[SongSection, ...]:
    """What the blocks of a song most likely are.

    The loudest block that is sung and comes back is the chorus, the other that is sung longest the verse;
    what stands before and after the singing is intro and outro, what is sung once a bridge, the rest are
    breaks.
    """
    sections = analysis.sections
    if not sections:
        return ()
    singers = {track.id for track in project.tracks if track.role is Role.LEAD_VOCAL}
    sung = [bool(singers & set(section.playing)) for section in sections]
    kinds = _kinds(sections, sung if any(sung) else [True] * len(sections))
    numbers: Counter[str] = Counter()
    named = []
    for kind, section in zip(kinds, sections, strict=True):
        numbers[kind] += 1
        name = f"{kind}{numbers[kind]}" if kinds.count(kind) > 1 else kind
        named.append(SongSection(name=name, start_s=section.start_s, end_s=section.end_s))
    return tuple(named)


def _kinds(sections: tuple[Section, ...], sung: list[bool]) -> list[str]:
    labels = [section.label for section in sections]
    chorus = _loudest_label(sections, sung)
    verse = _longest_label(sections, sung, chorus)
    first = sung.index(True)
    last = len(sung) - 1 - sung[::-1].index(True)
    kinds = []
    for k, label in enumerate(labels):
        if k < first:
            kinds.append("intro")
        elif k > last:
            kinds.append("outro")
        elif label == chorus:
            kinds.append("chorus")
        elif label == verse:
            kinds.append("verse")
        else:
            kinds.append("bridge" if sung[k] else "break")
    return kinds


def _loudest_label(sections: tuple[Section, ...], sung: list[bool]) -> str | None:
    """The label of sung blocks with the highest energy; one that comes back goes before one that does not."""
    found = {s.label for s, sings in zip(sections, sung, strict=True) if sings}
    if len(found) < 2:
        return None
    energy = {label: np.mean([s.energy_lu for s in sections if s.label == label]) for label in found}
    again = Counter(s.label for s in sections)
    return max(sorted(found), key=lambda label: (again[label] > 1, energy[label]))


def _longest_label(sections: tuple[Section, ...], sung: list[bool], chorus: str | None) -> str | None:
    length: Counter[str] = Counter()
    for section, sings in zip(sections, sung, strict=True):
        if sings and section.label != chorus:
            length[section.label] += round(section.seconds * 1000)
    return length.most_common(1)[0][0] if length else None
