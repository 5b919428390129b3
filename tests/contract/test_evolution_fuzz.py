"""The gate knows every keyword of JSON Schema 2020-12, or refuses what it changes.

Judged by a validator that knows nothing of the gate: where it refuses what it took
before, the gate must say that the change breaks; where it takes what it refused, the
gate must say at least that it widens.
"""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.contract.test_evolution import COUNT, TEXT, effects, thing, whole
from twincity_schemas.comparison import ContractEffect
from twincity_schemas.evolution import changes

B, W = ContractEffect.BREAKING, ContractEffect.WIDENING
NUMBER = {"type": "number"}
PARTS = {"X": TEXT, "Y": COUNT}

ASSERTIONS: dict[str, tuple[Any, Any]] = {
    "$ref": ("#/$defs/X", "#/$defs/Y"),
    "$dynamicRef": ("#a", "#b"),
    "$schema": ("https://json-schema.org/draft/2020-12/schema", "urn:x"),
    "$anchor": ("a", "b"),
    "$dynamicAnchor": ("a", "b"),
    "$vocabulary": ({"urn:x": True}, {"urn:x": False}),
    "allOf": ([TEXT], [COUNT]),
    "anyOf": ([TEXT], [COUNT]),
    "oneOf": ([TEXT], [COUNT]),
    "not": ({"const": "a"}, {"const": "b"}),
    "if": ({"const": "a"}, {"const": "b"}),
    "then": (TEXT, COUNT),
    "else": (TEXT, COUNT),
    "dependentSchemas": ({"a": TEXT}, {"a": COUNT}),
    "prefixItems": ([TEXT], [COUNT]),
    "items": (TEXT, COUNT),
    "contains": (TEXT, COUNT),
    "additionalProperties": (TEXT, COUNT),
    "patternProperties": ({"^a": TEXT}, {"^a": COUNT}),
    "propertyNames": ({"pattern": "^a"}, {"pattern": "^b"}),
    "unevaluatedItems": (TEXT, COUNT),
    "unevaluatedProperties": (TEXT, COUNT),
    "type": ("string", "integer"),
    "const": ("a", "b"),
    "enum": (["a"], ["b"]),
    "multipleOf": (2, 3),
    "maximum": (9, 8),
    "exclusiveMaximum": (9, 8),
    "minimum": (1, 2),
    "exclusiveMinimum": (1, 2),
    "maxLength": (9, 8),
    "minLength": (1, 2),
    "pattern": ("^a", "^b"),
    "maxItems": (9, 8),
    "minItems": (1, 2),
    "uniqueItems": (True, False),
    "maxContains": (9, 8),
    "minContains": (1, 2),
    "maxProperties": (9, 8),
    "minProperties": (1, 2),
    "required": (["a"], ["b"]),
    "dependentRequired": ({"a": ["b"]}, {"a": ["c"]}),
    "format": ("date", "time"),
    "contentEncoding": ("base64", "base32"),
    "contentMediaType": ("text/plain", "text/html"),
    "contentSchema": (TEXT, COUNT),
    "deprecated": (True, False),
    "readOnly": (True, False),
    "writeOnly": (True, False),
    "default": (1, 2),
    "x-nobody-knows": (1, 2),
    "definitions": ({"a": TEXT}, {"a": COUNT}),
    "dependencies": ({"a": ["b"]}, {"a": ["c"]}),
    "$recursiveRef": ("#", "#/x"),
}
ANNOTATIONS = {"title": ("a", "b"), "description": ("a", "b"), "$comment": ("a", "b"),
               "examples": ([1], [2])}  # fmt: skip


def judged(old: Any, new: Any) -> ContractEffect | None:
    before, after = (thing(one, parts=deepcopy(PARTS)) for one in (old, new))
    return effects(changes(whole(before), whole(after)))


@pytest.mark.parametrize("keyword", ASSERTIONS)
@pytest.mark.parametrize("base", [{}, TEXT, NUMBER], ids=["any", "text", "number"])
def test_no_keyword_comes_goes_or_changes_unseen(keyword: str, base: Any) -> None:
    one, other = ASSERTIONS[keyword]
    plain = {name: rule for name, rule in base.items() if name != keyword}
    with_one, with_other = plain | {keyword: one}, plain | {keyword: other}
    appears = judged(plain, with_one)
    assert appears is B
    assert judged(with_one, with_other) in {B, W}
    assert judged(with_other, with_one) in {B, W}
    assert B in {judged(with_one, with_other), judged(with_other, with_one)}
    goes = judged(with_one, plain)
    assert goes in {B, W}


@pytest.mark.parametrize("keyword", ANNOTATIONS)
def test_what_refuses_nothing_is_passed_over(keyword: str) -> None:
    one, other = ANNOTATIONS[keyword]
    for old, new in ((TEXT, TEXT | {keyword: one}), (TEXT | {keyword: one}, TEXT),
                     (TEXT | {keyword: one}, TEXT | {keyword: other})):  # fmt: skip
        assert judged(old, new) is None


UNSEEN = {
    "a true const": ({"const": 1}, {"const": True}),
    "a const of null": ({}, {"const": None}),
    "a const of false": ({"type": "boolean"}, {"type": "boolean", "const": False}),
    "a true code": ({"enum": [1]}, {"enum": [True]}),
    "a wider type with a bound": ({"type": "integer"}, NUMBER | {"maximum": 3}),
    "no type with codes": ({"type": "string"}, {"enum": [1]}),
    "a field nobody describes": ({"type": "object"}, {"required": ["z"]}),
    "a map's field": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": TEXT, "properties": {"a": COUNT}},
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_was_once_passed_over(name: str) -> None:
    assert judged(*UNSEEN[name]) is B


@pytest.mark.parametrize(
    "holder",
    [
        {"allOf": [{"$ref": "#/$defs/X"}]},
        {"oneOf": [{"$ref": "#/$defs/X"}, {"type": "null"}]},
        {"not": {"$ref": "#/$defs/X"}},
        {"if": {"$ref": "#/$defs/X"}, "then": False},
        {"prefixItems": [{"$ref": "#/$defs/X"}]},
        {"contains": {"$ref": "#/$defs/X"}},
        {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/X"}}, COUNT]},
        {"anyOf": [{"$ref": "#/$defs/X"}, COUNT]},
        {"$ref": "#/$defs/Y", "not": {"$ref": "#/$defs/X"}},
        {"$ref": "#/$defs/Via"},
        {"$ref": "#/$defs/Either"},
        {"$ref": "#/$defs/X", "maxLength": 99},
    ],
    ids=str,
)
def test_what_a_keyword_refers_to_counts(holder: Any) -> None:
    more = {"Via": {"$ref": "#/$defs/X"}, "Either": {"anyOf": [{"$ref": "#/$defs/X"},
            {"type": "boolean"}]}, "Y": COUNT}  # fmt: skip
    loose, tight = {"type": "string"}, {"type": "string", "maxLength": 1}
    old, new = (
        whole(thing(holder, parts={"X": part, **more})) for part in (loose, tight)
    )
    assert effects(changes(old, new)) is B
    assert effects(changes(new, old)) in {B, W}


LOOSER = {
    "a divisor": (NUMBER | {"multipleOf": 4}, NUMBER | {"multipleOf": 2}),
    "a first item": ({"prefixItems": [COUNT]}, {"prefixItems": [NUMBER]}),
    "a bound beside a reference": (
        {"$ref": "#/$defs/X", "pattern": "^a"},
        {"$ref": "#/$defs/X"},
    ),
    "among several types": (TEXT, TEXT | {"type": ["string", "null"]}),
    "nothing to something": (False, TEXT),
    "something to anything": (TEXT, True),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOSER)
def test_what_loosens_is_allowed_and_told(name: str) -> None:
    old, new = LOOSER[name]
    assert judged(old, new) is W
    assert judged(new, old) is B


# Any schema against any other

VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 1.5, -1, "", "a", "b", "ab", "abc", "2024-01-01"),
    *([], [1], ["a"], ["a", "a"], [1, "a"], ["a", 1], [[]], [None]),
    *({}, {"a": 1}, {"a": "a"}, {"b": 1}, {"a": 1, "b": "b"}, {"c": None}),
]
NAMES = ("a", "b")
small = st.integers(0, 3)
leaves = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "null", "boolean",
                                 "object", "array", ["string", "null"]]),
        "const": st.sampled_from([None, True, False, 1, "a", [], {}]),
        "enum": st.lists(st.sampled_from([None, True, 1, 0, "a", "b"]), min_size=1),
        "multipleOf": st.sampled_from([1, 2, 3]),
        **dict.fromkeys(
            ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
             "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"],
            small,
        ),
        "pattern": st.sampled_from(["^a", "b$"]),
        "uniqueItems": st.booleans(),
        "required": st.lists(st.sampled_from(NAMES), unique=True),
        "$ref": st.sampled_from([f"#/$defs/{name}" for name in ("X", "Y", "Z")]),
        "title": st.just("words"),
    },
)  # fmt: skip


def larger(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=2)
    some = st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)
    return st.builds(
        lambda leaf, more: {**leaf, **more},
        leaves,
        st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(["allOf", "anyOf", "oneOf", "prefixItems"], several),
                **dict.fromkeys(["not", "if", "then", "items", "contains"], inner),
                **dict.fromkeys(["additionalProperties", "propertyNames"], inner),
                **dict.fromkeys(["properties", "dependentSchemas"], some),
            },
        ),
    )


schemas = st.recursive(st.booleans() | leaves, larger, max_leaves=4)
parts = st.fixed_dictionaries({"X": schemas, "Y": schemas, "Z": leaves})


def new_fields(old: Any, new: Any) -> bool:
    """Whether a field is new anywhere: by convention it breaks nobody, though
    somebody may have written one of that name before."""
    named = [
        {name for one in _within(side) for name in one.get("properties", {})}
        for side in (old, new)
    ]
    return bool(named[1]) and old != new


def _within(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for one in schema for found in _within(one)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for one in schema.values() for found in _within(one))]


def verdicts(schema: Any, defs: Any) -> list[bool]:
    whole_ = {"properties": {"x": schema}, "$defs": defs}
    judge = Draft202012Validator(whole_)
    found = []
    for value in VALUES:
        try:
            found.append(judge.is_valid({"x": value}))
        except RecursionError:  # what refers to itself says nothing
            return []
    return found


@settings(max_examples=200, deadline=None)
@given(schemas, schemas, parts, parts, st.sampled_from(["part", "whole", "both"]))
@example({"$ref": "#/$defs/X"}, {}, {"X": TEXT, "Y": {}, "Z": {}},
         {"X": COUNT, "Y": {}, "Z": {}}, "part")  # fmt: skip
def test_the_gate_is_never_milder_than_a_validator(
    one: Any, other: Any, defs: Any, later: Any, changed: str
) -> None:
    old, new = one, one if changed == "part" else other
    before, after = defs, defs if changed == "whole" else later
    if new_fields([old, before], [new, after]):
        return
    was, is_ = verdicts(old, before), verdicts(new, after)
    if not was or not is_:
        return
    found = effects(
        changes(whole(thing(old, parts=before)), whole(thing(new, parts=after)))
    )
    taken_before, taken_now = zip(was, is_, strict=True), zip(was, is_, strict=True)
    if any(w and not i for w, i in taken_before):
        assert found is B, (old, new, before, after)
    elif any(i and not w for w, i in taken_now):
        assert found in {B, W}, (old, new, before, after)
