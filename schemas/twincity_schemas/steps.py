"""Steps in turn: what mechanisms of several parties' moves have in common.

Where the parties move in turn (an obstacle is assigned, handled, submitted,
verified), a statement names in ``answers`` the statement that it answers to.
So the moves form a chain whose order is said, not observed: it is the same
however the parties' statements interleave. A statement that does not answer to
the last move, or is not its party's to make, is *unmet*: it stays, has no
effect, and the record says why and which steps are open instead.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import StringConstraints

from twincity_schemas.problems import WrongValueError
from twincity_schemas.values import Line, PartyCode, Value
from twincity_schemas.words import Words, named

ItemCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")
]
"""The name of one item within a subject, such as an obstacle: ``land-03``."""


def distinct(field: str, codes: Iterable[str]) -> None:
    """Check that each item of a list has a name of its own.

    Raises:
        WrongValueError: a code stands in the field twice.
    """
    said = list(codes)
    if len(set(said)) < len(said):
        raise WrongValueError(
            "code_twice",
            f"{field} 中的编号不得重复",
            f"a code may stand in {field} only once",
        )


Answers = Annotated[
    Line,
    Words(
        "所答陈述",
        "Answers",
        "本步骤所答复的上一步陈述的编号（ce_id）。",
        "The id (ce_id) of the statement, the step before, that this one answers to.",
    ),
]


@named("可办步骤", "Open step", "现在可以办理的一个步骤，以及由谁办理。")
class OpenStep(Value):
    """A step that can be taken now, and by whom."""

    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "相应陈述的事件名称，如 obstacle.verified。",
            "The fact that the statement would be, such as obstacle.verified.",
        ),
    ]
    parties: Annotated[
        tuple[PartyCode, ...],
        Words(
            "办理方",
            "Parties",
            "可以办理该步骤的主体代码。",
            "The codes of the parties that may take it.",
        ),
    ]
    answers: Annotated[
        str | None,
        Words(
            "应答陈述",
            "Answers",
            "该步骤应答复的陈述编号；不需答复时不填。",
            "The id of the statement that it has to answer to; absent if to none.",
        ),
    ] = None


@named("未生效陈述", "Unmet statement", "已受理但不产生效果的陈述，及其原因。")
class Unmet(Value):
    """A statement that was accepted and has no effect, and why."""

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "该陈述的编号（ce_id）。", "Its id (ce_id)."),
    ]
    party: Annotated[
        PartyCode,
        Words("主体", "Party", "作出该陈述的主体代码。", "The code of who said it."),
    ]
    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "该陈述的事件名称，如 obstacle.verified。",
            "The fact that it states, such as obstacle.verified.",
        ),
    ]
    code: Annotated[
        str,
        Words(
            "原因代码",
            "Code",
            "供程序判断的原因代码，如 not_your_step。",
            "The reason as a word for programs, such as not_your_step.",
        ),
    ]
    zh: Annotated[
        str,
        Words("中文原因", "Why, in Chinese", "为何不生效。", "Why it has no effect."),
    ]
    en: Annotated[
        str,
        Words("英文原因", "Why, in English", "为何不生效。", "Why it has no effect."),
    ]
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "现在可办的步骤及办理方；没有时为空。",
            "Which steps are open instead, and to whom; empty if none is.",
        ),
    ] = ()


UnmetStatements = Annotated[
    tuple[Unmet, ...],
    Words(
        "未生效陈述",
        "Unmet",
        "已受理但不产生效果的陈述及原因；没有时为空。",
        "Statements that were accepted and have no effect, and why; may be empty.",
    ),
]
StatementCount = Annotated[
    int,
    Words(
        "陈述数",
        "Statements",
        "所依据的陈述条数，含已被取代者。",
        "How many statements it rests on, those since replaced included.",
    ),
]
Differing = Annotated[
    dict[str, dict[str, str]],
    Words(
        "各方不同",
        "Differing",
        "各方所述不同的字段：字段名、主体代码、所述；没有时为空。",
        "What the parties call otherwise: by field and party; empty if nothing.",
    ),
]
