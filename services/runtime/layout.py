"""Which input partitions a shard takes, of as many shards as a service has.

How many there are is a deployment's choice: a service's input partitions are dealt
out in the catalogue's order, one a shard in turn. The inboxes stand in it as the
registry has the parties, so one that is added at its end moves nobody else's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from aiokafka import TopicPartition
from typing_extensions import override

from twincity_schemas.topic import Topic
from twincity_schemas.topology import OPERATIONS, UNDIVIDED, changelog_of


class Ordinal(NamedTuple):
    """A shard's number and the number of shards, from 0; written ``0/2``."""

    number: int
    of: int

    @override
    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Ordinal(0, 1)
"""A service in one shard."""


@dataclass(frozen=True)
class Input:
    """An input partition and the changelog partition that goes with it."""

    source: TopicPartition
    changelog: TopicPartition


def all_inputs(service: str, topics: Iterable[Topic], prefix: str) -> list[Input]:
    """Every input partition of a service, from the catalogue.

    What operators do is not among them: every shard reads all of it.
    """
    return [
        Input(
            TopicPartition(prefix + topic.name, partition),
            TopicPartition(prefix + changelog_of(service, topic.name), partition),
        )
        for topic in topics
        if service in topic.consumers and topic.events and topic.name != OPERATIONS
        for partition in range(topic.partitions)
    ]


def inputs_of(
    service: str, shard: Ordinal, topics: Iterable[Topic], prefix: str
) -> list[Input]:
    """The input partitions of one shard."""
    # In turn, not in blocks: the partitions of one topic are spread over the shards.
    return all_inputs(service, topics, prefix)[shard.number :: shard.of]


def most_shards(service: str, topics: Iterable[Topic]) -> int:
    """In how many shards a service can be: one for each input partition."""
    return 1 if service in UNDIVIDED else len(all_inputs(service, topics, ""))


def narrowest(
    service: str, source: TopicPartition, topics: Iterable[Topic], prefix: str
) -> list[Input]:
    """The fewest inputs of which a shard can decide about a partition's statements."""
    inputs = all_inputs(service, topics, prefix)
    if service in UNDIVIDED:
        return inputs
    return [one for one in inputs if one.source == source]
