"""What a list costs: 2,830 rows, the longest provincial list known, previewed.

A workbook as an office has it (titles, a merged header, groups with counts, totals,
units, spans, several units in a cell, number formats that need the second look) is
made here; then timed from its bytes to the preview, the process that reads it within
limits included. The best of five rounds. The peer is openpyxl reading the same file.
"""

import io
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl import load_workbook
from rich.console import Console
from rich.table import Table

from services.sheets.bounded import preview_bounded
from services.sheets.choosing import ListRequest
from services.sheets.preview import preview
from services.sheets.profile import Profile, dump

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


def processor(content: bytes, profile: Profile) -> float:
    """Processor seconds of the whole command ``import --dry-run``, the best round."""
    best = float("inf")
    with tempfile.TemporaryDirectory() as name:
        file, profile_file = Path(name, "list.xlsx"), Path(name, "list.toml")
        file.write_bytes(content)
        profile_file.write_text(dump(profile), "utf-8")
        command = (sys.executable, "-m", "services.cli", "import", str(file))
        options = ("--party", "chengdu", "--profile", str(profile_file), "--dry-run")
        for _ in range(ROUNDS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run((*command, *options), check=True, stdout=subprocess.DEVNULL)  # noqa: S603  ours
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best = min(best, used)
    return best


def main() -> None:
    """Measure and print."""
    content = made()
    request = ListRequest(party="chengdu", members=("chengdu", "deyang"), defaults=SET)
    first = preview(content, "list.xlsx", request, PARTIES)
    listing, profile = first.listing, first.profile
    if listing.problems or listing.remarks or len(listing.statements) != ROWS:
        raise SystemExit(
            f"{len(listing.statements)} {listing.problems[:3]} {listing.remarks[:3]}"
        )
    table = Table(f"{ROWS} rows, {len(content) // 1000} kB", "seconds")
    again = ListRequest(party="chengdu", kept=profile)
    alone = seconds(lambda: preview(content, "list.xlsx", again, PARTIES))
    bounded = seconds(lambda: preview_bounded(content, "list.xlsx", again, PARTIES))
    peer = seconds(lambda: load_workbook(io.BytesIO(content)))
    table.add_row("from bytes to statements, checked as the gate does", f"{alone:.2f}")
    table.add_row(
        f"preview: that in a process of its own (target {TARGET_S:.0f})",
        f"{bounded:.2f}",
    )
    whole = processor(content, profile)
    table.add_row("the whole command, processor seconds", f"{whole:.2f}")
    table.add_row("openpyxl reading alone", f"{peer:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
