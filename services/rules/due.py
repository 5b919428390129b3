"""What is due, overdue or unowned, as of a date that is data."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from twincity_schemas.board_record import (
    AppealRecorded,
    AppealState,
    RectificationRecorded,
    RectificationState,
)
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.decimals import plain
from twincity_schemas.dispatch_record import DecisionRecorded, DecisionState
from twincity_schemas.factor_record import FactorRecorded
from twincity_schemas.indicator_record import MET, IndicatorRecorded
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing_record import PairingRecorded, PairStatus
from twincity_schemas.plan_record import MeasureRecord, MeasureState, PlanRecorded
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.sharing_record import DisputeState, ShareRecorded
from twincity_schemas.task_record import TaskRecorded, TaskState
from twincity_schemas.values import Subject, earlier
from twincity_schemas.words import Words
from twincity_schemas.worklist_record import AssignmentRecorded

_MINE_TO_ANSWER = {
    Direction.DEMAND: PairStatus.ACCEPTED_BY_SUPPLY,
    Direction.SUPPLY: PairStatus.ACCEPTED_BY_DEMAND,
}


@dataclass(frozen=True)
class Due:
    """Something that somebody has still to do.

    Attributes:
        subject: the project, or what else it is due on.
        kind: task, obstacle, decision, gate and so on, zh and en.
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

    @property
    def kind_words(self) -> Words:
        """Returns what kind it is, in either language."""
        zh, _, en = self.kind.partition(" ")
        return Words(zh, en)


def outstanding(record: BaseModel, as_of: str) -> Iterator[Due]:
    """Yields what is open by one record: of a project, or of a part of it.

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
        case FactorRecorded() as factor if factor.short and not factor.lapsed:
            for owner, short in _short(factor):
                what = f"{factor.what}：缺 {plain(short)} {factor.unit}"
                yield due("要素 factor", what, (owner, ""), factor.needed_by)
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
    """Yields the open items of a dispatch, board, plan, policy, race, indicator."""
    match record:
        case DecisionRecorded(state=DecisionState.OPEN) as decision:
            if decision.dispatch == decision.subject:  # else it is followed there
                who = (decision.party, decision.unit.name)
                yield "议定事项 decision", decision.what, who, decision.due
        case AppealRecorded() | RectificationRecorded():
            yield from _of_board(record)
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
            yield from _of_indicator(record)
        case _:
            yield from _of_list(record)


def _of_list(record: BaseModel) -> Iterator[Item]:
    """Yields the open items of an entry, a shared year, an assignment, an obstacle."""
    match record:
        case PairingRecorded():
            yield from _to_answer(record)
        case ShareRecorded(year=year):
            for code, item in record.items.items():
                for party in item.missing:
                    what = f"{item.name or code} {year}"
                    yield "年度数 yearly figure", what, (party, ""), str(year)
                for party, share in item.by.items():
                    for one in share.disputes:
                        if one.state is DisputeState.OPEN:
                            what = f"{item.name or code} {year}：{one.evidence}"
                            yield "年度数质疑 disputed figure", what, (party, ""), None
        case AssignmentRecorded():
            yield from _of_assignment(record)
        case ObstacleRecorded():
            yield from _of_obstacle(record)
        case _:
            pass


def _of_obstacle(obstacle: ObstacleRecorded) -> Iterator[Item]:
    """Yields who has to clear it; handed in, it waits for whoever verifies it."""
    if obstacle.state in {ObstacleState.CLOSED, ObstacleState.CANCELLED}:
        return
    parties, what = "、".join(obstacle.parties), obstacle.title
    if obstacle.submitted is None:
        yield "问题 obstacle", what, (parties, obstacle.unit.name), obstacle.due
    else:
        yield "核验 verification", what, (parties, ""), None


def _of_assignment(assignment: AssignmentRecorded) -> Iterator[Item]:
    """Yields what each owner has still to do, and what has to be verified by whom."""
    what = f"{assignment.code} {assignment.wording}"
    for step in assignment.open:
        if step.step == "worklist.reported":
            for owner in assignment.owners:
                if owner.party in step.parties:
                    who = (owner.party, owner.name)
                    yield "清单任务 assignment", what, who, assignment.due
        elif step.step == "worklist.verified":
            who = ("、".join(step.parties), "")
            yield "核验 verification", what, who, None


def _of_board(record: AppealRecorded | RectificationRecorded) -> Iterator[Item]:
    """An appeal that waits for its answer; a unit that has not left the black board."""
    match record:
        case AppealRecorded(state=AppealState.OPEN) as appeal:
            what = f"{appeal.unit} {appeal.measure}：{appeal.evidence}"
            yield "申诉 appeal", what, ("", ""), None
        case RectificationRecorded(open=(step, *_)) as rectification:
            what = f"{rectification.name}：{rectification.reason}"
            who = ("、".join(step.parties), rectification.name)
            # Handed in, it waits for whoever verifies it, and is not overdue.
            submitted = rectification.state is RectificationState.SUBMITTED
            yield (
                "整改 rectification",
                what,
                who,
                None if submitted else rectification.due,
            )
        case _:
            pass


def _of_indicator(indicator: IndicatorRecorded) -> Iterator[Item]:
    """A target that is not reached; where the members differ, by the first end."""
    target = indicator.target
    if indicator.state in MET:
        return
    ends = [target.joint] if target.joint else [*target.by.values()]
    by = min(one.ends for one in ends)
    yield "指标 indicator", indicator.name, ("、".join(target.by), ""), by


def _short(factor: FactorRecorded) -> Iterator[tuple[str, Decimal]]:
    """Yields who has how much still to bring; nobody ("") what none has committed."""
    for party, share in factor.by.items():
        left = (share.committed or Decimal()) - share.delivered
        if left > 0:
            yield party, left
    if factor.uncommitted:
        yield "", factor.uncommitted


def _is_open(measure: MeasureRecord) -> bool:
    return bool(measure.open)


def _of_measure(measure: MeasureRecord) -> Item:
    """Returns what a measure waits for: to be taken by its date, or to be confirmed."""
    who = (measure.open[0].parties[0], measure.unit.name)
    by = None if measure.state is MeasureState.TAKEN else measure.due
    return "措施 measure", measure.what, who, by


def _of_race(challenge: ChallengeRecorded) -> Iterator[Item]:
    """The gates that winners have still to come through; before, entries, an award."""
    if challenge.award is None and challenge.entries:
        # Nobody has to enter once somebody has: whoever posted it chooses.
        yield "择优 award", challenge.title, (challenge.poster, ""), None
    elif challenge.award is None:
        who = ("、".join(challenge.open[0].parties), "")
        yield "揭榜 challenge", challenge.title, who, challenge.terms.deadline
    gates = {gate.code: gate for gate in challenge.terms.gates}
    for entry in challenge.entries.values():
        gate = gates.get(entry.gate or "")
        if gate is not None and entry.open:
            who = (entry.open[0].parties[0], entry.team.name)
            yield "关口 gate", f"{challenge.title} {gate.title}", who, gate.due


def _to_answer(paired: PairingRecorded) -> Iterator[Item]:
    """The pairs that the other owner took up and this one has not answered."""
    owner = Subject.parse(paired.subject).members[0]
    for pair in (*paired.pairs, *paired.offers):
        parties = {step.step: step.parties for step in pair.open}
        mine = owner in parties.get("match.accepted", ())
        if owner in parties.get("match.expired", ()):  # it owns the other entry too
            mine = mine and pair.status is _MINE_TO_ANSWER[paired.direction]
        if pair.answer_by is not None and mine:
            what = f"{paired.title} ↔ {pair.counterpart}"
            yield "答复 answer", what, (owner, ""), pair.answer_by
