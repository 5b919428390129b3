"""The promise to publishers: what the schema allows is accepted.

Unless a rule refuses it that the schema names (``x-rules``) at that very place.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tests.support.examples import places
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.contract import json_schema
from twincity_schemas.generate import examples
from twincity_schemas.problems import translate
from twincity_schemas.words import RULES

EXAMPLES = examples()
EDGES: dict[type, list[Any]] = {
    str: [
        *("", " ", " x ", "0", "0.0", "-0", "-1", "100.5", "1e3", "\u0000", "一" * 300),
        *("2026-02-30", "2026-13", "2026", "1970-01-01", "2199-12-31"),
        *("2026-02-30T10:00:00+08:00", "project/deyang.chengdu/x", "project/x.x/y"),
        *("board/chengdu/x", "lhasa", "chengdu-", "sha256:" + "0" * 64, "true", "null"),
    ],
    # Not 1.0: an integer is written without a fraction, which no parser shows.
    int: [-1, 0, 1, 13, 99, 2101, 10**20, 1.5, True],
    bool: [0, 1, "true"],
    list: [[], {}, [None]],
    dict: [{}, []],
}


def values_by_name() -> dict[str, list[Any]]:
    """What the examples have in fields of a name: fit for others of that name."""
    found: dict[str, list[Any]] = defaultdict(list)
    for stories in EXAMPLES.values():
        for document in stories.values():
            for holder, step in places(document["data"]):
                if isinstance(step, str) and holder[step] not in found[step]:
                    found[step].append(holder[step])
    return found


ELSEWHERE = values_by_name()


def mutants(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each value replaced, repeated or left out."""
    for holder, step in places(data):
        kept = holder[step]
        others = [*EDGES.get(type(kept), ()), *ELSEWHERE.get(step, ())]
        if isinstance(kept, list):
            others += [kept * 2, kept[:1] * 2, kept[::-1], kept * 300]
        for other in [*others, None]:
            if other != kept or type(other) is not type(kept):
                holder[step] = other
                yield data
        holder[step] = kept
        if isinstance(holder, dict):
            del holder[step]
            yield data
            holder[step] = kept


def absent(
    schema: dict[str, Any], forms: list[dict[str, Any]], part: Any
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yields the fields that a document lacks: what holds them, and their names."""
    forms = [*_resolved(schema, forms)]
    match part:
        case dict():
            fields: dict[str, Any] = {}
            for form in forms:
                fields |= form.get("properties", {})
            yield from ((part, name) for name in fields.keys() - part.keys())
            others = [form.get("additionalProperties") for form in forms]
            others = [form for form in others if isinstance(form, dict)]
            for name, inner in part.items():
                within = [fields[name]] if name in fields else others
                yield from absent(schema, within, inner)
        case list():
            items = [form["items"] for form in forms if "items" in form]
            for inner in part:
                yield from absent(schema, items, inner)


def extended(schema: dict[str, Any], data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each field that is left out, filled with what fields of its name hold."""
    for holder, name in sorted(absent(schema, [schema], data), key=lambda one: one[1]):
        for other in (*ELSEWHERE.get(name, ()), *EDGES[str], *EDGES[int], [], {}):
            holder[name] = other
            yield data
        del holder[name]


def listed(schema: dict[str, Any], pointer: str) -> set[str]:
    """The rules that a schema names at a place."""
    forms = [schema]
    for step in filter(None, pointer.split("/")):
        inner = []
        for form in _resolved(schema, forms):
            if step in form.get("properties", {}):
                inner.append(form["properties"][step])
            inner += [form[k] for k in ("items", "additionalProperties") if k in form]
        forms = [one for one in inner if isinstance(one, dict)]
    return {code for form in _resolved(schema, forms) for code in form.get(RULES, ())}


def _resolved(
    schema: dict[str, Any], forms: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for form in forms:
        yield form
        if "$ref" in form:
            part = schema["$defs"][form["$ref"].rpartition("/")[2]]
            yield from _resolved(schema, [part])
        yield from _resolved(schema, form.get("anyOf", []))


def refused(event_type: EventType, data: Any) -> list[tuple[str, str]]:
    """Where our own model refuses it, and by which rule."""
    try:
        event_type.model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        found = [(p.pointer, p.code) for p in translate(error)]
        # A list whose one item is refused counts as empty too.
        return [
            (at, code)
            for at, code in found
            if code != "too_short" or not any(o.startswith(f"{at}/") for o, _ in found)
        ]
    return []


def some(made: Callable[[], Iterator[Any]], most: int) -> Iterator[Any]:
    """At most so many of what is made, by chance, each as long as it is looked at."""
    count = sum(1 for _ in made())
    picked = {*random.Random(13).sample(range(count), min(count, most))}
    return (one for number, one in enumerate(made()) if number in picked)


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=lambda t: t.fact)
def test_what_the_schema_allows_is_accepted_but_for_its_rules(
    event_type: EventType,
) -> None:
    schema = json_schema(event_type)
    allows = Draft202012Validator(schema).is_valid
    stories = [deepcopy(d["data"]) for d in EXAMPLES[event_type.fact].values()]
    changed = some(lambda: (one for s in stories for one in mutants(s)), 80)
    longer = some(lambda: (one for s in stories for one in extended(schema, s)), 40)
    for data in chain(stories, changed, longer):
        if allows(data):
            for where, code in refused(event_type, data):
                assert code in listed(schema, where), (where, code, data)


def test_the_mutants_meet_the_rules() -> None:
    """A list twice over, a day that does not exist: the search finds what it seeks."""
    called = EVENT_TYPES["twincity.dispatch.called.v1"]
    drawn = EVENT_TYPES["twincity.plan.drawn.v1"]
    met = set()
    for event_type in (called, drawn):
        allows = Draft202012Validator(json_schema(event_type)).is_valid
        for document in EXAMPLES[event_type.fact].values():
            for data in mutants(deepcopy(document["data"])):
                if allows(data):
                    met |= {code for _, code in refused(event_type, data)}
    assert met == {"code_twice", "no_such_day", "subject_members"}
    assert listed(json_schema(drawn), "/measures") == {"code_twice"}
    assert listed(json_schema(drawn), "/measures/0/due") == {"no_such_day"}
