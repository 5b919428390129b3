"""One entry of the obstacle ledger (挂账销号), from each party's steps.

A party's registration opens an obstacle, and is the root of its chain of steps
(``turns``). Who may do what is said once, in ``_open``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.rules.turns import Chain, Move, in_turn
from services.runtime.kinds import Name, States
from twincity_schemas.message import Event
from twincity_schemas.obstacle import (
    ObstacleAssigned,
    ObstacleExtended,
    ObstacleHandled,
    ObstacleRecorded,
    ObstacleRegistered,
    ObstacleReturned,
    ObstacleState,
    ObstacleStep,
    ObstacleSubmitted,
    ObstacleVerified,
)
from twincity_schemas.steps import OpenStep, Unmet
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
)


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
    said = {name: getattr(data, name, None) for name in ("to", "unit", "due")}
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
    """Where an obstacle stands while its chain is followed."""

    raised_by: str
    members: tuple[str, ...]
    due: str
    unit: Organisation
    state: ObstacleState = ObstacleState.REGISTERED
    assigned_to: str | None = None
    submitted: str | None = None


def _open(standing: _Standing, head: str) -> tuple[OpenStep, ...]:
    """Who may do what, in each state: the rule of the ledger."""
    raiser = (standing.raised_by,)
    assigned = (standing.assigned_to or "",)
    may: dict[ObstacleState, dict[str, tuple[str, ...]]] = {
        ObstacleState.REGISTERED: {"assigned": raiser},
        ObstacleState.ASSIGNED: {
            "handled": assigned,
            "submitted": assigned,
            "returned": assigned,
            "extended": raiser,
        },
        ObstacleState.IN_HAND: {
            "handled": assigned,
            "submitted": assigned,
            "extended": raiser,
        },
        ObstacleState.SUBMITTED: {"verified": raiser, "returned": raiser},
        ObstacleState.CLOSED: {},
    }
    return tuple(
        OpenStep(step=f"obstacle.{step}", parties=parties, answers=head)
        for step, parties in may[standing.state].items()
    )


def _after(standing: _Standing, _party: str, step: Step) -> _Standing:
    due = step.due or standing.due
    change: dict[str, Any]
    match step.step.removeprefix("obstacle."):
        case "assigned":
            change = {
                "state": ObstacleState.ASSIGNED,
                "assigned_to": step.to,
                "unit": step.unit or standing.unit,
                "due": due,
            }
        case "handled":
            change = {"state": ObstacleState.IN_HAND}
        case "extended":
            change = {"due": due}
        case "submitted":
            change = {"state": ObstacleState.SUBMITTED, "submitted": step.as_of}
        case "returned" if standing.state is ObstacleState.SUBMITTED:
            change = {"state": ObstacleState.IN_HAND, "submitted": None}
        case "returned":
            change = {"state": ObstacleState.REGISTERED, "assigned_to": None}
        case _:  # verified
            change = {"state": ObstacleState.CLOSED}
    return replace(standing, **change)


Standing = tuple[ObstacleRecorded | None, tuple[Unmet, ...]]


def standing(subject: Subject, name: str, views: Views) -> Standing:
    """Returns the obstacle as it stands, and the steps that have no effect.

    Args:
        subject: the project.
        name: ``<who raised it>/<its name>``.
        views: what each party has said of it.
    """
    raiser = name.partition("/")[0]
    registered = views[raiser].registered if raiser in views else ()
    moves = {party: view.steps for party, view in views.items() if view.steps}
    if not registered:
        return None, _unregistered(name, moves)
    root, content = registered[0].statement, registered[-1].content
    start = _Standing(raiser, subject.members, content.due, content.unit)
    chain = in_turn(start, root, moves, _open, _after)
    return _record(subject, name, root, content, chain), chain.unmet


def _record(
    subject: Subject,
    name: str,
    root: str,
    content: ObstacleRegistered,
    chain: Chain[_Standing, Step],
) -> ObstacleRecorded:
    now = chain.state
    first = ObstacleStep(
        step="obstacle.registered",
        party=now.raised_by,
        statement=root,
        as_of=content.as_of,
        note=content.content,
    )
    late = None
    if now.state is ObstacleState.CLOSED and now.submitted is not None:
        late = earlier(now.due, now.submitted)
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
                )
                for party, step in chain.taken
            ),
        ),
        open=_open(now, chain.head),
        unmet=chain.unmet,
    )


def _unregistered(
    key: str, by_party: Mapping[str, tuple[Step, ...]]
) -> tuple[Unmet, ...]:
    return tuple(
        Unmet(
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
