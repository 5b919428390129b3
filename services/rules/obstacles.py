"""One entry of the obstacle ledger (挂账销号), from each party's steps.

A party's registration opens an obstacle, and is the root of its chain of steps
(``turns``). Who may do what is decided in ``obstacle_steps``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from services.rules import presence
from services.rules.obstacle_steps import (
    ObstacleMove,
    ObstacleStanding,
    after,
    at,
    open_steps,
    why_not,
)
from services.rules.remembered import Remembered, no_effect_of, remember
from services.rules.turns import Chain, in_turn
from services.runtime.kinds import Name, States, no_effect
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.message import Event
from twincity_schemas.obstacle import (
    ObstacleAssigned,
    ObstacleEscalated,
    ObstacleExtended,
    ObstacleRegistered,
    OnObstacle,
)
from twincity_schemas.obstacle_record import (
    ObstacleRecorded,
    ObstacleState,
    ObstacleStep,
    ObstacleVersion,
)
from twincity_schemas.parties import day_of
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Subject, earlier

_STEPS = tuple(t.model for t in EVENT_TYPES.values() if issubclass(t.model, OnObstacle))
"""Every step of the contract: who may take it, ``obstacle_steps`` says."""

OVER = frozenset({ObstacleState.CLOSED, ObstacleState.CANCELLED})
"""Nothing is left to be done."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One party's statements about an obstacle.

    Attributes:
        registered: the first is the root of the steps, the last says the text.
        moves: its steps, in its own order.
    """

    registered: tuple[Remembered[ObstacleRegistered], ...] = ()
    moves: tuple[ObstacleMove, ...] = ()


Views = Mapping[str, Obstacle]
"""Each party's statements about one obstacle."""
Moves = Mapping[str, tuple[ObstacleMove, ...]]
"""Each party's steps, in its own order."""


def name_of(event: Event[Any]) -> str:
    """Returns which obstacle a statement is about: ``<who raised it>/<its name>``."""
    data = event.data
    # By its type, not by what it carries: a statement may have fields that its type
    # does not know, and those decide nothing.
    own = isinstance(data, ObstacleRegistered)
    return f"{event.envelope.party if own else data.raised_by}/{data.obstacle}"


def apply(before: Obstacle, event: Event[Any], _states: States) -> Obstacle:
    """Add a party's statement about one obstacle; a text said again replaces it."""
    if isinstance(event.data, ObstacleRegistered):
        return replace(before, registered=(*before.registered, remember(event)))
    return replace(before, moves=(*before.moves, _move(event)))


TAKES: dict[type[BaseModel], Name] = dict.fromkeys(
    (ObstacleRegistered, *_STEPS), name_of
)


def _move(event: Event[Any]) -> ObstacleMove:
    envelope, data = event.envelope, event.data
    move = ObstacleMove(
        step=event.type.fact,
        id=envelope.id,
        recorded=envelope.recorded,
        answers=data.answers,
        as_of=data.as_of,
        note=data.task if isinstance(data, ObstacleAssigned) else data.note,
    )
    match data:
        case ObstacleAssigned(to=to, unit=unit, due=due):
            return replace(move, to=to, unit=unit, due=due)
        case ObstacleExtended(due=due):
            return replace(move, due=due)
        case ObstacleEscalated(level=level):
            return replace(move, level=level)
        case _:
            return move


def known_by(views: Views, moment: datetime) -> dict[str, Obstacle]:
    """Returns the parties' statements that were recorded by a moment."""
    return {
        party: Obstacle(
            registered=tuple(r for r in view.registered if r.recorded <= moment),
            moves=tuple(move for move in view.moves if move.recorded <= moment),
        )
        for party, view in views.items()
    }


def stand(
    subject: Subject, name: str, views: Views, where: presence.Views
) -> tuple[ObstacleRecorded | None, tuple[NoEffect, ...]]:
    """Returns the obstacle's record, and the steps that have no effect.

    Args:
        subject: the project.
        name: ``<who raised it>/<its name>``.
        views: each party's statements about it.
        where: where each party was; as of the same moment as the views.

    Returns:
        No record while whoever raised it has not registered it.
    """
    raiser = name.partition("/")[0]
    words = views[raiser].registered if raiser in views else ()
    moves = {party: view.moves for party, view in views.items() if view.moves}
    away = [one for one in words if presence.had_left(where, raiser, one.recorded)]
    late = tuple(no_effect_of(raiser, one, presence.HAD_LEFT) for one in away)
    registered = tuple(one for one in words if one not in away)
    if not registered:
        return None, (*late, *_unregistered(name, moves))
    opening, unit = registered[0], registered[-1].content.unit
    start = ObstacleStanding(
        raised_by=raiser,
        askers=(raiser,),
        staying=subject.members,
        due=opening.content.due,
        unit=unit,
        touched=opening.recorded,
    )
    start = _registered_again(start, registered[1:], moves)
    there, gone = _said_while_there(moves, where)
    chain = in_turn(
        start,
        opening.id,
        there,
        open_steps,
        after,
        why_not,
        opening.recorded,
        partial(at, subject.members, unit, where),
    )
    idle = (*late, *chain.no_effect, *gone)
    changes = _changes(registered, moves, chain.state)
    return _record(subject, name, registered, chain, idle, changes), idle


def _registered_again(
    start: ObstacleStanding,
    again: tuple[Remembered[ObstacleRegistered], ...],
    moves: Moves,
) -> ObstacleStanding:
    """Extend by a later date said in time, and before anybody was given it.

    To register again must not do what to extend may not.
    """
    # By its own: another's has no effect, and must not keep it from moving its date.
    assigned = [
        move.recorded
        for move in moves.get(start.raised_by, ())
        if move.step == "obstacle.assigned"
    ]
    for registration in again:
        if assigned and registration.recorded >= min(assigned):
            break
        due = registration.content.due
        if earlier(start.due, due) and not start.has_passed(registration.recorded):
            start = replace(start, due=due, extensions=start.extensions + 1)
            start = start.moved((start.raised_by, registration.id))
    return start


def _said_while_there(
    moves: Moves, where: presence.Views
) -> tuple[Moves, tuple[NoEffect, ...]]:
    """Returns the steps of parties that were members then, and those without effect."""
    there: dict[str, tuple[ObstacleMove, ...]] = {}
    gone: list[NoEffect] = []
    for party, own in sorted(moves.items()):
        away = [m for m in own if presence.had_left(where, party, m.recorded)]
        there[party] = tuple(move for move in own if move not in away)
        gone += [no_effect(party, m.id, m.step, presence.HAD_LEFT) for m in away]
    return there, tuple(gone)


def _changes(
    registered: tuple[Remembered[ObstacleRegistered], ...],
    moves: Moves,
    now: ObstacleStanding,
) -> tuple[DeadlineChange, ...]:
    """Returns every word of another deadline, as recorded, and whether it moved it.

    Those in vain, too: who reads the record sees that somebody tried, and on which day.
    """
    words = [
        (again.recorded, now.raised_by, again.id, again.content.due)
        for before, again in pairwise(registered)
        if again.content.due != before.content.due
    ]
    words += [
        (move.recorded, party, move.id, move.due)
        for party, own in moves.items()
        for move in own
        if move.due is not None
        and (move.step == "obstacle.extended" or (party, move.id) in now.moved_by)
    ]
    return tuple(
        DeadlineChange(
            statement=statement,
            recorded=recorded,
            due=due,
            counts=(party, statement) in now.moved_by,
        )
        for recorded, party, statement, due in sorted(words)
    )


def _record(  # noqa: PLR0913, PLR0917  what one record is made of
    subject: Subject,
    name: str,
    registered: tuple[Remembered[ObstacleRegistered], ...],
    chain: Chain[ObstacleStanding, ObstacleMove],
    idle: tuple[NoEffect, ...],
    changes: tuple[DeadlineChange, ...],
) -> ObstacleRecorded:
    now, content = chain.state, registered[-1].content
    opening = registered[0]
    late = None
    if now.state is ObstacleState.CLOSED and now.submitted is not None:
        late = earlier(now.due, day_of(now.submitted))
    return ObstacleRecorded(
        subject=str(subject),
        part=f"obstacle/{name}",
        title=content.title,
        kind=content.kind,
        stage=content.stage,
        state=now.state,
        raised_by=now.raised_by,
        assigned_to=now.assigned_to,
        parties=now.acting,
        unit=now.unit,
        due=now.due,
        first_due=opening.content.due,
        extensions=now.extensions,
        changes=changes,
        missed=now.missed,
        versions=tuple(
            ObstacleVersion(
                version=number,
                statement=registration.id,
                title=registration.content.title,
                due=registration.content.due,
            )
            for number, registration in enumerate(registered, start=1)
        ),
        escalated_to=now.escalated_to,
        given_up_by=now.given_up_by,
        submitted=None if now.submitted is None else day_of(now.submitted),
        closed_late=late,
        steps=(
            ObstacleStep(
                step="obstacle.registered",
                party=now.raised_by,
                statement=opening.id,
                as_of=content.as_of,
                note=content.content,
                due=opening.content.due,
            ),
            *(_step(party, move) for party, move in chain.taken),
        ),
        open=open_steps(now, chain.head),
        no_effect=idle,
    )


def _step(party: str, move: ObstacleMove) -> ObstacleStep:
    return ObstacleStep(
        step=move.step,
        party=party,
        statement=move.id,
        as_of=move.as_of,
        note=move.note,
        due=move.due,
    )


def _unregistered(name: str, moves: Moves) -> tuple[NoEffect, ...]:
    why = (
        "not_registered",
        f"问题 {name} 尚未登记",
        f"the obstacle {name} has not been registered",
    )
    return tuple(
        no_effect(party, move.id, move.step, why)
        for party, own in sorted(moves.items())
        for move in own
    )
