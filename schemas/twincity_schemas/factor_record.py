"""The record of a factor: what was asked for, promised, arrived, and is short."""

from pydantic import Field

from twincity_schemas.decimals import Computed
from twincity_schemas.factor import FactorKind, QuantityUnit
from twincity_schemas.parts import PartRecord
from twincity_schemas.steps import StatementsWithoutEffect
from twincity_schemas.values import (
    PartialDate,
    PartyCode,
    Value,
)


class FactorPart(Value):
    """One party's commitment to a factor, and what it has delivered."""

    given_up: Computed | None = None
    committed: Computed | None = None
    first_committed: Computed | None = None
    until: PartialDate | None = None
    first_until: PartialDate | None = None
    version: int | None = None
    delivered: Computed
    changed: dict[str, int] = Field(default_factory=dict)
    statements: tuple[str, ...]


class FactorRecorded(PartRecord):
    """The amounts of a factor: asked for, promised, arrived, and short."""

    kind: FactorKind
    what: str
    unit: QuantityUnit
    requested: Computed
    first_requested: Computed | None = None
    first_unit: QuantityUnit | None = None
    needed_by: PartialDate
    by: dict[PartyCode, FactorPart] = Field(default_factory=dict)
    uncommitted: Computed
    short: Computed
    over: Computed
    version: int
    first_needed_by: PartialDate | None = None
    lapsed: bool = False
    late_commitment: bool
    no_effect: StatementsWithoutEffect = ()
