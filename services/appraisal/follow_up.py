"""What follows a board: summons and rectification of the black, incentives of the red.

It rests on the place that counted when it was said, answers to appeals included. What
comes to light later undoes nothing of it: the record says that the place has moved, or
would have. A unit leaves the black board when whoever opened it has verified that it
put right what it was summoned for; its steps answer to one another (``turns``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.appraisal.closed_places import SAID_BEFORE, ClosedPlaces
from services.appraisal.opening import not_on_the_board, not_the_openers
from services.appraisal.rectification import (
    ENDED,
    RectificationMove,
    idle,
    rectified,
)
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Derived, Part, Reason, States
from twincity_schemas.board import BoardUnit, Colour
from twincity_schemas.board_record import IncentiveRecorded, RectificationRecorded
from twincity_schemas.follow_up import (
    IncentiveGranted,
    RectificationDropped,
    RectificationPlanned,
    RectificationReturned,
    RectificationSubmitted,
    RectificationVerified,
    UnitSummoned,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """One party's statements about what follows for a unit, each in its own order."""

    summoned: tuple[Remembered[UnitSummoned], ...] = ()
    moves: tuple[RectificationMove, ...] = ()
    granted: tuple[Remembered[IncentiveGranted], ...] = ()


Views = Mapping[str, FollowUpView]


def apply(before: FollowUpView, event: Event[Any], _states: States) -> FollowUpView:
    """Returns a party's view after its next statement; none replaces another."""
    match event.data:
        case UnitSummoned():
            return replace(before, summoned=(*before.summoned, remember(event)))
        case IncentiveGranted():
            return replace(before, granted=(*before.granted, remember(event)))
        case _:
            return replace(before, moves=(*before.moves, _move(event)))


def _move(event: Event[Any]) -> RectificationMove:
    data = event.data
    return RectificationMove(
        step=event.type.fact,
        id=event.envelope.id,
        answers=data.answers,
        recorded=event.envelope.recorded,
        note=data.note,
        due=data.due if isinstance(data, RectificationPlanned) else None,
    )


def derive(places: ClosedPlaces, states: States) -> Derived:
    """Returns a record for each unit that was summoned, and each incentive."""
    subject = str(states.subject)
    units = {unit.code: unit for unit in places.opened.units}
    records: dict[str, RectificationRecorded | IncentiveRecorded] = {}
    no_effect: list[NoEffect] = []
    open_items: dict[str, str] = {}
    for code, views in states.all_of(subject, "follow-up").items():
        moves = {party: view.moves for party, view in views.items()}
        if code not in units:
            no_effect += [*_idle(views, not_on_the_board(code)), *idle(moves)]
            continue
        unit, own = units[code], views.get(places.by, FollowUpView())
        others = {party: view for party, view in views.items() if party != places.by}
        no_effect += _idle(others, not_the_openers(places.by))
        record, not_taken = rectified(subject, unit, places, own.summoned, moves)
        no_effect += not_taken
        if record is not None:
            records[record.part] = record
            if record.state not in ENDED:
                open_items[record.part] = record.due
        for grant in own.granted:
            granted = _granted(subject, unit, places, grant)
            why = places.against(unit, Colour.RED, grant)
            # Of one kind a unit is given one: a second would be written over the first.
            if why is None and granted.part in records:
                why = SAID_BEFORE
            if why is None:
                records[granted.part] = granted
            else:
                no_effect.append(no_effect_of(places.by, grant, why))
    return Derived(records, no_effect, open_items)


def _granted(
    subject: str,
    unit: BoardUnit,
    places: ClosedPlaces,
    grant: Remembered[IncentiveGranted],
) -> IncentiveRecorded:
    content = grant.content
    return IncentiveRecorded(
        subject=subject,
        part=f"incentive/{unit.code}/{content.kind}",
        **places.standing(unit, Colour.RED),
        kind=content.kind,
        reason=content.reason,
        basis=content.basis,
        statement=grant.id,
        recorded=grant.recorded,
    )


def _idle(views: Views, why: Reason) -> Iterator[NoEffect]:
    """Yields that no summons and no incentive of these views has an effect."""
    for party, view in sorted(views.items()):
        statements: tuple[Remembered[Any], ...] = (*view.summoned, *view.granted)
        for one in statements:
            yield no_effect_of(party, one, why)


PART = Part(
    "follow-up",
    FollowUpView,
    dict.fromkeys(
        (
            UnitSummoned,
            RectificationPlanned,
            RectificationSubmitted,
            RectificationReturned,
            RectificationVerified,
            RectificationDropped,
            IncentiveGranted,
        ),
        lambda event: event.data.unit,
    ),
    apply,
)
