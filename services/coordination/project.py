"""Projects: field by field, what the members agree on.

Beside the description stand what else is said about the project's subject:
monthly progress, obstacles, factors, the units' tasks, corrections.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.coordination import factors, responsibilities
from services.coordination.aggregate import Aggregate
from services.coordination.corrections import correction
from services.coordination.factors import Factors
from services.coordination.progress import Report, periods
from services.rules import obstacles
from services.rules.heard import Heard
from services.rules.obstacles import Obstacles
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.correction import Correction
from twincity_schemas.envelope import Envelope
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import (
    Figure,
    Investment,
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectSucceeded,
    ProjectWithdrawn,
)
from twincity_schemas.project_record import (
    Agreement,
    FieldRecord,
    FieldState,
    MemberStance,
    ProjectRecorded,
    Said,
    Stance,
)
from twincity_schemas.steps import Unmet
from twincity_schemas.task import TaskReported
from twincity_schemas.values import Domain, Subject, Value

_MOST_CORRECTIONS = 50
"""Of one party, the latest; older ones are in the ledger."""
_NOT_COMPARED = {"figures", "as_of", "source", "corrects"}


class Description(Value):
    """What a party describes, with the statement it said it in."""

    statement: str
    digest: str
    content: ProjectDescribed


class Left(Value):
    """What a party held to when it withdrew."""

    stance: Stance
    answers_party: str | None = None
    answers: str | None = None
    reason: str | None = None


class PartyView(Value):
    """One party's statements about a project, folded in its own order."""

    stance: Stance = Stance.SILENT
    description: Description | None = None
    answers_party: str | None = None
    answers: str | None = None
    reason: str | None = None
    left: Left | None = None
    """Where it stood before it withdrew, while it has."""
    successor: Heard[ProjectSucceeded] | None = None
    reports: Mapping[str, Report] = Field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    obstacles: Obstacles = Obstacles()
    factors: Factors = Factors()
    tasks: Mapping[str, Heard[TaskReported]] = Field(default_factory=dict)
    unmet: tuple[Unmet, ...] = ()
    statements: int = 0


Views = Mapping[str, PartyView]
"""What each party has said of one project."""


def hear(before: PartyView, envelope: Envelope, data: BaseModel) -> PartyView:
    """Add one statement to what its party has said."""
    return before.model_copy(
        update={
            "statements": before.statements + 1,
            **_change(before, envelope, data),
        }
    )


def _change(before: PartyView, envelope: Envelope, data: BaseModel) -> dict[str, Any]:
    match data:
        case ProjectDescribed():
            description = Description(
                statement=envelope.id, digest=data.digest, content=data
            )
            return (
                _stance(Stance.DESCRIBED)
                | {"description": description}
                | _corrected(before, envelope, data)
            )
        case ProgressReported():
            report = Report(statement=envelope.id, content=data)
            reports = {**before.reports, report.period: report}
            return {"reports": reports} | _corrected(before, envelope, data)
        case ProjectSucceeded():
            heard = Heard[ProjectSucceeded](statement=envelope.id, content=data)
            return {"successor": heard}
        case _:
            return _answered(before, envelope, data) or {
                "obstacles": obstacles.hear(before.obstacles, envelope, data),
                "factors": factors.hear(before.factors, envelope, data),
                "tasks": responsibilities.hear(before.tasks, envelope, data),
            }


def _answered(
    before: PartyView, envelope: Envelope, data: BaseModel
) -> dict[str, Any] | None:
    """What changes where a party answers to a description, or takes that back."""
    match data:
        case ProjectEndorsed():
            return _stance(Stance.ENDORSED, data.party, data.description)
        case ProjectDeclined():
            return _stance(Stance.DECLINED, data.party, data.description, data.reason)
        case ProjectWithdrawn():
            held = before.left or Left.model_validate(before, from_attributes=True)
            return _stance(Stance.WITHDRAWN, reason=data.reason) | {"left": held}
        case ProjectReopened():
            return _reopened(before, envelope)
        case _:
            return None


def _reopened(before: PartyView, envelope: Envelope) -> dict[str, Any]:
    if before.left is None:
        why = (
            "not_withdrawn",
            "本方未撤回，无需重启",
            "this party has not withdrawn",
        )
        return _unmet(before, envelope, "project.reopened", why)
    left = before.left
    return _stance(left.stance, left.answers_party, left.answers, left.reason)


def _corrected(
    before: PartyView,
    envelope: Envelope,
    data: ProjectDescribed | ProgressReported,
) -> dict[str, Any]:
    """What a statement adds that says which earlier one it corrects."""
    if data.corrects is None:
        return {}
    for statement, content in _standing_statements(before, type(data)):
        if statement == data.corrects:
            told = correction(envelope.party, (statement, content), (envelope.id, data))
            kept = (*before.corrections, told)[-_MOST_CORRECTIONS:]
            return {"corrections": kept}
    why = (
        "corrects_unknown",
        f"本方没有现行陈述 {data.corrects}，按新陈述处理",
        f"{data.corrects} is no statement of this party that stands; taken as new",
    )
    return _unmet(before, envelope, EVENT_TYPE_OF[type(data)].fact, why)


def _standing_statements(
    view: PartyView, kind: type[BaseModel]
) -> Iterator[tuple[str, BaseModel]]:
    if kind is ProgressReported:
        for report in view.reports.values():
            yield report.statement, report.content
    elif view.description is not None:
        yield view.description.statement, view.description.content


def _unmet(
    before: PartyView, envelope: Envelope, step: str, why: tuple[str, str, str]
) -> dict[str, Any]:
    code, zh, en = why
    told = Unmet(
        statement=envelope.id,
        party=envelope.party,
        step=step,
        code=code,
        zh=zh,
        en=en,
    )
    return {"unmet": (*before.unmet, told)[-_MOST_CORRECTIONS:]}


def _stance(
    stance: Stance,
    party: str | None = None,
    description: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    return {
        "left": None,
        "stance": stance,
        "answers_party": party,
        "answers": description,
        "reason": reason,
    }


def home(views: Views) -> Domain | None:
    """The domain whose topic the record belongs to; None before a description."""
    first = _first_description(views)
    return None if first is None else first.content.domain


def derive(subject: Subject, views: Views) -> ProjectRecorded | None:
    """The joint record; None as long as nobody has described the project."""
    first = _first_description(views)
    if first is None:
        return None
    # A project that a party withdrew is known by the descriptions that are left.
    stances = {party: _standing(views, party) for party in subject.members}
    effective = {
        party: description
        for party, stance in stances.items()
        if (description := _effective(views, party, stance)) is not None
    }
    header = next(iter(effective.values()), first).content
    fields = _fields(effective)
    ledger, unmet = obstacles.ledger(
        subject, {party: view.obstacles for party, view in views.items()}
    )
    needs, unmet_answers = factors.records({p: v.factors for p, v in views.items()})
    units, unmet_tasks = responsibilities.responsibilities(
        (unit for d in effective.values() for unit in d.content.responsible_units),
        {party: view.tasks for party, view in views.items()},
    )
    return ProjectRecorded(
        subject=str(subject),
        agreement=_agreement(stances, effective, fields),
        domain=first.content.domain,
        name=header.name,
        item_class=header.item_class,
        members=stances,
        fields=fields,
        progress=periods(
            {
                party: views[party].reports
                for party in subject.members
                if stances[party].stance is not Stance.WITHDRAWN and party in views
            },
            members=len(subject.members),
        ),
        responsibilities=units,
        unowned=responsibilities.unowned(subject.members, units),
        obstacles=ledger,
        factors=needs,
        successor=_successor(views),
        corrections=tuple(c for _, v in sorted(views.items()) for c in v.corrections),
        statements=sum(party.statements for party in views.values()),
        unmet=(
            *(told for _, view in sorted(views.items()) for told in view.unmet),
            *unmet,
            *unmet_answers,
            *unmet_tasks,
        ),
    )


def _successor(views: Views) -> FieldRecord | None:
    """Which project the members say goes on in this one's stead."""
    said = {
        party: (
            heard.content.successor,
            Said(
                value=heard.content.successor,
                as_of=heard.content.as_of,
                source=heard.content.reason,
                statement=heard.statement,
            ),
        )
        for party, view in sorted(views.items())
        if (heard := view.successor) is not None
    }
    return _field(said) if said else None


def _first_description(views: Views) -> Description | None:
    return next(
        (
            description
            for party in sorted(views)
            if (description := views[party].description) is not None
        ),
        None,
    )


def _held(views: Views, party: str | None, digest: str | None) -> Description | None:
    """A description that a party still holds as it was answered to."""
    said = views.get(party or "")
    if said is None or said.stance is Stance.WITHDRAWN or said.description is None:
        return None
    return said.description if said.description.digest == digest else None


def _standing(views: Views, party: str) -> MemberStance:
    said = views.get(party, PartyView())
    own = None if said.description is None else said.description.digest
    answered = _held(views, said.answers_party, said.answers) is not None
    match said.stance:
        case Stance.ENDORSED | Stance.DECLINED if not answered:
            stance = Stance.OUTDATED
        case _:
            stance = said.stance
    described = stance is Stance.DESCRIBED
    return MemberStance(
        stance=stance,
        description=own if described else said.answers,
        of=party if described else said.answers_party,
        reason=said.reason,
    )


def _effective(views: Views, party: str, standing: MemberStance) -> Description | None:
    """The description that speaks for a member: its own, or the one it endorsed."""
    match standing.stance:
        case Stance.SILENT | Stance.WITHDRAWN:
            return None
        case Stance.ENDORSED:
            return _held(views, standing.of, standing.description)
        case Stance.DESCRIBED | Stance.DECLINED | Stance.OUTDATED:
            return views[party].description


def _fields(effective: Mapping[str, Description]) -> dict[str, FieldRecord]:
    said: dict[str, dict[str, tuple[Any, Said]]] = {}
    for party, description in effective.items():
        for name, value in _values(description.content):
            said.setdefault(name, {})[party] = (
                _compared(value),
                _said(value, description),
            )
    return {name: _field(said[name]) for name in sorted(said)}


def _values(content: ProjectDescribed) -> list[tuple[str, Any]]:
    """Each filled-in field of a description; each key figure by its own name."""
    fields = [
        (name, value)
        for name in ProjectDescribed.model_fields
        if name not in _NOT_COMPARED
        and (value := getattr(content, name)) not in (None, ())
    ]
    return fields + [(f"figures.{k}", figure) for k, figure in content.figures.items()]


def _compared(value: Any) -> Any:
    """What two parties have to agree on: the figure, not the paper it is from."""
    match value:
        case Investment():
            return value.amount
        case Figure():
            return (value.value, value.unit)
        case _:
            return value


def _said(value: Any, description: Description) -> Said:
    content = description.content
    return Said(
        value=_json(value),
        as_of=getattr(value, "as_of", None) or content.as_of,
        source=getattr(value, "source", None) or content.source,
        statement=description.statement,
    )


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value


def _field(said: Mapping[str, tuple[Any, Said]]) -> FieldRecord:
    compared = [value for value, _ in said.values()]
    by = {party: by_party for party, (_, by_party) in said.items()}
    if any(value != compared[0] for value in compared):
        return FieldRecord(state=FieldState.DISPUTED, by=by)
    return FieldRecord(
        state=FieldState.SETTLED if len(said) > 1 else FieldState.SINGLE,
        value=next(iter(by.values())).value,
        by=by,
    )


def _agreement(
    stances: Mapping[str, MemberStance],
    effective: Mapping[str, Description],
    fields: Mapping[str, FieldRecord],
) -> Agreement:
    taken = {stance.stance for stance in stances.values()}
    states = {field.state for field in fields.values()}
    if Stance.WITHDRAWN in taken:
        return Agreement.WITHDRAWN
    if Stance.DECLINED in taken:
        return Agreement.DECLINED
    if FieldState.DISPUTED in states:
        return Agreement.DISPUTED
    if len(effective) == len(stances) and _all_said_the_same(effective, fields):
        return Agreement.AGREED
    return Agreement.SINGLE if len(effective) == 1 else Agreement.COMPATIBLE


def _all_said_the_same(
    effective: Mapping[str, Description], fields: Mapping[str, FieldRecord]
) -> bool:
    return all(len(field.by) == len(effective) for field in fields.values())


AGGREGATE = Aggregate("project", PartyView, hear, derive, home)
