"""Long dispatches, boards and clusters: by pages, with the figures of all records."""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from io import BytesIO
from math import ceil

import httpx
import pytest
from openpyxl import load_workbook

from benchmarks.handouts import BOARD, CLUSTER, DISPATCH, PER_UNIT, records
from services.gateway.pages.telling import Tell
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake
from tests.support.story import story
from twincity_schemas.dispatch_record import LineRecorded

pytestmark = pytest.mark.unit

PROJECTS = 120


@pytest.fixture(scope="module")
def fake() -> Fake:
    found = asyncio.run(story())
    found.take(*asyncio.run(records(PROJECTS)))
    return found


@pytest.fixture
async def client(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app),
        base_url="http://x/pages/",
        headers={"accept-language": "zh"},
    ) as asking:
        yield asking


def lines(fake: Fake) -> list[LineRecorded]:
    rows = [row.data for row in fake.view.of_subject(DISPATCH)]
    return [one for one in rows if isinstance(one, LineRecorded)]


def projects_on(page: str) -> list[str]:
    table = page[page.index('id="lines"') : page.index("按主体")]
    return re.findall(r'scope="row(?:group)?"[^>]*><a href="/pages/([^"]+)"', table)


async def test_the_pages_of_a_dispatch_hold_each_project_once_in_its_rank(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    told = lines(fake)
    pages = [
        (await client.get(f"{DISPATCH}?page={number}")).text
        for number in range(1, ceil(len(told) / 50) + 1)
    ]
    shown = [project for page in pages for project in projects_on(page)]
    assert [len(projects_on(page)) for page in pages] == [50, 50, len(told) - 100]
    order = sorted(told, key=lambda o: (o.lead is None, -(o.lead or 0), o.project))
    assert shown == [one.project for one in order]
    tell = Tell("zh", REGISTRY, fake.view)
    known = [one for one in told if one.annual_plan is not None]
    for figure in ("annual_plan", "annual_investment"):
        total = sum((getattr(one, figure) or 0 for one in known), Decimal())
        assert f"{tell.money(total)}</a></td>" in pages[2][pages[2].index("总计") :]


async def test_a_count_of_a_dispatch_leads_to_its_lines(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    silent = [
        one
        for one in lines(fake)
        if any((r.party, r.state) == ("meishan", "silent") for r in one.reports)
    ]
    assert silent
    page = (await client.get(DISPATCH)).text
    link = f'/pages/{DISPATCH}?party=meishan&amp;report=silent#lines">{len(silent)}</a>'
    assert link in page
    found = (await client.get(f"{DISPATCH}?party=meishan&report=silent")).text
    assert projects_on(found) == [one.project for one in silent]
    odd = await client.get(f"{DISPATCH}?party=%27&report=%3Cb%3E&light=x&page=9&unit=y")
    assert (odd.status_code, projects_on(odd.text)) == (200, [])


async def test_a_workbook_has_every_line(client: httpx.AsyncClient, fake: Fake) -> None:
    answer = await client.get(f"{DISPATCH}/workbook.xlsx")
    rows = list(load_workbook(BytesIO(answer.content)).worksheets[0].values)
    assert sum(row[2] == "合计" for row in rows) == len(lines(fake))


async def test_a_board_of_many_projects_tells_them_unit_by_unit(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get(BOARD)).text
    assert "数字的依据</h2>" not in page
    assert f'href="/pages/{BOARD}?unit=unit-1#unit-unit-1"' in page
    unit = (await client.get(f"{BOARD}?unit=unit-1")).text
    basis = unit[unit.index("数字的依据</h2>") :]
    assert len(re.findall(r'scope="row"><a href="/pages/project/', basis)) == PER_UNIT
    assert "单位 0" not in unit
    assert (await client.get(f"{BOARD}?unit=%27")).status_code == 404


async def test_a_cluster_lists_its_projects_by_pages(client: httpx.AsyncClient) -> None:
    counts = []
    for number in (1, 2, 3):
        page = (await client.get(f"{CLUSTER}?page={number}")).text
        table = page[page.index('id="members"') :]
        counts.append(len(re.findall(r'scope=row><a href="/pages/project/', table)))
    assert counts == [50, 50, PROJECTS + 2 - 100]
