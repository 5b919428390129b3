"""The subscribers of ``schemas/README.md`` follow a record as they stand there."""

import asyncio
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from confluent_kafka import Producer

from services.runtime.connecting import librdkafka_options
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.foreign.conftest import node as node  # noqa: PLC0414  a fixture
from tests.support.examples import EXAMPLES
from tests.support.snippets import at, command, snippets, started
from twincity_schemas import Envelope
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics

TOPIC = "twincity.transport.records"
PART = EXAMPLES / "progress.recorded/s11-until-august.json"
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
"""A partner's writer packs as it likes; a city's mirror keeps what came."""

RECORD = EXAMPLES / "project.recorded/s11-agreed-with-its-parts.json"
SUBSCRIBERS = snippets("Subscribers in ten lines")


def test_there_is_one_for_everybody() -> None:
    assert SUBSCRIBERS.keys() == {
        "Python, aiokafka",
        "Python, FastStream",
        "Python, confluent-kafka",
        "JavaScript",
        "Java",
        "Go",
        "Shell, kcat",
    }


@pytest.mark.usefixtures("node")  # the JavaScript one imports its packages
@pytest.mark.parametrize("heading", SUBSCRIBERS)
async def test_a_subscriber_follows(
    heading: str, settings: Settings, tmp_path: Path
) -> None:
    codecs = codecs_of(heading)
    await recorded(settings, codecs)
    await follow(heading, settings, settings.prefix.strip("."), tmp_path, codecs)


async def follow(
    heading: str, settings: Settings, group: str, folder: Path, codecs: Iterable[str]
) -> None:
    """Wait until a subscriber prints each agreement, however it was packed.

    Args:
        heading: which subscriber.
        settings: which broker, and as whom.
        group: as which it reads.
        folder: where it is run.
        codecs: how the records were packed.
    """
    language, code = SUBSCRIBERS[heading]
    code = at(heading, code, settings).replace(TOPIC, settings.prefix + TOPIC)
    run = command(language, code.replace("my-dashboard", group), folder)
    await printed(
        {f"project/chengdu.deyang/s11-{codec}" for codec in codecs},
        run,
        folder,
        settings,
    )


def codecs_of(heading: str) -> tuple[str, ...]:
    """Node.js has zstd from 22.15 on, as the README says; all others have each."""
    if heading == "JavaScript":
        answer = subprocess.check_output(["node", "--version"], text=True)
        major, minor = map(int, answer.strip("v\n").split(".")[:2])
        if (major, minor) < (22, 15):
            return CODECS[:-1]
    return CODECS


async def recorded(settings: Settings, codecs: Iterable[str] = ("none",)) -> None:
    """Put the record on its topic, as coordination would; once in each packing."""
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name == TOPIC]
    async with Cluster(settings) as cluster:
        await cluster.apply(wanted)
    # A part comes first, so that a subscriber that takes headers alone fails.
    write(settings, PART, "none")
    for codec in codecs:
        write(settings, RECORD, codec)


def write(settings: Settings, path: Path, codec: str) -> None:
    """Put an example on the topic, packed; a record is one of its own for each codec.

    librdkafka sends what does not shrink as it is: these do.
    """
    document = json.loads(path.read_text("utf-8"))
    data = document["data"]
    if path == RECORD:
        data["subject"] = f"{data['subject']}-{codec}"
        document["envelope"] |= {"subject": data["subject"], "id": codec}
    envelope = Envelope.model_validate(document["envelope"])
    key = f"{envelope.subject}#{data['part']}" if "part" in data else envelope.subject
    producer = Producer(librdkafka_options(settings) | {"compression.type": codec})
    producer.produce(
        settings.prefix + TOPIC,
        json.dumps(data).encode(),
        key.encode(),
        partition=0,
        headers=envelope.to_headers(),
    )
    assert producer.flush(20) == 0


async def printed(
    wanted: set[str], run: list[str], folder: Path, settings: Settings
) -> None:
    """Wait until a subscriber has told of each agreement, among its own log lines."""
    lines: list[str] = []
    try:
        async with started(run, folder, settings) as process, asyncio.timeout(60):
            assert process.stdout
            async for line in process.stdout:
                lines.append(line.decode())
                if "agreed" in lines[-1]:
                    wanted = {one for one in wanted if one not in lines[-1]}
                if not wanted:
                    return
    except TimeoutError:
        pass
    pytest.fail(f"nothing of {wanted} in: {''.join(lines)}")
