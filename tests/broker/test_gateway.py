"""The gateway on a real Kafka: killed, cut and stopped, and nobody loses anything."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.demo.observer import observing
from services.local.stack import Stack, system
from services.runtime.process import dies_with_parent
from services.runtime.settings import Settings
from tests.broker.reading import everything
from tests.broker.running import create_topics, running
from tests.support.gateway import cloudevent
from tests.support.saying import described, envelope, reported
from twincity_schemas.message import STRUCTURED, Event
from twincity_schemas.parties import CHINA
from twincity_schemas.topology import PROJECT_STATEMENTS, inbox

POSTS = int(os.environ.get("POSTS", "300"))
"""``make soak-gateway`` says 10,000."""
CLIENTS, KILLS = 12, max(2, POSTS // 1000)
DAY = timedelta(days=1)


def free() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def listening(settings: Settings) -> Settings:
    changes = {"gateway_trying": True, "gateway_listen": free()}
    return settings.model_copy(update=changes)


def said(number: int) -> dict[str, Any]:
    subject = f"project/chengdu.deyang/p{number % 20}"
    if number < 20:
        return cloudevent(
            envelope("project.described", "chengdu", subject, f"said-{number}"),
            described(),
        )
    report = reported(through_month=number % 12 + 1, source=f"月报 {number}")
    return cloudevent(
        envelope("progress.reported", "chengdu", subject, f"said-{number}"), report
    )


async def post(client: httpx.AsyncClient, statement: dict[str, Any]) -> dict[str, Any]:
    """As a client that wants its receipt: again and again, with the same id."""
    body, headers = json.dumps(statement), {"content-type": STRUCTURED}
    async with asyncio.timeout(120):
        while True:
            with suppress(httpx.HTTPError):
                answer = await client.post("/statements", content=body, headers=headers)
                if answer.status_code == 200:
                    receipt: dict[str, Any] = answer.json()
                    return receipt
                assert answer.status_code in {202, 429, 503}, answer.text
            await asyncio.sleep(0.1)


class Follower:
    """A reader of the stream who comes again with the id that he read last."""

    def __init__(self, address: str, last: str = "") -> None:
        self._address = address
        self.last = last
        self.read: list[tuple[str, str]] = []  # the event's name, its id
        self.told: list[dict[str, Any]] = []  # what the records say
        self.cuts = 0

    async def follow(self) -> None:
        async with httpx.AsyncClient(base_url=self._address, timeout=30) as client:
            while True:
                with suppress(httpx.HTTPError):
                    await self._stream(client)
                self.cuts += 1
                await asyncio.sleep(0.1)

    async def _stream(self, client: httpx.AsyncClient) -> None:
        headers = {"last-event-id": self.last} if self.last else {}
        async with client.stream("GET", "/events", headers=headers) as answer:
            frame: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    frame[name] = value
                    continue
                if "event" in frame:  # whole: a cut one never gets here
                    data = json.loads(frame["data"])
                    self.read.append((frame["event"], data.get("id", "")))
                    if frame["event"] == "record":
                        self.told.append(data["data"])
                    self.last = frame["id"]
                frame = {}

    async def live(self) -> None:
        """Wait until it has been told what there is."""
        async with asyncio.timeout(90):
            while ("live", "") not in self.read:
                await asyncio.sleep(0.05)

    @property
    def records(self) -> list[str]:
        return [id_ for event, id_ in self.read if event == "record"]


@pytest.mark.timeout(240 + POSTS // 5)
async def test_killed_while_it_is_posted_to(settings: Settings, tmp_path: Path) -> None:
    settings = listening(settings)
    recorded: list[str] = []

    def note(event: Event[object]) -> None:
        if event.type.name.endswith(".recorded.v1"):
            recorded.append(event.envelope.id)

    async with system(settings, tmp_path) as stack, observing(settings, note) as seen:
        address = f"http://{settings.gateway_listen}"
        follower = Follower(address)
        following = asyncio.create_task(follower.follow())
        receipts = await _post_and_kill(stack, address)
        assert {r["verdict"] for r in receipts.values()} <= {"accepted", "duplicate"}
        assert receipts.keys() == {f"said-{n}" for n in range(POSTS)}
        await seen.until(
            "each statement",
            lambda: sum(map(len, seen.statements.values())) >= POSTS,
            60 + POSTS / 100,
        )
        places = {(r["position"]["topic"], r["position"]["offset"]) for r in
                  receipts.values()}  # fmt: skip
        assert len(places) == POSTS
        async with asyncio.timeout(60 + POSTS / 100):
            while set(follower.records) != set(recorded) or not recorded:
                await asyncio.sleep(0.1)
        following.cancel()
        accepted = Counter(
            event.envelope.id for events in seen.statements.values() for event in events
        )
        assert accepted == Counter({f"said-{n}": 1 for n in range(POSTS)})
        # One receipt a message, those of repetitions included.
        assert {len(given) for given in seen.receipts.values()} == {1}
        assert max(Counter(follower.records).values()) == 1
        assert "resync" not in {event for event, _ in follower.read}
        assert follower.cuts >= KILLS


async def _post_and_kill(stack: Stack, address: str) -> dict[str, dict[str, Any]]:
    left = iter(range(POSTS))
    receipts: dict[str, dict[str, Any]] = {}

    async def speak() -> None:
        async with httpx.AsyncClient(base_url=address, timeout=20) as client:
            for number in left:
                receipts[f"said-{number}"] = await post(client, said(number))

    speaking = [asyncio.create_task(speak()) for _ in range(CLIENTS)]
    for kill in range(1, KILLS + 1):
        async with asyncio.timeout(60 + POSTS / 10):
            while len(receipts) < POSTS * kill // (KILLS + 1):
                await asyncio.sleep(0.01)
        for victim in ("gateway", "admission"):
            stack.supervisor.kill(victim)
    await asyncio.gather(*speaking)
    for victim in ("gateway", "admission"):
        assert stack.supervisor.deaths[victim] == KILLS
    return receipts


@asynccontextmanager
async def gateway(
    settings: Settings, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *dies_with_parent(), sys.executable, "-m", "services.cli", "gateway",
        env={
            **settings.kafka_environment(),
            "TWINCITY_PREFIX": settings.prefix,
            "TWINCITY_GATEWAY_LISTEN": settings.gateway_listen,
            **environment,
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get("/health")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


@pytest.mark.timeout(120)
async def test_without_admission_it_says_where_and_ends_its_streams_when_told(
    settings: Settings,
) -> None:
    settings = listening(settings)
    await create_topics(settings)
    async with (
        gateway(settings, TWINCITY_GATEWAY_TRYING="true") as process,
        httpx.AsyncClient(base_url=f"http://{settings.gateway_listen}") as client,
    ):
        await up(client)
        headers = {"content-type": STRUCTURED, "prefer": "wait=0"}
        body = json.dumps(said(0))
        answer = await client.post("/statements", content=body, headers=headers)
        place = answer.headers["location"]
        assert answer.status_code == 202
        assert place == "/receipts/twincity.inbox.chengdu/0/0"
        assert (await client.get(place)).status_code == 404
        async with client.stream("GET", "/events", timeout=60) as following:
            chunks = following.aiter_raw()
            assert b"event: live" in await anext(chunks)
            process.send_signal(signal.SIGTERM)
            # The last chunk comes: no error, and nothing to wait for.
            assert [chunk async for chunk in chunks] == []
        async with asyncio.timeout(20):  # uvicorn alone waits for ever
            assert await process.wait() in {0, -signal.SIGTERM}


@pytest.mark.timeout(180)
async def test_two_gateways_of_a_party_and_its_suspension_while_a_post_waits(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    key = tmp_path / "key.pem"
    made = await twincity("gateway", "key", str(key))
    registry = settings.parties.read_text("utf-8")
    parties = tmp_path / "parties.toml"
    ours = 'region = "510100"\ncluster = "chengdu"\n'
    parties.write_text(registry.replace(ours, f"{ours}\n{made}\n"), "utf-8")
    assert key.stat().st_mode & 0o777 == 0o600
    settings = settings.model_copy(update={"parties": parties})
    read, write = [
        await twincity(
            *("gateway", "token", str(key), "--party", "chengdu", "--scope", scope)
        )
        for scope in ("read", "read write")
    ]
    environment = {"TWINCITY_PARTY": "chengdu", "TWINCITY_PARTIES": str(parties)}
    async with AsyncExitStack() as open_:
        clients = []
        for own in (listening(settings), listening(settings)):
            await open_.enter_async_context(gateway(own, **environment))
            client = httpx.AsyncClient(
                base_url=f"http://{own.gateway_listen}",
                headers={"authorization": f"Bearer {write}"},
                timeout=60,
            )
            clients.append(await open_.enter_async_context(client))
        for client in clients:
            await up(client)
        await _wants_its_token(clients[0], read)
        async with running(settings, "admission"):
            await _once_by_both(settings, clients)
        # Admission is down, and a statement lies in the inbox: its POST waits.
        waiting = asyncio.create_task(post_once(clients[0], said(19)))
        async with asyncio.timeout(30):
            while len(await everything(settings, inbox("chengdu"))) <= 2 * TWICE:
                await asyncio.sleep(0.1)
        assert not waiting.done()
        await twincity("parties", "suspend", "chengdu", **environment)
        async with running(settings, "admission"):
            for answer in (await waiting, await post_once(clients[1], said(18))):
                assert answer.status_code == 422
                [problem] = answer.json()["problems"]
                assert problem["code"] == "party_suspended"
                assert answer.json()["receipt"]["verdict"] == "rejected"
        assert (await clients[0].get("/records")).status_code == 200  # it reads on


TWICE = 10
"""Statements that are posted to two gateways at once."""


async def _wants_its_token(client: httpx.AsyncClient, read: str) -> None:
    nobody, bearer = {"authorization": ""}, {"authorization": f"Bearer {read}"}
    assert (await client.get("/records", headers=nobody)).status_code == 401
    assert (await client.get("/records", headers=bearer)).status_code == 200
    refused = await client.post("/statements", content="{}", headers=bearer)
    assert refused.status_code == 403


async def _once_by_both(settings: Settings, clients: list[httpx.AsyncClient]) -> None:
    """The same id by both at once: once in effect, and both have a receipt of it."""
    numbers = range(TWICE)
    answers = await asyncio.gather(
        *(post_once(client, said(number)) for number in numbers for client in clients)
    )
    places = []
    for number in numbers:
        pair = [answer.json() for answer in answers[2 * number : 2 * number + 2]]
        assert {receipt["statement"] for receipt in pair} == {f"said-{number}"}
        assert sorted(one["verdict"] for one in pair) == ["accepted", "duplicate"]
        places += [one["position"]["offset"] for one in pair]
    assert sorted(places) == [*range(2 * TWICE)]
    for client in clients:  # each has what the other was answered with
        for place in places:
            receipt = f"/receipts/{inbox('chengdu')}/0/{place}"
            assert (await client.get(receipt)).status_code == 200
    admitted = await everything(settings, PROJECT_STATEMENTS)
    ids = [dict(record.headers)["ce_id"].decode() for record in admitted]
    assert sorted(ids) == sorted(f"said-{number}" for number in numbers)


async def post_once(
    client: httpx.AsyncClient, statement: dict[str, Any]
) -> httpx.Response:
    headers = {"content-type": STRUCTURED, "prefer": "wait=30"}
    return await client.post(
        "/statements", content=json.dumps(statement), headers=headers
    )


@pytest.mark.timeout(120)
async def test_a_key_of_tokens_is_replaced_while_both_count(
    settings: Settings, tmp_path: Path
) -> None:
    """By the registry's days alone: the gateway runs on, and is told nothing."""
    settings = listening(settings)
    await create_topics(settings)
    registry = settings.parties.read_text("utf-8")
    parties = tmp_path / "parties.toml"
    keys, tokens = {}, {}
    for name in ("k1", "k2"):
        file = str(tmp_path / f"{name}.pem")
        keys[name] = await twincity("gateway", "key", file, "--id", name)
        who = ("--party", "chengdu", "--id", name, "--scope", "read write")
        tokens[name] = await twincity("gateway", "token", file, *who)

    def register(*written: str) -> None:
        ours = 'region = "510100"\ncluster = "chengdu"\n'
        more = "\n".join([ours, *written, ""])
        parties.write_text(registry.replace(ours, more), "utf-8")

    def until(day: date) -> str:
        begun = re.sub("since = .*", f"since = {today - DAY}", keys["k1"])
        return f"{begun}\nuntil = {day}"

    async def count(*named: str) -> None:
        """Wait until the tokens of these keys are taken, and no other."""
        async with asyncio.timeout(60):
            while True:
                statuses = {name: await status(name) for name in tokens}
                if {n for n, found in statuses.items() if found == 202} == {*named}:
                    break
                await asyncio.sleep(0.2)
        assert {statuses[name] for name in {*tokens} - {*named}} <= {401}

    async def status(name: str) -> int:
        headers = {
            "authorization": f"Bearer {tokens[name]}",
            "content-type": STRUCTURED,
            "prefer": "wait=0",
        }
        body = json.dumps(said(0))
        return (
            await client.post("/statements", content=body, headers=headers)
        ).status_code

    today = datetime.now(CHINA).date()
    register(keys["k1"])
    environment = {
        "TWINCITY_PARTY": "chengdu",
        "TWINCITY_PARTIES": str(parties),
        "TWINCITY_PROGRESS_EVERY": "1s",
    }
    async with (
        gateway(settings, **environment) as process,
        httpx.AsyncClient(base_url=f"http://{settings.gateway_listen}") as client,
    ):
        await up(client)
        await count("k1")
        register(until(today + 2 * DAY), keys["k2"])
        await count("k1", "k2")
        bearer = {"authorization": f"Bearer {tokens['k1']}"}
        async with client.stream("GET", "/events", headers=bearer, timeout=60) as open_:
            register(until(today), keys["k2"])
            await count("k2")
            told = [chunk async for chunk in open_.aiter_raw()]  # until it ends
        assert b"event: live" in told[0]
        assert b"event: ended" in told[-1]
        assert process.returncode is None


async def twincity(*arguments: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *arguments),
        stdout=-1,
        stderr=-1,
        env=os.environ | environment,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err
    return out.decode().strip()
