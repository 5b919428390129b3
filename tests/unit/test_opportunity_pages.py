"""The opportunity list's pages: what they show is what matching's records say."""

import asyncio
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from openpyxl import load_workbook

from services.demo.opportunities import entries
from services.gateway.certificates import certificate_of
from services.gateway.entrylist import STATES
from services.gateway.pages import entry as entry_page
from services.gateway.pages import scores
from services.gateway.pages.pools import FIGURES
from services.gateway.rows import Filter
from services.gateway.wanted import Wanted
from services.rules.families import Family
from tests.support.folding import REGISTRY, Shard, incoming
from tests.support.gateway import Fake
from tests.support.saying import S11, SAID, event
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.pairing_record import PairingRecorded, PairStatus, PoolRecorded
from twincity_schemas.topology import MATCHING_RECORDS, statements

pytestmark = pytest.mark.unit

POOL = "2022-1"
_MANY = 160


class Told:
    """A gateway that has heard a pool, and can hear more of it."""

    def __init__(self) -> None:
        self.fake = Fake(REGISTRY, REGISTRY.codes)
        self.shard = Shard("matching")
        self.said = 0

    def say(self, *events: Event[Any]) -> None:
        """Statements come, then what matching derives of them."""
        for one in events:
            self.fake.put(
                statements("opportunity"), one.envelope.subject, one.envelope, one.value
            )
        before = len(self.shard.published)
        self.shard.take_in([incoming(one) for one in events])
        for made in self.shard.published[before:]:
            headers = Envelope.from_headers(made.headers) if made.headers else None
            self.fake.put(made.topic, made.key.decode(), headers, made.value)

    def answer(self, fact: str, mine: str, other: str, **data: Any) -> str:
        """An owner answers to a pair; returns the statement's identifier."""
        self.said += 1
        id_, at = f"answer-{self.said}", SAID + timedelta(days=self.said)
        party = mine.split("/")[1]
        told = {"counterpart": other, **data}
        self.say(event(fact, party, mine, told, id_, at))
        return id_

    def record(self, entry: str) -> PairingRecorded:
        row = self.fake.view.latest(entry)
        assert row is not None
        data = row.data
        assert isinstance(data, PairingRecorded)
        return data

    def records(self) -> list[PairingRecorded]:
        rows = self.fake.view.page(Filter(kind="opportunity"), "", 10_000)
        return [r.data for r in rows if isinstance(r.data, PairingRecorded)]

    def recommended(self, party: str = "") -> PairingRecorded:
        """A demand that has a pair which nobody has answered to yet."""
        return next(
            one
            for one in self.records()
            if one.direction == "demand"
            and one.pairs
            and one.pairs[0].status is PairStatus.RECOMMENDED
            and party in {"", one.subject.split("/")[1]}
        )

    @property
    def pool(self) -> PoolRecorded:
        row = self.fake.view.at(MATCHING_RECORDS, f"pool/{POOL}")
        assert row is not None
        data = row.data
        assert isinstance(data, PoolRecorded)
        return data

    async def get(self, path: str, **query: str) -> str:
        transport = httpx.ASGITransport(self.fake.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as ask:
            answer = await ask.get(f"/pages/{path}", params={"lang": "zh", **query})
        assert answer.status_code == 200, answer.text
        return answer.text


def told(many: int = _MANY) -> Told:
    found = Told()
    found.say(
        *(
            event(
                "opportunity.published",
                subject.split("/")[1],
                subject,
                json.loads(data.model_dump_json(exclude_none=True)),
                f"published-{subject.rpartition('/')[2]}",
            )
            for subject, data in islice(entries(), many)
        )
    )
    return found


@pytest.fixture(scope="module")
def kept() -> Told:
    """A pool that nobody has answered to; whoever says more of it takes ``pool``."""
    return told()


@pytest.fixture
def pool() -> Told:
    return told(60)


async def test_totals_and_certificate_are_those_of_the_record(kept: Told) -> None:
    page = await kept.get(f"pool/{POOL}")
    overview = await kept.get("opportunities")
    for name in FIGURES:
        figure = f"{getattr(kept.pool, name):,}"
        assert f"<b>{figure}</b>" in page, name
        assert f'/pages/pool/2022-1">{figure}</a></td>' in overview, name
    proof = kept.pool.certificate
    assert proof.total in page
    assert proof.dual_total in page
    state = certificate_of(kept.fake.view, kept.pool)
    assert state.proven
    assert state.complete
    assert state.prices.held == proof.prices.count == _MANY
    assert page.count("✓") == 3


async def test_the_picture_has_every_pair_of_the_records(kept: Told) -> None:
    flows = kept.fake.view.entries.flows(POOL)
    assert flows == Counter(
        (one.subject.split("/")[1], str(one.need_type), pair.counterpart.split("/")[1])
        for one in kept.records()
        if one.direction == "demand"
        for pair in one.pairs
    )
    assert flows.total() == kept.pool.pairs
    page = await kept.get(f"pool/{POOL}")
    ribbons = re.findall(r"<title>[^<]*→[^<]*: (\d+)</title>", page)
    assert sum(map(int, ribbons)) == 2 * kept.pool.pairs > 0


async def test_a_certificate_that_is_absent_torn_or_wrong_is_said(pool: Told) -> None:
    view = pool.fake.view
    prices = Filter((Family.CANDIDATES,), type="price.recorded")
    (price,) = view.page(prices, "", 1)
    pool.fake.put(price.topic, price.key, None, None)
    torn = certificate_of(view, pool.pool)
    assert (torn.proven, torn.complete, torn.prices.held) == (True, False, 59)
    assert "✗ 应有 60，此处 59" in await pool.get(f"pool/{POOL}")
    row = view.at(MATCHING_RECORDS, f"pool/{POOL}")
    assert row is not None
    wrong = json.loads(row.value or b"")
    wrong["certificate"]["dual_total"] = str(int(wrong["certificate"]["total"]) + 1)
    envelope = Envelope.model_validate(json.loads(row.attributes))
    pool.fake.put(row.topic, row.key, envelope, json.dumps(wrong).encode())
    assert "两总和不等" in await pool.get(f"pool/{POOL}")
    assert "两总和不等" in await pool.get("opportunities")
    pool.fake.put(row.topic, row.key, None, None)
    assert "尚无凭证" in await pool.get(f"pool/{POOL}")
    assert "尚无凭证" in await pool.get("opportunities")


async def test_bars_add_up_to_the_score(kept: Told) -> None:
    page = await kept.get("opportunities")
    bars = re.findall(r"<title>([^<=]+) = (\d+)</title>((?:<rect.*?</rect>)+)", page)
    assert len(bars) > 40
    for said, total, rects in bars:
        points = [int(one.rpartition(" ")[2]) for one in said.split(" + ")]
        assert sum(points) == int(total)
        drawn = re.findall(r' x="([0-9.]+)".*? width="([0-9.]+)"', rects)
        ends = 0.0
        for x, wide in drawn:
            assert abs(float(x) - ends) < 0.11  # rounded to a tenth each
            ends = float(x) + float(wide)
        assert len(drawn) == len(points)
    known = {(pair.score) for one in kept.records() for pair in one.pairs}
    assert {int(total) for _, total, _ in bars} <= known


async def test_a_list_is_narrowed_paged_and_counted(kept: Told) -> None:
    everything = {one.subject: one for one in kept.records()}
    listed = kept.fake.view.entries.entries(Wanted(), "score", 1_000)
    assert {one.subject for one in listed} == everything.keys()
    for query, matches in (
        ({"party": "chengdu"}, lambda r: r.subject.split("/")[1] == "chengdu"),
        ({"direction": "supply"}, lambda r: r.direction == "supply"),
        ({"state": "recommended"}, lambda r: bool(r.pairs)),
        ({"state": "unpaired"}, lambda r: not r.pairs),
        ({"pool": "elsewhere"}, lambda _: False),
    ):
        found = kept.fake.view.entries.entries(Wanted(**query), "name", 1_000)
        wanted = {s for s, record in everything.items() if matches(record)}
        assert {one.subject for one in found} == wanted, query
        assert kept.fake.view.entries.counts(Wanted(**query))[""] == len(wanted)
    pages = [await kept.get("opportunities", page=str(n)) for n in (1, 2, 3, 4)]
    linked = [
        set(re.findall(r'rowspan="\d"><a href="/pages/([^"]+)"', p)) for p in pages
    ]
    assert set.union(*linked) == everything.keys()
    assert sum(map(len, linked)) == _MANY


async def test_an_entry_tells_its_pair_with_both_texts_and_the_candidates(
    kept: Told,
) -> None:
    record = kept.recommended()
    (pair, *_) = record.pairs
    page = await kept.get(record.subject)
    for term in pair.terms:
        assert f'<td class="num points">{term.points:,}</td>' in page
    assert f'<td class="num points">{pair.score:,}</td>' in page
    sure = pair.confidence
    assert sure is not None
    assert f"<b>{sure.share}%</b>" in page
    assert f"{sure.low}—{sure.high}%，观测 {sure.observed} 对<" in page
    for one in (record.subject, pair.counterpart):
        (row,) = kept.fake.view.statements_about(one, 1)
        plain = re.sub(r"</?mark>", "", page)
        assert row.data.content in plain  # type: ignore[attr-defined]
        assert f"/pages/statement/{row.id}" in page
    words = [w for w in scores.shared_words(pair.terms).demand if len(w) > 1]
    assert any(f"<mark>{word}</mark>" in page for word in words)
    found = entry_page.candidates(kept.fake.view, record)
    assert found[0].score >= found[-1].score
    assert [one.other for one in found if one.chosen] == [pair.counterpart]
    theirs = entry_page.candidates(kept.fake.view, kept.record(pair.counterpart))
    assert (record.subject, pair.score) in {(one.other, one.score) for one in theirs}


async def test_an_entry_without_a_pair_says_why_and_what_is_nearest(kept: Told) -> None:
    lonely = next(one for one in kept.records() if not one.pairs and one.nearest)
    page = await kept.get(lonely.subject)
    assert lonely.why_unpaired is not None
    assert lonely.why_unpaired.partition(" / ")[0] in page
    for near in lonely.nearest:
        assert f'/pages/{near.counterpart}">{near.score:,}</a></td>' in page
        for reason in near.failed:
            assert reason.zh in page


async def test_an_offer_waits_with_its_day_and_goes_when_it_is_answered(
    pool: Told,
) -> None:
    record = pool.recommended("chengdu")
    mine, other = record.subject, record.pairs[0].counterpart
    accepted = pool.answer("match.accepted", mine, other)
    (awaited,) = pool.fake.view.entries.awaited(Wanted(), 10)
    assert (awaited.entry, awaited.other) == (other, mine)
    party = other.split("/")[1]
    due = pool.record(mine).pairs[0].answer_by
    assert awaited.answer_by == due
    days = timedelta(days=pool.pool.answer_within_days)
    since = datetime.fromisoformat(due or "") - days
    for entry in (mine, other):
        page = await pool.get(entry)
        assert f"{since:%Y-%m-%d}" in page
        assert f'/pages/statement/{accepted}">一方受理' in page
    owners = await pool.get("opportunities", party=party)
    assert "待答复" in owners
    assert str(due) in owners
    if party != "chengdu":
        assert "等对方答复" in await pool.get("opportunities", party="chengdu")
    assert pool.fake.view.entries.awaited(Wanted(party="nobody"), 10) == []
    pool.answer("match.accepted", other, mine)
    assert pool.fake.view.entries.awaited(Wanted(), 10) == []
    assert "双方已受理" in await pool.get(mine)
    found = pool.fake.view.entries.entries(Wanted(state="agreed"), "score", 10)
    assert {one.subject for one in found} == {mine, other}


async def test_two_units_of_one_party_answer_to_one_another(pool: Told) -> None:
    own = next(
        one
        for one in pool.records()
        if one.direction == "demand"
        for pair in one.pairs
        if pair.counterpart.split("/")[1] == one.subject.split("/")[1]
    )
    pair = next(
        p for p in own.pairs if p.counterpart.split("/")[1] == own.subject.split("/")[1]
    )
    pool.answer("match.accepted", own.subject, pair.counterpart)
    (awaited,) = pool.fake.view.entries.awaited(Wanted(), 10)
    assert (awaited.entry, awaited.other) == (pair.counterpart, own.subject)
    assert awaited.whose == awaited.by


async def test_what_was_left_and_what_had_no_effect_is_told(pool: Told) -> None:
    record = pool.recommended()
    mine, other = record.subject, record.pairs[0].counterpart
    pool.answer("match.signed", mine, other, note="早了", as_of="2026-11-03")
    pool.answer("match.declined", mine, other, reason="另有安排")
    page = await pool.get(mine)
    assert "未生效的填报" in page
    assert "已退出" in page
    history = page[page.index('id="history"') :]
    assert (
        history.index("不予对接")
        < history.index("对接签约")
        < history.index("机会发布")
    )


async def test_a_withdrawn_entry_stays_with_its_state(pool: Told) -> None:
    record = pool.recommended()
    mine = record.subject
    said = event(
        "opportunity.withdrawn", mine.split("/")[1], mine, {"reason": "已办结"}, "w1"
    )
    pool.say(said)
    (found,) = pool.fake.view.entries.entries(Wanted(state="withdrawn"), "name", 10)
    assert found.subject == mine
    assert "已撤回" in await pool.get(mine)
    assert "条目已撤回" in await pool.get(mine)


@pytest.mark.parametrize("first", ["statement", "record"])
async def test_a_project_shows_the_entries_that_name_it(first: str) -> None:
    found = Told()
    (subject, data), (other, more) = list(islice(entries(), 2))
    said = json.loads(data.model_dump_json(exclude_none=True)) | {"project": S11}
    mine = event("opportunity.published", subject.split("/")[1], subject, said, "p1")
    found.shard.take_in([incoming(mine)])
    records = [
        (one.topic, one.key.decode(), Envelope.from_headers(one.headers), one.value)
        for one in found.shard.published
    ]
    topic = statements("opportunity")
    put = [
        lambda: found.fake.put(topic, subject, mine.envelope, mine.value),
        lambda: [found.fake.put(*record) for record in records],
    ]
    for one in put if first == "statement" else reversed(put):
        one()
    listed = found.fake.view.entries.entries(Wanted(project=S11), "name", 10)
    assert [one.subject for one in listed] == [subject]
    assert listed[0].unit == data.responsible_unit.name
    plain = json.loads(more.model_dump_json(exclude_none=True))
    found.say(event("opportunity.published", other.split("/")[1], other, plain, "p2"))
    again = event(
        "opportunity.revised", subject.split("/")[1], subject,
        {k: v for k, v in said.items() if k != "project"}, "p3",
    )  # fmt: skip
    found.say(again)
    assert found.fake.view.entries.entries(Wanted(project=S11), "name", 10) == []


def test_a_workbook_has_every_entry_and_pair(kept: Told) -> None:
    async def fetched() -> bytes:
        transport = httpx.ASGITransport(kept.fake.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as ask:
            answer = await ask.get(f"/pages/pool/{POOL}/workbook.xlsx?lang=zh")
        return answer.content

    book = load_workbook(BytesIO(asyncio.run(fetched())))
    listed, pairs = (list(sheet.values) for sheet in book.worksheets)
    assert len(listed) - 1 == _MANY
    assert sum(row[5] for row in pairs[1:]) == kept.pool.score
    assert len(pairs) - 1 == kept.pool.pairs


async def test_every_page_in_both_languages_leads_to_statements(kept: Told) -> None:
    record = kept.recommended()
    for path in ("opportunities", f"pool/{POOL}", record.subject):
        for lang, other in (("zh", "Skip to the text"), ("en", "跳到正文")):
            page = await kept.get(path, lang=lang)
            assert other not in page
            for link in re.findall(r"/pages/statement/([^\"]+)", page):
                assert kept.fake.view.statements(unquote(link)), link


async def test_odd_questions_get_an_answer(kept: Told) -> None:
    transport = httpx.ASGITransport(kept.fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as ask:
        for value in ("", "'", "\x00", "<script>", "9" * 400, "-1", "%"):
            names = ("pool", "party", "state", "direction", "text", "unit", "page")
            answer = await ask.get(
                "/pages/opportunities", params=dict.fromkeys(names, value)
            )
            assert answer.status_code == 200
            assert "<script>" not in answer.text
        assert (await ask.get("/pages/pool/nothing")).status_code == 404


def test_states_are_words_of_a_list() -> None:
    assert len(set(STATES)) == len(STATES) == len(PairStatus) + 2


def test_a_text_is_marked_and_nothing_of_it_is_markup() -> None:
    told_ = scores.marked("水厂<b>提标</b>改造 IoT", ["提标", "水厂", "iot", "水"])
    assert str(told_) == (
        "<mark>水厂</mark>&lt;b&gt;<mark>提标</mark>&lt;/b&gt;改造 <mark>IoT</mark>"
    )
    assert str(scores.marked("a<b", [])) == "a&lt;b"
