"""The table of disputed figures on the page of an agreement of sharing."""

from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest

from services.gateway.pages.blocks import PageTable
from services.gateway.pages.sharing import sharing
from services.gateway.pages.telling import Tell
from tests.support.folding import REGISTRY, told
from tests.unit.test_sharing import BOTH, PARK, collected, disputed, kept
from twincity_schemas.message import Event

DISPUTED = {"zh": "2022 年数据质疑（万元）", "en": "2022, disputed (10,000 yuan)"}


def tables(said: list[Event[Any]], language: str = "zh") -> list[PageTable]:
    records = told(PARK, said)
    titles = SimpleNamespace(title=lambda _subject: None)
    tell = Tell(language, REGISTRY, cast("Any", titles))
    page = sharing(records[""], [records["share/2022"]], tell)
    return [one for one in page.tables if one.title == DISPUTED[language]]


def row(said: list[Event[Any]], language: str = "zh") -> list[str]:
    [table] = tables(said, language)
    [cells] = table.rows
    return [cell.text for cell in cells]


def test_a_year_that_nobody_doubts_has_no_table_of_disputes() -> None:
    assert tables(BOTH) == []


@pytest.mark.parametrize(
    ("language", "state", "kept_as", "corrected"),
    [("zh", "待答复", "维持原数", "已更正"), ("en", "open", "kept", "corrected")],
)
def test_a_dispute_shows_both_amounts_its_evidence_and_what_was_answered(
    language: str, state: str, kept_as: str, corrected: str
) -> None:
    doubted = [*BOTH, disputed()]
    both = ["增值税地方留存部分", "15,000", "14,000", "附税票（虚构）"]
    assert row(doubted, language) == [*both, state, "—"]
    answered = [*doubted, kept()]
    assert row(answered, language) == [*both, kept_as, "经核无误（虚构）"]
    # Stated anew, the table still shows the amount that was doubted.
    anew = collected("chengdu", "14000", day="2023-03-06")
    assert row([*doubted, anew], language) == [*both, corrected, "→"]


def test_each_amount_of_a_dispute_leads_to_the_statement_that_says_it() -> None:
    [table] = tables([*BOTH, disputed(), kept()])
    [cells] = table.rows
    by = {cell.text: unquote(cell.link).rpartition("/")[2] for cell in cells}
    assert by["15,000"] == "chengdu-vat-2022-2023-02-01"
    assert by["14,000"] == "chongqing-doubts-2023-03-01"
    assert by["经核无误（虚构）"] == "chengdu-keeps-2023-03-09"
    assert [cells[0].below, cells[2].below] == ["成都市", "重庆市"]
    assert [cell.kind for cell in cells if cell.tag] == ["good"]
    [[*_, state, _]] = tables([*BOTH, disputed()])[0].rows
    assert (state.kind, state.tag) == ("bad", True)
