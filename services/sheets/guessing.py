"""A first profile of a table, with a score for each column; never used unconfirmed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.sheets.columns import CellKind, layout
from services.sheets.grid import Sheet, letters
from services.sheets.headers import heading, squeezed, stated_unit, unit_in
from services.sheets.profile import (
    IGNORED,
    NUMBER,
    SPAN,
    UNITS_OF,
    UNKNOWN,
    ColumnRule,
    Profile,
    TableRule,
)

_LAST_HEADER_ROW = 20
_FEWEST = 2
"""So many known headers make a row a header."""
_SURE, _LIKELY, _UNSURE = 1.0, 0.7, 0.5

# What offices write above a column. The first list whose word is met wins.
_NAMES: dict[str, str] = {
    NUMBER: "序号 编号 序",
    "name": "项目名称 名称 工程名称 建设项目名称 事项名称 项目 重点项目名称",
    "content": "建设规模及主要内容 建设内容 主要建设内容 "
    "建设规模及内容 建设内容及规模 建设规模 主要内容 "
    "项目内容 主要建设规模及内容 建设规模和主要内容 "
    "项目简介",
    SPAN: "建设年限 建设起止年限 起止年限 建设工期 建设周期 "
    "建设期 建设起止时间 起止时间",
    "total_investment.amount": "总投资 项目总投资 计划总投资 估算总投资 投资总额 "
    "总投资额 投资额",
    "annual_plan.amount": "年度计划投资 年度投资计划 年计划投资 计划/投资 "
    "年计划完成投资 年投资计划",
    "planned_start": "计划开工时间 拟开工时间 计划开工 预计开工时间",
    "actual_start": "实际开工时间 实际开工 开工时间",
    "planned_finish": "计划竣工时间 计划完工时间 计划完工 竣工时间 完工时间 "
    "建成时间 预计竣工时间",
    "actual_finish": "实际竣工时间 实际完工时间 实际完工",
    "regions": "建设地点 所在地 区县 县市区 涉及市县 所在区县 建设地址",
    "project_code": "项目代码 投资项目代码",
    "list_place.batch": "年度类别 建设性质 项目类别",
    "phase": "项目阶段 建设阶段 阶段",
    "domain": "领域 所属领域",
    UNITS_OF: "责任单位 牵头单位 责任部门 牵头部门 行业主管部门 "
    "主管部门 业主单位 建设单位 项目业主 项目单位 "
    "项目法人 实施单位",
    IGNORED: "备注 说明 联系人 联系电话",
}
_PROGRESS: dict[str, str] = {
    NUMBER: _NAMES[NUMBER],
    "@name": _NAMES["name"],
    "annual_plan": "年度计划投资 年计划投资 年度投资计划 计划/投资 年计划完成投资",
    "annual_investment": "本年完成投资 年完成投资 本年累计完成投资 完成投资 月完成投资",
    "cumulative_investment": "累计完成投资 开工以来累计完成投资 自开工累计完成投资",
    "completion_rate": "完成率 投资完成率 年度投资完成率 完成比例",
    "physical_progress": "形象进度 工程进度 目前进度 项目进展",
    IGNORED: _NAMES[IGNORED] + " 总投资 责任单位",
}
_WITHDRAWN: dict[str, str] = {
    NUMBER: _NAMES[NUMBER],
    "@name": _NAMES["name"],
    "reason": "退出原因 调出原因 退出理由 理由 原因 调整原因",
    IGNORED: "备注 总投资 责任单位 建设内容",
}
_BY_TYPE = {
    "project.described": _NAMES,
    "progress.reported": _PROGRESS,
    "project.withdrawn": _WITHDRAWN,
}
_EITHER = {"开工时间", "竣工时间", "完工时间", "完成投资", "项目类别"}
"""Headers that may mean either of two fields: planned or done, this year or in all."""

_OWNERS = "业主 建设单位 项目单位 法人 实施单位"
_BATCHES = {
    "续建": "continued",
    "新开工": "new-start",
    "新建": "new-start",
    "完工": "completing",
    "竣工": "completing",
}


@dataclass(frozen=True)
class Guess:
    """A table that was found, and what was made of its columns."""

    table: TableRule
    columns: tuple[ColumnRule, ...]


def guess(sheets: Iterable[Sheet], name: str, party: str, fact: str = "") -> Profile:
    """Returns a profile to be looked at and confirmed; its columns have scores.

    The sheets whose header is like the first one's are read; others are not.
    """
    seen = [s for s in sheets if s.visible and s.rows]
    titles = " ".join(t for s in seen for t in (s.name, *_titles(s)))
    fact = fact or _fact(titles)
    guesses = [g for sheet in seen if (g := _table(sheet, fact, party))]
    guesses.sort(key=lambda g: -sum(c.score for c in g.columns))
    best = guesses[0] if guesses else None
    alike = [
        g
        for s in seen
        for g in guesses
        if best and g.table.sheet == s.name and _same(g, best)
    ]
    return Profile(
        name=name,
        type=fact,
        party=party,
        tables=tuple(g.table for g in alike),
        columns=best.columns if best else (),
        defaults=dict(_defaults(seen, titles, fact)),
    )


def _same(one: Guess, other: Guess) -> bool:
    return [(c.column, c.header) for c in one.columns] == [
        (c.column, c.header) for c in other.columns
    ]


def _titles(sheet: Sheet) -> Iterator[str]:
    for row in range(min(3, len(sheet.rows))):
        filled = sheet.filled(row)
        if len(filled) == 1:
            yield sheet.text(row, filled[0])


def _fact(titles: str) -> str:
    if re.search("退出|调出|撤销|取消", titles):
        return "project.withdrawn"
    if re.search("完成情况|进展情况|进度|月报", titles):
        return "progress.reported"
    return "project.described"


def _defaults(sheets: list[Sheet], titles: str, fact: str) -> Iterator[tuple[str, str]]:
    known = {f.path for f in layout(fact).fields}
    title = next((t for s in sheets for t in _titles(s)), "")
    if title and "source" in known:
        yield "source", " ".join(title.split())
    year = re.search(r"(20[0-9]{2})\s*年", titles)
    if year and "year" in known:
        yield "year", year[1]
    if year and "annual_plan.year" in known:
        yield "annual_plan.year", year[1]
        yield "list_place.year", year[1]
    month = re.search(r"1\s*[—–~～至-]+\s*([0-9]{1,2})\s*月", titles)
    if month and "through_month" in known:
        yield "through_month", month[1]


def _table(sheet: Sheet, fact: str, party: str) -> Guess | None:
    names = _BY_TYPE.get(fact) or {
        NUMBER: _NAMES[NUMBER],
        **{f.path: f.zh.split("（")[0] for f in layout(fact).fields},
    }
    best: tuple[float, list[int], tuple[ColumnRule, ...]] = (0.0, [], ())
    for row in range(min(_LAST_HEADER_ROW, len(sheet.rows))):
        rows = _height(sheet, row)
        rules = tuple(_rules(sheet, rows, names, fact, party))
        known = [r for r in rules if r.score]
        score = sum(r.score for r in known)
        if len(known) >= _FEWEST and score > best[0]:
            best = score, rows, rules
    defaults = {}
    batch = next((b for word, b in _BATCHES.items() if word in sheet.name), "")
    if batch and fact == "project.described":
        defaults["list_place.batch"] = batch
    if best[1]:
        _, rows, rules = best
        header = tuple(r + 1 for r in rows)
        return Guess(
            TableRule(
                sheet=sheet.name, header=header, first=header[-1] + 1, defaults=defaults
            ),
            rules,
        )
    return _without_header(sheet, defaults)


def _height(sheet: Sheet, row: int) -> list[int]:
    """The rows of a header that begins in a row: as deep as its merges."""
    bottom = max((m[1][0] for m in sheet.merges if m[0][0] == row), default=row)
    return list(range(row, bottom + 1))


def _rules(
    sheet: Sheet, rows: list[int], names: dict[str, str], fact: str, party: str
) -> Iterator[ColumnRule]:
    amounts = {f.path for f in layout(fact).fields if f.kind is CellKind.MONEY}
    whole = _unit_above(sheet, rows[0])
    taken: set[str] = set()
    for column in range(sheet.width):
        header = heading(sheet, rows, column)
        field, score = _field(header, names) if header else (IGNORED, 0.0)
        if field in taken and field not in {UNITS_OF, IGNORED}:
            field, score = UNKNOWN, 0.0
        taken.add(field)
        yield ColumnRule(
            column=letters(column),
            header=header,
            field=field,
            unit=unit_in(header) or whole if field in amounts else "",
            role="owner" if any(w in header for w in _OWNERS.split()) else "lead",
            words={"*": party} if field == UNITS_OF else {},
            score=score,
        )


def _field(header: str, names: dict[str, str]) -> tuple[str, float]:
    bare = re.sub(r"\([^)]*\)|20[0-9]{2}(?=年)", "", header)
    last = bare.rpartition("/")[2]
    if re.search(r"[及和与].*名称|单位及", bare):
        return UNKNOWN, 0.0  # two things in one column
    for field, words in names.items():
        if {bare, last, bare.removeprefix("年")} & set(words.split()):
            return field, _UNSURE if last in _EITHER else _SURE
    for field, words in names.items():
        if any(bare.endswith(word) for word in words.split() if len(word) > 1):
            return field, _LIKELY
    return UNKNOWN, 0.0


def _unit_above(sheet: Sheet, header: int) -> str:
    """The unit that a cell above the table states for all of it."""
    for row in range(header):
        for column in sheet.filled(row):
            text = sheet.text(row, column)
            if "单位:" in squeezed(text):
                return stated_unit(text)
    return ""


def _without_header(sheet: Sheet, defaults: dict[str, str]) -> Guess | None:
    """A table whose rows begin at once: a running number, then a name."""
    counted = [
        row
        for row in range(len(sheet.rows))
        if re.fullmatch(r"[0-9]{1,4}", squeezed(sheet.text(row, 0)))
        and sheet.text(row, 1)
    ]
    if len(counted) < _FEWEST:
        return None
    rules = tuple(
        ColumnRule(
            column=letters(column),
            field={0: NUMBER, 1: "name"}.get(column, UNKNOWN),
            score=0.5 if column < _FEWEST else 0.0,
        )
        for column in range(sheet.width)
    )
    return Guess(TableRule(sheet=sheet.name, first=1, defaults=defaults), rules)
