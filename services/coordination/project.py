"""Projects: what the members stand behind together.

This is the project itself, its header. What else is said about it are parts of
their own: months of progress, obstacles, factors, the units' tasks, corrections.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Self, Unpack

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from services.coordination import (
    corrections,
    factors,
    obstacles,
    progress,
    stance,
    standing,
    tasks,
    treatment,
    units,
)
from services.coordination.fields import WHOLE, fields
from services.coordination.stance import Description, StanceView, Text, Views
from services.coordination.standing import Standings
from services.rules import obstacles as obstacle_rules
from services.rules import presence
from services.rules.comparison import compared
from services.runtime.kinds import Derived, Kind, Part, States
from services.runtime.outcomes import Spelled
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.message import to_json
from twincity_schemas.parts import OpenPart, PartCount
from twincity_schemas.problems import Problem
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import (
    ProjectDescribed,
    ProjectReopened,
    ProjectWithdrawn,
    UnitRole,
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
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import records


def topic(states: States) -> str | None:
    """Returns where the project's records lie; None while no domain is known."""
    domain = stance.described_domain(states.own)
    return None if domain is None else records(domain)


def derive(states: States) -> Derived:
    """The joint record; none while nobody has described the project in a domain."""
    positions = standing.positions_of(states, states.own)
    header = _header(standing.Unchanged(positions, units.of(states)))
    if header is None:
        return Derived(no_effect=stance.idle(states.own))
    open_parts, due_first = states.open
    counts = _Counts(
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        statements=states.statements,
        statements_digest=states.statements_digest,
    )
    return Derived({"": header.with_counts(counts)}, header.no_effect)


class _Counts(TypedDict):
    """The part of a record that changes with every statement; it stands together."""

    parts: Mapping[str, PartCount]
    open_parts: int
    open: tuple[OpenPart, ...]
    statements: int
    statements_digest: str


_COUNTS = TypeAdapter(_Counts)
_NONE = _Counts(
    parts={},
    open_parts=0,
    open=(),
    statements=0,
    statements_digest="sha256:" + "0" * 64,
)


def _json(counts: _Counts) -> bytes:
    return _COUNTS.dump_json(counts)[1:-1]


@dataclass(frozen=True, slots=True)
class _Header:
    """A project's record as far as it follows from the words about the project itself.

    Written once: a report changes its counts alone, and a record is of 10 KB.

    Attributes:
        before: the JSON up to the counts.
        after: the JSON behind them.
    """

    before: bytes
    after: bytes
    no_effect: tuple[NoEffect, ...]

    @classmethod
    def of(cls, record: ProjectRecorded) -> Self:
        """Write a record that has no counts yet."""
        # Within a text the quotation marks are escaped, so it is found nowhere else.
        before, _, after = to_json(record).rpartition(_json(_NONE))
        return cls(before, after, record.no_effect)

    def with_counts(self, counts: _Counts) -> Spelled:
        """The record with these counts."""
        return Spelled(ProjectRecorded, self.before + _json(counts) + self.after)


@lru_cache(maxsize=5_000)  # of those that are spoken about now
def _header(unchanged: standing.Unchanged) -> _Header | None:
    """Returns the header; None while nobody has described the project in a domain."""
    positions = unchanged.positions
    domain = stance.described_domain(positions.views)
    if domain is None:
        return None
    # A project that a party withdrew is known by the descriptions that are left.
    standings = standing.standings(positions)
    texts = standing.texts(standings)
    eldest = stance.eldest(positions.views, texts or None)
    classes = {text.content.item_class for text in eldest}
    by_field = fields(standings, units.identify(unchanged.listed))
    staying = presence.staying(positions.where, positions.subject.members)
    record = ProjectRecorded(
        subject=str(positions.subject),
        agreement=agreement(standings, by_field),
        domain=domain,
        name=" / ".join(sorted({text.content.name for text in eldest})),
        item_class=classes.pop() if len(classes) == 1 else None,
        members=_members(standings, by_field),
        fields=by_field,
        awaiting=standing.awaiting(positions, standings),
        unowned=_unowned(staying, texts),
        successor=_successor(positions.views),
        no_effect=stance.idle(positions.views),
        **_NONE,
    )
    return _Header.of(record)


def _members(
    standings: Standings, fields: Mapping[str, FieldRecord]
) -> dict[str, MemberStance]:
    """Returns each member's stance, with the doubts that all texts together leave."""
    shares = fields["investor_shares"].value if "investor_shares" in fields else None
    # Each member may list its own investors alone: together they are the whole.
    whole = sum((Decimal(one["percent"]) for one in shares or ()), Decimal()) == WHOLE
    return {
        party: _settled(one.stance) if whole else one.stance
        for party, one in standings.items()
    }


class MemberStanceChanges(TypedDict):
    """The field of a stance that the other texts settle."""

    doubts: tuple[Problem, ...]


def _settled(member: MemberStance) -> MemberStance:
    doubts = (one for one in member.doubts if one.code != "shares_below_whole")
    return _with(member, doubts=tuple(doubts))


def _with(member: MemberStance, **settled: Unpack[MemberStanceChanges]) -> MemberStance:
    return member.model_copy(update=settled)


def _unowned(
    parties: tuple[str, ...], texts: Mapping[str, Description]
) -> tuple[str, ...]:
    """The members without a lead: nobody of theirs answers for the project."""
    leads = {
        unit.party
        for description in texts.values()
        for unit in description.content.responsible_units
        if unit.role is UnitRole.LEAD
    }
    return tuple(party for party in parties if party not in leads)


def _successor(views: Views) -> FieldRecord | None:
    """Returns which project the members say goes on in this one's stead."""
    by = {
        party: Said(
            value=successor.content.successor,
            as_of=successor.content.as_of,
            source=successor.content.reason,
            statement=successor.id,
        )
        for party, view in sorted(views.items())
        if (successor := view.successor) is not None
    }
    if not by:
        return None
    named = [stated.value for stated in by.values()]
    state = compared(named)
    value = None if state is FieldState.DISPUTED else named[0]
    return FieldRecord(state=state, value=value, by=by)


_FEWEST = 2
"""Members that make a project a joint one."""


def agreement(
    standings: Standings[Text], fields: Mapping[str, FieldRecord]
) -> Agreement:
    """Returns how far those who stay have come; a party that has left is not counted.

    The first that holds says it all, the gravest first: who refuses before who differs,
    who differs before who has yet to answer. Agreed is only what every one of them
    stands by in every field; a field that one of them leaves out is not agreed.
    """
    stances = {party: one.stance.stance for party, one in standings.items()}
    staying = [p for p, taken in stances.items() if taken is not Stance.WITHDRAWN]
    states = {field.state for field in fields.values()}
    if len(staying) < min(_FEWEST, len(standings)):
        return Agreement.WITHDRAWN
    if Stance.DECLINED in stances.values():
        return Agreement.DECLINED
    if FieldState.DISPUTED in states:
        return Agreement.DISPUTED
    if any(one.awaits for one in standings.values()):
        return Agreement.AWAITING
    texts = standing.texts(standings)
    if len(texts) == len(staying) and all(
        len(field.by) == len(texts)
        and (field.state is FieldState.SETTLED or len(texts) == 1)
        for field in fields.values()
    ):
        return Agreement.AGREED
    return Agreement.SINGLE if len(texts) == 1 else Agreement.COMPATIBLE


_OF_APPRAISAL: tuple[type[BaseModel], ...] = (
    ProjectDescribed,
    ProjectWithdrawn,
    ProjectReopened,
    ProgressReported,
    *obstacle_rules.TAKES,
)
_COUNT_ELSEWHERE = frozenset(EVENT_TYPE_OF[one].fact for one in _OF_APPRAISAL)
"""The types that appraisal takes of a project, whoever has described it: a dispatch
lists a report and an obstacle, and who has left is due no more."""


def counts_elsewhere(step: NoEffect, states: States) -> bool:
    """Returns whether a statement counts before anybody has described the project."""
    if step.step in _COUNT_ELSEWHERE:
        return True
    # Whoever had left, and answers to a description, is due again.
    latest = states.own[step.party].latest if step.party in states.own else None
    return latest is not None and latest.id == step.statement and latest.back


KIND = Kind(
    "project",
    (
        # What a correction replaces has to stand when it is taken in.
        corrections.PART,
        presence.PART_OF_PROJECT,
        units.PART,
        Part(
            stance.VERSION,
            stance.KeptDescription,
            {ProjectDescribed: stance.digest_of},
            stance.keep,
        ),
        Part("", StanceView, stance.TAKES, stance.apply, derive),
        progress.PART,
        obstacles.PART,
        factors.PART,
        tasks.REPORTS,
        tasks.LIST,
        treatment.PART,
    ),
    topic,
    counts_elsewhere,
)
