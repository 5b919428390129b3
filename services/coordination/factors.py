"""Factors (要素保障): what was asked for, promised, arrived, and is short."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from services.rules.heard import Heard, unmet
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.factor import (
    FactorCommitted,
    FactorDelivered,
    FactorPart,
    FactorRecorded,
    FactorRequested,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value, earlier


class Factor(Value):
    """What one party has said of a factor: the latest of each kind counts."""

    requested: Heard[FactorRequested] | None = None
    committed: Heard[FactorCommitted] | None = None
    delivered: Mapping[str, Heard[FactorDelivered]] = Field(default_factory=dict)
    """By the delivery's name."""


def name_of(event: Event[Any]) -> str:
    """Returns which factor a statement is about: ``<who requested it>/<its name>``."""
    requester = getattr(event.data, "requested_by", event.envelope.party)
    return f"{requester}/{event.data.factor}"


def apply(before: Factor, event: Event[Any], _states: States) -> Factor:
    """Add a party's statement about one factor."""
    requested, committed = before.requested, before.committed
    delivered, id_ = before.delivered, event.envelope.id
    match event.data:
        case FactorRequested() as data:
            requested = Heard[FactorRequested](statement=id_, content=data)
        case FactorCommitted() as data:
            committed = Heard[FactorCommitted](statement=id_, content=data)
        case FactorDelivered(delivery=name) as data:
            one = Heard[FactorDelivered](statement=id_, content=data)
            delivered = {**delivered, name: one}
        case _:
            pass
    return Factor(requested=requested, committed=committed, delivered=delivered)


def derive(states: States) -> Derived:
    """The factor's record, open while something is short."""
    requester = states.name.partition("/")[0]
    views: Mapping[str, Factor] = states.own
    heard = views[requester].requested if requester in views else None
    request = None if heard is None else heard.content
    no_effect = tuple(_no_effect(states.name, views, request))
    if request is None:
        return Derived(no_effect=no_effect)
    part = f"factor/{states.name}"
    by = {
        party: given
        for party in sorted(views)
        if (given := _given(request.unit, views[party])) is not None
    }
    committed = sum((given.committed or Decimal() for given in by.values()), Decimal())
    delivered = sum((given.delivered for given in by.values()), Decimal())
    record = FactorRecorded(
        subject=str(states.subject),
        part=part,
        kind=request.kind,
        what=request.what,
        unit=request.unit,
        requested=request.quantity,
        needed_by=request.needed_by,
        by=by,
        uncommitted=max(Decimal(), request.quantity - committed),
        short=max(Decimal(), request.quantity - delivered),
        late_commitment=any(
            given.until is not None and earlier(request.needed_by, given.until)
            for given in by.values()
        ),
        unmet=no_effect,
    )
    return Derived({part: record}, no_effect, _open(record))


def _open(record: FactorRecorded) -> dict[str, str]:
    return {record.part: record.needed_by} if record.short else {}


def _no_effect(
    name: str, views: Mapping[str, Factor], request: FactorRequested | None
) -> Iterator[Unmet]:
    for party, view in sorted(views.items()):
        committed = view.committed
        if committed and (why := _why_not(name, committed.content, request)):
            yield unmet(party, committed, why)
        for _, delivered in sorted(view.delivered.items()):
            if why := _why_not(name, delivered.content, request):
                yield unmet(party, delivered, why)


def _given(unit: str, said: Factor) -> FactorPart | None:
    """What a party has committed and delivered, in the unit that was asked for."""
    committed = said.committed
    if committed is not None and committed.content.unit != unit:
        committed = None
    deliveries = [
        heard
        for _, heard in sorted(said.delivered.items())
        if heard.content.unit == unit
    ]
    if committed is None and not deliveries:
        return None
    return FactorPart(
        committed=committed.content.quantity if committed else None,
        until=committed.content.until if committed else None,
        delivered=sum((heard.content.quantity for heard in deliveries), Decimal()),
        statements=(
            *([committed.statement] if committed else []),
            *(heard.statement for heard in deliveries),
        ),
    )


def _why_not(
    name: str,
    answer: FactorCommitted | FactorDelivered,
    request: FactorRequested | None,
) -> tuple[str, str, str] | None:
    if request is None:
        return (
            "not_requested",
            f"没有要素申请 {name}",
            f"the factor {name} has not been requested",
        )
    if request.unit != answer.unit:
        return (
            "another_unit",
            f"计量单位应为 {request.unit}",
            f"it is requested in {request.unit}",
        )
    return None


PART = Part(
    "factor",
    Factor,
    dict.fromkeys((FactorRequested, FactorCommitted, FactorDelivered), name_of),
    apply,
    derive,
)
