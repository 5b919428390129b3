"""How a service's inputs are dealt out to however many shards it has."""

from collections import Counter

import pytest
from aiokafka import TopicPartition

from services.runtime.layout import (
    Ordinal,
    all_inputs,
    inputs_of,
    most_shards,
    narrowest,
)
from services.runtime.owning import Owning
from tests.support.folding import REGISTRY
from twincity_schemas.parties import Party, Registry
from twincity_schemas.topology import DECIDING, OPERATIONS, inbox, topics

CATALOGUE = list(topics(REGISTRY))
LAYOUTS = [
    (service, shards)
    for service in DECIDING
    for shards in range(1, most_shards(service, CATALOGUE) + 1)
]


@pytest.mark.parametrize(("service", "shards"), LAYOUTS)
def test_every_input_is_one_shards_and_each_has_as_many(
    service: str, shards: int
) -> None:
    dealt = [
        inputs_of(service, Ordinal(number, shards), CATALOGUE, "t.")
        for number in range(shards)
    ]
    sources = Counter(one.source for inputs in dealt for one in inputs)
    changelogs = Counter(one.changelog for inputs in dealt for one in inputs)
    wanted = {
        TopicPartition(f"t.{topic.name}", partition)
        for topic in CATALOGUE
        if service in topic.consumers and topic.events and topic.name != OPERATIONS
        for partition in range(topic.partitions)
    }
    assert sources.keys() == wanted
    assert {*sources.values()} == {*changelogs.values()} == {1}
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


@pytest.mark.parametrize("shards", [1, 2, 3, 5])
def test_a_new_party_moves_nobody_elses_inbox(shards: int) -> None:
    def whose(registry: Registry) -> dict[TopicPartition, int]:
        return {
            one.source: number
            for number in range(shards)
            for one in inputs_of(
                "admission", Ordinal(number, shards), topics(registry), ""
            )
        }

    new = Party(
        code="anyue", zh="安岳县", en="Anyue", region="512021", cluster="chengdu"
    )
    after = whose(Registry(party=(*REGISTRY.party, new)))
    assert after.pop(TopicPartition(inbox("anyue"), 0)) < shards
    assert after == whose(REGISTRY)


def test_what_is_looked_at_again_needs_no_more_than_its_own_partition() -> None:
    [source] = {TopicPartition("t.twincity.project.statements", 3)}
    alone = narrowest("coordination", source, CATALOGUE, "t.")
    assert [one.source for one in alone] == [source]
    # A dispatch rests on projects of every partition.
    whole = narrowest("appraisal", source, CATALOGUE, "t.")
    assert whole == all_inputs("appraisal", CATALOGUE, "t.")


def test_the_later_of_two_owners_finds_the_earlier() -> None:
    changelog: dict[bytes, bytes | None] = {}
    former, later = Owning("a.0-of-2"), Owning("a.0-of-3")
    for one in (former, later):
        changelog.update(one.changes())
        for key, value in changelog.items():
            one.restore(key, value)
    assert former.others == set()
    assert later.others == {"a.0-of-2"}
    changelog.update(later.changes())
    again = Owning("a.0-of-2")  # whoever starts the former layout all the same
    changelog.update(again.changes())
    for key, value in changelog.items():
        again.restore(key, value)
    assert again.others == {"a.0-of-3"}
