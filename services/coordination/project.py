"""Projects: field by field, what the members agree on.

Beside the description stand what else is said about the project's subject:
monthly progress (``progress``) and obstacles (``obstacles``).
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.coordination.aggregate import Aggregate
from services.coordination.progress import Report, periods
from services.rules import obstacles
from services.rules.obstacles import Obstacles
from twincity_schemas.envelope import Envelope
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import (
    Figure,
    Investment,
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
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
from twincity_schemas.values import Domain, Subject, Value


class Description(Value):
    """What a party describes, with the statement it said it in."""

    statement: str
    digest: str
    content: ProjectDescribed


class PartyView(Value):
    """One party's statements about a project, folded in its own order."""

    stance: Stance = Stance.SILENT
    description: Description | None = None
    answers_party: str | None = None
    answers: str | None = None
    reason: str | None = None
    reports: Mapping[str, Report] = Field(default_factory=dict)
    obstacles: Obstacles = Obstacles()
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
            return _stance(Stance.DESCRIBED) | {"description": description}
        case ProjectEndorsed():
            return _stance(Stance.ENDORSED, data.party, data.description)
        case ProjectDeclined():
            return _stance(Stance.DECLINED, data.party, data.description, data.reason)
        case ProjectWithdrawn():
            return _stance(Stance.WITHDRAWN, reason=data.reason)
        case ProgressReported():
            report = Report(statement=envelope.id, content=data)
            return {"reports": {**before.reports, report.period: report}}
        case _:
            return {"obstacles": obstacles.hear(before.obstacles, envelope, data)}


def _stance(
    stance: Stance,
    party: str | None = None,
    description: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    return {
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
        obstacles=ledger,
        statements=sum(party.statements for party in views.values()),
        unmet=tuple(unmet),
    )


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
        if name not in {"figures", "as_of", "source"}
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
