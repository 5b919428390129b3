"""Sharing across the border (经济区与行政区适度分离): tax, output and statistics.

Two cities that build one area agree how what it yields is counted: what each
collected before stays where it is (存量各归各), what comes on top is shared by a ratio
(增量五五分成). The agreement is a text that every member stands behind; each year's
figure is stated by whoever collects it; the shares are derived.
Source of the rule: 川渝高竹新区, baike.sc.xinhuanet.com/sc/a/2379.htm.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.consent import (
    Declined,
    Described,
    Endorsed,
    Reopened,
    Withdrawn,
)
from twincity_schemas.decimals import Money, Share, plain
from twincity_schemas.problems import WrongValueError
from twincity_schemas.references import Member, ProjectId
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Paragraph,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded, Shared

_WHOLE = Decimal(100)

Year = Annotated[int, Field(ge=2000, le=2100), Shared(__name__, "Year")]
SharedItem = Annotated[ItemCode, Shared(__name__, "SharedItem")]


class SharedKind(Coded):
    """A kind of shared amounts: money that is paid, or figures that are counted."""

    TAX = "tax"
    OUTPUT = "output"
    STATISTICS = "statistics"


class BelowStock(Coded):
    """The rule, agreed beforehand, for a year that yields less than the stock."""

    KEPT = "kept"
    SHARED = "shared"


class StockAmount(Value):
    """The amount a member collected in the base year: it stays with that member."""

    party: Member
    amount: Money


class RatioShare(Value):
    """One member's part of what comes on top of the stock."""

    party: Member
    percent: Share


class SharedTerms(Value):
    """The terms of one item: the stock, the ratio and who takes the last fen.

    A share is rounded down to 0.000001 万元, which is one fen; what that leaves over
    goes to ``remainder_to``. So the shares add up to the total exactly, and no party
    gets the last fen by the spelling of its name.
    """

    refuses = ("ratio_not_whole",)

    code: ItemCode
    kind: SharedKind
    name: Line
    base_year: Year
    stock: Annotated[
        tuple[StockAmount, ...],
        Field(min_length=1, max_length=20),
        EachOnce(by=("party",)),
    ]
    ratio: Annotated[
        tuple[RatioShare, ...],
        Field(min_length=1, max_length=20),
        EachOnce(by=("party",)),
    ]
    below_stock: BelowStock
    remainder_to: Member

    @model_validator(mode="after")
    def _the_ratio_is_of_the_whole(self) -> "SharedTerms":
        total = _sum(share.percent for share in self.ratio)
        if total != _WHOLE:
            raise WrongValueError(
                "ratio_not_whole",
                f"分享比例合计 {plain(total)}%，应为 100%",
                f"the ratio adds up to {plain(total)} %; it has to be 100 %",
            )
        return self

    @property
    def parties(self) -> frozenset[str]:
        """Whom the terms name: they hold only while all of these are members."""
        collect, share = (s.party for s in self.stock), (r.party for r in self.ratio)
        return frozenset((*collect, *share, self.remainder_to))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal())


class SharingDescribed(Described):
    """A party states the agreement as it reads it; agreed once all stand behind it."""

    looks_ahead = True

    refuses = ("ends_before_it_begins", "base_year_within")

    title: Line
    domain: Domain
    project: ProjectId | None = None
    begins: Year
    ends: Year | None = None
    terms: Annotated[
        tuple[SharedTerms, ...], Field(min_length=1, max_length=20), EachOnce()
    ]
    as_of: AsOf
    source: Source

    @model_validator(mode="after")
    def _the_years_are_in_order(self) -> "SharingDescribed":
        if self.ends is not None and self.ends < self.begins:
            raise WrongValueError(
                "ends_before_it_begins",
                f"期间止 {self.ends} 早于期间起 {self.begins}",
                f"the period ends at {self.ends}, before it begins at {self.begins}",
            )
        for terms in self.terms:
            if terms.base_year >= self.begins:
                raise WrongValueError(
                    "base_year_within",
                    f"{terms.code} 的基年 {terms.base_year} 应早于期间起 {self.begins}",
                    f"the base year {terms.base_year} of {terms.code} has to be"
                    f" before the period begins: {self.begins}",
                )
        return self

    def covers(self, year: int) -> bool:
        """Returns whether a year is one of the period."""
        return self.begins <= year and (self.ends is None or year <= self.ends)


class SharingEndorsed(Endorsed):
    """A party finds another party's text of the agreement right and stands by it."""


class SharingDeclined(Declined):
    """A party refuses another party's text of the agreement and says why."""


class SharingWithdrawn(Withdrawn):
    """A party leaves the agreement; the years that have ended stay as they were."""


class SharingReopened(Reopened):
    """A party that left takes up again where it stood before."""


class SharingCollected(Statement):
    """Whoever collects an item states a year's figure; said again, it replaces."""

    item: SharedItem
    year: Year
    amount: Money
    as_of: AsOf
    source: Source


class SharingDisputed(Statement):
    """A member doubts a year's figure of another, with evidence; it stays in sight."""

    party: Member
    year: Year
    answers: Answers
    claimed: Money | None = None
    evidence: Paragraph
    as_of: StepDate


class SharingAnswered(Statement):
    """Whoever stated the doubted figure keeps it, and says why; or states it anew."""

    raised_by: Member
    year: Year
    answers: Answers
    reason: Paragraph
    as_of: StepDate
