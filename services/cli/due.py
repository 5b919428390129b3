"""What is due, overdue or unowned, as of a date that is data."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from twincity_schemas.factor import FactorRecorded
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing import Pair, PairingRecorded, PairStatus
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.task import TaskRecorded, TaskState
from twincity_schemas.values import Subject, earlier

_MINE_TO_ANSWER = {
    Direction.DEMAND: PairStatus.ACCEPTED_BY_SUPPLY,
    Direction.SUPPLY: PairStatus.ACCEPTED_BY_DEMAND,
}


@dataclass(frozen=True)
class Due:
    """Something that somebody has still to do.

    Attributes:
        subject: the project or the entry of an opportunity list.
        kind: task, obstacle, factor, lead or answer, zh and en.
        what: what is to be done.
        party: whose it is.
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
            if obstacle.state is not ObstacleState.CLOSED:
                who = (obstacle.assigned_to or obstacle.raised_by, obstacle.unit.name)
                yield due("症结 obstacle", obstacle.title, who, obstacle.due)
        case FactorRecorded() as factor if factor.short:
            what = f"{factor.what}：缺 {factor.short} {factor.unit}"
            owners = "、".join(factor.by) or factor.part.split("/")[1]
            yield due("要素 factor", what, (owners, ""), factor.needed_by)
        case ProjectRecorded(unowned=unowned):
            for party in unowned:
                what = "尚无牵头单位 no lead"
                yield due("无牵头单位 unowned", what, (party, ""), None)
        case PairingRecorded() as paired:
            owner = Subject.parse(paired.subject).members[0]
            for pair in _to_answer(paired):
                what = f"{paired.title} ↔ {pair.counterpart}"
                yield due("答复 answer", what, (owner, ""), pair.answer_by)
        case _:
            pass


def _to_answer(paired: PairingRecorded) -> Iterator[Pair]:
    """The pairs that the other owner took up and this one has not answered."""
    for pair in (*paired.pairs, *paired.offers):
        if pair.status is _MINE_TO_ANSWER[paired.direction]:
            yield pair
