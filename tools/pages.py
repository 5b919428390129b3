"""Pictures of all pages, from the demo (``make pages``): into ``docs/pages``.

Starts ``twincity demo --keep``, waits for its end, makes a dead letter and uploads a
table, and takes each page with Chromium in Chinese: 1,200 points wide, some as a tablet
shows them and as they are printed (A4 landscape). A font with Chinese characters has to
be there; where pngquant is, the files are a third as large.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from aiokafka import AIOKafkaProducer
from joserfc.jwk import OKPKey
from playwright.async_api import Browser, Page, async_playwright

from services.gateway.pages import operating
from services.gateway.pages.sections import SECTIONS
from services.gateway.people import hashed
from services.gateway.tokens import sign
from tests.support.chromium import chromium
from tests.support.sheets import DEFAULTS, book, table
from twincity_schemas.topology import statements

FOLDER = Path("docs/pages")
S11 = "project/chengdu.deyang/s11"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu/2024-q3"
SUBJECTS = (
    S11,
    DISPATCH,
    BOARD,
    "chain/chengdu.chongqing/automobile",
    "policy/chengdu.chongqing/one-code-transit",
    "plan/chengdu.chongqing/liangjiang-cell",
    "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell",
    "indicator/chengdu/opportunities",
    "cluster/chengdu.deyang.meishan/suburban-lines",
    "sharing/chengdu.chongqing/joint-park",
    "worklist/chengdu.chongqing/joint-2022",
    "say/project.described?example=s11-by-chengdu",
    "pool/2022-1",
    "opportunity/chengdu/2022-1-0001",
    "statement/chengdu-2024-0005",
    f"trace/{S11}",
)
TABLET = ("today", S11, DISPATCH, "operations")
PRINTED = (DISPATCH, BOARD)
WIDE, TALLEST, TABLET_WIDE = 1200, 1000, 820
A4 = (1050, 742)
"""A4 landscape without its margins of 12 mm, at 96 points an inch."""

PERSON, PASSWORD = "王芳", "correct horse battery"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_READY = re.compile(r"网页 pages +(http://\S+)")
_KAFKA = re.compile(r"TWINCITY_KAFKA=(\S+)")


class Demo(NamedTuple):
    """The addresses of the demo: its pages, its broker."""

    address: str
    kafka: str


async def main() -> None:
    """Play the demo and take the pictures."""
    key = OKPKey.generate_key("Ed25519")
    with tempfile.TemporaryDirectory() as folder:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", "demo", "--keep"),
            stdout=asyncio.subprocess.PIPE,
            env=dict(os.environ) | _registered(Path(folder), key),
        )
        try:
            await _take(await _ready(demo), key)
        finally:
            demo.send_signal(signal.SIGINT)
            await demo.wait()


def _shrink() -> None:
    """Give the pictures a palette: a third of their size, and nobody sees it."""
    if quantize := shutil.which("pngquant"):
        files = sorted(map(str, FOLDER.glob("*.png")))
        command = (quantize, "--force", "--ext=.png", "--skip-if-larger", "64", "--")
        subprocess.run([*command, *files], check=False)  # noqa: S603  ours
    else:
        print("pngquant is not there: the pictures stay large")


def _registered(folder: Path, key: OKPKey) -> Mapping[str, str]:
    """Register a person who operates and a key of Chengdu's."""
    people, parties = folder / "people.toml", folder / "parties.toml"
    people.write_text(
        f'[[person]]\nname = "{PERSON}"\nrights = ["read", "operate"]\n'
        f'password = "{hashed(PASSWORD)}"\n',
        "utf-8",
    )
    cluster = 'cluster = "chengdu"\n'
    public = f'[[party.keys]]\nid = "k1"\ned25519 = "{key.as_dict()["x"]}"\n'
    registry = Path("deploy/parties.toml").read_text("utf-8")
    registry = registry.replace(cluster, f"{cluster}{public}since = 2020-01-01\n", 1)
    parties.write_text(registry, "utf-8")
    return {"TWINCITY_PEOPLE": str(people), "TWINCITY_PARTIES": str(parties)}


async def _ready(demo: asyncio.subprocess.Process) -> Demo:
    """Returns the pages' address, once the story is over and the gateway abreast."""
    assert demo.stdout is not None  # noqa: S101  as it was asked for
    address, kafka, over = "", "", False
    async for line in demo.stdout:
        text = line.decode(errors="replace")
        over = over or "全程" in text or "whole story" in text
        if over and (match := _READY.search(text)):
            address = match[1]
        if over and (match := _KAFKA.search(text)):
            kafka = match[1]
        if address and kafka:
            break
    if not address:
        raise SystemExit("the demo ended before its time 演示未能完成")
    async with httpx.AsyncClient(base_url=address) as client:
        answer = await client.get("/health")
        while answer.status_code != httpx.codes.OK:
            await asyncio.sleep(0.2)
            answer = await client.get("/health")
    return Demo(address, kafka)


async def _take(demo: Demo, key: OKPKey) -> None:
    chosen = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chosen.executable,
            env=dict(os.environ) | chosen.environment | {"LANGUAGE": "zh_CN"},
        )
        page = await _page(browser, demo, WIDE)
        for path in (*(entry.path.removeprefix("/pages/") for entry in SECTIONS),
                     *SUBJECTS):  # fmt: skip
            await page.goto(path)
            await _picture(page, path)
        await page.emulate_media(media="print")
        await page.set_viewport_size({"width": A4[0], "height": A4[1]})
        for path in PRINTED:
            await page.goto(path)
            await _picture(page, path, "-a4", A4[1])
        await _uploaded(await _page(browser, demo, WIDE), key)
        await _make_dead_letter(demo)
        page = await _page(browser, demo, WIDE)
        await _signed_in(page, name=PERSON, password=PASSWORD)
        for entry in operating.SECTIONS:
            path = entry.path.removeprefix("/pages/")
            await page.goto(path)
            await page.wait_for_timeout(3_000)  # rates are of two glances
            await page.goto(path)
            await _picture(page, path)
        await page.goto("operations/waiting")
        await page.locator("tbody th a").first.click()
        await _picture(page, "operations/letter")
        page = await _page(browser, demo, TABLET_WIDE)
        for path in TABLET:
            await page.goto(path)
            await _picture(page, path, "-tablet")
        await browser.close()


async def _page(browser: Browser, demo: Demo, wide: int) -> Page:
    context = await browser.new_context(
        base_url=f"{demo.address}pages/",
        locale="zh-CN",
        viewport={"width": wide, "height": 800},
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def _picture(page: Page, path: str, more: str = "", most: int = TALLEST) -> None:
    tall = await page.evaluate("document.documentElement.scrollHeight")
    if (size := page.viewport_size) and most == TALLEST:
        # The navigation is as high as the window: as high as the picture, then.
        await page.set_viewport_size({"width": size["width"], "height": 800})
        tall = await page.evaluate("document.documentElement.scrollHeight")
        height = min(tall, most)
        await page.set_viewport_size({"width": size["width"], "height": height})
    wide = await page.evaluate("document.documentElement.clientWidth")
    name = f"{path.partition('?')[0].replace('/', '-')}{more}.png"
    await page.screenshot(
        path=FOLDER / name,
        full_page=True,
        clip={"x": 0, "y": 0, "width": wide, "height": min(tall, most)},
        scale="css",
    )
    print(name, flush=True)


async def _signed_in(page: Page, **fields: str) -> None:
    await page.goto("sign-in")
    for name, text in fields.items():
        await page.locator(f'[name="{name}"]').fill(text)
    button = page.locator("main form").filter(has=page.locator(f'[name="{name}"]'))
    await button.get_by_role("button").click()


async def _uploaded(page: Page, key: OKPKey) -> None:
    """A table as Chengdu's people see it before they confirm, and what is wrong."""
    token = sign(key, "chengdu/k1", "read write", int(time.time()), 600)
    await _signed_in(page, token=token)
    rows: list[tuple[Any, ...]] = [
        (1, "成资大道", "新建道路", 120000), (2, "沱江桥", "新建桥梁", 5000),
    ]  # fmt: skip
    ring = (3, "天府大道北延线", "道路")
    for name, last in (("wrong", (*ring, "约12亿")), ("preview", (*ring, 98000))):
        await page.goto("sheets")
        content = book(table(*rows, last))
        file = {"name": "重点项目清单.xlsx", "mimeType": _XLSX, "buffer": content}
        await page.locator("#s-file").set_input_files(file)  # type: ignore[arg-type]
        await page.locator("#s-members").fill("chengdu,ziyang")
        await page.locator("#s-set").fill("\n".join(DEFAULTS))
        await page.get_by_role("button", name="预览").click()
        await _picture(page, f"sheets-{name}")


async def _make_dead_letter(demo: Demo) -> None:
    """Put into a trusted topic what admission never would: it becomes a dead letter."""
    async with AIOKafkaProducer(bootstrap_servers=demo.kafka) as producer:
        topic = statements("project")
        for value in (b'{"name": "S11', b'{"name": "S11"}'):
            await producer.send_and_wait(topic, value, key=S11.encode())


if __name__ == "__main__":
    asyncio.run(main())
    _shrink()
