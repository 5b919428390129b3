"""The operators' pages in a real Chromium: axe, no other host, on paper, an act."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.gateway.people import OPERATE, PeopleFile
from services.gateway.sessions import Purpose
from services.gateway.tokens import READ
from tests.support.axe import grave_faults
from tests.support.desk import AT, NOW, ListDesk
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake, serving
from tests.unit.test_signing import PASSWORD, entry
from twincity_schemas.operations import RedriveAsked

pytestmark = pytest.mark.browser

LETTER = AT.removeprefix("/pages/")
PAGES = ("operations", "operations/waiting", LETTER, "operations/log", "sign-in")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, ListDesk]]:
    desk = ListDesk()
    desk.told = [
        {
            "event": "statement.dead_letter", "level": "error", "timestamp": str(NOW),
            "service": "coordination", "subject": "project/chengdu.deyang/s11",
            "correlation": "s11-1", "reason": "ValueError('no plan')",
        }
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "people.toml"
        people.write_text(entry("王芳", "read", "operate"), "utf-8")
        purpose = Purpose(
            frozenset({READ, OPERATE}), frozenset({READ}), people=PeopleFile(people)
        )

        def make() -> Fake:
            return Fake(REGISTRY, REGISTRY.codes, purpose=purpose, desk=desk)

        with serving(make) as (address, _):
            yield address, desk


@pytest.fixture
def page(browser: Browser, served: tuple[str, ListDesk]) -> Iterator[Page]:
    address, _ = served
    trouble: list[str] = []
    context = browser.new_context(
        base_url=address, locale="zh-CN", viewport={"width": 1400, "height": 900}
    )
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith(address) else trouble.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert trouble == []


def sign_in(page: Page, onward: str) -> None:
    page.goto(f"/pages/sign-in?onward=/pages/{onward}")
    page.get_by_label("姓名").fill("王芳")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_axe_finds_no_serious_fault(page: Page) -> None:
    sign_in(page, "operations")
    for path in PAGES:
        page.goto(f"/pages/{path}")
        if folder := os.environ.get("PICTURES"):
            name = path.partition("?")[0].replace("/", "-")
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        grave = grave_faults(page)
        assert not grave, (path, grave)


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    for wide in (1400, 820, 400):
        page.set_viewport_size({"width": wide, "height": 900})
        for path in PAGES:
            page.goto(f"/pages/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= wide, path


def test_on_paper_there_is_no_form(page: Page) -> None:
    sign_in(page, "operations")
    page.goto(f"/pages/{LETTER}")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="作废本条")).to_be_hidden()
    expect(page.locator("header.bar")).to_be_hidden()


def test_an_operator_redrives(page: Page, served: tuple[str, ListDesk]) -> None:
    _, desk = served
    sign_in(page, "operations/waiting")
    page.get_by_role("link", name="s11").first.click()
    page.get_by_role("link", name="先预演").click()
    expect(page.get_by_text("twincity.project.recorded.v1")).to_be_visible()
    page.get_by_label("理由").first.fill("0.1.1 版已修复")
    page.get_by_role("button", name="重新处理 2 件").click()
    expect(page.get_by_role("status")).to_contain_text("已提出")
    [act] = desk.acts
    assert isinstance(act, RedriveAsked)
    assert act.by == "王芳"
