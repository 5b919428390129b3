"""The joint view of one challenge or race, derived from what its members said.

The published rules, in exact fractions, rounded half up to 0.01 at the end:

::

    review of an entry = sum over criteria c of w(c) * mean points(c) / sum of w(c)
    attained(g)        = (measured - baseline) / (target - baseline), in per cent
    result at a gate   = sum over goals g of w(g) * min(max(attained(g), 0), cap)
                         / sum of w(g)

The mean is over the jurors: of each unit the latest review that counts. A goal
not measured counts 0; one whose target does not lie beyond its baseline (or an
at-most without baseline) counts 100 when met, 0 when not. Results that are
equal as shown share a rank (1, 1, 3). A gate closes when each who is still in
the race is verified or has failed there; the best ``keep`` go on, and whoever
ties with the last of them: nobody falls out by a draw.
"""

from pydantic import Field

from twincity_schemas.challenge import ChallengeTerms
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed, Money, Number
from twincity_schemas.parts import Editions
from twincity_schemas.steps import (
    ItemCode,
    OpenStep,
    StatementCount,
    StatementsWithoutEffect,
)
from twincity_schemas.values import (
    Domain,
    Organisation,
    PartialDate,
    PartyCode,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class ChallengeState(Coded):
    """The progress of a challenge; nobody writes it, it is derived."""

    POSTED = "posted"
    ENTERED = "entered"
    UNDER_REVIEW = "under-review"
    IMPLEMENTING = "implementing"
    ACCEPTED = "accepted"
    FAILED = "failed"


class EntryState(Coded):
    """The progress of an entry."""

    ENTERED = "entered"
    NOT_CHOSEN = "not-chosen"
    IMPLEMENTING = "implementing"
    REPORTED = "reported"
    VERIFIED = "verified"
    OUT = "out"
    FAILED = "failed"
    ACCEPTED = "accepted"


class EntryReview(Value):
    """The jurors' judgement of an entry, by the published rule."""

    score: Computed
    by_criterion: dict[ItemCode, Computed]
    rank: int
    tied: bool
    reviews: tuple[str, ...]


class EntryExit(Value):
    """The place where an entry left, and why."""

    gate: ItemCode | None = None
    code: str
    zh: str
    en: str


class EntryStep(Value):
    """One step that an entry has gone through since the award."""

    step: str
    gate: ItemCode | None = None
    party: PartyCode
    statement: StatementId
    as_of: StepDate
    note: str


class EntryRecord(Value):
    """An entry as it stands: what it promises, how it was judged, how far it is."""

    entrant: PartyCode
    entry: ItemCode
    statement: StatementId
    state: EntryState
    team: Organisation
    members: tuple[Organisation, ...] = ()
    conflict_of_interest: bool = False
    promised: dict[ItemCode, Number]
    budget: Money
    as_of: StepDate
    review: EntryReview | None = None
    gate: ItemCode | None = None
    exit: EntryExit | None = None
    steps: tuple[EntryStep, ...] = ()
    open: tuple[OpenStep, ...] = ()


class ChallengeResult(Value):
    """The result of one winner at a gate, by the published rule."""

    entrant: PartyCode
    entry: ItemCode
    measured: dict[ItemCode, Number]
    attained: dict[ItemCode, Computed]
    score: Computed
    rank: int
    tied: bool
    late: bool | None = None
    goes_on: bool | None = None
    statement: StatementId


class GateRecord(Value):
    """A gate, or at last the acceptance: results, ranked."""

    gate: ItemCode | None = None
    closed: bool
    editions: Editions
    results: tuple[ChallengeResult, ...]


class PostingRecord(Value):
    """A posting, when it was recorded, its deadline, and whether it is in force."""

    statement: StatementId
    recorded: RecordedAt
    deadline: PartialDate
    in_force: bool


class ChallengeRecorded(Value):
    """The joint view of a challenge: written by nobody, computed by anybody."""

    subject: str
    state: ChallengeState
    domain: Domain
    title: str
    poster: PartyCode
    posting: str
    postings: tuple[PostingRecord, ...]
    terms: ChallengeTerms
    award: str | None = None
    winners: tuple[str, ...] = ()
    entries: dict[str, EntryRecord] = Field(default_factory=dict)
    gates: tuple[GateRecord, ...] = ()
    open: tuple[OpenStep, ...] = ()
    statements: StatementCount
    no_effect: StatementsWithoutEffect = ()
