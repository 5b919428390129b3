"""One entry of the obstacle ledger (挂账销号), from each party's steps.

A party's registration opens an obstacle, and is the root of its chain of steps
(``turns``). Who may do what is said once, in ``_open``; what has no effect though it
is open, in ``_against``. A deadline that has passed is never moved: it stays with
whoever had the obstacle then (``missed``), also when that is given to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from services.rules import presence
from services.rules.heard import Reason
from services.rules.turns import Chain, Move, in_turn
from services.runtime.kinds import Name, States
from twincity_schemas.message import Event
from twincity_schemas.obstacle import (
    MissedDeadline,
    ObstacleAssigned,
    ObstacleCancelled,
    ObstacleEscalated,
    ObstacleExtended,
    ObstacleHandled,
    ObstacleRecorded,
    ObstacleRegistered,
    ObstacleReturned,
    ObstacleState,
    ObstacleStep,
    ObstacleSubmitted,
    ObstacleVerified,
    ObstacleVersion,
)
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import (
    Organisation,
    PartialDate,
    Subject,
    Value,
    earlier,
)

_STEPS = (
    ObstacleAssigned,
    ObstacleHandled,
    ObstacleExtended,
    ObstacleSubmitted,
    ObstacleReturned,
    ObstacleVerified,
    ObstacleCancelled,
    ObstacleEscalated,
)

OVER = frozenset({ObstacleState.CLOSED, ObstacleState.CANCELLED})
"""Nothing is left to be done."""

QUIET = timedelta(days=30)
"""How long nothing has to be done before it can be raised to the level above while it
is not yet due. No published paper names a number; it is the contract's own."""


class Registration(Value):
    """An obstacle as its party registered it, once or again."""

    statement: str
    recorded: datetime
    content: ObstacleRegistered


class Step(Move):
    """A step as it was said."""

    recorded: datetime
    as_of: PartialDate
    note: str
    to: str | None = None
    unit: Organisation | None = None
    due: PartialDate | None = None
    level: Organisation | None = None


class Obstacle(Value):
    """What one party has said of an obstacle."""

    registered: tuple[Registration, ...] = ()
    """The first is the root of the steps, the last says the text."""
    steps: tuple[Step, ...] = ()


Views = Mapping[str, Obstacle]
"""What each party has said of one obstacle."""


def name_of(event: Event[Any]) -> str:
    """Returns which obstacle a statement is about: ``<who raised it>/<its name>``."""
    raiser = getattr(event.data, "raised_by", event.envelope.party)
    return f"{raiser}/{event.data.obstacle}"


def apply(before: Obstacle, event: Event[Any], _states: States) -> Obstacle:
    """Add a party's statement about one obstacle; a text said again replaces it."""
    envelope, data = event.envelope, event.data
    if not isinstance(data, ObstacleRegistered):
        return Obstacle(
            registered=before.registered, steps=(*before.steps, _step(event))
        )
    registered = Registration(
        statement=envelope.id, recorded=envelope.recorded, content=data
    )
    return Obstacle(registered=(*before.registered, registered), steps=before.steps)


TAKES: dict[type[BaseModel], Name] = dict.fromkeys(
    (ObstacleRegistered, *_STEPS), name_of
)


def _step(event: Event[Any]) -> Step:
    envelope, data = event.envelope, event.data
    said = {name: getattr(data, name, None) for name in ("to", "unit", "due", "level")}
    return Step(
        step=event.type.fact,
        statement=envelope.id,
        recorded=envelope.recorded,
        answers=data.answers,
        as_of=data.as_of,
        note=getattr(data, "note", None) or getattr(data, "task", ""),
        **said,
    )


def as_of(views: Views, moment: datetime) -> dict[str, Obstacle]:
    """What the parties had said by a moment, by when it was recorded."""
    return {
        party: Obstacle(
            registered=tuple(r for r in view.registered if r.recorded <= moment),
            steps=tuple(step for step in view.steps if step.recorded <= moment),
        )
        for party, view in views.items()
    }


@dataclass(frozen=True)
class _Standing:
    """Where an obstacle stands while its chain is followed.

    Attributes:
        askers: who may assign and verify: whoever raised it; once that has left,
            the members that stay.
        staying: the members that have not left.
        touched: when the last step was recorded.
        submitted: when its closure was asked for, as recorded.
        missed: the first deadline that passed while each party had it.
    """

    raised_by: str
    askers: tuple[str, ...]
    staying: tuple[str, ...]
    due: str
    unit: Organisation
    touched: datetime
    state: ObstacleState = ObstacleState.REGISTERED
    assigned_to: str | None = None
    submitted: datetime | None = None
    extensions: int = 0
    missed: tuple[MissedDeadline, ...] = ()
    escalated_to: Organisation | None = None

    @property
    def holder(self) -> str:
        """Who has to act: whoever it is assigned to, or else whoever raised it."""
        return self.assigned_to or self.raised_by

    def has_passed(self, moment: datetime) -> bool:
        """Whether it was overdue at a moment, and nobody had asked to close it."""
        return self.submitted is None and earlier(self.due, presence.day_of(moment))


def _open(standing: _Standing, head: str) -> tuple[OpenStep, ...]:
    """Who may do what, in each state: the rule of the ledger."""
    asker = standing.askers
    assigned = (standing.assigned_to or "",)
    others = tuple(m for m in standing.staying if m != standing.assigned_to)
    # Whoever handled it does not verify it alone: another member may, too.
    seen_by = asker if asker != assigned else tuple({*asker, *others})
    both = tuple({*asker, *assigned})
    may: dict[ObstacleState, dict[str, tuple[str, ...]]] = {
        ObstacleState.REGISTERED: {
            "assigned": asker,
            "cancelled": asker,
            "escalated": asker,
        },
        ObstacleState.ASSIGNED: {
            "handled": assigned,
            "submitted": assigned,
            "returned": assigned,
            "extended": asker,
            "assigned": asker,
            "cancelled": asker,
            "escalated": both,
        },
        ObstacleState.IN_HAND: {
            "handled": assigned,
            "submitted": assigned,
            "extended": asker,
            "assigned": asker,
            "cancelled": asker,
            "escalated": both,
        },
        ObstacleState.SUBMITTED: {
            "verified": seen_by,
            "returned": asker,
            "escalated": both,
        },
        ObstacleState.SELF_VERIFIED: {"verified": others, "returned": others},
        ObstacleState.CLOSED: {},
        ObstacleState.CANCELLED: {},
    }
    return tuple(
        OpenStep(step=f"obstacle.{step}", parties=tuple(sorted(parties)), answers=head)
        for step, parties in may[standing.state].items()
        if parties
    )


def _against(standing: _Standing, _party: str, step: Step) -> Reason | None:
    """Why a step that is open has no effect: what the deadline forbids."""
    match step.step.removeprefix("obstacle."):
        case "extended" if standing.has_passed(step.recorded):
            return (
                "after_due",
                f"时限 {standing.due} 已过，延期不生效",
                f"it was due {standing.due}: an extension after that has no effect",
            )
        case "extended" if not earlier(standing.due, step.due or standing.due):
            return (
                "not_later",
                f"延期须晚于现行时限 {standing.due}",
                f"an extension has to be later than {standing.due}",
            )
        case "escalated" if not (
            standing.has_passed(step.recorded)
            or step.recorded - standing.touched >= QUIET
        ):
            return (
                "too_early",
                f"未逾期，且未满 {QUIET.days} 日无进展，暂不能提级协调",
                f"it is not overdue, nor untouched for {QUIET.days} days",
            )
        case _:
            return None


def _after(standing: _Standing, party: str, step: Step) -> _Standing:
    standing = replace(standing, touched=step.recorded)
    change: dict[str, Any]
    match step.step.removeprefix("obstacle."):
        case "assigned":
            return _assigned(standing, step)
        case "handled":
            change = {"state": ObstacleState.IN_HAND}
        case "extended":
            change = {
                "due": step.due or standing.due,
                "extensions": standing.extensions + 1,
            }
        case "submitted":
            change = {"state": ObstacleState.SUBMITTED, "submitted": step.recorded}
        case "returned" if standing.state is not ObstacleState.ASSIGNED:
            change = {"state": ObstacleState.IN_HAND, "submitted": None}
        case "returned":
            standing = _missing(standing, step.recorded)
            change = {"state": ObstacleState.REGISTERED, "assigned_to": None}
        case "cancelled":
            standing = _missing(standing, step.recorded)
            change = {"state": ObstacleState.CANCELLED}
        case "escalated":
            change = {"escalated_to": step.level}
        case _:  # verified
            alone = party == standing.assigned_to
            closed = ObstacleState.SELF_VERIFIED if alone else ObstacleState.CLOSED
            change = {"state": closed}
    return replace(standing, **change)


def _assigned(standing: _Standing, step: Step) -> _Standing:
    """It is given to a party, which has its own deadline unless it missed one.

    Whoever has it already gets no earlier one; a later one counts as an extension.
    """
    was_missed = standing.has_passed(step.recorded)
    standing = _missing(standing, step.recorded)
    mine = [missed.due for missed in standing.missed if missed.party == step.to]
    due = mine[0] if mine else step.due or standing.due
    later = earlier(standing.due, due)
    if standing.assigned_to == step.to and not later:
        due = standing.due
    moved = later and not was_missed
    return replace(
        standing,
        state=ObstacleState.ASSIGNED,
        assigned_to=step.to,
        unit=step.unit or standing.unit,
        due=due,
        extensions=standing.extensions + moved,
    )


def _missing(standing: _Standing, moment: datetime) -> _Standing:
    """Note the deadline that its holder has missed by a moment, if it has."""
    known = {missed.due for missed in standing.missed}
    if not standing.has_passed(moment) or standing.due in known:
        return standing
    missed = MissedDeadline(party=standing.holder, due=standing.due)
    return replace(standing, missed=(*standing.missed, missed))


Standing = tuple[ObstacleRecorded | None, tuple[NoEffect, ...]]


def standing(
    subject: Subject, name: str, views: Views, where: presence.Views
) -> Standing:
    """Returns the obstacle as it stands, and the steps that have no effect.

    Args:
        subject: the project.
        name: ``<who raised it>/<its name>``.
        views: what each party has said of it.
        where: where each party was; as of the same moment as the views.
    """
    raiser = name.partition("/")[0]
    registered = views[raiser].registered if raiser in views else ()
    moves = {party: view.steps for party, view in views.items() if view.steps}
    if not registered:
        return None, _unregistered(name, moves)
    staying = presence.staying(where, subject.members)
    first = registered[0]
    start = _Standing(
        raised_by=raiser,
        askers=(raiser,) if raiser in staying else staying,
        staying=staying,
        due=first.content.due,
        unit=registered[-1].content.unit,
        touched=first.recorded,
    )
    start = _registered_again(start, registered[1:], moves)
    there, gone = _said_while_there(moves, where)
    chain = in_turn(start, first.statement, there, _open, _after, _against)
    idle = (*chain.no_effect, *gone)
    return _record(subject, name, registered, chain, idle), idle


def _registered_again(
    start: _Standing,
    registered: tuple[Registration, ...],
    moves: Mapping[str, tuple[Step, ...]],
) -> _Standing:
    """A later date said before anybody was given it, and in time, is an extension."""
    given = [
        step.recorded
        for steps in moves.values()
        for step in steps
        if step.step == "obstacle.assigned"
    ]
    for again in registered:
        if given and again.recorded >= min(given):
            break
        due = again.content.due
        if earlier(start.due, due) and not start.has_passed(again.recorded):
            start = replace(start, due=due, extensions=start.extensions + 1)
    return start


def _said_while_there(
    moves: Mapping[str, tuple[Step, ...]], where: presence.Views
) -> tuple[dict[str, tuple[Step, ...]], tuple[NoEffect, ...]]:
    """The steps of parties that were members then; those of leavers have no effect."""
    there: dict[str, tuple[Step, ...]] = {}
    gone: list[NoEffect] = []
    for party, steps in sorted(moves.items()):
        away = [s for s in steps if presence.is_away(where, party, s.recorded)]
        there[party] = tuple(s for s in steps if s not in away)
        code, zh, en = presence.HAD_LEFT
        gone += [
            NoEffect(
                statement=step.statement,
                party=party,
                step=step.step,
                code=code,
                zh=zh,
                en=en,
            )
            for step in away
        ]
    return there, tuple(gone)


def _record(
    subject: Subject,
    name: str,
    registered: tuple[Registration, ...],
    chain: Chain[_Standing, Step],
    idle: tuple[NoEffect, ...],
) -> ObstacleRecorded:
    now, content = chain.state, registered[-1].content
    first = ObstacleStep(
        step="obstacle.registered",
        party=now.raised_by,
        statement=registered[0].statement,
        as_of=content.as_of,
        note=content.content,
        due=registered[0].content.due,
    )
    late = None
    if now.state is ObstacleState.CLOSED and now.submitted is not None:
        late = earlier(now.due, presence.day_of(now.submitted))
    now, given_up_by = _back(now, content.unit)
    return ObstacleRecorded(
        subject=str(subject),
        part=f"obstacle/{name}",
        title=content.title,
        kind=content.kind,
        stage=content.stage,
        state=now.state,
        raised_by=now.raised_by,
        assigned_to=now.assigned_to,
        unit=now.unit,
        due=now.due,
        first_due=registered[0].content.due,
        extensions=now.extensions,
        missed=now.missed,
        versions=tuple(
            ObstacleVersion(
                version=number,
                statement=one.statement,
                title=one.content.title,
                due=one.content.due,
            )
            for number, one in enumerate(registered, start=1)
        ),
        escalated_to=now.escalated_to,
        given_up_by=given_up_by,
        closed_late=late,
        steps=(
            first,
            *(
                ObstacleStep(
                    step=step.step,
                    party=party,
                    statement=step.statement,
                    as_of=step.as_of,
                    note=step.note,
                    due=step.due,
                )
                for party, step in chain.taken
            ),
        ),
        open=_open(now, chain.head),
        no_effect=idle,
    )


def _back(now: _Standing, unit: Organisation) -> tuple[_Standing, str | None]:
    """What a party had that has left goes back to whoever raised it."""
    if now.assigned_to is None or now.assigned_to in now.staying:
        return now, None
    if now.state not in {ObstacleState.ASSIGNED, ObstacleState.IN_HAND}:
        return now, None
    back = replace(now, state=ObstacleState.REGISTERED, assigned_to=None, unit=unit)
    return back, now.assigned_to


def _unregistered(
    key: str, by_party: Mapping[str, tuple[Step, ...]]
) -> tuple[NoEffect, ...]:
    return tuple(
        NoEffect(
            statement=step.statement,
            party=party,
            step=step.step,
            code="not_registered",
            zh=f"症结 {key} 尚未登记",
            en=f"the obstacle {key} has not been registered",
        )
        for party in sorted(by_party)
        for step in by_party[party]
    )
