"""What every statement has in common: it is one party's word on one subject."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

from twincity_schemas.problems import Path, Problem, pointer, problem
from twincity_schemas.regions import region_warnings
from twincity_schemas.values import Digest, Line, Value, credit_code_holds
from twincity_schemas.words import Worded

PROVENANCE = "provenance"
"""The field that no comparison looks at: not the gate's of duplicates, no digest, no
record's. So a list that is read again from a corrected file repeats what it says."""

CellRange = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}(:[A-Z]{1,3}[1-9][0-9]{0,6})?$"
    ),
]
"""Cells as spreadsheets name them: ``A8:J8``."""


class Provenance(Value):
    """The cells that a statement was taken from; to trace by, never compared."""

    file: Digest
    name: Line | None = None
    sheet: Line
    cells: CellRange


class Statement(Worded):
    """The data of an event that a party publishes.

    Unknown fields are kept aside, not refused: the publisher may be newer than
    the reader. Admission warns of them, so that a typing error shows.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    looks_ahead: ClassVar[bool] = False
    """Whether it speaks of what is to be, as a call, a deadline or a promise does: that
    stands from when it is recorded, whatever day its paper bears."""

    # Of every digest, record and comparison it is left out.
    provenance: Annotated[Provenance | None, Field(exclude=True)] = None

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe what every statement may carry after what this one says."""
        reference = super().__get_pydantic_json_schema__(schema, handler)
        fields = handler.resolve_ref_schema(reference).get("properties", {})
        if PROVENANCE in fields:
            fields[PROVENANCE] = fields.pop(PROVENANCE)
        return reference

    def without_provenance(self) -> Self:
        """Returns what it says, without where that was written down."""
        return self.model_copy(update={PROVENANCE: None})

    def warnings(self) -> list[Problem]:
        """Returns what looks wrong without being a reason to reject."""
        unknown = [
            problem(
                pointer([name]),
                "unknown_field",
                "不认识的字段，未予采用",
                "is not a known field; it was not used",
            )
            for name in sorted(self.model_extra or ())
        ]
        return [*unknown, *code_warnings(self), *self.doubts()]

    def dates(self) -> dict[str, str]:
        """Return when what it says was so, or was done, by JSON pointer: partial dates.

        Deadlines, plans and terms of what holds for a time are none of them. It is
        warned of those that were yet to come.
        """
        as_of = getattr(self, "as_of", None)
        return {} if as_of is None else {"/as_of": as_of}

    def happened(self) -> dict[str, str]:
        """Returns those of its dates ahead of which it has no effect."""
        return {} if self.looks_ahead else self.dates()

    def doubts(self) -> list[Problem]:
        """Returns what does not fit in it; the record shows it with the figure."""
        return []


_CODES = {"region", "regions", "credit_code"}


def code_warnings(statement: Statement) -> Iterator[Problem]:
    """Warn of codes that look wrong: regions out of date, credit codes mistyped.

    Wherever in the statement they stand: a field that holds a region code is named
    ``region`` or ``regions``, an organisation brings its own codes.
    """
    as_of = next(iter(statement.dates().values()), None)
    for path, code in _codes(statement, (), ""):
        if path[-1] == "credit_code":
            if not credit_code_holds(code):
                yield problem(
                    pointer(path),
                    "credit_code_check",
                    f"统一社会信用代码 {code} 校验位不符，请核对",
                    f"the check digit of {code} does not fit; please check",
                )
        elif as_of is not None:
            yield from region_warnings(pointer(path), code, as_of)


@cache
def _holding_codes(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that are codes, or may hold some."""
    return tuple(
        name
        for name, hint in get_type_hints(model).items()
        if name in model.model_fields and (name in _CODES or _may_hold_codes(hint))
    )


def _may_hold_codes(hint: Any) -> bool:
    inner = get_args(hint)
    if inner and get_origin(hint) is not Literal:
        return any(map(_may_hold_codes, inner))
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return bool(_holding_codes(hint))
    return hint is Any


def _codes(value: Any, path: Path, field: str) -> Iterator[tuple[Path, str]]:
    """Yields the codes in a value that stands at a path, under a field's name."""
    match value:
        case str():
            if field in _CODES:
                yield path, value
        case BaseModel():
            for name in _holding_codes(type(value)):
                yield from _codes(getattr(value, name), (*path, name), name)
        case Mapping():
            for name, item in value.items():
                yield from _codes(item, (*path, name), name)
        case tuple():
            for index, item in enumerate(value):
                yield from _codes(item, (*path, index), field)
        case _:
            pass
