"""A workbook at a page in a real Chromium, without scripts; axe; no other host."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.gateway.people import PeopleFile
from services.gateway.sessions import Purpose
from tests.support.axe import grave_faults
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake, serving
from tests.support.sheets import DEFAULTS, book, table
from tests.unit.test_signing import PASSWORD, entry

pytestmark = pytest.mark.browser

ROAD = (1, "成资大道", "新建道路", 120000)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def served() -> Iterator[tuple[str, Fake]]:
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "people.toml"
        people.write_text(entry("王芳", "read", "write"), "utf-8")
        purpose = Purpose(party="chengdu", people=PeopleFile(people))

        def make() -> Fake:
            return Fake(
                REGISTRY,
                frozenset({"chengdu"}),
                purpose=purpose,
                profiles=Path(folder) / "profiles",
            )

        with serving(make) as found:
            yield found


@pytest.fixture
def page(browser: Browser, served: tuple[str, Fake]) -> Iterator[Page]:
    """A page whose visitor has signed in."""
    address, _ = served
    asked: list[str] = []
    context = browser.new_context(
        base_url=address, locale="zh-CN", viewport={"width": 820, "height": 1100}
    )
    page = context.new_page()
    page.on("request", lambda one: asked.append(one.url))
    page.goto("/pages/sign-in?onward=/pages/sheets")
    page.get_by_label("姓名").fill("王芳")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(address)] == []


def choose(page: Page, *rows: tuple[object, ...]) -> None:
    content = book(table(*rows))
    file = {"name": "清单.xlsx", "mimeType": XLSX, "buffer": content}
    page.get_by_label("文件").set_input_files(file)  # type: ignore[arg-type]


def accessible(page: Page) -> None:
    assert not grave_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820


def test_an_office_uploads_corrects_confirms_and_reads_its_receipts(
    page: Page, served: tuple[str, Fake]
) -> None:
    _, fake = served
    accessible(page)
    choose(page, (1, "成资大道", "新建道路", "约12"))
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("alert")).to_contain_text("尚不能读取")
    accessible(page)
    page.get_by_label("事项成员").fill("chengdu,deyang")
    page.get_by_label("每行相同的内容").fill("\n".join(DEFAULTS))
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("alert")).to_contain_text("清单!D2")
    choose(page, ROAD)
    page.get_by_role("button", name="预览").click()
    expect(page.locator("#preview")).to_contain_text("清单!A2:D2")
    accessible(page)
    assert not fake.inboxes
    page.get_by_role("button", name="确认，以 成都市 名义报送 1 条").click()
    expect(page.locator("#receipts")).to_contain_text("已受理")
    accessible(page)
    page.locator("#receipts").get_by_role("link", name="已受理").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已受理")
    assert len(fake.inboxes["chengdu"]) == 1


def test_without_scripts_it_is_complete(
    browser: Browser, page: Page, served: tuple[str, Fake]
) -> None:
    address, fake = served
    state = page.context.storage_state()
    context = browser.new_context(
        base_url=address,
        locale="zh-CN",
        java_script_enabled=False,
        storage_state=state,
    )
    bare = context.new_page()
    bare.goto("/pages/sheets")
    choose(bare, ROAD)
    bare.get_by_label("事项成员").fill("chengdu,deyang")
    bare.get_by_label("每行相同的内容").fill("\n".join(DEFAULTS))
    bare.get_by_role("button", name="预览").click()
    bare.get_by_role("button", name="名义报送").click()
    expect(bare.locator("#receipts")).to_contain_text("已受理")
    context.close()
    assert len(fake.inboxes["chengdu"]) == 1
