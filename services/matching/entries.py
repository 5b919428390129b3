"""What an owner has said of an entry and of its pairs, in its own order."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field

from services.matching import idle, lifecycle
from services.matching.lifecycle import SILENT, Entered, OwnerSteps, Step
from services.runtime.kinds import States
from services.runtime.sums import added
from twincity_schemas.match import Answered, MatchAccepted, MatchDeferred
from twincity_schemas.message import Event
from twincity_schemas.opportunity import OpportunityPublished, OpportunityWithdrawn
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import PartialDate, Value, earlier

_MOST_WITHOUT_EFFECT = 20
_NEVER = datetime.fromtimestamp(0, UTC)


class EntryView(Value):
    """An owner's statements about an entry, and about its pairs.

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
    answers: Mapping[str, OwnerSteps] = Field(default_factory=dict)
    no_effect: tuple[NoEffect, ...] = ()
    as_of: PartialDate | None = None
    statements: int = 0
    digest: str = ""

    @property
    def on_list(self) -> bool:
        """Returns whether it was published and not withdrawn since."""
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
    statement = sha256(f"{envelope.source} {envelope.id}".encode()).hexdigest()
    return apply_data(
        view,
        event.data,
        envelope.party,
        envelope.id,
        envelope.recorded,
        digest=added(view.digest, (statement, 1)),
    )


def apply_data(  # noqa: PLR0913  what is known of a statement
    view: EntryView,
    data: BaseModel,
    party: str = "",
    statement: str = "",
    recorded: datetime = _NEVER,
    *,
    digest: str = "",
) -> EntryView:
    """Add what an owner says.

    Args:
        view: what the owner said before.
        data: what it says now.
        party: the owner.
        statement: the statement's id, to name it where it has no effect.
        recorded: when it was recorded.
        digest: of the owner's statements, this one included.
    """
    number = view.statements + 1
    entry, off_since, published = view.entry, view.off_since, view.published
    answers, no_effect, as_of = view.answers, view.no_effect, view.as_of
    match data:
        case OpportunityPublished():
            if entry is None:
                came = lifecycle.entered(data)
                answers = {o: _entered(steps, came) for o, steps in answers.items()}
            entry, off_since, published = data, None, number
        case OpportunityWithdrawn():
            off_since = off_since or recorded
        case Answered(counterpart=other):
            answer = lifecycle.step_of(data)
            accepts = isinstance(data, MatchAccepted)
            step = Step(
                answer=answer,
                statement=statement,
                recorded=recorded,
                number=number,
                entered=lifecycle.entered(entry) if accepts else None,
                until=data.until if isinstance(data, MatchDeferred) else None,
            )
            before = answers.get(other, SILENT)
            if lifecycle.is_over(step, as_of):
                past = idle.over_already(party, step)
                no_effect = (*no_effect, past)[-_MOST_WITHOUT_EFFECT:]
            elif (steps := lifecycle.with_step(before, step)) is not None:
                answers = {**answers, other: steps}
            else:
                stood = lifecycle.stand(before, SILENT).answer
                without = idle.out_of_turn(party, statement, stood, answer)
                no_effect = (*no_effect, without)[-_MOST_WITHOUT_EFFECT:]
        case _:
            pass
    since = getattr(data, "as_of", None)
    if since and not (as_of and earlier(since, as_of)):
        as_of = since
    return EntryView(
        entry=entry,
        off_since=off_since,
        published=published,
        answers=answers,
        no_effect=no_effect,
        as_of=as_of,
        statements=number,
        digest=digest,
    )


def _entered(steps: OwnerSteps, came: Entered | None) -> OwnerSteps:
    """Says of pairs taken up before the entry was published what it came as.

    Else such an agreement would follow whatever becomes of the entry.
    """
    return OwnerSteps(
        since=steps.since,
        steps=tuple(
            Step(
                answer=step.answer,
                statement=step.statement,
                recorded=step.recorded,
                number=step.number,
                entered=came if step.answer == "accepted" else None,
                until=step.until,
            )
            for step in steps.steps
        ),
    )
