"""Statements said on a real Kafka, and every page that shows what came of them."""

import asyncio
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from services.demo.story import bad_messages
from services.gateway.pages.pools import FIGURES as POOL_FIGURES
from services.gateway.pages.telling import Tell
from services.gateway.rows import row_of
from services.gateway.view import View
from services.local.stack import system, with_gateway
from services.rules.families import Family
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.support.folding import REGISTRY
from tests.support.saying import S11
from tests.support.story import CELLS, IMPORTED, said, story
from twincity_schemas.topology import inbox

pytestmark = pytest.mark.broker

_AGAIN_S = 1.0
RecordKey = tuple[str, str, str | None]
_PLAIN = [
    ("/name", "成德市域铁路S11线"), ("/domain", "transport"),
    ("/item_class", "engineering"), ("/as_of", "2024-09"), ("/source", "网页"),
]  # fmt: skip
_OF_A_MONTH = ("annual_plan", "annual_investment", "cumulative_investment")
_TELL = Tell("zh", REGISTRY, View())


@pytest.mark.timeout(480)
async def test_what_is_said_is_on_every_page(
    settings: Settings, tmp_path: Path
) -> None:
    settings = with_gateway(settings.model_copy(update={"story_time": True}))
    async with (
        system(settings, tmp_path),
        httpx.AsyncClient(
            base_url=f"http://{settings.gateway_listen}",
            headers={"accept-language": "zh"},
        ) as client,
    ):
        records = await _settled(client, await _say(settings))
        for subject in sorted({record["subject"] for record in records}):
            await _leads_to_what_was_said(client, subject)
        await _tells_the_figures(client, records)
        imported = (await client.get(f"/pages/statement/{IMPORTED}")).text
        assert all(CELLS[name] in imported for name in ("name", "sheet", "cells"))
        today = (await client.get("/pages/today")).text
        assert "不是有效的 JSON" in today  # rejected
        assert "成眉市域铁路S5线" in today  # Meishan is silent
        await _serves_integrators(client, settings)


async def _serves_integrators(client: httpx.AsyncClient, settings: Settings) -> None:
    """What a form builds is what is accepted; its receipt and the event are listed."""
    page = (await client.get("/pages/integrators?party=chengdu")).text
    assert settings.kafka.partition(",")[0] in page
    assert settings.prefix + inbox("chengdu") in page
    form = [
        ("party", "chengdu"), ("bureau", "office"), ("subject", S11),
        ("/content", "由网页填报"), *_PLAIN,
    ]  # fmt: skip
    base = str(client.base_url)
    answer = await client.post(
        "/pages/say/project.described",
        content=urlencode(form),
        headers={"origin": base, "content-type": "application/x-www-form-urlencoded"},
    )
    assert "会被受理" in answer.text
    found = re.search(r'<pre class="code">({.*?})</pre>', answer.text, re.DOTALL)
    assert found is not None
    event = unescape(found[1])
    said = await client.post(
        "/statements",
        content=event.encode(),
        headers={"content-type": "application/cloudevents+json"},
    )
    assert said.json()["verdict"] == "accepted"
    id_ = json.loads(event)["id"]
    listed = (await client.get("/pages/receipts?party=chengdu")).text
    assert f'href="/pages/statement/{id_}"' in listed
    assert f'href="/pages/trace/{S11}"' in listed
    told = [one["data"] for one in await _all(client, "/receipts")]
    own = [one for one in told if one["position"]["topic"].endswith(".chengdu")]
    rejected = sum(one["verdict"] == "rejected" for one in own)
    assert f"已退回 <b>{rejected}</b>" in listed
    async with asyncio.timeout(30):  # the statement, until what follows of it is there
        while f"/pages/statement/{id_}" not in (await client.get("/pages/stream")).text:
            await asyncio.sleep(0.2)


async def _say(settings: Settings) -> set[str]:
    """Say the story and some bad messages; the identifiers of what is accepted."""
    told = list(said())
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for event in told:
            envelope = event.envelope.model_copy(update={"recordedtime": None})
            await producer.send(
                settings.prefix + inbox(envelope.party),
                event.value,
                key=envelope.subject.encode(),
                headers=envelope.to_headers(),
                timestamp_ms=int(envelope.time.timestamp() * 1000),
            )
        await producer.flush()
        for bad in bad_messages("6-bad"):
            if bad.verdict == "accepted":
                continue  # more would follow than of the story
            topic = settings.prefix + inbox(bad.message.inbox)
            headers = [(name, text or b"") for name, text in bad.message.headers]
            await producer.send_and_wait(topic, bad.message.value, headers=headers)
    return {event.envelope.id for event in told}


async def _settled(
    client: httpx.AsyncClient, statements: set[str]
) -> list[dict[str, Any]]:
    """Every record, once all statements have receipts and all follows from them.

    What follows is known from one process; a pause would say that a service is slow.
    """
    wanted = await what_follows()
    answered: set[str] = set()
    records: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(300):
            while not (statements <= answered and wanted == by_key(records)):
                await asyncio.sleep(_AGAIN_S)
                try:
                    receipts = await _all(client, "/receipts")
                    records = await _all(client, "/records")
                except httpx.TransportError:
                    continue  # it starts
                answered = {one["data"].get("statement") for one in receipts}
    except TimeoutError:
        assert statements <= answered
        had = by_key(records)
        keys = [k for k in had.keys() | wanted.keys() if had.get(k) != wanted.get(k)]
        pytest.fail("\n".join(f"{k}: {had.get(k)} for {wanted.get(k)}" for k in keys))
    return records


async def what_follows() -> dict[RecordKey, Any]:
    """The last record of each key, as the same statements give it without a broker."""
    last = {(one.topic, one.key): one for one in (await story()).records}
    rows = filter(None, (row_of(one, "") for one in last.values() if one.value))
    return by_key([row.document() for row in rows if row.family is Family.RECORD])


def by_key(records: list[dict[str, Any]]) -> dict[RecordKey, Any]:
    return {
        (one["type"], one["subject"], one["data"].get("part")): one["data"]
        for one in records
    }


async def _all(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = f"{path}?limit=1000"
    while following:
        answer = await client.get(following)
        if answer.status_code == 503:
            return []
        page = answer.json()
        found += page["items"]
        following = page["next"]
    return found


async def _leads_to_what_was_said(client: httpx.AsyncClient, subject: str) -> None:
    answer = await client.get(f"/pages/{subject}")
    assert answer.status_code == 200, subject
    for link in set(re.findall(r'/pages/statement/[^"]+', answer.text)):
        assert (await client.get(link)).status_code == 200, (subject, link)
    assert f"/pages/trace/{quote(subject)}" in answer.text, subject


async def _tells_the_figures(
    client: httpx.AsyncClient, records: list[dict[str, Any]]
) -> None:
    """The figures on pages are those of the records."""
    pages: dict[str, str] = {}
    checked = 0
    for record in records:
        for subject, figure in _figures(record["subject"], record["data"]):
            if subject not in pages:
                pages[subject] = (await client.get(f"/pages/{subject}")).text
            assert f">{figure}<" in pages[subject], (subject, figure)
            checked += 1
    assert checked > 120


def _figures(subject: str, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a record's figures look like on its subject's page."""
    money, numbers = [], []
    match data:
        case {"by": dict(by), "through_month": _}:  # a month of a project
            money = [one[name] for one in by.values() for name in _OF_A_MONTH]
        case {"reports": list(reports), "project": _}:  # a line of a dispatch
            given = [one["figures"] for one in reports if "figures" in one]
            money = [one["annual_investment"] for one in given]
        case {"projects": int(), "annual_plan": plan}:  # a cluster
            money = [plan]
        case {"closed": {"score": score}}:  # a unit on a board
            yield subject, _TELL.score(Decimal(score))
        case {"latest": {"by": dict(by)}, "target": _}:  # an indicator
            numbers = [(one["value"], f" {one['unit']}") for one in by.values()]
        case {"pool": _}:
            yield from ((subject, figure) for figure in _paired(data))
        case {"gates": list(gates), "terms": _}:  # a challenge
            results = [result for gate in gates for result in gate["results"]]
            numbers = [(result["score"], "") for result in results]
    for amount in money:
        yield subject, _TELL.money(Decimal(amount))
    for number, unit in numbers:
        yield subject, _TELL.number(Decimal(number)) + unit


def _paired(data: dict[str, Any]) -> Iterator[str]:
    """The figures of an entry, or of a pool with its certificate."""
    match data:
        case {"pairs": list(pairs)}:
            for pair in pairs:
                points = [term["points"] for term in pair["terms"]]
                assert sum(points) == pair["score"]
                yield from map(_TELL.number, (pair["score"], *points))
        case {"certificate": proof}:
            yield from (_TELL.number(data[name]) for name in POOL_FIGURES)
            yield from (proof["total"], proof["dual_total"])
