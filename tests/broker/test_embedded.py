"""The broker on this machine: kept data, checked jars, nothing left behind."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.embedded import EmbeddedKafka
from services.embedded.jars import cache_folder, class_path, pins
from services.embedded.java import major_version
from services.runtime.errors import TwinCityError


@pytest.fixture
def kafka_of_its_own(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    with EmbeddedKafka(tmp_path) as kafka:
        yield kafka


async def test_what_was_acknowledged_survives_a_kill(
    kafka_of_its_own: EmbeddedKafka,
) -> None:
    kafka = kafka_of_its_own
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("kept", "成都".encode())
    await producer.stop()
    kafka.kill()
    kafka.start()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([TopicPartition("kept", 0)])
    record = await consumer.getone()
    await consumer.stop()
    assert record.value.decode() == "成都"


def test_nothing_is_left_behind() -> None:
    with EmbeddedKafka() as kafka:
        folder = kafka.log.parent
        assert kafka._process is not None
        process = kafka._process.pid
        os.kill(process, 0)  # it is there
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_jar_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    for pin in pins():
        (tmp_path / pin.file_name).hardlink_to(cache_folder() / pin.file_name)
    assert class_path(tmp_path)
    changed = tmp_path / "kafka-clients-4.3.1.jar"
    copy = changed.with_suffix(".copy")
    shutil.copy(changed, copy)
    with copy.open("ab") as file:
        file.write(b"!")
    copy.replace(changed)
    with pytest.raises(TwinCityError, match=r"kafka-clients-4\.3\.1\.jar"):
        class_path(tmp_path)


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_392"', 8),
        ("command not found", 0),
    ],
)
def test_java_says_its_version(said: str, major: int) -> None:
    assert major_version(said) == major


def test_an_identifier_may_begin_with_a_hyphen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begins_so = uuid.UUID(bytes=b"\xf8" + bytes(15))
    monkeypatch.setattr(uuid, "uuid4", lambda: begins_so)
    with EmbeddedKafka() as kafka:
        assert kafka.bootstrap
