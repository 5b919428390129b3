"""The joint view of one policy: its turns, and what each of them changed."""

from pydantic import Field

from twincity_schemas.policy import FindingChannel, FindingOutcome, Terminal
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import (
    Differing,
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


class PolicyStage(Coded):
    """The stage of a turn of the loop, or of a member in it."""

    SILENT = "silent"
    ISSUED = "issued"
    COORDINATED = "coordinated"
    VERIFIED = "verified"
    IMPROVED = "improved"


class ProvisionState(Coded):
    """The state of a provision in a turn."""

    ISSUED = "issued"
    PARTLY_IN_EFFECT = "partly-in-effect"
    IN_EFFECT = "in-effect"
    PROVEN = "proven"
    WANTING = "wanting"


class EditionText(Value):
    """An edition as one member issued it."""

    statement: StatementId
    answers: str | None = None
    title: str
    document_number: str | None = None
    issuer: Organisation
    effective: PartialDate


class InEffectBefore(Value):
    """An earlier word on how a provision was put into effect."""

    statement: StatementId
    since: PartialDate


class InEffect(Value):
    """The way a provision was put into effect on one side."""

    statement: StatementId
    how: str
    unit: Organisation
    since: PartialDate
    before: tuple[InEffectBefore, ...] = ()


class FindingBefore(Value):
    """An earlier outcome of the same trial."""

    statement: StatementId
    outcome: FindingOutcome
    as_of: StepDate


class PolicyFinding(Value):
    """A finding at the terminal, and what answers to it."""

    party: PartyCode
    finding: str
    statement: StatementId
    outcome: FindingOutcome
    terminal: Terminal
    channel: FindingChannel
    sample: int
    quote: str | None = None
    as_of: StepDate
    answered_by: tuple[str, ...] = ()
    before: tuple[FindingBefore, ...] = ()


class ProvisionRecord(Value):
    """A provision in a turn: its text, where it is in effect, what was found."""

    state: ProvisionState
    text_state: FieldState
    text: str | None = None
    texts: dict[PartyCode, str]
    in_effect: dict[PartyCode, InEffect] = Field(default_factory=dict)
    to_come: dict[PartyCode, InEffect] = Field(default_factory=dict)
    findings: tuple[PolicyFinding, ...] = ()


class ChangeRecord(Value):
    """A change of a turn, by whom, and whether the next edition has it."""

    code: str
    was: str | None = None
    now: str | None = None
    party: PartyCode
    statement: StatementId
    reason: str
    adopted: bool | None = None


class PolicyTurn(Value):
    """One edition, and all that followed from it."""

    edition: int
    stage: PolicyStage
    members: dict[PartyCode, PolicyStage]
    texts: dict[PartyCode, EditionText]
    provisions: dict[str, ProvisionRecord]
    changes: tuple[ChangeRecord, ...] = ()


class PolicyRecorded(Value):
    """The joint view of a policy, turn by turn: derived, written by nobody."""

    subject: str
    domain: Domain
    title: str
    differing: Differing = Field(default_factory=dict)
    edition: int
    as_of: StepDate
    stage: PolicyStage
    turns: tuple[PolicyTurn, ...]
    open: tuple[OpenStep, ...] = ()
    statements: StatementCount
    no_effect: StatementsWithoutEffect = ()
