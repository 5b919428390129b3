"""The official JavaScript SDK of CloudEvents speaks to the gateway over HTTP."""

import json
from pathlib import Path

from tests.foreign.conftest import Node
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Fake, cloudevent, serving
from twincity_schemas.message import parse
from twincity_schemas.parties import Registry

REGISTRY = Registry.load(Path("deploy/parties.toml"))


def test_the_javascript_sdk_posts_and_reads(node: Node) -> None:
    said = [
        event
        for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
        if event.type.is_statement
    ]
    events = [cloudevent(e.envelope, json.loads(e.value)) for e in said]
    with serving(lambda: Fake(REGISTRY, REGISTRY.codes)) as (address, fake):
        answers = node("gateway.mjs", address, given=events)
    verdicts = [a["body"].get("verdict") for a in answers]
    assert {a["status"] for a in answers} == {200}, answers[:1]
    assert verdicts == ["accepted"] * len(verdicts)
    assert [a["mode"] for a in answers[:2]] == ["binary", "structured"]
    inboxes = {party: iter(messages) for party, messages in fake.inboxes.items()}
    for event in said:
        for _mode in ("binary", "structured"):
            message = next(inboxes[event.envelope.party])
            found = parse(message.headers, message.value, gate=True)
            assert found.envelope.id == event.envelope.id
            assert found.envelope.source == event.envelope.source
            assert json.loads(found.value) == json.loads(event.value)
