"""Factors (要素保障): what was asked for, promised, arrived, and is short."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from services.rules.heard import Heard, unmet
from twincity_schemas.envelope import Envelope
from twincity_schemas.factor import (
    FactorCommitted,
    FactorDelivered,
    FactorPart,
    FactorRecord,
    FactorRequested,
)
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value, earlier


class Factors(Value):
    """What one party has said: the latest of each name counts."""

    requested: Mapping[str, Heard[FactorRequested]] = Field(default_factory=dict)
    committed: Mapping[str, Heard[FactorCommitted]] = Field(default_factory=dict)
    """By ``<who requested it>/<its name>``."""
    delivered: Mapping[str, Heard[FactorDelivered]] = Field(default_factory=dict)
    """By ``<who requested it>/<its name>/<the delivery's name>``."""


def hear(before: Factors, envelope: Envelope, data: BaseModel) -> Factors:
    """Add a party's statement; what is not about factors changes nothing."""
    id_ = envelope.id
    change: dict[str, Any] = {}
    match data:
        case FactorRequested(factor=name):
            requested = Heard[FactorRequested](statement=id_, content=data)
            change = {"requested": {**before.requested, name: requested}}
        case FactorCommitted():
            committed = Heard[FactorCommitted](statement=id_, content=data)
            change = {"committed": {**before.committed, _key(data): committed}}
        case FactorDelivered():
            delivered = Heard[FactorDelivered](statement=id_, content=data)
            name = f"{_key(data)}/{data.delivery}"
            change = {"delivered": {**before.delivered, name: delivered}}
        case _:
            return before
    return before.model_copy(update=change)


def _key(data: FactorCommitted | FactorDelivered) -> str:
    return f"{data.requested_by}/{data.factor}"


def records(
    said: Mapping[str, Factors],
) -> tuple[dict[str, FactorRecord], list[Unmet]]:
    """Every factor by ``<who requested it>/<its name>``; what has no effect."""
    requests = {
        f"{party}/{name}": heard.content
        for party in sorted(said)
        for name, heard in sorted(said[party].requested.items())
    }
    return (
        {key: _record(key, request, said) for key, request in requests.items()},
        list(_unmet(requests, said)),
    )


def _record(
    key: str, request: FactorRequested, said: Mapping[str, Factors]
) -> FactorRecord:
    by = {
        party: part
        for party in sorted(said)
        if (part := _part(key, request.unit, said[party])) is not None
    }
    committed = sum((part.committed or Decimal() for part in by.values()), Decimal())
    delivered = sum((part.delivered for part in by.values()), Decimal())
    return FactorRecord(
        kind=request.kind,
        what=request.what,
        unit=request.unit,
        requested=request.quantity,
        needed_by=request.needed_by,
        by=by,
        uncommitted=max(Decimal(), request.quantity - committed),
        short=max(Decimal(), request.quantity - delivered),
        late_commitment=any(
            part.until is not None and earlier(request.needed_by, part.until)
            for part in by.values()
        ),
    )


def _part(key: str, unit: str, said: Factors) -> FactorPart | None:
    committed = said.committed.get(key)
    if committed is not None and committed.content.unit != unit:
        committed = None
    deliveries = [
        heard
        for name, heard in sorted(said.delivered.items())
        if name.rpartition("/")[0] == key and heard.content.unit == unit
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


def _unmet(
    requests: Mapping[str, FactorRequested], said: Mapping[str, Factors]
) -> Iterator[Unmet]:
    for party, factors in sorted(said.items()):
        for _, committed in sorted(factors.committed.items()):
            if why := _why_not(committed.content, requests):
                yield unmet(party, committed, why)
        for _, delivered in sorted(factors.delivered.items()):
            if why := _why_not(delivered.content, requests):
                yield unmet(party, delivered, why)


def _why_not(
    answer: FactorCommitted | FactorDelivered, requests: Mapping[str, FactorRequested]
) -> tuple[str, str, str] | None:
    key = _key(answer)
    request = requests.get(key)
    if request is None:
        return (
            "not_requested",
            f"没有要素申请 {key}",
            f"the factor {key} has not been requested",
        )
    if request.unit != answer.unit:
        return (
            "another_unit",
            f"计量单位应为 {request.unit}",
            f"it is requested in {request.unit}",
        )
    return None
