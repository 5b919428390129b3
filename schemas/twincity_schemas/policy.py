"""The policy loop (政策落实闭环): issued, put into effect, tried out, improved.

制定出台 → 协调落实 → 终端检验 → 优化提升, and round again. A turn of the loop is
one edition of the policy. Each member speaks for its own side and in its own
time; what ties the statements together is said in them: what is coordinated,
verified or improved answers to an edition, an improvement names the findings
that it answers to, and the next edition answers to an improvement.
"""

from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.problems import WrongValueError
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class Terminal(Coded):
    """The user who met the policy where it has to work."""

    ENTERPRISE = "enterprise"
    CITIZEN = "citizen"


class FindingChannel(Coded):
    """The channel by which it became known whether a provision works."""

    COUNTER = "counter"
    ONLINE = "online"
    HOTLINE = "hotline"
    VISIT = "visit"
    SURVEY = "survey"
    TRIAL = "trial"


class FindingOutcome(Coded):
    """The outcome of a trial of a provision, where it has to work."""

    WORKS = "works"
    PARTLY = "partly"
    FAILS = "fails"


class PolicyProvision(Value):
    """One thing that it provides for; the code stays from edition to edition."""

    code: ItemCode
    text: Paragraph


class PolicyIssued(Statement):
    """A member issues an edition; said again, it corrects the text of that edition."""

    edition: Annotated[int, Field(ge=1, le=999)]
    answers: Line | None = None
    title: Line
    domain: Domain
    document_number: Line | None = None
    issuer: Organisation
    effective: PartialDate
    provisions: Annotated[
        tuple[PolicyProvision, ...], Field(min_length=1, max_length=200), EachOnce()
    ]
    as_of: AsOf


class _OfEdition(Statement):
    answers: Line
    as_of: StepDate


class _OfProvision(_OfEdition):
    provision: ItemCode


class PolicyCoordinated(_OfProvision):
    """A member has put a provision into effect on its side; said again, it updates."""

    how: Paragraph
    unit: Organisation
    since: PartialDate


class PolicyVerified(_OfProvision):
    """A finding of a user; the same finding said again is a retrial."""

    finding: ItemCode
    outcome: FindingOutcome
    terminal: Terminal
    channel: FindingChannel
    sample: Annotated[int, Field(ge=1)]
    quote: Paragraph | None = None


class PolicyChange(Value):
    """A change of a provision: what it was and what it is to be."""

    refuses = ("nothing_changed",)

    code: ItemCode
    was: Paragraph | None = None
    now: Paragraph | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> "PolicyChange":
        if self.was == self.now:
            raise WrongValueError(
                "nothing_changed",
                "原文与新文相同，未作修改",
                "was and now are the same: nothing changes",
            )
        return self


class PolicyImproved(_OfEdition):
    """A member answers to findings with what it changes; the next edition follows."""

    findings: Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]
    changes: Annotated[
        tuple[PolicyChange, ...], Field(min_length=1, max_length=200), EachOnce()
    ]
    reason: Paragraph
