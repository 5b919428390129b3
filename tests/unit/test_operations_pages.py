"""The operators' pages over a desk whose cluster is a list; no browser, no broker."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
import yaml  # type: ignore[import-untyped]

from services.gateway.pages import operations, site
from services.gateway.people import OPERATE, PeopleFile
from services.gateway.sessions import Purpose
from services.gateway.tokens import READ, WRITE, Tokens
from services.runtime.discarding import Proposed
from services.runtime.waiting import Waits
from tests.support.desk import AT, NOW, WHERE, ListDesk, letter, standing
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake
from tests.support.saying import S11
from tests.unit.test_figures import Figures, Numbers
from tests.unit.test_signing import (
    BY_PASSWORD,
    KEYED,
    ORIGIN,
    PASSWORD,
    entry,
    seal_of,
    signed_in,
    token,
)
from twincity_schemas.operations import (
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)

pytestmark = pytest.mark.unit

RULES = Path(__file__).parents[2] / "deploy" / "observability" / "rules.yml"


@pytest.fixture
def desk() -> ListDesk:
    return ListDesk()


@pytest.fixture
async def client(desk: ListDesk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(desk, tmp_path) as client:
        yield client


@asynccontextmanager
async def asking(
    desk: ListDesk | None, folder: Path, *, everybody: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    people = folder / "people.toml"
    people.write_text(
        entry("王芳", "read", "operate")
        + entry("李强", "read", "operate")
        + entry("Li Lei", "read"),
        "utf-8",
    )
    purpose = Purpose(
        frozenset({READ, WRITE, OPERATE}),
        frozenset({READ}) if everybody else frozenset(),
        tokens=Tokens(KEYED, None),
        people=PeopleFile(people),
    )
    made = Fake(REGISTRY, REGISTRY.codes, purpose=purpose, desk=desk)
    if not everybody:
        made.tokens = Tokens(KEYED, "operators")
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://x", headers={"accept-language": "zh"}
    ) as client:
        yield client


async def as_(client: httpx.AsyncClient, **who: str) -> dict[str, str]:
    return {"cookie": await signed_in(client, **who or BY_PASSWORD)}


async def act(
    client: httpx.AsyncClient, what: str, cookie: dict[str, str], **said: str
) -> httpx.Response:
    page = await client.get(AT, headers=cookie)
    said = {
        "seal": seal_of(page.text), "service": "coordination", "origin": WHERE,
        "why": "0.1.1 版已修复", **said,
    }  # fmt: skip
    return await client.post(
        f"/pages/operations/{what}", data=said, headers=ORIGIN | cookie
    )


async def test_how_the_system_stands(client: httpx.AsyncClient) -> None:
    page = (await client.get("/pages/operations")).text
    for word in ("成都市", "1,070 · 3.2/s", "12,345", "从未", "死信 2", "由集群可判定"):
        assert word in page, word
    assert page.count("<svg") == 1
    assert '/pages/operations/waiting?service=coordination">2</a>' in page
    english = (await client.get("/pages/operations?lang=en")).text
    assert "None of the rules" in english
    assert "letters: 2" in english


@pytest.mark.parametrize("page", ["/pages/operations/waiting", AT])
async def test_every_number_of_what_waits_leads_on(
    client: httpx.AsyncClient, page: str
) -> None:
    numbers = Numbers(frozenset())
    numbers.feed((await client.get(page)).text)
    assert numbers.seen
    assert not numbers.dead


@pytest.mark.parametrize("page", ["operations", "operations/waiting"])
async def test_every_figure_leads_to_what_was_logged_or_waits(
    client: httpx.AsyncClient, page: str
) -> None:
    figures = Figures()
    figures.feed((await client.get(f"/pages/{page}")).text)
    assert figures.seen
    assert not figures.dead


async def test_what_rings_is_what_the_rules_call_so(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    desk.standing = standing(
        admission={"halted": True},
        coordination={"waiting": 1, "behind_s": 61.0},
        matching={"alive": False, "committed_at": None, "starts": None},
    )
    rung = list(operations.alarms(desk.standing))
    assert {one.about for one in rung} == {
        "admission.0",
        "coordination.0",
        "matching.0",
    }
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    rules = {rule["alert"]: rule for rule in group["rules"]}
    for one in rung:
        rule = rules[one.rule]
        assert one.grave == (rule["labels"]["severity"] == "critical"), one.rule
    assert len({one.rule for one in rung}) == 4
    page = (await client.get("/pages/operations")).text
    assert page.index("TwinCityShardHalted") < page.index("TwinCityShardBehind")
    assert page.count('class="node open"') == 2  # halted, silent


async def test_what_waits_and_a_letter(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/pages/operations/waiting")).text
    assert f'href="/pages/operations/letter/{WHERE}?service=coordination"' in listed
    assert "无法判定" in listed
    page = (await client.get(AT)).text
    assert "<script>1" not in page
    assert "月报 <script>1</script>" in unescape(page)
    assert "ValueError('<b>no plan</b>')" in unescape(page)
    assert '<dd><a href="/pages/operations/log?correlation=s11-1">' in page  # tried
    assert 'method="post" action="/pages/operations/' not in page  # read only


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("letter/twincity.project.statements/3/9?service=coordination", 404),
        ("letter/twincity.project.statements/3/1742?service=nobody", 404),
        ("letter/twincity.project.statements/3/1742", 404),
        ("letter/x?service=coordination", 404),
        ("letter/x/-1/y?service=coordination", 404),
        ("letter/twincity.project.statements/3/9?service=coordination&done=1", 200),
        ("waiting?service=%3Cb%3E", 200),
        ("log?level=LOUD&party=%00", 200),
    ],
)
async def test_odd_questions(client: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(f"/pages/operations/{path}")).status_code == status


async def test_an_act_is_published_in_the_name_signed_in_with(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    cookie = await as_(client)
    answer = await act(client, "redrive", cookie, by="somebody else")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/pages/operations/letter/{WHERE}")
    await act(client, "discard", cookie, origin="twincity.project.statements/3/1743")
    first, second = desk.acts
    assert isinstance(first, RedriveAsked)
    assert isinstance(second, DiscardDecided)
    assert (first.by, first.why, first.subject) == ("王芳", "0.1.1 版已修复", S11)
    assert second.origin.offset == 1743


async def test_a_redrive_begins_with_the_first_of_its_queue(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    await act(
        client,
        "redrive",
        await as_(client),
        origin="twincity.project.statements/3/1743",
    )
    assert [one.origin.offset for one in desk.acts] == [1742]


async def test_a_reason_is_needed(desk: ListDesk, client: httpx.AsyncClient) -> None:
    cookie = await as_(client)
    for why in ("", "   ", "x" * 4_001):
        for what in ("redrive", "discard"):
            answer = await act(client, what, cookie, why=why)
            assert answer.status_code == 422, (what, why[:9])
    assert desk.acts == []


async def test_who_may_not_act(desk: ListDesk, client: httpx.AsyncClient) -> None:
    data = {"service": "coordination", "origin": WHERE, "why": "x", "seal": "0" * 64}
    others = [
        {},
        await as_(client, name="Li Lei", password=PASSWORD),
        await as_(client, token=token()),  # a party
    ]
    for cookie in others:
        page = await client.get(AT, headers=cookie)
        assert 'action="/pages/operations/' not in page.text
        if cookie:
            data["seal"] = seal_of(page.text)
        for what in ("redrive", "discard", "confirm"):
            answer = await client.post(
                f"/pages/operations/{what}", data=data, headers=ORIGIN | cookie
            )
            assert answer.status_code == (403 if cookie else 401)
    mine = await as_(client)
    wrong = await act(client, "discard", mine, seal="0" * 64)
    assert wrong.status_code == 403
    page = await client.get(AT, headers=mine)
    data["seal"] = seal_of(page.text)
    foreign = mine | {"origin": "http://y"}
    answer = await client.post("/pages/operations/discard", data=data, headers=foreign)
    assert answer.status_code == 403
    assert desk.acts == []


async def test_looking_changes_nothing(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    cookie = await as_(client)
    for path, _, _ in site.FORMS:
        if path.startswith("/operations"):
            answer = await client.get(f"/pages{path}", headers=cookie)
            assert answer.status_code in {404, 405}
    for path in ("", "/waiting", "/log"):
        assert (await client.get(f"/pages/operations{path}", headers=cookie)).is_success
    assert desk.acts == []


async def test_a_preview_is_for_operators(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    await client.get(f"{AT}&preview=1")
    assert desk.previews == 0
    page = (await client.get(f"{AT}&preview=1", headers=await as_(client))).text
    assert desk.previews == 1
    assert "twincity.project.recorded.v1" in page
    assert "ValueError(2)" in page
    assert desk.acts == []


async def test_another_person_confirms(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    decided = Proposed("d1", "王芳", "已以新编号发布")
    desk.proposed[f"coordination {WHERE}"] = decided
    assert "待另一人确认" in (await client.get("/pages/operations/waiting")).text
    mine = await as_(client)
    page = (await client.get(AT, headers=mine)).text
    assert "已以新编号发布" in page
    assert 'action="/pages/operations/confirm"' not in page
    answer = await act(client, "confirm", mine, decision="d1")
    assert answer.status_code == 403
    other = await as_(client, name="李强", password=PASSWORD)
    page = (await client.get(AT, headers=other)).text
    assert re.search(r'name="decision" value="d1"', page)
    assert (await act(client, "confirm", other, decision="d0")).status_code == 409
    assert desk.acts == []
    assert (await act(client, "confirm", other, decision="d1")).status_code == 303
    [confirmed] = desk.acts
    assert isinstance(confirmed, DiscardConfirmed)
    assert (confirmed.by, confirmed.decision) == ("李强", "d1")


async def test_what_cannot_be_read_is_only_discarded(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    desk.waiting = [letter(waits=Waits(DeadLetterReason.UNREADABLE), value=b"\xff\x00")]
    page = (await client.get(AT, headers=await as_(client))).text
    assert 'action="/pages/operations/discard"' in page
    assert 'action="/pages/operations/redrive"' not in page
    assert "\\xff" in page


async def test_log_lines(desk: ListDesk, client: httpx.AsyncClient) -> None:
    at = NOW
    desk.told = [
        {
            "event": "statement.dead_letter", "level": "error",
            "service": "coordination",
            "timestamp": at.isoformat(), "subject": S11, "correlation": "s11-1",
            "reason": "ValueError('<b>')\n  two lines",
        },
        {"event": "<b>no line of ours</b>", "level": "loud", "timestamp": ""},
    ]  # fmt: skip
    page = (await client.get("/pages/operations/log?party=chengdu&service=ledger")).text
    assert desk.asked == ("DEBUG", "ledger", {"party": "chengdu"}, 200)
    assert "2026-11-27 12:00:00" in page  # by the field's clock
    assert "<b>no line" not in page
    assert f"/pages/operations/log?subject={S11.replace('/', '%2F')}" in page
    await client.get("/pages/operations/log")
    assert desk.asked[:3] == ("INFO", "", {})
    way = (await client.get("/pages/operations/log?correlation=s11-1")).text
    assert "一条填报的经过" in way
    assert way.index("statement.dead_letter") < way.index("no line of ours")
    desk.has_lines = False
    assert "TWINCITY_LOGS" in (await client.get("/pages/operations/log")).text


async def test_a_cluster_that_is_away_is_said(
    desk: ListDesk, client: httpx.AsyncClient
) -> None:
    cookie = await as_(client)
    page = await client.get(AT, headers=cookie)
    desk.away = True
    for path in ("", "/waiting", f"/letter/{WHERE}?service=coordination"):
        answer = await client.get(f"/pages/operations{path}", headers=cookie)
        assert answer.status_code == 503
        assert "无法查询 Kafka" in answer.text
    data = {
        "service": "coordination", "origin": WHERE, "why": "x",
        "seal": seal_of(page.text),
    }  # fmt: skip
    answer = await client.post(
        "/pages/operations/redrive", data=data, headers=ORIGIN | cookie
    )
    assert answer.status_code == 503


async def test_a_gateway_without_a_desk_has_no_such_pages(tmp_path: Path) -> None:
    async with asking(None, tmp_path) as client:
        assert (await client.get("/pages/operations")).status_code == 404
        assert "/pages/operations" not in (await client.get("/pages/today")).text


async def test_the_operators_gateway_is_no_partys_to_read(
    desk: ListDesk, tmp_path: Path
) -> None:
    async with asking(desk, tmp_path, everybody=False) as client:
        bearer = {"authorization": f"Bearer {token()}"}
        for path in ("/pages/operations", "/pages/today", "/receipts", "/records"):
            answer = await client.get(path, headers=bearer)
            assert answer.status_code == 401, path
        cookie = await as_(client)
        assert (await client.get("/pages/operations", headers=cookie)).is_success


def test_time_moves_nothing_by_itself() -> None:
    later = standing()
    later.as_of += timedelta(days=365)
    assert list(operations.alarms(later)) == []
