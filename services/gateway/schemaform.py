"""A form that any statement can be filled in by, from the contract's own schema: pure.

What a form cannot carry (maps, lists within lists) is written as JSON, so that every
type can be said. Names of fields are JSON pointers, so a problem of the gate stands
beside the field that it speaks of.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.contract import json_schema
from twincity_schemas.problems import Problem
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.words import Words

Schema = dict[str, Any]
Filled = Mapping[str, list[str]]
"""What a form says: the values of each field, by its JSON pointer."""

WHOLE = "json:"
"""Before the pointer of what is written as JSON."""

_LONG = 200


class FieldKind(StrEnum):
    """The ways in which a field is filled in."""

    LINE = "line"
    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    CODE = "code"
    CODES = "codes"
    LINES = "lines"
    GROUP = "group"
    ROWS = "rows"
    JSON = "json"


_IN_A_ROW = {
    FieldKind.LINE,
    FieldKind.TEXT,
    FieldKind.INTEGER,
    FieldKind.FLAG,
    FieldKind.CODE,
    FieldKind.LINES,
}


@dataclass(frozen=True)
class FormField:
    """A field of a statement, or of a part of one.

    Attributes:
        name: within what it belongs to.
        words: what it is called.
        note: what it means, zh and en.
        codes: of a code list: each with its words.
        fields: of a group, or of each row.
    """

    name: str
    kind: FieldKind
    words: Words
    note: Words
    required: bool
    codes: Mapping[str, Words] = field(default_factory=dict)
    fields: tuple["FormField", ...] = ()


@dataclass(frozen=True)
class FilledField:
    """A field with what is in it.

    Attributes:
        at: its JSON pointer.
        values: as texts; several of a list of codes.
        inside: the fields of a group.
        rows: of each row the fields.
        problems: what the gate says of it.
    """

    of: FormField
    at: str
    values: tuple[str, ...] = ()
    inside: tuple["FilledField", ...] = ()
    rows: tuple[tuple["FilledField", ...], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def value(self) -> str:
        """Returns the text of what has one."""
        return self.values[0] if self.values else ""

    @property
    def choices(self) -> Mapping[str, Words]:
        """The codes, those chosen first and in their order."""
        codes = self.of.codes
        chosen = {code: codes[code] for code in self.values if code in codes}
        return {**chosen, **codes}


def statement_types() -> Mapping[str, EventType]:
    """Returns what a party can say, by its short name."""
    return {one.fact: one for one in EVENT_TYPES.values() if one.is_statement}


@cache
def form_of_type(fact: str) -> tuple[FormField, ...]:
    """Returns the fields of a statement's data; not where a table had them."""
    schema = json_schema(statement_types()[fact])
    fields = _fields(schema, schema.get("$defs", {}), within=False)
    return tuple(one for one in fields if one.name != PROVENANCE)


def _fields(schema: Schema, parts: Schema, *, within: bool) -> Iterator[FormField]:
    required = schema.get("required", ())
    for name, declared in schema["properties"].items():
        one = _whole(declared, parts)
        kind, inner = _kind(one, parts, within=within)
        yield FormField(
            name,
            kind,
            Words(one.get("x-title-zh") or name, one.get("title") or name),
            Words(one.get("x-description-zh", ""), one.get("description", "")),
            name in required,
            _codes(one if kind is FieldKind.CODE else _item(one, parts)),
            inner,
        )


def _whole(declared: Schema, parts: Schema) -> Schema:
    """A field with what it refers to; its own words stand before those."""
    forms = [
        one for one in declared.get("anyOf", [declared]) if one.get("type") != "null"
    ]
    if len(forms) != 1:
        return declared
    (form,) = forms
    referred = parts.get(str(form.get("$ref", "")).removeprefix("#/$defs/"), {})
    return {**referred, **form, **declared}


def _item(one: Schema, parts: Schema) -> Schema:
    return _whole(one.get("items") or {}, parts)


def _codes(one: Schema) -> Mapping[str, Words]:
    words = one.get("x-enum-words", {})
    return {
        str(code): Words(words[code]["x-title-zh"], words[code]["title"])
        if code in words
        else Words(str(code), str(code))
        for code in one.get("enum", ())
    }


def _kind(  # noqa: PLR0911  one for each kind
    one: Schema, parts: Schema, *, within: bool
) -> tuple[FieldKind, tuple[FormField, ...]]:
    """Returns how a field is filled in, and the fields within it."""
    match one:
        case {"enum": _}:
            return FieldKind.CODE, ()
        case {"type": "string", "maxLength": int(most)} if most > _LONG:
            return FieldKind.TEXT, ()
        case {"type": "string"}:
            return FieldKind.LINE, ()
        case {"type": "integer"}:
            return FieldKind.INTEGER, ()
        case {"type": "boolean"}:
            return FieldKind.FLAG, ()
        case {"type": "array"}:
            return _list(_item(one, parts), parts, within=within)
        case {"type": "object", "properties": _}:
            inner = tuple(_fields(one, parts, within=True))
            return (FieldKind.GROUP, inner) if _plain(inner) else (FieldKind.JSON, ())
        case _:
            return FieldKind.JSON, ()


def _list(
    item: Schema, parts: Schema, *, within: bool
) -> tuple[FieldKind, tuple[FormField, ...]]:
    match item:
        case {"enum": _}:
            return FieldKind.CODES, ()
        case {"type": "string"}:
            return FieldKind.LINES, ()
        case {"type": "object", "properties": _} if not within:
            inner = tuple(_fields(item, parts, within=True))
            return (FieldKind.ROWS, inner) if _plain(inner) else (FieldKind.JSON, ())
        case _:
            return FieldKind.JSON, ()


def _plain(fields: Iterable[FormField]) -> bool:
    """Returns whether each can be a field of a row."""
    return all(
        one.kind in _IN_A_ROW or (one.kind is FieldKind.GROUP and _plain(one.fields))
        for one in fields
    )
