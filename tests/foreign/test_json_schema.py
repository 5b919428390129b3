"""Three validators of other people, and our own models, say the same."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tests.foreign.conftest import HERE, Node
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.generate import examples

ROOT = Path(__file__).parents[2]
SCHEMAS: dict[str, Any] = {
    event_type.fact: json.loads(
        (ROOT / f"schemas/json/{event_type.name}.json").read_text("utf-8")
    )
    for event_type in EVENT_TYPES.values()
}
MODELS = {event_type.fact: event_type.model for event_type in EVENT_TYPES.values()}
GOOD = [
    (fact, document["data"])
    for fact, stories in examples().items()
    for document in stories.values()
]
Case = tuple[str, Any]


def test_the_readme_tells_a_strict_validator_of_our_annotations() -> None:
    readme = (ROOT / "schemas/README.md").read_text("utf-8")
    told = readme.partition("ajv.addVocabulary(")[2].partition(");")[0]
    ours = set(re.findall(r'"(x-[a-z-]+|tsType)": ', json.dumps(SCHEMAS)))
    assert set(re.findall(r'"([\w-]+)"', told)) == ours


def verdicts(node: Node, cases: list[Case]) -> list[dict[str, bool]]:
    """What each of the four says of each case."""
    asked = [{"schema": fact, "instance": instance} for fact, instance in cases]
    told = node("verdicts.mjs", given={"schemas": SCHEMAS, "cases": asked})
    python = {fact: Draft202012Validator(schema) for fact, schema in SCHEMAS.items()}
    return [
        said
        | {"jsonschema": python[fact].is_valid(instance), "ours": ours(fact, instance)}
        for (fact, instance), said in zip(cases, told, strict=True)
    ]


def ours(fact: str, instance: Any) -> bool:
    try:
        MODELS[fact].model_validate_json(json.dumps(instance), strict=True)
    except ValidationError:
        return False
    return True


def replaced(instance: Any, pointer: str, value: Any) -> Any:
    changed = deepcopy(instance)
    *path, last = pointer.strip("/").split("/")
    place = changed
    for step in path:
        place = place[step]
    place[last] = value
    return changed


def mutants(instance: Any) -> Iterator[tuple[str, Any]]:
    """Each part replaced by something of another type, each member left out.

    With what was done where: it is the same in each item of a list.
    """
    for name, place, step in _places(instance):
        kept = place[step]
        others: tuple[Any, ...] = (1.5, "?", [], {}, None, True)
        for other in others:
            if type(other) is not type(kept):
                place[step] = other
                yield f"{name} {type(kept)} {other}", deepcopy(instance)
        place[step] = kept
        if isinstance(place, dict):
            del place[step]
            yield f"{name} left out", deepcopy(instance)
            place[step] = kept


def _places(part: Any, within: str = "") -> Iterator[tuple[str, Any, Any]]:
    steps = part.keys() if isinstance(part, dict) else range(len(part))
    for step in list(steps):
        name = f"{within}/{step if isinstance(part, dict) else '*'}"
        yield name, part, step
        if isinstance(part[step], dict | list):
            yield from _places(part[step], name)


def test_everyone_accepts_every_example(node: Node) -> None:
    told = verdicts(node, GOOD)
    assert all(all(said.values()) for said in told)


def test_everyone_refuses_what_is_wrong(node: Node) -> None:
    wrong = json.loads((HERE / "wrong.json").read_text("utf-8"))
    told = examples()
    cases = []
    for case in wrong:
        fact, story = case["example"].split("/")
        data = told[fact][story]["data"]
        cases.append((fact, replaced(data, case["at"], case["set"])))
    for case, said in zip(wrong, verdicts(node, cases), strict=True):
        assert not any(said.values()), (case, said)


def test_everyone_says_the_same_of_every_mutant(node: Node) -> None:
    # What was tried in one example of a type says nothing new in another.
    unlike = {
        (fact, change): mutant
        for fact, good in GOOD
        for change, mutant in mutants(deepcopy(good))
    }
    cases = [(fact, mutant) for (fact, _), mutant in unlike.items()]
    told = verdicts(node, cases)
    differ = [
        (fact, said, instance)
        for (fact, instance), said in zip(cases, told, strict=True)
        if len(set(said.values())) > 1
    ]
    assert differ == []
    assert sum(not said["ours"] for said in told) > 1000


OURS_ALONE = [
    ("project.described", "s11-by-chengdu", "/as_of", "2026-02-30", "no_such_day"),
    (
        "project.described",
        "s5-with-investor-shares",
        "/investor_shares",
        [{"investor": "甲", "percent": "60"}, {"investor": "乙", "percent": "50"}],
        "shares_exceed_whole",
    ),
    (
        "opportunity.published",
        "demand-with-hard-limits",
        "/valid_from",
        "2099",
        "window_reversed",
    ),
    (
        "match.accepted",
        "demand-takes-it-up",
        "/counterpart",
        "opportunity/deyang.chengdu/1",
        "subject_members",
    ),
]


def test_ours_alone_knows_what_a_schema_cannot_say(node: Node) -> None:
    told = examples()
    cases = [
        (fact, replaced(told[fact][story]["data"], at, value))
        for fact, story, at, value, _ in OURS_ALONE
    ]
    theirs = {"ajv": True, "hyperjump": True, "jsonschema": True, "ours": False}
    assert verdicts(node, cases) == [theirs] * len(cases)
    for (fact, instance), (*_, code) in zip(cases, OURS_ALONE, strict=True):
        with pytest.raises(ValidationError) as raised:
            MODELS[fact].model_validate_json(json.dumps(instance), strict=True)
        [error] = raised.value.errors()
        assert error["ctx"]["error"].code == code
