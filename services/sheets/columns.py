"""The contract's fields as columns of a table, and the tables within a statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from services.sheets.grid import spelled
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.contract import Document, json_schema
from twincity_schemas.decimals import (
    Computed,
    Money,
    Number,
    PositiveMoney,
    Share,
    Weight,
)
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.values import PartialDate, RegionCode


class CellKind(StrEnum):
    """The ways to read a column's cells."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    YES = "yes"
    DATE = "date"
    REGION = "region"
    CODE = "code"
    NESTED = "nested"


@dataclass(frozen=True)
class SheetField:
    """A field of a statement that takes one cell.

    Attributes:
        path: its names joined by dots: ``total_investment.amount``.
        zh: its Chinese title, with those of what it is in.
        en: in English.
        note_zh: what it means, in Chinese.
        kind: what its cell is read as.
        required: whether a statement lacks something without it.
        many: whether the cell holds several, joined by 、.
        within: whether what it is in lacks something without it.
        codes: of a code list, each code's Chinese and English name.
    """

    path: str
    zh: str
    en: str
    note_zh: str
    kind: CellKind
    required: bool
    many: bool = False
    within: bool = False
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def percent(self) -> bool:
        """Returns whether its number is in per cent, as its title says."""
        return "%" in self.zh or "per cent" in self.en.lower()

    @cached_property
    def by_word(self) -> dict[str, str]:
        """Returns the codes of its list by each of their names, and by themselves."""
        words = [
            (word, wire)
            for wire, names in self.codes.items()
            for word in (wire, *(spelled(name).lower() for name in names))
        ]
        return dict(reversed(words))


@dataclass(frozen=True)
class PartTable:
    """A list (or map) within a statement: a table of its own.

    Attributes:
        path: where the statement has it.
        zh: its Chinese title.
        named: whether it is a map, whose entries have names.
        within: whether what it is in lacks something without it, be it empty.
        fields: of one entry; a single one with the path "" where it is a value.
    """

    path: str
    zh: str
    named: bool
    within: bool
    fields: tuple[SheetField, ...]


@dataclass(frozen=True)
class Layout:
    """The tables of the statements of one type."""

    fields: tuple[SheetField, ...]
    parts: tuple[PartTable, ...]

    @cached_property
    def by_path(self) -> dict[str, SheetField]:
        """The fields by their paths."""
        return {field.path: field for field in self.fields}

    @cached_property
    def objects(self) -> list[tuple[str, set[str]]]:
        """Returns objects with fields of their own, innermost first, and their need."""
        paths = {path.rpartition(".")[0] for path in self.by_path} - {""}
        return [
            (
                path,
                {
                    n
                    for f in self.fields
                    if f.within
                    for p, _, n in [f.path.rpartition(".")]
                    if p == path
                },
            )
            for path in sorted(paths, key=len, reverse=True)
        ]


def _pattern(annotated: Any) -> str:
    from pydantic import TypeAdapter  # noqa: PLC0415  once, when first asked

    return str(TypeAdapter(annotated).json_schema()["pattern"])


@cache
def _kinds() -> dict[str, CellKind]:
    numbers = dict.fromkeys(
        map(_pattern, (Number, Computed, Share, Weight)), CellKind.NUMBER
    )
    amounts = dict.fromkeys(map(_pattern, (Money, PositiveMoney)), CellKind.MONEY)
    return {
        **numbers,
        **amounts,
        _pattern(PartialDate): CellKind.DATE,
        _pattern(RegionCode): CellKind.REGION,
    }


def at(data: Any, path: str) -> Any:
    """Returns what a statement's data has at a path; None where nothing is."""
    for step in path.split("."):
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def event_type(fact: str) -> EventType:
    """The statement type of its short name, such as ``project.described``.

    Raises:
        KeyError: no party says such a thing.
    """
    for candidate in EVENT_TYPES.values():
        if candidate.is_statement and fact in {candidate.fact, candidate.name}:
            return candidate
    raise KeyError(fact)


@cache
def layout(fact: str) -> Layout:
    """Returns how the statements of a type lie in tables."""
    schema = json_schema(event_type(fact))
    walk = _Walk(schema.get("$defs", {}))
    fields = tuple(walk.fields(schema, "", "", "", needed=True))
    return Layout(fields, tuple(walk.parts))


class _Walk:
    def __init__(self, definitions: Document) -> None:
        self._definitions = definitions
        self.parts: list[PartTable] = []

    def _resolved(self, schema: Document) -> Document:
        forms = [f for f in schema.get("anyOf", [schema]) if f.get("type") != "null"]
        form: Document = forms[0]
        if reference := form.get("$ref"):
            form = self._definitions[reference.removeprefix("#/$defs/")]
        return form

    def fields(  # noqa: PLR0913  a path in three languages
        self,
        schema: Document,
        under: str,
        zh: str,
        en: str,
        *,
        needed: bool,
        nested: bool = False,
    ) -> Iterator[SheetField]:
        for name, schema_ in schema.get("properties", {}).items():
            if name == PROVENANCE and not under:
                continue
            kind = self._resolved(schema_)
            path = f"{under}{name}"
            title = f"{zh}{schema_.get('x-title-zh') or kind.get('x-title-zh', name)}"
            title_en = f"{en}{schema_.get('title') or kind.get('title', name)}"
            needs = name in schema.get("required", ())
            required = needed and needs
            items = self._resolved(kind["items"]) if "items" in kind else {}
            values = kind.get("additionalProperties")
            if "properties" in kind:
                yield from self.fields(
                    kind,
                    f"{path}.",
                    f"{title}·",
                    f"{title_en}: ",
                    needed=required,
                    nested=nested,
                )
            elif "properties" in items or isinstance(values, dict):
                if nested:
                    yield SheetField(
                        path,
                        title,
                        title_en,
                        schema_.get("x-description-zh", ""),
                        CellKind.NESTED,
                        required,
                    )
                    continue
                entry = items or self._resolved(values or {})
                inner = (
                    tuple(self.fields(entry, "", "", "", needed=True, nested=True))
                    if "properties" in entry
                    else (self._one("", "数值", "Value", entry, entry, required=True),)
                )
                self.parts.append(PartTable(path, title, not items, needs, inner))
            else:
                yield self._one(
                    path,
                    title,
                    title_en,
                    schema_,
                    items or kind,
                    required=required,
                    many=bool(items),
                    within=needs,
                )

    def _one(  # noqa: PLR0913  a field's own attributes
        self,
        path: str,
        zh: str,
        en: str,
        schema: Document,
        kind: Document,
        *,
        required: bool,
        many: bool = False,
        within: bool = False,
    ) -> SheetField:
        codes = {
            wire: (words["x-title-zh"], words["title"])
            for wire in kind.get("enum", ())
            if (words := kind.get("x-enum-words", {}).get(wire))
        }
        plain = {"integer": CellKind.INTEGER, "boolean": CellKind.YES}
        sheet_field = (
            CellKind.CODE
            if codes
            else plain.get(str(kind.get("type")))
            or _kinds().get(str(kind.get("pattern")), CellKind.TEXT)
        )
        return SheetField(
            path,
            zh,
            en,
            schema.get("x-description-zh") or kind.get("x-description-zh", ""),
            sheet_field,
            required,
            many,
            within,
            codes,
        )
