"""The catalogue's topics on a real cluster."""

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import PROJECT_STATEMENTS, topics


def catalogue(settings: Settings) -> list[Topic]:
    return list(topics(Registry.load(settings.parties)))


async def test_what_is_set_otherwise_is_told_and_corrected(settings: Settings) -> None:
    wanted = catalogue(settings)
    name = settings.prefix + PROJECT_STATEMENTS
    async with Cluster(settings) as cluster:
        assert {d.actual for d in await cluster.differences(wanted)} == {None}
        assert await cluster.apply(wanted) == []
        admin = AIOKafkaAdminClient(**client_options(settings))
        await admin.start()
        changed = {"retention.ms": "60000", "cleanup.policy": "delete"}
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs=changed)]
        )
        while not (found := await cluster.differences(wanted)):
            pass  # until the broker shows it; pytest's limit ends a vain wait
        assert [(d.topic, d.setting, d.actual) for d in found] == [
            (name, "retention.ms", "60000")
        ]
        assert await cluster.apply(wanted) == []
        await admin.create_partitions({name: NewPartitions(total_count=9)})
        while not (found := await cluster.apply(wanted)):
            pass
        await admin.close()
        # More partitions would move subjects: told, never touched.
        assert [(d.setting, d.wanted, d.actual) for d in found] == [
            ("partitions", "8", "9")
        ]
