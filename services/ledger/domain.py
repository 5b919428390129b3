"""From a Kafka record to what the ledger keeps of it; never raises."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from twincity_schemas.message import Event, parse
from twincity_schemas.problems import ContractError


@dataclass(frozen=True)
class Entry:
    """A record of a topic, read as far as it can be read."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    event: Event[BaseModel] | None


def entry(record: Any, prefix: str = "") -> Entry:
    """Read a Kafka record; one that keeps no contract is kept as its bytes."""
    try:
        event = parse(record.headers, record.value)
    except ContractError:
        event = None
    return Entry(
        record.topic.removeprefix(prefix),
        record.partition,
        record.offset,
        (record.key or b"").decode(errors="replace"),
        record.value,
        event,
    )
