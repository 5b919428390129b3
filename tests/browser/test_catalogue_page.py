"""The catalogue page, read from disk in a real Chromium without any network."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from twincity_schemas.contract import Document
from twincity_schemas.page import page

DESCRIBED = "#twincity.project.described.v1"
PHONE = {"viewport": {"width": 360, "height": 740}}


def test_the_overview_shows_every_event_type_and_topic(
    catalogue: Path, document: Document, open_page: Open
) -> None:
    opened = open_page(catalogue)
    main = opened.locator("main")
    for name, event in document["events"].items():
        card = main.locator(".event", has_text=name)
        expect(card).to_be_visible()
        expect(card).to_contain_text(event["schema"]["x-title-zh"])
    rows = main.locator("tbody tr")
    expect(rows).to_have_count(len(document["topics"]))
    for row, (name, topic) in zip(rows.all(), document["topics"].items(), strict=True):
        expect(row).to_contain_text(name)
        expect(row).to_contain_text(topic["x-title-zh"])
        expect(row).to_contain_text(topic["cleanup"])
        expect(row.locator("td").nth(1).locator("a")).to_have_count(
            len(topic["events"])
        )


def test_every_event_shows_its_fields_topics_and_examples(
    catalogue: Path,
    document: Document,
    examples: dict[str, dict[str, Any]],
    open_page: Open,
) -> None:
    opened = open_page(catalogue, locale="en-GB")
    for name, event in document["events"].items():
        opened.evaluate("name => { location.hash = name }", name)
        expect(opened.locator("h1")).to_have_text(event["schema"]["title"])
        fields = opened.locator(".detail > section > .fields > li")
        assert [field.get_attribute("data-path") for field in fields.all()] == list(
            event["schema"]["properties"]
        )
        required = opened.locator(
            ".detail > section > .fields > li", has_text="required"
        )
        assert required.count() >= len(event["schema"].get("required", []))
        for topic, about in document["topics"].items():
            if name in about["events"]:
                expect(opened.locator(".facts")).to_contain_text(topic)
        tabs = opened.get_by_role("tab")
        stories = [stem.replace("-", " ") for stem in examples[event["fact"]]]
        assert tabs.all_inner_texts() == stories


def test_a_nested_field_and_its_codes_are_explained(
    catalogue: Path, open_page: Open
) -> None:
    opened = open_page(catalogue, f"{DESCRIBED}/total_investment.basis", locale="en-GB")
    basis = opened.locator('li[data-path="total_investment.basis"]')
    expect(basis.locator(".row")).to_be_in_viewport()
    basis.locator("summary").click()
    expect(basis.locator("dl")).to_contain_text("feasibility")
    expect(basis.locator("dl")).to_contain_text("It is taken from the engineering")
    expect(opened.locator('li[data-path="total_investment.amount"]')).to_contain_text(
        "decimal string"
    )


def test_a_click_on_a_line_of_an_example_opens_the_field(
    catalogue: Path, open_page: Open
) -> None:
    opened = open_page(catalogue, DESCRIBED)
    unit = opened.locator(
        'li[data-path="figures.unit"], li[data-path="figures.*.unit"]'
    )
    expect(unit).to_be_hidden()
    opened.locator(".value .line", has_text='"unit": "km"').first.click()
    expect(unit).to_be_in_viewport()
    expect(unit.locator(".row")).to_have_class(re.compile("lit"))


def test_the_language_switch_changes_titles_and_is_remembered(
    catalogue: Path, document: Document, open_page: Open
) -> None:
    schema = document["events"][DESCRIBED[1:]]["schema"]
    opened = open_page(catalogue, DESCRIBED, locale="zh-CN")
    expect(opened.locator("h1")).to_have_text(schema["x-title-zh"])
    expect(opened.locator("html")).to_have_attribute("lang", "zh-Hans")
    opened.get_by_role("button", name="English").click()
    expect(opened.locator("h1")).to_have_text(schema["title"])
    expect(opened.locator("html")).to_have_attribute("lang", "en")
    expect(opened.locator("main")).to_contain_text(schema["description"])
    opened.reload()
    expect(opened.locator("h1")).to_have_text(schema["title"])
    expect(opened.get_by_role("button", name="English")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_first_language_is_the_browsers(catalogue: Path, open_page: Open) -> None:
    expect(open_page(catalogue, locale="de-AT").locator("html")).to_have_attribute(
        "lang", "en"
    )


@pytest.mark.parametrize(
    ("words", "href", "shown"),
    [
        ("共投比例", f"{DESCRIBED}/investor_shares", "共投比例"),
        ("investor_shares", f"{DESCRIBED}/investor_shares", "investor_shares"),
        ("feasibility", f"{DESCRIBED}/total_investment.basis", "feasibility"),
        ("transport records", "#topic/twincity.transport.records", "transport"),
        ("项目确认（会签）", "#twincity.project.endorsed.v1", "项目确认（会签）"),
    ],
)
def test_search_narrows_and_marks(
    catalogue: Path, open_page: Open, words: str, href: str, shown: str
) -> None:
    opened = open_page(catalogue)
    opened.keyboard.press("/")
    opened.keyboard.type(words)
    hit = opened.locator(".hits li", has=opened.locator(f'a[href="{href}"]')).first
    expect(hit).to_be_visible()
    expect(hit.locator("mark", has_text=shown).first).to_be_visible()
    assert opened.locator(".hits li").count() < 25
    expect(opened.locator(".event")).to_have_count(0)


def test_search_by_keyboard_leads_there_and_back(
    catalogue: Path, open_page: Open
) -> None:
    opened = open_page(catalogue, "#envelope")
    box = opened.get_by_role("searchbox")
    opened.keyboard.press("/")
    expect(box).to_be_focused()
    opened.keyboard.type("没有这样的词")
    expect(opened.locator("main")).to_contain_text("没有符合的")
    opened.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(opened.locator("h1")).to_have_text("信封")
    opened.keyboard.press("/")
    opened.keyboard.type("project.withdrawn")
    opened.keyboard.press("Enter")
    expect(opened.locator("h1")).to_have_text("项目撤回")
    expect(box).to_have_value("")


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        (DESCRIBED, "项目信息填报"),
        ("#topic/twincity.inbox.{party}", "各主体收件箱"),
        ("#topic/twincity.inbox.%7Bparty%7D", "各主体收件箱"),
        ("#envelope", "信封"),
        ("#?%E6%8A%95%E8%B5%84", "搜索：投资"),
        ("#nowhere", "成渝双城协同事件系统"),
        ("#%", "成渝双城协同事件系统"),
    ],
)
def test_a_deep_link_opens_its_place(
    catalogue: Path, open_page: Open, place: str, heading: str
) -> None:
    expect(open_page(catalogue, place).locator("h1")).to_have_text(heading)


def test_an_example_can_be_copied_as_a_command(
    catalogue: Path, open_page: Open
) -> None:
    opened = open_page(
        catalogue, DESCRIBED, permissions=["clipboard-read", "clipboard-write"]
    )
    opened.get_by_role("tab", name="s11 by chengdu").click()
    opened.get_by_role("button", name="kcat").click()
    expect(opened.get_by_role("button", name="已复制")).to_be_visible()
    command = opened.evaluate("navigator.clipboard.readText()")
    assert command.startswith("kcat -b localhost:9092 -P -t twincity.inbox.chengdu")
    assert "-H 'ce_type=twincity.project.described.v1'" in command
    assert json.loads(command.splitlines()[-2])["name"]


def _widths(opened: Page) -> list[int]:
    return opened.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_nothing_runs_off_a_narrow_screen(
    catalogue: Path, document: Document, open_page: Open, locale: str
) -> None:
    opened = open_page(catalogue, locale=locale, **PHONE)
    places = [*document["events"], *(f"topic/{t}" for t in document["topics"])]
    for place in ["", "envelope", "?project", *places]:
        opened.evaluate("place => { location.hash = place }", place)
        opened.evaluate("new Promise(requestAnimationFrame)")
        opened.evaluate(
            "document.querySelectorAll('details').forEach(d => { d.open = true })"
        )
        assert _widths(opened) == [360, 360], place
    opened.locator("#menu").click()
    expect(opened.locator("nav")).to_be_visible()
    assert _widths(opened) == [360, 360]
    opened.locator("nav a", has_text="project.endorsed").click()
    expect(opened.locator("nav")).to_be_hidden()


HOSTILE = [
    "</script><b>bold</b>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "{{contract}} {{csp}}",
    "\u2028 & &lt; \" ' \\",
    "half a pair: \ud83d",
]


def test_a_hostile_example_stays_text(
    document: Document,
    examples: dict[str, dict[str, Any]],
    open_page: Open,
    tmp_path: Path,
) -> None:
    hostile = copy.deepcopy(examples)
    story = hostile["project.described"]["s11-by-chengdu"]
    story["data"]["regions"] = HOSTILE
    hostile["project.described"] = {HOSTILE[0]: story}
    file = tmp_path / "成渝 catalogue.html"
    file.write_text(page(document, hostile), "utf-8")
    opened = open_page(file, DESCRIBED)
    read = opened.evaluate(
        "JSON.parse(document.getElementById('examples').textContent)"
        "['project.described']"
    )
    # Half a pair is no text that may travel; JavaScript keeps it, the wire does not.
    assert read[HOSTILE[0]]["data"]["regions"][:-1] == HOSTILE[:-1]
    expect(opened.locator(".value")).to_contain_text("</script><b>bold</b>")
    expect(opened.get_by_role("tab")).to_contain_text("<b>bold</b>")
    assert opened.locator("b", has_text="bold").count() == 0
    assert opened.locator("img").count() == 0
    opened.get_by_role("searchbox").fill("<b>")
    expect(opened.locator("h1")).to_contain_text("<b>")


def test_no_script_runs_but_the_pages_own_and_nothing_is_fetched(
    catalogue: Path, open_page: Open, trouble: list[str]
) -> None:
    opened = open_page(catalogue)
    opened.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    assert opened.evaluate("window.ran") is None
    answer = "fetch('data:,x').then(() => 'fetched', () => 'refused')"
    assert opened.evaluate(answer) == "refused"
    assert all("Content Security Policy" in said for said in trouble)
    trouble.clear()


def test_a_type_that_goes_says_since_when_until_when_and_what_comes(
    document: Document,
    examples: dict[str, dict[str, Any]],
    open_page: Open,
    tmp_path: Path,
) -> None:
    going = copy.deepcopy(document)
    successor = "twincity.project.endorsed.v1"
    going["events"][DESCRIBED[1:]]["deprecation"] = {
        "since": "2027-01-01",
        "sunset": "2027-12-31",
        "successor": successor,
    }
    file = tmp_path / "catalogue.html"
    file.write_text(page(going, examples), "utf-8")
    opened = open_page(file)
    expect(opened.locator(".event .going")).to_contain_text("2027-12-31")
    opened.evaluate("place => { location.hash = place }", DESCRIBED)
    expect(opened.locator(".badge.going")).to_contain_text("2027-01-01")
    opened.locator(f'main a[href="#{successor}"]').click()
    expect(opened.locator("h1")).to_have_text("项目确认（会签）")


def test_without_scripts_the_lists_are_there(
    catalogue: Path, document: Document, open_page: Open
) -> None:
    opened = open_page(catalogue, java_script_enabled=False)
    for name in [*document["events"], *document["topics"]]:
        expect(opened.locator("main")).to_contain_text(name)


def test_on_paper_the_overview_has_every_event(
    catalogue: Path, document: Document, open_page: Open
) -> None:
    opened = open_page(catalogue)
    opened.emulate_media(media="print")
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(opened.locator("article")).to_have_count(len(document["events"]))
    assert opened.locator("details:not([open])").count() == 0
    expect(opened.locator("nav")).to_be_hidden()
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(opened.locator("article")).to_have_count(0)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(catalogue: Path, open_page: Open, scheme: str) -> None:
    # WCAG 2.2, 1.4.3: at least 4.5 to 1.
    opened = open_page(catalogue, color_scheme=scheme)
    for text, ground in [
        *((t, g) for t in ("ink", "soft", "said", "made") for g in ("paper", "card")),
        *((t, f"{t}-tint") for t in ("said", "made")),
        *((t, g) for t in ("ink", "soft") for g in ("said-tint", "made-tint")),
        ("said", "made-tint"),
        ("mark-ink", "mark"),
        ("paper", "bad"),
    ]:
        dark, bright = sorted(
            _luminance(
                opened.evaluate(
                    "name => getComputedStyle(document.documentElement)"
                    ".getPropertyValue(name).trim()",
                    f"--{name}",
                )
            )
            for name in (text, ground)
        )
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_the_same_contract_gives_the_same_page(
    document: Document, examples: dict[str, dict[str, Any]]
) -> None:
    turned = {fact: examples[fact] for fact in reversed(examples)}
    assert page(document, turned) == page(document, examples)
