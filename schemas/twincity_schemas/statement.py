"""What every statement has in common: it is one party's word on one subject."""

from collections.abc import Iterable

from pydantic import ConfigDict

from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.regions import region_warnings
from twincity_schemas.values import Organisation, credit_code_holds
from twincity_schemas.words import Worded


class Statement(Worded):
    """The data of an event that a party publishes.

    Unknown fields are kept aside, not refused: the publisher may be newer than
    the reader. Admission warns of them, so that a typing error shows.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

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
