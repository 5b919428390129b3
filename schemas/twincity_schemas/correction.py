"""Corrections: a later statement replaces an earlier one without erasing it."""

from typing import Annotated, Any

from twincity_schemas.parts import PartRecord
from twincity_schemas.values import Line, PartialDate, PartyCode, Value
from twincity_schemas.words import Words, named

Corrects = Annotated[
    Line | None,
    Words(
        "更正的陈述",
        "Corrects",
        "本陈述所更正的本方陈述的编号；不是更正时不填。",
        "The id of the party's own statement that this one corrects, if it does.",
    ),
]


@named("变动字段", "Changed field", "更正前后不同的一个字段。")
class ChangedField(Value):
    """A field that the correction changed."""

    pointer: Annotated[
        str, Words("字段", "Field", "RFC 6901 指针。", "As a JSON pointer.")
    ]
    was: Annotated[
        Any, Words("原值", "Was", "更正前；原无时不填。", "Before; absent if new.")
    ] = None
    now: Annotated[
        Any, Words("新值", "Now", "更正后；已去时不填。", "After; absent if gone.")
    ] = None


@named("更正记录", "Correction recorded", "一次更正：由哪条陈述更正了哪条，改了什么。")
class CorrectionRecorded(PartRecord):
    """Which statement corrected which, and what it changed."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "更正者。", "The one that corrects.")
    ]
    corrects: Annotated[
        str, Words("被更正者", "Corrects", "被更正者。", "The one that is corrected.")
    ]
    party: Annotated[
        PartyCode, Words("主体", "Party", "主体代码。", "Whose statements they are.")
    ]
    named: Annotated[
        bool,
        Words(
            "写明更正",
            "Named",
            "更正者是否写明所更正的陈述；未写明而重报者，也按更正列出。",
            "Whether it says so itself; said again without a word, it is listed too.",
        ),
    ] = True
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "更正者的数据日期。", "The date of the later one."),
    ]
    changed: Annotated[
        tuple[ChangedField, ...],
        Words("变动", "Changed", "不同的字段。", "The fields that differ."),
    ]
