"""A real Kafka for the tests: given, in a container, or embedded.

The same tests run on either; one place decides.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from services.access.applying import opened
from services.access.doors import Doors
from services.access.secrets import Password
from services.local import EmbeddedKafka
from services.local.jars import KAFKA_VERSION
from services.local.kafka import ADMINISTRATOR
from services.runtime.settings import Settings

_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
SECURE = "TWINCITY_TEST_SECURE"
"""Set: every broker test runs over TLS with a password, on an authorizer."""

CERTIFIED, CERTIFICATE = "TEST_CERTIFIED", "TEST_CERTIFICATE"
"""Where that broker takes certificates, and its administrator's."""

_ENGINE = "/var/run/docker.sock"
_START_S = 120


@cache
def choice() -> str:
    """Which broker the tests run on."""
    if os.environ.get("TWINCITY_KAFKA"):
        return f"TWINCITY_KAFKA={os.environ['TWINCITY_KAFKA']}"
    if is_secured():
        return f"embedded Apache Kafka {KAFKA_VERSION}, secured"
    if _image_is_here():
        return f"testcontainers {_IMAGE}"
    return f"embedded Apache Kafka {KAFKA_VERSION}"


@contextmanager
def real_kafka() -> Iterator[str]:
    """A broker's bootstrap address."""
    given = os.environ.get("TWINCITY_KAFKA")
    if given:
        yield given
    elif choice().startswith("testcontainers"):
        yield from _in_container()
    elif is_secured():
        yield from _secured()
    else:
        with EmbeddedKafka() as kafka:
            yield kafka.bootstrap


def _secured() -> Iterator[str]:
    """Encrypted, by password and with an authorizer: everybody is its administrator.

    The environment says so to the tests and to the processes that they start.
    """
    with EmbeddedKafka(secured=True) as kafka, pytest.MonkeyPatch.context() as patch:
        doors = Doors.of(kafka, kafka.log.parent / "access")
        assert doors is not None
        password = Password.new(ADMINISTRATOR)
        opened(doors.administrator(Settings())).set_password(password)
        doors.secrets.write(password)
        told = doors.environment(Settings(), ADMINISTRATOR)
        for name, value in told.items():
            if name != "TWINCITY_KAFKA":  # a test that starts its own is not told
                patch.setenv(name, value)
        patch.setenv(CERTIFIED, doors.for_certificates)
        patch.setenv(CERTIFICATE, str(doors.authority.of(ADMINISTRATOR)))
        yield kafka.bootstrap


@contextmanager
def own_kafka(folder: Path) -> Iterator[tuple[EmbeddedKafka, Settings]]:
    """A test's own broker, secured where the others are, and who may do everything."""
    with EmbeddedKafka(folder, secured=is_secured()) as kafka:
        yield kafka, administering(kafka)


def is_secured() -> bool:
    """Returns whether a test's own broker is to be secured."""
    return bool(os.environ.get(SECURE))


def administering(kafka: EmbeddedKafka) -> Settings:
    """The settings of who may do everything on a broker, secured or not."""
    doors, settings = Doors.of(kafka, kafka.log.parent / "access"), Settings()
    return doors.administrator(settings) if doors else settings.open(kafka.bootstrap)


def _image_is_here() -> bool:
    """Whether a Docker engine answers and has, or can fetch, the image."""
    if not _engine_listens():
        return False
    client = docker.from_env(timeout=30)
    try:
        try:
            client.images.get(_IMAGE)
        except ImageNotFound:
            client.images.pull(_IMAGE)
    except DockerException:
        return False
    finally:
        client.close()
    return True


def _engine_listens() -> bool:
    """Asked first, since the client leaves its socket open where nobody answers."""
    if "DOCKER_HOST" in os.environ:
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(_ENGINE) == 0


def _in_container() -> Iterator[str]:
    # The stock KafkaContainer refuses apache/kafka images.
    # Ryuk would need an image of its own; the container ends with the block below.
    testcontainers_config.ryuk_disabled = True
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        # The broker speaks to itself too, when it verifies a transaction, and the
        # port that its clients know does not exist inside the container.
        "KAFKA_LISTENERS": "INSIDE://:19092,OUTSIDE://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": (
            f"INSIDE://localhost:19092,OUTSIDE://127.0.0.1:{port}"
        ),
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
            "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        # Fifty partitions each would be made on the first use of a test.
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
        "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(_IMAGE).with_bind_ports(9092, port)
    for name, value in environment.items():
        container.with_env(name, value)
    container.waiting_for(
        LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(_START_S)
    )
    with container:
        yield f"127.0.0.1:{port}"
