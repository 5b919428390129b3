"""Clusters and areas: what their projects, and those of their parts, add up to."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal

from pydantic import BaseModel

from services.appraisal.appraised import Appraised, Others, Views, first, not_first
from services.appraisal.facts import Project, Projects
from services.rules.heard import Heard
from services.rules.rates import hundredths
from twincity_schemas.cluster import ClusterDescribed, ClusterRecorded
from twincity_schemas.envelope import Envelope
from twincity_schemas.values import Subject, Value


class ClusterView(Value):
    """What one party has said of a cluster."""

    described: Heard[ClusterDescribed] | None = None


def hear(before: ClusterView, envelope: Envelope, data: BaseModel) -> ClusterView:
    """Add one statement; the latest counts."""
    if not isinstance(data, ClusterDescribed):
        return before
    described = Heard[ClusterDescribed](statement=envelope.id, content=data)
    return ClusterView(described=described)


def derive(
    subject: Subject, views: Views[ClusterView], projects: Projects, others: Others
) -> ClusterRecorded | None:
    """The record; None as long as nobody has described the cluster."""
    describer = first({party: view.described for party, view in views.items()})
    told = _told(views)
    if describer is None or told is None:
        return None
    within = _within(views, others)
    members = {p for c in [told, *within.values()] for p in c.projects}
    latest = [
        found for project in sorted(members) if (found := _latest(projects(project)))
    ]
    period = max((name for name, _, _ in latest), default=None)
    # Figures of different years do not add up: those of the latest year do.
    counted = [f for f in latest if period and f[0][:4] == period[:4]]
    plan = sum((p for _, p, _ in counted), Decimal())
    invested = sum((i for _, _, i in counted), Decimal())
    return ClusterRecorded(
        subject=str(subject),
        described_by=describer,
        name=told.name,
        level=told.level,
        projects=len(members),
        clusters=len(within),
        reported=len(latest),
        period=period,
        annual_plan=plan,
        annual_investment=invested,
        rate=hundredths(invested / plan * 100) if plan else None,
        unmet=tuple(
            not_first(party, view.described, describer)
            for party, view in sorted(views.items())
            if view.described is not None and party != describer
        ),
    )


def _told(views: Views[ClusterView]) -> ClusterDescribed | None:
    describer = first({party: view.described for party, view in views.items()})
    described = views[describer].described if describer else None
    return described.content if described else None


def _within(views: Views[ClusterView], others: Others) -> dict[str, ClusterDescribed]:
    """Every cluster within a cluster, at any depth, each once."""
    found: dict[str, ClusterDescribed] = {}
    waiting = list(_parts(views))
    while waiting:
        part = waiting.pop()
        inner = others(part)
        if part not in found and (told := _told(inner)) is not None:
            found[part] = told
            waiting += _parts(inner)
    return found


def _parts(views: Views[ClusterView]) -> Iterator[str]:
    told = _told(views)
    if told is not None:
        yield from told.parts


def _latest(project: Project) -> tuple[str, Decimal, Decimal] | None:
    """The latest period of a project: planned and invested, all sections."""
    period = max(
        (name for facts in project.values() for name in facts.reports), default=""
    )
    said = [
        facts.reports[period][-1]
        for _, facts in sorted(project.items())
        if period in facts.reports
    ]
    wholes = [report for report in said if report.whole]
    counted = wholes[:1] or said
    if not counted:
        return None
    plan = sum((report.plan for report in counted), Decimal())
    return period, plan, sum((report.invested for report in counted), Decimal())


def _rests_on(views: Views[ClusterView], others: Others) -> AbstractSet[str]:
    told = _told(views)
    if told is None:
        return set()
    within = _within(views, others)
    # A part that nobody has described yet may be described any time.
    parts = {part for c in [told, *within.values()] for part in c.parts}
    return parts | {project for c in [told, *within.values()] for project in c.projects}


AGGREGATE = Appraised("cluster", ClusterView, hear, derive, _rests_on)
