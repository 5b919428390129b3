"""The official CloudEvents SDKs read what we write, and we what they write."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)

from tests.foreign.conftest import Node
from twincity_schemas import Envelope, Event, parse

EXAMPLES = Path(__file__).parents[2] / "schemas/examples"
DOCUMENTS: dict[str, dict[str, Any]] = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text("utf-8"))
    for path in sorted(EXAMPLES.glob("*/*.json"))
}
TRACED = {
    "correlationid": "s11-2024",
    "causationid": "earlier",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


def attributes(document: dict[str, Any]) -> dict[str, Any]:
    return TRACED | document["envelope"]


def binary(document: dict[str, Any]) -> tuple[dict[str, bytes], bytes]:
    envelope = Envelope.model_validate(attributes(document))
    return dict(envelope.to_headers()), json.dumps(document["data"]).encode()


def structured(document: dict[str, Any]) -> tuple[dict[str, bytes], bytes]:
    whole = attributes(document) | {
        "datacontenttype": "application/json",
        "data": document["data"],
    }
    headers = {"content-type": b"application/cloudevents+json"}
    return headers, json.dumps(whole, ensure_ascii=False).encode()


def same(read: Event[Any], document: dict[str, Any]) -> None:
    assert read.envelope == Envelope.model_validate(attributes(document))
    assert json.loads(read.value) == document["data"]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_the_python_sdk(document: dict[str, Any]) -> None:
    headers, value = binary(document)
    one = from_binary_event(KafkaMessage(headers, None, value))
    headers, value = structured(document)
    other = from_structured_event(KafkaMessage(headers, None, value))
    for event in (one, other):
        expected = attributes(document)
        for name in set(expected) - {"time"}:
            assert event.get_attributes()[name] == expected[name]
        assert event.get_time() == datetime.fromisoformat(expected["time"])
        assert event.get_data() == document["data"]
        for written in (to_binary_event(event), to_structured_event(event)):
            same(parse(written.headers.items(), written.value), document)


def test_the_javascript_sdk(node: Node) -> None:
    said = list(DOCUMENTS.values())
    messages = [form(document) for document in said for form in (binary, structured)]
    spelled = [
        {"headers": {k: v.decode() for k, v in headers.items()}, "value": v.decode()}
        for headers, v in messages
    ]
    read = node("cloudevents.mjs", given=spelled)
    for document, found in zip([d for d in said for _ in "bs"], read, strict=True):
        event, expected = found["event"], attributes(document)
        for name in set(expected) - {"time"}:
            assert event[name] == expected[name]
        time = datetime.fromisoformat(event["time"])
        assert time == datetime.fromisoformat(expected["time"])
        assert event["data"] == document["data"]
        for form in ("binary", "structured"):
            headers = [(k, str(v).encode()) for k, v in found[form]["headers"].items()]
            same(parse(headers, found[form]["value"].encode()), document)


def test_attribute_names_keep_to_cloudevents_rules() -> None:
    # CloudEvents 1.0.2, naming conventions: a-z and 0-9, no more than 20.
    for name in Envelope.model_fields:
        assert re.fullmatch(r"[a-z0-9]{1,20}", name), name
