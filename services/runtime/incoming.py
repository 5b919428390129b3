"""One record of the input, and the event in it, read when it is decided about."""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from aiokafka import TopicPartition
from pydantic import BaseModel

from services.runtime.batches import Unreadable
from services.runtime.reading import Record, event_of
from twincity_schemas.envelope import Envelope
from twincity_schemas.headers import printable
from twincity_schemas.message import Event, glimpse
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import inbox

_LONGEST_SUBJECT = 500
"""Bytes of a key that is remembered as it is; a longer one by its digest."""


@dataclass
class Incoming:
    """One record of the input, and the event in it.

    Attributes:
        note: what its service noted when it became a dead letter; empty at first sight.
    """

    record: Record
    note: str = ""
    _read: Envelope | None = None

    @cached_property
    def event(self) -> Event[BaseModel]:
        """The event; raises ContractError where the record does not hold one."""
        return event_of(self.record)

    def read(self, *, gate: bool) -> Event[BaseModel]:
        """The event, read as strictly as at the gate.

        Raises:
            ContractError: the record does not hold one, or cannot be read.
        """
        try:
            event = event_of(self.record, gate=gate)
        except ContractError as error:
            self._read = error.envelope
            raise
        self._read = event.envelope
        return event

    @property
    def envelope(self) -> Envelope:
        """The event's envelope."""
        return self.event.envelope

    @property
    def subject(self) -> str:
        """Returns what order is kept by, within its partition: the record's key.

        Behind a message without one (in an inbox), and one that cannot be read,
        nobody waits.
        """
        key = self.record.key
        if not key or isinstance(self.record, Unreadable):
            return f"{self.record.topic}/{self.record.offset}"
        if len(key) > _LONGEST_SUBJECT:
            return f"sha256:{sha256(key).hexdigest()}"
        return str(key, errors="replace")

    @property
    def party(self) -> str:
        """Returns the party taken for its author: the inbox's, or the named one."""
        _, prefix, owner = self.record.topic.partition(inbox(""))
        if prefix:
            return str(owner)
        source = self.seen.get("source", "")
        return source.removeprefix("/").partition("/")[0]

    @property
    def seen(self) -> dict[str, str]:
        """Returns what can be read of its envelope, however broken it is."""
        return {
            name: printable(text) for name, text in glimpse(self.record.headers).items()
        }

    @property
    def source(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.record.topic, self.record.partition)

    def fields(self) -> dict[str, Any]:
        """Returns what a log line says of it."""
        event: Event[BaseModel] | None = self.__dict__.get("event")
        read = self._read if event is None else event.envelope
        seen = self.seen if read is None else dict(read)
        return {
            "event_id": seen.get("id"),
            "source": seen.get("source"),
            "type": seen.get("type"),
            "subject": seen.get("subject", self.subject),
            "correlation": seen.get("correlationid") or seen.get("id"),
            "topic": self.record.topic,
            "partition": self.record.partition,
            "offset": self.record.offset,
        }


async def parse_batch(records: Any, original: Any) -> Any:
    """Keep FastStream's parser from the headers.

    It decodes every header as UTF-8 and silently skips the batch where one is
    null or binary.
    """
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def decode_batch(message: Any) -> list[Incoming]:
    """Hand the records over one by one; each is read when it is decided about."""
    return [Incoming(record) for record in message.raw_message]
