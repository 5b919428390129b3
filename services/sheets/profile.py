"""A profile: how one publisher's table is read. Guessed once, confirmed, kept."""

import json
import re
import tomllib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Annotated, Any, Self, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.sheets.columns import CellKind, Layout, event_type, layout
from services.sheets.grid import Sheet, number
from services.sheets.headers import heading
from services.sheets.numerals import SHARES, UNITS
from twincity_schemas.problems import ContractError, Problem, problem, translate
from twincity_schemas.values import PartyCode

UNKNOWN, IGNORED = "?", "-"
"""What a column is before a person has said it, and one that is not read."""

SUBJECT, NAME, NUMBER, SPAN, UNITS_OF = (
    "@subject",
    "@name",
    "@number",
    "@span",
    "@units",
)
"""Columns that are no field: the subject's whole identifier or its name alone, the
running number, when works begin and end, the responsible units in one cell."""

SPECIAL = {SUBJECT, NAME, NUMBER, SPAN, UNITS_OF, IGNORED}


class ColumnRuleChanges(TypedDict, total=False):
    """Whatever a person corrects of a column."""

    field: str
    unit: str
    score: float


class ColumnRule(BaseModel):
    """The meaning of one column.

    Attributes:
        column: its letters.
        header: what stands above it, to notice when another table comes.
        field: a path of the contract, or one of ``SPECIAL``.
        unit: of money, or of shares (``%``, ``1``), where its cells have none.
        role: of the units in it.
        words: what words in it stand for, beyond the contract's own.
        score: how sure the guess was, from 0 to 1; 1 once a person has confirmed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
    header: str = ""
    field: str = UNKNOWN
    unit: str = ""
    role: str = "lead"
    words: dict[str, str] = {}
    score: Annotated[float, Field(ge=0, le=1)] = 0.0

    def but(self, **changes: Unpack[ColumnRuleChanges]) -> Self:
        """Returns the rule with other words in the place of some."""
        return self.model_copy(update=changes)

    @cached_property
    def index(self) -> int:
        """The column from 0."""
        return number(self.column)


class TableRule(BaseModel):
    """A sheet and where its header is.

    Attributes:
        sheet: its name.
        header: the rows of the header, from 1; empty for a table without one.
        first: the first row under it, from 1.
        defaults: what the sheet says of all its rows, such as their batch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: str
    header: tuple[Annotated[int, Field(ge=1)], ...] = ()
    first: Annotated[int, Field(ge=1)] = 1
    defaults: dict[str, str] = {}


class ProfileChanges(TypedDict, total=False):
    """Whatever a person corrects of a profile."""

    members: tuple[str, ...]
    columns: tuple[ColumnRule, ...]
    defaults: dict[str, str]
    hidden: str


class Profile(BaseModel):
    """The way to read a publisher's table.

    Attributes:
        name: what it is kept as; part of every statement's id.
        type: what its rows say, such as ``project.described``.
        party: whose statements they are.
        bureau: what follows the party in the source.
        members: of the subjects; empty where a column names the whole subject.
        tables: the sheets that are read; no other is.
        columns: each column of them.
        defaults: what holds for every row, by path.
        group: the path that headings within the table fill; "" for none.
        words: what a heading stands for.
        subjects: a row's name to its subject, where the name alone does not do.
        hidden: whether rows that are hidden are taken or skipped; "ask" refuses.
        exact: of a template: every cell means what the contract means.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    type: str
    party: PartyCode
    bureau: Annotated[str, StringConstraints(pattern=r"^\S{1,100}$")] = "list"
    members: tuple[PartyCode, ...] = ()
    tables: tuple[TableRule, ...]
    columns: tuple[ColumnRule, ...]
    defaults: dict[str, str] = {}
    group: str = ""
    words: dict[str, str] = {}
    subjects: dict[str, str] = {}
    hidden: Annotated[str, StringConstraints(pattern="^(ask|skip|take)$")] = "ask"
    exact: bool = False

    @property
    def layout(self) -> Layout:
        """The fields of its type."""
        return layout(self.type)

    def but(self, **changes: Unpack[ProfileChanges]) -> Self:
        """Returns the profile with other words in the place of some."""
        return self.model_copy(update=changes)

    def column_of(self, field: str) -> int | None:
        """Returns which column a field is in, from 0."""
        return next((c.index for c in self.columns if c.field == field), None)

    def missing(self) -> list[Problem]:
        """Returns what a person still has to say before anything can be read by it."""
        return list(_missing(self))

    def differs(self, sheet: Sheet, table: TableRule) -> list[Problem]:
        """Returns where the file's header is not the one that the profile knows."""
        problems = []
        for rule in self.columns:
            now = heading(sheet, [row - 1 for row in table.header], rule.index)
            if table.header and now != rule.header:
                where = sheet.address(table.header[-1] - 1, rule.index)
                problems.append(
                    problem(
                        where,
                        "header_differs",
                        f"表头为“{now}”，映射按“{rule.header}”建立，请重新确认",
                        f"the header is “{now}”, the profile has “{rule.header}”",
                    )
                )
        rows = [row - 1 for row in table.header]
        problems += [
            problem(
                sheet.address(rows[-1], column),
                "new_column",
                "映射中没有这一列",
                "the profile has no such column",
            )
            for column in range(len(self.columns), sheet.width)
            if heading(sheet, rows, column) and not self.exact
        ]
        return problems


def _missing(profile: Profile) -> Iterator[Problem]:
    given = (
        {c.field for c in profile.columns} | profile.defaults.keys() | {profile.group}
    )
    for table in profile.tables:
        given |= table.defaults.keys()
    if SPAN in given:
        given |= {"planned_start", "planned_finish"}
    known = profile.layout.by_path.keys()
    for rule in profile.columns:
        yield from _wrong_rule(rule, known)
    for path in sorted((profile.defaults.keys() | {profile.group} - {""}) - known):
        yield problem(path, "no_field", "没有该字段", "there is no such field")
    for field in profile.layout.fields:
        if field.required and field.path not in given:
            yield problem(
                field.path,
                "no_column",
                f"{field.zh}没有列也没有默认值：--set {field.path}=…",
                f"has neither column nor default: --set {field.path}=…",
            )
    named = bool(profile.members and given & {NAME, "name", "project_code"})
    if not (SUBJECT in given or named or profile.subjects):
        yield problem(
            SUBJECT,
            "no_subject",
            "不知各行所述事项：--members 主体,主体，或一列 @subject",
            "nobody says what the rows are about: --members A,B or a column @subject",
        )
    if not profile.tables:
        yield problem("tables", "no_table", "没有找到表格", "no table was found")


def _wrong_rule(rule: ColumnRule, known: AbstractSet[str]) -> Iterator[Problem]:
    name, field = f"{rule.column} “{rule.header}”", rule.field
    if field == UNKNOWN:
        yield problem(
            name,
            "unknown_column",
            f"不知何意：--column {rule.column}=字段，不取则 --column {rule.column}=-",
            f"is not known: --column {rule.column}=FIELD, or =- to pass over it",
        )
    elif field not in {*known, IGNORED} and not field.startswith("@"):
        yield problem(
            name, "no_field", f"没有字段 {field}", f"there is no field {field}"
        )
    elif rule.unit and rule.unit not in {*UNITS, *SHARES}:
        yield problem(
            name, "no_unit", f"没有单位 {rule.unit}", f"there is no unit {rule.unit}"
        )


def load(text: str) -> Profile:
    """Read a profile that was kept.

    Raises:
        ContractError: it is no profile.
    """
    try:
        profile = Profile.model_validate(tomllib.loads(text))
        event_type(profile.type)
    except ValidationError as error:
        raise ContractError(translate(error)) from None
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ContractError(
            [problem("", "no_profile", f"不是映射：{error}", f"is no profile: {error}")]
        ) from None
    return profile


def dump(profile: Profile) -> str:
    """Write a profile as TOML, to be kept and changed by hand."""
    written = profile.model_dump(exclude_defaults=True)
    tables = {k: written.pop(k) for k in ("tables", "columns") if k in written}
    nested = {k: written.pop(k) for k in list(written) if isinstance(written[k], dict)}
    lines = [f"{key} = {_toml(value)}" for key, value in written.items()]
    for key, value in nested.items():
        lines += [
            "",
            f"[{key}]",
            *(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()),
        ]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{key}]]", *(f"{k} = {_toml(v)}" for k, v in row.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    match value:
        case dict():
            inner = ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items())
            return f"{{{inner}}}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return json.dumps(value)


class Corrections(BaseModel):
    """A person's corrections of a guess, in the words of the command line."""

    columns: dict[str, tuple[str, str]] = {}
    defaults: dict[str, str] = {}

    @classmethod
    def of(cls, columns: list[str], defaults: list[str]) -> Self:
        """Read ``E=total_investment.amount:亿元`` and ``domain=transport``.

        Raises:
            ValueError: one of them has another shape.
        """
        read: dict[str, tuple[str, str]] = {}
        for text in columns:
            parsed = re.fullmatch(r"([A-Za-z]{1,3})=([^:]+)(?::(.+))?", text)
            if parsed is None:
                raise ValueError(text)
            read[parsed[1].upper()] = parsed[2], parsed[3] or ""
        pairs = [text.partition("=") for text in defaults]
        if wrong := next((p for p in pairs if not p[1]), None):
            raise ValueError(wrong[0])
        return cls(columns=read, defaults={k: v for k, _, v in pairs})

    def applied(self, profile: Profile) -> Profile:
        """Returns the profile as the person would have it."""
        columns = tuple(
            rule.but(
                field=self.columns[rule.column][0],
                unit=self.columns[rule.column][1] or rule.unit,
                score=1.0,
            )
            if rule.column in self.columns
            else rule
            for rule in profile.columns
        )
        return profile.but(columns=columns, defaults=profile.defaults | self.defaults)


def money_columns(profile: Profile) -> list[ColumnRule]:
    """Returns the columns of amounts, which totals are checked in."""
    known = profile.layout.by_path
    return [
        c
        for c in profile.columns
        if c.field in known and known[c.field].kind is CellKind.MONEY
    ]
