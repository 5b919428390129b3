"""Factors (要素保障): what was asked for, promised, arrived, and is short."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.rules import presence
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Derived, Part, Reason, States
from twincity_schemas.canonical import comparable
from twincity_schemas.factor import (
    FactorCommitted,
    FactorDelivered,
    FactorKind,
    FactorRequested,
)
from twincity_schemas.factor_record import FactorPart, FactorRecorded
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import PartialDate, Subject, earlier


@dataclass(frozen=True, slots=True)
class Request:
    """The last request, and when it was needed at first.

    Attributes:
        needed_by: the date that holds: one said before the former had passed.
        first: how much was asked for at first, and in which unit.
        worded: since when, as recorded, it asks for what it asks for, where it had
            asked for something else before.
    """

    asked: Remembered[FactorRequested]
    first: tuple[Decimal, str]
    first_needed_by: PartialDate
    needed_by: PartialDate
    worded: datetime | None = None

    def is_of_another(self, answer: Remembered[Any]) -> bool:
        """Returns whether something else was asked for when it was answered."""
        return self.worded is not None and answer.recorded < self.worded


@dataclass(frozen=True, slots=True)
class Commitment:
    """A party's present commitment, and what it was at first, and until when."""

    promise: Remembered[FactorCommitted]
    first: tuple[Decimal, str]
    first_until: PartialDate


@dataclass(frozen=True, slots=True)
class FactorView:
    """One party's statements about a factor: the latest of each kind counts."""

    requested: Request | None = None
    committed: Commitment | None = None
    delivered: Mapping[str, Remembered[FactorDelivered]] = field(default_factory=dict)
    """By the delivery's name."""


def name_of(event: Event[Any]) -> str:
    """Returns which factor a statement is about: ``<who requested it>/<its name>``."""
    own = isinstance(event.data, FactorRequested)
    requester = event.envelope.party if own else event.data.requested_by
    return f"{requester}/{event.data.factor}"


def apply(before: FactorView, event: Event[Any], _states: States) -> FactorView:
    """Returns a party's view after its next statement about the factor."""
    match event.data:
        case FactorRequested():
            return replace(before, requested=_requested(before.requested, event))
        case FactorCommitted():
            return replace(before, committed=_committed(before.committed, event))
        case FactorDelivered(delivery=name):
            # Said again under its name it is corrected, not delivered twice.
            delivery = remember(event, before.delivered.get(name))
            return replace(before, delivered={**before.delivered, name: delivery})
        case _:
            return before


def _requested(before: Request | None, event: Event[FactorRequested]) -> Request:
    needed_by, quantity = event.data.needed_by, _quantity(event.data)
    if before is None:
        return Request(remember(event), quantity, needed_by, needed_by)
    # What has fallen due stays due: to ask anew excuses nobody's delay.
    passed = earlier(before.needed_by, day_of(event.envelope.recorded))
    same = _asked_for(event.data) == _asked_for(before.asked.content)
    return Request(
        remember(event, before.asked),
        before.first,
        before.first_needed_by,
        before.needed_by if passed else needed_by,
        before.worded if same else event.envelope.recorded,
    )


def _asked_for(data: FactorRequested) -> tuple[FactorKind, str]:
    return data.kind, comparable(data.what)


def _committed(before: Commitment | None, event: Event[FactorCommitted]) -> Commitment:
    if before is None:
        return Commitment(remember(event), _quantity(event.data), event.data.until)
    promise = remember(event, before.promise)
    return Commitment(promise, before.first, before.first_until)


def _quantity(data: FactorRequested | FactorCommitted) -> tuple[Decimal, str]:
    return data.quantity, data.unit


def derive(states: States) -> Derived:
    """The factor's record, open while something is short."""
    where = presence.of(states, str(states.subject))
    record, idle = stand(states.subject, states.name, states.own, where)
    if record is None:
        return Derived(no_effect=idle)
    # Where whoever asked for it has left, nobody waits for it any more.
    if not record.short or record.lapsed:
        return Derived({record.part: record}, idle)
    return Derived(
        {record.part: record},
        idle,
        open={record.part: record.needed_by},
        tally={record.kind.value: 1},
    )


def stand(
    subject: Subject,
    name: str,
    views: Mapping[str, FactorView],
    where: presence.Views,
) -> tuple[FactorRecorded | None, tuple[NoEffect, ...]]:
    """Returns the factor's record, and the statements that have no effect.

    Args:
        subject: the project.
        name: ``<who requested it>/<its name>``.
        views: each party's statements about it.
        where: where each party was.

    Returns:
        No record while whoever needs it has not requested it.
    """
    requester = name.partition("/")[0]
    request = views[requester].requested if requester in views else None
    idle = tuple(_idle(name, views, where, request))
    if request is None:
        return None, idle
    content, (quantity, unit) = request.asked.content, request.first
    part = f"factor/{name}"
    by = {
        party: share
        for party in sorted(views)
        if (share := _given(name, request, party, views[party], where)) is not None
    }
    zero = Decimal()
    delivered = sum((share.delivered for share in by.values()), zero)
    # What has arrived needs no promise any more.
    owned = sum((max(g.committed or zero, g.delivered) for g in by.values()), zero)
    record = FactorRecorded(
        subject=str(subject),
        part=part,
        kind=content.kind,
        what=content.what,
        unit=content.unit,
        requested=content.quantity,
        # A request that is cut down is met by less: what it was stays in sight.
        first_requested=None if request.first == _quantity(content) else quantity,
        first_unit=None if unit == content.unit else unit,
        needed_by=request.needed_by,
        first_needed_by=_unless(request.first_needed_by, request.needed_by),
        version=request.asked.version,
        lapsed=presence.is_away(where, requester),
        by=by,
        uncommitted=max(zero, content.quantity - owned),
        short=max(zero, content.quantity - delivered),
        over=max(zero, delivered - content.quantity),
        late_commitment=any(
            share.until is not None and earlier(request.needed_by, share.until)
            for share in by.values()
        ),
        no_effect=idle,
    )
    return record, idle


def _unless(first: str, now: str) -> str | None:
    return None if first == now else first


def _idle(
    name: str,
    views: Mapping[str, FactorView],
    where: presence.Views,
    request: Request | None,
) -> Iterator[NoEffect]:
    for party, view in sorted(views.items()):
        for answer in _answers(view):
            why = _why_not(name, answer, request)
            if why is None and presence.had_left(where, party, answer.recorded):
                why = presence.HAD_LEFT
            if why is not None:
                yield no_effect_of(party, answer, why)


def _answers(view: FactorView) -> Iterator[Remembered[Any]]:
    if view.committed is not None:
        yield view.committed.promise
    yield from (view.delivered[name] for name in sorted(view.delivered))


def _given(
    name: str, request: Request, party: str, view: FactorView, where: presence.Views
) -> FactorPart | None:
    """Returns what a party has committed and delivered of what is asked for.

    None where it has done neither: other units cannot be added up.
    """
    committed = view.committed
    if committed is not None and _why_not(name, committed.promise, request):
        committed = None
    deliveries = {
        name: delivery
        for name, delivery in sorted(view.delivered.items())
        if _why_not(name, delivery, request) is None
        and not presence.had_left(where, party, delivery.recorded)
    }
    if committed is None and not deliveries:
        return None
    brought = sum((d.content.quantity for d in deliveries.values()), Decimal())
    statements = tuple(delivery.id for delivery in deliveries.values())
    changed = {
        name: delivery.version
        for name, delivery in sorted(view.delivered.items())
        if delivery.version > 1
    }
    if committed is None:
        return FactorPart(delivered=brought, changed=changed, statements=statements)
    promise = committed.promise
    # A promise ends when its party leaves; what it brought by then has arrived.
    left = presence.left_since(where, party, promise.recorded)
    ended = left or presence.is_away(where, party, promise.recorded)
    until = promise.content.until
    return FactorPart(
        given_up=promise.content.quantity if ended else None,
        committed=None if ended else promise.content.quantity,
        first_committed=None
        if ended or committed.first == _quantity(promise.content)
        else committed.first[0],
        until=None if ended else until,
        first_until=None if ended else _unless(committed.first_until, until),
        version=None if ended else promise.version,
        changed=changed,
        delivered=brought,
        statements=(promise.id, *statements),
    )


def _why_not(
    name: str,
    answer: Remembered[Any],
    request: Request | None,
) -> Reason | None:
    if request is None:
        return (
            "not_requested",
            f"没有要素申请 {name}",
            f"the factor {name} has not been requested",
        )
    unit = request.asked.content.unit
    if unit != answer.content.unit:
        return (
            "another_unit",
            f"计量单位应为 {unit}",
            f"it is requested in {unit}",
        )
    return _REWORDED if request.is_of_another(answer) else None


_REWORDED: Reason = (
    "reworded",
    "该要素此后已改为申请另一项，须重新填报",
    "something else is asked for since: it has to be said anew",
)


PART = Part(
    "factor",
    FactorView,
    dict.fromkeys((FactorRequested, FactorCommitted, FactorDelivered), name_of),
    apply,
    derive,
)
