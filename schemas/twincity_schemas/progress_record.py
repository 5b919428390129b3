"""The record of one period of a project's progress."""

from twincity_schemas.decimals import Computed, Money, Number
from twincity_schemas.light import Light
from twincity_schemas.parts import PartRecord
from twincity_schemas.problems import Doubts
from twincity_schemas.progress import Scope
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    AsOf,
    PartyCode,
    Source,
    StatementId,
    Value,
)


class SectionProgress(Value):
    """One section of a party's own, as it was reported last."""

    section: str
    annual_plan: Money
    annual_investment: Money
    cumulative_investment: Money
    statement: StatementId
    version: int = 1


class PartyProgress(Value):
    """One member's report of a period, with the computed figures beside it."""

    scope: Scope
    annual_plan: Money
    annual_investment: Money
    cumulative_investment: Money
    reported_rate: Number | None = None
    computed_rate: Computed | None = None
    lead: Computed | None = None
    physical_progress: str | None = None
    as_of: AsOf
    source: Source
    statement: StatementId
    version: int = 1
    sections: tuple[SectionProgress, ...] = ()
    missing_sections: tuple[ItemCode, ...] = ()
    backfilled: bool = False
    doubts: Doubts = ()


class JointProgress(Value):
    """The whole project in a period, where what was said allows it."""

    annual_plan: Computed
    annual_investment: Computed
    cumulative_investment: Computed
    computed_rate: Computed | None = None
    lead: Computed | None = None
    doubtful: bool = False


class ProgressRecorded(PartRecord):
    """A period («1—N月»): what each said, and what follows for the whole."""

    year: int
    through_month: int
    state: FieldState
    joint: JointProgress | None = None
    light: Light | None = None
    light_rule: str
    missing: tuple[PartyCode, ...] = ()
    left: tuple[PartyCode, ...] = ()
    suspended: bool = False
    described_plan: Computed | None = None
    doubts: Doubts = ()
    by: dict[PartyCode, PartyProgress]
