"""Reads and fills the forms of ``schemaform``: pure."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.gateway.schemaform import (
    WHOLE,
    FieldKind,
    Filled,
    FilledField,
    FormField,
    Schema,
)
from twincity_schemas.ambiguity import ambiguities, syntax
from twincity_schemas.problems import Problem, pointer

MOST_ROWS = 200
_ROWS_SHOWN = 2
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_ABSENT: Any = object()


def read(fields: Iterable[FormField], filled: Filled) -> tuple[Schema, list[Problem]]:
    """Read a form.

    What is left empty is left out; a row without anything is none. Numbers that are
    none stay as they were written: the gate says what they should be.

    Returns:
        the statement's data, and what is wrong with what was written as JSON.
    """
    problems: list[Problem] = []
    if texts := filled.get(WHOLE):
        document = _as_json(texts[0], "", problems)
        return (document if isinstance(document, dict) else {}), problems
    return _object(fields, filled, "", problems), problems


def _object(
    fields: Iterable[FormField], filled: Filled, at: str, problems: list[Problem]
) -> Schema:
    read_ = {one.name: _value(one, filled, at, problems) for one in fields}
    return {name: value for name, value in read_.items() if value is not _ABSENT}


def _value(  # noqa: PLR0911  one for each kind
    of: FormField, filled: Filled, under: str, problems: list[Problem]
) -> Any:
    at = under + pointer([of.name])
    texts = [text.replace("\r\n", "\n") for text in filled.get(at, ())]
    match of.kind:
        case FieldKind.GROUP:
            return _object(of.fields, filled, at, problems) or _ABSENT
        case FieldKind.ROWS:
            rows = (
                _object(of.fields, filled, f"{at}/{n}", problems)
                for n in range(_rows_in(filled, at))
            )
            return [row for row in rows if row] or _ABSENT
        case FieldKind.CODES:
            return [text for text in texts if text] or _ABSENT
        case FieldKind.LINES:
            lines = [line.strip() for text in texts for line in text.split("\n")]
            return [line for line in lines if line] or _ABSENT
        case _ if not texts or not texts[0].strip():
            return _ABSENT
        case FieldKind.JSON:
            return _as_json(texts[0], at, problems)
        case FieldKind.INTEGER if _INTEGER.fullmatch(texts[0].strip()):
            return int(texts[0])
        case FieldKind.FLAG if texts[0] in {"true", "false"}:
            return texts[0] == "true"
        case _:
            return texts[0]


def _rows_in(filled: Filled, at: str) -> int:
    """Returns how many rows of a list a form has, those left empty included."""
    begins = f"{at}/"
    named = (name.removeprefix(begins) for name in filled if name.startswith(begins))
    numbers = (name.partition("/")[0] for name in named)
    indices = [
        int(n) for n in numbers if n.isdecimal() and len(n) < len(str(MOST_ROWS))
    ]
    return min(max(indices, default=-1) + 1, MOST_ROWS)


def _as_json(text: str, at: str, problems: list[Problem]) -> Any:
    """Returns what a text says, read as strictly as the gate reads."""
    value = text.encode(errors="surrogatepass")
    unreadable = [*syntax(value)] or [*ambiguities(value)]
    if unreadable:
        problems += [
            Problem(pointer=at + one.pointer, code=one.code, zh=one.zh, en=one.en)
            for one in unreadable
        ]
        return _ABSENT
    return json.loads(text)


@dataclass(frozen=True)
class Filling:
    """Fills a form in.

    Attributes:
        problems: of the gate, by pointer.
        filled: as the form was sent; of what is no JSON the text as it was written.
        more: the pointer of a list that wants more rows.
    """

    problems: tuple[Problem, ...] = ()
    filled: Filled = field(default_factory=dict)
    more: str = ""

    def fill(
        self, fields: Iterable[FormField], data: Any, at: str = ""
    ) -> tuple[FilledField, ...]:
        """Returns a form with what is in it.

        Args:
            fields: of the form.
            data: what the statement says; what has no field is not shown.
            at: the pointer of what the fields belong to.
        """
        values = data if isinstance(data, dict) else {}
        return tuple(
            self._one(one, values.get(one.name, _ABSENT), at) for one in fields
        )

    def _one(self, of: FormField, value: Any, under: str) -> FilledField:
        at = under + pointer([of.name])
        own = self._of(at, alone=of.kind in {FieldKind.GROUP, FieldKind.ROWS})
        match of.kind:
            case FieldKind.GROUP:
                inside = self.fill(of.fields, value, at)
                return FilledField(of, at, inside=inside, problems=own)
            case FieldKind.ROWS:
                there = value if isinstance(value, list) else []
                empty = _ROWS_SHOWN * (2 if self.more == at else 1)
                padded = [*there, *[{}] * empty][:MOST_ROWS]
                rows = tuple(
                    self.fill(of.fields, row, f"{at}/{n}")
                    for n, row in enumerate(padded)
                )
                return FilledField(of, at, rows=rows, problems=own)
            case FieldKind.JSON if value is _ABSENT:
                return FilledField(of, at, tuple(self.filled.get(at, ())), problems=own)
            case _:
                return FilledField(of, at, _texts(of.kind, value), problems=own)

    def _of(self, at: str, *, alone: bool) -> tuple[Problem, ...]:
        """The problems of a field; ``alone``: not those of what is within it."""
        return tuple(
            one
            for one in self.problems
            if one.pointer == at or (not alone and one.pointer.startswith(f"{at}/"))
        )


def _texts(kind: FieldKind, value: Any) -> tuple[str, ...]:
    if value is _ABSENT or value is None:
        return ()
    match kind:
        case FieldKind.JSON:
            return (json.dumps(value, ensure_ascii=False, indent=2),)
        case FieldKind.CODES if isinstance(value, list):
            return tuple(map(str, value))
        case FieldKind.LINES if isinstance(value, list):
            return ("\n".join(map(str, value)),)
        case FieldKind.FLAG if isinstance(value, bool):
            return (json.dumps(value),)
        case _:
            return (str(value),)


def unplaced(
    fields: Iterable[FilledField], problems: Iterable[Problem]
) -> list[Problem]:
    """Returns the problems that stand beside no field."""
    placed = {id(one) for f in _every(fields) for one in f.problems}
    return [one for one in problems if id(one) not in placed]


def _every(fields: Iterable[FilledField]) -> Iterator[FilledField]:
    for one in fields:
        yield one
        yield from _every(one.inside)
        for row in one.rows:
            yield from _every(row)
