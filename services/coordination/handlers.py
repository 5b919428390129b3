"""Coordination's subscriptions: take the statement in, say what it made of it."""

from collections.abc import Iterator
from typing import Any

from services.coordination import (
    chain,
    challenge,
    indicator,
    plan,
    policy,
    project,
)
from services.coordination.aggregate import Aggregate
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Publish, Save, derived, objections
from services.runtime.service import Mind
from twincity_schemas.catalogue import records
from twincity_schemas.parties import Registry
from twincity_schemas.values import Subject

SERVICE = "coordination"

AGGREGATES: dict[str, Aggregate[Any]] = {
    aggregate.kind: aggregate
    for aggregate in (
        project.AGGREGATE,
        policy.AGGREGATE,
        plan.AGGREGATE,
        chain.AGGREGATE,
        challenge.AGGREGATE,
        indicator.AGGREGATE,
    )
}


def make_mind(_registry: Registry) -> Mind:
    """A shard's memory of its subjects, and how it decides about a statement."""
    memory: Memory[dict[str, Any]] = Memory(
        {kind: dict[str, a.view] for kind, a in AGGREGATES.items()}  # type: ignore[name-defined]
    )

    def coordinate(statement: Incoming) -> Iterator[Outcome[dict[str, Any]]]:
        envelope = statement.envelope
        subject = Subject.parse(envelope.subject)
        aggregate = AGGREGATES[subject.kind]
        before = memory.get(str(subject)) or {}
        after = aggregate.take_in(before, envelope, statement.event.data)
        yield Save(str(subject), after)
        record = aggregate.derive(subject, after)
        if record is None:
            return
        moved_from = aggregate.home(before)
        if moved_from not in (None, record.domain):
            # The record moves to another domain's topic: a tombstone is left.
            yield Publish(records(moved_from), str(subject).encode(), None)
        yield derived(
            records(record.domain),
            envelope,
            record,
            service=SERVICE,
            subject=str(subject),
        )
        yield from objections(envelope, record.unmet, SERVICE)

    return Mind(memory, coordinate)
