"""The catalogue guards itself, and what is derived from it has not drifted."""

import pytest
from pydantic import BaseModel

from services.runtime.settings import Settings
from twincity_schemas import generate
from twincity_schemas.catalogue import (
    EVENT_TYPES,
    SERVICES,
    SHARDS,
    EventType,
    changelog_of,
    topics,
)
from twincity_schemas.parties import Registry
from twincity_schemas.words import Coded, Words

REGISTRY = Registry.load(Settings().parties)
TOPICS = {topic.name: topic for topic in topics(REGISTRY)}


def test_what_is_derived_is_committed() -> None:
    assert generate.stale() == []


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=str)
def test_names_say_one_thing_in_one_way(event_type: EventType) -> None:
    aggregate, participle = event_type.fact.split(".")
    assert event_type.model.__name__ == aggregate.title() + participle.title()


def _models(model: type[BaseModel], seen: set[type[BaseModel]]) -> None:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        words = [m for m in field.metadata if isinstance(m, Words)]
        assert words, f"{model.__name__}.{name} has no words"
        assert all(w.zh and w.en for w in words), f"{model.__name__}.{name}"
        for part in _parts(field.annotation):
            if issubclass(part, BaseModel):
                _models(part, seen)
            elif issubclass(part, Coded):
                assert all(m.words.zh and m.words.en for m in part), part


def _parts(annotation: object) -> list[type]:
    inner = [p for a in getattr(annotation, "__args__", ()) for p in _parts(a)]
    return [*inner, annotation] if isinstance(annotation, type) else inner


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=str)
def test_every_field_has_its_words(event_type: EventType) -> None:
    seen: set[type[BaseModel]] = set()
    _models(event_type.model, seen)
    assert event_type.model in seen
    assert event_type.words.zh
    assert event_type.words.en


def test_every_event_of_a_topic_exists_and_every_event_has_a_topic() -> None:
    named = {name for topic in TOPICS.values() for name in topic.events}
    assert named == EVENT_TYPES.keys()


def test_every_service_has_its_changelog_and_dead_letters() -> None:
    for service in SHARDS:
        inputs = [t for t in TOPICS.values() if service in t.consumers and t.events]
        assert inputs, service
        for topic in inputs:
            changelog = TOPICS[changelog_of(service, topic.name)]
            assert changelog.partitions == topic.partitions
            assert changelog.cleanup == "compact"
    for service in SERVICES:
        assert f"twincity.{service}.deadletters" in TOPICS


def test_an_inbox_has_one_partition() -> None:
    inboxes = [t for name, t in TOPICS.items() if name.startswith("twincity.inbox.")]
    assert len(inboxes) == len(REGISTRY.party)
    assert all(topic.partitions == 1 for topic in inboxes)
