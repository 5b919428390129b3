"""The lifecycle of a match, as the owner of an entry says it (推荐之后各步).

受理 → 洽谈 → 签约 → 落地 → 反馈, with 不予对接, 暂不对接, 中止 and 逾期. The
subject is the owner's own entry, so that all that is said of an entry keeps its
order. Each owner says where it stands; the pair has come as far as both have. A
later step stands for the earlier ones, but the first of all is to accept.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas.decimals import Money
from twincity_schemas.opportunity import pool_of
from twincity_schemas.problems import WrongValueError
from twincity_schemas.references import About, OpportunityId, Reference
from twincity_schemas.statement import Statement
from twincity_schemas.values import (
    Paragraph,
    PartialDate,
    StepDate,
    Subject,
    earlier,
)


@dataclass(frozen=True)
class _OfThePool(Reference):
    code: str = "not_in_pool"

    @override
    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        other, pool = Subject.parse(value), pool_of(about.subject)
        if other != about.subject and pool_of(other) == pool:
            return None
        return (
            f"应为清单 {pool} 中的另一条目",
            f"must be another entry of pool {pool}",
        )


Counterpart = Annotated[OpportunityId, _OfThePool()]


class Answered(Statement):
    """The field that every answer to a pair has: the other entry."""

    counterpart: Counterpart


class MatchAccepted(Answered):
    """The owner takes the pair up; when both owners have, it is fixed."""


class MatchDeclined(Answered):
    """The owner does not want the pair; what it has signed it can only break off."""

    reason: Paragraph


class MatchDeferred(Answered):
    """Not now: open again from a date, or once the entry is said anew."""

    reason: Paragraph
    until: PartialDate | None = None


class _Dated(Answered):
    as_of: StepDate


class _Noted(_Dated):
    note: Paragraph


class MatchNegotiated(_Noted):
    """The owner says that the two are in talks."""


class MatchSigned(_Noted):
    """The owner says that the two have signed."""

    amount: Money | None = None


class MatchLanded(_Noted):
    """The owner says that what was signed has been put into effect."""


class MatchRated(_Noted):
    """The owner says how well the match served it."""

    rating: Annotated[int, Field(ge=1, le=5)]


class MatchEnded(_Noted):
    """The owner breaks off what it had accepted; it is not recommended again."""


class MatchExpired(_Dated):
    """The owner gives up on another that has not answered; void where it has."""

    refuses = ("not_due",)

    due: PartialDate

    @model_validator(mode="after")
    def _is_over(self) -> "MatchExpired":
        if not earlier(self.due, self.as_of):
            raise WrongValueError(
                "not_due",
                f"时限 {self.due} 在 {self.as_of} 尚未过",
                f"the time until {self.due} is not over on {self.as_of}",
            )
        return self
