"""The report of a mix, from what is known while it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mixwright.analysis.sections import telling_excerpt
from mixwright.console.units import Input
from mixwright.engineer.desk import Desk
from mixwright.engineer.hearing import Heard, Span
from mixwright.project import Project
from mixwright.report import Facts, Signal, rough_signal, write_page
from mixwright.report.clips import EXCERPT_S, WHOLE_S
from mixwright.workflow.job import Job


@dataclass(frozen=True, eq=False)
class Reporter:
    """Writes the page once the mix is finished.

    Attributes
    ----------
    desk : Desk
        With the measurements of the tracks and the genre chosen.
    heard : Heard
        The mix as the engineer heard it in the excerpts `listened`.
    """

    inputs: Mapping[str, Input]
    desk: Desk
    heard: Heard
    listened: tuple[Span, ...]

    @cached_property
    def excerpt(self) -> Span:
        """What the players play: the loudest place that holds most tracks and the lead."""
        analysis = self.desk.analysis
        length = analysis.duration_s if analysis.duration_s <= WHOLE_S else EXCERPT_S
        return telling_excerpt(analysis, length, [self.desk.lead.id] if self.desk.lead else [])

    def page(self, project: Project, signals: Mapping[str, Signal], job: Job) -> str:
        """The page of the finished project, whose mix and master are given."""
        job.report("reporting")
        rough = rough_signal(self.inputs, project.sample_rate, self.excerpt, job.check)
        return write_page(
            Facts(
                project,
                self.desk.analysis,
                self.desk.genre,
                self.heard,
                self.listened,
                self.excerpt,
                {"rough": rough, **signals},
            )
        )
