"""Challenges (揭榜挂帅) and races (赛马制): posted by one, taken up by others.

发布榜单 → 揭榜 → 评审 → 实施 → 验收. One member posts a challenge; members
enter it for their teams; jurors review the entries; the poster awards it to one
(单一揭榜) or to several who then race (赛马制) through stage gates until the
poster accepts. What answers to what is said: an entry to the posting, a review
to the entry, an award to the reviews, a report to the award, and so on.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import DecimalText, Money, Number, Share, Weight
from twincity_schemas.problems import WrongValueError
from twincity_schemas.references import Member
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded, Worded

_MOST = 50
"""Goals, criteria, gates or winners of one challenge: more is a programme."""


class ChallengeMode(Coded):
    """The mode: one carries it out, or several race for it."""

    SINGLE = "single"
    RACE = "race"


class ChallengeGoal(Value):
    """One thing that a winner has to reach, in figures."""

    code: ItemCode
    what: Line
    unit: Line
    target: Number
    bound: Bound
    baseline: Number | None = None
    weight: Weight


class ReviewCriterion(Value):
    """A criterion that a juror gives from 0 to 100 points for."""

    code: ItemCode
    what: Line
    weight: Weight


class StageGate(Value):
    """A date by which the winners report, are verified, ranked and kept or not."""

    code: ItemCode
    title: Line
    due: PartialDate
    keep: Annotated[int, Field(ge=1, le=_MOST)] | None = None


Cap = Annotated[Decimal, DecimalText(r"^[1-9][0-9]{2}(\.[0-9]{1,4})?$")]
"""Where attainment stops counting, in per cent from 100 to 999."""


class _Terms(Worded):
    unit: Organisation
    mode: ChallengeMode
    winners: Annotated[int, Field(ge=1, le=_MOST)]
    reward: Money
    deadline: PartialDate
    goals: Annotated[
        tuple[ChallengeGoal, ...], Field(min_length=1, max_length=_MOST), EachOnce()
    ]
    criteria: Annotated[
        tuple[ReviewCriterion, ...], Field(min_length=1, max_length=_MOST), EachOnce()
    ]
    gates: Annotated[tuple[StageGate, ...], Field(max_length=_MOST), EachOnce()] = ()
    cap: Cap | None = None


class ChallengeTerms(Value, _Terms):
    """The terms of a challenge: mode, reward, goals, criteria and gates."""


class ChallengePosted(Statement, _Terms):
    """A member posts a challenge; posted again before the award, it starts anew."""

    looks_ahead = True

    refuses = ("winners_of_mode",)

    title: Line
    content: Paragraph
    domain: Domain
    as_of: StepDate
    source: Source

    @model_validator(mode="after")
    def _winners_fit_the_mode(self) -> "ChallengePosted":
        if (self.mode is ChallengeMode.SINGLE) != (self.winners == 1):
            raise WrongValueError(
                "winners_of_mode",
                f"{self.mode.words.zh}的中榜家数不能为 {self.winners}",
                f"{self.winners} is no number of winners for the mode {self.mode}",
            )
        return self


class ChallengeEntered(Statement):
    """A member enters for a team; before the award a later one replaces it."""

    entry: ItemCode
    answers: Answers
    team: Organisation
    members: Annotated[tuple[Organisation, ...], Field(max_length=_MOST)] = ()
    approach: Paragraph
    promised: Annotated[dict[ItemCode, Number], Field(max_length=_MOST)]
    budget: Money
    as_of: StepDate


class _OnEntry(Statement):
    entrant: Member
    entry: ItemCode
    answers: Answers
    as_of: StepDate


class ChallengeReviewed(_OnEntry):
    """A juror's points for one entry; said again by the same unit, it replaces."""

    unit: Organisation
    scores: Annotated[dict[ItemCode, Share], Field(max_length=_MOST)]
    note: Paragraph | None = None


class WinningEntry(Value):
    """An entry that wins, as it was when it was judged."""

    entrant: Member
    entry: ItemCode
    answers: Answers


class ReviewReference(Value):
    """One of the reviews that an award rests on."""

    party: Member
    statement: Line


class ChallengeAwarded(Statement):
    """The poster awards it, on named reviews; with that nothing else is judged."""

    winners: Annotated[
        tuple[WinningEntry, ...],
        Field(min_length=1, max_length=_MOST),
        EachOnce(by=("entrant", "entry")),
    ]
    reviews: Annotated[
        tuple[ReviewReference, ...], Field(min_length=1, max_length=1000)
    ]
    note: Paragraph
    as_of: StepDate


class _Noted(_OnEntry):
    note: Paragraph


class ChallengeReported(_Noted):
    """A winner's measured values and evidence, at the gate where it stands."""

    measured: Annotated[dict[ItemCode, Number], Field(max_length=_MOST)]


class ChallengeVerified(_Noted):
    """The poster finds a gate's report true: its values count in the ranking."""


class ChallengeReturned(_Noted):
    """The poster sends a report back to be made anew, and says why."""


class ChallengeAccepted(_Noted):
    """The poster accepts the final result: with that it is done."""


class ChallengeFailed(_Noted):
    """The poster finds that a winner will not make it, and says why."""
