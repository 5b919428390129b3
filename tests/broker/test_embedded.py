"""The broker on this machine: kept data, checked jars, nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.local import EmbeddedKafka
from services.local import kafka as node
from services.local.jars import cache_folder, class_path, pins
from services.runtime.errors import TwinCityError, Unavailable

_WHOSE_PARENT_IS_KILLED = """
import sys, time
from pathlib import Path
from services.local import EmbeddedKafka
with EmbeddedKafka(Path(sys.argv[1])) as kafka:
    print(kafka.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def kafka_of_its_own(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    # Java reads a properties file as Latin-1, and Kafka splits paths at commas.
    with EmbeddedKafka(tmp_path / "数据, 一") as kafka:
        yield kafka
    assert [path.name for path in tmp_path.iterdir()] == ["数据, 一"]


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
        process = kafka.pid
        assert process is not None
        os.kill(process, 0)  # it is there
    assert kafka.pid is None
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked")
def test_it_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WHOSE_PARENT_IS_KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _runs(process):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(process: int) -> bool:
    """A dead orphan stays in the table until the machine's init looks after it."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status


def test_a_node_that_fails_says_why_and_keeps_its_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = "log.retention.hours=many\n"
    monkeypatch.setattr(node, "_PROPERTIES", node._PROPERTIES + wrong)
    kafka = EmbeddedKafka()
    with pytest.raises(Unavailable, match=r"Invalid value many") as failure, kafka:
        pass
    assert str(kafka.log) in str(failure.value)
    assert "Invalid value many" in kafka.log.read_text("utf-8")
    shutil.rmtree(kafka.log.parent)


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


def test_an_identifier_may_begin_with_a_hyphen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begins_so = uuid.UUID(bytes=b"\xf8" + bytes(15))
    monkeypatch.setattr(uuid, "uuid4", lambda: begins_so)
    with EmbeddedKafka() as kafka:
        assert kafka.bootstrap
