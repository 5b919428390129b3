"""Indicators (量化目标): a target and what is reported against it.

A target names its period and its source; a report names its as-of date, so
that ahead or behind is a matter of what was said and never of today's date.
"""

from pydantic import model_validator

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import Number
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    PartialDate,
    Source,
    StepDate,
    earlier,
)
from twincity_schemas.words import Coded


class Coverage(Coded):
    """The extent of a figure: parts add up, figures of the whole must agree."""

    WHOLE = "whole"
    OWN_PART = "own-part"


class Measure(Coded):
    """The sort of figure: one that accrues with time, its yardstick, or a level."""

    CUMULATIVE = "cumulative"
    LEVEL = "level"


class IndicatorTargeted(Statement):
    """A party sets a target, with period and source; said again, it replaces."""

    looks_ahead = True

    refuses = ("ends_before_it_begins",)

    name: Line
    domain: Domain
    unit: Line
    measure: Measure
    target: Number
    bound: Bound
    baseline: Number | None = None
    begins: PartialDate
    ends: PartialDate
    coverage: Coverage
    as_of: StepDate
    source: Source

    @model_validator(mode="after")
    def _the_period_has_an_end(self) -> "IndicatorTargeted":
        if earlier(self.ends, self.begins):
            raise WrongValueError(
                "ends_before_it_begins",
                f"期间止 {self.ends} 早于期间起 {self.begins}",
                f"the period ends at {self.ends}, before it begins at {self.begins}",
            )
        return self


class IndicatorReported(Statement):
    """A party reports the value up to a date; the same date again replaces it."""

    value: Number
    unit: Line
    coverage: Coverage
    as_of: AsOf
    source: Source
