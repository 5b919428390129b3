"""Clusters and areas: what their projects, and those of their parts, add up to."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from services.appraisal.opening import opener, without_effect
from services.rules.heard import Heard, Recorded
from services.rules.rates import hundredths
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.cluster import ClusterDescribed, ClusterRecorded
from twincity_schemas.message import Event
from twincity_schemas.values import Value


class ClusterView(Value):
    """What one party has said of a cluster."""

    described: tuple[Recorded[ClusterDescribed], ...] = ()
    """The first, by which the describer is known, and the latest, which counts."""


def apply(before: ClusterView, event: Event[Any], _states: States) -> ClusterView:
    """Add one statement; the latest counts."""
    envelope = event.envelope
    described = Recorded[ClusterDescribed](
        recorded=envelope.recorded,
        heard=Heard[ClusterDescribed](statement=envelope.id, content=event.data),
    )
    return ClusterView(described=(*before.described[:1], described))


def derive(states: States) -> ClusterRecorded | Derived:
    """The record; none as long as nobody has described the cluster before others."""
    subject, views = states.subject, states.own
    described = {party: view.described for party, view in views.items()}
    describer = opener(described)
    no_effect = tuple(without_effect(described, describer))
    told = _told(views)
    if describer is None or told is None:
        return Derived(no_effect=no_effect)
    within = _within(views, states)
    members = {p for c in [told, *within.values()] for p in c.projects}
    latest = [
        found for project in sorted(members) if (found := _latest(states, project))
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
        unmet=no_effect,
    )


def _told(views: Mapping[str, ClusterView]) -> ClusterDescribed | None:
    describer = opener({party: view.described for party, view in views.items()})
    return views[describer].described[-1].heard.content if describer else None


def _within(
    views: Mapping[str, ClusterView], states: States
) -> dict[str, ClusterDescribed]:
    """Every cluster within a cluster, at any depth, each once."""
    found: dict[str, ClusterDescribed] = {}
    waiting = list(_parts(views))
    while waiting:
        part = waiting.pop()
        inner = states.of(part)
        if part not in found and (told := _told(inner)) is not None:
            found[part] = told
            waiting += _parts(inner)
    return found


def _parts(views: Mapping[str, ClusterView]) -> Iterator[str]:
    told = _told(views)
    if told is not None:
        yield from told.parts


def _latest(states: States, project: str) -> tuple[str, Decimal, Decimal] | None:
    """The latest period of a project: planned and invested, all sections."""
    periods = states.all_of(project, "progress")
    period = max(periods, default="")
    said = [views.reports[-1] for _, views in sorted(periods.get(period, {}).items())]
    wholes = [report for report in said if report.whole]
    counted = wholes[:1] or said
    if not counted:
        return None
    plan = sum((report.plan for report in counted), Decimal())
    return period, plan, sum((report.invested for report in counted), Decimal())


KIND = whole(
    "cluster",
    ClusterView,
    (ClusterDescribed,),
    apply,
    derive,
    lambda _states: APPRAISAL_RECORDS,
)
