"""The publishers of ``schemas/README.md`` say a statement as they stand there."""

import asyncio
import json
from pathlib import Path

import pytest

from services.demo.observer import observing
from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.foreign.conftest import node as node  # noqa: PLC0414  a fixture
from tests.support.snippets import at, command, section, snippets, started
from twincity_schemas.message import STRUCTURED, parse

CHAPTER = "Publishers in ten lines"
INBOX = "twincity.inbox.chengdu"
PUBLISHERS = snippets(CHAPTER)
STATEMENT = section(CHAPTER).partition("```json\n")[2].partition("```")[0]


def test_there_is_one_for_everybody() -> None:
    assert PUBLISHERS.keys() == {
        "Publish: Python, aiokafka",
        "Publish: Python, confluent-kafka",
        "Publish: JavaScript",
        "Publish: Java",
        "Publish: Go",
        "Publish: Shell, kcat",
    }
    assert parse([("content-type", STRUCTURED.encode())], STATEMENT.encode())


@pytest.mark.usefixtures("node")  # the JavaScript one imports its packages
@pytest.mark.parametrize("heading", PUBLISHERS)
async def test_what_it_publishes_is_accepted(
    heading: str, settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    await publish(heading, settings, tmp_path)
    async with (
        running(settings, "admission"),
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("the receipt", lambda: seen.receipts)
    [[receipt]] = seen.receipts.values()
    assert receipt.verdict == "accepted", receipt.problems
    assert receipt.statement == json.loads(STATEMENT)["id"]


async def publish(heading: str, settings: Settings, folder: Path) -> None:
    """Run a publisher as a party would: with its settings, in a folder of its own."""
    (folder / "statement.json").write_text(STATEMENT, "utf-8")
    language, code = PUBLISHERS[heading]
    code = at(heading, code, settings).replace(INBOX, settings.prefix + INBOX)
    run = command(language, code, folder)
    async with started(run, folder, settings) as process, asyncio.timeout(60):
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
