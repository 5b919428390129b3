"""Factors that projects need (要素保障): requested, committed, delivered.

Said about the project's subject. Whoever needs a factor requests it; any member
commits a part of it by a date, and says what arrived. What is short, and since
when, is derived.
"""

from typing import Annotated

from typing_extensions import override

from twincity_schemas.decimals import PositiveMoney
from twincity_schemas.plausible import in_order
from twincity_schemas.problems import Problem
from twincity_schemas.references import Member
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Line,
    Organisation,
    PartialDate,
    StepDate,
)
from twincity_schemas.words import Coded, Shared


class FactorKind(Coded):
    """The kind of thing that a project needs."""

    LAND = "land"
    FUNDS = "funds"
    ENVIRONMENT = "environmental-capacity"
    UTILITIES = "utilities"
    MATERIALS = "materials"
    CLEARANCE = "clearance"
    APPROVAL = "approval"


_STATED = ("该填报的日期", "the date it is of")
Quantity = Annotated[PositiveMoney, Shared(__name__, "Quantity")]
QuantityUnit = Annotated[Line, Shared(__name__, "QuantityUnit")]
FactorCode = Annotated[ItemCode, Shared(__name__, "FactorCode")]


class FactorRequested(Statement):
    """A party asks for what the project needs; said again, it corrects."""

    looks_ahead = True

    factor: FactorCode
    kind: FactorKind
    what: Line
    quantity: Quantity
    unit: QuantityUnit
    needed_by: PartialDate
    by: Organisation
    as_of: StepDate

    @override
    def doubts(self) -> list[Problem]:
        when = ("需用时间", "the date it is needed by")
        return [*in_order("/needed_by", when, self.needed_by, _STATED, self.as_of)]


class _Answer(Statement):
    requested_by: Member
    factor: FactorCode
    quantity: Quantity
    unit: QuantityUnit
    by: Organisation
    as_of: StepDate


class FactorCommitted(_Answer):
    """A party commits so much of it by a date; what it says later replaces that."""

    looks_ahead = True

    until: PartialDate

    @override
    def doubts(self) -> list[Problem]:
        when = ("承诺时间", "the date it is promised for")
        return [*in_order("/until", when, self.until, _STATED, self.as_of)]


class FactorDelivered(_Answer):
    """A party says what has arrived; deliveries of different names add up."""

    delivery: ItemCode
