"""One plan per enterprise: each side's measures, and what came of each.

A measure is the root of a chain of steps (``turns``): its owner takes it, and
whoever drew the plan passes on whether it had its effect.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from services.coordination.measure import Step, in_force
from services.coordination.place import (
    differing,
    domain_of,
    in_domain,
    leading,
    undecided,
)
from services.rules.closing import day, over
from services.rules.heard import Heard, Recorded, recorded
from services.rules.turns import Chain, in_turn
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.plan import (
    Effect,
    EffectFigure,
    PlanConfirmed,
    PlanDrawn,
    PlanMeasure,
    PlanTaken,
)
from twincity_schemas.plan_record import (
    MeasureRecord,
    MeasureState,
    MeasureStep,
    PlanRecorded,
    PlanSide,
)
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import OpenStep, Unmet
from twincity_schemas.values import (
    Domain,
    Organisation,
    Value,
)


class PlanView(Value):
    """What one party has said: its plan, and its steps by measure."""

    plans: tuple[Recorded[PlanDrawn], ...] = ()
    """Each version, in its order."""
    roots: Mapping[str, str] = Field(default_factory=dict)
    """By measure, the statement that first had it: a revision moves no root."""
    steps: Mapping[str, tuple[Step, ...]] = Field(default_factory=dict)
    """By ``<who drew it>/<its code>``."""


Views = Mapping[str, PlanView]
Drawn = Mapping[str, tuple[Recorded[PlanDrawn], ...]]
"""By party: every version of its plan."""


def apply(before: PlanView, event: Event[Any], _states: States) -> PlanView:
    """Add one statement to what its party has said."""
    envelope, data = event.envelope, event.data
    match data:
        case PlanDrawn():
            roots = {measure.code: envelope.id for measure in data.measures}
            return before.model_copy(
                update={
                    "plans": (*before.plans, recorded(event)),
                    "roots": roots | dict(before.roots),
                }
            )
        case PlanTaken() | PlanConfirmed():
            key = f"{data.drawn_by}/{data.measure}"
            said = (*before.steps.get(key, ()), _step(envelope, data))
            return before.model_copy(update={"steps": {**before.steps, key: said}})
        case _:
            return before


def _step(envelope: Envelope, data: PlanTaken | PlanConfirmed) -> Step:
    step = Step(
        step=EVENT_TYPE_OF[type(data)].fact,
        statement=envelope.id,
        answers=data.answers,
        recorded=envelope.recorded,
        as_of=data.as_of,
        note=data.evidence if isinstance(data, PlanTaken) else data.note,
    )
    if isinstance(data, PlanTaken):
        return step
    return step.model_copy(update={"effect": data.effect, "value": data.value})


@dataclass(frozen=True)
class _Standing:
    """Where a measure stands while its chain is followed."""

    drawn_by: str
    owner: str
    state: MeasureState = MeasureState.OPEN
    taken: datetime | None = None
    value: EffectFigure | None = None


def _open(standing: _Standing, head: str) -> tuple[OpenStep, ...]:
    """Who may do what, in each state: the rule of the plan."""
    match standing.state:
        case MeasureState.EFFECTIVE:
            return ()
        case MeasureState.TAKEN:
            step, party = "plan.confirmed", standing.drawn_by
        case _:
            step, party = "plan.taken", standing.owner
    return (OpenStep(step=step, parties=(party,), answers=head),)


def _after(standing: _Standing, _party: str, step: Step) -> _Standing:
    match step.effect:
        case None:
            return replace(standing, state=MeasureState.TAKEN, taken=step.recorded)
        case Effect.REACHED:
            state = MeasureState.EFFECTIVE
        case _:
            state = MeasureState.WANTING
    return replace(standing, state=state, value=step.value)


def home(views: Views) -> Domain | None:
    """The domain of the plan that was recorded first; None before there is one."""
    return domain_of(_drawn(views))


def _drawn(views: Views) -> dict[str, tuple[Recorded[PlanDrawn], ...]]:
    return {party: view.plans for party, view in sorted(views.items()) if view.plans}


def derive(states: States) -> PlanRecorded | Derived | None:
    """The joint record; None as long as nobody has drawn a plan."""
    subject, views = states.subject, states.own
    plans = _drawn(views)
    if not plans:
        return None
    domain = domain_of(plans)
    if domain is None:
        return Derived(no_effect=undecided(plans))
    versions, unmet = _versions(views, plans)
    newest = max(
        *(own[-1].recorded for own in plans.values()),
        *(step.recorded for v in versions.values() for _, step in v.chain.taken),
        datetime.min.replace(tzinfo=UTC),
    )
    measures = {key: _measure(version, newest) for key, version in versions.items()}
    return PlanRecorded(
        subject=str(subject),
        domain=domain,
        enterprise=_enterprise(plans),
        enterprise_state=_same([own[-1].heard.content for own in plans.values()]),
        differing=differing(plans, "domain"),
        plans={party: _side(party, own[-1].heard) for party, own in plans.items()},
        measures=dict(sorted(measures.items(), key=lambda m: (m[1].due, m[0]))),
        as_of=day(newest),
        statements=states.statements,
        unmet=tuple(unmet),
    )


def _enterprise(plans: Drawn) -> Organisation | None:
    """The enterprise as whoever was recorded first says; None where a tie differs."""
    first, *others = [plan.enterprise for plan in leading(plans)]
    return first if all(other == first for other in others) else None


def _same(plans: list[PlanDrawn]) -> FieldState:
    first, *others = [plan.enterprise for plan in plans]
    if not others:
        return FieldState.SINGLE
    alike = all(
        one.credit_code == first.credit_code
        if one.credit_code and first.credit_code
        else one.name == first.name
        for one in others
    )
    return FieldState.SETTLED if alike else FieldState.DISPUTED


def _side(party: str, plan: Heard[PlanDrawn]) -> PlanSide:
    content = plan.content
    return PlanSide(
        statement=plan.statement,
        enterprise=content.enterprise,
        project=content.project,
        aim=content.aim,
        measures=tuple(f"{party}/{measure.code}" for measure in content.measures),
        as_of=content.as_of,
        source=content.source,
    )


@dataclass(frozen=True)
class _Version:
    """A measure as it is in force, and how it came to be so.

    Attributes:
        content: with the deadline that counts.
        first_due: as it was first said.
        changes: the deadlines that were said later.
        dropped: since when no version of the plan has it.
        chain: its steps.
    """

    content: PlanMeasure
    first_due: str
    changes: tuple[DeadlineChange, ...]
    dropped: datetime | None
    chain: Chain[_Standing, Step]


def _versions(views: Views, plans: Drawn) -> tuple[dict[str, _Version], list[Unmet]]:
    moves: dict[str, dict[str, tuple[Step, ...]]] = defaultdict(dict)
    for party in sorted(views):
        for key, steps in views[party].steps.items():
            moves[key][party] = steps
    found: dict[str, _Version] = {}
    unmet: list[Unmet] = []
    for party, own in plans.items():
        for code, root in views[party].roots.items():
            key = f"{party}/{code}"
            said = moves.pop(key, {})
            content, first_due, changes, dropped = in_force(code, own, said)
            late = {
                who: tuple(s for s in steps if dropped and s.recorded > dropped)
                for who, steps in said.items()
            }
            counted = {
                who: tuple(s for s in steps if not dropped or s.recorded <= dropped)
                for who, steps in said.items()
            }
            start = _Standing(party, content.party)
            chain = in_turn(start, root, counted, _open, _after)
            found[key] = _Version(content, first_due, changes, dropped, chain)
            unmet += [*chain.unmet, *_not_in_plan(key, late)]
    for key, by_party in sorted(moves.items()):
        unmet += _not_in_plan(key, by_party)
    return found, unmet


def _not_in_plan(key: str, by_party: Mapping[str, tuple[Step, ...]]) -> list[Unmet]:
    return [
        Unmet(
            statement=step.statement,
            party=party,
            step=step.step,
            code="not_in_plan",
            zh=f"现行计划中没有措施 {key}",
            en=f"no plan has the measure {key} at present",
        )
        for party in sorted(by_party)
        for step in by_party[party]
    ]


def _measure(version: _Version, newest: datetime) -> MeasureRecord:
    measure, chain = version.content, version.chain
    standing = chain.state
    state = standing.state
    if state is MeasureState.OPEN and over(measure.due, version.dropped or newest):
        state = MeasureState.LATE
    elif version.dropped and state is not MeasureState.EFFECTIVE:
        state = MeasureState.DROPPED
    return MeasureRecord(
        what=measure.what,
        drawn_by=standing.drawn_by,
        party=measure.party,
        unit=measure.unit,
        due=measure.due,
        first_due=version.first_due,
        changes=version.changes,
        dropped=None if version.dropped is None else day(version.dropped),
        effect=measure.effect,
        target=measure.target,
        state=state,
        taken_late=None
        if standing.taken is None
        else over(measure.due, standing.taken),
        value=standing.value,
        steps=tuple(
            MeasureStep(
                step=step.step,
                party=party,
                statement=step.statement,
                as_of=step.as_of,
                note=step.note,
            )
            for party, step in chain.taken
        ),
        open=() if version.dropped else _open(standing, chain.head),
    )


KIND = whole(
    "plan",
    PlanView,
    (PlanDrawn, PlanTaken, PlanConfirmed),
    apply,
    derive,
    in_domain(home),
)
