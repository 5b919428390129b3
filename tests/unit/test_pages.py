"""The pages as a function of what the gateway holds; no browser, no broker."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from openpyxl import load_workbook

from services.gateway import matterlist
from services.gateway.matterlist import ALL, OVERDUE
from services.gateway.matters import Need
from services.gateway.opening import InboxMessage
from services.gateway.pages import boards, dispatches, sections, site
from services.gateway.pages.frame import NavigationEntry
from services.gateway.pages.project import steps_to_agreement
from services.gateway.projectlist import Standing
from services.gateway.rows import Filter, Row
from services.gateway.wanted import Wanted
from services.rules.families import Family
from tests.support.folding import REGISTRY, tell
from tests.support.gateway import Fake
from tests.support.saying import S11, described, envelope, event
from tests.support.story import IMPORTED, story
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.envelope import Envelope
from twincity_schemas.values import earlier

pytestmark = pytest.mark.unit

STATIC = Path(site.STATIC)
TEMPLATES = STATIC.parent / "templates"
_VENDORED = {
    "htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "hx-sse.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
}


@pytest.fixture(scope="module")
def fake() -> Fake:
    """The story, told once; a test that goes on from it asks for ``fresh``."""
    return asyncio.run(story())


@pytest.fixture
async def fresh() -> Fake:
    return await story()


@asynccontextmanager
async def asking(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client


@pytest.fixture
async def client(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(fake) as client:
        yield client


def test_what_is_vendored_is_what_was_published() -> None:
    for name, digest in _VENDORED.items():
        assert sha256((STATIC / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("entry", sections.SECTIONS, ids=lambda entry: entry.path)
async def test_each_section_in_both_languages(
    client: httpx.AsyncClient, entry: NavigationEntry
) -> None:
    for lang, words, other in (
        ("zh", entry.words.zh, "Skip to the text"),
        ("en", entry.words.en, "跳到正文"),
    ):
        answer = await client.get(entry.path, params={"lang": lang})
        assert answer.status_code == 200
        assert words in answer.text
        assert other not in answer.text
        assert answer.headers["content-language"] == lang
        assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_no_page_asks_another_host_or_writes_style_or_script_inline(
    client: httpx.AsyncClient,
) -> None:
    for entry in sections.SECTIONS:
        text = (await client.get(entry.path)).text
        found = re.findall(r'(?:src|href|action)="([^"]*)"', text)
        assert all(address.startswith(("/", "#", "?")) for address in found), found
        assert not re.search(r"<style|\bstyle=|<script(?! src=)|\bon[a-z]+=", text)


def test_scripts_only_hasten_what_links_and_forms_do() -> None:
    """What a script asks for is the page itself, or a form that has a button."""
    asking = re.compile(r"<(\w+)[^>]*data-hx-get=\"([^\"]*)\"[^>]*>")
    seen = set()
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text("utf-8")
        for match in asking.finditer(text):
            tag, address = match.groups()
            seen.add(template.stem)
            if tag == "form":
                form = text[match.start() : text.index("</form>", match.start())]
                assert address == "{{ visit.path }}"
                assert 'method="get"' in match[0]
                assert "<button" in form, template.name
            else:
                assert address == "{{ visit.here() }}", template.name
        assert not re.search(r"data-hx-(post|put|delete|patch)", text)
    assert {"projects", "today", "letter", "stream"} <= seen


async def test_language_as_chosen_then_kept_then_as_the_browser_prefers(
    client: httpx.AsyncClient,
) -> None:
    path = sections.SECTIONS[0].path
    preferred = await client.get(path, headers={"accept-language": "zh-CN,en;q=0.3"})
    assert preferred.headers["content-language"] == "zh"
    chosen = await client.get(
        path, params={"lang": "en"}, headers={"accept-language": "zh"}
    )
    assert chosen.headers["content-language"] == "en"
    assert "HttpOnly" in chosen.headers["set-cookie"]
    kept = await client.get(path, headers={"accept-language": "zh"})
    assert kept.headers["content-language"] == "en"


async def test_whatever_is_asked_is_answered(client: httpx.AsyncClient) -> None:
    odd = ["", "'", "\x00", "\ud800".encode("utf-8", "surrogatepass"), "9" * 400, "-1"]
    names = ("page", "lang", "party", "domain", "state", "sort", "as_of", "light")
    for entry in sections.SECTIONS:
        for value in odd:
            answer = await client.get(entry.path, params=dict.fromkeys(names, value))
            assert answer.status_code == 200, (entry.path, value)
    for path in ("trace", "statement", "project", "nothing"):
        for value in ("x", "%00", "%ff", "..%2f", "a" * 3_000, "<script>"):
            answer = await client.get(f"/pages/{path}/{value}")
            assert answer.status_code == 404, (path, value)
            assert "<script>" not in answer.text


async def test_errors_are_pages(fresh: Fake) -> None:
    async with asking(fresh) as client:
        answer = await client.get("/pages/nothing", params={"lang": "zh"})
        assert (answer.status_code, "没有此页" in answer.text) == (404, True)
        fresh.ready = False
        answer = await client.get("/pages/today", params={"lang": "en"})
    assert answer.status_code == 503
    assert "open this page again" in answer.text
    assert answer.headers["retry-after"]


async def test_a_statement_says_who_when_and_what_and_leads_on(
    client: httpx.AsyncClient,
) -> None:
    trace = (await client.get(f"/pages/trace/{S11}", params={"lang": "zh"})).text
    assert "/pages/statement/chengdu-2023-0001" in trace
    page = (await client.get("/pages/statement/chengdu-2023-0001")).text
    for said in (
        "成都市",
        "2023-04-03 09:30",
        "总投资",
        "3,079,400",
        f"/pages/trace/{S11}",
    ):
        assert said in page
    sheet = (await client.get(f"/pages/statement/{IMPORTED}")).text
    for said in ("月报.xlsx", "续建", "A8:J8"):
        assert said in sheet


async def test_the_first_address_leads_to_the_pages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", follow_redirects=True)
    assert answer.status_code == 200
    assert str(answer.url).endswith(sections.SECTIONS[0].path)


async def test_today_counts_what_the_records_say(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    day = f"{fake.view.latest_moment():%Y-%m-%d}"
    due = [item for text in fake.view.due() for item in json.loads(text)]
    late = sum(item["due"] is not None and earlier(item["due"], day) for item in due)
    owned = fake.view.matters.counts(Wanted(), day)
    overdue = owned[OVERDUE, ALL]
    nobodys = sum(
        earlier(one.due, day) if one.due else False
        for need in (Need.UNOWNED, Need.ANSWER)
        for one in fake.view.matters.matters(need, Wanted(), day, 1_000)
    )
    assert overdue + nobodys == late > 0
    page = (await client.get("/pages/today", params={"lang": "zh"})).text
    assert f">{overdue}</b>" in page
    listed = await client.get("/pages/today", params={"need": OVERDUE, "lang": "zh"})
    assert listed.text.count('class="bad"') == overdue
    silent = await client.get(
        "/pages/today", params={"need": "silent", "party": "meishan", "lang": "zh"}
    )
    assert "成眉市域铁路S5线" in silent.text
    assert "2024 年 1—8 月进度" in silent.text


async def test_who_has_reported_is_no_longer_named(fresh: Fake) -> None:
    silent = fresh.view.matters.matters(Need.SILENT, Wanted(), "2024-10-01", 100)
    assert {one.parties for one in silent} == {("meishan",)}
    row = fresh.view.latest("project/chengdu.meishan/s5#progress/2024-08")
    assert row is not None
    told = json.loads(row.value or b"")
    told["missing"] = []
    envelope = Envelope.model_validate(json.loads(row.attributes))
    fresh.put(row.topic, row.key, envelope, json.dumps(told).encode())
    left = fresh.view.matters.matters(Need.SILENT, Wanted(), "2024-10-01", 100)
    assert len(left) == len(silent) - 1


async def test_a_month_taken_back_leaves_the_one_before(fresh: Fake) -> None:
    (before,) = (p for p in _projects(fresh) if p.subject == S11)
    row = fresh.view.latest(f"{S11}#progress/{before.period}")
    assert row is not None
    fresh.put(row.topic, row.key, None, None)
    (after,) = (p for p in _projects(fresh) if p.subject == S11)
    assert (before.period, after.period) == ("2024-08", "2024-07")
    assert after.lead != before.lead


def _projects(fake: Fake) -> list[Standing]:
    return fake.view.projects.projects(Wanted(), "name", 1_000)


async def test_totals_are_the_sums_of_the_records(fake: Fake) -> None:
    whole: dict[str, dict[str, Any]] = {}
    for row in fake.view.page(Filter(kind="project"), "", 1_000):
        month = json.loads(row.value or b"") if "#progress/" in row.key else {}
        if "joint" in month:
            whole[row.subject] = month  # in order of months
    year = max(month["year"] for month in whole.values())
    sums = [month["joint"] for month in whole.values() if month["year"] == year]
    totals = fake.view.projects.totals(Wanted())
    assert totals.year == str(year)
    assert totals.plan == sum(Decimal(one["annual_plan"]) for one in sums)
    assert totals.invested == sum(Decimal(one["annual_investment"]) for one in sums)
    assert totals.projects == 8
    assert totals.reported == len(sums) == 2
    assert fake.view.projects.totals(Wanted(party="deyang")).projects == 1


async def test_a_list_of_projects_is_narrowed_and_ordered(
    client: httpx.AsyncClient,
) -> None:
    ask = partial(client.get, "/pages/projects")
    page = (await ask(params={"lang": "zh"})).text
    assert page.index("成德市域铁路S11线") < page.index("成渝中线高铁")
    for query, found, left in (
        ({"party": "meishan"}, "成眉市域铁路S5线", "成德市域铁路S11线"),
        ({"light": "green"}, "成德市域铁路S11线", "成眉市域铁路S5线"),
        ({"text": "s11"}, "成德市域铁路S11线", "成眉市域铁路S5线"),
        ({"class": "reform", "domain": "public-policy"}, "公积金", "S5线"),
    ):
        page = (await ask(params=query)).text
        assert found in page, query
        assert left not in page, query


async def test_each_figure_of_a_project_leads_to_its_statement(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    page = (await client.get(f"/pages/{S11}", params={"lang": "zh"})).text
    links = set(re.findall(r"/pages/statement/([^\"]+)", page))
    said = {json.loads(r.attributes)["id"] for r in _statements(fake, S11)}
    assert {unquote(link) for link in links} <= said
    row = fake.view.latest(f"{S11}#progress/2024-08")
    assert row is not None
    for party in row.data.by.values():  # type: ignore[attr-defined]
        figure = f"{party.annual_investment / 10_000:,.2f}"
        assert f'statement/{party.statement}">{figure}</a>' in page


def _statements(fake: Fake, subject: str) -> list[Row]:
    rows = fake.view.trace(subject, 0, 1_000)
    return [row for row in rows if row.family is Family.STATEMENT]


def test_what_leads_to_agreement_is_told() -> None:
    said = [described(phase="preparation"), described(phase="construction")]
    events = [
        event("project.described", party, S11, data, f"d-{party}")
        for party, data in zip(("chengdu", "deyang"), said, strict=True)
    ]
    (step,) = steps_to_agreement(tell(S11, events[:1]))
    assert step == (("deyang",), "project.endorsed", "d-chengdu")
    (step,) = steps_to_agreement(tell(S11, events))
    assert step == (("chengdu", "deyang"), "project.endorsed", "")


async def test_a_dispatch_as_handed_out_tells_its_record(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    subject = "dispatch/chengdu.deyang.meishan/2024-08"
    told = dispatches.dispatch_handout(fake.view, subject)
    s11, s5 = told.lines
    assert (s11.rank, s5.rank) == (1, None)
    before = fake.view.latest(f"{told.record.previous}#{s11.record.part}")
    assert before is not None
    assert s11.moved == s11.record.lead - before.data.lead  # type: ignore[attr-defined]
    assert sum(one.reports.total() for one in told.parties.values()) == told.record.due
    for state, count in (
        (Reporting.ON_TIME, told.record.on_time),
        (Reporting.LATE, told.record.late),
        (Reporting.SILENT, told.record.silent),
    ):
        assert sum(one.reports[state] for one in told.parties.values()) == count
    page = (await client.get(f"/pages/{subject}", params={"lang": "zh"})).text
    for figure in (
        "60.00",
        "40.23",
        "67.05%",
        "+0.38",
        "截止后更正",
        "chengdu-2024-late",
        "眉山市发展和改革委员会（分管副主任）",
    ):
        assert figure in page
    sheet = await client.get(f"/pages/{subject}/workbook.xlsx")
    book = load_workbook(BytesIO(sheet.content))
    rows = list(book.worksheets[0].values)
    assert rows[1][4:8] == (260_000, 189_800, 73, 6.33)
    assert "分管副主任" in {row[3] for row in book.worksheets[1].values}
    assert book.worksheets[2]["C2"].value == "chengdu-2024-late"


async def test_a_board_as_handed_out_tells_its_record(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    subject = "board/chengdu/2024-q3"
    page = (await client.get(f"/pages/{subject}", params={"lang": "zh"})).text
    for unit in boards.board_handout(fake.view, subject).sequences[0][1]:
        assert f"{unit.name}（{unit.officer}）" in page
        assert f">{unit.closed.score:.2f}<" in page
        for figure in unit.figures:
            for statement in figure.statements:
                assert f"/pages/statement/{statement}" in page
    for told in ("已退出", "2024-11-30", "chengdu-2024-b3-back", "用地指标"):
        assert told in page
    sheet = await client.get(f"/pages/{subject}/workbook.xlsx")
    book = load_workbook(BytesIO(sheet.content))
    first = [*book.worksheets[0].values][1]
    assert first[1:4] == ("金牛区", "分管副区长", 109.7)


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_subject_has_a_page_that_leads_to_what_was_said(
    client: httpx.AsyncClient, fake: Fake, lang: str
) -> None:
    rows = fake.view.page(Filter(), "", 10_000)
    subjects = {row.subject for row in rows if row.kind or "pool/" in row.subject}
    assert {subject.partition("/")[0] for subject in subjects} >= {
        "project", "dispatch", "board", "chain", "policy", "plan", "challenge",
        "indicator", "cluster", "opportunity", "pool", "sharing", "worklist",
    }  # fmt: skip
    for subject in sorted(subjects):
        answer = await client.get(f"/pages/{subject}", params={"lang": lang})
        assert answer.status_code == 200, subject
        assert f"/pages/trace/{subject}" in answer.text, subject
        for link in re.findall(r"/pages/statement/([^\"]+)", answer.text):
            assert fake.view.statements(unquote(link)), (subject, link)


async def test_figures_of_mechanisms_are_those_of_the_records(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    async def page(subject: str) -> tuple[str, Any]:
        row = fake.view.latest(subject)
        assert row is not None
        answer = await client.get(f"/pages/{subject}", params={"lang": "zh"})
        return answer.text, row.data

    text, race = await page("challenge/chengdu.chongqing.deyang/cold-start-fuel-cell")
    for gate in race.gates:
        for result in gate.results:
            assert f"{result.score.normalize():f}" in text
    text, area = await page("cluster/chengdu.deyang.meishan/suburban-lines")
    assert f"{area.annual_plan / 10_000:,.2f}" in text
    assert f"{area.rate:.2f}%" in text
    text, chain = await page("chain/chengdu.chongqing/automobile")
    for gap in chain.gaps.values():
        assert gap.title in text
    text, goal = await page("indicator/chengdu/opportunities")
    assert f"{goal.latest.attained:.2f}%" in text
    text, _ = await page("sharing/chengdu.chongqing/joint-park")
    assert "13,000.000001" in text
    assert "−249.999999" in text
    text, listed = await page("worklist/chengdu.chongqing/joint-2022")
    assert listed.approved_by in text
    assert "转为常态运营" in text
    sheet = await client.get(
        "/pages/sharing/chengdu.chongqing/joint-park/workbook.xlsx",
        params={"lang": "zh"},
    )
    book = load_workbook(BytesIO(sheet.content))
    assert book.sheetnames[1] == "2 2022 年（万元）"
    assert [*book.worksheets[1].values][4][5:] == (9250.000001, -249.999999)


async def test_from_a_city_to_its_areas_their_clusters_and_projects(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    rows = fake.view.headers("cluster", 100, newest=False)
    page = (await client.get("/pages/clusters", params={"lang": "zh"})).text
    drawn = re.search(r"<figure[\s\S]*?</figure>", page)
    assert drawn is not None
    cities = {city for row in rows for city in row.parties.strip(".").split(".")}
    for city in cities:
        lead = f"/pages/clusters?party={city}"
        assert f'href="{lead}"' in drawn[0]
        listed = (await client.get(lead)).text
        of_city = {row.subject for row in rows if f".{city}." in row.parties}
        assert {*re.findall(r'<th scope="row"><a href="/pages/([^"]+)', listed)} == (
            of_city
        )
    for row in rows:
        assert f'href="/pages/{row.subject}"' in drawn[0]
        members = row.parties.strip(".").split(".")
        inside = (await client.get(f"/pages/{row.subject}")).text
        assert members
        assert "/pages/project/" in inside or "/pages/cluster/" in inside
    lines = sum(len(row.parties.strip(".").split(".")) for row in rows)
    assert drawn[0].count('class="line firm"') == lines


async def test_what_was_rejected_is_listed_until_it_is_mended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matterlist, "MOST_REJECTED", 20)
    fake = Fake(REGISTRY, REGISTRY.codes)

    async def say(**changes: Any) -> list[str]:
        event_ = envelope("project.described", "chengdu", S11, "d1")
        value = json.dumps(described(**changes)).encode()
        headers = tuple(event_.to_headers())
        await fake.send(InboxMessage(value, headers, source="", subject=""), "chengdu")
        listed = fake.view.matters.matters(Need.REJECTED, Wanted(), "2027", 9_999)
        return [one.what.en for one in listed]

    assert len(await say(domain="nowhere")) == 1
    assert len(await say(domain="nobody")) == 1  # the same statement, still wrong
    assert await say() == []
    junk = InboxMessage(b"{", (), source="", subject="")
    for _ in range(100):
        await fake.send(junk, "chengdu")
    assert 20 <= len(await say()) <= 40
