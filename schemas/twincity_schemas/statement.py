"""What every statement has in common: it is one party's word on one subject."""

from pydantic import BaseModel, ConfigDict

from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.values import Organisation, credit_code_holds


class Statement(BaseModel):
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


def credit_code_warnings(where: str, unit: Organisation) -> list[Problem]:
    """Warn of a credit code whose check digit is off: some real codes fail it."""
    if unit.credit_code is None or credit_code_holds(unit.credit_code):
        return []
    return [
        problem(
            f"{where}/credit_code",
            "credit_code_check",
            f"统一社会信用代码 {unit.credit_code} 校验位不符，请核对",
            f"the check digit of {unit.credit_code} does not fit; please check",
        )
    ]
