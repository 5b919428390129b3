"""Responsibility lists (清单制+责任制): who is to do what by when, and whether it is.

The units and their tasks stand in the project's description; whether a task is
done, the party whose unit it is reports.
"""

from typing import Annotated

from twincity_schemas.parts import PartRecord
from twincity_schemas.project import UnitRole
from twincity_schemas.statement import Statement
from twincity_schemas.values import Line, Paragraph, PartialDate, PartyCode
from twincity_schemas.words import Coded, Words, named

_Unit = Annotated[
    Line,
    Words("责任单位", "Unit", "描述中所列单位的名称。", "Its name in the description."),
]
_Role = Annotated[
    UnitRole, Words("责任角色", "Role", "该单位的角色。", "What it is there as.")
]


@named("任务报告", "Task reported", "主体报告本方责任单位的任务是否完成；以后报为准。")
class TaskReported(Statement):
    """A party says whether its unit has done its task; the latest counts."""

    unit: _Unit
    role: _Role
    done: Annotated[
        bool,
        Words("已完成", "Done", "true 表示任务已完成。", "Whether the task is done."),
    ]
    note: Annotated[
        Paragraph,
        Words("情况", "Note", "进展或依据。", "How it stands."),
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "情况的日期。", "The date it is of.")
    ]


@named("任务状态", "State of a task", "责任清单上一项任务的状态。")
class TaskState(Coded):
    """How far a task on the responsibility list is."""

    OPEN = ("open", "未完成", "open", "未报告完成。", "It is not said to be done.")
    DONE = ("done", "已完成", "done", "按时完成。", "It was done in time.")
    DONE_LATE = (
        "done-late",
        "逾期完成",
        "done late",
        "完成日期晚于时限。",
        "It was done after it was due.",
    )


@named("任务记录", "Task recorded", "责任清单上一个责任单位的任务、时限和状态。")
class TaskRecorded(PartRecord):
    """A unit on the list with its task, and how far that is."""

    party: Annotated[
        PartyCode, Words("所属方", "Side", "所属主体。", "Whose unit it is.")
    ]
    unit: _Unit
    role: _Role
    task: Annotated[
        str | None,
        Words("任务", "Task", "任务；未分解时不填。", "What it is to do, if said."),
    ] = None
    due: Annotated[
        PartialDate | None,
        Words(
            "时限",
            "Due",
            "时限；逾期后再改的不算。",
            "When it is due; changed after that, it stays.",
        ),
    ] = None
    first_due: Annotated[
        PartialDate | None,
        Words(
            "最初时限",
            "First due",
            "时限改过时，最初所定的时限；没有改过时不填。",
            "When it was due at first, where that was changed; absent if it was not.",
        ),
    ] = None
    state: Annotated[
        TaskState, Words("状态", "State", "是否完成。", "Whether it is done.")
    ]
    note: Annotated[
        str | None, Words("情况", "Note", "最近的报告。", "What was reported last.")
    ] = None
    statement: Annotated[
        str | None,
        Words("陈述编号", "Statement", "所据报告的编号。", "The id of that report."),
    ] = None
