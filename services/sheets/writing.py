"""Templates and exports: workbooks in Chinese that are read back as they are."""

import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from services.sheets.columns import (
    CellKind,
    PartTable,
    SheetField,
    at,
    event_type,
    layout,
)
from services.sheets.grid import letters
from services.sheets.numerals import PERCENTS
from services.sheets.profile import SUBJECT
from services.sheets.reading import exact
from services.sheets.template import (
    CONTRACT,
    ENTRY,
    HEADER_ROWS,
    MARK,
    ROW,
    SOURCE,
    fits,
    part_sheet,
)
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.words import words_of

_ROWS = 2_000
"""So many rows have drop-downs."""

_EXAMPLES = {
    CellKind.DATE: "例：2026、2026-11、2026-11-23",
    CellKind.MONEY: "单位：万元。例：3079400（即307.94亿元）",
    CellKind.NUMBER: "例：54.8",
    CellKind.INTEGER: "例：2026",
    CellKind.REGION: "例：510100 或 成都市",
    CellKind.YES: "是 或 否",
    CellKind.NESTED: "JSON",
}
_OWN = {
    ROW: SheetField(
        ROW,
        "行号",
        "Row",
        "各分表凭行号归到本行。例：1",
        CellKind.INTEGER,
        required=True,
    ),
    SUBJECT: SheetField(
        SUBJECT,
        "事项标识",
        "Subject",
        "种类/主体.主体/名称。例：project/chengdu.deyang/s11",
        CellKind.TEXT,
        required=True,
    ),
    SOURCE: SheetField(
        SOURCE,
        "来源单位",
        "Source",
        "主体在前，部门在后；不填时按导入时所选。例：/chengdu/transport-bureau",
        CellKind.TEXT,
        required=False,
    ),
    ENTRY: SheetField(
        ENTRY, "代码", "Code", "该项的代码。例：length", CellKind.TEXT, required=True
    ),
}


def template(fact: str) -> bytes:
    """Returns an empty workbook for the statements of a type.

    Raises:
        KeyError: no party says such a thing.
    """
    return workbook(fact, ())


def workbook(fact: str, events: Iterable[Mapping[str, Any]]) -> bytes:
    """Returns a workbook of statements of one type.

    Args:
        fact: the type, such as ``project.described``.
        events: CloudEvents of that type.

    Raises:
        KeyError: no party says such a thing.
        WrongValueError: a statement has a field that the contract does not know.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(
        content,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    ) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  no clock
        _Writer(book, fact).write(list(events))
    return content.getvalue()


class _Writer:
    def __init__(self, book: Any, fact: str) -> None:
        self._book = book
        self._fact = event_type(fact).fact
        self._layout = layout(self._fact)
        self._title = book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#DDEBF7"}
        )
        self._needed = book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#FFE699"}
        )
        self._text = book.add_format({"num_format": "@"})
        self._lists: dict[tuple[str, ...], str] = {}

    def write(self, events: list[Mapping[str, Any]]) -> None:
        """Write every sheet."""
        title = words_of(event_type(self._fact).model).zh
        main = self._book.add_worksheet(title[:31])
        sheets = [
            self._book.add_worksheet(part_sheet(i, part))
            for i, part in enumerate(self._layout.parts)
        ]
        self._contract = self._book.add_worksheet(CONTRACT)
        self._contract.hide()
        self._contract.write_row(0, 0, [MARK, self._fact])
        fields = (_OWN[ROW], _OWN[SUBJECT], _OWN[SOURCE], *self._layout.fields)
        self._header(main, fields)
        within = [self._part_fields(part) for part in self._layout.parts]
        for sheet, inner in zip(sheets, within, strict=True):
            self._header(sheet, inner)
        rows = [HEADER_ROWS] * len(sheets)
        for index, event in enumerate(events):
            self._event(main, fields, event, index)
            for place, part in enumerate(self._layout.parts):
                for values in _entries(part, event["data"], index + 1):
                    self._row(sheets[place], rows[place], within[place], values)
                    rows[place] += 1

    @staticmethod
    def _part_fields(part: PartTable) -> tuple[SheetField, ...]:
        named = (_OWN[ENTRY],) if part.named else ()
        return (_OWN[ROW], *named, *part.fields)

    def _header(self, sheet: Any, fields: tuple[SheetField, ...]) -> None:
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.freeze_panes(HEADER_ROWS, 0)
        for column, field in enumerate(fields):
            sheet.write_string(0, column, field.path or "value", self._text)
            form = self._needed if field.required else self._title
            sheet.write_string(1, column, field.zh, form)
            sheet.write_comment(1, column, _note(field), {"x_scale": 2, "y_scale": 2})
            number = field.kind in {CellKind.MONEY, CellKind.NUMBER, CellKind.INTEGER}
            sheet.set_column(column, column, 16, None if number else self._text)
            self._validate(sheet, column, field)

    def _validate(self, sheet: Any, column: int, field: SheetField) -> None:
        place = (HEADER_ROWS, column, _ROWS, column)
        hint = {"input_title": field.zh[:32], "input_message": _note(field)[:255]}
        if field.codes and not field.many:
            source = self._list(tuple(zh for zh, _ in field.codes.values()))
            sheet.data_validation(*place, {"validate": "list", "source": source} | hint)
        elif field.kind is CellKind.YES:
            sheet.data_validation(
                *place, {"validate": "list", "source": ["是", "否"]} | hint
            )
        elif field.kind is CellKind.MONEY:
            at_least = {"validate": "decimal", "criteria": ">=", "value": 0}
            sheet.data_validation(*place, at_least | hint)

    def _list(self, words: tuple[str, ...]) -> str:
        """Returns where the hidden sheet has the words of a drop-down."""
        if words not in self._lists:
            column = len(self._lists) + 3
            self._contract.write_column(0, column, words)
            name = letters(column)
            self._lists[words] = f"={CONTRACT}!${name}$1:${name}${len(words)}"
        return self._lists[words]

    def _event(
        self,
        sheet: Any,
        fields: tuple[SheetField, ...],
        event: Mapping[str, Any],
        index: int,
    ) -> None:
        data = {k: v for k, v in event["data"].items() if k != PROVENANCE}
        paths = {f.path for f in fields} | {p.path for p in self._layout.parts}
        if lost := fits(data, paths):
            raise WrongValueError(
                "no_column",
                f"{event['subject']} 的 {lost[0]} 不是契约中的字段，无法导出",
                f"{lost[0]} of {event['subject']} is no field of the contract",
            )
        own = {ROW: index + 1, SUBJECT: event["subject"], SOURCE: event["source"]}
        values = own | {f.path: at(data, f.path) for f in self._layout.fields}
        self._row(sheet, HEADER_ROWS + index, fields, values)

    def _row(
        self,
        sheet: Any,
        row: int,
        fields: tuple[SheetField, ...],
        values: Mapping[str, Any],
    ) -> None:
        for column, field in enumerate(fields):
            if (value := values.get(field.path)) is not None:
                cell = _as_cell(field, value)
                if isinstance(cell, float) and _in_percent(field, values):
                    cell = f"{value}%"
                if isinstance(cell, int | float):
                    sheet.write_number(row, column, cell)
                else:
                    sheet.write_string(row, column, cell, self._text)


def _in_percent(field: SheetField, values: Mapping[str, Any]) -> bool:
    above, dot, _ = field.path.rpartition(".")
    beside = values.get(f"{above}{dot}unit") in PERCENTS
    return field.percent or (field.kind is CellKind.NUMBER and beside)


def _note(field: SheetField) -> str:
    needed = "【必填】" if field.required else ""
    example = _EXAMPLES.get(field.kind, "")
    words = "、".join(zh for zh, _ in field.codes.values())
    codes = f"可填：{words}" if words else ""
    return "\n".join(t for t in (needed + field.note_zh, example, codes) if t)


def _as_cell(field: SheetField, value: Any) -> str | float:  # noqa: PLR0911  a return a kind of value
    """A value as a cell has it: a number only where it comes back the same."""
    if field.kind is CellKind.NESTED:
        return json.dumps(value, ensure_ascii=False)
    if field.many:
        texts = [str(_as_cell(_one(field), v)) for v in value]
        awkward = any("\n" in t or t.startswith("[") or not t.strip() for t in texts)
        if awkward or not texts:
            return json.dumps(value, ensure_ascii=False)
        return ("\n" if field.kind is CellKind.TEXT else "、").join(texts)
    if field.kind is CellKind.YES:
        return "是" if value else "否"
    if field.codes:
        words = [zh for zh, _ in field.codes.values()]
        zh = field.codes[value][0]
        return zh if words.count(zh) == 1 else str(value)
    if field.kind in {CellKind.MONEY, CellKind.NUMBER, CellKind.INTEGER}:
        number = float(value)
        return number if exact(number) == Decimal(str(value)) else str(value)
    return str(value)


def _one(field: SheetField) -> SheetField:
    return SheetField(
        field.path, "", "", "", field.kind, required=False, codes=field.codes
    )


def _entries(
    part: PartTable, data: Mapping[str, Any], row: int
) -> Iterable[dict[str, Any]]:
    entries = at(data, part.path) or ()
    for name in entries:
        entry = entries[name] if part.named else name
        own = {ROW: row} | ({ENTRY: name} if part.named else {})
        if part.fields[0].path:
            yield own | {f.path: at(entry, f.path) for f in part.fields}
        else:
            yield own | {"": entry}
