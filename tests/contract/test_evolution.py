"""Small changes to a contract, each with its verdict and an event that proves it.

The event is the proof: one that the old contract allows and the new one
refuses (or the reverse) where the verdict says so, read by a validator that
knows nothing of our gate.
"""

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.saying import S11, described, envelope
from twincity_schemas import Envelope, parse
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.contract import contract, last_release, load
from twincity_schemas.evolution import (
    Change,
    ContractEffect,
    FieldReader,
    changes,
    load_readers,
)
from twincity_schemas.message import to_json
from twincity_schemas.project import ProjectDescribed

READERS = Path(__file__).parents[2] / "schemas/readers.json"
RELEASES = Path(__file__).parents[2] / "schemas/releases"
THING = "twincity.thing.said.v1"
TOPIC = "twincity.thing.statements"
ENUM = {"type": "string", "enum": ["a", "b"]}
TEXT = {"type": "string", "minLength": 1, "maxLength": 9}
COUNT = {"type": "integer", "minimum": 1, "maximum": 9}
LIST = {"type": "array", "items": {"type": "string"}, "maxItems": 2}
MAYBE = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
EITHER = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
PART = {"type": "object", "properties": {"n": COUNT}, "required": ["n"]}
MAP = {"type": "object", "additionalProperties": {"type": "string"}}
KEYS = {"pattern": "^[a-z]$"}
KEYED = {"type": "object", "additionalProperties": TEXT, "propertyNames": KEYS}
B, W, C = ContractEffect.BREAKING, ContractEffect.WIDENING, ContractEffect.COMPATIBLE


def thing(field: Any, *, required: bool = False, parts: Any = None) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "x": field},
        "required": ["id", "x"] if required else ["id"],
        "$defs": parts or {},
    }
    if field is None:
        del schema["properties"]["x"]  # type: ignore[attr-defined]
    return schema


def whole(schema: Any, **event: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "envelope": {},
        "events": {
            THING: {
                "subject": "thing",
                "statement": True,
                "deprecation": None,
                "schema": schema,
            }
            | event
        },
        "topics": {
            TOPIC: {
                "key": "subject",
                "partitions": 8,
                "cleanup": "delete",
                "retention_ms": -1,
                "events": [THING],
            }
        },
    }


@dataclass(frozen=True)
class Case:
    """A field before and after; ``proof`` is refused on one side alone."""

    name: str
    old: Any
    new: Any
    effect: ContractEffect | None
    proof: Any = ...
    old_required: bool = False
    new_required: bool = False


NUMBER = {"type": "number"}
RULED = TEXT | {"x-rules": ["a", "b"]}
TEXTS = {"type": "array", "items": TEXT}
NOTHING: Any = False
ANYTHING: Any = True
CASES = [
    Case("a multiple of more", NUMBER, NUMBER | {"multipleOf": 2}, B, 3),
    Case("a multiple of less", NUMBER | {"multipleOf": 2}, NUMBER, W, 3),
    Case("a rule more", TEXT, TEXT | {"x-rules": ["no_such_day"]}, B),
    Case("a rule less", TEXT | {"x-rules": ["no_such_day"]}, TEXT, W),
    Case("rules in another order", RULED, RULED | {"x-rules": ["b", "a"]}, None),
    Case("nothing fits any more", TEXT, NOTHING, B, "a"),
    Case("nothing fitted before", NOTHING, TEXT, W, "a"),
    Case("anything fits", TEXT, ANYTHING, W, 1),
    Case("not anything fits", ANYTHING, TEXT, B, 1),
    Case("anything, said otherwise", ANYTHING, {}, None),
    Case("one of", {"oneOf": [TEXT]}, {"oneOf": [NUMBER]}, B, "a"),
    Case("one of appears", TEXT, TEXT | {"oneOf": [{"minLength": 9}]}, B, "a"),
    Case("not", TEXT, TEXT | {"not": {"const": "a"}}, B, "a"),
    Case("a condition", TEXT, TEXT | {"if": {}, "then": {"const": "b"}}, B, "a"),
    Case("first items", TEXTS, TEXTS | {"prefixItems": [NUMBER]}, B, ["a"]),
    Case("a keyword nobody knows", TEXT, TEXT | {"x-new": 1}, B),
    Case(
        "beside alternatives",
        {"anyOf": [TEXT, {"type": "null"}]},
        {"anyOf": [TEXT, {"type": "null"}], "maxLength": 1},
        B,
        "aa",
    ),
    Case("nothing changes", TEXT, TEXT, None),
    Case("a title changes", TEXT, TEXT | {"title": "Other"}, None),
    Case("a new optional field", None, TEXT, C),
    Case("a new required field", None, TEXT, B, ..., new_required=True),
    Case("a field is removed", TEXT, None, B),
    Case("a required field is removed", TEXT, None, B, ..., old_required=True),
    Case("becomes required", TEXT, TEXT, B, ..., new_required=True),
    Case("is no longer required", TEXT, TEXT, B, ..., old_required=True),
    Case("a code is removed", ENUM, ENUM | {"enum": ["a"]}, B, "b"),
    Case("a code is added", ENUM, ENUM | {"enum": ["a", "b", "c"]}, W, "c"),
    Case("a code is renamed", ENUM, ENUM | {"enum": ["a", "c"]}, B, "b"),
    Case("codes in another order", ENUM, ENUM | {"enum": ["b", "a"]}, None),
    Case("text becomes a code list", {"type": "string"}, ENUM, B, "z"),
    Case("a code list becomes text", ENUM, {"type": "string"}, W, "z"),
    Case("text gets shorter", TEXT, TEXT | {"maxLength": 3}, B, "abcd"),
    Case("text gets longer", TEXT, TEXT | {"maxLength": 99}, W, "0123456789"),
    Case("text loses its limit", TEXT, {"type": "string", "minLength": 1}, W, "x" * 99),
    Case("text may be empty", TEXT, TEXT | {"minLength": 0}, W, ""),
    Case("text must be longer", TEXT, TEXT | {"minLength": 2}, B, "x"),
    Case("a pattern is added", TEXT, TEXT | {"pattern": "^[a-z]+$"}, B, "A"),
    Case("a pattern is dropped", TEXT | {"pattern": "^a"}, TEXT, W, "b"),
    Case(
        "a pattern changes",
        TEXT | {"pattern": "^a"},
        TEXT | {"pattern": "^[ab]$"},
        B,
        "ax",
    ),
    Case("a number gets a lower top", COUNT, COUNT | {"maximum": 5}, B, 7),
    Case("a number gets a higher top", COUNT, COUNT | {"maximum": 50}, W, 10),
    Case("a number starts later", COUNT, COUNT | {"minimum": 2}, B, 1),
    Case("a number starts earlier", COUNT, COUNT | {"minimum": 0}, W, 0),
    Case("an exclusive bound appears", COUNT, COUNT | {"exclusiveMinimum": 1}, B, 1),
    Case("integer to number", {"type": "integer"}, {"type": "number"}, W, 1.5),
    Case("number to integer", {"type": "number"}, {"type": "integer"}, B, 1.5),
    Case("number to text", {"type": "number"}, {"type": "string"}, B, 1),
    Case("text to anything", {"type": "string"}, {}, W, 1),
    Case("anything to text", {}, {"type": "string"}, B, 1),
    Case("may no longer be null", MAYBE, {"type": "string"}, B, None),
    Case("may be null", {"type": "string"}, MAYBE, W, None),
    Case("a form is lost", EITHER, {"type": "string"}, B, 1),
    Case("a form is gained", {"type": "string"}, EITHER, W, 1),
    Case("fewer items", LIST, LIST | {"maxItems": 1}, B, ["a", "b"]),
    Case("more items", LIST, LIST | {"maxItems": 3}, W, ["a", "b", "c"]),
    Case("items must differ", LIST, LIST | {"uniqueItems": True}, B, ["a", "a"]),
    Case("items narrow", LIST, LIST | {"items": ENUM}, B, ["z"]),
    Case("items widen", LIST, LIST | {"items": {}}, W, [1]),
    Case(
        "values of a map narrow",
        MAP,
        MAP | {"additionalProperties": ENUM},
        B,
        {"k": "z"},
    ),
    Case("a map closes", MAP, MAP | {"additionalProperties": False}, B, {"k": "z"}),
    Case(
        "values under a pattern narrow",
        KEYED,
        KEYED | {"additionalProperties": ENUM},
        B,
        {"k": "z"},
    ),
    Case("a part loses a field", PART, PART | {"properties": {}}, B),
    Case("a part needs less", PART, PART | {"required": []}, B),
    Case(
        "a part narrows",
        PART,
        PART | {"properties": {"n": COUNT | {"maximum": 2}}},
        B,
        {"n": 5},
    ),
    Case(
        "a part gains an optional field",
        PART,
        PART | {"properties": {"n": COUNT, "m": TEXT}},
        C,
    ),
    Case("the default changes", COUNT | {"default": 1}, COUNT | {"default": 2}, B),
]


def effects(found: list[Change]) -> ContractEffect | None:
    return found[0].effect if found else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_small_change_has_its_verdict(case: Case) -> None:
    old = thing(case.old, required=case.old_required)
    new = thing(case.new, required=case.new_required)
    found = changes(whole(old), whole(new))
    assert effects(found) == case.effect, found
    if case.proof is not ...:
        event = {"id": "1", "x": case.proof}
        allowed = [Draft202012Validator(s).is_valid(event) for s in (old, new)]
        assert allowed == ([True, False] if case.effect is B else [False, True])


CLOSED = {
    *("one of", "one of appears", "not", "a condition", "first items"),
    *("a keyword nobody knows", "values under a pattern narrow", "the default changes"),
}
"""What the gate does not weigh is breaking, whichever way it goes."""

OTHER = {
    *("a code is renamed", "a pattern changes", "number to text"),
    *("becomes required", "is no longer required", "a part needs less"),
    *("a required field is removed", "a new required field", "a part loses a field"),
}
"""What breaks somebody either way: who writes, or who reads."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_way_back_has_its_verdict(case: Case) -> None:
    new = thing(case.old, required=case.old_required)
    old = thing(case.new, required=case.new_required)
    back = {B: W, W: B, C: B, None: None}[case.effect]
    if case.name in CLOSED | OTHER:
        back = B
    elif case.name == "a field is removed":
        back = C
    assert effects(changes(whole(old), whole(new))) == back


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_behind_a_reference_has_the_same_verdict(case: Case) -> None:
    if case.old is None or case.new is None:
        return
    reference = {"$ref": "#/$defs/X"}
    old = thing(reference, required=case.old_required, parts={"X": case.old})
    new = thing(reference, required=case.new_required, parts={"X": case.new})
    if isinstance(case.old, bool) or "default" not in case.old:
        assert effects(changes(whole(old), whole(new))) == case.effect


def test_what_stands_beside_a_reference_counts() -> None:
    parts = {"X": TEXT}
    plain = thing({"$ref": "#/$defs/X"}, parts=parts)
    tighter = thing({"$ref": "#/$defs/X", "maxLength": 1}, parts=parts)
    titled = thing({"$ref": "#/$defs/X", "title": "Other"}, parts=parts)
    assert effects(changes(whole(plain), whole(tighter))) is B
    assert effects(changes(whole(tighter), whole(plain))) is W
    assert effects(changes(whole(plain), whole(titled))) is None


@pytest.mark.parametrize(
    ("part", "value", "effect"),
    [
        ("key", "source", B),
        ("partitions", 9, B),
        ("cleanup", "compact", B),
        ("retention_ms", 86_400_000, B),
        ("events", [], B),
        ("events", [THING, "twincity.thing.unsaid.v1"], C),
    ],
)
def test_a_topic_keeps_what_readers_rely_on(
    part: str, value: Any, effect: ContractEffect
) -> None:
    old, new = whole(thing(TEXT)), whole(thing(TEXT))
    new["topics"][TOPIC][part] = value
    assert effects(changes(old, new)) == effect


def test_a_type_goes_only_after_it_was_deprecated() -> None:
    going = {"since": "2026-01-01", "sunset": "2027-01-01", "successor": "other"}
    plain, told = whole(thing(TEXT)), whole(thing(TEXT), deprecation=going)
    gone = whole(thing(TEXT)) | {"events": {}}
    gone["topics"][TOPIC]["events"] = [THING]
    assert effects(changes(plain, gone)) is B
    assert effects(changes(gone, plain)) is C
    assert effects(changes(plain, told)) is C
    assert effects(changes(told, plain)) is C  # it stays after all
    assert effects(changes(told, gone, on=date(2027, 1, 1))) is W
    for too_soon in (None, date(2026, 12, 31)):
        [change] = changes(told, gone, on=too_soon)
        assert change.effect is B
        assert "before its sunset" in change.en


@pytest.mark.parametrize(("sunset", "effect"), [("2026-06-01", B), ("2028-01-01", C)])
def test_a_sunset_is_never_moved_forward(sunset: str, effect: ContractEffect) -> None:
    going = {"since": "2026-01-01", "sunset": "2027-01-01", "successor": "other"}
    told = whole(thing(TEXT), deprecation=going)
    later = whole(thing(TEXT), deprecation=going | {"sunset": sunset})
    assert effects(changes(told, later)) is effect


def test_the_sentence_names_the_reader_and_the_reason() -> None:
    reader = FieldReader(name="deyang-dashboard", event=THING, fields=("/x/*/n",))
    other = FieldReader(name="elsewhere", event=THING, fields=("/id",))
    listed = {"type": "array", "items": PART}
    narrowed = {"type": "array", "items": PART | {"properties": {}}}
    [change] = changes(whole(thing(listed)), whole(thing(narrowed)), (reader, other))
    assert change.readers == ("deyang-dashboard",)
    assert change.pointer == "/x/*/n"
    assert change.en == (
        "is removed: whoever reads it finds nothing; used by deyang-dashboard"
    )
    assert (
        change.zh == "字段被删除，使用它的读者再也读不到；deyang-dashboard 使用该字段"
    )


def test_nothing_breaks_since_the_last_release() -> None:
    released = load(last_release(RELEASES))
    today = datetime.now(UTC).date()
    found = changes(released, contract(), load_readers(READERS), today)
    assert [f"{c.of}{c.pointer}: {c.en}" for c in found if c.effect is B] == []


def test_a_release_holds_every_type_and_topic() -> None:
    """What no release has is held to nothing."""
    released, now = load(last_release(RELEASES)), contract()
    assert released["events"].keys() == now["events"].keys() == EVENT_TYPES.keys()
    assert released["topics"].keys() == now["topics"].keys()


def test_every_declared_field_is_one_of_the_contract() -> None:
    events = contract()["events"]
    for reader in load_readers(READERS):
        parts = events[reader.event]["schema"].get("$defs", {})
        for field in reader.fields:
            here = events[reader.event]["schema"]
            for step in field.removeprefix("/").split("/"):
                here = here["items"] if step == "*" else here["properties"][step]
                here = parts.get(here.get("$ref", "").removeprefix("#/$defs/"), here)


def test_the_gate_would_notice_in_the_real_contract() -> None:
    later = deepcopy(contract())
    schema = later["events"]["twincity.project.recorded.v1"]["schema"]
    del schema["properties"]["members"]
    later["topics"]["twincity.matching.records"]["key"] = "pool"
    assert [c.effect for c in changes(contract(), later)] == [B, B]


class NextProjectDescribed(ProjectDescribed):
    """The next version: one optional field more."""

    nickname: str | None = None


NEXT: dict[str, EventType] = EVENT_TYPES | {
    "twincity.project.described.v1": EventType(
        "twincity.project.described.v1", NextProjectDescribed, "project"
    )
}


def test_this_versions_events_are_read_by_the_next_and_the_reverse() -> None:
    said: Envelope = envelope("project.described", "chengdu", S11)
    v1 = ProjectDescribed(**described())
    later = NextProjectDescribed(**described(nickname="成德快线"))

    by_next = parse(said.to_headers(), to_json(v1), event_types=NEXT)
    by_this = parse(said.to_headers(), to_json(later))

    assert by_next.data.model_dump(exclude={"nickname"}) == v1.model_dump()
    assert isinstance(by_this.data, ProjectDescribed)
    assert by_this.data.name == later.name
    assert [w.code for w in by_this.data.warnings()] == ["unknown_field"]
    assert effects(changes(contract(), contract(NEXT))) is C
