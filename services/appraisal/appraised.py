"""What a kind of appraised subject is: how its record follows from many.

Like coordination's aggregates, but a record may rest on projects, and on other
subjects of its kind.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from services.appraisal.facts import Projects
from services.rules.heard import Content, Heard, unmet
from twincity_schemas.envelope import Envelope
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Subject, Value

View = TypeVar("View", bound=Value)
Views = Mapping[str, View]
"""What each party has said of one subject."""
Others = Callable[[str], Mapping[str, Any]]
"""The views of another subject of the same kind; empty where it is unknown."""


@dataclass(frozen=True)
class Appraised(Generic[View]):
    """One kind of appraised subject.

    Attributes:
        kind: the first part of the subjects' identifiers.
        view: what is remembered of one party.
        hear: one party's view and its next statement give its view after it.
        derive: the record; None as long as there is none.
        rests_on: every other subject that the record depends on.
    """

    kind: str
    view: type[View]
    hear: Callable[[View, Envelope, BaseModel], View]
    derive: Callable[[Subject, Views[View], Projects, Others], Any | None]
    rests_on: Callable[[Views[View], Others], AbstractSet[str]]

    def take_in(
        self, views: Views[View], envelope: Envelope, data: BaseModel
    ) -> dict[str, View]:
        """Add one statement to what its party has said."""
        before = views.get(envelope.party) or self.view()
        return {**views, envelope.party: self.hear(before, envelope, data)}


def first(opened: Mapping[str, Heard[Content] | None]) -> str | None:
    """Whose opening counts: of several parties, the first in code order."""
    return next((party for party in sorted(opened) if opened[party]), None)


def not_first(party: str, heard: Heard[Content], by: str) -> Unmet:
    """Say that another party has opened the subject already."""
    return unmet(
        party,
        heard,
        (
            "opened_by_another",
            f"{by} 已先启动",
            f"{by} has opened it, whose code sorts first",
        ),
    )


def not_the_opener(party: str, heard: Heard[Content], by: str) -> Unmet:
    """Say that only whoever opened the subject may state this."""
    return unmet(
        party,
        heard,
        (
            "not_your_step",
            f"只有启动方 {by} 可以陈述",
            f"only {by}, which opened it, may state this",
        ),
    )
