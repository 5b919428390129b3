"""A workbook at a page: shown with its cells, confirmed, said; whoever may not."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from pathlib import Path

import httpx
import pytest

from services.gateway.heldfiles import HeldFiles
from services.gateway.people import PeopleFile
from services.gateway.sessions import Purpose
from services.gateway.tokens import READ, WRITE, Tokens
from tests.support.gateway import Fake
from tests.support.sheets import DEFAULTS, book, table
from tests.unit.test_signing import (
    BY_PASSWORD,
    KEYED,
    ORIGIN,
    entry,
    seal_of,
    signed_in,
    token,
)

pytestmark = pytest.mark.unit

PAGE = "/pages/sheets"
ROAD = (1, "成资大道", "新建道路", 120000)
BRIDGE = (2, "沱江桥", "新建桥梁", 5000)
SAID = {"profile": "keys", "members": "chengdu,deyang", "set": "\r\n".join(DEFAULTS)}


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    people = tmp_path / "people.toml"
    people.write_text(entry("王芳", "read", "write"), "utf-8")
    tokens = Tokens(KEYED, None)
    purpose = Purpose(
        frozenset({READ, WRITE}), tokens=tokens, people=PeopleFile(people)
    )
    return Fake(KEYED, KEYED.codes, tokens, purpose, profiles=tmp_path / "profiles")


@pytest.fixture
async def client(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://x", headers={"accept-language": "zh"}
    ) as asking:
        asking.headers["cookie"] = await signed_in(asking, token=token())
        yield asking


async def upload(
    client: httpx.AsyncClient,
    content: bytes | None,
    said: Mapping[str, str] = SAID,
    **headers: str,
) -> httpx.Response:
    """Send the form as a browser does; None: no file is chosen."""
    seal = seal_of((await client.get(PAGE)).text)
    file = ("", b"") if content is None else ("清单.xlsx", content)
    return await client.post(
        PAGE,
        data={"seal": seal, **said},
        files={"file": (*file, "application/octet-stream")},
        headers=origin(client) | {n.replace("_", "-"): v for n, v in headers.items()},
    )


def confirmation(page: str) -> dict[str, str]:
    """What the button that confirms sends."""
    form = page[page.index('id="preview"') :].partition("</form>")[0]
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    fields += re.findall(
        r'<textarea hidden name="(\w+)">\n(.*?)</textarea>', form, re.DOTALL
    )
    return {name: unescape(value) for name, value in fields}


async def confirm(client: httpx.AsyncClient, said: Mapping[str, str]) -> httpx.Response:
    files = {"file": ("", b"", "application/octet-stream")}
    return await client.post(PAGE, data={**said}, files=files, headers=origin(client))


def origin(client: httpx.AsyncClient) -> dict[str, str]:
    return ORIGIN | {"origin": str(client.base_url).rstrip("/")}


async def test_what_was_shown_is_said_once_it_is_confirmed(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    shown = await upload(client, book(table(ROAD, BRIDGE)))
    assert shown.status_code == 200, shown.text
    for text in ("清单!A2:D2", "清单!A3:D3", "成资大道", "120,000", "将报送 <b>2</b>"):
        assert text in shown.text, text
    assert not fake.inboxes
    said = confirmation(shown.text)
    answer = await confirm(client, said)
    assert answer.status_code == 200, answer.text
    assert answer.text.count('href="/pages/receipt/twincity.inbox.chengdu/0/') == 2
    events = [json.loads(message.value) for message in fake.inboxes["chengdu"]]
    assert [one["data"]["provenance"]["cells"] for one in events] == ["A2:D2", "A3:D3"]
    assert {one["source"] for one in events} == {"/chengdu/list"}
    assert (fake.profiles / "chengdu" / "keys.toml").exists()
    # The button pressed twice says nothing twice.
    assert "没有新的内容" in (await confirm(client, said)).text
    assert len(fake.inboxes["chengdu"]) == 2


async def test_a_known_table_needs_nothing_said(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    await confirm(client, confirmation((await upload(client, book(table(ROAD)))).text))
    assert '<option value="keys">' in (await client.get(PAGE)).text
    shown = await upload(client, book(table(ROAD, BRIDGE)), {"profile": "keys"})
    assert "将报送 <b>1</b>" in shown.text
    assert "与上次相同 <b>1</b>" in shown.text
    await confirm(client, confirmation(shown.text))
    assert len(fake.inboxes["chengdu"]) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_each_cell_that_is_not_understood_is_told(
    client: httpx.AsyncClient, fake: Fake, lang: str
) -> None:
    rows = ((1, "路", "", "约1"), (2, "桥", "", "五"), ROAD)
    answer = await upload(client, book(table(*rows)), accept_language=lang)
    assert answer.status_code == 422
    wrong = answer.text[answer.text.index('id="wrong"') :]
    assert "清单!D2" in wrong
    assert "清单!D3" in wrong
    assert ("处无法识别" in wrong) == (lang == "zh")
    assert 'id="preview"' not in answer.text
    assert not fake.inboxes


async def test_what_a_guess_lacks_is_added_to_the_file_that_is_held(
    client: httpx.AsyncClient,
) -> None:
    answer = await upload(client, book(table(ROAD)), {})
    assert (answer.status_code, "尚不能读取" in answer.text) == (422, True)
    assert "总投资" in answer.text  # how it is read so far
    held = re.search(r'name="held" value="([0-9a-f]{64})"', answer.text)
    assert held is not None
    shown = await upload(client, None, {"held": held[1], **SAID})
    assert "将报送 <b>1</b>" in shown.text


async def test_only_what_was_shown_can_be_confirmed(
    client: httpx.AsyncClient, fake: Fake
) -> None:
    said = confirmation((await upload(client, book(table(ROAD)))).text)
    other = confirmation((await upload(client, book(table(BRIDGE)))).text)
    for changed in (
        {"held": other["held"]}, {"members": "chengdu,chongqing"}, {"confirm": "0" * 32}
    ):  # fmt: skip
        answer = await confirm(client, said | changed)
        assert answer.status_code == 409, changed
        assert "重新预览" in answer.text
    assert not fake.inboxes


async def test_who_may_not_is_refused(client: httpx.AsyncClient, fake: Fake) -> None:
    content = book(table(ROAD))
    said = confirmation((await upload(client, content)).text)
    own = client.headers["cookie"]
    assert (await confirm(client, said | {"seal": "0" * 64})).status_code == 403
    evil = await upload(client, content, origin="http://evil")
    assert evil.status_code == 403
    others = [
        await fresh(client, token=token("read")),
        await fresh(client, **BY_PASSWORD),
    ]
    for cookie, status in (("", 401), *((cookie, 403) for cookie in others)):
        client.headers["cookie"] = cookie
        page = (await client.get(PAGE)).text
        assert 'type="file"' not in page
        seal = re.search(r'name="seal" value="(\w*)"', page)
        own_seal = {"seal": seal[1] if seal else ""}
        assert (await confirm(client, said | own_seal)).status_code == status
    # Another session of the same party does not reach the file that this one holds.
    client.headers["cookie"] = await fresh(client, token=token())
    seal = {"seal": seal_of((await client.get(PAGE)).text)}
    assert (await confirm(client, said | seal)).status_code == 400
    client.headers["cookie"] = own
    assert not fake.inboxes
    assert (await confirm(client, said)).status_code == 200


async def fresh(client: httpx.AsyncClient, **said: str) -> str:
    """A session beside those that there are; whoever signs in again ends their own."""
    client.headers["cookie"] = ""
    return await signed_in(client, **said)


async def test_odd_forms_are_answered(client: httpx.AsyncClient) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body, headers, status in (
        (b"", kind, 403),
        (b"--x\r\nnonsense", kind, 403),
        (b"--x--", {"content-type": "multipart/form-data"}, 400),
        (b"seal=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"0" * (21 * 1024 * 1024), kind, 413),
    ):
        answer = await client.post(PAGE, content=body, headers=ORIGIN | headers)
        assert answer.status_code == status, (body[:20], answer.text)
    assert (await upload(client, None)).status_code == 400
    assert (await upload(client, b"%PDF-1.7")).status_code == 422
    assert (await upload(client, b"", SAID | {"page": "9" * 5000})).status_code == 400


async def test_a_long_list_is_shown_by_pages(client: httpx.AsyncClient) -> None:
    rows = [(n, f"路{n:03}", "新建道路", n) for n in range(1, 121)]
    content = book(table(*rows))
    first = await upload(client, content)
    assert "路050" in first.text
    assert "路051" not in first.text
    third = await upload(client, content, SAID | {"page": "3"})
    assert "路120" in third.text
    assert "将报送 <b>120</b>" in third.text
    assert 'name="page" value="4"' not in third.text


def test_files_are_held_for_a_while_and_within_bounds() -> None:
    held = HeldFiles()
    key = held.hold("c", "a.csv", b"1", 0)
    assert held.file("c", key, 1799) is not None
    assert held.file("d", key, 1) is None
    assert held.file("c", key, 1800) is None
    large = b"0" * (30 * 1024 * 1024)
    keys = [held.hold("c", f"{n}", large, n) for n in range(3)]
    assert [held.file("c", key, 3) is not None for key in keys] == [False, True, True]
