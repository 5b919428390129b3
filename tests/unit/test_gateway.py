"""What the gateway takes in, hands on and answers; Kafka is a list here."""

import asyncio
import hmac
import json
import zipfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import (
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.gateway import statements
from services.gateway.opening import BATCH, opened
from services.gateway.refusing import Refusal, language_of
from services.gateway.tables import to_csv
from services.gateway.tokens import Tokens, sign
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Fake, cloudevent
from tests.support.saying import S11, described, envelope
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.parties import Party, PublicKey, Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS, records
from twincity_schemas.topology import statements as statements_of
from twincity_schemas.values import Domain

REGISTRY = Registry.load(Path("deploy/parties.toml"))
TRANSPORT = records(Domain.TRANSPORT)
SAID = cloudevent(envelope("project.described", "chengdu", S11), described())
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def chengdu(**changes: Any) -> Fake:
    return Fake(REGISTRY, frozenset({"chengdu"}), **changes)


def client(fake: Fake) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(fake.app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


async def post(
    fake: Fake, body: Any, kind: str = STRUCTURED, **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": kind} | {k.replace("_", "-"): v for k, v in headers.items()}
    async with client(fake) as asking:
        return await asking.post("/statements", content=content, headers=told)


async def get(fake: Fake, path: str, **headers: str) -> httpx.Response:
    told = {k.replace("_", "-"): v for k, v in headers.items()}
    async with client(fake) as asking:
        return await asking.get(path, headers=told)


# What comes in


async def test_structured_bytes_stay_as_they_came() -> None:
    fake, body = chengdu(), b'  {"id": "1" ,\n"source":"/chengdu/x"}\n'
    answer = await post(fake, body)
    [message] = fake.inboxes["chengdu"]
    assert message.value == body
    assert dict(message.headers) == {"content-type": STRUCTURED.encode()}
    assert answer.status_code == 422  # it lacks most of what it has to say


async def test_binary_headers_are_decoded_and_the_body_is_not_touched() -> None:
    fake, body = chengdu(), b'{"note" : "\\u6210" }'
    answer = await post(
        fake, body, "application/json; charset=utf-8",
        ce_id="1", ce_source="/chengdu/%E6%88%90", ce_subject=S11, ce_type="x",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        cookie="no",
    )  # fmt: skip
    [message] = fake.inboxes["chengdu"]
    headers = dict(message.headers)
    assert (message.value, message.subject) == (body, S11)
    assert headers["ce_source"] == "/chengdu/成".encode()
    assert headers["content-type"] == b"application/json; charset=utf-8"
    assert {"traceparent"} == {n for n in headers if not n.startswith(("ce_", "con"))}
    assert answer.json()["problems"]


@given(
    st.lists(
        st.recursive(
            st.none() | st.text() | st.integers() | st.floats(allow_nan=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", " ", "\n\t "]),
)
def test_each_of_a_batch_keeps_its_bytes(parts: list[Any], space: str) -> None:
    texts = [json.dumps(part, ensure_ascii=index % 2 > 0, indent=index or None)
             for index, part in enumerate(parts)]  # fmt: skip
    body = f"{space}[{space}{f'{space},{space}'.join(texts)}{space}]{space}".encode()
    found = opened([(b"content-type", BATCH.encode())], body)
    assert [message.value.decode() for message in found] == texts


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/cloudevents+avro", b"{}", 415),
        ("", b"{}", 415),
        ("application/json", b"{}", 400),  # nothing says that it is a CloudEvent
        (BATCH, b"{}", 400),
        (BATCH, b"[]", 400),
        (BATCH, b"[{}", 400),
        (BATCH, b"[{},]", 400),
        (BATCH, b"[{}]x", 400),
        (BATCH, b"\xff", 400),
        (BATCH, b"[" * 100_000, 400),
        (BATCH, b"[" + b",".join([b"1"] * 101) + b"]", 413),
        (BATCH, b'["' + b"x" * 70_000 + b'"]', 413),
        (BATCH, b" " * 1_100_000, 413),
        (STRUCTURED, b" " * 65_537, 413),
        (STRUCTURED, b"[" * 60_000, 422),
        (STRUCTURED, b"\xff\x00", 422),
    ],
)
async def test_what_no_inbox_could_take(kind: str, body: bytes, status: int) -> None:
    fake = chengdu()
    answer = await post(fake, body, kind)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert bool(fake.inboxes["chengdu"]) is (status == 422)


async def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    async def endless() -> Any:
        while True:
            yield b"x" * 10_000

    async with client(chengdu()) as asking:
        answer = await asking.post(
            "/statements", content=endless(), headers={"content-type": STRUCTURED}
        )
    assert answer.status_code == 413


async def test_the_official_sdk_writes_what_an_inbox_reads() -> None:
    said = {k: v for k, v in SAID.items() if k not in {"data", "time"}}
    time = datetime.fromisoformat(SAID["time"])
    event = CloudEvent(
        said | {"time": time, "datacontenttype": "application/json"}, SAID["data"]
    )
    for written in (to_binary_event(event), to_structured_event(event)):
        fake = chengdu()
        async with client(fake) as asking:
            answer = await asking.post(
                "/statements", content=written.body, headers=written.headers
            )
        assert answer.json()["verdict"] == "accepted", answer.text
        [message] = fake.inboxes["chengdu"]
        found = parse(message.headers, message.value, gate=True)
        assert found.envelope.id == SAID["id"]
        assert json.loads(found.value) == SAID["data"]


# The answer is the receipt


async def test_accepted_then_duplicate() -> None:
    fake = chengdu()
    one, other = await post(fake, SAID), await post(fake, SAID)
    assert [a.status_code for a in (one, other)] == [200, 200]
    assert [a.json()["verdict"] for a in (one, other)] == ["accepted", "duplicate"]
    found = await get(fake, other.headers["content-location"])
    assert found.json()["data"] == other.json()


async def test_rejected_names_every_error_in_the_asked_language() -> None:
    wrong = SAID | {"data": described(name=1, as_of="soon", domain="x")}
    zh = await post(chengdu(), wrong, accept_language="fr, zh-CN;q=0.8, en;q=0.5")
    en = await post(chengdu(), wrong)
    for answer, language in ((zh, "zh"), (en, "en")):
        problem = answer.json()
        assert answer.status_code == 422
        assert answer.headers["content-language"] == language
        assert problem["type"] == "urn:twincity:problem:rejected"
        assert {p["pointer"] for p in problem["problems"]} == {
            "/name",
            "/as_of",
            "/domain",
        }
        assert all(p["detail"] == p[language] for p in problem["problems"])
    assert zh.json()["title"] != en.json()["title"]


async def test_no_receipt_in_time_is_told_with_its_place() -> None:
    fake = chengdu(silent=True)
    answer = await post(fake, SAID, prefer="respond-async, wait=0")
    place = answer.headers["location"]
    assert (answer.status_code, place) == (202, "/receipts/twincity.inbox.chengdu/0/0")
    assert (await get(fake, place)).status_code == 404
    asked = asyncio.create_task(get(fake, place, prefer="wait=20"))
    await asyncio.sleep(0.05)
    fake._answer(fake.inboxes["chengdu"][0], "chengdu", 0)
    assert (await asked).json()["data"]["verdict"] == "accepted"


async def test_a_receipt_before_the_acknowledgement_is_not_missed() -> None:
    fake = chengdu()
    answer = await post(fake, SAID, prefer="wait=0")  # the fake answers within send
    assert answer.status_code == 200


async def test_too_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_WAITING", 1)
    fake = chengdu(silent=True)
    waiting = asyncio.create_task(post(fake, SAID, prefer="wait=1"))
    await asyncio.sleep(0.05)
    refused = await post(fake, SAID)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert len(fake.inboxes["chengdu"]) == 1
    assert (await waiting).status_code == 202
    assert (await post(fake, SAID, prefer="wait=0")).status_code == 202


async def test_kafka_that_does_not_answer_is_said() -> None:
    def fail(message: Any) -> None:
        if b"second" in message.value:
            raise Refusal(503, "kafka_unavailable", ("无", "no"))

    fake = chengdu(sending=fail)
    batch = [SAID, SAID | {"id": "second"}, SAID | {"id": "third"}]
    answer = await post(fake, batch, BATCH)
    results = answer.json()["results"]
    assert answer.status_code == 503
    assert [r["status"] for r in results] == [200, 503, 503]
    assert len(fake.inboxes["chengdu"]) == 1  # the third would overtake the second


async def test_a_batch_says_what_became_of_each() -> None:
    batch = [SAID, SAID | {"data": {}}, SAID | {"id": "2"}]
    answer = await post(chengdu(), batch, BATCH)
    results = answer.json()["results"]
    assert answer.status_code == 422
    assert [r["status"] for r in results] == [200, 422, 200]
    assert results[1]["problems"]
    good = await post(chengdu(), [SAID, SAID], BATCH)
    verdicts = [r["receipt"]["verdict"] for r in good.json()["results"]]
    assert (good.status_code, verdicts) == (200, ["accepted", "duplicate"])


async def test_one_party_writes_its_inbox_whatever_the_source_says() -> None:
    fake = chengdu()
    await post(fake, SAID | {"source": "/deyang/bureau"})
    assert {party for party, said in fake.inboxes.items() if said} == {"chengdu"}


async def test_for_trying_the_source_says_whose_inbox() -> None:
    fake = Fake(REGISTRY, REGISTRY.codes)
    await post(fake, SAID | {"source": "/deyang/bureau"})
    assert {party for party, said in fake.inboxes.items() if said} == {"deyang"}
    unknown = await post(fake, SAID | {"source": "/atlantis/x"})
    assert unknown.status_code == 422
    assert unknown.json()["problems"][0]["pointer"] == "ce_source"


async def test_without_a_party_it_reads_alone() -> None:
    fake = Fake(REGISTRY, frozenset())
    assert (await post(fake, SAID)).status_code == 403
    assert (await get(fake, "/records")).status_code == 200


async def test_before_it_has_read_up_it_says_so() -> None:
    fake = chengdu(ready=False)
    for answer in (await post(fake, SAID), await get(fake, "/records")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert not fake.inboxes["chengdu"]


# Tokens

NOW = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp())
KEY, OLD, OTHER = (OKPKey.generate_key("Ed25519") for _ in range(3))


def keyed(code: str, *keys: tuple[str, OKPKey, date, date | None]) -> Party:
    return REGISTRY[code].model_copy(
        update={
            "keys": tuple(
                PublicKey(id=id_, ed25519=k.as_dict()["x"], since=since, until=until)
                for id_, k, since, until in keys
            )
        }
    )


KEYED = Registry(
    party=(
        keyed(
            "chengdu",
            ("new", KEY, date(2026, 11, 1), None),
            ("old", OLD, date(2025, 1, 1), date(2026, 11, 1)),
            ("next", OLD, date(2026, 11, 2), None),
        ),
        keyed("deyang", ("new", OTHER, date(2026, 1, 1), None)),
    )
)
TOKENS = Tokens(KEYED, "chengdu")


def token(key: OKPKey = KEY, kid: str = "chengdu/new", **changes: Any) -> str:
    claims = {
        "iss": "chengdu", "aud": "twincity", "scope": "read write",
        "iat": NOW, "exp": NOW + 3600,
    } | changes  # fmt: skip
    claims = {k: v for k, v in claims.items() if v is not None}
    return jwt.encode({"alg": "Ed25519", "kid": kid}, claims, key, ["Ed25519"])


def test_a_token_of_the_party_counts() -> None:
    assert TOKENS.check(f"Bearer {token()}", "write", NOW) == "chengdu"
    written = sign(KEY, "chengdu/new", "read", NOW, 60)
    assert TOKENS.check(f"bearer {written}", "read", NOW) == "chengdu"
    reader = Tokens(KEYED, None)  # a gateway that reads alone takes every party's
    deyangs = token(OTHER, "deyang/new", iss="deyang")
    assert reader.check(f"Bearer {deyangs}", "read", NOW) == "deyang"


@pytest.mark.parametrize(
    ("given_", "status"),
    [
        ("", 401),
        ("Basic Y2hlbmdkdTp4", 401),
        ("Bearer", 401),
        ("Bearer x.y.z", 401),
        ("Bearer " + "x" * 9_000, 401),
        (f"Bearer {token(OTHER)}", 401),  # another key under our key's name
        (f"Bearer {token(OLD, 'chengdu/old')}", 401),
        (f"Bearer {token(OLD, 'chengdu/next')}", 401),
        (f"Bearer {token(KEY, 'chengdu/none')}", 401),
        (f"Bearer {token(OTHER, 'deyang/new', iss='deyang')}", 401),
        (f"Bearer {token(iss='deyang')}", 401),
        (f"Bearer {token(aud='other')}", 401),
        (f"Bearer {token(exp=NOW - 600)}", 401),
        (f"Bearer {token(iat=NOW + 600)}", 401),
        (f"Bearer {token(exp=NOW + 90_000)}", 401),
        (f"Bearer {token(exp='never')}", 401),
        (f"Bearer {token(iat=None)}", 401),
        (f"Bearer {token(exp=None)}", 401),
        (f"Bearer {token(scope='read')}", 403),
        (f"Bearer {token(scope=None)}", 403),
        (f"Bearer {token(scope=['write'])}", 403),
    ],
)
def test_what_does_not_count(given_: str, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        TOKENS.check(given_, "write", NOW)
    assert refused.value.status == status
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_other_algorithm_counts() -> None:
    _, claims, _ = token().split(".")
    public = urlsafe_b64decode(KEY.as_dict()["x"] + "=")
    for algorithm in ("none", "HS256", "EdDSA"):
        header = {"alg": algorithm, "kid": "chengdu/new"}
        said = f"{_base64(json.dumps(header).encode())}.{claims}"
        mac = hmac.digest(public, said.encode(), "sha256")
        signature = "" if algorithm == "none" else _base64(mac)
        with pytest.raises(Refusal):
            TOKENS.check(f"Bearer {said}.{signature}", "write", NOW)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


async def test_every_path_asks_for_a_token() -> None:
    fake = chengdu(tokens=TOKENS)
    assert (await post(fake, SAID)).status_code == 401
    paths = ["/records", "/records/x", "/subjects/x", "/receipts", "/receipts/x/0/0",
             "/trace/x", "/due?as_of=2027", "/match/x/explain", "/events",
             "/pages/today"]  # fmt: skip
    for path in paths:
        assert (await get(fake, path)).status_code == 401, path
    routes = {r.path for r in fake.app.routes}  # type: ignore[attr-defined]
    documents = {"/openapi.json", "/asyncapi.json", "/catalogue", "/templates/{fact}"}
    open_to_all = documents | {"/health", "/"}
    assert len(routes - open_to_all - {"/statements", "/sheets"}) == len(paths)
    read_only = sign(KEY, "chengdu/new", "read", int(datetime.now(UTC).timestamp()), 60)
    bearer = f"Bearer {read_only}"
    assert (await get(fake, "/records", authorization=bearer)).status_code == 200
    assert (await post(fake, SAID, authorization=bearer)).status_code == 403
    async with client(fake) as asking:
        assert (await asking.post("/sheets")).status_code == 401
        reader = {"authorization": bearer}
        assert (await asking.post("/sheets", headers=reader)).status_code == 403


@pytest.mark.parametrize("text", ["", "x", "=" * 43, "A" * 42, "A" * 42 + "B"])
def test_a_key_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="ed25519"):
        PublicKey(id="k", ed25519=text, since=date(2026, 1, 1))


# What is asked


def projects(fake: Fake, count: int, **changes: Any) -> None:
    example = read(EXAMPLES / "project.recorded/s11-agreed-with-its-parts.json")
    data = json.loads(example.value)
    for number in range(count):
        subject = f"project/chengdu.deyang/p{number:03}"
        said = example.envelope.model_copy(
            update={"subject": subject, "id": f"record-{number}-{len(fake.records)}"}
        )
        value = json.dumps(data | {"subject": subject} | changes).encode()
        fake.put(TRANSPORT, subject, said, value, partition=number % 8)


async def test_pages_give_each_record_once() -> None:
    fake = chengdu()
    projects(fake, 25)
    projects(fake, 5, name="again")  # superseded ones are not told
    path, found, pages = "/records?limit=7", [], 0
    while path:
        answer = await get(fake, path)
        path = answer.json()["next"]
        found += [item["subject"] for item in answer.json()["items"]]
        pages += 1
    assert found == [f"project/chengdu.deyang/p{n:03}" for n in range(25)]
    assert pages == 4
    assert 'rel="next"' in (await get(fake, "/records?limit=1")).headers["link"]


OTHERS = {
    "disputed": (Domain.TRANSPORT, "project.recorded/s11-total-investment-disputed"),
    "policy": (Domain.PUBLIC_POLICY, "policy.recorded/second-turn-after-a-finding"),
    "factor": (Domain.INDUSTRY, "factor.recorded/all-land-has-arrived"),
}
"""Beside two projects, p0 and p1: in which domain's topic, and the example."""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "p0 p1 disputed policy factor"),
        ("domain=transport", "p0 p1 disputed"), ("domain=industry", "factor"),
        ("domain=innovation", ""), ("party=deyang", "p0 p1 disputed factor"),
        ("party=chongqing", "policy"), ("party=dey", ""),
        ("kind=project", "p0 p1 disputed factor"), ("kind=policy", "policy"),
        ("type=project.recorded", "p0 p1 disputed"), ("type=factor", "factor"),
        ("type=recorded", "p0 p1 disputed policy factor"), ("type=roject", ""),
        ("subject=project/chengdu.deyang/p001", "p1"),
        ("state=agreed", "p0 p1"), ("state=disputed", "disputed"),
        ("state=issued", "policy"), ("state=open", ""),
        ("party=deyang&domain=industry", "factor"),
        ("kind=project&state=agreed&party=chongqing", ""),
        ("family=statement", "p0 p1 disputed policy factor"),
    ],
)  # fmt: skip
async def test_filters(query: str, found: str) -> None:
    fake = chengdu()
    projects(fake, 2)
    ids = {"record-0-0": "p0", "record-1-1": "p1"}
    for name, (domain, path) in OTHERS.items():
        one = read(EXAMPLES / f"{path}.json")
        ids[one.envelope.id] = name
        key, value, _ = one.to_message()
        fake.put(records(domain), key.decode(), one.envelope, value)
    items = (await get(fake, f"/records?{query}")).json()["items"]
    assert sorted(ids[item["id"]] for item in items) == sorted(found.split())
    assert len((await get(fake, f"/records?limit=2&{query}")).json()["items"]) == min(
        2, len(items)
    )


async def test_an_etag_spares_what_has_not_changed() -> None:
    fake = chengdu()
    projects(fake, 1)
    for path in ("/records", "/records/project/chengdu.deyang/p000"):
        one = await get(fake, path)
        etag = one.headers["etag"]
        same = await get(fake, path, if_none_match=f'"x", W/{etag}')
        assert (same.status_code, same.content) == (304, b"")
        assert (await get(fake, path, if_none_match="*")).status_code == 304
        assert (await get(fake, path, accept="text/csv")).headers["etag"] != etag
    projects(fake, 1, name="changed")
    for path in ("/records", "/records/project/chengdu.deyang/p000"):
        assert (await get(fake, path, if_none_match=etag)).status_code == 200


async def test_tables_for_an_office() -> None:
    fake = chengdu()
    projects(fake, 2)
    told = await get(fake, "/records", accept="text/csv, application/json;q=0.5")
    lines = told.content.decode("utf-8-sig").splitlines()
    assert told.headers["content-type"].startswith("text/csv")
    assert lines[0].startswith("subject,type,source,id,time")
    assert len(lines) == 3
    assert "成德市域铁路S11线" in lines[1]
    book = await get(fake, "/records", accept=XLSX)
    again = await get(fake, "/records", accept=XLSX)
    assert book.content == again.content
    with zipfile.ZipFile(BytesIO(book.content)) as parts:
        assert "成德市域铁路S11线" in parts.read("xl/sharedStrings.xml").decode()
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert (await get(fake, "/records", accept="image/png")).status_code == 406


def test_no_cell_becomes_a_formula() -> None:
    texts = ["=1+1", "+x", "@a", "-cmd", "\tx", "-12.5", "+7", "plain", "a=b"]
    written = to_csv({"cell": text} for text in texts).decode("utf-8-sig")
    cells = written.splitlines()[1:]
    assert cells == ["'=1+1", "'+x", "'@a", "'-cmd", "'\tx", *texts[5:]]


async def test_a_subject_comes_with_its_parts_and_a_trace_with_everything() -> None:
    fake = chengdu()
    await post(fake, SAID)
    example = read(EXAMPLES / "task.recorded/the-owner-is-at-work.json")
    subject = example.envelope.subject
    part = f"{subject}#task/deyang/1"
    fake.put(TRANSPORT, part, example.envelope, example.value)
    said = envelope("project.described", "chengdu", subject)
    value = json.dumps(described()).encode()
    fake.put(statements_of("project"), subject, said, value)
    items = (await get(fake, f"/subjects/{subject}")).json()["items"]
    assert [i["type"] for i in items] == ["twincity.task.recorded.v1"]
    quoted = part.replace("#", "%23")
    assert (await get(fake, f"/records/{quoted}")).json() == items[0]
    told = (await get(fake, f"/trace/{subject}")).json()["items"]
    assert [i["type"].split(".")[1] for i in told] == ["receipt", "task", "project"]
    fake.put(TRANSPORT, part, None, None)
    assert (await get(fake, f"/subjects/{subject}")).status_code == 404
    assert (await get(fake, f"/records/{quoted}")).status_code == 404


async def test_what_is_due_as_of_a_date() -> None:
    fake = chengdu()
    example = read(EXAMPLES / "task.recorded/the-owner-is-at-work.json")
    due = json.loads(example.value)["due"]
    fake.put(TRANSPORT, "k", example.envelope, example.value)
    [item] = (await get(fake, "/due?as_of=1999")).json()["items"]
    assert (item["due"], item["overdue"]) == (due, False)
    [item] = (await get(fake, "/due?as_of=2199")).json()["items"]
    assert item["overdue"] is True
    assert (await get(fake, "/due?as_of=2199&party=ziyang")).json()["items"] == []
    assert (await get(fake, "/due")).status_code == 400
    assert (await get(fake, "/due?as_of=soon")).status_code == 400


async def test_a_match_is_explained_from_what_was_published() -> None:
    fake = chengdu()
    paired = read(EXAMPLES / "pairing.recorded/demand-and-its-supply.json")
    told = read(EXAMPLES / "candidates.recorded/one-supply-and-its-score.json")
    demand = told.envelope.subject
    [(supply, score)] = json.loads(told.value)["scores"].items()
    fake.put(MATCHING_RECORDS, demand, paired.envelope, paired.value)
    fake.put(MATCHING_CANDIDATES, f"{demand}#candidates", told.envelope, told.value)
    turned = json.loads(paired.value) | {"subject": supply}
    turned["pairs"][0]["counterpart"] = demand
    envelope = paired.envelope.model_copy(update={"subject": supply, "id": "turned"})
    fake.put(MATCHING_RECORDS, supply, envelope, json.dumps(turned).encode())
    whole = (await get(fake, f"/match/{demand}/explain")).json()
    assert whole["candidates"] == [{"counterpart": supply, "score": score}]
    assert whole["pairs"] == json.loads(paired.value)["pairs"]
    one = (await get(fake, f"/match/{demand}/explain?with={supply}")).json()
    assert one["paired"]
    assert one["pair"]["terms"]
    assert one["score"] == sum(term["points"] for term in one["pair"]["terms"]) == score
    other = (await get(fake, f"/match/{supply}/explain?with={demand}")).json()
    assert other["score"] == score  # told by the demand alone
    none = await get(fake, f"/match/{demand}/explain?with=opportunity/x/y")
    assert none.status_code == 404
    assert (await get(fake, "/match/opportunity/x/y/explain")).status_code == 404


async def test_a_message_that_is_no_event_costs_itself_alone() -> None:
    fake = chengdu()
    fake.put(TRANSPORT, "x", None, b"\xff")
    projects(fake, 1)
    assert len((await get(fake, "/records")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/records/none", 404),
        ("/trace/none", 404),
        ("/records?limit=0", 400),
        ("/records?limit=1001", 400),
        ("/records?limit=٣", 400),
        ("/events?family=statement", 400),
    ],
)
async def test_refusals_are_problems(path: str, status: int) -> None:
    answer = await get(chengdu(), path, accept_language="zh")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == answer.json()["title_zh"]


def test_languages() -> None:
    given_ = {
        "": "en", "zh": "zh", "zh-Hans-CN,zh;q=0.9,en;q=0.8": "zh", "en,zh": "en",
        "en;q=0.1,zh;q=0.2": "zh", "*": "en", "fr": "en", ";;q=x,": "en",
    }  # fmt: skip
    assert {text: language_of(text) for text in given_} == given_


def test_the_registry_of_this_deployment_holds_no_key_for_trying() -> None:
    assert not any(party.keys for party in REGISTRY.party)
    with pytest.raises(ContractError):
        Registry.load(Path("pyproject.toml"))
