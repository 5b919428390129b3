"""The life of a match, as the owner of an entry says it (推荐之后各步).

受理 → 洽谈 → 签约 → 落地 → 反馈, with 不予对接, 暂不对接, 中止 and 逾期. The
subject is the owner's own entry, so that all that is said of an entry keeps its
order. Each owner says where it stands; the pair has come as far as both have. A
later step stands for the earlier ones, but the first of all is to accept.
"""

from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.decimals import Money
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.values import Paragraph, PartialDate, SubjectId, earlier
from twincity_schemas.words import Words, named


class Answered(Statement):
    """What every answer to a pair has: the other entry."""

    counterpart: Annotated[
        SubjectId,
        Words(
            "对方条目",
            "The other entry",
            "所答复配对中另一条目的标识，须在同一清单内。",
            "The identifier of the entry it is paired with, of the same pool.",
        ),
    ]


@named("对接受理", "Match accepted", "条目所属主体受理该配对；双方都受理后，配对固定。")
class MatchAccepted(Answered):
    """The owner takes the pair up; when both owners have, it is pinned."""


@named(
    "不予对接",
    "Match declined",
    "条目所属主体不予对接，该配对不再推荐；已签约的，只能中止。",
)
class MatchDeclined(Answered):
    """The owner does not want the pair; what it has signed it can only break off."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "不予对接的理由，如产能已满。",
            "Why the pair is not wanted, for instance that there is no capacity left.",
        ),
    ]


@named(
    "暂不对接",
    "Match deferred",
    "条目所属主体暂不对接：到期、条目重新发布或再次受理后可再议。",
)
class MatchDeferred(Answered):
    """Not now: open again from a date, or once the entry is said anew."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "暂不对接的理由，如产能年内已满；未填日期的，条目重新发布后可再议。",
            "Why not now; where no date is given, it is open again once the owner"
            " has said its entry anew.",
        ),
    ]
    until: Annotated[
        PartialDate | None,
        Words(
            "何时再议",
            "Until",
            "任一方条目的数据日期到此日期后，该配对重新可推荐；不填见理由。",
            "Open again once either owner speaks as of this date or a later one.",
        ),
    ] = None


class _Dated(Answered):
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "该步骤的日期。", "The date of the step."),
    ]


class _Noted(_Dated):
    note: Annotated[
        Paragraph,
        Words(
            "说明",
            "Note",
            "该步骤的情况或理由。",
            "How it stands, or why.",
        ),
    ]


@named("对接洽谈", "Match negotiated", "条目所属主体表示双方已在洽谈。")
class MatchNegotiated(_Noted):
    """The owner says that the two are in talks."""


@named("对接签约", "Match signed", "条目所属主体表示双方已签约。")
class MatchSigned(_Noted):
    """The owner says that the two have signed."""

    amount: Annotated[
        Money | None,
        Words(
            "签约金额（万元）",
            "Amount in 万元",
            "签约金额，以万元计；不涉及金额时不填。",
            "What was signed for, in 10,000 yuan; absent where no money is in it.",
        ),
    ] = None


@named("对接落地", "Match landed", "条目所属主体表示合作已落地见效。")
class MatchLanded(_Noted):
    """The owner says that what was signed has been put into effect."""


@named("对接反馈", "Match rated", "合作落地后，条目所属主体对这次对接的评价。")
class MatchRated(_Noted):
    """The owner says how well the match served it."""

    rating: Annotated[
        int,
        Field(ge=1, le=5),
        Words(
            "评分",
            "Rating",
            "1（很不满意）至5（很满意）。",
            "From 1, very dissatisfied, to 5, very satisfied.",
        ),
    ]


@named("对接中止", "Match ended", "条目所属主体在受理之后中止对接，不再推荐。")
class MatchEnded(_Noted):
    """The owner breaks off what it had accepted; it is not recommended again."""


@named(
    "逾期未对接",
    "Match expired",
    "条目所属主体表示对方逾期未答复，不再推荐；对方已答复的不生效。",
)
class MatchExpired(_Dated):
    """The owner gives up on another that has not answered; void where it has."""

    due: Annotated[
        PartialDate,
        Words(
            "答复时限",
            "Due",
            "对方应在何时之前答复；须早于本陈述的日期。",
            "When the other should have answered; before this statement's as_of.",
        ),
    ]

    @model_validator(mode="after")
    def _is_over(self) -> "MatchExpired":
        if not earlier(self.due, self.as_of):
            raise WrongValueError(
                "not_due",
                f"时限 {self.due} 在 {self.as_of} 尚未过",
                f"the time until {self.due} is not over on {self.as_of}",
            )
        return self
