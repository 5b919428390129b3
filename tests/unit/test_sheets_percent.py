"""35, 35% and 0.35 shown as 35% are the same; a plain 0.35 is asked about."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from services.sheets.columns import event_type, layout
from services.sheets.listing import Listing, listed, opened
from services.sheets.reading import read
from services.sheets.shown import shown
from services.sheets.template import part_sheet
from services.sheets.writing import workbook
from tests.support.sheets import PARTIES, book, codes, data, listing, reworked
from tests.unit.test_sheets_reading import ods
from tests.unit.test_sheets_writing import again, reader, same
from twincity_schemas.generate import examples
from twincity_schemas.problems import WrongValueError

HEADER = ("序号", "项目名称", "年度计划投资（万元）", "完成投资（万元）", "完成率（%）")
WAYS: list[tuple[Any, str]] = [
    (0.35, "0%"),
    (35, "General"),
    ("35%", "@"),
    (35, '0"%"'),
    (0.35, "General"),
]
KEEP = (
    *("scope=whole", "as_of=2024-08", "source=月报", "year=2024"),
    *("through_month=7", "cumulative_investment=900"),
)
READ = ["35", "35", "35", "35"]


def row(index: int, rate: Any) -> tuple[Any, ...]:
    return (index, f"路{index}", 100, 35, rate)


def xlsx(ways: list[tuple[Any, str]]) -> bytes:
    def touch(made: Any, sheet: Any) -> None:
        for index, (rate, form) in enumerate(ways, start=1):
            sheet.write(index, 4, rate, made.add_format({"num_format": form}))

    rows = [row(index, "") for index in range(1, len(ways) + 1)]
    return book({"报告": [HEADER, *rows]}, touch)


def xls() -> bytes:
    return Path("tests/cases/sheets/percent.xls").read_bytes()


def csv() -> bytes:
    rates = ("35%", "35", "35％", " 35 %", "0.35")
    rows = [row(index, rate) for index, rate in enumerate(rates, start=1)]
    return "\n".join(",".join(map(str, one)) for one in (HEADER, *rows)).encode()


def of_libreoffice() -> bytes:
    """As LibreOffice writes it: the value, its kind and a style of its number."""
    styles = (
        "<number:percentage-style style:name='N10'><number:number/>"
        "<number:text>%</number:text></number:percentage-style>"
        "<number:number-style style:name='N11'><number:number/>"
        "<number:text>%</number:text></number:number-style>"
        "<style:style style:name='p' style:data-style-name='N10'/>"
        "<style:style style:name='d' style:data-style-name='N11'/>"
    )
    cells = (
        "office:value-type='percentage' office:value='0.35' table:style-name='p'",
        "office:value-type='float' office:value='35'",
        "office:value-type='string'",
        "office:value-type='float' office:value='35' table:style-name='d'",
        "office:value-type='float' office:value='0.35'",
    )
    text = "<table:table-cell office:value-type='string'><text:p>{}</text:p>"
    rows = [HEADER, *(row(index, "35%") for index in range(1, 6))]
    written = [
        [f"{text.format(cell)}</table:table-cell>" for cell in cells] for cells in rows
    ]
    for index, about in enumerate(cells, start=1):
        written[index][4] = (
            f"<table:table-cell {about}><text:p>35%</text:p></table:table-cell>"
        )
    table = "".join(f"<table:table-row>{''.join(r)}</table:table-row>" for r in written)
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    names = ("office", "table", "text", "style")
    spaces = " ".join(f"xmlns:{name}='{urn}:{name}:1.0'" for name in names)
    content = (
        f"<office:document-content {spaces} xmlns:number='{urn}:datastyle:1.0'>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        "<office:body><office:spreadsheet><table:table table:name='报告'>"
        f"{table}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return reworked(ods(), "content.xml", lambda _: content.encode())


def reports(content: bytes, *columns: str) -> Listing:
    return listing(
        content, *columns, defaults=KEEP, fact="progress.reported", hidden="take"
    )


FILES = {"xlsx": xlsx(WAYS), "xls": xls(), "ods": of_libreoffice(), "csv": csv()}


@pytest.mark.parametrize("kind", FILES)
def test_a_rate_without_its_sign_is_asked_about(kind: str) -> None:
    name = "csv" if kind == "csv" else "报告"
    assert codes(reports(FILES[kind])) == {f"{name}!E6": "share_or_percent"}


@pytest.mark.parametrize("kind", FILES)
def test_a_person_says_how_the_column_is_written(kind: str) -> None:
    in_percent = data(reports(FILES[kind], "E=completion_rate:%"))
    assert [one["completion_rate"] for one in in_percent] == [*READ, "0.35"]


def test_a_column_of_shares_of_one() -> None:
    ways: list[tuple[Any, str]] = [
        (0.35, "0%"),
        ("35%", "@"),
        (0.35, "0.00"),
        (1.2, "0.0"),
    ]
    read_as = data(reports(xlsx(ways), "E=completion_rate:1"))
    assert [one["completion_rate"] for one in read_as] == ["35", "35", "35", "120"]
    mixed = reports(xlsx([*ways, (35, "0")]), "E=completion_rate:1")
    assert codes(mixed) == {"报告!E6": "no_share"}


@pytest.mark.parametrize("rate", [0, 2.01, 35, 100, 120.5])
def test_a_rate_that_can_be_nothing_else_is_taken(rate: float) -> None:
    [said] = data(reports(xlsx([(rate, "0.00")])))
    assert float(said["completion_rate"]) == rate


@pytest.mark.parametrize(
    ("number", "form", "read_as"),
    [
        ("0.35", "0%", ("35", "%")),
        ("35", '0"%"', ("35", "%")),
        ("35", "0\\%", ("35", "%")),
        ("35", "0!%", ("35", "%")),
        ("0.35", "0.00%_ ", ("35", "%")),
        ("-0.05", "0%;[Red]-0%", ("-5", "%")),
        ("-5", "#,##0_);(#,##0)", ("-5", "")),
        ("35", 'G/通用格式"万元"', ("35", "万元")),
        ("35", "[$¥-804]#,##0", ("35", "")),
    ],
)
def test_a_sign_that_is_drawn_scales_nothing(
    number: str, form: str, read_as: tuple[str, str]
) -> None:
    value, unit = shown(Decimal(number), form)
    assert (value, unit) == (Decimal(read_as[0]), read_as[1])


@pytest.mark.parametrize(
    ("number", "form"),
    [
        ("35", "[<=1]0%;0"),
        ("120000", '[>=10000]0!.0,"万元";0"元"'),
        ("-35", "0;;"),
        ("35", "0‰"),
        ("500", '"$"#,##0'),
        ("500", "[$$-409]#,##0.00"),
        ("500", "[$€-2] 0"),
    ],
)
def test_a_format_that_shows_some_numbers_otherwise_is_told(
    number: str, form: str
) -> None:
    with pytest.raises(WrongValueError):
        shown(Decimal(number), form)


def of(fact: str, **changes: Any) -> dict[str, Any]:
    """An example of a statement, with other words in the place of some."""
    example = next(iter(examples()[fact].values()))
    return {**example["envelope"], "data": example["data"] | changes}


def test_an_export_of_a_small_rate_comes_back() -> None:
    for event in (
        of("progress.reported", completion_rate="0.35"),
        of("indicator.reported", value="0.35", unit="%"),
        of("indicator.reported", value="0.35", unit="万人"),
        of("project.described", investor_shares=SHARES),
    ):
        fact = event_type(event["type"]).fact
        [back] = again(workbook(fact, [event]), fact, event["source"].split("/")[1])
        same(back, event)


SHARES = [{"investor": "甲", "percent": "0.5"}, {"investor": "乙", "percent": "54.8"}]


def touched(fact: str, event: dict[str, Any], sheet: str, touch: Any) -> dict[str, str]:
    book_of = load_workbook(io.BytesIO(workbook(fact, [event])))
    touch(book_of[sheet] if sheet else book_of.worksheets[0])
    changed = io.BytesIO()
    book_of.save(changed)
    content = changed.getvalue()
    profile = reader(fact, event["source"].split("/")[1])
    return codes(listed(opened(content, "x.xlsx", read(content)), profile, PARTIES))


@pytest.mark.parametrize(
    ("value", "form", "code"),
    [
        (0.35, "0%", None),
        (0.35, "General", "share_or_percent"),
        ("#REF!", "General", "cell_error"),
        ("=A1*2", "General", "formula_without_value"),
    ],
)
def test_a_list_within_a_template_is_read_as_its_rows_are(
    value: Any, form: str, code: str | None
) -> None:
    event = of("project.described", investor_shares=SHARES)
    place = ""

    def touch(sheet: Any) -> None:
        nonlocal place
        paths = [cell.value for cell in sheet[1]]
        cell = sheet.cell(3, paths.index("percent") + 1)
        cell.value, cell.number_format = value, form
        place = f"{sheet.title}!{cell.coordinate}"

    index, part = next(
        (i, p)
        for i, p in enumerate(layout("project.described").parts)
        if p.path == "investor_shares"
    )
    problems = touched("project.described", event, part_sheet(index, part), touch)
    assert problems.get(place) == code


@pytest.mark.parametrize(("unit", "code"), [("%", "share_or_percent"), ("万人", None)])
def test_a_number_is_held_to_the_unit_beside_it(unit: str, code: str | None) -> None:
    event = of("indicator.reported", value="35", unit=unit)
    place = ""

    def touch(sheet: Any) -> None:
        nonlocal place
        paths = [cell.value for cell in sheet[1]]
        cell = sheet.cell(3, paths.index("value") + 1)
        cell.value = 0.35
        place = f"{sheet.title}!{cell.coordinate}"

    assert touched("indicator.reported", event, "", touch).get(place) == code
