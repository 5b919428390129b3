"""Match results: one record per entry, one per pool."""

from pydantic import Field

from twincity_schemas.opportunity import Area, Direction, NeedType
from twincity_schemas.parts import StatementsDigest
from twincity_schemas.steps import NoEffect, OpenStep, StatementCount
from twincity_schemas.values import Digest, PartialDate, PartyCode, SubjectId, Value
from twincity_schemas.words import Coded


class PairStatus(Coded):
    """The progress of a pair."""

    RECOMMENDED = "recommended"
    ACCEPTED_BY_DEMAND = "accepted-by-demand"
    ACCEPTED_BY_SUPPLY = "accepted-by-supply"
    AGREED = "agreed"
    IN_TALKS = "in-talks"
    SIGNED = "signed"
    LANDED = "landed"
    RATED = "rated"


class Term(Value):
    """One part of a score; the parts add up exactly to it."""

    name: str
    points: int
    zh: str
    en: str


class Confidence(Value):
    """The share of pairs of this kind that were right where the truth is known.

    Attributes:
        share: in per cent, rounded.
        low: where its interval of 95 % begins, in per cent.
        high: where that ends, in per cent.
        observed: how many pairs were counted.
    """

    share: int
    low: int
    high: int
    observed: int
    confident: bool


class Pair(Value):
    """The other entry of a pair and why it was chosen."""

    counterpart: SubjectId
    status: PairStatus
    score: int
    terms: tuple[Term, ...]
    mutual_first_choice: bool = False
    confidence: Confidence | None = None
    beyond_capacity: bool = False
    answer_by: PartialDate | None = None
    open: tuple[OpenStep, ...] = ()


class Failed(Value):
    """One reason why two entries are not a pair: what would have to change."""

    code: str
    zh: str
    en: str


class Near(Value):
    """An entry that comes nearest to one without a pair, and what is in the way."""

    counterpart: SubjectId
    score: int
    failed: tuple[Failed, ...]


class PairExit(Value):
    """A pair that an owner has left, or has put off; it is not recommended."""

    counterpart: SubjectId
    party: PartyCode
    step: str
    until: PartialDate | None = None


class PairingRecorded(Value):
    """The pairs that an entry has now."""

    subject: SubjectId
    pool: str
    title: str
    direction: Direction
    area: Area
    need_type: NeedType
    open: bool
    pairs: tuple[Pair, ...] = ()
    offers: tuple[Pair, ...] = ()
    declined: tuple[SubjectId, ...] = ()
    left: tuple[PairExit, ...] = ()
    no_effect: tuple[NoEffect, ...] = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    nearest: tuple[Near, ...] = ()
    why_unpaired: str | None = None


class SetDigest(Value):
    """The number of a set's members, and the sum modulo 2^256 of their SHA-256."""

    count: int
    digest: Digest


class CertificateRecorded(Value):
    """The proof that no better pairing exists: checkable in one pass."""

    total: str
    dual_total: str
    prices: SetDigest
    candidates: SetDigest


class PriceRecorded(Value):
    """An entry's price in the certificate, and how many places it has left."""

    subject: SubjectId
    pool: str
    direction: Direction
    places: int
    price: str


class PoolRecorded(Value):
    """The pairing of a pool as a whole, with its certificate."""

    pool: str
    scorer: str
    demands: int
    supplies: int
    pairs: int
    agreed: int
    score: int
    most_candidates: int
    answer_within_days: int
    mutual_first_choices: int = 0
    blocking: int = 0
    blocking_pairs: tuple[tuple[SubjectId, SubjectId], ...] = ()
    table: str | None = None
    certificate: CertificateRecorded
    statements: StatementCount
    statements_digest: StatementsDigest


class CandidatesRecorded(Value):
    """The supplies that a demand can be paired with, for whoever checks."""

    subject: SubjectId
    pool: str
    scores: dict[SubjectId, int] = Field(default_factory=dict)
