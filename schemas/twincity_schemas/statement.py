"""What every statement has in common: it is one party's word on one subject."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

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

from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.regions import region_warnings
from twincity_schemas.values import Digest, Line, Value, credit_code_holds
from twincity_schemas.words import Worded, Words, named

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


@named(
    "出处单元格",
    "Provenance",
    "陈述取自哪个表格文件的哪些单元格；只供追溯，任何比对都不看它。",
)
class Provenance(Value):
    """The cells that a statement was taken from; to trace by, never compared."""

    file: Annotated[
        Digest,
        Words(
            "文件摘要",
            "File digest",
            "文件内容的 SHA-256 摘要。",
            "The SHA-256 digest of the file's bytes.",
        ),
    ]
    name: Annotated[
        Line | None,
        Words("文件名", "File name", "文件的名称。", "What the file was called."),
    ] = None
    sheet: Annotated[
        Line,
        Words("工作表", "Sheet", "工作表的名称。", "The name of the sheet."),
    ]
    cells: Annotated[
        CellRange,
        Words("单元格", "Cells", "如 A8:J8。", "Such as A8:J8."),
    ]


class Statement(Worded):
    """The data of an event that a party publishes.

    Unknown fields are kept aside, not refused: the publisher may be newer than
    the reader. Admission warns of them, so that a typing error shows.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    provenance: Annotated[
        Provenance | None,
        Field(exclude=True),  # of every digest, record and comparison
        Words(
            "出处单元格",
            "Provenance",
            "从表格导入时，陈述取自哪些单元格；不参与任何比对。",
            "Where it was imported: the cells it is from; no comparison looks at it.",
        ),
    ] = None

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

    def warnings(self) -> list[Problem]:
        """What looks wrong without being a reason to reject."""
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

    def doubts(self) -> list[Problem]:
        """What does not fit together in it; the record shows it with the figure."""
        return []


def code_warnings(statement: Statement) -> Iterator[Problem]:
    """Warn of codes that look wrong: regions out of date, credit codes mistyped.

    Wherever in the statement they stand: a field that holds a region code is named
    ``region`` or ``regions``, an organisation brings its own codes.
    """
    as_of = getattr(statement, "as_of", None)
    for path, code in _codes(statement, ()):
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


Path = tuple[str | int, ...]


def _codes(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _codes(getattr(value, name), (*path, name))
        case str():
            if _names_a_code(path):
                yield path, value
        case Mapping():
            for name, item in value.items():
                yield from _codes(item, (*path, name))
        case tuple():
            for index, item in enumerate(value):
                yield from _codes(item, (*path, index))
        case _:
            pass


def _names_a_code(path: Path) -> bool:
    names = [name for name in path if isinstance(name, str)]
    return bool(names) and names[-1] in {"region", "regions", "credit_code"}
