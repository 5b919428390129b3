"""Every program of ``schemas/README.md`` on a secured cluster, with a party's rights.

With the lines of its chapter «The same on a secured cluster», as a party would run it:
by chengdu's password, and kcat by chengdu's certificate.
"""

import asyncio
import json
from pathlib import Path

import pytest

from services.runtime.reading import event_of
from tests.broker.reading import everything
from tests.broker.running import running
from tests.broker.test_publishers import PUBLISHERS, STATEMENT, publish
from tests.broker.test_secured import Secured
from tests.broker.test_secured import secured as secured  # noqa: PLC0414  a fixture
from tests.broker.test_subscribers import SUBSCRIBERS, codecs_of, follow, recorded
from tests.foreign.conftest import node as node  # noqa: PLC0414  a fixture
from tests.support.broker import CERTIFICATE, CERTIFIED
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.topology import inbox, receipts

pytestmark = pytest.mark.usefixtures("node", "certified")


@pytest.fixture
def certified(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where chengdu's certificate counts, and the certificate: for kcat."""
    authority = secured.doors.authority
    path = authority.of("chengdu")
    path = path if path.exists() else authority.issue("chengdu")
    monkeypatch.setenv(CERTIFIED, secured.doors.for_certificates)
    monkeypatch.setenv(CERTIFICATE, str(path))


@pytest.mark.parametrize("heading", PUBLISHERS)
async def test_it_publishes_as_its_party(
    heading: str, secured: Secured, tmp_path: Path
) -> None:
    admission, mine = secured.of("twincity.admission"), inbox("chengdu")
    before = len(await everything(admission, mine))
    await publish(heading, secured.of("chengdu"), tmp_path)
    assert len(await everything(admission, mine)) == before + 1


@pytest.mark.timeout(120)
async def test_what_they_published_is_accepted(
    secured: Secured, tmp_path: Path
) -> None:
    """By admission as itself: each one's is the statement that the first one said."""
    admission, chengdu = secured.of("twincity.admission"), secured.of("chengdu")
    if not await everything(admission, inbox("chengdu")):  # this test alone
        await publish("Publish: Shell, kcat", chengdu, tmp_path)
    said = await everything(admission, inbox("chengdu"))
    async with running(admission, "admission"), asyncio.timeout(90):
        while len(await everything(chengdu, receipts("chengdu"))) < len(said):
            await asyncio.sleep(0.2)
    given = [event_of(one) for one in await everything(chengdu, receipts("chengdu"))]
    issued = [event.data for event in given if event is not None]
    verdicts = [one.verdict for one in issued if isinstance(one, ReceiptIssued)]
    assert verdicts == ["accepted", *["duplicate"] * (len(said) - 1)]
    statement = json.loads(STATEMENT)["id"]
    assert {one.statement for one in issued if isinstance(one, ReceiptIssued)} == {
        statement
    }


@pytest.mark.parametrize("heading", SUBSCRIBERS)
async def test_it_follows_as_its_party(
    heading: str, secured: Secured, tmp_path: Path
) -> None:
    # All read one topic here, so what one cannot read none is given.
    readable = codecs_of("JavaScript")
    await recorded(secured.administrator, readable)
    party = secured.of("chengdu")
    await follow(heading, party, "chengdu.dashboard", tmp_path, readable)
