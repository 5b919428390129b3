"""The joint view of one indicator, derived from what all its members said.

Each date that was reported on is a part of its own; the indicator's own record has
the target and the latest.

::

    attained = (value - baseline) / (target - baseline), in per cent
    elapsed  = (as of - begins) / (ends - begins), in per cent, from 0 to 100
    lead     = attained - elapsed, in percentage points
    lead     = elapsed - value / target, where a running total is to stay below a
               target and has no baseline: reached at the end of its period alone

Time is counted in months, a day as its part of its month, first and last day
included: a year's target stands at 8/12 at the end of August, as 时序进度 does.
A share is given only where the target lies beyond the baseline in its
direction; elapsed time and a lead only where the indicator is cumulative. Fractions
are exact, and rounded half up to 0.01 at the very end.
"""

from pydantic import Field

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import Computed, Number
from twincity_schemas.indicator import Coverage, Measure
from twincity_schemas.parts import PartRecord, Parts, StatementsDigest
from twincity_schemas.problems import Doubts
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Differing, StatementCount, StatementsWithoutEffect
from twincity_schemas.values import (
    AsOf,
    Domain,
    Moment,
    PartialDate,
    PartyCode,
    Source,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class IndicatorState(Coded):
    """The lead on time, at the latest date within the period that has a joint value."""

    REACHED = "reached"
    REACHED_CHANGED = "reached-changed"
    REACHED_LATE = "reached-late"
    REACHED_AFTERWARDS = "reached-afterwards"
    AHEAD = "ahead"
    ON_TIME = "on-time"
    BEHIND = "behind"
    UNDETERMINED = "undetermined"


MET = {
    IndicatorState.REACHED,
    IndicatorState.REACHED_CHANGED,
    IndicatorState.REACHED_LATE,
    IndicatorState.REACHED_AFTERWARDS,
}
"""States in which nobody has anything left to do."""


class TargetSaid(Value):
    """The target that one member has set, with the paper it comes from."""

    target: Number
    unit: str
    measure: Measure
    bound: Bound
    baseline: Number | None = None
    begins: PartialDate
    ends: PartialDate
    coverage: Coverage
    as_of: StepDate
    source: Source
    statement: StatementId


class JointTarget(Value):
    """The target of the whole: what is agreed on, or the sum of the parts."""

    target: Computed
    unit: str
    measure: Measure
    bound: Bound
    baseline: Computed | None = None
    begins: PartialDate
    ends: PartialDate


class TargetVersion(Value):
    """The target of the whole from a moment on."""

    since: Moment
    statements: tuple[str, ...]
    state: FieldState
    joint: JointTarget | None = None


class TargetRecord(Value):
    """The targets that the members have set, and what follows for the whole."""

    state: FieldState
    joint: JointTarget | None = None
    by: dict[PartyCode, TargetSaid]
    versions: tuple[TargetVersion, ...] = ()


class ValueBefore(Value):
    """A value that the party had reported of the same date before."""

    statement: StatementId
    value: Number


class ValueSaid(Value):
    """The value that one member reports, with the paper it comes from."""

    value: Number
    unit: str
    coverage: Coverage
    as_of: AsOf
    source: Source
    statement: StatementId
    before: tuple[ValueBefore, ...] = ()
    doubts: Doubts = ()


class IndicatorPoint(Value):
    """An as-of date: what each reported, and what follows for the whole."""

    as_of: AsOf
    state: FieldState
    value: Computed | None = None
    target: Computed | None = None
    target_afterwards: bool = False
    attained_of_first: Computed | None = None
    attained: Computed | None = None
    elapsed: Computed | None = None
    lead: Computed | None = None
    by: dict[PartyCode, ValueSaid]


class AttainmentRecorded(IndicatorPoint, PartRecord):
    """One as-of date of an indicator: what each reported, and what it comes to."""

    no_effect: StatementsWithoutEffect = ()


class IndicatorRecorded(Value):
    """The joint view of an indicator: target, latest values, ahead of time or not."""

    subject: str
    state: IndicatorState
    domain: Domain
    name: str
    differing: Differing = Field(default_factory=dict)
    target: TargetRecord
    latest: IndicatorPoint | None = None
    by: dict[PartyCode, ValueSaid] = Field(default_factory=dict)
    parts: Parts
    statements: StatementCount
    statements_digest: StatementsDigest
