"""The joint view of one industry chain: elements, carriers and gaps of all sides."""

from pydantic import Field

from twincity_schemas.chain import CarrierRole, ChainCarrier, ChainElement
from twincity_schemas.opportunity import NeedType
from twincity_schemas.project_record import FieldState
from twincity_schemas.references import OpportunityId
from twincity_schemas.steps import Differing, StatementCount, StatementsWithoutEffect
from twincity_schemas.values import (
    AsOf,
    Domain,
    Organisation,
    PartyCode,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class ElementState(Coded):
    """The presence of an element on the sides that spoke."""

    PRESENT = "present"
    COMPLEMENTARY = "complementary"
    MISSING = "missing"


class GapState(Coded):
    """The state of a gap: open, or filled by the word of whoever declared it."""

    OPEN = "open"
    FILLED = "filled"


class ElementSide(Value):
    """One side's part of an element, as it says."""

    holders: tuple[Organisation, ...]
    note: str | None = None
    statement: StatementId
    as_of: AsOf


class ElementRecord(Value):
    """An element, side by side."""

    state: ElementState
    by: dict[PartyCode, ElementSide]


class CarrierRecord(Value):
    """The carriers of a role: agreed, or each member's view beside the others'."""

    state: FieldState
    places: tuple[ChainCarrier, ...] = ()
    by: dict[PartyCode, tuple[ChainCarrier, ...]]


class GapBefore(Value):
    """A gap as its party had declared it before, and whether it was filled then."""

    statement: StatementId
    title: str
    what: str
    as_of: StepDate
    filled: str | None = None


class GapRecord(Value):
    """A gap as it stands: open or filled, and where it is published."""

    state: GapState
    title: str
    what: str
    element: ChainElement | None = None
    need_type: NeedType
    declared_by: PartyCode
    statement: StatementId
    as_of: StepDate
    opportunity: OpportunityId | None = None
    held_by: tuple[PartyCode, ...] = ()
    filled_by: Organisation | None = None
    filled_from: PartyCode | None = None
    version: int
    before: tuple[GapBefore, ...] = ()


class ChainRecorded(Value):
    """The joint view of an industry chain: derived, written by nobody."""

    subject: str
    domain: Domain
    title: str
    differing: Differing = Field(default_factory=dict)
    elements: dict[ChainElement, ElementRecord]
    carriers: dict[CarrierRole, CarrierRecord] = Field(default_factory=dict)
    gaps: dict[str, GapRecord] = Field(default_factory=dict)
    statements: StatementCount
    no_effect: StatementsWithoutEffect = ()
