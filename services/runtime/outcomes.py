"""What a decision can ask for, as values; the shard acts on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

from pydantic import BaseModel

from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import going_headers, to_json
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.problems import Problem
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import receipts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spelled:
    """An event's data, written already.

    Attributes:
        model: what it is.
        json: as ``to_json`` writes it.
    """

    model: type[BaseModel]
    json: bytes

    @classmethod
    def of(cls, data: "BaseModel | Spelled") -> "Spelled":
        """Write an event's data, unless that was done already."""
        if isinstance(data, Spelled):
            return data
        return cls(type(data), to_json(data))

    def digest(self, part: str) -> str:
        """Returns the digest of it as the record of a part."""
        return sha256(part.encode() + b"\n" + self.json).hexdigest()


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
class DerivationFailed:
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


Outcome = Publish | Save[T] | DerivationFailed | Refused


def derived(  # noqa: PLR0913  one keyword for each part of an envelope
    topic: str,
    cause: Envelope,
    data: BaseModel | Spelled,
    *,
    service: str,
    subject: str,
    part: str = "",
    index: str | None = None,
    partition: int | None = None,
) -> Publish:
    """Make the message of an event that a service derives from a cause.

    Args:
        topic: where it goes.
        cause: the statement that led to it.
        data: what it says, whether written already or not.
        service: which one derives it.
        subject: what it is about.
        part: the part of the subject; the key is ``<subject>#<part>`` then.
        index: tells it apart from what else the cause led to; its key if absent.
        partition: None: by the key.
    """
    data = Spelled.of(data)
    event_type = EVENT_TYPE_OF[data.model]
    key = f"{subject}#{part}" if part else subject
    headers = cause.headers_caused(
        service=service, type_=event_type.name, subject=subject, index=index or key
    )
    headers += going_headers(event_type)
    return Publish(topic, key.encode(), data.json, headers, partition)


def notice(  # noqa: PLR0913  one keyword for each thing it says
    cause: Envelope,
    *,
    subject: str,
    party: str,
    statement: str,
    kind: NoticeKind,
    service: str,
    no_effect: NoEffect | None = None,
    doubts: tuple[Problem, ...] = (),
    index: str | None = None,
) -> Publish:
    """Tell a party what became of a statement of its own.

    Args:
        cause: the statement that made it so, whoever said it.
        subject: what both are about.
        party: who said the statement.
        statement: its id.
        kind: what became of it.
        service: which service says so.
        no_effect: why it has no effect, where it has none.
        doubts: what does not fit, where it has effect.
        index: tells the notice apart from others of the same cause.
    """
    return derived(
        receipts(party),
        cause,
        NoticeIssued(
            statement=statement,
            party=party,
            subject=subject,
            kind=kind,
            no_effect=no_effect,
            doubts=doubts,
        ),
        service=service,
        subject=f"inbox/{party}/notices",
        index=index or f"notice/{party}/{statement}",
    )
