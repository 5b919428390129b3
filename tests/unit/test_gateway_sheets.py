"""POST /sheets: shown, confirmed, said; and whatever else an office may send."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.gateway import uploads
from services.gateway.opening import InboxMessage
from services.gateway.refusing import later
from services.sheets import bounded, reading
from tests.support.gateway import Fake
from tests.support.sheets import DEFAULTS, book, table
from twincity_schemas.parties import Registry

REGISTRY = Registry.load(Path("deploy/parties.toml"))
ROAD = (1, "成资大道", "新建道路", 120000)
BRIDGE = (2, "沱江桥", "新建桥梁", 5000)
CORRECTED = (2, "沱江桥", "新建桥梁", 5100)
SAID: dict[str, Any] = {
    "profile": "keys",
    "file": "清单.xlsx",
    "members": "chengdu,deyang",
    "set": DEFAULTS,
}
KEPT = {"profile": "keys", "file": "清单.xlsx"}


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(REGISTRY, frozenset({"chengdu"}), profiles=tmp_path / "profiles")


async def upload(
    fake: Fake, content: bytes, query: dict[str, Any] = SAID, **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(fake.app)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url="http://g") as client:
        return await client.post("/sheets", content=content, params=query, headers=told)


async def confirmed(
    fake: Fake, content: bytes, query: dict[str, Any] = SAID
) -> httpx.Response:
    shown = await upload(fake, content, query)
    assert shown.status_code == 200, shown.text
    return await upload(fake, content, query | {"confirm": shown.json()["confirm"]})


def cells(answer: httpx.Response) -> list[str]:
    return [f"{r['from']} {r['receipt']['verdict']}" for r in answer.json()["results"]]


async def test_what_is_not_confirmed_is_said_by_nobody(fake: Fake) -> None:
    answer = await upload(fake, book(table(ROAD, BRIDGE)))
    shown = answer.json()
    assert (answer.status_code, shown["guessed"], shown["new"]) == (200, True, 2)
    assert shown["statements"][0]["from"] == "清单!A2:D2"
    assert shown["statements"][0]["data"]["name"] == "成资大道"
    assert shown["profile"]["columns"][3]["field"] == "total_investment.amount"
    assert not fake.inboxes
    assert not fake.profiles.exists()


async def test_what_a_guess_lacks_is_told(fake: Fake) -> None:
    content = book(table(ROAD))
    answer = await upload(fake, content, {}, accept_language="zh")
    told = answer.json()
    assert (answer.status_code, told["type"][-18:]) == (422, "profile_incomplete")
    assert answer.headers["content-language"] == "zh"
    assert "尚不能读取" in told["title"]
    lacking = {one["pointer"] for one in told["problems"]}
    assert {"domain", "as_of", "@subject"} <= lacking
    assert told["profile"]["columns"][1]["field"] == "name"


async def test_a_confirmed_list_is_said_and_its_profile_kept(fake: Fake) -> None:
    answer = await confirmed(fake, book(table(ROAD, BRIDGE)))
    assert answer.status_code == 200, answer.text
    assert cells(answer) == ["清单!A2:D2 accepted", "清单!A3:D3 accepted"]
    assert (fake.profiles / "chengdu" / "keys.toml").exists()
    said = [json.loads(message.value) for message in fake.inboxes["chengdu"]]
    assert said[0]["data"]["provenance"]["name"] == "清单.xlsx"
    # The next file needs nothing said of it, and only what is new is said.
    answer = await confirmed(fake, book(table(CORRECTED, ROAD)), KEPT)
    assert cells(answer) == ["清单!A2:D2 accepted"]
    assert (answer.json()["same"], answer.json()["gone"]) == (1, 0)
    # Back to what it was: no duplicate of the first.
    assert cells(await confirmed(fake, book(table(BRIDGE, ROAD)), KEPT)) == [
        "清单!A2:D2 accepted"
    ]
    answer = await confirmed(fake, book(table(ROAD)), KEPT)
    assert (answer.json()["results"], answer.json()["gone"]) == ([], 1)


async def test_only_what_was_shown_can_be_confirmed(fake: Fake) -> None:
    content = book(table(ROAD))
    token = (await upload(fake, content)).json()["confirm"]
    for body, query in (
        (book(table(BRIDGE)), SAID),
        (content, SAID | {"members": "chengdu,chongqing"}),
        (content, SAID | {"column": "D=-", "set": (*DEFAULTS, "domain=industry")}),
        (content, SAID | {"file": "别的.xlsx"}),
    ):
        answer = await upload(fake, body, query | {"confirm": token})
        assert answer.status_code == 409, answer.text
    assert not fake.inboxes
    assert not fake.profiles.exists()
    assert (await upload(fake, content, SAID | {"confirm": token})).status_code == 200


async def test_another_table_under_a_known_name_is_no_silent_guess(fake: Fake) -> None:
    await confirmed(fake, book(table(ROAD)))
    header = ("序号", "项目名称", "建设内容", "总投资（亿元）")
    answer = await upload(fake, book(table(ROAD, header=header)), KEPT)
    [problem] = answer.json()["problems"]
    assert (answer.status_code, problem["code"]) == (422, "header_differs")
    assert problem["pointer"] == "清单!D1"


async def test_every_cell_that_is_not_understood_is_told_at_once(fake: Fake) -> None:
    rows = ((1, "路", "", "约1"), (2, "桥", "", "五"), ROAD)
    answer = await upload(fake, book(table(*rows)), accept_language="zh")
    problems = answer.json()["problems"]
    assert answer.status_code == 422
    assert {one["pointer"] for one in problems} >= {"清单!D2", "清单!D3"}
    assert all(one["zh"] and one["en"] for one in problems)
    assert problems[0]["detail"] == problems[0]["zh"]
    assert not fake.inboxes


@pytest.mark.parametrize(
    ("content", "query", "status", "code"),
    [
        (b"", SAID, 422, "profile_incomplete"),
        (b"%PDF-1.7", SAID, 422, "no_table"),
        (b"PK\x03\x04 torn", SAID, 422, "damaged"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"),
            SAID,
            422,
            "macros",
        ),
        (book(table(ROAD)), SAID | {"column": "x"}, 422, "correction"),
        (book(table(ROAD)), SAID | {"type": "x.y"}, 422, "no_type"),
        (book(table(ROAD)), SAID | {"members": "一,二"}, 422, "profile"),
        (b"0" * (reading.LARGEST_FILE + 1), SAID, 413, "too_large"),
        (b",".join([b"1"] * 1_000_001), SAID, 413, "too_large"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_is_no_list_is_refused(
    fake: Fake, content: bytes, query: dict[str, Any], status: int, code: str
) -> None:
    answer = await upload(fake, content, query)
    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"urn:twincity:problem:{code}"


async def test_a_file_that_takes_too_long_is_ended(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COMMAND", ("sleep", "600"))
    monkeypatch.setattr(bounded, "LONGEST_S", 0.2)
    answer = await upload(fake, book(table(ROAD)))
    assert answer.json()["type"] == "urn:twincity:problem:too_large"


async def test_more_than_a_few_at_once_come_again(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COMMAND", ("sleep", "600"))
    app, content = fake.app, book(table(ROAD))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://g") as client:
        posts = [
            asyncio.create_task(client.post("/sheets", content=content))
            for _ in range(uploads.MOST_WAITING + 1)
        ]
        done, waiting = await asyncio.wait(posts, return_when="FIRST_COMPLETED")
        [answer] = [task.result() for task in done]
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        for task in waiting:  # as when the gateway stops: what it runs ends too
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_two_who_confirm_at_once_say_it_once(fake: Fake) -> None:
    content = book(table(ROAD, BRIDGE))
    token = (await upload(fake, content)).json()["confirm"]
    both = await asyncio.gather(
        *(upload(fake, content, SAID | {"confirm": token}) for _ in range(2))
    )
    assert [answer.status_code for answer in both] == [200, 200]
    ids = [json.loads(message.value)["id"] for message in fake.inboxes["chengdu"]]
    assert len(set(ids)) == 2


async def test_what_could_not_be_sent_is_said_when_it_is_sent_again(
    fake: Fake,
) -> None:
    def failing(_message: InboxMessage) -> None:
        if len(fake.inboxes["chengdu"]) == 1:
            raise later(503, "kafka_unavailable", ("无应答", "no answer"))

    fake.sending = failing
    content = book(table(ROAD, BRIDGE))
    answer = await confirmed(fake, content)
    assert answer.status_code == 503
    assert [one["status"] for one in answer.json()["results"]] == [200, 503]
    fake.sending = lambda _message: None
    assert cells(await confirmed(fake, content)) == ["清单!A3:D3 accepted"]


async def test_a_template_is_fetched_filled_in_and_said(
    fake: Fake, tmp_path: Path
) -> None:
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://g") as client:
        answer = await client.get("/templates/project.withdrawn")
        assert (await client.get("/templates/x.y")).status_code == 404
    path = tmp_path / "退出.xlsx"
    path.write_bytes(answer.content)
    workbook = load_workbook(path)
    sheet = workbook.worksheets[0]
    filled = {"@row": 1, "@subject": "project/chengdu.deyang/s11", "reason": "待议"}
    for column in range(1, sheet.max_column + 1):
        sheet.cell(3, column, filled.get(str(sheet.cell(1, column).value)))
    workbook.save(path)
    said = await confirmed(fake, path.read_bytes(), {})
    assert [r["receipt"]["verdict"] for r in said.json()["results"]] == ["accepted"], (
        said.text
    )
    assert not fake.profiles.exists()


async def test_a_gateway_that_reads_alone_takes_no_list(tmp_path: Path) -> None:
    fake = Fake(REGISTRY, frozenset(), profiles=tmp_path)
    assert (await upload(fake, book(table(ROAD)))).status_code == 403
    trying = Fake(REGISTRY, REGISTRY.codes, profiles=tmp_path)
    assert (await upload(trying, book(table(ROAD)))).status_code == 422
    answer = await upload(trying, book(table(ROAD)), SAID | {"party": "chengdu"})
    assert answer.json()["statements"][0]["source"] == "/chengdu/list"


async def test_a_profile_stays_in_its_folder(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "away.toml").write_text("no profile", "utf-8")
    query = SAID | {"profile": "../../away"}
    assert (await confirmed(fake, book(table(ROAD)), query)).status_code == 200
    kept = fake.profiles / "chengdu" / "away.toml"
    assert "no profile" not in kept.read_text("utf-8")
