"""What a decision can ask for, as values; the shard acts on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from twincity_schemas.catalogue import EVENT_TYPE_OF, receipts
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.steps import Unmet

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
    place: tuple[str, int] | None = None
    """The input partition whose changelog it goes to; None: the statement's."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that rests on other subjects could not be derived."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement was not accepted; its receipt says why.

    Attributes:
        verdict: that of the receipt.
        party: whose inbox.
        codes: of what is wrong with it.
    """

    verdict: str
    party: str
    codes: tuple[str, ...]


Outcome = Publish | Save[T] | Failed | Refused


def derived(  # noqa: PLR0913  one keyword for each part of an envelope
    topic: str,
    cause: Envelope,
    data: BaseModel,
    *,
    service: str,
    subject: str,
    part: str = "",
    value: bytes | None = None,
    index: str | None = None,
    partition: int | None = None,
) -> Publish:
    """Make the message of an event that a service derives from a cause.

    Args:
        topic: where it goes.
        cause: the statement that led to it.
        data: what it says.
        service: which one derives it.
        subject: what it is about.
        part: the part of the subject; the key is ``<subject>#<part>`` then.
        value: the data's JSON, where it was written already.
        index: tells it apart from what else the cause led to; its key if absent.
        partition: None: by the key.
    """
    event_type = EVENT_TYPE_OF[type(data)]
    key = f"{subject}#{part}" if part else subject
    envelope = cause.caused(
        service=service, type_=event_type.name, subject=subject, index=index or key
    )
    value = to_json(data) if value is None else value
    _, value, headers = Event(envelope, event_type, data, value).to_message()
    return Publish(topic, key.encode(), value, headers, partition)


def notice(  # noqa: PLR0913  one keyword for each thing it says
    cause: Envelope,
    *,
    subject: str,
    party: str,
    statement: str,
    unmet: Unmet | None,
    service: str,
) -> Publish:
    """Tell a party that a statement of its own has no effect, or has it again.

    Args:
        cause: the statement that made it so, whoever said it.
        subject: what both are about.
        party: who said the statement.
        statement: its id.
        unmet: why it has no effect; None where it has effect again.
        service: which service says so.
    """
    return derived(
        receipts(party),
        cause,
        NoticeIssued(
            statement=statement,
            party=party,
            subject=subject,
            kind=NoticeKind.IN_EFFECT if unmet is None else NoticeKind.NO_EFFECT,
            unmet=unmet,
        ),
        service=service,
        subject=f"inbox/{party}/notices",
        index=f"notice/{party}/{statement}",
    )
