"""Integrators' pages: any statement can be said by a form that the gate judges."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import pytest
from typing_extensions import override

from services.admission import service as admission
from services.gateway.formreading import MOST_ROWS, Filling, read
from services.gateway.pages import saying
from services.gateway.pages.frame import ClusterAddress
from services.gateway.schemaform import WHOLE, form_of_type, statement_types
from services.rules.families import Family
from services.rules.gate import Roll
from services.rules.judging import foresee
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake, Record
from tests.support.saying import S11
from tests.support.story import story
from tests.unit.test_signing import BY_PASSWORD, asking, entry, signed_in, token
from tests.unit.test_signing import fake as guarded
from twincity_schemas.generate import examples
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.parties import CHINA
from twincity_schemas.receipt import Verdict
from twincity_schemas.snippets import (
    GATEWAY,
    PUBLISHERS,
    SUBSCRIBERS,
    programs,
    snippets,
)
from twincity_schemas.topology import inbox

pytestmark = pytest.mark.unit

ORIGIN = {"origin": "http://x", "sec-fetch-site": "same-origin"}
STRUCTURED_HEADERS = [("content-type", STRUCTURED.encode())]
EXAMPLES = [
    pytest.param(fact, story_, id=f"{fact}-{story_}")
    for fact in statement_types()
    for story_ in examples()[fact]
]


class FormReader(HTMLParser):
    """Reads a page's form of a statement as a browser would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.filled: list[tuple[str, str]] = []
        self._within = False
        self._select = self._area = ""
        self._text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._within = said.get("class") == "statement"
        if not self._within:
            return
        match tag, said:
            case "input", {"type": "checkbox"} if "checked" not in said:
                pass
            case "input", {"name": name}:
                self.filled.append((name, said.get("value", "")))
            case "select", {"name": name}:
                self._select = name
            case "option", _ if self._select and "selected" in said:
                self.filled.append((self._select, said["value"]))
            case "textarea", {"name": name}:
                self._area, self._text = name, ""

    @override
    def handle_data(self, data: str) -> None:
        self._text += data

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            # A browser drops the first line feed and sends the others as two.
            text = self._text.removeprefix("\n").replace("\n", "\r\n")
            self.filled.append((self._area, text))
            self._area = ""
        if tag in {"select", "form"}:
            self._select = ""
            self._within = self._within and tag != "form"


def filled_in(page: str) -> list[tuple[str, str]]:
    reader = FormReader()
    reader.feed(page)
    return reader.filled


def event_on(page: str) -> dict[str, Any]:
    found = re.search(r'<pre class="code">({.*?})</pre>', page, re.DOTALL)
    assert found is not None
    told: dict[str, Any] = json.loads(unescaped(found[1]))
    return told


def unescaped(text: str) -> str:
    reader = HTMLParser()
    pieces: list[str] = []
    reader.handle_data = pieces.append  # type: ignore[method-assign]
    reader.feed(text)
    reader.close()
    return "".join(pieces)


@pytest.fixture(scope="module")
def bare() -> Fake:
    made = Fake(REGISTRY, REGISTRY.codes)
    made.cluster_address = ClusterAddress("broker-1:9093,broker-2:9093", "test.")
    return made


@asynccontextmanager
async def at(made: Fake, lang: str = "zh") -> AsyncIterator[httpx.AsyncClient]:
    async with asking(made) as client:
        client.headers["accept-language"] = lang
        yield client


async def check(
    client: httpx.AsyncClient, fact: str, filled: list[tuple[str, str]]
) -> str:
    answer = await client.post(
        f"/pages/say/{fact}",
        content=urlencode(filled),
        headers=ORIGIN | {"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(("fact", "story_"), EXAMPLES)
async def test_every_example_passes_through_its_form(
    bare: Fake, fact: str, story_: str
) -> None:
    example = examples()[fact][story_]
    async with at(bare) as client:
        page = (await client.get(f"/pages/say/{fact}?example={story_}")).text
        checked = await check(client, fact, filled_in(page))
        again = await check(client, fact, filled_in(checked))
    assert "会被受理" in checked
    told = event_on(checked)
    data = {k: v for k, v in example["data"].items() if k != "provenance"}
    assert told.pop("data") == data
    assert told.pop("datacontenttype") == "application/json"
    kept = ("specversion", "id", "source", "type", "subject", "time")
    assert told == {name: example["envelope"][name] for name in kept}
    assert event_on(again)["data"] == data


@pytest.mark.parametrize("fact", statement_types())
async def test_every_type_has_a_form_in_both_languages(bare: Fake, fact: str) -> None:
    for lang, other in (("zh", "Skip to the text"), ("en", "跳到正文")):
        async with at(bare, lang) as client:
            page = (await client.get(f"/pages/say/{fact}")).text
            whole = (await client.get(f"/pages/say/{fact}?json=1")).text
        assert other not in page
        words = statement_types()[fact].words
        assert getattr(words, lang) in page
        names = [name for name, _ in filled_in(page)]
        assert len(set(names)) == len(names)
        assert WHOLE in dict(filled_in(whole))


async def test_what_is_wrong_stands_beside_its_field(bare: Fake) -> None:
    said = [
        ("party", "chengdu"), ("subject", S11), ("/name", "S11线"),
        ("/item_class", "nonsense"), ("/figures", '{"a": 1, "a": 2}'),
        ("/responsible_units/3/name", "交通局"), ("/total_investment/amount", "1e3"),
    ]  # fmt: skip
    async with at(bare) as client:
        page = await check(client, "project.described", said)
    assert "会被退回" in page
    for pointer in (
        "/item_class", "/figures", "/responsible_units/0/party",
        "/total_investment/amount", "/content",
    ):  # fmt: skip
        at_ = page.index(f'<span class="mono">{pointer}</span>')
        assert 'class="wrong"' in page[at_ - 400 : at_], pointer
    assert "<option selected>nonsense</option>" in page
    assert "{&#34;a&#34;: 1, &#34;a&#34;: 2}" in page  # what was written is not lost
    assert "curl" not in page[page.index('id="checked"') :]


async def test_who_may_not_say_it_is_told_before_it_is_sent(bare: Fake) -> None:
    for subject, said in (
        ("project/deyang.meishan/s5", "不是事项"),
        ("policy/chengdu.deyang/x", "应以 project/ 开头"),
        ("nonsense", "ce_subject"),
    ):
        filled = [("party", "chengdu"), ("subject", subject), ("/name", "S11")]
        async with at(bare) as client:
            page = await check(client, "project.described", filled)
        assert said in page
        assert "会被退回" in page


async def test_rows_are_added_and_nothing_typed_is_lost(bare: Fake) -> None:
    filled = [("party", "chengdu"), ("/responsible_units/0/name", "交通局")]
    async with at(bare) as client:
        more = [*filled, ("more", "/responsible_units")]
        page = await check(client, "project.described", more)
    assert 'id="checked"' not in page
    names = [name for name, text in filled_in(page) if name.endswith("/name")]
    assert len([n for n in names if n.startswith("/responsible_units/")]) == 5
    assert ("/responsible_units/0/name", "交通局") in filled_in(page)


def test_a_form_is_read_within_bounds() -> None:
    form = form_of_type("project.described")
    rows = {f"/responsible_units/{n}/name": ["x"] for n in (0, MOST_ROWS, 10**9)}
    data, _ = read(form, rows)
    assert len(data["responsible_units"]) == 1
    deep = "[" * 100_000
    data, problems = read(form, {"/figures": [deep], "/name": ["a"]})
    assert data == {"name": "a"}
    assert problems
    for text in ("null", "[]", "1", '"x"'):
        data, problems = read(form, {WHOLE: [text]})
        assert data == {}
    surrogate, problems = read(form, {"/figures": ['"\ud800"'], "/name": ["\ud800"]})
    assert surrogate["name"] == "\ud800"
    assert problems
    assert Filling().fill(form, [1, 2])


async def test_odd_posts_are_refused(bare: Fake) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    path = "/pages/say/project.described"
    async with at(bare) as client:
        for body, headers, status in (
            ("a=1", form | ORIGIN, 200),
            ("a=1", form, 403),
            ("a=1", form | {"origin": "http://evil"}, 403),
            ("a=1", ORIGIN | {"content-type": "text/plain"}, 415),
            ("a=" + "b" * saying.LARGEST, form | ORIGIN, 413),
            ("&".join(f"a{n}=1" for n in range(6_000)), form | ORIGIN, 400),
            ("%2Fname=%ff%fe%00", form | ORIGIN, 200),
        ):
            answer = await client.post(path, content=body, headers=headers)
            assert answer.status_code == status, body[:20]
        answer = await client.post(
            "/pages/say/nothing.said", content="", headers=form | ORIGIN
        )
        assert answer.status_code == 404
        answer = await client.get("/pages/say/project.recorded")
        assert answer.status_code == 404


@pytest.mark.parametrize("changed", ["", "party", "type", "data", "subject", "id"])
def test_what_is_foreseen_is_what_the_gate_decides(changed: str) -> None:
    for fact in statement_types():
        for document in examples()[fact].values():
            said = document["envelope"] | {"data": dict(document["data"])}
            party = said["source"].split("/")[1]
            match changed:
                case "party":
                    said["source"] = "/ziyang/bureau"
                case "type":
                    said["type"] = "twincity.project.recorded.v1"
                case "data":
                    said["data"].pop(next(iter(said["data"])))
                case "subject":
                    said["subject"] = "project/meishan.ziyang/x"
                case "id":
                    said["id"] = ""
            value = json.dumps(said).encode()
            moment = document_moment(document)
            seen = foresee(Roll(REGISTRY), party, STRUCTURED_HEADERS, value, moment)
            made = decided(party, value, int(moment.timestamp() * 1000))
            assert (seen.verdict, seen.problems, seen.warnings) == made


def document_moment(document: dict[str, Any]) -> Any:
    headers = [
        (f"ce_{name}", str(value).encode())
        for name, value in document["envelope"].items()
    ]
    value = json.dumps(document["data"]).encode()
    return parse(headers, value).envelope.time.astimezone(CHINA)


def decided(party: str, value: bytes, milliseconds: int) -> tuple[Any, ...]:
    """What admission's receipt says of a message."""
    processor = admission.make_processor(REGISTRY)
    record = StampedRecord(inbox(party), milliseconds, value)
    for outcome in processor.decide(Incoming(record)):
        if isinstance(outcome, Publish) and "receipts" in outcome.topic:
            data: Any = parse(outcome.headers, outcome.value).data
            return data.verdict, data.problems, data.warnings
    raise AssertionError("every message has its receipt")


class StampedRecord(Record):
    """A record of an inbox with the time of its arrival."""

    timestamp: int

    def __new__(cls, topic: str, timestamp: int, value: bytes) -> Self:
        made = super().__new__(cls, topic, 0, 0, b"", value, tuple(STRUCTURED_HEADERS))
        made.timestamp = timestamp
        return made


async def test_snippets_have_this_clusters_addresses_and_the_readmes_text(
    bare: Fake,
) -> None:
    async with at(bare) as client:
        html = (await client.get("/pages/integrators?party=deyang")).text
    page = unescaped(html)
    assert "test.twincity.inbox.deyang" in page
    assert "localhost:9092" not in page
    assert "$GATEWAY" not in page
    assert "curl http://x/statements" in page
    for heading in (PUBLISHERS, SUBSCRIBERS):
        for one in snippets(heading):
            own = one.at("broker-1:9093", "test.", "deyang", S11)
            assert own.strip() in page, one.name
            assert one.at("localhost:9092", "", "chengdu", S11) == one.code
    assert len(snippets(PUBLISHERS)) >= 6
    assert len(programs(GATEWAY)) >= 2
    for fact in statement_types():
        assert f"/pages/say/{fact}" in html


async def test_receipts_of_one_party_by_verdict_lead_on() -> None:
    made = await story()
    async with at(made) as client:
        page = (await client.get("/pages/receipts?party=chengdu")).text
        rejected = (
            await client.get("/pages/receipts?party=chengdu&verdict=rejected")
        ).text
        for link in re.findall(r'href="(/pages/receipt/[^"]+)"', page):
            assert (await client.get(link)).status_code == 200
    counts = made.view.verdicts("twincity.receipts.chengdu")
    for verdict in Verdict:
        if verdict in counts:
            assert f"{verdict.words.zh} <b>{counts[verdict]}</b>" in page
    assert counts[Verdict.REJECTED] > 0
    assert f'href="/pages/trace/{S11}"' in page
    assert rejected.count("</tr>") - 1 == counts[Verdict.REJECTED]
    assert "不是有效的 JSON" in rejected
    rows = made.view.received("twincity.receipts.chengdu", "", 3)
    offsets = [row.offset for row in rows]
    assert offsets == sorted(offsets, reverse=True)


async def test_the_last_events_are_few_and_the_newest_first() -> None:
    made = await story()
    asked = "/pages/stream?family=statement&party=meishan"
    async with at(made) as client:
        page = (await client.get("/pages/stream")).text
        of_meishan = (await client.get(asked)).text
        receipts = (await client.get("/pages/stream?family=receipt")).text
    listed = page[page.index('id="fresh"') :]
    assert listed.count("<li") == 50
    assert "data-hx-sse:connect" in page
    assert "成眉市域铁路S5线" in of_meishan
    assert "成德市域铁路S11线" not in of_meishan
    places = re.findall(r'href="/pages/receipt/([^"]+)"', receipts)
    newest = [row.place for row in made.view.recent((Family.RECEIPT,), "", 50)]
    assert places == newest


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.toml"
    path.write_text(entry("王芳", "read", "write"), "utf-8")
    return path


SAID = [
    ("party", "chengdu"), ("bureau", "transport-bureau"), ("subject", S11),
    ("/name", "S11线"), ("/domain", "transport"), ("/item_class", "engineering"),
    ("/content", "市域铁路"), ("/as_of", "2023-03"), ("/source", "工可"),
]  # fmt: skip


async def test_who_has_signed_in_for_the_party_sends_and_gets_the_receipt(
    people: Path,
) -> None:
    made = guarded(people)
    async with at(made) as client:
        cookie = await signed_in(client, token=token())
        client.headers["cookie"] = cookie
        page = await check(client, "project.described", SAID)
        sent = hidden(page)
        answer = await client.post("/pages/say", data=sent, headers=ORIGIN)
        assert answer.status_code == 303
        receipt = await client.get(answer.headers["location"])
        assert Verdict.ACCEPTED.words.zh in receipt.text
        again = await client.post("/pages/say", data=sent, headers=ORIGIN)
        assert again.status_code == 303
    (first, second) = made.inboxes["chengdu"]
    assert first.value == second.value
    said = json.loads(first.value)
    assert (said["source"], said["subject"]) == ("/chengdu/transport-bureau", S11)
    assert event_on(page) == said


async def test_nobody_else_sends(people: Path) -> None:
    made = guarded(people)
    async with at(made) as client:
        cookie = await signed_in(client, token=token())
        page = await check_as(client, cookie, SAID)
        sent = hidden(page)
        for changed, headers, status in (
            ({"seal": "0" * 64}, {"cookie": cookie}, 403),
            ({}, {}, 401),
            ({}, {"cookie": cookie, "origin": "http://evil"}, 403),
            ({"statement": other_party(sent["statement"])}, {"cookie": cookie}, 403),
            ({"statement": "{"}, {"cookie": cookie}, 403),
        ):
            answer = await client.post(
                "/pages/say", data=sent | changed, headers=ORIGIN | headers
            )
            assert answer.status_code == status, changed
        reader = await signed_in(client, token=token("read"))
        assert "发送</button>" not in await check_as(client, reader, SAID)
        nobodys = await signed_in(client, **BY_PASSWORD)
        page = await check_as(client, nobodys, SAID)
        assert 'name="statement"' not in page  # of no party: this gateway has many
    assert not made.inboxes


async def check_as(
    client: httpx.AsyncClient, cookie: str, said: list[tuple[str, str]]
) -> str:
    client.headers["cookie"] = cookie
    try:
        return await check(client, "project.described", said)
    finally:
        del client.headers["cookie"]


def hidden(page: str) -> dict[str, str]:
    """What the button sends."""
    sending = page[page.index('id="checked"') :]
    found = re.findall(r'name="(seal|statement)" value="([^"]*)"', sending)
    return {name: unescaped(text) for name, text in found}


def other_party(statement: str) -> str:
    return json.dumps(json.loads(statement) | {"source": "/deyang/bureau"})
