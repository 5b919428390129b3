"""What every statement has in common: it is one party's word on one subject."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.regions import region_warnings
from twincity_schemas.values import (
    Digest,
    Line,
    Organisation,
    Value,
    credit_code_holds,
)
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
        return [
            problem(
                pointer([name]),
                "unknown_field",
                "不认识的字段，未予采用",
                "is not a known field; it was not used",
            )
            for name in sorted(self.model_extra or ())
        ]


def code_warnings(
    as_of: str, regions: Iterable[str], units: Iterable[tuple[str, Organisation]]
) -> list[Problem]:
    """Warn of codes that look wrong: regions out of date, credit codes mistyped.

    Args:
        as_of: when the statement's facts were so, a partial date.
        regions: the codes of the field ``/regions``.
        units: each unit with the JSON pointer to it.
    """
    found: list[Problem] = []
    for index, code in enumerate(regions):
        found += region_warnings(f"/regions/{index}", code, as_of)
    for where, unit in units:
        if unit.region is not None:
            found += region_warnings(f"{where}/region", unit.region, as_of)
        if unit.credit_code is not None and not credit_code_holds(unit.credit_code):
            found.append(
                problem(
                    f"{where}/credit_code",
                    "credit_code_check",
                    f"统一社会信用代码 {unit.credit_code} 校验位不符，请核对",
                    f"the check digit of {unit.credit_code} does not fit; please check",
                )
            )
    return found
