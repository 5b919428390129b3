"""What is due, overdue or unowned on a project, as of a date that is data."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from twincity_schemas.decimals import plain
from twincity_schemas.factor import FactorRecorded
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.task import TaskRecorded, TaskState
from twincity_schemas.values import earlier


@dataclass(frozen=True)
class Due:
    """Something that somebody has still to do.

    Attributes:
        subject: the project.
        kind: task, obstacle, factor or lead, zh and en.
        what: what is to be done.
        party: whose it is; "" while nobody has committed it.
        unit: which of its units, if it is said.
        due: by when; None where no date is set, or nobody owns it.
        overdue: whether that was over at the date that was asked about.
    """

    subject: str
    kind: str
    what: str
    party: str
    unit: str
    due: str | None
    overdue: bool


def outstanding(record: BaseModel, as_of: str) -> Iterator[Due]:
    """What is open by one record: of a project, or of a part of it.

    Args:
        record: any; most have nothing that falls due.
        as_of: a partial date; a date counts as over once it is earlier.
    """

    def due(kind: str, what: str, who: tuple[str, str], by: str | None) -> Due:
        late = by is not None and earlier(by, as_of)
        subject: str = getattr(record, "subject", "")
        return Due(subject, kind, what, *who, by, late)

    match record:
        case TaskRecorded(state=TaskState.OPEN) as task:
            what = task.task or task.role.words.zh
            yield due("任务 task", what, (task.party, task.unit), task.due)
        case ObstacleRecorded() as obstacle:
            if obstacle.state not in {ObstacleState.CLOSED, ObstacleState.CANCELLED}:
                who = (obstacle.assigned_to or obstacle.raised_by, obstacle.unit.name)
                yield due("症结 obstacle", obstacle.title, who, obstacle.due)
        case FactorRecorded() as factor if factor.short and not factor.lapsed:
            for owner, short in _short(factor):
                what = f"{factor.what}：缺 {plain(short)} {factor.unit}"
                yield due("要素 factor", what, (owner, ""), factor.needed_by)
        case ProjectRecorded(unowned=unowned):
            for party in unowned:
                what = "尚无牵头单位 no lead"
                yield due("无牵头单位 unowned", what, (party, ""), None)
        case _:
            pass


def _short(factor: FactorRecorded) -> Iterator[tuple[str, Decimal]]:
    """Who has how much of it still to bring; nobody ("") what none has committed."""
    for party, given in factor.by.items():
        left = (given.committed or Decimal()) - given.delivered
        if left > 0:
            yield party, left
    if factor.uncommitted:
        yield "", factor.uncommitted
