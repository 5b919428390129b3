"""What a decision can ask for, as values; the shard acts on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from twincity_schemas.catalogue import EVENT_TYPE_OF, receipts
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.steps import ObjectionIssued, Unmet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Publish:
    """Write a message; ``value`` None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None
    """None: by the key, as Kafka's default partitioner does."""


@dataclass(frozen=True, slots=True)
class Save(Generic[T]):
    """Remember a value under a key; None forgets it."""

    key: str
    value: T | None


Outcome = Publish | Save[T]


def derived(  # noqa: PLR0913  one keyword for each part of an envelope
    topic: str,
    cause: Envelope,
    data: BaseModel,
    *,
    service: str,
    subject: str,
    index: int | str = 0,
    partition: int | None = None,
) -> Publish:
    """Make the message of an event that a service derives from a cause."""
    event_type = EVENT_TYPE_OF[type(data)]
    envelope = cause.caused(
        service=service, type_=event_type.name, subject=subject, index=index
    )
    key, value, headers = Event(envelope, event_type, data, to_json(data)).to_message()
    return Publish(topic, key, value, headers, partition)


def objections(
    envelope: Envelope, unmet: Iterable[Unmet], service: str
) -> Iterator[Publish]:
    """Tell a party that what it has just said is without effect, and why.

    Args:
        envelope: of the statement.
        unmet: what the record lists as without effect; others' are passed over.
        service: which service says so.
    """
    for index, found in enumerate(unmet, start=1):
        if (found.party, found.statement) == (envelope.party, envelope.id):
            yield derived(
                receipts(envelope.party),
                envelope,
                ObjectionIssued(
                    statement=envelope.id,
                    source=envelope.source,
                    type=envelope.type,
                    subject=envelope.subject,
                    unmet=found,
                ),
                service=service,
                subject=f"inbox/{envelope.party}/objections",
                index=f"objection-{index}",
            )
