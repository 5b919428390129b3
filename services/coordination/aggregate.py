"""What a kind of subject is to coordination: how its record follows.

``record = derive(subject, {party: its statements, folded in its own order})``:
a pure function that does not know how the parties' statements interleave. Two
clusters that hold the same inboxes hold the same records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from twincity_schemas.envelope import Envelope
from twincity_schemas.values import Domain, Subject, Value

View = TypeVar("View", bound=Value)


@dataclass(frozen=True)
class Aggregate(Generic[View]):
    """One kind of subject.

    Attributes:
        kind: the first part of the subjects' identifiers.
        view: what is remembered of one party; built without arguments it has
            said nothing.
        hear: one party's view and its next statement give its view after it.
        derive: the record, None as long as there is none; a pydantic model with
            ``domain``, in whose topic it lies, and ``unmet``.
        home: the domain of the record, without deriving the whole of it.
    """

    kind: str
    view: type[View]
    hear: Callable[[View, Envelope, BaseModel], View]
    derive: Callable[[Subject, Mapping[str, View]], Any | None]
    home: Callable[[Mapping[str, View]], Domain | None]

    def take_in(
        self, views: Mapping[str, View], envelope: Envelope, data: BaseModel
    ) -> dict[str, View]:
        """Add one statement to what its party has said."""
        party = envelope.party
        before = views.get(party) or self.view()
        return {**views, party: self.hear(before, envelope, data)}
