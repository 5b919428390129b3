"""The pages in a real Chromium: with and without scripts, and on paper."""

import asyncio
import json
from collections.abc import Callable, Iterator
from time import sleep
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support.axe import grave_faults
from tests.support.gateway import Fake, serving
from tests.support.saying import S11, envelope
from tests.support.story import story
from twincity_schemas.topology import receipts

pytestmark = pytest.mark.browser

PAGES = (
    "today", "projects", S11, "dispatch/chengdu.deyang.meishan/2024-08",
    "board/chengdu/2024-q3", "chain/chengdu.chongqing/automobile",
    "policy/chengdu.chongqing/one-code-transit", "indicators",
    "cluster/chengdu.deyang.meishan/suburban-lines",
    "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell",
    "indicator/chengdu/opportunities", "plan/chengdu.chongqing/liangjiang-cell",
    "integrators", "say/project.described?example=s11-by-chengdu",
    "say/board.opened?json=1", "receipts?party=chengdu", "stream",
    "opportunities", "pool/2022-1", "opportunity/chengdu/2022-1-0001",
    "opportunity/chengdu/2022-1-0019", "dispatches", "boards", "chains", "policies",
    "plans", "challenges", "clusters", "sharings", "worklists",
    "sharing/chengdu.chongqing/joint-park", "worklist/chengdu.chongqing/joint-2022",
    "statement/chengdu-2023-0001", f"trace/{S11}", "nothing-here",
)  # fmt: skip
_SCREENS = {"desktop": (1400, 900), "tablet": (820, 1100), "telephone": (400, 800)}

Visit = Callable[..., Page]


class Served(NamedTuple):
    address: str
    fake: Fake
    loop: asyncio.AbstractEventLoop


def a_notice_comes(served: Served, party: str, about: str) -> None:
    """A statement of a party's waits; of each party one in this module."""
    notice = {
        "statement": "chengdu-2023-0001", "party": party, "subject": about,
        "kind": "waits", "dead_letter": "undecided", "doubts": [],
    }  # fmt: skip
    said = envelope("notice.issued", "twincity", about, f"n-{party}")
    value, topic = json.dumps(notice).encode(), receipts(party)
    served.loop.call_soon_threadsafe(served.fake.put, topic, f"n-{party}", said, value)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    loops = []

    def told() -> Fake:  # within the server's loop, where nothing can be run anew
        loops.append(asyncio.get_running_loop())
        telling = story()
        try:
            telling.send(None)
        except StopIteration as done:
            fake: Fake = done.value
            return fake
        raise AssertionError("the story awaits something")

    with serving(told) as (address, fake):
        yield Served(address, fake, loops[0])


@pytest.fixture(scope="module")
def address(served: Served) -> str:
    return served.address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Open a page as a reader of a language, and note what must not happen."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_(path: str, lang: str = "zh", **more: object) -> Page:
        wide, tall = _SCREENS["desktop"]
        kept = {"viewport": {"width": wide, "height": tall}, **more}
        context = browser.new_context(
            locale="zh-CN" if lang == "zh" else "en-GB",
            **kept,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "console",
            lambda said: None if "404" in said.text else trouble.append(said.text),
        )
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(address) else trouble.append(asked.url)
            ),
        )
        page.goto(f"{address}/pages/{path}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "light"), ("en", "dark")])
def test_axe_finds_no_serious_fault(
    visit: Visit, address: str, lang: str, scheme: str
) -> None:
    page = visit(PAGES[0], lang, color_scheme=scheme)
    for path in PAGES:
        page.goto(f"{address}/pages/{path}")
        grave = grave_faults(page)
        assert not grave, (path, grave)


def test_nothing_is_wider_than_the_screen(visit: Visit, address: str) -> None:
    for wide, tall in _SCREENS.values():
        page = visit(PAGES[0], viewport={"width": wide, "height": tall})
        for path in PAGES:
            page.goto(f"{address}/pages/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= wide, path


def test_a_reader_without_scripts_filters_and_turns_languages(visit: Visit) -> None:
    page = visit("projects", java_script_enabled=False)
    page.get_by_label("成员").select_option("meishan")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_role("row", name="成眉市域铁路S5线")).to_be_visible()
    expect(page.get_by_text("成德市域铁路S11线")).to_have_count(0)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Projects")
    page.get_by_role("link", name="Today").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_with_scripts_a_filter_changes_the_list_in_place(visit: Visit) -> None:
    page = visit("projects")
    page.evaluate("window.kept = true")
    page.get_by_label("成员").select_option("meishan")
    expect(page.get_by_text("成德市域铁路S11线")).to_have_count(0)
    expect(page.get_by_role("row", name="成眉市域铁路S5线")).to_be_visible()
    assert page.evaluate("window.kept")
    assert "party=meishan" in page.url


def test_a_page_that_is_open_shows_what_comes(visit: Visit, served: Served) -> None:
    page = visit("today?need=waiting")
    expect(page.get_by_text("没有需要办的事")).to_have_count(0)
    a_notice_comes(served, "chengdu", S11)
    expect(page.locator(".sentences.waiting")).to_contain_text("成德市域铁路S11线")


def test_from_a_figure_to_who_said_it_in_two_steps(visit: Visit) -> None:
    page = visit("projects")
    page.locator("tbody").get_by_role("link", name="40.23").click()
    page.locator("[id='2024-08']").get_by_role("link", name="18.98").click()
    expect(page.locator("main")).to_contain_text("成都市")
    expect(page.locator("main")).to_contain_text("189,800")


def test_a_statement_is_built_and_checked_without_scripts(visit: Visit) -> None:
    page = visit("say/project.described", java_script_enabled=False)
    page.get_by_role("link", name="s11-by-chengdu").click()
    page.get_by_label("数据截至").last.fill("2023-02-30")
    page.get_by_role("button", name="校验", exact=True).click()
    expect(page.locator("#checked")).to_contain_text("会被退回")
    expect(page.locator(".wrong")).to_contain_text("2023-02-30 这一天不存在")
    page.get_by_label("数据截至").last.fill("2023-04")
    page.get_by_role("button", name="校验", exact=True).click()
    expect(page.locator("#checked")).to_contain_text("会被受理")
    expect(page.locator("#checked")).to_contain_text('"as_of": "2023-04"')
    units = page.locator("[id='f-responsible_units']")
    rows = units.locator("fieldset.row").count()
    units.get_by_role("button", name="加行").click()
    expect(units.locator("fieldset.row")).to_have_count(rows + 2)


def test_the_live_list_shows_what_comes(visit: Visit, served: Served) -> None:
    page = visit("stream?family=notice")
    about = "project/chengdu.meishan/unheard-of"
    expect(page.locator("#fresh")).not_to_contain_text("unheard-of")
    a_notice_comes(served, "meishan", about)
    expect(page.locator("#fresh li").first).to_contain_text("unheard-of")


def test_nothing_is_missed_while_a_page_loads(
    visit: Visit, served: Served, address: str
) -> None:
    """What comes after a page was written and before it follows is shown as well."""
    page, about = visit("integrators"), "project/chengdu.meishan/between"

    def come_first(route: Route) -> None:
        a_notice_comes(served, "deyang", about)
        # In the view before the page's connection is let through.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), served.loop).result(5)
        route.continue_()

    page.route("**/changes*", come_first, times=1)
    page.goto(f"{address}/pages/stream?family=notice")
    expect(page.locator("#fresh li").first).to_contain_text("between")


def test_a_page_follows_whose_scripts_come_one_by_one(
    visit: Visit, served: Served, address: str
) -> None:
    page, about = visit("integrators"), "project/chengdu.meishan/slowly"

    def late(route: Route) -> None:
        sleep(0.5)
        route.continue_()

    page.route("**/hx-sse*", late, times=1)
    page.goto(f"{address}/pages/stream?family=notice")
    a_notice_comes(served, "chongqing", about)
    expect(page.locator("#fresh li").first).to_contain_text("slowly")


def test_on_paper_bars_and_their_sums_are_there(visit: Visit) -> None:
    page = visit("opportunity/chengdu/2022-1-0019")
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("article.card.made svg").first).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_on_paper_nothing_is_cut_off(visit: Visit, address: str) -> None:
    """A4 landscape without its margins, at 96 points an inch."""
    wide, tall = 1050, 742
    page = visit(PAGES[0], viewport={"width": wide, "height": tall})
    page.emulate_media(media="print")
    for path in PAGES:
        page.goto(f"{address}/pages/{path}")
        assert page.locator("nav").is_hidden(), path
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, path
        cut = page.locator(".tablewrap").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        )
        assert cut == 0, path


def test_on_paper_there_is_the_board_and_nothing_round_it(visit: Visit) -> None:
    page = visit("board/chengdu/2024-q3")
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.get_by_text("签发")).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_no_script_of_anybody_else_runs(visit: Visit, address: str) -> None:
    page = visit("today?party=%3Cscript%3Ewindow.ran%3D1%3C/script%3E")
    assert page.evaluate("window.ran") is None
    answer = page.request.get(f"{address}/pages/today")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
