"""The subscribers of ``schemas/README.md`` follow a record as they stand there."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.foreign.conftest import HERE as FOREIGN
from tests.foreign.conftest import node as node  # noqa: PLC0414  a fixture
from tests.support import kcat
from twincity_schemas import Envelope
from twincity_schemas.catalogue import topics
from twincity_schemas.parties import Registry

SCHEMAS = Path(__file__).parents[2] / "schemas"
TOPIC = "twincity.transport.records"
PART = SCHEMAS / "examples/progress.recorded/s11-until-august.json"
RECORD = SCHEMAS / "examples/project.recorded/s11-agreed-with-its-parts.json"
SNIPPETS: dict[str, tuple[str, str]] = {
    heading: (language, code)
    for heading, language, code in re.findall(
        r"^### (.+)\n(?:(?!```|#).*\n)*```(\w+)\n((?:(?!```).*\n)*)```",
        (SCHEMAS / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
}


def test_there_is_one_for_everybody() -> None:
    assert SNIPPETS.keys() == {
        "Python, aiokafka",
        "Python, FastStream",
        "Python, confluent-kafka",
        "JavaScript",
        "Shell, kcat",
    }


@pytest.mark.usefixtures("node")  # the JavaScript one imports its packages
@pytest.mark.parametrize("heading", SNIPPETS)
async def test_a_subscriber_follows(
    heading: str, settings: Settings, tmp_path: Path
) -> None:
    topic = settings.prefix + TOPIC
    await recorded(settings)
    language, code = SNIPPETS[heading]
    code = code.replace("localhost:9092", settings.kafka).replace(TOPIC, topic)
    code = code.replace("my-dashboard", settings.prefix.strip("."))
    said = await line_about("agreed", command(language, code, tmp_path))
    assert "project/chengdu.deyang/s11" in said


async def recorded(settings: Settings) -> None:
    """Put the record on its topic, as coordination would."""
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name == TOPIC]
    async with Cluster(settings.kafka, settings.prefix) as cluster:
        await cluster.apply(wanted)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
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


def command(language: str, code: str, folder: Path) -> list[str]:
    match language:
        case "python":
            script = folder / "subscriber.py"
            run = [sys.executable, str(script)]
        case "javascript":
            # Beside the packages that it imports.
            script = FOREIGN / "node_modules" / f"{folder.name}.mjs"
            run = ["node", str(script)]
        case _:
            script = folder / "subscriber.sh"
            run = ["sh", str(script)]
    script.write_text(code, "utf-8")
    return run


async def line_about(word: str, run: list[str]) -> str:
    """What a subscriber prints of it, among its own log lines."""
    process = await asyncio.create_subprocess_exec(
        *run,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**20,
        start_new_session=True,
        env=os.environ | {"PATH": kcat.path()},
    )
    assert process.stdout
    printed: list[str] = []
    try:
        async with asyncio.timeout(60):
            async for line in process.stdout:
                printed.append(line.decode())
                if word in printed[-1]:
                    return printed[-1]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    pytest.fail("".join(printed))
