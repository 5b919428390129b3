"""Industry chains (建圈强链): five elements, carriers in both cities, and gaps.

Each member describes its own side: of each of the five elements what it has, or
that it has none; and how it sees the chain carried by both cities. A gap is
declared by the member that feels it, and is published with one statement more:
an ``opportunity.published`` whose ``gap`` names it is a whole entry of an
opportunity list, so matching looks for who can fill it.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from twincity_schemas.opportunity import NeedType
from twincity_schemas.references import About, Member, OpportunityId, Reference
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Organisation,
    Paragraph,
    RegionCode,
    Source,
    StepDate,
    Subject,
    Value,
)
from twincity_schemas.words import Coded


@dataclass(frozen=True)
class _Own(Reference):
    code: str = "not_own_entry"

    @override
    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        if Subject.parse(value).members == (about.party,):
            return None
        return (
            f"应为本方条目，形如 opportunity/{about.party}/…",
            f"must be this party's own entry: opportunity/{about.party}/…",
        )


OwnEntry = Annotated[OpportunityId, _Own()]


class ChainElement(Coded):
    """The five elements that a chain is made strong by (五大要素)."""

    LEADER = "leader"
    FUND = "fund"
    TALENT = "talent"
    PLATFORM = "platform"
    INTERMEDIARY = "intermediary"


class CarrierRole(Coded):
    """The role of a place in the chain."""

    MAIN = "main"
    COORDINATED = "coordinated"
    RESEARCH = "research"
    PRODUCTION = "production"
    HEADQUARTERS = "headquarters"
    BASE = "base"


class ElementHeld(Value):
    """One side's part of an element; nobody listed means that it is missing."""

    holders: Annotated[tuple[Organisation, ...], Field(max_length=50)]
    note: Line | None = None


class ChainElements(Value):
    """One side's part of each element; none of the five is passed over."""

    leader: ElementHeld
    fund: ElementHeld
    talent: ElementHeld
    platform: ElementHeld
    intermediary: ElementHeld


class ChainCarrier(Value):
    """A place and what it does for the chain."""

    role: CarrierRole
    party: Member
    place: Line
    region: RegionCode | None = None


class ChainDescribed(Statement):
    """A member's side of the chain, and who carries what; said anew, it replaces."""

    title: Line
    domain: Domain
    elements: ChainElements
    carriers: Annotated[tuple[ChainCarrier, ...], Field(max_length=50)] = ()
    as_of: AsOf
    source: Source


class _OfGap(Statement):
    gap: ItemCode
    as_of: StepDate


class GapDeclared(_OfGap):
    """A lack of a chain on one side; said again, it corrects, or opens it anew."""

    title: Line
    what: Paragraph
    element: ChainElement | None = None
    need_type: NeedType
    opportunity: OwnEntry | None = None


class GapFilled(_OfGap):
    """Whoever declared the gap says that it is filled, and by whom."""

    filled_by: Organisation
    party: Member | None = None
    note: Paragraph


class GapWithdrawn(_OfGap):
    """Whoever declared the gap takes it back, unfilled; declared anew, it is open."""

    reason: Paragraph
