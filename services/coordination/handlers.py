"""Coordination's subscription: take the statement in, say what it made of it."""

from collections.abc import Iterator

from services.coordination.domain import ProjectView, derive, home, take_in
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Publish, Save, derived
from services.runtime.service import Mind
from twincity_schemas.catalogue import records
from twincity_schemas.parties import Registry
from twincity_schemas.values import Subject

SERVICE = "coordination"


def make_mind(_registry: Registry) -> Mind:
    """A shard's memory of projects, and how it decides about a statement."""
    memory: Memory[ProjectView] = Memory(ProjectView)

    def coordinate(statement: Incoming) -> Iterator[Outcome[ProjectView]]:
        envelope, subject = statement.envelope, statement.envelope.subject
        before = memory.get(subject) or ProjectView()
        after = take_in(before, envelope, statement.event.data)
        yield Save(subject, after)
        record = derive(Subject.parse(subject), after)
        if record is None:
            return
        moved_from = home(before)
        if moved_from not in (None, record.domain):
            # The record moves to another domain's topic: a tombstone is left.
            yield Publish(records(moved_from), subject.encode(), None)
        yield derived(
            records(record.domain), envelope, record, service=SERVICE, subject=subject
        )

    return Mind(memory, coordinate)
