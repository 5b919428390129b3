"""What the demo says, taken in without a broker: a gateway that holds its records."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from services.demo.appraised import late_report
from services.demo.mechanisms import statements as year
from services.demo.opportunities import entries
from services.demo.story import bad_messages, chapter, statement
from services.gateway.opening import InboxMessage
from tests.support.folding import REGISTRY, Shard, incoming
from tests.support.gateway import Fake
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse, to_json
from twincity_schemas.topology import KINDS, statements

_CHAPTERS = ("1-s11", "2-s5", "3-domains", "4-progress")
ENTRIES = 40
IMPORTED = "chengdu-2024-0005"
"""The statement that comes from a spreadsheet, and from where in it."""

CELLS = {
    "file": "sha256:" + "5a" * 32,
    "name": "月报.xlsx",
    "sheet": "续建",
    "cells": "A8:J8",
}


def said() -> Iterator[Event]:
    """Everything that is accepted, in the order of its time, recorded when said."""
    told = [message for name in _CHAPTERS for _, message in chapter(name).values()]
    told += [*year(), late_report()]
    events = [parse(one.headers, one.value) for one in told]
    events += map(_published, islice(entries(), ENTRIES))
    events.sort(key=lambda event: (event.envelope.time, event.envelope.id))
    for event in events:
        document = event.envelope.model_dump(mode="json", exclude_none=True)
        recorded = document | {"recordedtime": document["time"]}
        value = event.value
        if event.envelope.id == IMPORTED:
            value = json.dumps(json.loads(value) | {"provenance": CELLS}).encode()
        message = statement(Envelope.model_validate(recorded), value)
        yield parse(message.headers, message.value)


def _published(entry: tuple[str, object]) -> Event:
    subject, data = entry
    envelope = Envelope.model_validate(
        {
            "specversion": "1.0",
            "id": f"published-{subject.rpartition('/')[2]}",
            "source": f"/{subject.split('/')[1]}/opportunity-office",
            "type": "twincity.opportunity.published.v1",
            "subject": subject,
            "time": "2022-06-20T10:00:01+08:00",
        }
    )
    value = to_json(data)
    return parse(envelope.to_headers(), value)


async def story() -> Fake:
    """The demo's gateway for trying: what every party said, and what came of it."""
    fake = Fake(REGISTRY, REGISTRY.codes)
    events = list(said())
    for event in events:
        envelope = event.envelope
        kind, party = envelope.subject.partition("/")[0], envelope.party
        await fake.send(_message(event.value, envelope.to_headers()), party)
        fake.put(statements(kind), envelope.subject, envelope, event.value)
    for service in ("coordination", "matching", "appraisal"):
        shard = Shard(service)
        shard.take_in([incoming(e) for e in events if _is_read_by(service, e)])
        for one in shard.published:
            envelope = Envelope.from_headers(one.headers) if one.headers else None
            fake.put(one.topic, one.key.decode(), envelope, one.value)
    for bad in bad_messages("6-bad"):
        headers = [(name, text or b"") for name, text in bad.message.headers]
        await fake.send(_message(bad.message.value, headers), bad.message.inbox)
    return fake


def _message(value: bytes, headers: Iterable[tuple[str, bytes]]) -> InboxMessage:
    return InboxMessage(value, tuple(headers), source="", subject="")


def _is_read_by(service: str, event: Event) -> bool:
    about = KINDS[event.envelope.subject.partition("/")[0]]
    return service in about.readers
