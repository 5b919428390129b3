"""The first lines of real lists, as provinces and cities published them.

Each line of ``tests/cases/sheets/real-headers.txt`` is a file's name, a sheet and its
first rows; what stands behind them is made up here.
"""

from pathlib import Path
from typing import Any

import pytest

from services.sheets.body import RowKind
from services.sheets.bounded import preview_bounded
from services.sheets.choosing import ListRequest
from services.sheets.preview import ListPreview
from services.sheets.profile import UNKNOWN
from tests.support.sheets import DEFAULTS, HEADER, PARTIES, book

LINES = Path(__file__).parents[1] / "cases" / "sheets" / "real-headers.txt"
OURS = {"项目": [HEADER, (1, "成资大道", "新建道路", 120000)]}

Rows = list[list[Any]]


def published() -> dict[str, dict[str, Rows]]:
    """Each file's sheets; a number that was a cell's is one."""
    files: dict[str, dict[str, Rows]] = {}
    for line in LINES.read_text("utf-8").splitlines():
        place, _, rows = line.partition("<-")[0].strip().partition(" : ")
        name, _, sheet = place.partition(" | ")
        files.setdefault(name, {})[sheet or "Sheet1"] = [
            [int(cell) if cell.isdigit() else cell for cell in row.split("|")]
            for row in rows.replace("|...", "").split(" / ")
        ]
    return files


FILES = published()
[SHAANXI] = [name for name in FILES if "陕西" in name]
[WHITE_LIST] = [name for name in FILES if "白名单" in name]
CODE_LISTS = [name for name in FILES if name not in {SHAANXI, WHITE_LIST}]


def shown(name: str, sheets: dict[str, Any], *defaults: str) -> ListPreview:
    wanted = ListRequest(
        party="chengdu",
        members=("chengdu", "deyang"),
        defaults=(*DEFAULTS, *defaults),
    )
    return preview_bounded(book(sheets), name, wanted, PARTIES)


def test_each_pattern_is_there() -> None:
    assert {len(sheets) for sheets in FILES.values()} == {1, 2}
    assert len(CODE_LISTS) == 2
    assert WHITE_LIST.endswith(".xlsx.xlsx")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_said_of_a_few_lines_that_nobody_has_explained(name: str) -> None:
    found = shown(name, FILES[name])
    assert found.guessed
    assert found.missing
    assert not found.listing.statements


@pytest.mark.parametrize("name", FILES)
def test_beside_a_table_they_are_not_read_and_that_is_told(name: str) -> None:
    found = shown(name, OURS | FILES[name])
    assert len(found.listing.statements) == 1
    assert set(found.listing.sheets) == FILES[name].keys()


@pytest.mark.parametrize(("there", "told"), [(94, ""), (93, "写明 94 个，实有 93 个")])
def test_a_list_without_any_header_is_read_and_counted(there: int, told: str) -> None:
    """陕西: a heading with its count in the next cell, then number and name."""
    first, *_ = FILES[SHAANXI]["续建项目"][1:]
    rest = [[number, f"第{number}号项目"] for number in range(2, there + 1)]
    sheets = FILES[SHAANXI] | {"续建项目": [*FILES[SHAANXI]["续建项目"], *rest]}
    found = shown(SHAANXI, sheets, "content=见清单")
    assert [rule.field for rule in found.profile.columns] == ["@number", "name"]
    assert found.profile.tables[0].defaults == {"list_place.batch": "continued"}
    assert len(found.listing.statements) == there
    assert found.listing.statements[0].event["data"]["name"] == first[1]
    assert found.listing.counts[RowKind.GROUP] == 1
    assert [one.zh for one in found.listing.remarks] == ([told] if told else [])
    assert found.listing.sheets == ["总项目清单"]


def test_unit_and_name_in_one_column_wait_for_a_person() -> None:
    """白名单: whoever guesses takes companies for projects."""
    header, *_ = FILES[WHITE_LIST]["Sheet1"]
    sheets = {"Sheet1": [header, [1, "某公司某项目", "一", "武侯区"]]}
    found = shown(WHITE_LIST, sheets)
    fields = {rule.header: rule.field for rule in found.profile.columns}
    assert fields["项目单位及名称"] == fields["批次"] == UNKNOWN
    assert fields["县市区"] == "regions"
    assert not found.listing.statements
