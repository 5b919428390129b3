"""What is due, overdue or unowned, as of a date that is data."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from twincity_schemas.board_record import AppealRecorded, AppealState
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.dispatch_record import DecisionRecorded, DecisionState
from twincity_schemas.factor import FactorRecorded
from twincity_schemas.indicator_record import IndicatorRecorded, IndicatorState
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState
from twincity_schemas.plan_record import MeasureRecord, MeasureState, PlanRecorded
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.task import TaskRecorded, TaskState
from twincity_schemas.values import earlier


@dataclass(frozen=True)
class Due:
    """Something that somebody has still to do.

    Attributes:
        subject: the project, or what else it is due on.
        kind: task, obstacle, decision, gate and so on, zh and en.
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
        # What was decided about a project is due on the project.
        about = getattr(record, "project", None)
        subject = str(about or getattr(record, "subject", ""))
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
        case _:
            for kind, what, who, by in _of_mechanism(record):
                yield due(kind, what, who, by)


Item = tuple[str, str, tuple[str, str], str | None]
"""A kind, what is to be done, whose it is with which unit, and by when."""


def _of_mechanism(record: BaseModel) -> Iterator[Item]:
    """What is open of a dispatch, a board, a plan, a policy, a race, an indicator."""
    match record:
        case DecisionRecorded(state=DecisionState.OPEN) as decision:
            if decision.dispatch == decision.subject:  # else it is followed there
                who = (decision.party, decision.unit.name)
                yield "议定事项 decision", decision.what, who, decision.due
        case AppealRecorded(state=AppealState.OPEN) as appeal:
            what = f"{appeal.unit} {appeal.measure}：{appeal.evidence}"
            yield "申诉 appeal", what, ("", ""), None
        case PlanRecorded():
            yield from map(_of_measure, filter(_is_open, record.measures.values()))
        case PolicyRecorded():
            for step in record.open:
                words = EVENT_TYPES[f"twincity.{step.step}.v1"].words
                what = f"{record.title} {words.zh}"
                yield "政策步骤 policy step", what, ("、".join(step.parties), ""), None
        case ChallengeRecorded():
            yield from _of_race(record)
        case IndicatorRecorded():
            reached = {IndicatorState.REACHED, IndicatorState.REACHED_CHANGED}
            joint = record.target.joint
            if joint is not None and record.state not in reached:
                who = ("、".join(record.target.by), "")
                yield "指标 indicator", record.name, who, joint.ends
        case _:
            pass


def _is_open(measure: MeasureRecord) -> bool:
    return bool(measure.open)


def _of_measure(measure: MeasureRecord) -> Item:
    """What a measure waits for: to be taken by its date, or to be confirmed."""
    who = (measure.open[0].parties[0], measure.unit.name)
    by = None if measure.state is MeasureState.TAKEN else measure.due
    return "措施 measure", measure.what, who, by


def _of_race(challenge: ChallengeRecorded) -> Iterator[Item]:
    """The gates that winners have still to come through; before, who is to enter."""
    if challenge.award is None:
        who = ("、".join(challenge.open[0].parties), "")
        yield "揭榜 challenge", challenge.title, who, challenge.terms.deadline
    gates = {gate.code: gate for gate in challenge.terms.gates}
    for entry in challenge.entries.values():
        gate = gates.get(entry.gate or "")
        if gate is not None and entry.open:
            who = (entry.open[0].parties[0], entry.team.name)
            yield "关口 gate", f"{challenge.title} {gate.title}", who, gate.due
