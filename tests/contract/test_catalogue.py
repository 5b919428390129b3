"""The catalogue guards itself, and what is derived from it has not drifted."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.runtime.settings import Settings
from twincity_schemas import generate
from twincity_schemas.catalogue import EVENT_TYPES, EventType, statements_of
from twincity_schemas.contract import contract
from twincity_schemas.obstacle import OnObstacle
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.parties import Registry
from twincity_schemas.statement import Statement
from twincity_schemas.topology import (
    DECIDING,
    OPERATIONS,
    SERVICES,
    changelog_of,
    topics,
)
from twincity_schemas.words import UnwordedError

REGISTRY = Registry.load(Settings().parties)
TOPICS = {topic.name: topic for topic in topics(REGISTRY)}


def test_what_is_derived_is_committed() -> None:
    assert generate.stale() == []


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=str)
def test_names_say_one_thing_in_one_way(event_type: EventType) -> None:
    aggregate, participle = event_type.fact.split(".")
    assert event_type.model.__name__ == aggregate.title() + participle.title()


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=str)
def test_statements_and_records_have_modules_of_their_own(
    event_type: EventType,
) -> None:
    module = event_type.model.__module__
    assert module.endswith("_record") == event_type.fact.endswith(".recorded")
    length = len(Path(sys.modules[module].__file__ or "").read_text().splitlines())
    assert length <= 350


def test_every_public_statement_is_a_type_unless_it_is_a_base_without_words() -> None:
    class Said(Statement):
        """Has no words yet: it is noticed by them, not passed over."""

    class Base(Statement):
        """Has no words, and others extend it."""

    class StatementExtended(Base):
        """Has no words yet either."""

    module = ModuleType(Said.__module__)
    vars(module).update(
        Said=Said,
        Base=Base,
        StatementExtended=StatementExtended,
        _Hidden=Said,
        Imported=OpportunityPublished,
    )
    types = list(statements_of("project", module))
    assert [t.model for t in types] == [Said, StatementExtended]
    with pytest.raises(UnwordedError):
        _ = types[0].words
    # Extended by opportunity.revised, and a type of its own all the same.
    assert OpportunityPublished in {t.model for t in EVENT_TYPES.values()}
    assert OnObstacle not in {t.model for t in EVENT_TYPES.values()}


WORDS = ("title", "x-title-zh", "description", "x-description-zh")


def worded(
    schema: Any, where: str, parts: dict[str, Any] | None = None
) -> Iterator[tuple[str, Any]]:
    """Everything in a schema that must carry words: models, fields, codes."""
    parts = schema.get("$defs", {}) if parts is None else parts
    match schema:
        case {"properties": dict(fields)}:
            yield where, schema
            for name, field in fields.items():
                # A field called as its type is says so by its reference alone.
                part = parts.get(field.get("$ref", "").rpartition("/")[2], {})
                yield f"{where}.{name}", part | field
        case {"enum": list(values)}:
            yield where, schema
            for value in values:
                yield f"{where}={value}", schema["x-enum-words"][value]
    for name, part in schema.get("$defs", {}).items():
        yield from worded(part, name, parts)


def test_every_type_field_code_and_topic_has_its_words_in_both_languages() -> None:
    whole = contract()
    told = [
        item
        for name, event in whole["events"].items()
        for item in worded(event["schema"], name)
    ]
    told += worded(whole["envelope"], "envelope")
    told += whole["topics"].items()
    without = [where for where, item in told if not all(item.get(w) for w in WORDS)]
    assert without == []
    assert len(told) > 300


@pytest.mark.parametrize("title", ["title", "x-title-zh"])
def test_no_two_topics_and_no_two_events_share_a_title(title: str) -> None:
    whole = contract()
    for named in (
        [topic[title] for topic in whole["topics"].values()],
        [event["schema"][title] for event in whole["events"].values()],
    ):
        assert len({*named}) == len(named)


def test_a_missing_word_is_noticed() -> None:
    schema = contract()["events"]["twincity.project.described.v1"]["schema"]
    del schema["$defs"]["Phase"]["x-enum-words"]["reserved"]["x-description-zh"]
    [silent] = [
        where
        for where, item in worded(schema, "described")
        if not all(item.get(w) for w in WORDS)
    ]
    assert silent == "Phase=reserved"


def test_one_name_is_one_class_in_the_whole_contract() -> None:
    seen: dict[str, Any] = {}
    for event in contract()["events"].values():
        for name, part in event["schema"].get("$defs", {}).items():
            assert seen.setdefault(name, part) == part, name


def test_every_event_of_a_topic_exists_and_every_event_has_a_topic() -> None:
    named = {name for topic in TOPICS.values() for name in topic.events}
    assert named == EVENT_TYPES.keys()


def test_every_service_has_its_changelog_and_dead_letters() -> None:
    for service in DECIDING:
        inputs = [
            t
            for t in TOPICS.values()
            if service in t.consumers and t.events and t.name != OPERATIONS
        ]
        assert inputs, service
        for topic in inputs:
            changelog = TOPICS[changelog_of(service, topic.name)]
            assert changelog.partitions == topic.partitions
            assert changelog.cleanup == "compact"
    for service in SERVICES:
        letters = TOPICS[f"twincity.{service}.deadletters"]
        assert (letters.cleanup, letters.config["retention.ms"]) == ("compact", "-1")


def test_what_waits_can_be_decided_from_where_it_was_read() -> None:
    """However long it waits: nothing that a service reads is deleted by its age."""
    for topic in TOPICS.values():
        if {*SERVICES} & {*topic.consumers} and topic.events:
            assert topic.config["retention.ms"] == "-1", topic.name


def test_an_inbox_has_one_partition() -> None:
    inboxes = [t for name, t in TOPICS.items() if name.startswith("twincity.inbox.")]
    assert len(inboxes) == len(REGISTRY.party)
    assert all(topic.partitions == 1 for topic in inboxes)
