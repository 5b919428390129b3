"""What a list costs: 2,830 rows, the longest provincial list known, previewed.

A workbook as an office has it (titles, a merged header, groups with counts, totals,
units, spans, several units in a cell, number formats that need the second look) is
made here; then timed from its bytes to the preview, the process that reads it within
limits included. The best of five rounds. The peer is openpyxl reading the same file.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import xlsxwriter
from openpyxl import load_workbook
from rich.console import Console
from rich.table import Table

from services.sheets.bounded import read_bounded
from services.sheets.guessing import guess
from services.sheets.listing import listed, opened
from services.sheets.profile import Corrections

ROWS, EACH, ROUNDS = 2_830, 50, 5
TARGET_S = 2.0
HEADER = (
    "序号",
    "项目名称",
    "建设规模及主要内容",
    "建设年限",
    "总投资（亿元）",
    "2024年计划投资（万元）",
    "计划开工时间",
    "责任单位",
    "建设地点",
    "备注",
)
SET = ("domain=transport", "item_class=engineering", "as_of=2024-05")
PARTIES = {"成都市": "chengdu", "德阳市": "deyang"}


def made() -> bytes:
    """Returns the workbook."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("续建")
        form = book.add_format({"num_format": "#,##0.00"})
        sheet.merge_range(0, 0, 0, 9, "附件：2024年重点项目名单（续建）", form)
        sheet.write_row(2, 0, HEADER)
        at = 3
        for number in range(1, ROWS + 1):
            if number % EACH == 1:
                count = min(EACH, ROWS - number + 1)
                group = f"第{number}类（{count}个）"
                sheet.write_row(at, 0, ["（一）", group])
                at += 1
            span = "2022—2027" if number % 2 else "2021-2024年"
            sheet.write_row(
                at, 0, [number, f"第{number}号市域铁路工程", "线路长约70.87公里", span]
            )
            sheet.write_number(at, 4, number / 100, form)
            sheet.write_string(at, 5, f"{number:,}")
            sheet.write_row(
                at, 6, ["2024.10", "成都市发展改革委、德阳市交通局", "成都市"]
            )
            at += 1
        sheet.write_row(at, 1, ["合计"])
        sheet.write_number(at, 4, sum(range(1, ROWS + 1)) / 100, form)
    return content.getvalue()


def seconds(work: Callable[[], Any]) -> float:
    """The best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure and print."""
    content = made()
    sheets = read_bounded(content)
    guessed = guess(sheets, "list", "chengdu")
    profile = Corrections.of([], list(SET)).applied(guessed)
    profile = profile.model_copy(update={"members": ("chengdu", "deyang")})
    file = opened(content, "list.xlsx", sheets)
    found = listed(file, profile, PARTIES)
    if found.problems or found.remarks or len(found.said) != ROWS:
        raise SystemExit(f"{len(found.said)} {found.problems[:3]} {found.remarks[:3]}")
    table = Table(f"{ROWS} rows, {len(content) // 1000} kB", "seconds")
    reading = seconds(lambda: read_bounded(content))
    listing = seconds(lambda: listed(file, profile, PARTIES))
    peer = seconds(lambda: load_workbook(io.BytesIO(content)))
    table.add_row("read, in a process of its own", f"{reading:.2f}")
    table.add_row("rows to statements, checked as the gate does", f"{listing:.2f}")
    table.add_row(f"preview (target {TARGET_S:.0f})", f"{reading + listing:.2f}")
    table.add_row("openpyxl reading alone", f"{peer:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
