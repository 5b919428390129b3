"""The contract of TwinCity (成渝双城协同事件系统).

Parties publish statements, services derive records; this package is what both
are made of. It depends on pydantic alone.

    from twincity_schemas import parse

    event = parse(record.headers, record.value)
    print(event.envelope.subject, event.data)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twincity_schemas.catalogue import EVENT_TYPES, EventType
    from twincity_schemas.envelope import Envelope
    from twincity_schemas.message import Event, parse
    from twincity_schemas.parties import Party, Registry
    from twincity_schemas.problems import ContractError, Problem
    from twincity_schemas.topic import Topic
    from twincity_schemas.topology import topics
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

_MODULES = {
    "EVENT_TYPES": "catalogue",
    "EventType": "catalogue",
    "Envelope": "envelope",
    "Event": "message",
    "parse": "message",
    "Party": "parties",
    "Registry": "parties",
    "ContractError": "problems",
    "Problem": "problems",
    "Topic": "topic",
    "topics": "topology",
    "Domain": "values",
    "Subject": "values",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: who wants one module does not wait for all models."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
