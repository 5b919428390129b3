"""The record of a correction: what a statement said anew changed."""

from typing import Any

from twincity_schemas.parts import PartRecord
from twincity_schemas.values import AsOf, PartyCode, StatementId, Value


class ChangedField(Value):
    """A field that the correction changed."""

    pointer: str
    was: Any = None
    now: Any = None


class CorrectionRecorded(PartRecord):
    """A statement that corrected another, and what it changed."""

    statement: StatementId
    corrects: str
    party: PartyCode
    named: bool = True
    as_of: AsOf
    changed: tuple[ChangedField, ...]
