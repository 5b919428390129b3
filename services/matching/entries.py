"""What an owner has said of an entry and of its pairs, in its own order."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field

from services.matching import lifecycle
from services.matching.lifecycle import SILENT, Said, Step
from services.runtime.kinds import States
from services.runtime.nodes import added
from twincity_schemas.match import Answered, MatchAccepted, MatchDeferred
from twincity_schemas.message import Event
from twincity_schemas.opportunity import OpportunityPublished, OpportunityWithdrawn
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import PartialDate, Value, earlier

_MOST_WITHOUT_EFFECT = 20
_NEVER = datetime.fromtimestamp(0, UTC)


class EntryView(Value):
    """What an owner has said of an entry, and of its pairs.

    Attributes:
        off_since: when it was taken off the list, if it is off.
        published: which of the owner's statements said the entry last.
        answers: what it said of each pair, by the other entry.
        no_effect: its latest steps that could not count, whatever the other said.
        as_of: the latest date as of which it spoke.
        statements: how many there are.
        digest: of their set, 64 hexadecimal digits.
    """

    entry: OpportunityPublished | None = None
    off_since: datetime | None = None
    published: int = 0
    answers: Mapping[str, Said] = Field(default_factory=dict)
    no_effect: tuple[NoEffect, ...] = ()
    as_of: PartialDate | None = None
    statements: int = 0
    digest: str = ""

    @property
    def on_list(self) -> bool:
        """Whether it was published and not withdrawn since."""
        return self.entry is not None and self.off_since is None

    @property
    def listed(self) -> OpportunityPublished | None:
        """The entry, if it can be paired: on the list, its window not over.

        Whether the window is over, the entry's own data say (``as_of``).
        """
        entry = self.entry if self.on_list else None
        if entry is None or (entry.valid_to and earlier(entry.valid_to, entry.as_of)):
            return None
        return entry


NOTHING_SAID = EntryView()


def apply(view: EntryView, event: Event[Any], _states: States) -> EntryView:
    """Add one statement of the owner."""
    envelope = event.envelope
    said = sha256(f"{envelope.source} {envelope.id}".encode()).hexdigest()
    counted = view.model_copy(update={"digest": added(view.digest, (said, 1))})
    return apply_data(
        counted, event.data, envelope.party, envelope.id, envelope.recorded
    )


def apply_data(
    view: EntryView,
    data: BaseModel,
    party: str = "",
    statement: str = "",
    recorded: datetime = _NEVER,
) -> EntryView:
    """Add what an owner says.

    Args:
        view: what the owner said before.
        data: what it says now.
        party: the owner.
        statement: the statement's id, to name it where it has no effect.
        recorded: when it was recorded.
    """
    number = view.statements + 1
    change: dict[str, Any] = {"statements": number}
    match data:
        case OpportunityPublished():
            change |= {"entry": data, "off_since": None, "published": number}
        case OpportunityWithdrawn():
            change["off_since"] = view.off_since or recorded
        case Answered(counterpart=other):
            answer = lifecycle.step_of(data)
            accepts = isinstance(data, MatchAccepted)
            step = Step(
                answer=answer,
                statement=statement,
                recorded=recorded,
                number=number,
                entered=lifecycle.entered(view.entry) if accepts else None,
                until=data.until if isinstance(data, MatchDeferred) else None,
            )
            before = view.answers.get(other, SILENT)
            if (said := lifecycle.heard(before, step)) is not None:
                change["answers"] = {**view.answers, other: said}
            else:
                stood = lifecycle.stand(before, SILENT).answer
                told = lifecycle.out_of_turn(party, statement, stood, answer)
                change["no_effect"] = (*view.no_effect, told)[-_MOST_WITHOUT_EFFECT:]
        case _:
            pass
    as_of = getattr(data, "as_of", None)
    if as_of and not (view.as_of and earlier(as_of, view.as_of)):
        change["as_of"] = as_of
    return view.model_copy(update=change)
