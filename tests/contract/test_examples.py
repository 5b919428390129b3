"""The examples that integrators read: one at least of every event type."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import recorded
from twincity_schemas import Envelope, parse
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.statement import Statement

EXAMPLES = Path(__file__).parents[2] / "schemas/examples"
FILES = sorted(EXAMPLES.glob("*/*.json"))

pytestmark = pytest.mark.contract


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_every_event_type_has_a_folder_and_every_folder_a_type() -> None:
    facts = {event_type.fact for event_type in EVENT_TYPES.values()}
    assert {path.name for path in EXAMPLES.iterdir()} == facts
    assert {path.parent.name for path in FILES} == facts


def test_no_two_examples_have_one_identifier() -> None:
    """Their stories are told together: what stands twice is a fault of delivery."""
    ids = Counter(load(path)["envelope"]["id"] for path in FILES)
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_example_keeps_the_contract(path: Path) -> None:
    document = load(path)
    assert document.keys() == {"envelope", "data"}
    value = json.dumps(document["data"], ensure_ascii=False).encode()
    envelope = Envelope.model_validate(document["envelope"])
    event = parse(envelope.to_headers(), value)
    assert event.type.fact == path.parent.name
    assert envelope.subject.startswith(f"{event.type.subject}/")
    if isinstance(event.data, Statement):
        assert event.data.warnings() == []
    else:
        assert envelope.party == "twincity"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_example_has_nothing_that_the_contract_does_not_know(path: Path) -> None:
    document = load(path)
    model = EVENT_TYPES[document["envelope"]["type"]].model
    read = model.model_validate_json(json.dumps(document["data"]))
    again = json.loads(read.model_dump_json(exclude_none=True))
    assert missing(document["data"], again) == []


def missing(said: Any, read: Any, where: str = "") -> list[str]:
    """What was said and is not in what was read."""
    match said, read:
        case dict(), dict():
            return [
                lost
                for key, value in said.items()
                for lost in (
                    missing(value, read[key], f"{where}/{key}")
                    if key in read
                    else [f"{where}/{key}"]
                )
            ]
        case list(), list():
            return [
                lost
                for index, (a, b) in enumerate(zip(said, read, strict=True))
                for lost in missing(a, b, f"{where}/{index}")
            ]
        case _:
            return [] if said == read else [where]


def test_examples_of_a_projects_records_are_what_its_statements_come_to() -> None:
    """``python -m tests.support.recorded`` writes them anew."""
    derived = dict(recorded.examples())
    assert derived == {name: load(EXAMPLES / f"{name}.json") for name in derived}
