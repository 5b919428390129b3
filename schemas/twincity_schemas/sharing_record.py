"""The joint view of an agreement of sharing, and what each year's shares are."""

from pydantic import Field

from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed, Money, Share
from twincity_schemas.parts import (
    OpenCount,
    OpenParts,
    PartRecord,
    Parts,
    StatementsDigest,
)
from twincity_schemas.problems import Doubts
from twincity_schemas.project_record import Agreement, FieldRecord, MemberStance
from twincity_schemas.references import ProjectId
from twincity_schemas.sharing import SharedItem, SharedKind, SharedTerms, Year
from twincity_schemas.steps import OpenStep, StatementCount, StatementsWithoutEffect
from twincity_schemas.values import (
    AsOf,
    Domain,
    PartyCode,
    Recorded,
    Source,
    StatementId,
    Value,
)
from twincity_schemas.words import Coded


class TextInForce(Value):
    """The text that holds, until all agree on another or one of them leaves."""

    since: Recorded
    begins: Year
    ends: Year | None = None
    terms: tuple[SharedTerms, ...]


class SharingRecorded(Value):
    """The joint view of an agreement: derived, written by nobody."""

    subject: str
    agreement: Agreement
    domain: Domain
    title: str
    project: ProjectId | None = None
    in_force: TextInForce | None = None
    members: dict[PartyCode, MemberStance]
    fields: dict[str, FieldRecord]
    awaiting: tuple[OpenStep, ...] = ()
    parts: Parts = Field(default_factory=dict)
    open_parts: OpenCount = 0
    open: OpenParts = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    no_effect: StatementsWithoutEffect = ()


class ShareState(Coded):
    """The state of a year's shares of an item: computed, or why they are not."""

    SHARED = "shared"
    STOCK_ONLY = "stock-only"
    INCOMPLETE = "incomplete"
    NOT_AGREED = "not-agreed"


class AmountBefore(Value):
    """A year's figure as it was stated before."""

    statement: StatementId
    amount: Money


class DisputeState(Coded):
    """The outcome of a dispute about a year's figure."""

    OPEN = "open"
    CORRECTED = "corrected"
    KEPT = "kept"


class FigureDispute(Value):
    """A figure that another member doubts, and what was answered."""

    raised_by: PartyCode
    statement: StatementId
    recorded: RecordedAt
    figure: StatementId
    amount: Money
    claimed: Money | None = None
    evidence: str
    state: DisputeState
    answer: StatementId | None = None
    reason: str | None = None


class PartyShare(Value):
    """One party of an item: what it collected, what it is due, what goes across.

    ``transfer`` = ``share`` - ``collected``: what it has to receive, or where
    negative to give up.
    """

    collected: Money | None = None
    stock: Money | None = None
    percent: Share | None = None
    share: Computed | None = None
    transfer: Computed | None = None
    as_of: AsOf | None = None
    source: Source | None = None
    statement: StatementId | None = None
    version: int | None = None
    before: tuple[AmountBefore, ...] = ()
    disputes: tuple[FigureDispute, ...] = ()
    doubts: Doubts = ()


class ItemShares(Value):
    """One item in one year; the shares add up to the total exactly."""

    state: ShareState
    kind: SharedKind | None = None
    name: str | None = None
    missing: tuple[PartyCode, ...] = ()
    stock: Computed | None = None
    total: Computed | None = None
    increment: Computed | None = None
    by: dict[PartyCode, PartyShare]


class ShareRecorded(PartRecord):
    """The shares of one year, by the text that was agreed when it ended."""

    year: Year
    agreed_since: Recorded | None = None
    items: dict[SharedItem, ItemShares]
    no_effect: StatementsWithoutEffect = ()
