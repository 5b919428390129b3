"""Monthly progress: what each side reported, and what follows for the whole.

Each period is a part of its project, so a report costs what its period costs. Who is
due, and who is counted, is asked of the period's last day: whoever leaves later
changes nothing of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from services.coordination import amounts, plausibility
from services.coordination.plausibility import Figures
from services.coordination.reports import (
    PeriodReports,
    Views,
    apply,
    name_of,
    section_of,
)
from services.rules import presence
from services.rules.closing import closed_before, period
from services.rules.comparison import compared, whole_of
from services.rules.rates import completion
from services.rules.sections import Sections, months_before, unreported
from services.runtime.kinds import Derived, Doubted, Part, States
from twincity_schemas.light import LIGHTS
from twincity_schemas.problems import Problem
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.progress_record import (
    JointProgress,
    PartyProgress,
    ProgressRecorded,
    SectionProgress,
)
from twincity_schemas.project_record import FieldState

_LOOK_BACK = 12
"""Months: some report by the quarter, and nobody less than once a year."""


@dataclass(frozen=True)
class _Period:
    """A period's reports, and who was due when it ended.

    Attributes:
        absent: by party, the sections that it reported in months before alone.
    """

    reports: Views
    absent: Mapping[str, tuple[str, ...]]
    staying: tuple[str, ...]
    left: tuple[str, ...]
    suspended: bool

    @property
    def counted(self) -> dict[str, PeriodReports]:
        """The reports of the members that had not left."""
        return {p: own for p, own in self.reports.items() if p not in self.left}

    @property
    def missing(self) -> tuple[str, ...]:
        """The members that are due and have not reported, or not all sections."""
        return () if self.suspended else self._silent

    @property
    def complete(self) -> bool:
        """Returns whether every member that had not left has reported."""
        return not self._silent

    @property
    def _silent(self) -> tuple[str, ...]:
        return tuple(p for p in self.staying if p not in self.reports or self.absent[p])


def derive(states: States) -> Derived:
    """The period's record: each side's figures, and the whole where they allow it."""
    reports: Views = {party: states.own[party] for party in sorted(states.own)}
    sample = next(iter(reports.values())).standing[0].content
    now = _period(states, reports, sample)
    end = presence.end_of(sample.year, sample.through_month)
    described, total = amounts.stood(states, now.staying, sample.year, end)
    doubts = {
        party: tuple(_doubts(states, sample, party, own, total))
        for party, own in reports.items()
    }
    state, figures, on_the_whole = _whole(now, described)
    by = {
        party: _shown(own, doubts[party], now.absent[party])
        for party, own in reports.items()
    }
    doubtful = any(side.doubts for p, side in by.items() if p not in now.left)
    joint = None
    if figures is not None:
        joint = _joint(figures, sample.through_month, doubtful=doubtful)
    part = f"progress/{states.name}"
    record = ProgressRecorded(
        subject=str(states.subject),
        part=part,
        year=sample.year,
        through_month=sample.through_month,
        state=state,
        joint=joint,
        light=_light(now, joint, by),
        light_rule=LIGHTS.name,
        missing=now.missing,
        left=now.left,
        suspended=now.suspended,
        described_plan=described,
        by=by,
        doubts=tuple(on_the_whole),
    )
    doubted = (
        Doubted(party, reports[party].latest.id, problem)
        for party, problems in doubts.items()
        for problem in problems
    )
    return Derived({part: record}, doubted=doubted)


def _period(states: States, reports: Views, sample: ProgressReported) -> _Period:
    where = presence.of(states, str(states.subject))
    end = presence.end_of(sample.year, sample.through_month)
    staying = presence.staying(where, states.subject.members, end)
    left = tuple(m for m in states.subject.members if m not in staying)
    rests = presence.suspended_at(where, states.subject.members, end) is not None
    absent = {
        party: _unreported(states, sample, party, own) for party, own in reports.items()
    }
    return _Period(reports, absent, staying, left, rests)


def _unreported(
    states: States, sample: ProgressReported, party: str, own: PeriodReports
) -> tuple[str, ...]:
    if "" in own.sections:
        return ()
    before: list[Sections] = []
    for name in months_before(sample.year, sample.through_month):
        views: Views = states.of(str(states.subject), "progress", name)
        before += [views[party].sections] if party in views else []
    return unreported(own.sections, before)


# --- doubts -------------------------------------------------------------------


def _doubts(
    states: States,
    sample: ProgressReported,
    party: str,
    own: PeriodReports,
    total: Decimal | None,
) -> Iterator[Problem]:
    """Yields what does not fit in what a party reports, beside what was said before."""
    now = own.figures
    yield from plausibility.before_its_month(
        sample.year, sample.through_month, own.latest.recorded
    )
    last = _last(states, sample, party, own)
    if last is not None:
        yield from plausibility.beside_the_last(now, last)
    if total is not None:
        yield from plausibility.within_the_total(now, total)


def _last(
    states: States, sample: ProgressReported, party: str, own: PeriodReports
) -> Figures | None:
    """Returns what the party reported last before the period, of the same scope."""
    project = str(states.subject)
    for name in _before(sample.year, sample.through_month):
        views: Views = states.of(project, "progress", name)
        before = views.get(party)
        if before is not None and _is_comparable(before, own):
            return before.figures
    return None


@lru_cache(maxsize=1_200)  # asked of every report
def _before(year: int, month: int) -> tuple[str, ...]:
    """Returns the periods before one, the last first."""
    months = year * 12 + month - 1
    before = (divmod(months - back, 12) for back in range(1, _LOOK_BACK + 1))
    return tuple(period(year, month + 1) for year, month in before)


def _is_comparable(one: PeriodReports, other: PeriodReports) -> bool:
    # Sections that come or go would make the sums seem to leap; all as one is all.
    kinds = one.sections.keys(), other.sections.keys()
    alike = kinds[0] == kinds[1] or any("" in sections for sections in kinds)
    return one.scope is other.scope and alike


# --- what is shown ------------------------------------------------------------


def _shown(
    own: PeriodReports, doubts: tuple[Problem, ...], absent: tuple[str, ...]
) -> PartyProgress:
    now, last = own.figures, own.latest
    content = last.content
    rate, lead = completion(now.invested, now.plan, content.through_month)
    alone = tuple(p for report in own.standing for p in report.content.doubts())
    return PartyProgress(
        scope=content.scope,
        annual_plan=now.plan,
        annual_investment=now.invested,
        cumulative_investment=now.cumulative,
        # Each section reported a rate of its own: of several, none is the party's.
        reported_rate=content.completion_rate if len(own.standing) == 1 else None,
        computed_rate=rate,
        lead=lead,
        physical_progress=content.physical_progress,
        as_of=content.as_of,
        source=content.source,
        statement=last.id,
        version=last.version,
        sections=tuple(
            SectionProgress(
                section=section_of(report.content),
                annual_plan=report.content.annual_plan,
                annual_investment=report.content.annual_investment,
                cumulative_investment=report.content.cumulative_investment,
                statement=report.id,
                version=report.version,
            )
            for report in sorted(own.standing, key=lambda r: section_of(r.content))
            if section_of(report.content)
        ),
        missing_sections=absent,
        backfilled=any(
            closed_before(
                content.year, content.through_month, own.since[section_of(one.content)]
            )
            for one in own.standing
        ),
        doubts=(*alone, *doubts),
    )


def _light(
    now: _Period, joint: JointProgress | None, by: Mapping[str, PartyProgress]
) -> Any:
    if now.suspended:
        return None
    leads = [
        side.lead
        for party, side in by.items()
        if party not in now.left and side.lead is not None
    ]
    # While the whole is not known the slowest side stands for it: no light may be
    # greener than a part of what it is of.
    lead = joint.lead if joint is not None else min(leads, default=None)
    return LIGHTS.light(lead, silent=bool(now.missing))


# --- the whole ----------------------------------------------------------------


def _whole(
    now: _Period, described: Decimal | None
) -> tuple[FieldState, Figures | None, Sequence[Problem]]:
    """Returns the state of the whole, its figures where known, and what to doubt."""
    wholes: dict[str, Figures] = {}
    sections: dict[str, Figures] = {}
    for party, own in now.counted.items():
        (wholes if own.scope is Scope.WHOLE else sections)[party] = own.figures
    whole = whole_of(
        wholes,
        sections,
        plausibility.added,
        complete=now.complete,
        within=plausibility.fits,
    )
    state, figures = whole
    if state is FieldState.DISPUTED:
        # Where the wholes agree, what does not fit in them can be named; where they
        # differ, none of them is the measure of a section.
        alike = compared(wholes.values()) is not FieldState.DISPUTED
        first = next(iter(wholes.values()))
        return state, None, _above(sections, first) if alike else ()
    planned = figures.plan if figures is not None else None
    if planned is None and sections and not wholes:
        planned = plausibility.added([*sections.values()]).plan  # of those that are in
    if planned is None or described is None:
        return state, figures, ()
    doubts = plausibility.beside_the_described(
        planned, described, complete=bool(wholes) or now.complete
    )
    return state, figures, [*doubts]


def _above(sections: Mapping[str, Figures], whole: Figures) -> list[Problem]:
    """Returns the sections that are more than the whole, alone or together."""
    above = [
        problem
        for party, section in sections.items()
        for problem in plausibility.within_the_whole(party, section, whole)
    ]
    if len(sections) > 1 and not above:
        together = plausibility.added([*sections.values()])
        above = [*plausibility.within_the_whole("", together, whole)]
    return above


def _joint(figures: Figures, month: int, *, doubtful: bool) -> JointProgress:
    rate, lead = completion(figures.invested, figures.plan, month)
    return JointProgress(
        annual_plan=figures.plan,
        annual_investment=figures.invested,
        cumulative_investment=figures.cumulative,
        computed_rate=rate,
        lead=lead,
        doubtful=doubtful,
    )


PART = Part("progress", PeriodReports, {ProgressReported: name_of}, apply, derive)
