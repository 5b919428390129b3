"""A party's reports of a period: which stand, and which took the place of which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.coordination.plausibility import Figures, added
from services.rules.closing import period
from services.rules.remembered import Remembered
from services.rules.sections import Sections
from services.runtime.kinds import States
from twincity_schemas.message import Event
from twincity_schemas.progress import ProgressReported, Scope

Report = Remembered[ProgressReported]
"""The latest of a section; its version counts that section's contents."""


@dataclass(frozen=True, slots=True)
class PeriodReports:
    """One party's reports of a period: one of all, or one of each of its sections.

    Attributes:
        standing: those that no later one has replaced, the latest last.
        versions: how many contents there have been, by section.
        since: when what stands of a section was recorded first, by section.
    """

    standing: tuple[Report, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def latest(self) -> Report:
        """The one that was reported last."""
        return self.standing[-1]

    @property
    def scope(self) -> Scope:
        """Returns whether they speak of the whole or of the party's own section."""
        return self.standing[0].content.scope

    @property
    def sections(self) -> Sections:
        """The plan and investment of each section; ``""`` is all as one."""
        return {
            section_of(one.content): (
                one.content.annual_plan,
                one.content.annual_investment,
            )
            for one in self.standing
        }

    @property
    def figures(self) -> Figures:
        """The sum of the sections."""
        return added(
            [
                Figures(
                    report.content.year,
                    report.content.annual_plan,
                    report.content.annual_investment,
                    report.content.cumulative_investment,
                )
                for report in self.standing
            ]
        )


Views = Mapping[str, PeriodReports]
"""Each party's reports of one period."""


def name_of(event: Event[Any]) -> str:
    """Returns the period of a report: ``2026-09`` for January to September 2026."""
    return period(event.data.year, event.data.through_month)


def section_of(report: ProgressReported) -> str:
    """Returns a report's section; ``""`` is all that the party reports."""
    return report.section or ""


def replaced(before: PeriodReports, content: ProgressReported) -> tuple[Report, ...]:
    """Returns the reports that another takes the place of.

    One of a section that of the same section, and one of all; one of all everything.
    """
    # All or sections, never both: else a figure would be counted twice.
    section = section_of(content)
    return tuple(
        report
        for report in before.standing
        if not section or section_of(report.content) in {"", section}
    )


def same(one: ProgressReported, other: ProgressReported) -> bool:
    """Returns whether two reports say the same, whatever they correct."""
    return _text(one) == _text(other)


def _text(report: ProgressReported) -> dict[str, Any]:
    return {name: value for name, value in report if name != "corrects"}


def apply(before: PeriodReports, event: Event[Any], _states: States) -> PeriodReports:
    """Returns a party's reports, its next one in the place of earlier ones."""
    content: ProgressReported = event.data
    gone, section = replaced(before, content), section_of(content)
    # To say it once more is no new version, whatever its date: others may have
    # answered to the number.
    repeated = any(same(report.content, content) for report in gone)
    version = before.versions.get(section, 0) + (not repeated)
    envelope = event.envelope
    report = Remembered(envelope.id, envelope.recorded, content, version)
    return PeriodReports(
        standing=(*(r for r in before.standing if r not in gone), report),
        versions={**before.versions, section: version},
        since=before.since
        if repeated
        else {**before.since, section: envelope.recorded},
    )
