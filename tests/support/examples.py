"""The examples of the contract as events, for tests that tell their story."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse

EXAMPLES = Path(__file__).parents[2] / "schemas/examples"


def read(path: Path) -> Event[Any]:
    """One example."""
    document = json.loads(path.read_text("utf-8"))
    headers = Envelope.model_validate(document["envelope"]).to_headers()
    return parse(headers, json.dumps(document["data"]).encode())


def story(subject: str) -> list[Event[Any]]:
    """What parties say of a subject, in the order that their ids end in."""
    events = [
        event
        for path in sorted(EXAMPLES.glob("*/*.json"))
        if not path.parent.name.endswith(".recorded")
        and (event := read(path)).envelope.subject == subject
        and event.type.is_statement
    ]
    return sorted(events, key=lambda event: event.envelope.id[-2:])


def places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document: what holds it, and its name or index there."""
    steps = list(part) if isinstance(part, dict) else range(len(part))
    for step in steps:
        yield part, step
        if isinstance(part[step], dict | list):
            yield from places(part[step])
