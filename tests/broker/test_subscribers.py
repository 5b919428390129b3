"""The subscribers of ``schemas/README.md`` follow a record as they stand there."""

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.runtime.connecting import client_options
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
    await recorded(settings)
    line = await follow(heading, settings, settings.prefix.strip("."), tmp_path)
    assert "project/chengdu.deyang/s11" in line


async def follow(heading: str, settings: Settings, group: str, folder: Path) -> str:
    """What a subscriber prints of the agreement; as its group, in its folder."""
    language, code = SUBSCRIBERS[heading]
    code = at(heading, code, settings).replace(TOPIC, settings.prefix + TOPIC)
    run = command(language, code.replace("my-dashboard", group), folder)
    return await line_about("agreed", run, folder, settings)


async def recorded(settings: Settings) -> None:
    """Put the record on its topic, as coordination would."""
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name == TOPIC]
    async with Cluster(settings) as cluster:
        await cluster.apply(wanted)
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        # A part comes first, so that a subscriber that takes headers alone fails.
        for path in (PART, RECORD):
            document = json.loads(path.read_text("utf-8"))
            envelope = Envelope.model_validate(document["envelope"])
            part = document["data"].get("part")
            key = f"{envelope.subject}#{part}" if part else envelope.subject
            await producer.send_and_wait(
                settings.prefix + TOPIC,
                partition=0,
                key=key.encode(),
                value=json.dumps(document["data"]).encode(),
                headers=envelope.to_headers(),
            )


async def line_about(
    word: str, run: list[str], folder: Path, settings: Settings
) -> str:
    """What a subscriber prints of it, among its own log lines."""
    printed: list[str] = []
    async with started(run, folder, settings) as process, asyncio.timeout(60):
        assert process.stdout
        async for line in process.stdout:
            printed.append(line.decode())
            if word in printed[-1]:
                return printed[-1]
    pytest.fail("".join(printed))
