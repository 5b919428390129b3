"""Monthly progress of a project («1—N月»), as one party reports it."""

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas import plausible
from twincity_schemas.correction import Corrects
from twincity_schemas.decimals import Money, Number
from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import AsOf, Paragraph, Source
from twincity_schemas.words import Coded


class Scope(Coded):
    """The extent of a report: figures of sections add up, of wholes must agree."""

    WHOLE = "whole"
    OWN_SECTION = "own-section"


class ProgressReported(Statement):
    """A party reports a project's progress from January through a month."""

    refuses = ("section_of_the_whole",)

    year: Annotated[int, Field(ge=2000, le=2100)]
    through_month: Annotated[int, Field(ge=1, le=12)]
    scope: Scope
    section: ItemCode | None = None
    annual_plan: Money
    annual_investment: Money
    cumulative_investment: Money
    completion_rate: Number | None = None
    physical_progress: Paragraph | None = None
    corrects: Corrects = None
    as_of: AsOf
    source: Source

    @model_validator(mode="after")
    def _a_section_is_ones_own(self) -> "ProgressReported":
        if self.section is not None and self.scope is Scope.WHOLE:
            raise WrongValueError(
                "section_of_the_whole",
                "整个项目的数据不分区段编号",
                "figures of the whole project have no section",
            )
        return self

    @override
    def dates(self) -> dict[str, str]:
        month = f"{self.year:04}-{self.through_month:02}"
        return super().dates() | {"/through_month": month}

    @override
    def happened(self) -> dict[str, str]:
        # A month that has not begun stands as a forecast, in doubt, and counts nowhere.
        return {}

    @override
    def doubts(self) -> list[Problem]:
        return [
            *plausible.rate(
                self.annual_plan, self.annual_investment, self.completion_rate
            ),
            *plausible.at_most(
                "/annual_investment",
                ("本年完成投资", "invested this year"),
                self.annual_investment,
                ("累计完成投资", "invested in all"),
                self.cumulative_investment,
            ),
            *plausible.of_period(self.as_of, self.year, self.through_month),
        ]
