"""One plan per enterprise: each side's measures, and what came of each.

A measure is the root of a chain of steps (``turns``): its owner takes it, and
whoever drew the plan passes on whether it had its effect.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.coordination.measure import (
    MeasureMove,
    Moves,
    doubts,
    due_as,
    in_force,
    not_in_plan,
    split,
)
from services.coordination.place import (
    differing,
    domain_of,
    domain_or_why_not,
    in_domain,
    leading,
)
from services.rules.closing import over
from services.rules.comparison import agreed
from services.rules.remembered import Remembered, remember
from services.rules.turns import Chain, in_turn
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
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
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import (
    Domain,
    Organisation,
)


@dataclass(frozen=True, slots=True)
class PlanView:
    """One party's plan, and its steps by measure."""

    plans: tuple[Remembered[PlanDrawn], ...] = ()
    """Each version, in its order."""
    roots: Mapping[str, str] = field(default_factory=dict)
    """By measure, the statement that first had it: a revision moves no root."""
    moves: Mapping[str, tuple[MeasureMove, ...]] = field(default_factory=dict)
    """By ``<who drew it>/<its code>``."""


Views = Mapping[str, PlanView]
Drawn = Mapping[str, tuple[Remembered[PlanDrawn], ...]]
"""By party: every version of its plan."""


def apply(before: PlanView, event: Event[Any], _states: States) -> PlanView:
    """Returns a party's view after its next statement about plans."""
    match event.data:
        case PlanDrawn(measures=measures):
            roots = {measure.code: event.envelope.id for measure in measures}
            return replace(
                before,
                plans=(*before.plans, remember(event)),
                # The first stays the root: steps answered to it before a revision.
                roots=roots | dict(before.roots),
            )
        case PlanTaken(drawn_by=drawer, measure=code, evidence=evidence):
            return _with_move(before, f"{drawer}/{code}", _move(event, evidence))
        case PlanConfirmed(drawn_by=drawer, measure=code) as data:
            move = _move(event, data.note, data.effect, data.value)
            return _with_move(before, f"{drawer}/{code}", move)
        case _:
            return before


def _with_move(before: PlanView, key: str, move: MeasureMove) -> PlanView:
    own = (*before.moves.get(key, ()), move)
    return replace(before, moves={**before.moves, key: own})


def _move(
    event: Event[Any],
    note: str,
    effect: Effect | None = None,
    value: EffectFigure | None = None,
) -> MeasureMove:
    return MeasureMove(
        step=event.type.fact,
        id=event.envelope.id,
        answers=event.data.answers,
        recorded=event.envelope.recorded,
        as_of=event.data.as_of,
        note=note,
        effect=effect,
        value=value,
    )


@dataclass(frozen=True)
class MeasureStanding:
    """One measure while its chain of steps is followed."""

    drawn_by: str
    owner: str
    state: MeasureState = MeasureState.OPEN
    taken: datetime | None = None
    value: EffectFigure | None = None


def _open_steps(standing: MeasureStanding, head: str) -> tuple[OpenStep, ...]:
    """Returns who may do what, in each state: the rule of the plan.

    Its owner takes it, whoever drew the plan finds whether it had its effect. Where
    that is its owner itself, the record says so.
    """
    match standing.state:
        case MeasureState.EFFECTIVE:
            return ()
        case MeasureState.TAKEN:
            step, party = "plan.confirmed", standing.drawn_by
        case _:  # open, or found wanting: it is to be taken again
            step, party = "plan.taken", standing.owner
    return (OpenStep(step=step, parties=(party,), answers=head),)


def _after(
    standing: MeasureStanding, _party: str, move: MeasureMove
) -> MeasureStanding:
    match move.effect:
        case None:
            return replace(standing, state=MeasureState.TAKEN, taken=move.recorded)
        case Effect.REACHED:
            state = MeasureState.EFFECTIVE
        case _:
            state = MeasureState.WANTING
    return replace(standing, state=state, value=move.value)


def record_domain(views: Views) -> Domain | None:
    """The domain of the plan that was recorded first; None before there is one."""
    return domain_of(_drawn(views))


def _drawn(views: Views) -> dict[str, tuple[Remembered[PlanDrawn], ...]]:
    return {party: view.plans for party, view in sorted(views.items()) if view.plans}


def derive(states: States) -> Derived | None:
    """The joint record; None as long as nobody has drawn a plan."""
    subject, views = states.subject, states.own
    plans = _drawn(views)
    domain = domain_or_why_not(plans)
    if not isinstance(domain, Domain):
        return domain
    versions, idle = _versions(views, plans)
    # Late is what was due before the newest statement, not before now: a clock would
    # make two clusters, or a replay, say different things.
    newest = max(
        *(own[-1].recorded for own in plans.values()),
        *(move.recorded for v in versions.values() for _, move in v.chain.taken),
        datetime.min.replace(tzinfo=UTC),
    )
    measures = {key: _measure(version, newest) for key, version in versions.items()}
    record = PlanRecorded(
        subject=str(subject),
        domain=domain,
        enterprise=_enterprise(plans),
        enterprise_state=_enterprise_state([own[-1].content for own in plans.values()]),
        differing=differing(plans, "domain"),
        plans={party: _side(party, own[-1]) for party, own in plans.items()},
        measures=dict(sorted(measures.items(), key=lambda m: (m[1].due, m[0]))),
        as_of=day_of(newest),
        statements=states.statements,
        no_effect=tuple(idle),
    )
    doubted = (
        doubt
        for party, own in plans.items()
        for doubt in doubts(party, own[-1], _of_party(party, versions))
    )
    return Derived({"": record}, idle, doubted=doubted)


def _of_party(party: str, versions: Mapping[str, "_Version"]) -> dict[str, PlanMeasure]:
    by_key = {key.partition("/"): one.content for key, one in versions.items()}
    return {code: one for (who, _, code), one in by_key.items() if who == party}


def _enterprise(plans: Drawn) -> Organisation | None:
    """The enterprise as whoever was recorded first says; None where a tie differs."""
    first, *others = [plan.enterprise for plan in leading(plans)]
    return first if all(other == first for other in others) else None


def _enterprise_state(plans: list[PlanDrawn]) -> FieldState:
    """Returns whether all plans are of one enterprise.

    By its credit code where both give one, for a name changes and is shortened.
    """
    first, *others = [plan.enterprise for plan in plans]
    alike = all(
        one.credit_code == first.credit_code
        if one.credit_code and first.credit_code
        else one.name == first.name
        for one in others
    )
    return agreed(len(plans)) if alike else FieldState.DISPUTED


def _side(party: str, plan: Remembered[PlanDrawn]) -> PlanSide:
    content = plan.content
    return PlanSide(
        statement=plan.id,
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
        first: as it was first drawn.
        changes: the deadlines that were said later.
        dropped: since when no version of the plan has it.
        chain: its steps.
    """

    content: PlanMeasure
    first: PlanMeasure
    changes: tuple[DeadlineChange, ...]
    dropped: datetime | None
    chain: Chain[MeasureStanding, MeasureMove]


def _versions(views: Views, plans: Drawn) -> tuple[dict[str, _Version], list[NoEffect]]:
    waiting: dict[str, Moves] = defaultdict(dict)
    for party in sorted(views):
        for key, moves in views[party].moves.items():
            waiting[key] = {**waiting[key], party: moves}
    versions: dict[str, _Version] = {}
    idle: list[NoEffect] = []
    for party, own in plans.items():
        for code, root in views[party].roots.items():
            key = f"{party}/{code}"
            by_party = waiting.pop(key, {})
            content, first, changes, dropped = in_force(code, own, by_party)
            # A measure that was dropped keeps the steps that were taken before.
            counted, late = split(by_party, dropped)
            start = MeasureStanding(party, content.party)
            begun = next(one.recorded for one in own if one.id == root)
            chain = in_turn(start, root, counted, _open_steps, _after, begun=begun)
            versions[key] = _Version(content, first, changes, dropped, chain)
            idle += [*chain.no_effect, *not_in_plan(key, late)]
    for key, by_party in sorted(waiting.items()):
        idle += not_in_plan(key, by_party)
    return versions, idle


def _measure(version: _Version, newest: datetime) -> MeasureRecord:
    measure, first, chain = version.content, version.first, version.chain
    standing = chain.state
    state = standing.state
    # Late before dropped: to strike a measure after its day undoes no delay.
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
        first_due=first.due,
        changes=version.changes,
        dropped=None if version.dropped is None else day_of(version.dropped),
        first=None if due_as(measure, first) == measure else first,
        effect=measure.effect,
        target=measure.target,
        state=state,
        taken_late=None
        if standing.taken is None
        else over(measure.due, standing.taken),
        value=standing.value,
        self_confirmed=_self_confirmed(chain),
        steps=tuple(
            MeasureStep(
                step=move.step,
                party=party,
                statement=move.id,
                as_of=move.as_of,
                note=move.note,
            )
            for party, move in chain.taken
        ),
        open=() if version.dropped else _open_steps(standing, chain.head),
    )


def _self_confirmed(chain: Chain[MeasureStanding, MeasureMove]) -> bool:
    """Returns whether the last to find what came of a measure is who had taken it."""
    takers = [party for party, move in chain.taken if move.effect is None]
    finders = [party for party, move in chain.taken if move.effect is not None]
    return bool(finders) and finders[-1] == takers[-1]


KIND = whole(
    "plan",
    PlanView,
    (PlanDrawn, PlanTaken, PlanConfirmed),
    apply,
    derive,
    in_domain(record_domain),
)
