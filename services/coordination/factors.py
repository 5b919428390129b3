"""Factors (要素保障): what was asked for, promised, arrived, and is short."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from services.rules import presence
from services.rules.heard import Heard, Reason, no_effect_of
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.factor import (
    FactorCommitted,
    FactorDelivered,
    FactorPart,
    FactorRecorded,
    FactorRequested,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import PartialDate, Value, earlier


class Request(Value):
    """What was asked for last, and when it was needed at first.

    Attributes:
        needed_by: the date that holds: one said before the former had passed.
    """

    heard: Heard[FactorRequested]
    version: int = 1
    first_needed_by: PartialDate
    needed_by: PartialDate


class Commitment(Value):
    """What a party commits at present, and what it said at first."""

    heard: Heard[FactorCommitted]
    recorded: datetime
    version: int = 1
    first_until: PartialDate


class Delivery(Value):
    """A delivery, and when it was recorded."""

    heard: Heard[FactorDelivered]
    recorded: datetime
    version: int = 1


class Factor(Value):
    """What one party has said of a factor: the latest of each kind counts."""

    requested: Request | None = None
    committed: Commitment | None = None
    delivered: Mapping[str, Delivery] = Field(default_factory=dict)
    """By the delivery's name."""


def name_of(event: Event[Any]) -> str:
    """Returns which factor a statement is about: ``<who requested it>/<its name>``."""
    requester = getattr(event.data, "requested_by", event.envelope.party)
    return f"{requester}/{event.data.factor}"


def apply(before: Factor, event: Event[Any], _states: States) -> Factor:
    """Add a party's statement about one factor."""
    id_, recorded = event.envelope.id, event.envelope.recorded
    change: dict[str, Any] = {}
    match event.data:
        case FactorRequested() as data:
            heard = Heard[FactorRequested](statement=id_, content=data)
            change["requested"] = _asked(before.requested, heard, recorded)
        case FactorCommitted() as data:
            promise = Heard[FactorCommitted](statement=id_, content=data)
            change["committed"] = _promised(before.committed, promise, recorded)
        case FactorDelivered(delivery=name) as data:
            brought = Heard[FactorDelivered](statement=id_, content=data)
            one = _brought(before.delivered.get(name), brought, recorded)
            change["delivered"] = {**before.delivered, name: one}
        case _:
            pass
    return before.model_copy(update=change)


def _asked(
    before: Request | None, heard: Heard[FactorRequested], recorded: datetime
) -> Request:
    needed_by = heard.content.needed_by
    if before is None:
        return Request(heard=heard, first_needed_by=needed_by, needed_by=needed_by)
    passed = earlier(before.needed_by, presence.day_of(recorded))
    return Request(
        heard=heard,
        version=before.version + (before.heard.content != heard.content),
        first_needed_by=before.first_needed_by,
        needed_by=before.needed_by if passed else needed_by,
    )


def _promised(
    before: Commitment | None, heard: Heard[FactorCommitted], recorded: datetime
) -> Commitment:
    if before is None:
        first = heard.content.until
        return Commitment(heard=heard, recorded=recorded, first_until=first)
    return Commitment(
        heard=heard,
        recorded=recorded,
        version=before.version + (before.heard.content != heard.content),
        first_until=before.first_until,
    )


def _brought(
    before: Delivery | None, heard: Heard[FactorDelivered], recorded: datetime
) -> Delivery:
    version = 1
    if before is not None:
        version = before.version + (before.heard.content != heard.content)
    return Delivery(heard=heard, recorded=recorded, version=version)


def derive(states: States) -> Derived:
    """The factor's record, open while something is short."""
    requester = states.name.partition("/")[0]
    views: Mapping[str, Factor] = states.own
    where = presence.of(states, str(states.subject))
    asked = views[requester].requested if requester in views else None
    no_effect = tuple(_no_effect(states.name, views, where, asked))
    if asked is None:
        return Derived(no_effect=no_effect)
    request = asked.heard.content
    part = f"factor/{states.name}"
    by = {
        party: given
        for party in sorted(views)
        if (given := _given(request.unit, party, views[party], where)) is not None
    }
    zero = Decimal()
    delivered = sum((given.delivered for given in by.values()), zero)
    # What has arrived needs no promise any more.
    owned = sum((max(g.committed or zero, g.delivered) for g in by.values()), zero)
    record = FactorRecorded(
        subject=str(states.subject),
        part=part,
        kind=request.kind,
        what=request.what,
        unit=request.unit,
        requested=request.quantity,
        needed_by=asked.needed_by,
        first_needed_by=_unless(asked.first_needed_by, asked.needed_by),
        version=asked.version,
        lapsed=presence.is_away(where, requester),
        by=by,
        uncommitted=max(zero, request.quantity - owned),
        short=max(zero, request.quantity - delivered),
        over=max(zero, delivered - request.quantity),
        late_commitment=any(
            given.until is not None and earlier(asked.needed_by, given.until)
            for given in by.values()
        ),
        no_effect=no_effect,
    )
    return Derived({part: record}, no_effect, _open(record))


def _unless(first: str, now: str) -> str | None:
    return None if first == now else first


def _open(record: FactorRecorded) -> dict[str, str]:
    due = record.short and not record.lapsed
    return {record.part: record.needed_by} if due else {}


def _no_effect(
    name: str,
    views: Mapping[str, Factor],
    where: presence.Views,
    asked: Request | None,
) -> Iterator[NoEffect]:
    for party, view in sorted(views.items()):
        for said in _answers(view):
            heard: Heard[Any] = said.heard
            why = _why_not(name, heard.content, asked)
            if why is None and presence.is_away(where, party, said.recorded):
                why = presence.HAD_LEFT
            if why is not None:
                yield no_effect_of(party, heard, why)


def _answers(view: Factor) -> Iterator[Commitment | Delivery]:
    if view.committed is not None:
        yield view.committed
    yield from (view.delivered[name] for name in sorted(view.delivered))


def _given(
    unit: str, party: str, said: Factor, where: presence.Views
) -> FactorPart | None:
    """What a party has committed and delivered, in the unit that was asked for."""
    committed = said.committed
    if committed is not None and committed.heard.content.unit != unit:
        committed = None
    deliveries = [
        one.heard
        for _, one in sorted(said.delivered.items())
        if one.heard.content.unit == unit
        and not presence.is_away(where, party, one.recorded)
    ]
    if committed is None and not deliveries:
        return None
    # A promise ends when its party leaves; what it brought by then has arrived.
    ended = committed is not None and (
        presence.left_after(where, party, committed.recorded)
        or presence.is_away(where, party, committed.recorded)
    )
    promise = None if committed is None else committed.heard.content
    holds = None if ended else committed
    return FactorPart(
        given_up=promise.quantity if ended and promise else None,
        committed=holds.heard.content.quantity if holds else None,
        until=holds.heard.content.until if holds else None,
        first_until=_unless(holds.first_until, holds.heard.content.until)
        if holds
        else None,
        version=holds.version if holds else None,
        changed={
            name: one.version
            for name, one in sorted(said.delivered.items())
            if one.version > 1
        },
        delivered=sum((heard.content.quantity for heard in deliveries), Decimal()),
        statements=(
            *([committed.heard.statement] if committed else []),
            *(heard.statement for heard in deliveries),
        ),
    )


def _why_not(
    name: str,
    answer: FactorCommitted | FactorDelivered,
    asked: Request | None,
) -> Reason | None:
    if asked is None:
        return (
            "not_requested",
            f"没有要素申请 {name}",
            f"the factor {name} has not been requested",
        )
    unit = asked.heard.content.unit
    if unit != answer.unit:
        return (
            "another_unit",
            f"计量单位应为 {unit}",
            f"it is requested in {unit}",
        )
    return None


PART = Part(
    "factor",
    Factor,
    dict.fromkeys((FactorRequested, FactorCommitted, FactorDelivered), name_of),
    apply,
    derive,
)
