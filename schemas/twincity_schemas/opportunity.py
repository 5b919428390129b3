"""Entries of an opportunity list (机会清单): published, revised, withdrawn.

An entry belongs to the pool that its name begins with:
``opportunity/chengdu/2022-1-0387`` is entry 0387 of pool ``2022-1``.
"""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from twincity_schemas.decimals import Money
from twincity_schemas.problems import WrongValueError
from twincity_schemas.references import ChainId, MemberOf, ProjectId
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    ProjectCode,
    RegionCode,
    Subject,
    Value,
)
from twincity_schemas.words import Coded


class Area(Coded):
    """The four areas of the list of 2022-06-20."""

    ECOLOGY = "ecology"
    LIFE = "life"
    PRODUCTION = "production"
    GOVERNANCE = "governance"


class NeedType(Coded):
    """The ten need types of the list of 2022-06-20."""

    CONSTRUCTION = "construction"
    INVESTMENT = "investment"
    SUPPLY_CHAIN = "supply-chain"
    PROCUREMENT = "procurement"
    SOLUTION = "solution"
    PLANNING = "planning"
    RESEARCH = "research"
    EVENT = "event"
    TALENT = "talent"
    FINANCE = "finance"


class IssuerKind(Coded):
    """The kind of issuer; with the direction it gives the four sub-lists."""

    GOVERNMENT = "government"
    ENTERPRISE = "enterprise"


class Direction(Coded):
    """The side of a pair that an entry can be."""

    DEMAND = "demand"
    SUPPLY = "supply"


class Limit(Coded):
    """A limit that the entry insists on; elsewhere it only counts."""

    REGION = "region"
    AMOUNT = "amount"
    WINDOW = "window"
    QUALIFICATION = "qualification"


Qualification = Annotated[
    str,
    StringConstraints(
        pattern=r"\S", min_length=1, max_length=60, strip_whitespace=True
    ),
]


class ChainGap(Value):
    """A gap of an industry chain, by the name that its party gave it."""

    chain: ChainId
    declared_by: Annotated[PartyCode, MemberOf(beside="chain")]
    gap: ItemCode


class TextVector(Value):
    """A sentence vector of the entry's text, which its publisher may add."""

    model: Line
    values: Annotated[
        str,
        StringConstraints(
            pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            min_length=4,
            max_length=2048,
        ),
    ]


class OpportunityPublished(Statement):
    """A party publishes an entry: what is needed, or what can be supplied."""

    looks_ahead = True

    refuses = ("window_reversed",)

    title: Line
    content: Paragraph
    area: Area
    need_type: NeedType
    direction: Direction
    issuer_kind: IssuerKind
    scenario: Line | None = None
    domain: Domain | None = None
    amount: Money | None = None
    cooperation_mode: Line
    regions: Annotated[tuple[RegionCode, ...], Field(max_length=50)] = ()
    requirements: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    qualifications: Annotated[tuple[Qualification, ...], Field(max_length=20)] = ()
    insists_on: Annotated[tuple[Limit, ...], Field(max_length=4)] = ()
    capacity: Annotated[int, Field(ge=0, le=99)] = 1
    valid_from: PartialDate | None = None
    valid_to: PartialDate | None = None
    responsible_unit: Organisation
    contact_org: Line
    contact_phone: (
        Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{5,25}$")] | None
    ) = None
    project_code: ProjectCode | None = None
    project: ProjectId | None = None
    vector: TextVector | None = None
    gap: ChainGap | None = None
    made_up: bool = False
    as_of: AsOf

    @model_validator(mode="after")
    def _window_opens_before_it_closes(self) -> "OpportunityPublished":
        if (
            self.valid_from is not None
            and self.valid_to is not None
            # Compared as far as both are known: 2026 may still open in 2026-11.
            and self.valid_from[: len(self.valid_to)]
            > self.valid_to[: len(self.valid_from)]
        ):
            raise WrongValueError(
                "window_reversed",
                f"有效期起 {self.valid_from} 晚于有效期止 {self.valid_to}",
                f"valid_from {self.valid_from} is after valid_to {self.valid_to}",
            )
        return self


class OpportunityRevised(OpportunityPublished):
    """The owner says the entry anew, whole; it replaces what was said before."""


class OpportunityWithdrawn(Statement):
    """The owner takes the entry off the list."""

    reason: Paragraph


def pool_of(subject: Subject) -> str:
    """The pool of an entry: its name up to the last hyphen.

    ``2022-1-0387`` is in pool ``2022-1``; a name without a hyphen is in the
    pool of its own name.
    """
    return subject.name.rsplit("-", 1)[0]
