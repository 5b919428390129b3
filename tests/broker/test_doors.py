"""The first steps of those without a Kafka client, on one running system."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from services.local.stack import system
from services.runtime.settings import Settings
from tests.broker.conftest import apart
from tests.broker.test_commands import twincity
from tests.broker.test_gateway import free
from tests.broker.test_publishers import STATEMENT
from tests.support.gateway import cloudevent
from tests.support.saying import envelope
from tests.support.snippets import section
from twincity_schemas.message import STRUCTURED

HTTP = "HTTP: the answer is the receipt"
SHEETS = "Spreadsheets, as offices send them 表格报送"
SAID = json.loads(STATEMENT)
SUBJECT = SAID["subject"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def shared(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with apart(kafka, tmp_path_factory.mktemp("doors")) as settings:
        changes = {"gateway_trying": True, "gateway_listen": free()}
        yield settings.model_copy(update=changes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    shared: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    async with system(shared, tmp_path_factory.mktemp("logs")):
        await admission_answers(shared)
        yield shared


@pytest.fixture
def subject(tmp_path: Path) -> str:
    """The subject of a statement of the test's own, which lies in its folder."""
    own = uuid.uuid4().hex[:8]
    said = SAID | {"id": own, "subject": f"{SUBJECT}-{own}"}
    (tmp_path / "statement.json").write_text(json.dumps(said), "utf-8")
    return f"{SUBJECT}-{own}"


async def admission_answers(settings: Settings) -> None:
    """Wait until it does: what it refuses says so, and leaves nothing behind."""
    body = json.dumps(cloudevent(envelope("project.described", "chengdu", SUBJECT), {}))
    headers = {"content-type": STRUCTURED}
    address = f"http://{settings.gateway_listen}"
    async with asyncio.timeout(120), httpx.AsyncClient(base_url=address) as client:
        status = 0
        while status != HTTPStatus.UNPROCESSABLE_ENTITY:
            await asyncio.sleep(0.2)
            with suppress(httpx.HTTPError):
                answer = await client.post("/statements", content=body, headers=headers)
                status = answer.status_code


async def asked(settings: Settings, folder: Path, line: str) -> str:
    """What a line of the shell prints."""
    process = await asyncio.create_subprocess_shell(
        line,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env=os.environ | {"GATEWAY": f"http://{settings.gateway_listen}"},
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed
    return printed.decode()


async def until(word: str, settings: Settings, folder: Path, line: str) -> str:
    """What it prints once it tells of a word: records come a moment later."""
    async with asyncio.timeout(60):
        while word not in (printed := await asked(settings, folder, line)):
            await asyncio.sleep(0.2)
        return printed


def lines() -> list[str]:
    """The shell's lines of the README."""
    shell = section(HTTP).partition("```sh\n")[2].partition("```")[0]
    return [f"{line.partition('  #')[0]} -s" for line in shell.splitlines()]


@pytest.mark.timeout(180)
async def test_a_shell_asks_curl(
    running: Settings, tmp_path: Path, subject: str
) -> None:
    post, records, _stream = lines()
    assert json.loads(await asked(running, tmp_path, post))["verdict"] == "accepted"
    assert "S11" in await until(subject, running, tmp_path, records)


@pytest.mark.timeout(180)
async def test_a_web_developer_fetches(
    running: Settings, tmp_path: Path, subject: str
) -> None:
    code = section(HTTP).partition("```javascript\n")[2].partition("```")[0]
    (tmp_path / "say.mjs").write_text(code, "utf-8")
    assert await asked(running, tmp_path, "node say.mjs") == "200 accepted\n"
    assert await until(subject, running, tmp_path, "curl -s $GATEWAY/records")


@pytest.mark.timeout(180)
async def test_an_office_fills_in_a_workbook(
    running: Settings, tmp_path: Path, subject: str
) -> None:
    path = tmp_path / "表.xlsx"
    made = await asyncio.to_thread(
        twincity, running, "template", "project.described", "-o", str(path)
    )
    assert made.returncode == 0, made.stderr
    fill_in(path, subject)
    said = await asyncio.to_thread(
        twincity, running, "import", str(path), "--party", "chengdu"
    )
    assert "accepted" in said.stdout, said.stdout + said.stderr
    out = tmp_path / "出.xlsx"
    await asyncio.to_thread(
        twincity, running, "export", "project.described", "-o", str(out)
    )
    assert subject in str([*load_workbook(out).worksheets[0].values])


@pytest.mark.timeout(180)
async def test_an_office_uploads_a_workbook(
    running: Settings, tmp_path: Path, subject: str
) -> None:
    block = section(SHEETS).split("```sh\n")[2].partition("```")[0]
    fetch, show, say = (f"{at.partition('  #')[0]} -s" for at in block.splitlines())
    await asked(running, tmp_path, fetch)
    fill_in(tmp_path / "表.xlsx", subject)
    shown = json.loads(await asked(running, tmp_path, show))
    assert [one["subject"] for one in shown["statements"]] == [subject]
    confirm = f"CONFIRM={shown['confirm']}; {say}"
    [result] = json.loads(await asked(running, tmp_path, confirm))["results"]
    assert result["receipt"]["verdict"] == "accepted"
    records = "curl -s $GATEWAY/records -H 'accept: text/csv'"
    assert await until(subject, running, tmp_path, records)
    again = json.loads(await asked(running, tmp_path, confirm))
    assert (again["results"], again["same"]) == ([], 1)


def fill_in(path: Path, subject: str) -> None:
    """Write what the statement says under the template's titles."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    values = {
        **SAID["data"],
        "total_investment.amount": SAID["data"]["total_investment"]["amount"],
        "@subject": subject,
    }
    first = next(r for r in range(2, 12) if sheet.cell(r, 1).value is None)
    for column in range(1, sheet.max_column + 1):
        path_ = sheet.cell(1, column).value
        if isinstance(value := values.get(str(path_)), str):
            sheet.cell(first, column, value)
    book.save(path)


@pytest.mark.timeout(180)
async def test_an_auditor_traces(
    running: Settings, tmp_path: Path, subject: str
) -> None:
    receipt = json.loads(await asked(running, tmp_path, lines()[0]))
    assert receipt["verdict"] == "accepted"
    ran = None
    for _ in range(30):
        ran = await asyncio.to_thread(twincity, running, "trace", subject, "--json")
        if "twincity.project.recorded.v1" in ran.stdout:
            break
    assert ran is not None
    assert "twincity.project.recorded.v1" in ran.stdout, ran.stderr
    assert "twincity.project.described.v1" in ran.stdout
