"""The joint view of one project, derived from what all its members said.

This is the header; months, obstacles, factors, tasks and corrections have records
of their own (``parts``), which it counts.
"""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from twincity_schemas.parts import OpenCount, OpenParts, Parts, StatementsDigest
from twincity_schemas.problems import Doubts
from twincity_schemas.project import ItemClass
from twincity_schemas.steps import OpenStep, StatementCount, StatementsWithoutEffect
from twincity_schemas.values import (
    AsOf,
    Digest,
    Domain,
    PartyCode,
    Recorded,
    Source,
    StatementId,
    Value,
)
from twincity_schemas.words import Coded


class Agreement(Coded):
    """The extent to which the members agree with each other."""

    AGREED = "agreed"
    DISPUTED = "disputed"
    AWAITING = "awaiting"
    COMPATIBLE = "compatible"
    SINGLE = "single"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class FieldState(Coded):
    """The extent to which the members agree on one field."""

    SETTLED = "settled"
    DISPUTED = "disputed"
    AWAITING = "awaiting"
    SINGLE = "single"


class Stance(Coded):
    """The stance of one member."""

    DESCRIBED = "described"
    ENDORSED = "endorsed"
    OUTDATED = "outdated"
    CROSSED = "crossed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SILENT = "silent"


class Said(Value):
    """One member's value of a field, with the paper it comes from."""

    value: Any
    as_of: AsOf
    source: Source
    statement: StatementId

    @model_serializer(mode="wrap")
    def _with_its_value(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Where absent fields are left out, a null that was said is none of them.
        return {"value": None, **write(self)}


class FieldRecord(Value):
    """A field of the description: settled, or each member's value side by side."""

    state: FieldState
    value: Any = None
    by: dict[PartyCode, Said]


class MemberStance(Value):
    """The stance of a member, and on which description."""

    stance: Stance
    description: Digest | None = None
    of: PartyCode | None = None
    reason: str | None = None
    version: int | None = None
    left: Recorded | None = None
    doubts: Doubts = ()


class ProjectRecorded(Value):
    """The joint view of a project: written by nobody, derived by anybody."""

    subject: str
    agreement: Agreement
    domain: Domain
    name: str
    item_class: ItemClass | None = None
    members: dict[PartyCode, MemberStance]
    fields: dict[str, FieldRecord]
    awaiting: tuple[OpenStep, ...] = ()
    unowned: tuple[PartyCode, ...] = ()
    successor: FieldRecord | None = None
    parts: Parts = Field(default_factory=dict)
    open_parts: OpenCount = 0
    open: OpenParts = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    no_effect: StatementsWithoutEffect = ()
