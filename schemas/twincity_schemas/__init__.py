"""The contract of TwinCity (成渝双城协同事件系统).

Parties publish statements, services derive records; this package is what both
are made of. It depends on pydantic alone.

    from twincity_schemas import parse

    event = parse(record.headers, record.value)
    print(event.envelope.subject, event.data)
"""

from twincity_schemas.catalogue import EVENT_TYPES, EventType, Topic, topics
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse
from twincity_schemas.parties import Party, Registry
from twincity_schemas.problems import ContractError, Problem
from twincity_schemas.values import Domain, Subject

__all__ = [
    "EVENT_TYPES",
    "ContractError",
    "Domain",
    "Envelope",
    "Event",
    "EventType",
    "Party",
    "Problem",
    "Registry",
    "Subject",
    "Topic",
    "parse",
    "topics",
]
