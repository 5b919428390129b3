"""Monthly progress: what each side reported, and what follows for the whole.

Each period is a part of its project, so a report costs what its period costs. Who is
due, and who is counted, is asked of the period's last day: whoever leaves later
changes nothing of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field

from services.coordination import plausibility, stance
from services.coordination.plausibility import Figures
from services.rules import presence
from services.rules.rates import completion
from services.runtime.kinds import Derived, Doubted, Part, States
from twincity_schemas.light import LIGHTS
from twincity_schemas.message import Event
from twincity_schemas.problems import Problem
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.progress_record import (
    JointProgress,
    PartyProgress,
    ProgressRecorded,
    SectionProgress,
)
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Value

_LOOK_BACK = 12
"""Months: some report by the quarter, and nobody less than once a year."""


class Report(Value):
    """A party's latest report of a period, or of one section in it.

    Attributes:
        version: how often the content had changed by then, from 1.
    """

    statement: str
    content: ProgressReported
    version: int = 1

    @property
    def section(self) -> str:
        """Its section; ``""`` is all that the party reports."""
        return self.content.section or ""


class Reports(Value):
    """What a party says of a period: one report, or one of each of its sections.

    Attributes:
        versions: how many there have been, by section.
    """

    standing: tuple[Report, ...] = ()
    versions: Mapping[str, int] = Field(default_factory=dict)


Views = Mapping[str, Reports]


def name_of(event: Event[Any]) -> str:
    """Returns the period of a report: ``2026-09`` for January to September 2026."""
    return period(event.data.year, event.data.through_month)


def period(year: int, through_month: int) -> str:
    """``2026-09``: sorts as time does."""
    return f"{year:04}-{through_month:02}"


def replaced(before: Reports, content: ProgressReported) -> tuple[Report, ...]:
    """Returns the reports that another takes the place of.

    One of a section that of the same section, and one of all; one of all everything.
    """
    section = content.section or ""
    return tuple(
        r for r in before.standing if not section or r.section in {"", section}
    )


def same(one: ProgressReported, other: ProgressReported) -> bool:
    """Whether two reports say the same, whatever they correct."""
    return one == other.model_copy(update={"corrects": one.corrects})


def apply(before: Reports, event: Event[Any], _states: States) -> Reports:
    """Put a party's report in place of its earlier one."""
    content: ProgressReported = event.data
    gone = replaced(before, content)
    section = content.section or ""
    repeated = any(same(report.content, content) for report in gone)
    version = before.versions.get(section, 0) + (not repeated)
    report = Report(statement=event.envelope.id, content=content, version=version)
    return Reports(
        standing=(*(r for r in before.standing if r not in gone), report),
        versions={**before.versions, section: version},
    )


@dataclass(frozen=True)
class _Period:
    """A period's reports, and who was due when it ended."""

    reports: Views
    staying: tuple[str, ...]
    left: tuple[str, ...]
    suspended: bool

    @property
    def counted(self) -> dict[str, Reports]:
        """The reports of the members that had not left."""
        return {p: said for p, said in self.reports.items() if p not in self.left}

    @property
    def missing(self) -> tuple[str, ...]:
        """The members that are due and have not reported."""
        if self.suspended:
            return ()
        return tuple(p for p in self.staying if p not in self.reports)

    @property
    def complete(self) -> bool:
        """Whether every member that had not left has reported."""
        return all(party in self.reports for party in self.staying)


def derive(states: States) -> Derived:
    """The period's record: each side's figures, and the whole where they allow it."""
    reports: Views = {party: states.own[party] for party in sorted(states.own)}
    sample = next(iter(reports.values())).standing[0].content
    now = _period(states, reports, sample)
    described, total = _described(states, sample.year)
    doubts = {
        party: tuple(_doubts(states, sample, party, said, total))
        for party, said in reports.items()
    }
    state, joint, on_the_whole = _joint(now, described)
    by = {party: _shown(said, doubts[party]) for party, said in reports.items()}
    doubtful = any(shown.doubts for p, shown in by.items() if p not in now.left)
    part = f"progress/{states.name}"
    record = ProgressRecorded(
        subject=str(states.subject),
        part=part,
        year=sample.year,
        through_month=sample.through_month,
        state=state,
        joint=joint and joint.model_copy(update={"doubtful": doubtful}),
        light=_light(now, joint, by),
        light_rule=LIGHTS.name,
        missing=now.missing,
        left=now.left,
        suspended=now.suspended,
        described_plan=described,
        by=by,
        doubts=tuple(on_the_whole),
    )
    told = (
        Doubted(party, reports[party].standing[-1].statement, problem)
        for party, problems in doubts.items()
        for problem in problems
    )
    return Derived({part: record}, doubted=told)


def _period(states: States, reports: Views, sample: ProgressReported) -> _Period:
    where = presence.of(states, str(states.subject))
    end = presence.end_of(sample.year, sample.through_month)
    staying = presence.staying(where, states.subject.members, end)
    left = tuple(m for m in states.subject.members if m not in staying)
    rests = presence.suspended_at(where, states.subject.members, end) is not None
    return _Period(reports, staying, left, rests)


def _described(states: States, year: int) -> tuple[Decimal | None, Decimal | None]:
    """The year's plan and the total investment, where all descriptions agree."""
    said = stance.said(states, states.of(str(states.subject)))
    texts = [t.content for t in stance.texts(stance.standings(said)).values()]
    plans = [
        text.annual_plan
        for text in texts
        if text.annual_plan is not None and text.annual_plan.year == year
    ]
    newest = max((plan.version for plan in plans), default=0)
    amounts = {plan.amount for plan in plans if plan.version == newest}
    totals = {t.total_investment.amount for t in texts if t.total_investment}
    return (
        amounts.pop() if len(amounts) == 1 else None,
        totals.pop() if len(totals) == 1 else None,
    )


# --- doubts -------------------------------------------------------------------


def _doubts(
    states: States,
    sample: ProgressReported,
    party: str,
    said: Reports,
    total: Decimal | None,
) -> Iterator[Problem]:
    """What does not fit in what a party reports, beside what was said before."""
    now = _figures(said)
    last = _last(states, sample, party, said)
    if last is not None:
        yield from plausibility.beside_the_last(now, last)
    if total is not None:
        yield from plausibility.within_the_total(now, total)


def _last(
    states: States, sample: ProgressReported, party: str, said: Reports
) -> Figures | None:
    """What the party reported last before the period, of the same scope."""
    months = sample.year * 12 + sample.through_month - 1
    for back in range(1, _LOOK_BACK + 1):
        year, month = divmod(months - back, 12)
        name = period(year, month + 1)
        views: Views = states.of(str(states.subject), "progress", name)
        before = views.get(party)
        if before is not None and _shape(before) == _shape(said):
            return _figures(before)
    return None


def _shape(said: Reports) -> tuple[Scope, frozenset[str]]:
    scope = said.standing[0].content.scope
    return scope, frozenset(report.section for report in said.standing)


def _figures(*said: Reports) -> Figures:
    contents = [report.content for reports in said for report in reports.standing]
    zero = Decimal()
    return Figures(
        year=contents[0].year,
        plan=sum((c.annual_plan for c in contents), zero),
        invested=sum((c.annual_investment for c in contents), zero),
        cumulative=sum((c.cumulative_investment for c in contents), zero),
    )


# --- what is shown ------------------------------------------------------------


def _shown(said: Reports, doubts: tuple[Problem, ...]) -> PartyProgress:
    now, last = _figures(said), said.standing[-1]
    content = last.content
    rate, lead = completion(now.invested, now.plan, content.through_month)
    own = tuple(problem for report in said.standing for problem in _alone(report))
    return PartyProgress(
        scope=content.scope,
        annual_plan=now.plan,
        annual_investment=now.invested,
        cumulative_investment=now.cumulative,
        reported_rate=content.completion_rate if len(said.standing) == 1 else None,
        computed_rate=rate,
        lead=lead,
        physical_progress=content.physical_progress,
        as_of=content.as_of,
        source=content.source,
        statement=last.statement,
        version=last.version,
        sections=tuple(
            SectionProgress(
                section=report.section,
                annual_plan=report.content.annual_plan,
                annual_investment=report.content.annual_investment,
                cumulative_investment=report.content.cumulative_investment,
                statement=report.statement,
                version=report.version,
            )
            for report in sorted(said.standing, key=lambda r: r.section)
            if report.section
        ),
        doubts=(*own, *doubts),
    )


def _alone(report: Report) -> list[Problem]:
    return report.content.doubts()


def _light(
    now: _Period, joint: JointProgress | None, by: Mapping[str, PartyProgress]
) -> Any:
    if now.suspended:
        return None
    leads = [
        shown.lead
        for party, shown in by.items()
        if party not in now.left and shown.lead is not None
    ]
    lead = joint.lead if joint is not None else min(leads, default=None)
    return LIGHTS.light(lead, silent=bool(now.missing))


_Joint = tuple[FieldState, JointProgress | None, Sequence[Problem]]


def _joint(now: _Period, described: Decimal | None) -> _Joint:
    wholes, sections = _by_scope(now.counted)
    if not wholes and not sections:
        return FieldState.SINGLE, None, ()
    if wholes:
        return _of_wholes(wholes, sections, described)
    figures = _figures(*sections.values())
    doubts = [
        *(
            plausibility.beside_the_described(
                figures.plan, described, complete=now.complete
            )
            if described is not None
            else ()
        )
    ]
    if not now.complete:
        return FieldState.SINGLE, None, doubts
    return FieldState.SETTLED, _total(figures, sections), doubts


def _of_wholes(
    wholes: dict[str, Reports], sections: dict[str, Reports], described: Decimal | None
) -> _Joint:
    figures = {_figures(said) for said in wholes.values()}
    if len(figures) > 1:
        return FieldState.DISPUTED, None, ()
    [whole] = figures
    above = [
        problem
        for party, said in sections.items()
        for problem in plausibility.within_the_whole(party, _figures(said), whole)
    ]
    if len(sections) > 1 and not above:
        together = _figures(*sections.values())
        above = [*plausibility.within_the_whole("", together, whole)]
    if above:
        return FieldState.DISPUTED, None, above
    doubts = (
        plausibility.beside_the_described(whole.plan, described, complete=True)
        if described is not None
        else ()
    )
    state = FieldState.SETTLED if len(wholes) > 1 else FieldState.SINGLE
    return state, _total(whole, wholes), [*doubts]


def _by_scope(
    counted: Mapping[str, Reports],
) -> tuple[dict[str, Reports], dict[str, Reports]]:
    wholes: dict[str, Reports] = {}
    sections: dict[str, Reports] = {}
    for party, said in counted.items():
        whole = said.standing[0].content.scope is Scope.WHOLE
        (wholes if whole else sections)[party] = said
    return wholes, sections


def _total(figures: Figures, said: Mapping[str, Reports]) -> JointProgress:
    month = next(iter(said.values())).standing[0].content.through_month
    rate, lead = completion(figures.invested, figures.plan, month)
    return JointProgress(
        annual_plan=figures.plan,
        annual_investment=figures.invested,
        cumulative_investment=figures.cumulative,
        computed_rate=rate,
        lead=lead,
    )


PART = Part("progress", Reports, {ProgressReported: name_of}, apply, derive)
