"""Sheets and a profile to statements: all of them, and every cell not understood."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.sheets import cells
from services.sheets.body import RowKind, SheetRow, other_headings, rows
from services.sheets.columns import at, event_type
from services.sheets.comments import unread_comments
from services.sheets.grid import Sheet
from services.sheets.headers import stated_unit
from services.sheets.numerals import UNITS
from services.sheets.profile import IGNORED, Profile, TableRule
from services.sheets.subjects import subject_of
from services.sheets.sums import Sums
from services.sheets.template import SOURCE, Entries, exact_profile, parts_of
from twincity_schemas.canonical import canonical_json
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.problems import ContractError, Problem, WrongValueError, problem

KEYS = (
    "year",
    "through_month",
    "obstacle",
    "factor",
    "task",
    "unit.name",
    "measure",
    "entry",
)
"""Fields that tell apart what a party says of one subject, where a type has them."""


@dataclass(frozen=True)
class ListedStatement:
    """A statement that a row makes.

    Attributes:
        where: its cells: ``续建!A8:J8``.
        key: which row it is, in whatever place of whatever file.
        content: a digest of what it says.
        subject: what it is about.
        event: the CloudEvent without id and time.
    """

    where: str
    key: str
    content: str
    subject: str
    event: dict[str, Any]

    def message(self, time: str, again: int = 0) -> bytes:
        """Returns the CloudEvent in JSON.

        Args:
            time: when it is said, RFC 3339.
            again: how often the same was said before and then changed.
        """
        times = f".{again}" if again else ""
        given = {"id": f"{self.key}.{self.content}{times}", "time": time}
        return json.dumps(self.event | given, ensure_ascii=False).encode()


@dataclass
class Listing:
    """The statements and problems of a file.

    Attributes:
        statements: those of it, in the order of the rows.
        problems: what is not understood, each at its cell; nothing is said then.
        remarks: what looks wrong: totals, counts, what could not be looked at.
        counts: how many rows of each kind there are.
        passed: every row that is no statement, with its first words.
        sheets: those that the profile does not read.
    """

    statements: list[ListedStatement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    counts: Counter[RowKind] = field(default_factory=Counter)
    passed: list[tuple[str, RowKind, str]] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """A file that was read: its sheets, and what statements name it by."""

    sheets: tuple[Sheet, ...]
    digest: str
    name: str


def opened(content: bytes, name: str, sheets: tuple[Sheet, ...]) -> File:
    """Returns a file with the digest of its bytes."""
    return File(sheets, f"sha256:{sha256(content).hexdigest()}", name[-200:])


def listed(file: File, profile: Profile, parties: Mapping[str, str]) -> Listing:
    """Read a file by a profile.

    Args:
        file: its sheets.
        profile: how they are read; a template's own takes its place.
        parties: each party's Chinese name and code.
    """
    profile = exact_profile(file.sheets, profile) or profile
    listing = Listing()
    if lacking := profile.missing():
        listing.problems += lacking
        return listing
    by_name = {sheet.name: sheet for sheet in file.sheets}
    if (
        file.name
        and len(by_name) == 1
        and len(profile.tables) == 1
        and "csv" in by_name
    ):
        by_name = {profile.tables[0].sheet: by_name["csv"]}
    places: dict[str, str] = {}  # of the whole file: two sheets may name one item
    for table in profile.tables:
        sheet = by_name.pop(table.sheet, None)
        if sheet is None:
            listing.problems.append(
                problem(
                    table.sheet, "no_sheet", "没有这张工作表", "there is no such sheet"
                )
            )
        elif differences := profile.differs(sheet, table):
            listing.problems += differences
        else:
            _Table(file, sheet, table, profile, parties, listing, places).read()
    listing.problems = list(dict.fromkeys(listing.problems))
    listing.sheets += [
        name for name in by_name if not (profile.exact and parts_of(name, profile))
    ]
    return listing


@dataclass
class _Table:
    file: File
    sheet: Sheet
    table: TableRule
    profile: Profile
    parties: Mapping[str, str]
    listing: Listing
    places: dict[str, str]

    def read(self) -> None:
        body = rows(self.sheet, self.table, self.profile)
        self.listing.counts.update(row.kind for row in body)
        self.listing.problems += self._unseen()
        self.listing.problems += cells.spread(self.sheet, body, self.profile)
        down = cells.carried(self.sheet)
        entries = (
            Entries(self.file.sheets, self.profile) if self.profile.exact else None
        )
        context = cells.Context(
            self.sheet, self.table, self.profile, self.parties, down, {}
        )
        for row in body:
            if row.kind is RowKind.DATA:
                self.listing.remarks += unread_comments(self.sheet, row.index)
                self._row(row, context, entries)
            elif row.kind is not RowKind.BLANK:
                self._pass(row)
        if not self.sheet.seen:
            self.listing.remarks.append(
                problem(
                    self.sheet.name,
                    "not_looked_at",
                    "从此文件看不到隐藏行列和数字格式（百分比、以亿显示等），"
                    "请核对，或另存为 xlsx",
                    "what is hidden, and numbers that are shown scaled or in per cent,"
                    " cannot be told in this file: check, or save it as xlsx",
                )
            )
        if entries is not None:
            self.listing.problems += entries.left()
        else:
            self.listing.remarks += Sums(self.sheet, body, self.profile).differences()

    def _unseen(self) -> Iterator[Problem]:
        """Nobody says what is in a sheet or column that nobody sees, unless told to."""
        if not self.sheet.visible and self.profile.hidden != "take":
            yield problem(
                self.sheet.name,
                "hidden_sheet",
                "该工作表被隐藏：取则在映射中写明 hidden = take",
                "the sheet is hidden: hidden = take in the profile takes it",
            )
        for rule in self.profile.columns if self.profile.hidden != "take" else ():
            if rule.field != IGNORED and rule.index in self.sheet.unseen:
                yield problem(
                    self.sheet.address(max(self.table.first - 2, 0), rule.index),
                    "hidden_column",
                    f"该列被隐藏：不取则 --column {rule.column}=-，"
                    "取则在映射中写明 hidden = take",
                    f"the column is hidden: --column {rule.column}=- passes it over,"
                    " hidden = take in the profile takes it",
                )

    def _pass(self, row: SheetRow) -> None:
        words = " ".join(
            self.sheet.text(row.index, c) for c in self.sheet.filled(row.index)
        )
        where = self.sheet.address(row.index, self.sheet.filled(row.index)[0])
        self.listing.passed.append((where, row.kind, words[:80]))
        units = {rule.unit for rule in self.profile.columns} & {*UNITS}
        for column in self.sheet.filled(row.index):
            unit = stated_unit(self.sheet.text(row.index, column))
            if unit and units and unit not in units:
                self._wrong(
                    self.sheet.address(row.index, column),
                    "another_unit",
                    f"此处写明单位为{unit}，表头为{'、'.join(sorted(units))}："
                    "请统一，或另放一张工作表",
                    f"says {unit}, where the header has {', '.join(sorted(units))}: "
                    "make them one, or put what follows on a sheet of its own",
                )
        if row.kind is RowKind.HEADER:
            for column, known in other_headings(
                self.sheet, row.index, self.table, self.profile
            ):
                self._wrong(
                    self.sheet.address(row.index, column),
                    "another_header",
                    f"此处表头与上方“{known}”不同：另一张表请另放一张工作表",
                    f"the header here is not “{known}” as above: put another table on "
                    "a sheet of its own",
                )
        if row.kind is RowKind.UNCLEAR:
            self._wrong(
                where,
                "row_of_no_kind",
                "只有一格有内容，既不像项目，也不像分组或说明",
                "has one cell alone: neither an item nor a heading nor a note",
            )

    def _wrong(self, where: str, code: str, zh: str, en: str) -> None:
        self.listing.problems.append(problem(where, code, zh, en))

    def _row(
        self, row: SheetRow, context: cells.Context, entries: Entries | None
    ) -> None:
        first = self.sheet.address(row.index, (self.sheet.filled(row.index) or [0])[0])
        if row.index in self.sheet.hidden and self.profile.hidden == "ask":
            self._wrong(
                first,
                "hidden_row",
                "该行被隐藏：映射中请写明 hidden = skip（不取）或 take（取）",
                "the row is hidden: say hidden = skip or take in the profile",
            )
            return
        for column in self.sheet.filled(row.index) if self.sheet.struck else ():
            if (row.index, column) in self.sheet.struck:
                self._wrong(
                    self.sheet.address(row.index, column),
                    "struck_out",
                    "有删除线：不算则删去，仍算则去掉删除线",
                    "is struck out: delete it, or take the line away if it counts",
                )
        read = cells.read_row(row, context)
        if entries is not None:
            entries.into(read)
        try:
            subject = subject_of(read, self.profile)
        except WrongValueError as error:
            read.problems.append(problem(first, error.code, error.zh, error.en))
            subject = ""
        event = {
            "specversion": "1.0",
            "source": read.special.get(SOURCE)
            or f"/{self.profile.party}/{self.profile.bureau}",
            "type": event_type(self.profile.type).name,
            "subject": subject,
            "datacontenttype": "application/json",
            "data": read.data,
        }
        if not read.problems:
            read.problems += self._kept(event, read, first)
        if read.problems:
            self.listing.problems += read.problems
            return
        self._say(event, read.data, subject, row)

    def _kept(
        self, event: dict[str, Any], read: cells.Read, first: str
    ) -> Iterator[Problem]:
        """Yields what the contract objects to, at the cells that it is about."""
        given = {"id": "1", "time": "2026-01-01T00:00:00+08:00"}
        text = json.dumps(event | given, ensure_ascii=False).encode()
        try:
            parse([("content-type", STRUCTURED.encode())], text, gate=True)
        except ContractError as error:
            for one in error.problems:
                path = one.pointer.strip("/").replace("/", ".")
                where = read.places.get(path) or read.places.get(path.partition(".")[0])
                name = "" if where else f"{path} "
                yield problem(
                    where or first, one.code, f"{name}{one.zh}", f"{name}{one.en}"
                )

    def _say(
        self, event: dict[str, Any], data: dict[str, Any], subject: str, row: SheetRow
    ) -> None:
        apart = [str(at(data, path)) for path in KEYS if at(data, path) is not None]
        key = _short(
            [self.profile.party, self.profile.name, event["type"], subject, *apart]
        )
        where = f"{self.sheet.name}!{self.sheet.range_of(row.index)}"
        if (before := self.places.get(key)) is not None:
            self._wrong(
                where,
                "row_repeats",
                f"与 {before} 所述为同一事项",
                f"is about the same as {before}",
            )
            return
        self.places[key] = where
        content = _short([event["source"], event["type"], subject, data])
        provenance = {
            "file": self.file.digest,
            "name": self.file.name,
            "sheet": self.sheet.name,
            "cells": self.sheet.range_of(row.index),
        }
        whole = event | {"data": data | {"provenance": provenance}}
        name = self.profile.name
        self.listing.statements.append(
            ListedStatement(where, f"{name}.{key}", content, subject, whole)
        )


def _short(parts: list[Any]) -> str:
    return sha256(canonical_json(parts)).hexdigest()[:24]
