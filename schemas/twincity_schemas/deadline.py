"""When something was recorded, and a deadline that was said again."""

from typing import Annotated

from twincity_schemas.values import Moment, PartialDate, Value
from twincity_schemas.words import Words, named

RecordedAt = Annotated[
    Moment,
    Words(
        "收件时间",
        "Recorded",
        "陈述进入收件箱的时间（recordedtime），迟报以此为准。",
        "When it entered its inbox (recordedtime): lateness goes by it.",
    ),
]


@named("时限变更", "Change of a deadline", "再次议定的时限，及其是否有效。")
class DeadlineChange(Value):
    """A deadline that was said again, and whether it moved."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "该陈述的编号。", "The statement's id.")
    ]
    recorded: RecordedAt
    due: Annotated[PartialDate, Words("时限", "Due", "所称时限。", "What it says.")]
    counts: Annotated[
        bool,
        Words(
            "有效",
            "Counts",
            "原时限未过、事项未办结时方可变更。",
            "Only while the former was not over, and it was not done.",
        ),
    ]
