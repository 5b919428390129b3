"""The catalogue's topics on a cluster: compare, create, correct."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from typing_extensions import override

from services.runtime.connecting import (
    CANNOT_CONNECT,
    client_options,
    goodbye,
    unavailable,
)
from services.runtime.errors import Unavailable
from services.runtime.settings import Settings
from twincity_schemas.topic import Topic

_SHOWN_S = 20
_GROUP, _TRANSACTION = 0, 1  # Kafka's FindCoordinator


@dataclass(frozen=True)
class Difference:
    """A difference between a cluster and the catalogue."""

    topic: str
    setting: str
    wanted: str
    actual: str | None

    @override
    def __str__(self) -> str:
        existing = "missing 缺失" if self.actual is None else self.actual
        return f"{self.topic}: {self.setting} {existing}, wanted 应为 {self.wanted}"


class Cluster:
    """A cluster's topics, by an admin client of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prefix = settings.prefix
        self._admin = AIOKafkaAdminClient(**client_options(settings))

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            Unavailable: no broker answers.
        """
        try:
            await self._admin.start()
        except KafkaError as error:
            await self._admin.close()
            raise await unavailable(self._settings, error, CANNOT_CONNECT) from None
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Disconnect."""
        await self._admin.close()
        await goodbye(self._settings)

    async def missing(self, topics: Iterable[Topic]) -> list[Difference]:
        """Compare the partitions alone, as any client may; changes nothing."""
        wanted = {self._prefix + topic.name: topic for topic in topics}
        partitions = await self._partitions(wanted)
        return list(_missing(wanted, partitions))

    async def differences(self, topics: Iterable[Topic]) -> list[Difference]:
        """Compare the cluster with the catalogue; changes nothing."""
        wanted = {self._prefix + topic.name: topic for topic in topics}
        partitions = await self._partitions(wanted)
        configs = await self._configs([name for name in wanted if name in partitions])
        return [
            *_missing(wanted, partitions),
            *(
                Difference(name, setting, value, config.get(setting))
                for name, config in configs.items()
                for setting, value in wanted[name].config.items()
                if config.get(setting) != value
            ),
        ]

    async def apply(self, topics: Iterable[Topic]) -> list[Difference]:
        """Create what is missing, correct what is set otherwise.

        A different number of partitions is never changed: it would move
        subjects between partitions and break their order.

        Returns:
            What still differs when the brokers have had 20 s to show it.

        Raises:
            Unavailable: a topic could not be created.
        """
        topics = list(topics)
        differences = await self.differences(topics)
        missing = {d.topic for d in differences if d.setting == "topic"}
        wrong = {d.topic for d in differences} - missing
        if missing:
            await self._create([t for t in topics if self._prefix + t.name in missing])
        if wrong:
            await self._correct([t for t in topics if self._prefix + t.name in wrong])
        for _ in range(_SHOWN_S * 10):
            # A broker knows what was changed a moment after the controller.
            if all(d.setting == "partitions" for d in differences):
                break
            await asyncio.sleep(0.1)
            differences = await self.differences(topics)
        await self._coordinators()
        return differences

    async def _coordinators(self) -> None:
        """Wait until groups and transactions have their coordinators.

        The broker makes the topics behind them when they are first asked for, and
        whoever asks first is told that there is none. Better us than a service,
        whose log would begin with an error.
        """
        for kind in (_GROUP, _TRANSACTION):
            for _ in range(_SHOWN_S * 10):
                try:
                    await self._admin.find_coordinator(self._prefix + "twincity", kind)
                except KafkaError as error:
                    if not error.retriable:
                        return  # not ours to ask: the services find theirs
                    await asyncio.sleep(0.1)
                else:
                    break

    async def _create(self, topics: Iterable[Topic]) -> None:
        brokers = (await self._admin.describe_cluster())["brokers"]
        # aiokafka cannot ask for the broker's default; three is the custom.
        copies = min(3, len(brokers))
        answer = await self._admin.create_topics(
            [
                NewTopic(
                    name=self._prefix + topic.name,
                    num_partitions=topic.partitions,
                    replication_factor=copies,
                    topic_configs=topic.config,
                )
                for topic in topics
            ]
        )
        for name, code, message in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise Unavailable(f"topic {name} could not be created: {message}")

    async def _correct(self, topics: Iterable[Topic]) -> None:
        await self._admin.alter_configs(
            [
                ConfigResource(
                    ConfigResourceType.TOPIC,
                    self._prefix + topic.name,
                    configs=topic.config,
                )
                for topic in topics
            ]
        )

    async def _partitions(self, names: Iterable[str]) -> dict[str, int]:
        # Only what is there: where the broker creates topics by itself, asking
        # for a missing one would make it, with none of its settings.
        present = set(await self._admin.list_topics())
        described = await self._admin.describe_topics(sorted(present & set(names)))
        return {
            topic["topic"]: len(topic["partitions"])
            for topic in described
            if not topic["error_code"]
            and all(partition["leader"] >= 0 for partition in topic["partitions"])
        }

    async def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        answers = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        )
        return {
            resource[3]: {entry[0]: entry[1] for entry in resource[4]}
            for answer in answers
            for resource in answer.resources
        }


def _missing(
    wanted: Mapping[str, Topic], partitions: Mapping[str, int]
) -> Iterator[Difference]:
    for name, topic in wanted.items():
        existing = partitions.get(name)
        if existing is None:
            yield Difference(name, "topic", str(topic.partitions), None)
        elif existing != topic.partitions:
            yield Difference(name, "partitions", str(topic.partitions), str(existing))
