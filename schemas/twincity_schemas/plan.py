"""One plan per enterprise (一企一策): drawn, taken measure by measure, confirmed.

Each member draws the plan of its own side, so that two cities that both serve an
enterprise see each other's measures. A measure belongs to a unit of a member.
What was done about it answers to the plan that first had it, a confirmation
answers to what was done; the measure's record says what to answer to next.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.decimals import Number
from twincity_schemas.references import Member, ProjectId
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class PlanAim(Coded):
    """The aim that the plan is to bring the enterprise's project to."""

    LANDING = "landing"
    PRODUCTION = "production"
    RESULTS = "results"


class EffectFigure(Value):
    """An effect as a figure, expected or reached."""

    value: Number
    unit: Line


class PlanMeasure(Value):
    """One thing that is done for the enterprise: by whom, by when, to what effect."""

    code: ItemCode
    what: Line
    party: Member
    unit: Organisation
    due: PartialDate
    effect: Line
    target: EffectFigure | None = None


class PlanDrawn(Statement):
    """A member draws its side's plan for an enterprise; said again, it revises it."""

    looks_ahead = True

    enterprise: Organisation
    project: ProjectId | None = None
    aim: PlanAim
    domain: Domain
    measures: Annotated[
        tuple[PlanMeasure, ...], Field(min_length=1, max_length=100), EachOnce()
    ]
    as_of: AsOf
    source: Source


class _OfMeasure(Statement):
    drawn_by: Member
    measure: ItemCode
    answers: Answers
    as_of: StepDate


class PlanTaken(_OfMeasure):
    """Whoever owns the measure has taken it, and says what shows it."""

    looks_ahead = True

    evidence: Paragraph


class Confirmer(Coded):
    """The body whose word it is that the measure had its effect."""

    ENTERPRISE = "enterprise"
    OWNER = "owner"


class Effect(Coded):
    """The effect of a measure, beside what it was for."""

    REACHED = "reached"
    PARTLY = "partly"
    MISSED = "missed"


class PlanConfirmed(_OfMeasure):
    """Whoever drew the plan passes on what the enterprise or the owner confirms."""

    confirmed_by: Confirmer
    effect: Effect
    value: EffectFigure | None = None
    note: Paragraph
