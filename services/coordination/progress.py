"""Monthly progress: what each side reported, and what follows for the whole.

Each period is a part of its project, so a report costs what its period costs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.rules.rates import completion
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.message import Event
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.progress_record import (
    JointProgress,
    PartyProgress,
    ProgressRecorded,
)
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Value


class Report(Value):
    """A party's latest report of one period, with the statement it came in."""

    statement: str = ""
    content: ProgressReported | None = None


def name_of(event: Event[Any]) -> str:
    """Returns the period of a report: ``2026-09`` for January to September 2026."""
    return f"{event.data.year:04}-{event.data.through_month:02}"


def apply(_before: Report, event: Event[Any], _states: States) -> Report:
    """Put a party's report in place of its earlier one of the period."""
    return Report(statement=event.envelope.id, content=event.data)


def derive(states: States) -> Derived:
    """The period's record: each side's figures, and the whole where they allow it."""
    reports: Mapping[str, Report] = states.own
    said = {
        party: content
        for party in sorted(reports)
        if (content := reports[party].content) is not None
    }
    sample = next(iter(said.values()))
    state, joint = _joint([*said.values()], len(states.subject.members))
    part = f"progress/{states.name}"
    record = ProgressRecorded(
        subject=str(states.subject),
        part=part,
        year=sample.year,
        through_month=sample.through_month,
        state=state,
        joint=joint,
        by={
            party: _shown(content, reports[party].statement)
            for party, content in said.items()
        },
    )
    return Derived({part: record})


def _shown(said: ProgressReported, statement: str) -> PartyProgress:
    rate, lead = completion(
        said.annual_investment, said.annual_plan, said.through_month
    )
    return PartyProgress(
        scope=said.scope,
        annual_plan=said.annual_plan,
        annual_investment=said.annual_investment,
        cumulative_investment=said.cumulative_investment,
        reported_rate=said.completion_rate,
        computed_rate=rate,
        lead=lead,
        physical_progress=said.physical_progress,
        as_of=said.as_of,
        source=said.source,
        statement=statement,
    )


def _joint(
    reports: list[ProgressReported], members: int
) -> tuple[FieldState, JointProgress | None]:
    wholes = [r for r in reports if r.scope is Scope.WHOLE]
    if wholes:
        figures = {_figures([r]) for r in wholes}
        if len(figures) > 1:
            return FieldState.DISPUTED, None
        state = FieldState.SETTLED if len(wholes) > 1 else FieldState.SINGLE
        return state, _total(wholes[:1])
    if len(reports) < members:
        return FieldState.SINGLE, None
    return FieldState.SETTLED, _total(reports)


def _figures(reports: list[ProgressReported]) -> tuple[Decimal, Decimal, Decimal]:
    zero = Decimal()
    return (
        sum((r.annual_plan for r in reports), zero),
        sum((r.annual_investment for r in reports), zero),
        sum((r.cumulative_investment for r in reports), zero),
    )


def _total(reports: list[ProgressReported]) -> JointProgress:
    planned, invested, cumulative = _figures(reports)
    rate, lead = completion(invested, planned, reports[0].through_month)
    return JointProgress(
        annual_plan=planned,
        annual_investment=invested,
        cumulative_investment=cumulative,
        computed_rate=rate,
        lead=lead,
    )


PART = Part("progress", Report, {ProgressReported: name_of}, apply, derive)
