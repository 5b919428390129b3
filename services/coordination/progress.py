"""Monthly progress: what each side reported, and what follows for the whole."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property

from services.rules.rates import completion
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.project_record import (
    FieldState,
    JointProgress,
    PartyProgress,
    PeriodRecord,
)
from twincity_schemas.values import Value


class Report(Value):
    """A progress report, with the statement it came in."""

    statement: str
    content: ProgressReported

    @property
    def period(self) -> str:
        """``2026-09`` for January to September 2026: sorts as time does."""
        return f"{self.content.year:04}-{self.content.through_month:02}"

    @cached_property
    def shown(self) -> PartyProgress:
        """As the record shows it; worked out once, and shown with every change."""
        said = self.content
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
            statement=self.statement,
        )


def periods(
    by_party: Mapping[str, Mapping[str, Report]], members: int
) -> tuple[PeriodRecord, ...]:
    """Every period that anybody reported on, the earliest first.

    Args:
        by_party: each party's latest report of each period.
        members: how many parties the project has; sections add up to the
            whole only when all of them are in.
    """
    known = sorted({period for reports in by_party.values() for period in reports})
    return tuple(
        _period(
            {
                party: reports[period]
                for party, reports in by_party.items()
                if period in reports
            },
            members,
        )
        for period in known
    )


def _period(reports: Mapping[str, Report], members: int) -> PeriodRecord:
    sample = next(iter(reports.values())).content
    state, joint = _joint([r.content for r in reports.values()], members)
    return PeriodRecord(
        year=sample.year,
        through_month=sample.through_month,
        state=state,
        joint=joint,
        by={party: report.shown for party, report in reports.items()},
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
