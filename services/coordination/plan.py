"""One plan per enterprise: each side's measures, and what came of each.

A measure is the root of a chain of steps (``turns``): its owner takes it, and
whoever drew the plan passes on whether it had its effect.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from services.coordination.place import in_domain
from services.rules.heard import Heard
from services.rules.turns import Chain, Move, in_turn
from services.runtime.kinds import States, whole
from twincity_schemas.catalogue import EVENT_TYPE_OF
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
    PartialDate,
    Value,
    earlier,
)


class Step(Move):
    """A step of a measure as it was said."""

    as_of: PartialDate
    note: str
    effect: Effect | None = None
    value: EffectFigure | None = None


class PlanView(Value):
    """What one party has said: its plan, and its steps by measure."""

    plan: Heard[PlanDrawn] | None = None
    roots: Mapping[str, str] = Field(default_factory=dict)
    """By measure, the statement that first had it: a revision moves no root."""
    steps: Mapping[str, tuple[Step, ...]] = Field(default_factory=dict)
    """By ``<who drew it>/<its code>``."""


Views = Mapping[str, PlanView]
Drawn = Mapping[str, Heard[PlanDrawn]]
"""By party: the plans there are, in code order."""


def apply(before: PlanView, event: Event[Any], _states: States) -> PlanView:
    """Add one statement to what its party has said."""
    envelope, data = event.envelope, event.data
    match data:
        case PlanDrawn():
            roots = {measure.code: envelope.id for measure in data.measures}
            plan = Heard[PlanDrawn](statement=envelope.id, content=data)
            return before.model_copy(
                update={"plan": plan, "roots": roots | dict(before.roots)}
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
    taken: str | None = None
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
            return replace(standing, state=MeasureState.TAKEN, taken=step.as_of)
        case Effect.REACHED:
            state = MeasureState.EFFECTIVE
        case _:
            state = MeasureState.WANTING
    return replace(standing, state=state, value=step.value)


def home(views: Views) -> Domain | None:
    """The domain of the first plan in code order; None before there is one."""
    plans = _drawn(views)
    return plans[min(plans)].content.domain if plans else None


def _drawn(views: Views) -> dict[str, Heard[PlanDrawn]]:
    return {
        party: plan
        for party in sorted(views)
        if (plan := views[party].plan) is not None
    }


def derive(states: States) -> PlanRecorded | None:
    """The joint record; None as long as nobody has drawn a plan."""
    subject, views = states.subject, states.own
    plans = _drawn(views)
    if not plans:
        return None
    first = plans[min(plans)].content
    chains, unmet = _chains(views, plans)
    as_of = max(
        *(plan.content.as_of for plan in plans.values()),
        *(step.as_of for _, chain in chains.values() for _, step in chain.taken),
        "",
    )
    measures = {
        key: _measure(measure, chain, as_of) for key, (measure, chain) in chains.items()
    }
    return PlanRecorded(
        subject=str(subject),
        domain=first.domain,
        enterprise=first.enterprise,
        enterprise_state=_same([plan.content.enterprise for plan in plans.values()]),
        plans={party: _side(party, plan) for party, plan in plans.items()},
        measures=dict(sorted(measures.items(), key=lambda m: (m[1].due, m[0]))),
        as_of=as_of,
        statements=states.statements,
        unmet=tuple(unmet),
    )


def _same(enterprises: list[Organisation]) -> FieldState:
    first, *others = enterprises
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


MeasureChain = Chain[_Standing, Step]


def _chains(
    views: Views, plans: Drawn
) -> tuple[dict[str, tuple[PlanMeasure, MeasureChain]], list[Unmet]]:
    moves: dict[str, dict[str, tuple[Step, ...]]] = defaultdict(dict)
    for party in sorted(views):
        for key, steps in views[party].steps.items():
            moves[key][party] = steps
    chains: dict[str, tuple[PlanMeasure, MeasureChain]] = {}
    unmet: list[Unmet] = []
    for party, plan in plans.items():
        for measure in plan.content.measures:
            key = f"{party}/{measure.code}"
            start = _Standing(party, measure.party)
            root = views[party].roots[measure.code]
            chain = in_turn(start, root, moves.pop(key, {}), _open, _after)
            chains[key] = measure, chain
            unmet += chain.unmet
    for key, by_party in sorted(moves.items()):
        unmet += _not_in_plan(key, by_party)
    return chains, unmet


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


def _measure(measure: PlanMeasure, chain: MeasureChain, as_of: str) -> MeasureRecord:
    standing = chain.state
    late = standing.state is MeasureState.OPEN and earlier(measure.due, as_of)
    return MeasureRecord(
        what=measure.what,
        drawn_by=standing.drawn_by,
        party=measure.party,
        unit=measure.unit,
        due=measure.due,
        effect=measure.effect,
        target=measure.target,
        state=MeasureState.LATE if late else standing.state,
        taken_late=None
        if standing.taken is None
        else earlier(measure.due, standing.taken),
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
        open=_open(standing, chain.head),
    )


KIND = whole(
    "plan",
    PlanView,
    (PlanDrawn, PlanTaken, PlanConfirmed),
    apply,
    derive,
    in_domain(home),
)
