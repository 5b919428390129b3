"""Whatever a statement refers to is checked, in every statement that refers to it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from services.rules.gate import contradictions
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.contract import json_schema
from twincity_schemas.envelope import Envelope
from twincity_schemas.generate import examples
from twincity_schemas.message import parse
from twincity_schemas.problems import ContractError
from twincity_schemas.words import RULES

STRANGER = "lhasa"
EXAMPLES = examples()
WRONG = {
    "not_a_member": STRANGER,
    "not_another_member": STRANGER,
    "not_own_entry": f"opportunity/{STRANGER}/2022-1-0001",
    "not_in_pool": "opportunity/chengdu/another-pool-0001",
    "subject_kind": "inbox/chengdu/1",
}
"""What breaks each reference, whatever the statement."""

Place = tuple[str, dict[str, Any], str, str]
"""The pointer, what holds it, the field in it, and the rule that holds there."""


def places(
    schema: dict[str, Any], value: dict[str, Any], parts: dict[str, Any], at: str = ""
) -> Iterator[Place]:
    """Every reference that is filled in."""
    for name, described in schema.get("properties", {}).items():
        if value.get(name) is None:
            continue
        for form in described.get("anyOf", [described]):
            yield from _places(form, value, name, parts, f"{at}/{name}")


def _places(
    form: dict[str, Any], holder: Any, step: Any, parts: dict[str, Any], at: str
) -> Iterator[Place]:
    form = parts.get(form.get("$ref", "").rpartition("/")[2], form)
    item = holder[step]
    if isinstance(item, dict):
        yield from places(form, item, parts, at)
    elif isinstance(item, list) and "items" in form:
        for index in range(len(item)):
            yield from _places(form["items"], item, index, parts, f"{at}/{index}")
    elif isinstance(item, str):
        for code in form.get(RULES, ()):
            if code in WRONG:
                yield at, holder, step, code
        if "/[a-z-]+" in form.get("pattern", ""):
            yield at, holder, step, "subject_kind"


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    envelope = Envelope(**document["envelope"])
    try:
        event = parse(envelope.to_headers(), json.dumps(document["data"]).encode())
    except ContractError as error:
        return [(p.pointer, p.code) for p in error.problems]
    return [(p.pointer, p.code) for p in contradictions(event)]


@pytest.mark.parametrize(
    "name", [name for name, type_ in EVENT_TYPES.items() if type_.is_statement]
)
def test_every_reference_is_checked(name: str) -> None:
    schema = json_schema(EVENT_TYPES[name])
    for document in EXAMPLES[EVENT_TYPES[name].fact].values():
        assert found(document) == []
        broken = deepcopy(document)
        for at, holder, step, code in places(
            schema, broken["data"], schema.get("$defs", {})
        ):
            kept = holder[step]
            holder[step] = WRONG[code]
            assert (at, code) in found(broken)
            holder[step] = kept


def test_references_of_each_kind_are_found_in_the_examples() -> None:
    seen = set()
    for event_type in EVENT_TYPES.values():
        schema = json_schema(event_type)
        for document in EXAMPLES[event_type.fact].values():
            data, parts = document["data"], schema.get("$defs", {})
            seen |= {code for _, _, _, code in places(schema, data, parts)}
    assert seen == WRONG.keys()
