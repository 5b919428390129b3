"""What pages and tables print: 亿元 and rates to two places, differences in 百分点.

Rendered text, headings and cells (the second table of the wording's suggestions).
"""

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from rich.console import Console

from services.cli.appraised import dispatch_parts
from services.cli.board_tables import board_parts
from services.gateway.pages.kinds import _indicator
from services.gateway.pages.telling import Tell
from tests.support.folding import REGISTRY, Shard, parts
from tests.support.gateway import Fake
from tests.support.saying import event
from tests.unit import test_leavers
from tests.unit.test_appraisal import CUT_OFF, EARLY, S5
from tests.unit.test_signed import cluster, section
from tests.unit.test_signed_obstacles import calls
from tests.unit.test_succession import (
    BOARD_OF_ALL,
    DISPATCH,
    NEW,
    full,
    succeeded,
)
from twincity_schemas.envelope import Envelope
from twincity_schemas.indicator_record import IndicatorState
from twincity_schemas.words import Words

LINE, CLUSTER = "project/chengdu/line", "cluster/chengdu/lines"
AUGUST, SEPTEMBER = "dispatch/chengdu.meishan/8", "dispatch/chengdu.meishan/9"


def called(subject: str, month: int, **more: Any) -> Any:
    data = {
        "kind": "monthly",
        "year": 2024,
        "through_month": month,
        "cut_off": CUT_OFF.replace(month=month + 1).isoformat(),
        "projects": [S5, LINE],
        "unit": {"name": "调度办（虚构）"},
        "as_of": "2024",
    }
    return event("dispatch.called", "chengdu", subject, data | more, subject, EARLY)


def appraised() -> Shard:
    """The issue's area; its dispatches; and a project with its successor."""
    shard = Shard("appraisal")
    shard.take(
        [
            cluster("lines", "key-area", projects=[S5, LINE]),
            called(AUGUST, 8),
            called(SEPTEMBER, 9, previous=AUGUST),
            section("chengdu", S5, 8, "61750", "50000"),
            section("meishan", S5, 8, "61750", "47000"),
            section("chengdu", LINE, 8, "10000", "7877.6"),
            section("chengdu", S5, 9, "61750", "60088.9"),
            section("meishan", S5, 9, "61750", "60088.95"),
            *calls(),
            succeeded("chengdu"),
            *full(NEW, 8, 62_500),
        ]
    )
    return shard


async def page(subject: str, language: str, shard: Shard | None = None) -> str:
    fake = Fake(REGISTRY, REGISTRY.codes)
    for one in (shard or appraised()).published:
        envelope = Envelope.from_headers(one.headers) if one.headers else None
        fake.put(one.topic, one.key.decode(), envelope, one.value)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        answer = await client.get(f"/pages/{subject}", params={"lang": language})
    assert answer.status_code == 200
    return answer.text


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


POINTS = {"zh": "百分点", "en": "points"}
MONEY = {"zh": "亿元", "en": "bn yuan"}
AMOUNT = {"zh": "12.35", "en": "1.235"}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_clusters_rate_names_its_month_and_how_many_have_reported(
    language: str,
) -> None:
    """78.56 % of January to August, both projects; of September 97.31 of one alone."""
    shown = text_of(await page(CLUSTER, language))
    of = {"zh": "2024 年 1—8 月，已报 2/2", "en": "2024-08, reported 2/2"}[language]
    assert f"78.56% {of}" in shown
    assert MONEY[language] in shown
    assert {"zh": "13.35", "en": "1.335"}[language] in shown
    listed = text_of(await page("clusters", language))
    assert "78.56%" in listed
    assert of in listed


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_dispatch_prints_amounts_rates_and_points(language: str) -> None:
    shown = await page(SEPTEMBER, language)
    headings = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", shown)
    leads = [one for one in headings if POINTS[language] in one]
    assert len(leads) == 2  # the lead, and how it moved since the one before
    text = text_of(shown)
    # 97.31 % by September is 22.31 points ahead of its time.
    assert AMOUNT[language] in text
    assert "97.31%" in text
    assert "+22.31" in text
    assert text.count(MONEY[language]) >= 3
    worst = text[text.index({"zh": "滞后突出", "en": "Furthest behind"}[language]) :]
    assert not re.search(r"[+−]\d+\.\d\d(?! (个百分点|points))", worst[:200])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_line_prints_the_same_and_the_last_month_beside(
    language: str,
) -> None:
    shard = appraised()
    tell = Tell(
        language, REGISTRY, cast("Any", SimpleNamespace(title=lambda _subject: None))
    )
    console = Console(width=200, color_system=None)
    before = parts(shard, AUGUST)
    with console.capture() as captured:
        for one in dispatch_parts(parts(shard, SEPTEMBER), tell, before):
            console.print(one)
    printed = captured.get()
    assert AMOUNT[language] in printed
    assert POINTS[language] in printed
    assert MONEY[language] in printed
    [total] = [
        one
        for one in printed.splitlines()
        if {"zh": "合计", "en": "the whole"}[language] in one and "97.31%" in one
    ]
    moved = Decimal("22.31") - before["line/chengdu.meishan/s5"].lead
    assert f"+{moved:.2f}" in total


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_dispatch_and_board_say_which_project_counts(language: str) -> None:
    """The old project's line names the one that goes on in its stead."""
    label = {"zh": "计入", "en": "counted as"}[language]
    for subject in (DISPATCH, BOARD_OF_ALL):
        shown = await page(subject, language)
        assert re.search(rf"{label} <a href=\"/pages/{NEW}\">", shown), subject
    tell = Tell(
        language, REGISTRY, cast("Any", SimpleNamespace(title=lambda _subject: None))
    )
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        for one in dispatch_parts(parts(appraised(), DISPATCH), tell):
            console.print(one)
    assert f"{label} {tell.subject(NEW)}" in captured.get()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_boards_figures_have_two_places_and_its_cap_is_printed(
    language: str,
) -> None:
    text = text_of(await page(BOARD_OF_ALL, language))
    assert re.search(r"(单项封顶|capped at) 120%", text)
    # Scores and measures of one column: never 100 beside 62.50.
    assert "100.00" in text
    assert not re.search(r" 100 (得|gives)", text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_have_names_for_codes_and_one_language(language: str) -> None:
    """No code of a party or project, and of the other language only what was said."""
    titles = SimpleNamespace(title=lambda _subject: Words("某项目", "Some line"))
    tell = Tell(language, REGISTRY, cast("Any", titles))
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        shard = appraised()
        for table in (
            *dispatch_parts(parts(shard, SEPTEMBER), tell),
            *board_parts(parts(shard, BOARD_OF_ALL), tell),
        ):
            console.print(table)
    # A statement is cited by its identifier, a title and a unit as they were said.
    printed = re.sub(r" ← \S+", "", captured.get())
    for said in (
        "区县投资攻坚季度考核办法",
        "chengdu（虚构）",
        "deyang（虚构）",
        "（虚构）",
    ):
        printed = printed.replace(said, "")
    assert {"zh": "某项目", "en": "Some line"}[language] in printed
    others = {"zh": r"[A-Za-z]{2,}", "en": r"[\u4e00-\u9fff]+"}[language]
    assert re.findall(others, printed) == []
    assert not re.search(r"\b(chengdu|deyang|meishan)\b", printed)


def test_a_growth_rate_is_beside_its_target_and_not_beside_the_time() -> None:
    """A level does not add up over the year: its lead is not told, not even as «—»."""
    tell = Tell("zh", REGISTRY, cast("Any", SimpleNamespace(title=lambda _of: None)))
    latest = SimpleNamespace(attained=Decimal(90), lead=None, as_of="2024-08")
    record = cast("Any", SimpleNamespace(latest=latest, state=IndicatorState.AHEAD))
    assert _indicator(record, tell).endswith("完成 90.00%（2024-08）")
    latest.lead = Decimal("6.33")
    assert "较时序进度 +6.33 个百分点" in _indicator(record, tell)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_project_shows_who_has_an_obstacle_whose_raiser_has_left(
    language: str,
) -> None:
    shard = Shard("coordination")
    shard.take([*test_leavers.OPENED, test_leavers.leaves("chengdu", 60)])
    shown = text_of(await page(test_leavers.PROJECT, language, shard))
    with_them = {"zh": "成都市 → 德阳市、眉山市", "en": "Chengdu → Deyang, Meishan"}
    assert with_them[language] in shown
