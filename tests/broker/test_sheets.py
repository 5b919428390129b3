"""A list, said on a real Kafka: corrected, said again, and exported."""

import asyncio
import json
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.broker.test_commands import twincity
from tests.broker.test_gateway import free, gateway, up
from tests.support.sheets import book, table
from tests.unit.test_sheets_page import SAID, confirm, confirmation, upload
from tests.unit.test_signing import PASSWORD, entry, signed_in

ROAD, BRIDGE = (1, "成资大道", "新建道路", 120000), (2, "沱江桥", "桥梁", 5000)
CORRECTED = (9, "沱江桥", "桥梁", 6000)
CONFIRMED = (
    *("--members", "chengdu,deyang", "--accept"),
    *("--set", "domain=transport", "--set", "item_class=engineering"),
    *("--set", "as_of=2024-05", "--set", "source=清单"),
)


@pytest.mark.timeout(180)
async def test_a_corrected_list_says_only_what_changed(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "清单.xlsx"

    async def imported(*rows: object, more: tuple[str, ...] = ()) -> list[str]:
        file.write_bytes(book(table(*rows)))  # type: ignore[arg-type]
        kept = ("--profile", "keys", "--profiles", str(tmp_path / "profiles"))
        given = ("import", str(file), "--party", "chengdu", *kept, *more, "--json")
        ran: CompletedProcess[str] = await asyncio.to_thread(twincity, settings, *given)
        assert ran.returncode == 0, ran.stderr
        told = map(json.loads, ran.stdout.splitlines())
        return [f"{t['from']} {t['verdict']}" for t in told if "verdict" in t]

    await create_topics(settings)
    async with running(settings, "admission"):
        first = await imported(ROAD, BRIDGE, more=CONFIRMED)
        assert first == ["清单!A2:D2 accepted", "清单!A3:D3 accepted"]
        assert await imported(BRIDGE, ROAD) == []
        assert await imported(CORRECTED, ROAD) == ["清单!A2:D2 accepted"]
        # Back to what it was: said again, not taken for a duplicate of the first.
        assert await imported(ROAD, BRIDGE) == ["清单!A3:D3 accepted"]
        assert await imported(ROAD, BRIDGE) == []

        out = tmp_path / "导出.xlsx"
        given = ("export", "project.described", "--party", "chengdu", "-o", str(out))
        exported = await asyncio.to_thread(twincity, settings, *given)
        assert "2 条填报" in exported.stdout, exported.stderr
        given = ("import", str(out), "--party", "chengdu", "--dry-run", "--json")
        back = await asyncio.to_thread(twincity, settings, *given)
        said = [json.loads(line)["data"] for line in back.stdout.splitlines()]
        amounts = {d["name"]: d["total_investment"]["amount"] for d in said}
        assert amounts == {"成资大道": "120000", "沱江桥": "5000"}


@pytest.mark.timeout(180)
async def test_an_office_says_its_list_at_a_page(
    settings: Settings, tmp_path: Path
) -> None:
    people = tmp_path / "people.toml"
    people.write_text(entry("王芳", "read", "write"), "utf-8")
    settings = settings.model_copy(update={"gateway_listen": free()})
    environment = {
        "TWINCITY_PARTY": "chengdu",
        "TWINCITY_PEOPLE": str(people),
        "TWINCITY_PROFILES": str(tmp_path / "profiles"),
    }
    await create_topics(settings)
    async with (
        running(settings, "admission"),
        running(settings, "coordination"),
        gateway(settings, **environment),
        httpx.AsyncClient(
            base_url=f"http://{settings.gateway_listen}",
            headers={"accept-language": "zh"},
            timeout=60,
        ) as client,
    ):
        await up(client)
        cookie = await signed_in(client, name="王芳", password=PASSWORD)
        client.cookies.clear()
        client.headers["cookie"] = cookie
        shown = await upload(client, book(table(ROAD, BRIDGE)), SAID)
        assert "将报送 <b>2</b>" in shown.text, shown.text
        answer = await confirm(client, confirmation(shown.text))
        assert answer.status_code == 200, answer.text
        assert answer.text.count(">已受理</a>") == 2, answer.text
        project = "/pages/project/chengdu.deyang/"
        async with asyncio.timeout(30):
            while (
                "成资大道" not in (listed := await client.get("/pages/projects")).text
            ):
                await asyncio.sleep(0.2)
        assert project in listed.text
        again = await upload(client, book(table(ROAD, CORRECTED)), SAID)
        assert "将报送 <b>1</b>" in again.text
