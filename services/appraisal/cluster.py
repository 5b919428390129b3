"""Clusters and areas: what their projects, and those of their parts, add up to.

One month at a time: the last that all projects reported in full, and beside it the
latest with its coverage. So one silent party neither falsifies nor freezes an area.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.appraisal.facts import Coverage, Whole, periods, whole
from services.appraisal.opening import opener, without_effect
from services.appraisal.said import EVER
from services.rules.heard import Recorded, recorded
from services.rules.rates import hundredths
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.cluster import (
    ClusterDescribed,
    ClusterRecorded,
    LatestMonth,
    MembershipRecorded,
    ProjectStanding,
)
from twincity_schemas.message import Event
from twincity_schemas.values import Value


class ClusterView(Value):
    """What one party has said of a cluster."""

    described: tuple[Recorded[ClusterDescribed], ...] = ()
    """The first, by which the describer is known, and the latest, which counts."""


Views = Mapping[str, ClusterView]


def apply(before: ClusterView, event: Event[Any], _states: States) -> ClusterView:
    """Add one statement; the latest counts."""
    return ClusterView(described=(*before.described[:1], recorded(event)))


class _Rolled:
    """A cluster's projects, month by month."""

    def __init__(self, told: ClusterDescribed, states: States) -> None:
        subject = str(states.subject)
        within, self.holds_itself = _within(subject, told, states)
        self.clusters = len(within)
        self.through: dict[str, list[str]] = {}
        for name, content in sorted({**within, subject: told}.items()):
            for project in content.projects:
                self.through.setdefault(project, []).append(name)
        self.months = {
            project: {
                month: whole(states, project, month, said, EVER)
                for month, said in periods(states, project).items()
            }
            for project in sorted(self.through)
        }

    @property
    def complete(self) -> str | None:
        """The last month for which every project is known in full."""
        months = [
            {m for m, found in known.items() if found.coverage is Coverage.FULL}
            for known in self.months.values()
        ]
        return max(set.intersection(*months), default=None) if months else None

    @property
    def latest(self) -> str | None:
        """The latest month that anything was reported of."""
        return max((m for known in self.months.values() for m in known), default=None)

    def standing(
        self, project: str, month: str
    ) -> tuple[ProjectStanding, str | None, Whole]:
        """How a project counts in a month: itself, or an earlier one of the year."""
        known = self.months[project]
        found = known.get(month)
        if found is not None and found.coverage is not Coverage.PARTIAL:
            full = found.coverage is Coverage.FULL
            return (
                (ProjectStanding.FULL if full else ProjectStanding.DISPUTED),
                month,
                found,
            )
        for earlier in sorted(known, reverse=True):
            old = known[earlier]
            if f"{month[:4]}-01" <= earlier < month and old.coverage is Coverage.FULL:
                return ProjectStanding.OLD, earlier, old
        return ProjectStanding.UNKNOWN, None, found or Whole(Coverage.PARTIAL)


def derive(states: States) -> Derived:
    """The record; none as long as nobody has described the cluster before others."""
    described = {party: view.described for party, view in states.own.items()}
    describer = opener(described)
    no_effect = tuple(without_effect(described, describer))
    told = _told(states.own)
    if describer is None or told is None:
        return Derived(no_effect=no_effect)
    rolled = _Rolled(told, states)
    month = rolled.complete
    sums = [found[month] for found in rolled.months.values()] if month else []
    plan, invested, rate = _sum(sums)
    record = ClusterRecorded(
        subject=str(states.subject),
        described_by=describer,
        name=told.name,
        level=told.level,
        projects=len(rolled.months),
        clusters=rolled.clusters,
        holds_itself=rolled.holds_itself,
        reported=len(sums),
        period=month,
        annual_plan=plan,
        annual_investment=invested,
        rate=rate,
        latest=_latest(rolled),
        parts=states.parts,
        unmet=no_effect,
    )
    return Derived({"": record}, no_effect)


def _sum(found: list[Whole]) -> tuple[Decimal, Decimal, Decimal | None]:
    plan = sum((one.plan for one in found), Decimal())
    invested = sum((one.invested for one in found), Decimal())
    return plan, invested, hundredths(invested / plan * 100) if plan else None


def _latest(rolled: _Rolled) -> LatestMonth | None:
    month = rolled.latest
    if month is None:
        return None
    standing = [rolled.standing(project, month) for project in rolled.months]
    counts = Counter(kind for kind, _, _ in standing)
    plan, invested, rate = _sum([found for _, _, found in standing if _counts(found)])
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


def _counts(found: Whole) -> bool:
    return found.coverage is Coverage.FULL


def derive_list(states: States) -> Derived:
    """A record for each project, counted once."""
    told = _told(states.of(str(states.subject)))
    if told is None:
        return Derived()
    rolled = _Rolled(told, states)
    month = rolled.latest or ""
    parts = [_member(project, month, rolled, states) for project in rolled.months]
    return Derived({part.part: part for part in parts})


def _member(
    project: str, month: str, rolled: _Rolled, states: States
) -> MembershipRecorded:
    standing, period, found = rolled.standing(project, month)
    return MembershipRecorded(
        subject=str(states.subject),
        part=f"member/{project.partition('/')[2]}",
        project=project,
        through=tuple(rolled.through[project]),
        standing=standing,
        period=period if _counts(found) else None,
        annual_plan=found.plan if _counts(found) else None,
        annual_investment=found.invested if _counts(found) else None,
        missing=rolled.months[project].get(month, found).missing,
    )


def _told(views: Views) -> ClusterDescribed | None:
    describer = opener({party: view.described for party, view in views.items()})
    return views[describer].described[-1].heard.content if describer else None


def _within(
    subject: str, told: ClusterDescribed, states: States
) -> tuple[dict[str, ClusterDescribed], bool]:
    """Every cluster within one, each once, and whether it comes back to itself."""
    found: dict[str, ClusterDescribed] = {}
    waiting, holds_itself = [*told.parts], False
    while waiting:
        part = waiting.pop()
        if part == subject:
            holds_itself = True
        elif part not in found and (inner := _told(states.of(part))) is not None:
            found[part] = inner
            waiting += inner.parts
    return found, holds_itself


KIND = Kind(
    "cluster",
    (
        Part("", ClusterView, {ClusterDescribed: lambda _event: ""}, apply, derive),
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
