"""The secured compose file: its Kafka, made of its settings as Kafka's image makes it.

Apache's own ``KafkaDockerWrapper``, which that image begins with, turns the environment
into properties and formats the storage; addresses and folders alone are this machine's.
"""

import asyncio
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.local.certificates import Authority
from services.local.jars import class_path
from services.local.java import find_java
from services.runtime.process import dies_with_parent
from services.runtime.settings import Settings
from tests.broker.test_gateway import free, twincity
from tests.broker.test_secured import NO_TOPIC, read, write
from twincity_schemas.topology import SERVICES, inbox, records
from twincity_schemas.values import Domain

OPEN, SECURED = (
    yaml.safe_load(Path(name).read_text("utf-8"))["services"]
    for name in ("docker-compose.yml", "docker-compose.secured.yml")
)
CERTIFICATE = "TWINCITY_KAFKA_CERTIFICATE"
_CLUSTER = "5L6g3nShT-eMCtK--X86sw"  # as Kafka's image has it where none is given


def environment(name: str) -> dict[str, str]:
    """A service's settings with both files, as compose merges and unescapes them."""
    merged: dict[str, Any] = {**OPEN[name]["environment"]}
    merged |= SECURED[name]["environment"]
    return {key: str(value).replace("$$", "$") for key, value in merged.items()}


@contextmanager
def kafka_of_compose(folder: Path) -> Iterator[tuple[str, str]]:
    """Where it takes certificates, and where passwords."""
    inside, outside, controller = (free().partition(":")[2] for _ in range(3))
    own = {"kafka:19092": f"localhost:{inside}", ":19092": f":{inside}",
           ":9092": f":{outside}", ":9093": f":{controller}",
           "/etc/kafka/tls": str(folder / "tls"),
           "/var/lib/kafka/data": str(folder / "data")}  # fmt: skip
    settings = environment("kafka")
    for there, here in own.items():
        settings = {k: v.replace(there, here) for k, v in settings.items()}
    for name in ("defaults", "mounted", "made"):
        (folder / name).mkdir()
    for name in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
        (folder / "defaults" / name).touch()
    java = [
        str(find_java()),
        "-Xmx256m",
        "-cp",
        os.pathsep.join(map(str, class_path())),
    ]
    folders = [
        f"--{kind}-configs-dir={folder / name}"
        for kind, name in (
            ("default", "defaults"),
            ("mounted", "mounted"),
            ("final", "made"),
        )
    ]
    setup = [*java, "kafka.docker.KafkaDockerWrapper", "setup", *folders]
    made = subprocess.run(
        setup, env=settings | {"CLUSTER_ID": _CLUSTER}, capture_output=True, check=False
    )
    assert made.returncode == 0, made.stderr
    run = [*dies_with_parent(), *java, "kafka.Kafka", "made/server.properties"]
    with (
        (folder / "kafka.log").open("wb") as log,
        subprocess.Popen(run, cwd=folder, stdout=log, stderr=log) as kafka,
    ):
        try:
            yield f"localhost:{inside}", f"localhost:{outside}"
        finally:
            kafka.kill()


@pytest.mark.timeout(240)
async def test_its_users_do_what_they_have_a_right_to(tmp_path: Path) -> None:
    tls = Authority(tmp_path / "tls")
    [script] = SECURED["certificates"]["command"]
    commands = re.findall(r"^twincity (.+?)$", script.replace("\\\n", ""), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        await twincity(*command.replace("/authority", str(tls.folder)).split())
    with kafka_of_compose(tmp_path) as (inside, outside):

        def known(name: str) -> Settings:
            told = Path(environment(name)[CERTIFICATE])
            return Settings().certified(inside, tls.certificate, tls.folder / told.name)

        administrator = known("topics")
        assert SECURED["access"]["command"] == "access apply --secrets /access"
        for command in ("topics apply", f"access apply --secrets {tmp_path}/access"):
            await ready_then(administrator, *command.split())
        admission, coordination = known("admission"), known("coordination")
        assert read(admission, inbox("chengdu"), "twincity.admission") is None
        assert write(admission, records(Domain.TRANSPORT)) == NO_TOPIC
        assert write(coordination, records(Domain.TRANSPORT)) is None
        assert write(known("gateway"), inbox("chengdu")) == NO_TOPIC
        password = dict(
            line.split("=", 1)
            for line in (tmp_path / "access/chengdu.env").read_text("utf-8").split("\n")
            if line.startswith("TWINCITY_")
        )
        chengdu = Settings.model_validate(
            {name.removeprefix("TWINCITY_").lower(): v for name, v in password.items()}
            | {"kafka": outside, "kafka_ca": tls.certificate}
        )
        assert write(chengdu, inbox("chengdu")) is None
        assert write(chengdu, inbox("deyang")) == NO_TOPIC


async def ready_then(administrator: Settings, *command: str) -> None:
    """Run a command once the broker listens."""
    host, _, port = administrator.kafka.partition(":")
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                break
        await asyncio.sleep(0.1)
    await twincity(*command, **administrator.kafka_environment())


@pytest.mark.parametrize("name", [*SERVICES, "gateway", "operators"])
def test_each_service_is_itself(name: str) -> None:
    if name not in OPEN:
        pytest.skip(f"{name} is not in the compose file")
    assert environment(name)[CERTIFICATE].endswith(f"/twincity.{name}.pem")
    assert SECURED[name]["depends_on"].keys() == {"access"}
    assert "ours:/etc/twincity/tls:ro" in SECURED[name]["volumes"]
