"""Every pattern of real lists: each a table, and what is read of it."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.sheets.body import RowKind
from services.sheets.guessing import guess
from services.sheets.profile import UNKNOWN, dump, load
from services.sheets.reading import read
from tests.support.sheets import (
    DEFAULTS,
    HEADER,
    book,
    codes,
    data,
    listing,
    lists,
    profile_of,
    remarks,
    reworked,
    table,
)

CASES = Path(__file__).parents[1] / "cases" / "sheets"
PLAIN = (1, "成资大道", "新建道路", 120000)


def amount(found: dict[str, Any]) -> str:
    return str(found["total_investment"]["amount"])


def test_a_title_and_a_unit_stand_above_the_table() -> None:
    rows = [
        ["附件2：2024年重点项目名单"],
        ["", "", "", "单位：亿元"],
        ["序号", "项目名称", "建设内容", "总投资"],
        [1, "成资大道", "新建道路", 5.73],
    ]
    (said,) = data(
        listing(
            book({"清单": rows}),
            defaults=("domain=transport", "item_class=engineering", "as_of=2024"),
        )
    )
    assert (amount(said), said["source"]) == ("57300", "附件2：2024年重点项目名单")


def merged(made: Any, sheet: Any) -> None:
    form = made.add_format()
    for column, title in enumerate(
        ("序号", "项  目\n名  称", "建设规模及\n主要内容", "总投资\n（亿元）")
    ):
        sheet.merge_range(0, column, 2, column, title, form)
    sheet.merge_range(0, 4, 0, 5, "2024年计划", form)
    sheet.merge_range(1, 4, 2, 4, "投资（万元）", form)
    sheet.merge_range(1, 5, 2, 5, "形象进度", form)


def test_a_header_of_three_rows_merged_both_ways_has_its_units_in_it() -> None:
    content = book(
        {"清单": [[], [], [], [1, "成资大道", "道路", 5.73, 3000, "完工"]]}, merged
    )
    profile = profile_of(
        content,
        "F=-",
        defaults=(
            *(
                d
                for d in (
                    "domain=transport",
                    "item_class=engineering",
                    "as_of=2024",
                    "source=清单",
                )
            ),
            "annual_plan.year=2024",
        ),
    )
    assert profile.tables[0].header == (1, 2, 3)
    (said,) = data(lists(content, profile))
    assert (amount(said), said["annual_plan"]["amount"]) == ("57300", "3000")


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        ("57.3亿元", "573000"),
        ("１２０，０００", "120000"),
        ("350,000", "350000"),
        ("120000元", "12"),
        (0.1 + 0.2, "0.3"),
        (364.79, "364.79"),
    ],
)
def test_an_amount_is_what_is_written_and_in_its_own_unit(
    cell: Any, read_as: str
) -> None:
    (said,) = data(listing(book(table((1, "路", "道路", cell)))))
    assert amount(said) == read_as


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("约3000", "no_number"),
        ("35,00", "separators"),
        ("2000万件", "no_number"),
        ("3000-5000", "no_number"),
        (0.1234567, "places"),
        ("-5", "decimal_text"),
    ],
)
def test_an_amount_that_is_not_understood_is_told_with_its_cell(
    cell: Any, code: str
) -> None:
    found = listing(book(table(PLAIN, (2, "桥", "桥梁", cell))))
    assert codes(found) == {"清单!D3": code}


def test_two_units_above_the_table_are_no_unit() -> None:
    rows = [
        ["", "", "", "单位：亿元、万元"],
        ["序号", "项目名称", "建设内容", "总投资"],
        PLAIN,
    ]
    assert codes(listing(book({"清单": rows}))) == {"清单!D3": "no_unit"}


def test_full_width_digits_make_a_year_and_a_number() -> None:
    header = (*HEADER, "建设年限")
    (said,) = data(listing(book(table((*PLAIN, "２０２２—２０２７"), header=header))))
    assert (said["planned_start"], said["planned_finish"]) == ("2022", "2027")


def test_totals_and_counts_are_held_against_the_rows() -> None:
    rows = (
        ("", "合计（3个）", "", 130),
        ("一", "交通（2个）", "", 30),
        (1, "甲", "路", 10),
        (2, "乙", "桥", 21),
        ("", "小计", "", 31),
        ("二", "产业（1个）", "", ""),
        (3, "丙（不计入总投资）", "园", 100),
        (4, "丁", "园", 99),
    )
    found = listing(book(table(*rows)))
    assert len(data(found)) == 4
    assert remarks(found) == {
        "清单!B2": "count_differs",
        "清单!D3": "total_differs",
        "清单!A7": "count_differs",
    }


def test_a_difference_is_told_in_figures() -> None:
    (told,) = listing(book(table(PLAIN, ("", "合计", "", 120001)))).remarks
    assert "相差 1 万元" in told.zh


def test_a_heading_becomes_the_domain_of_the_rows_under_it() -> None:
    rows = (
        ("一、", "现代基础设施"),
        (1, "甲", "路", 1),
        ("二、", "公共服务"),
        (2, "乙", "院", 2),
    )
    content = book(table(*rows))
    keep = tuple(d for d in ("item_class=engineering", "as_of=2024", "source=清单"))
    words = {"现代基础设施": "transport"}
    found = lists(
        content, profile_of(content, defaults=keep, group="domain", words=words)
    )
    assert codes(found) == {"清单!A5": "heading_without_word"}
    words["公共服务"] = "city-services"
    found = lists(
        content, profile_of(content, defaults=keep, group="domain", words=words)
    )
    assert [d["domain"] for d in data(found)] == ["transport", "city-services"]


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        ("2024.6", "2024-06"),
        ("2024.10", "2024-10"),
        (2024.6, "2024-06"),
        ("2021年6月", "2021-06"),
        ("2021年6月5日", "2021-06-05"),
        ("20240601", "2024-06-01"),
        (20240601, "2024-06-01"),
        (43629, "2019-06-13"),
        (2024, "2024"),
    ],
    ids=repr,
)
def test_a_date_is_as_exact_as_its_cell(cell: Any, read_as: str) -> None:
    header = (*HEADER, "计划开工时间")
    (said,) = data(listing(book(table((*PLAIN, cell), header=header))))
    assert said["planned_start"] == read_as


def test_a_number_that_january_and_october_become_is_asked_about() -> None:
    header = (*HEADER, "计划开工时间")
    assert codes(listing(book(table((*PLAIN, 2024.1), header=header)))) == {
        "清单!E2": "january_or_october"
    }


def test_two_decimals_in_its_format_say_that_it_is_october() -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.write_number(1, 4, 2024.1, made.add_format({"num_format": "0.00"}))

    header = (*HEADER, "计划开工时间")
    (said,) = data(listing(book(table(PLAIN, header=header), touch)))
    assert said["planned_start"] == "2024-10"


@pytest.mark.parametrize("form", ['yyyy"年"m"月"', 17, 27, 57])
def test_a_date_that_shows_a_month_is_a_month(form: str | int) -> None:
    """By a format that is written out, or by the number that Chinese Excel has."""

    def touch(made: Any, sheet: Any) -> None:
        form_ = made.add_format({"num_format": form})
        sheet.write_datetime(1, 4, datetime(2022, 9, 1), form_)  # noqa: DTZ001  a sheet's dates have no zone

    header = (*HEADER, "计划开工时间")
    (said,) = data(listing(book(table(PLAIN, header=header), touch)))
    assert said["planned_start"] == "2022-09"


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2022—2027", "2022", "2027"),
        ("2023至2028", "2023", "2028"),
        ("2021-2024年", "2021", "2024"),
        ("2021.6～2024.12", "2021-06", "2024-12"),
        ("2025", "2025", "2025"),
        ("长期", None, None),
    ],
)
def test_a_span_has_two_ends_or_none(
    cell: str, first: str | None, last: str | None
) -> None:
    header = (*HEADER, "建设年限")
    (said,) = data(listing(book(table((*PLAIN, cell), header=header))))
    assert (said.get("planned_start"), said.get("planned_finish")) == (first, last)


@pytest.mark.parametrize("cell", ["2022-06", "2027—2022", "2022—2023—2024"])
def test_a_span_that_is_none_is_told(cell: str) -> None:
    header = (*HEADER, "建设年限")
    assert codes(listing(book(table((*PLAIN, cell), header=header)))) == {
        "清单!E2": "no_span"
    }


@pytest.mark.parametrize("blank", ["—", "/", "－", " ", "无"])
def test_a_stroke_is_no_value(blank: str) -> None:
    (said,) = data(listing(book(table((1, "路", "道路", blank)))))
    assert "total_investment" not in said


@pytest.mark.parametrize("ditto", ["〃", "同上"])
def test_ditto_is_the_value_above(ditto: str) -> None:
    rows = (PLAIN, (2, "桥", ditto, 1), (3, "隧", ditto, 2))
    assert [d["content"] for d in data(listing(book(table(*rows))))] == ["新建道路"] * 3
    assert codes(listing(book(table((1, "路", ditto, 1))))) == {
        "清单!C2": "nothing_above"
    }


def test_ditto_under_a_heading_is_the_value_of_the_project_above() -> None:
    rows = (PLAIN, ("二、", "公共服务"), (2, "桥", "同上", 1))
    assert [d["content"] for d in data(listing(book(table(*rows))))] == ["新建道路"] * 2
    rows = ((1, "路", "道路", "—"), (2, "桥", "桥梁", "同上"))
    assert codes(listing(book(table(*rows)))) == {"清单!D3": "nothing_above"}


def test_a_row_without_a_number_among_such_with_one_is_told() -> None:
    found = listing(book(table(PLAIN, ("", "其中：一期", "道路", 5))))
    assert len(data(found)) == 2
    assert remarks(found) == {"清单!A3": "row_without_number"}


@pytest.mark.parametrize("number", ["续建", "见附件", "—"])
def test_a_word_in_the_place_of_a_number_is_none(number: str) -> None:
    found = listing(book(table(PLAIN, (number, "新开工", "道路", 5))))
    assert remarks(found) == {"清单!A3": "row_without_number"}
    numbered = [
        ("2.1", "桥", "桥梁", 5),
        ("3-1", "隧", "隧道", 5),
        ("04", "站", "站", 5),
    ]
    assert remarks(listing(book(table(PLAIN, *numbered)))) == {}


def test_a_word_merged_down_holds_for_each_row_and_an_amount_for_none() -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.merge_range(1, 2, 2, 2, "新建道路", made.add_format())

    rows = (PLAIN, (2, "桥", "", 1))
    assert [d["content"] for d in data(listing(book(table(*rows), touch)))] == [
        "新建道路"
    ] * 2

    def amounts(made: Any, sheet: Any) -> None:
        sheet.merge_range(1, 3, 2, 3, 500, made.add_format())

    found = listing(book(table(PLAIN, (2, "桥", "桥", "")), amounts))
    assert codes(found) == {"清单!D2": "amount_over_rows"}


def test_a_hidden_row_is_asked_about_once_and_then_as_the_profile_says() -> None:
    content = book(
        table(PLAIN, (2, "桥", "桥", 1)),
        lambda _, s: s.set_row(2, None, None, {"hidden": True}),
    )
    assert codes(listing(content)) == {"清单!A3": "hidden_row"}
    assert len(data(listing(content, hidden="take"))) == 2
    found = listing(content, hidden="skip")
    assert len(data(found)) == 1
    assert found.counts[RowKind.HIDDEN] == 1
    assert [where for where, *_ in found.passed] == ["清单!A3"]


def test_a_hidden_column_is_asked_about_and_said_by_nobody_unseen() -> None:
    content = book(
        table(PLAIN), lambda _, s: s.set_column(2, 3, None, None, {"hidden": True})
    )
    seen = codes(listing(content))
    assert seen == {"清单!C1": "hidden_column", "清单!D1": "hidden_column"}
    assert codes(listing(content, hidden="skip")) == seen  # that is about rows
    assert data(listing(content, hidden="take"))[0]["total_investment"]
    found = listing(content, "D=-", "C=-", defaults=(*DEFAULTS, "content=路"))
    assert "total_investment" not in data(found)[0]


@pytest.mark.parametrize(
    ("number", "form", "read_as"),
    [
        (1_500_000, '0.00,,"百万元"', "150"),
        (573_000_000, '0!.0,"万元"', "57300"),
        (120, "#,##0.00_ ", "120"),
        (1_200, "0,", "1.2"),
    ],
)
def test_a_scaled_number_is_what_it_shows(
    number: float, form: str, read_as: str
) -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.write_number(1, 3, number, made.add_format({"num_format": form}))

    (said,) = data(listing(book(table(PLAIN), touch)))
    assert amount(said) == read_as


@pytest.mark.parametrize(
    ("number", "form", "code"),
    [
        (12_030_000_000, '0.00,,"亿"', "shown_differs"),
        (12, "0.00E+00", "number_format"),
    ],
)
def test_a_number_that_shows_another_than_it_holds_is_asked_about(
    number: float, form: str, code: str
) -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.write_number(1, 3, number, made.add_format({"num_format": form}))

    assert codes(listing(book(table(PLAIN), touch))) == {"清单!D2": code}


def test_notes_and_prose_are_told_and_said_by_nobody() -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.merge_range(4, 0, 4, 3, "本名单由市发展改革委汇总", made.add_format())

    rows = (
        PLAIN,
        ("注：1. 标★的为重大项目；2. 数据截至2024年5月底",),
        ("填表人：张三",),
        (),
    )
    found = listing(book(table(*rows), touch))
    assert len(data(found)) == 1
    assert [kind for _, kind, _ in found.passed] == [RowKind.NOTE] * 3


def test_a_row_with_one_cell_alone_is_not_dropped_in_silence() -> None:
    found = listing(book(table(PLAIN, ("", "又一个项目"))))
    assert codes(found) == {"清单!B3": "row_of_no_kind"}


def test_several_units_in_one_cell_are_several_each_with_its_party() -> None:
    header = (*HEADER, "责任单位", "业主单位")
    units = "成都市发展改革委、德阳市交通局；市住建局\n德阳市人民政府"
    content = book(table((*PLAIN, units, "成都交投"), header=header))
    (said,) = data(listing(content))
    assert [(u["name"], u["party"], u["role"]) for u in said["responsible_units"]] == [
        ("成都市发展改革委", "chengdu", "lead"),
        ("德阳市交通局", "deyang", "lead"),
        ("市住建局", "chengdu", "lead"),
        ("德阳市人民政府", "deyang", "lead"),
        ("成都交投", "chengdu", "owner"),
    ]


def test_a_unit_of_nobody_is_asked_about() -> None:
    content = book(table((*PLAIN, "某局"), header=(*HEADER, "责任单位")))
    profile = profile_of(content)
    columns = tuple(c.model_copy(update={"words": {}}) for c in profile.columns)
    found = lists(content, profile.model_copy(update={"columns": columns}))
    assert codes(found) == {"清单!E2": "whose_unit"}


def test_sheets_are_classes_and_code_lists_are_not_read() -> None:
    sheets = {
        "续建": [HEADER, (1, "甲", "路", 1)],
        "新开工": [HEADER, (1, "乙", "路", 1)],
        "代码": [["新建", "大类"], ["续建", "小类"]],
    }
    content = book(sheets)
    found = listing(
        content,
        defaults=(
            "domain=transport",
            "item_class=engineering",
            "as_of=2024",
            "source=清单",
            "list_place.year=2024",
        ),
    )
    assert [d["list_place"]["batch"] for d in data(found)] == ["continued", "new-start"]
    assert found.sheets == ["代码"]


def test_a_table_without_a_header_waits_for_a_person() -> None:
    rows = [
        ["一、创新驱动发展工程（2个）"],
        [1, "秦创原加速器", "12亿元"],
        [2, "光子园", "3亿元"],
    ]
    content = book({"续建项目": rows})
    profile = profile_of(content)
    assert profile.tables[0].header == ()
    assert [c.field for c in profile.columns] == ["@number", "name", UNKNOWN]
    keep = (
        "domain=transport",
        "item_class=engineering",
        "as_of=2022",
        "source=清单",
        "content=见清单",
    )
    found = listing(content, "C=total_investment.amount", defaults=keep)
    assert [(d["name"], amount(d)) for d in data(found)] == [
        ("秦创原加速器", "120000"),
        ("光子园", "30000"),
    ]


def test_unit_and_name_in_one_column_are_for_a_person_to_say() -> None:
    rows = [
        ("序号", "项目单位及名称", "批次", "总投资（万元）"),
        (1, "某公司某项目", "一", 3),
    ]
    profile = guess(read(book({"Sheet1": rows})), "list", "chengdu")
    assert [c.field for c in profile.columns][1:3] == [UNKNOWN, UNKNOWN]


def test_withdrawals_are_a_list_of_their_own() -> None:
    rows = [
        ["2024年退出项目清单"],
        ["序号", "项目名称", "退出原因"],
        [1, "成资大道", "规划调整"],
    ]
    content = book({"退出": rows})
    found = listing(content, defaults=())
    (said,) = found.statements
    assert said.event["type"] == "twincity.project.withdrawn.v1"
    assert data(found)[0]["reason"] == "规划调整"
    described = listing(book(table(PLAIN))).statements[0]
    assert said.subject == described.subject


MONTHLY = {
    "进度": [
        ["2024年1—8月重点项目进度"],
        [
            "序号",
            "项目名称",
            "年度计划投资（万元）",
            "本年完成投资（万元）",
            "累计完成投资（万元）",
            "完成率",
            "形象进度",
        ],
        [1, "s11", 350000, 210000, 900000, 0.6, "铺轨"],
    ]
}


def test_progress_is_read_from_the_month_in_its_title() -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.write_number(2, 5, 0.6, made.add_format({"num_format": "0.00%"}))

    keep = ("scope=whole", "as_of=2024-08", "source=月报")
    (said,) = data(listing(book(MONTHLY, touch), defaults=keep))
    assert (said["year"], said["through_month"], said["completion_rate"]) == (
        2024,
        8,
        "60",
    )


def test_a_repeated_header_at_a_page_break_is_no_project() -> None:
    found = listing(book(table(PLAIN, HEADER, (2, "桥", "桥", 1))))
    assert len(data(found)) == 2
    assert found.counts[RowKind.HEADER] == 1


@pytest.mark.parametrize("form", [str, float], ids=["as text", "as a number"])
def test_a_row_numbered_as_a_part_of_another_is_told(form: Any) -> None:
    """Both count, unless somebody looks: 120000 would be 240000 in all."""
    rows = [(form(1), "成资大道", "全线", 120000), (form(1.1), "一期", "一期", 70000),
            (form(1.2), "二期", "二期", 50000), (form(2), "桥", "桥梁", 7)]  # fmt: skip
    if form is str:
        rows = [(row[0].removesuffix(".0"), *row[1:]) for row in rows]
    assert remarks(listing(book(table(*rows)))) == {
        "清单!A3": "row_of_another",
        "清单!A4": "row_of_another",
    }
    alone = [(3.1, "成资大道", "全线", 120000), (3.2, "桥", "桥梁", 7)]
    assert remarks(listing(book(table(*alone)))) == {}


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        ((*HEADER[:3], "总投资（亿元）"), "D3"),
        (("序号", "建设内容", "项目名称", "总投资（万元）"), "B3 C3"),
        (("序号", "建设内容", "项目名称", "总投资（亿元）"), "B3 C3 D3"),
        ((*HEADER[:3], ""), ""),  # as above, where nothing is said
    ],
)
def test_another_table_under_the_first_is_not_read_by_its_header(
    header: Any, wrong: str
) -> None:
    """Amounts under 亿元 would count as 万元, and contents be names."""
    found = listing(book(table(PLAIN, header, (2, "桥", "桥梁", 3))))
    assert found.counts[RowKind.HEADER] == 1
    assert codes(found) == {f"清单!{at}": "another_header" for at in wrong.split()}


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (("二、新建项目", "", "", "单位：亿元"), "D3"),
        (("二、新建项目（单位：亿元）",), "A3"),
        (("注：以下单位：亿元",), "A3"),
        (("二、新建项目", "", "", "单位：万元"), ""),
        (("二、新建项目（2个，总投资3亿元）",), ""),
    ],
)
def test_a_unit_that_changes_within_the_table_is_asked_about(
    row: Any, wrong: str
) -> None:
    found = listing(book(table(PLAIN, row, (2, "桥", "桥梁", 3))))
    assert codes(found) == {f"清单!{at}": "another_unit" for at in wrong.split()}


def test_a_formula_without_a_value_is_not_zero() -> None:
    rows = table(PLAIN, ("", "合计", "", ""))

    def touch(_: Any, sheet: Any) -> None:
        sheet.write_formula(2, 3, "=SUM(D2:D2)", None, "")

    assert remarks(listing(book(rows, touch))) == {"清单!D3": "formula_without_value"}


def test_a_formula_counts_as_it_is_shown() -> None:
    """Its value has a number format as a number has one."""

    def touch(made: Any, sheet: Any) -> None:
        form = made.add_format({"num_format": '0.00,,"百万元"'})
        sheet.write_formula(1, 3, "=1000000+500000", form, 1_500_000)

    (said,) = data(listing(book(table(PLAIN), touch)))
    assert amount(said) == "150"


def test_a_rate_that_a_formula_computes_is_per_cent_where_it_is_shown_so() -> None:
    def touch(made: Any, sheet: Any) -> None:
        form = made.add_format({"num_format": "0%"})
        sheet.write_formula(2, 5, "=D3/C3", form, 0.6)

    keep = ("scope=whole", "as_of=2024-08", "source=月报")
    (said,) = data(listing(book(MONTHLY, touch), defaults=keep))
    assert said["completion_rate"] == "60"


def test_a_formula_that_comes_to_nothing_is_zero_once_a_person_has_saved_it() -> None:
    def touch(_: Any, sheet: Any) -> None:
        sheet.write_formula(1, 3, "=5-5", None, 0)

    written = book(table(PLAIN), touch)
    assert codes(listing(written)) == {"清单!D2": "formula_without_value"}
    asks = b' fullCalcOnLoad="1"'
    saved = reworked(written, "xl/workbook.xml", lambda text: text.replace(asks, b""))
    (said,) = data(listing(saved))
    assert amount(said) == "0"


def test_a_workbook_whose_elements_have_a_prefix_is_looked_at_as_any_other() -> None:
    """As the SDK of .NET writes them, on which many systems' exports stand."""

    def touch(made: Any, sheet: Any) -> None:
        form = made.add_format({"num_format": '0.00,,"百万元"'})
        sheet.write_number(1, 3, 1_500_000, form)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_formula(3, 3, "=SUM(D2:D3)", None, "")

    rows = table(PLAIN, (2, "桥", "桥", 1), ("", "合计", "", ""))
    content = book(rows, touch)
    for part in ("styles.xml", "worksheets/sheet1.xml", "workbook.xml"):
        content = reworked(content, f"xl/{part}", prefixed)
    found = listing(content, hidden="skip")
    (said,) = data(found)
    assert amount(said) == "150"
    assert found.counts[RowKind.HIDDEN] == 1
    assert remarks(found) == {"清单!D4": "formula_without_value"}


def prefixed(text: bytes) -> bytes:
    text = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", text)
    return text.replace(b" xmlns=", b" xmlns:x=")


def test_another_header_than_the_profile_has_is_noticed() -> None:
    profile = profile_of(book(table(PLAIN)))
    moved = table(
        (1, "路", 5, "道路"), header=("序号", "项目名称", "总投资（亿元）", "建设内容")
    )
    assert codes(lists(book(moved), profile)) == {
        "清单!C1": "header_differs",
        "清单!D1": "header_differs",
    }
    wider = book(table((*PLAIN, "x"), header=(*HEADER, "业主单位")))
    assert codes(lists(wider, profile)) == {"清单!E1": "new_column"}


def test_two_rows_about_one_project_are_told() -> None:
    found = listing(book(table(PLAIN, (2, "成资 大道", "又一次", 1))))
    assert codes(found) == {"清单!A3:D3": "row_repeats"}


def test_two_sheets_about_one_project_are_told() -> None:
    # Said in turn they would overwrite each other, at every import of the file.
    found = listing(book({**table(PLAIN), "新开工": [HEADER, PLAIN]}))
    assert codes(found) == {"新开工!A2:D2": "row_repeats"}
    assert len(found.statements) == 1


def test_all_that_is_not_understood_is_told_at_once() -> None:
    header = (*HEADER, "计划开工时间")
    rows = ((1, "路", "", "约1", "明年"), (2, "桥", "桥梁", 1, "2024.13"))
    assert codes(listing(book(table(*rows, header=header)))) == {
        "清单!D2": "no_number",
        "清单!E2": "no_date",
        "清单!E3": "no_date",
    }


def test_the_whole_messy_workbook() -> None:
    content = (CASES / "messy.xlsx").read_bytes()
    found = listing(content, "G=-", hidden="take")
    assert codes(found) == {"续建项目!E10": "shown_differs"}
    assert len(found.statements) == 4
    assert found.sheets == ["代码"]
    assert (
        found.statements[1].event["data"]["responsible_units"][1]["party"] == "deyang"
    )


def test_a_profile_is_kept_as_it_was() -> None:
    profile = profile_of(
        book(table(PLAIN)), words={'引"号\\': "transport"}, subjects={"甲": "s11"}
    )
    assert load(dump(profile)) == profile


def test_a_rerun_of_a_corrected_file_changes_the_corrected_row_alone() -> None:
    profile = profile_of(book(table(PLAIN)))
    first = lists(book(table(PLAIN, (2, "桥", "桥梁", 1))), profile).statements
    second = lists(
        book(table((1, "新", "新", 9), (2, "桥", "桥梁", 2), (3, *PLAIN[1:]))), profile
    ).statements
    known = {s.key: s.content for s in first}
    changed = [s.event["data"]["name"] for s in second if known.get(s.key) != s.content]
    assert changed == ["新", "桥"]
