"""Clusters and areas: what their projects, and those of their parts, add up to.

One month at a time: the last that all projects reported in full, and beside it the
latest with its coverage. So one silent party neither falsifies nor freezes an area.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.appraisal.facts import MonthCoverage, Whole, periods, whole
from services.appraisal.opening import opener, without_effect
from services.appraisal.said import EVER
from services.rules import domains, presence, succession
from services.rules.rates import hundredths
from services.rules.remembered import Remembered, remember
from services.runtime.kinds import Derived, Doubted, Kind, Part, States
from twincity_schemas.cluster import ClusterDescribed
from twincity_schemas.cluster_record import (
    ClusterRecorded,
    DomainSum,
    LatestMonth,
    MembershipRecorded,
    ProjectStanding,
    TakenOut,
)
from twincity_schemas.message import Event
from twincity_schemas.problems import problem
from twincity_schemas.topology import APPRAISAL_RECORDS
from twincity_schemas.values import Domain, Subject


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One party's descriptions of a cluster.

    Attributes:
        described: the first, by which the describer is known, and the latest, which
            counts.
        taken_out: what an earlier one listed and the latest does not.
    """

    described: tuple[Remembered[ClusterDescribed], ...] = ()
    taken_out: tuple[TakenOut, ...] = ()


Views = Mapping[str, ClusterView]


def apply(before: ClusterView, event: Event[Any], _states: States) -> ClusterView:
    """Add one statement; the latest counts, and what it leaves out stays in sight."""
    now = remember(event)
    listed = _listed(now.content)
    gone = _listed(before.described[-1].content) - listed if before.described else ()
    return ClusterView(
        described=(*before.described[:1], now),
        # A bad project that is left out raises the rate: so the record names it.
        taken_out=(
            *(one for one in before.taken_out if one.of not in listed),
            *(
                TakenOut(of=of, statement=now.id, recorded=now.recorded)
                for of in sorted(gone)
            ),
        ),
    )


def _listed(content: ClusterDescribed) -> frozenset[str]:
    return frozenset((*content.projects, *content.parts))


class _Rolled:
    """A cluster's projects, month by month."""

    def __init__(self, description: ClusterDescribed, states: States) -> None:
        subject = str(states.subject)
        within, self.misplaced = _within(description, states)
        self.clusters = len(within)
        self.through: dict[str, list[str]] = {}
        for name, content in sorted({**within, subject: description}.items()):
            for project in content.projects:
                self.through.setdefault(project, []).append(name)
        self._states = states
        self._heirs = succession.heirs(states, self.through, EVER)
        self.months = {
            project: {
                month: whole(states, project, month, reports, EVER)
                for month, reports in periods(states, project).items()
            }
            for project in sorted(self.through)
        }

    @property
    def complete(self) -> str | None:
        """The last month in which every project is known in full, or rests."""
        # The last month of all, not each project's last: sums over different months
        # would grow with whoever reports early.
        months = {m for known in self.months.values() for m in known}
        in_full = (m for m in sorted(months, reverse=True) if self._is_full(m))
        return next(in_full, None)

    def _is_full(self, month: str) -> bool:
        return all(
            kind is ProjectStanding.FULL
            or (kind is not ProjectStanding.DISPUTED and self._rests(project, month))
            for project in self.counting(month)
            for kind, _, _ in [self.standing(project, month)]
        )

    def _rests(self, project: str, month: str) -> bool:
        """Returns whether a project did not have to be reported when a month ended."""
        where, members = presence.of(self._states, project), Subject.parse(project)
        end = presence.end_of(*map(int, month.split("-")))
        return presence.suspended_at(where, members.members, end) is not None

    def amounts(self, month: str) -> dict[str, tuple[ProjectStanding, Whole]]:
        """Returns what counts in a complete month, by project.

        One that rests counts by its last: to let it rest takes its plan out of no sum.
        """
        all_of = {one: self.standing(one, month) for one in self.counting(month)}
        return {one: (k, a) for one, (k, _, a) in all_of.items() if _counts(a)}

    def counted_as(self, month: str) -> dict[str, str]:
        """Returns which project counts in a month in whose stead."""
        begun = [p for p, known in self.months.items() if known and min(known) <= month]
        return succession.counted_as(self._heirs, self.months, begun)

    def counting(self, month: str) -> dict[str, dict[str, Whole]]:
        """Returns the projects that count in a month, each once."""
        instead = self.counted_as(month)
        return {p: known for p, known in self.months.items() if p not in instead}

    @property
    def latest(self) -> str | None:
        """The latest month that anything was reported of."""
        return max((m for known in self.months.values() for m in known), default=None)

    def standing(
        self, project: str, month: str
    ) -> tuple[ProjectStanding, str | None, Whole]:
        """Returns how a project counts in a month: itself, or an earlier one."""
        known = self.months[project]
        amounts = known.get(month)
        if amounts is not None and amounts.coverage is not MonthCoverage.PARTIAL:
            full = amounts.coverage is MonthCoverage.FULL
            return (
                (ProjectStanding.FULL if full else ProjectStanding.DISPUTED),
                month,
                amounts,
            )
        for earlier in sorted(known, reverse=True):
            old = known[earlier]
            # Of the same year alone: a year's figures begin anew in January.
            if (
                f"{month[:4]}-01" <= earlier < month
                and old.coverage is MonthCoverage.FULL
            ):
                return ProjectStanding.OLD, earlier, old
        return ProjectStanding.UNKNOWN, None, amounts or Whole(MonthCoverage.PARTIAL)


def derive(states: States) -> Derived:
    """The record; none as long as nobody has described the cluster before others."""
    described = {party: view.described for party, view in states.own.items()}
    describer = opener(described)
    no_effect = tuple(without_effect(described, describer))
    description = _description(states.own)
    if describer is None or description is None:
        return Derived(no_effect=no_effect)
    rolled = _Rolled(description, states)
    month = rolled.complete
    counted = rolled.amounts(month) if month else {}
    sums = {project: amounts for project, (_, amounts) in counted.items()}
    plan, invested, rate = _sum([*sums.values()])
    by_domain, no_domain = _by_domain(sums, states)
    record = ClusterRecorded(
        subject=str(states.subject),
        described_by=describer,
        name=description.name,
        level=description.level,
        projects=len(rolled.counting(rolled.latest or "")),
        clusters=rolled.clusters,
        misplaced=tuple(sorted(rolled.misplaced)),
        taken_out=states.own[describer].taken_out,
        reported=len(sums),
        suspended=sum(k is ProjectStanding.OLD for k, _ in counted.values()),
        period=month,
        annual_plan=plan,
        annual_investment=invested,
        rate=rate,
        by_domain=by_domain,
        no_domain=no_domain,
        latest=_latest(rolled),
        parts=states.parts,
        no_effect=no_effect,
    )
    return Derived(
        {"": record}, no_effect, doubted=_doubts(describer, states.own, rolled)
    )


def _doubts(describer: str, views: Views, rolled: _Rolled) -> Iterator[Doubted]:
    """Yields the parts that the describer itself names and that are not below."""
    last = views[describer].described[-1]
    for part in sorted(rolled.misplaced.intersection(last.content.parts)):
        yield Doubted(
            describer,
            last.id,
            problem(
                "/parts",
                "not_below",
                f"{part} 的层级不低于本集群或片区，不计入",
                f"{part} is of no lower level than what holds it: it is not counted",
            ),
        )


def _by_domain(
    sums: Mapping[str, Whole], states: States
) -> tuple[dict[Domain, DomainSum], int]:
    """Returns the sums of each domain, and how many projects lie in none."""
    amounts: dict[Domain, list[Whole]] = {}
    for project, one in sums.items():
        if (domain := domains.domain_as_stated(states, project)) is not None:
            amounts.setdefault(domain, []).append(one)
    by = {}
    for domain in sorted(amounts):
        plan, invested, rate = _sum(amounts[domain])
        by[domain] = DomainSum(
            projects=len(amounts[domain]),
            annual_plan=plan,
            annual_investment=invested,
            rate=rate,
        )
    return by, len(sums) - sum(map(len, amounts.values()))


def _sum(amounts: list[Whole]) -> tuple[Decimal, Decimal, Decimal | None]:
    plan = sum((one.plan for one in amounts), Decimal())
    invested = sum((one.invested for one in amounts), Decimal())
    return (
        plan,
        invested,
        hundredths(Fraction(invested) / Fraction(plan) * 100) if plan else None,
    )


def _latest(rolled: _Rolled) -> LatestMonth | None:
    month = rolled.latest
    if month is None:
        return None
    standing = [rolled.standing(project, month) for project in rolled.counting(month)]
    counts = Counter(kind for kind, _, _ in standing)
    plan, invested, rate = _sum(
        # Half a project in the sum would be read as a whole one.
        [amounts for _, _, amounts in standing if _counts(amounts)]
    )
    return LatestMonth(
        period=month,
        full=counts[ProjectStanding.FULL],
        old=counts[ProjectStanding.OLD],
        disputed=counts[ProjectStanding.DISPUTED],
        unknown=counts[ProjectStanding.UNKNOWN],
        annual_plan=plan,
        annual_investment=invested,
        rate=rate,
    )


def _counts(amounts: Whole) -> bool:
    return amounts.coverage is MonthCoverage.FULL


def derive_list(states: States) -> Derived:
    """A record for each project, counted once."""
    description = _description(states.of(str(states.subject)))
    if description is None:
        return Derived()
    rolled = _Rolled(description, states)
    month = rolled.latest or ""
    instead = rolled.counted_as(month)
    parts = [
        _member(project, month, rolled, states, instead.get(project))
        for project in rolled.months
    ]
    return Derived({part.part: part for part in parts})


def _member(
    project: str, month: str, rolled: _Rolled, states: States, instead: str | None
) -> MembershipRecorded:
    standing, period, amounts = rolled.standing(project, month)
    return MembershipRecorded(
        subject=str(states.subject),
        part=f"member/{project.partition('/')[2]}",
        project=project,
        through=tuple(rolled.through[project]),
        standing=standing,
        counted_as=instead,
        period=period if _counts(amounts) else None,
        annual_plan=amounts.plan if _counts(amounts) else None,
        annual_investment=amounts.invested if _counts(amounts) else None,
        missing=rolled.months[project].get(month, amounts).missing,
    )


def _description(views: Views) -> ClusterDescribed | None:
    describer = opener({party: view.described for party, view in views.items()})
    return views[describer].described[-1].content if describer else None


def _within(
    description: ClusterDescribed, states: States
) -> tuple[dict[str, ClusterDescribed], set[str]]:
    """Every cluster within one, each once; and those that lie below nothing here.

    A part is of a lower level than what holds it: so none comes back to itself.
    """
    descriptions: dict[str, ClusterDescribed] = {}
    misplaced: set[str] = set()
    waiting = [description]
    while waiting:
        holder = waiting.pop()
        for part in holder.parts:
            inner = _description(states.of(part))
            if inner is None:
                continue
            if not holder.level.is_above(inner.level):
                misplaced.add(part)
            elif part not in descriptions:
                descriptions[part] = inner
                waiting.append(inner)
    return descriptions, misplaced


KIND = Kind(
    "cluster",
    (
        Part("", ClusterView, {ClusterDescribed: lambda _event: ""}, apply, derive),
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
