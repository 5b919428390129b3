"""The OpenAPI document, and a gateway that is asked everything it allows."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response as SchemathesisResponse
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.openapi import openapi
from services.gateway.opening import BATCH
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Fake, Record, cloudevent, serving
from twincity_schemas.asyncapi import asyncapi
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.contract import contract
from twincity_schemas.generate import built, examples
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Registry
from twincity_schemas.topology import records
from twincity_schemas.values import Domain

REGISTRY = Registry.load(Path("deploy/parties.toml"))
SMALL = ("twincity.project.endorsed.v1", "twincity.policy.verified.v1")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUICK = {"suppress_health_check": list(HealthCheck)}


def filled() -> Fake:
    """A gateway that knows a few subjects."""
    fake = Fake(REGISTRY, REGISTRY.codes)
    for offset, path in enumerate(sorted(EXAMPLES.glob("*.recorded/*.json"))):
        event = read(path)
        headers = tuple(event.envelope.to_headers())
        key = event.envelope.subject.encode()
        topic = records(Domain.TRANSPORT)
        fake.take(Record(topic, 0, offset, key, event.value, headers))
    return fake


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(filled) as (found, _):
        yield found


def bounded() -> dict[str, Any]:
    """The document with two types of statement: to draw from all takes minutes."""
    document = json.loads(json.dumps(openapi("en")))
    schemas = document["components"]["schemas"]
    said = [{"$ref": f"#/components/schemas/said.{name}"} for name in SMALL]
    schemas["statement"] = {"oneOf": said}
    body = document["paths"]["/statements"]["post"]["requestBody"]
    data = [{"$ref": f"#/components/schemas/{name}"} for name in SMALL]
    body["content"]["application/json"] = {"schema": {"oneOf": data}}
    return document


OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(bounded()).get_all_operations()
}


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=15, **QUICK)
@given(data=st.data())
def test_no_input_is_a_fault_of_ours(
    operation: str, data: st.DataObject, address: str
) -> None:
    case = data.draw(OPERATIONS[operation].as_strategy())
    if case.path == "/events":
        answer = until_live(**case.as_transport_kwargs(base_url=address))
    else:
        answer = case.call(base_url=address)
    case.validate_response(answer, checks=CHECKS)


STATEMENTS = {
    event.type.name: cloudevent(event.envelope, json.loads(event.value))
    for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if event.type.is_statement
}
ODD = (None, -1, 10**30, 0.1, True, "", "\0", "字" * 999, "2024-02-30", [], {}, [[]])


def places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yields each holder within a document, and the name or number of what it holds."""
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for name, value in items:
        yield part, name
        if isinstance(value, dict | list):
            yield from places(value)


@settings(max_examples=2, **QUICK)
@given(random=st.randoms(use_true_random=False))
def test_a_statement_of_every_type_is_answered_whole_and_bent(
    address: str, random: Random
) -> None:
    """What is drawn from the schemas of all types takes minutes: these are examples."""
    assert STATEMENTS.keys() == {t.name for t in EVENT_TYPES.values() if t.is_statement}
    operation = OPERATIONS["POST /statements"]
    for name, whole in STATEMENTS.items():
        bent = deepcopy(whole)
        holder, at = random.choice([*places(bent["data"])])
        holder[at] = random.choice(ODD)
        for statement in (whole, bent):
            case = operation.Case(
                body=statement, media_type=STRUCTURED, headers={"prefer": "wait=0"}
            )
            answer = case.call(base_url=address)
            if statement is whole:
                assert answer.status_code == 200, (name, answer.text)
            case.validate_response(answer, checks=CHECKS)


def until_live(**asked: Any) -> SchemathesisResponse:
    """An answer of ``/events``: of a stream, all that there is before it is live.

    Whatever was asked for comes to that, or is refused; then the reader leaves.
    """
    with requests.request(**asked | {"stream": True}, timeout=20) as answer:
        read = bytearray()
        for part in answer.iter_content(None):
            read += part
            if b"\nevent: live\n" in read:
                break
        else:
            assert answer.status_code != 200, read[-200:]
        answer._content = bytes(read)  # it is validated as one that has ended
    return SchemathesisResponse.from_requests(answer, verify=False)


NEARLY = st.sampled_from(
    ["-", ".", "A", "_", "9", "=", "é", "%00", " ", "\0", "f" * 99]
)


@settings(max_examples=60, **QUICK)
@given(
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), NEARLY), max_size=4),
    family=st.sampled_from(["record", "receipt", "notice"]),
    by_header=st.booleans(),
)
def test_whatever_position_is_given_back_a_stream_comes_to_what_is_live(
    address: str,
    edits: list[tuple[float, int, str]],
    family: str,
    *,
    by_header: bool,
) -> None:
    url = f"{address}/events"
    first = until_live(method="GET", url=url, params={"family": family})
    ids = re.findall(r"^id: (.+)$", first.content.decode(), re.MULTILINE)
    last = ids[len(ids) // 2]
    for where, away, put in edits:
        at = int(where * len(last))
        last = last[:at] + put + last[at + away :]
    asked: dict[str, Any] = {"params": {"family": family}}
    if by_header:
        asked["headers"] = {b"last-event-id": last.replace("\0", "").strip().encode()}
    else:
        asked["params"]["after"] = last
    again = until_live(method="GET", url=url, **asked)
    assert again.status_code == 200
    told = re.findall(r"^event: (.+)$", again.content.decode(), re.MULTILINE)
    assert told[-1] == "live"
    assert set(told[:-1]) <= {"resumed", "resync", "removed", family}
    assert edits or "resync" not in told


@settings(max_examples=60, **QUICK)
@given(
    body=st.binary(max_size=300) | st.text().map(str.encode),
    kind=st.sampled_from([STRUCTURED, BATCH, "application/json", "", "text/x", "é"]),
    headers=st.dictionaries(
        st.sampled_from(
            ["ce-id", "ce-source", "ce-data", "prefer", "accept-language", "ce-"]
        ),
        st.text(
            st.characters(
                min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"
            )
        ).map(str.strip),
    ),
)
def test_nor_are_any_bytes(
    address: str, body: bytes, kind: str, headers: dict[str, str]
) -> None:
    told = {"content-type": kind, "prefer": "wait=0"} | headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    answer = httpx.post(f"{address}/statements", content=body, headers=raw)
    assert answer.status_code in {200, 202, 400, 413, 415, 422}
    assert answer.json()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reference_leads_somewhere(language: str) -> None:
    document = openapi(language)
    schemas = document["components"]["schemas"]

    def references(part: Any) -> Iterator[str]:
        match part:
            case {"$ref": str(reference)}:
                yield reference
            case dict():
                for value in part.values():
                    yield from references(value)
            case list():
                for value in part:
                    yield from references(value)

    found = set(references(document))
    assert len(found) > len(EVENT_TYPES)
    assert {f.removeprefix("#/components/schemas/") for f in found} <= {*schemas}
    chinese = any(character > "一" for character in document["info"]["title"])
    assert chinese is (language == "zh")


def test_every_example_is_a_statement_of_the_document() -> None:
    document = openapi("en")
    checked = 0
    for path in sorted(EXAMPLES.glob("*/*.json")):
        event = read(path)
        if event.type.is_statement:
            part = {"$ref": f"#/components/schemas/said.{event.type.name}"}
            validator = Draft202012Validator(document | part)
            said = cloudevent(event.envelope, json.loads(event.value))
            assert not list(validator.iter_errors(said)), path
            assert list(validator.iter_errors(said | {"data": {}})), path
            checked += 1
    assert checked > 50


async def test_it_is_served_in_both_languages(address: str) -> None:
    for language in ("en", "zh"):
        asked = {"accept-language": language}
        async with httpx.AsyncClient(base_url=address) as client:
            told = await client.get("/openapi.json", headers=asked)
        assert told.json() == openapi(language)


async def test_the_contract_is_there_to_look_at_and_to_read(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        drawn = await client.get("/catalogue")
        assert drawn.headers["content-type"].startswith("text/html")
        assert drawn.text == built()["catalogue.html"]
        for language in ("zh", "en"):
            asked = {"accept-language": language}
            told = await client.get("/asyncapi.json", headers=asked)
            assert told.headers["content-language"] == language
            document = asyncapi(contract(), examples(), language)
            assert told.json() == json.loads(json.dumps(document))
