"""The obstacle ledger (挂账销号) of one project, from each party's steps.

A party's registration opens an obstacle, and is the root of its chain of steps
(``turns``). Who may do what is said once, in ``_open``.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.rules.turns import Chain, Move, in_turn
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.obstacle import (
    ObstacleAssigned,
    ObstacleExtended,
    ObstacleHandled,
    ObstacleRecord,
    ObstacleRegistered,
    ObstacleReturned,
    ObstacleStage,
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
    """An obstacle as its party registered it: the first root, the latest text."""

    root: str
    said: datetime
    """When it was first registered."""
    content: ObstacleRegistered


class Step(Move):
    """A step as it was said."""

    said: datetime
    as_of: PartialDate
    note: str
    to: str | None = None
    unit: Organisation | None = None
    due: PartialDate | None = None


class Obstacles(Value):
    """What one party has said: its own registrations, and its steps by obstacle."""

    registered: Mapping[str, Registration] = Field(default_factory=dict)
    steps: Mapping[str, tuple[Step, ...]] = Field(default_factory=dict)
    """By ``<who raised it>/<its name>``."""


def hear(before: Obstacles, envelope: Envelope, data: BaseModel) -> Obstacles:
    """Add a party's statement; what is not about obstacles changes nothing."""
    match data:
        case ObstacleRegistered(obstacle=name):
            known = before.registered.get(name)
            now = Registration(
                root=known.root if known else envelope.id,
                said=known.said if known else envelope.time,
                content=data,
            )
            return before.model_copy(
                update={"registered": {**before.registered, name: now}}
            )
        case _ if isinstance(data, _STEPS):
            key = f"{data.raised_by}/{data.obstacle}"
            said = (*before.steps.get(key, ()), _step(envelope, data))
            return before.model_copy(update={"steps": {**before.steps, key: said}})
        case _:
            return before


def _step(envelope: Envelope, data: BaseModel) -> Step:
    said = {name: getattr(data, name, None) for name in ("to", "unit", "due")}
    return Step(
        step=EVENT_TYPE_OF[type(data)].fact,
        statement=envelope.id,
        said=envelope.time,
        answers=getattr(data, "answers"),  # noqa: B009  every step has it
        as_of=getattr(data, "as_of"),  # noqa: B009
        note=getattr(data, "note", None) or getattr(data, "task", ""),
        **said,
    )


def as_of(before: Obstacles, moment: datetime) -> Obstacles:
    """What a party had said by a moment; the texts are the latest."""
    return Obstacles(
        registered={n: r for n, r in before.registered.items() if r.said <= moment},
        steps={
            key: tuple(step for step in steps if step.said <= moment)
            for key, steps in before.steps.items()
        },
    )


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


def ledger(
    subject: Subject, said: Mapping[str, Obstacles]
) -> tuple[dict[str, ObstacleRecord], list[Unmet]]:
    """Every obstacle of a project by ``<who raised it>/<its name>``.

    Returns:
        The obstacles, sorted by the project's stage, then by when they are due;
        and the steps that have no effect.
    """
    moves: dict[str, dict[str, tuple[Step, ...]]] = defaultdict(dict)
    for party, obstacles in said.items():
        for key, steps in obstacles.steps.items():
            moves[key][party] = steps
    records: dict[str, ObstacleRecord] = {}
    unmet: list[Unmet] = []
    for party in sorted(said):
        for name, registration in sorted(said[party].registered.items()):
            key = f"{party}/{name}"
            content = registration.content
            start = _Standing(party, subject.members, content.due, content.unit)
            chain = in_turn(start, registration.root, moves.pop(key, {}), _open, _after)
            records[key] = _record(registration, chain)
            unmet += chain.unmet
    for key, by_party in sorted(moves.items()):
        unmet += _unregistered(key, by_party)
    stages = list(ObstacleStage)
    in_order = sorted(
        records.items(), key=lambda r: (stages.index(r[1].stage), r[1].due, r[0])
    )
    return dict(in_order), unmet


def _record(
    registration: Registration, chain: Chain[_Standing, Step]
) -> ObstacleRecord:
    standing, content = chain.state, registration.content
    first = ObstacleStep(
        step="obstacle.registered",
        party=standing.raised_by,
        statement=registration.root,
        as_of=content.as_of,
        note=content.content,
    )
    late = None
    if standing.state is ObstacleState.CLOSED and standing.submitted is not None:
        late = earlier(standing.due, standing.submitted)
    return ObstacleRecord(
        title=content.title,
        kind=content.kind,
        stage=content.stage,
        state=standing.state,
        raised_by=standing.raised_by,
        assigned_to=standing.assigned_to,
        unit=standing.unit,
        due=standing.due,
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
        open=_open(standing, chain.head),
    )


def _unregistered(key: str, by_party: Mapping[str, tuple[Step, ...]]) -> list[Unmet]:
    return [
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
    ]
