"""Parked on a real Kafka; seen, previewed, redriven and discarded by the pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.cli.letters import publish
from services.local.logbook import Logbook
from services.runtime.letters import Letter
from services.runtime.settings import Settings
from tests.broker.running import create_topics
from tests.broker.test_deadletters import (
    COORDINATION,
    S5,
    coordinating,
    put,
    story,
    until,
)
from tests.broker.test_gateway import free, gateway, up
from tests.support.saying import S11
from tests.unit.test_signing import ORIGIN, PASSWORD, entry, form, seal_of
from twincity_schemas.operations import DiscardConfirmed

pytestmark = pytest.mark.broker

TWO = "\n[[second_person]]\nsince = 2020-01-01\n"


class Operator:
    """A person at the pages, with a cookie."""

    def __init__(self, client: httpx.AsyncClient, cookie: str = "") -> None:
        self._client = client
        self._cookie = {"cookie": cookie} if cookie else {}

    async def sees(self, path: str) -> httpx.Response:
        async with asyncio.timeout(60):
            while True:
                found = await self._client.get(f"/pages/{path}", headers=self._cookie)
                if found.status_code != 503:
                    return found
                await asyncio.sleep(0.2)

    async def posts(self, what: str, letter: Letter, **said: str) -> httpx.Response:
        page = (await self.sees(where(letter))).text
        data = {
            "seal": seal_of(page), "service": letter.service,
            "origin": str(letter.origin), "why": "0.1.1 版已修复", **said,
        }  # fmt: skip
        headers = origin(self._client) | self._cookie
        return await self._client.post(
            f"/pages/operations/{what}", data=data, headers=headers
        )


def origin(client: httpx.AsyncClient) -> dict[str, str]:
    return ORIGIN | {"origin": str(client.base_url).rstrip("/")}


def where(letter: Letter) -> str:
    return f"operations/letter/{letter.origin}?service={letter.service}"


@asynccontextmanager
async def operating(
    settings: Settings, folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The operators' gateway as a process of its own, with its people."""
    people = folder / "people.toml"
    people.write_text(
        entry("王芳", "read", "operate") + entry("李强", "read", "operate"), "utf-8"
    )
    settings = settings.model_copy(update={"gateway_listen": free()})
    environment = {
        "TWINCITY_GATEWAY_OPERATORS": "true",
        "TWINCITY_PEOPLE": str(people),
        "TWINCITY_PARTIES": str(settings.parties),
        "TWINCITY_LOGS": str(folder / "logs"),
    }
    async with (
        gateway(settings, **environment),
        httpx.AsyncClient(
            base_url=f"http://{settings.gateway_listen}",
            headers={"accept-language": "zh"},
            timeout=60,
        ) as client,
    ):
        await up(client)
        yield client


async def person(client: httpx.AsyncClient, name: str) -> Operator:
    answer = await form(client, name=name, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    client.cookies.clear()
    return Operator(client, answer.headers["set-cookie"].partition(";")[0])


@pytest.mark.timeout(240)
async def test_seen_previewed_redriven_and_discarded_by_two(
    settings: Settings, tmp_path: Path
) -> None:
    parties = tmp_path / "parties.toml"
    parties.write_text(settings.parties.read_text("utf-8") + TWO, "utf-8")
    settings = settings.model_copy(update={"parties": parties})
    fault = tmp_path / "fault"
    fault.write_text("s11-1 s5-1")
    book = Logbook(tmp_path / "logs")
    line = '{"event": "statement.dead_letter", "level": "error", "service": "matching"}'
    book.take("matching", line.encode())
    book.close()
    await create_topics(settings)
    async with coordinating(settings, fault), operating(settings, tmp_path) as client:
        await put(settings, *story(S11, "chengdu", 2), *story(S5, "meishan", 2))
        waiting = await until(settings, 4)
        s11 = next(one for one in waiting if one.subject == S11)
        s5 = next(one for one in waiting if one.subject == S5)

        nobody = Operator(client)
        assert (await nobody.sees("operations")).status_code == 401
        wang, li = await person(client, "王芳"), await person(client, "李强")
        async with asyncio.timeout(60):  # a shard says once a second how it stands
            while True:
                page = (await wang.sees("operations")).text
                if "TwinCitySubjectsWaiting" in page:
                    break
        assert "死信 4" in page
        assert "statement.dead_letter" in page
        listed = (await wang.sees("operations/waiting")).text
        assert str(s11.origin) in listed
        assert str(s5.origin) in listed

        previewed = (await wang.sees(f"{where(s11)}&preview=1")).text
        assert "twincity.project.recorded.v1" in previewed
        assert len(await until(settings, 4)) == 4  # nothing was written

        fault.write_text("s5-1")
        assert (await wang.posts("redrive", s11)).status_code == 303
        await until(settings, 2)
        gone = await wang.sees(f"{where(s11)}&done=1")
        assert "不再等候" in gone.text

        assert (await wang.posts("discard", s5, why="已另行填报")).status_code == 303
        async with asyncio.timeout(60):
            while "待另一人确认" not in (await li.sees(where(s5))).text:
                await asyncio.sleep(0.2)
        page = (await li.sees(where(s5))).text
        decision = page.partition('name="decision" value="')[2].partition('"')[0]
        mine = await wang.posts("confirm", s5, decision=decision)
        assert mine.status_code == 403
        await _confirmed_past_the_page(settings, s5, decision)
        assert len(await until(settings, 2)) == 2
        assert (await li.posts("confirm", s5, decision=decision)).status_code == 303
        assert await until(settings, 0) == []

        refused = await client.post("/statements", json={})
        assert refused.status_code == 401


async def _confirmed_past_the_page(
    settings: Settings, letter: Letter, decision: str
) -> None:
    """Whoever decided it confirms it by the topic itself; the shard holds to it."""
    act = DiscardConfirmed(
        service=COORDINATION, subject=letter.subject, origin=letter.origin,
        by="王 芳", why="x", decision=decision,
    )  # fmt: skip
    await publish(settings, [act])
    await asyncio.sleep(2)
