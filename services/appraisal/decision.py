"""What a dispatch decided: on the list until it is done or dropped.

Each decision is a part of its dispatch, with its versions: a deadline moves as long
as it is not over and the matter is not done. Later dispatches of the chain follow it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.rules.closing import over
from services.rules.heard import Recorded, Why, recorded, unmet
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.dispatch import DecisionDone, DecisionDropped, DecisionTaken
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value


class DecisionView(Value):
    """What one party has said of a decision, in its order."""

    taken: tuple[Recorded[DecisionTaken], ...] = ()
    done: tuple[Recorded[DecisionDone], ...] = ()
    dropped: tuple[Recorded[DecisionDropped], ...] = ()


Views = Mapping[str, DecisionView]


def name_of(event: Event[Any]) -> str:
    """Returns which decision a statement is about: ``<who took it>/<its name>``."""
    taker = getattr(event.data, "taken_by", event.envelope.party)
    return f"{taker}/{event.data.decision}"


def apply(before: DecisionView, event: Event[Any], _states: States) -> DecisionView:
    """Add a statement; none replaces another."""
    said = recorded(event)
    match event.data:
        case DecisionTaken():
            return before.model_copy(update={"taken": (*before.taken, said)})
        case DecisionDone():
            return before.model_copy(update={"done": (*before.done, said)})
        case _:
            return before.model_copy(update={"dropped": (*before.dropped, said)})


@dataclass(frozen=True)
class Standing:
    """Where a decision stands.

    Attributes:
        content: as it is in force, its deadline included.
        first: the deadline as it was first said.
        changes: the later versions, each with why it has no effect, if it has none.
        done: the statement that ended it, where it is done.
        dropped: the one that ended it, where it was dropped.
    """

    content: DecisionTaken
    first: str
    changes: tuple[tuple[Recorded[DecisionTaken], Why | None], ...]
    done: Recorded[DecisionDone] | None
    dropped: Recorded[DecisionDropped] | None

    @property
    def state(self) -> DecisionState:
        """Whether it is done, and in time."""
        if self.done is not None:
            late = over(self.content.due, self.done.recorded)
            return DecisionState.DONE_LATE if late else DecisionState.DONE
        return DecisionState.OPEN if self.dropped is None else DecisionState.DROPPED


def standing(views: Views, taker: str, by: datetime | None = None) -> Standing | None:
    """Returns where a decision stood at a moment, or stands; None if nobody took it."""
    versions = [
        said
        for said in (views[taker].taken if taker in views else ())
        if by is None or said.recorded <= by
    ]
    if not versions:
        return None
    content, changes = versions[0].heard.content, []
    done, dropped = _ended(views, taker, content.party, by)
    ended = min(
        (said.recorded for said in (done, dropped) if said is not None), default=None
    )
    for said in versions[1:]:
        why = _OVER if over(content.due, said.recorded) else None
        if ended is not None and said.recorded > ended:
            why = _ENDED
        elif said.heard.content.party != content.party:
            why = _ANOTHER
        changes.append((said, why))
        if why is None:
            content = said.heard.content
    return Standing(
        content, versions[0].heard.content.due, tuple(changes), done, dropped
    )


def _ended(
    views: Views, taker: str, owner: str, by: datetime | None
) -> tuple[Recorded[DecisionDone] | None, Recorded[DecisionDropped] | None]:
    """What ended it first: that it is done, or that it was dropped."""
    done = _first(views[owner].done if owner in views else (), by)
    dropped = _first(views[taker].dropped, by)
    if done is not None and dropped is not None:
        # At the same instant what was done is done.
        return (done, None) if done.recorded <= dropped.recorded else (None, dropped)
    return done, dropped


def _first(said: tuple[Any, ...], by: datetime | None) -> Any | None:
    return next((one for one in said if by is None or one.recorded <= by), None)


def shown(  # noqa: PLR0913  one record
    found: Standing,
    subject: str,
    dispatch: str,
    name: str,
    *,
    part: str,
    by: datetime | None = None,
) -> DecisionRecorded:
    """Returns a decision as a record shows it.

    Args:
        found: where it stands.
        subject: whose record it is: the dispatch that took it, or one that follows it.
        dispatch: where it was taken.
        name: ``<who took it>/<its name>``.
        part: of the record.
        by: the cut-off of whoever follows it.
    """
    told, done, dropped = found.content, found.done, found.dropped
    is_open = found.state is DecisionState.OPEN
    return DecisionRecorded(
        subject=subject,
        part=part,
        dispatch=dispatch,
        decision=name,
        what=told.what,
        party=told.party,
        unit=told.unit,
        project=told.project,
        due=told.due,
        first_due=found.first,
        changes=tuple(
            DeadlineChange(
                statement=said.heard.statement,
                recorded=said.recorded,
                due=said.heard.content.due,
                counts=why is None,
            )
            for said, why in found.changes
        ),
        state=found.state,
        overdue=None if by is None else is_open and over(told.due, by),
        evidence=done.heard.content.evidence if done else None,
        reason=dropped.heard.content.reason if dropped else None,
    )


def derive(states: States) -> Derived:
    """The decision's record, open until it is done or dropped."""
    taker = states.name.partition("/")[0]
    views: Views = states.own
    found = standing(views, taker)
    no_effect = tuple(_no_effect(states.name, taker, views, found))
    if found is None:
        return Derived(no_effect=no_effect)
    subject, part = str(states.subject), f"decision/{states.name}"
    record = shown(found, subject, subject, states.name, part=part)
    open_items = {part: record.due} if record.state is DecisionState.OPEN else {}
    return Derived({part: record}, no_effect, open_items)


def _no_effect(
    name: str, taker: str, views: Views, found: Standing | None
) -> Iterator[Unmet]:
    for party, view in sorted(views.items()):
        ends: tuple[Recorded[Any], ...] = (*view.done, *view.dropped)
        for said in ends:
            why = _why_no_end(name, party, said, found)
            if why is not None:
                yield unmet(party, said.heard, why)
    for version, why_not in found.changes if found is not None else ():
        if why_not is not None:
            yield unmet(taker, version.heard, why_not)


def _why_no_end(
    name: str, party: str, said: Recorded[Any], found: Standing | None
) -> Why | None:
    """Why it does not end the decision; None if it does."""
    if found is None:
        return _not_taken(name)
    owner = found.content.party
    if isinstance(said.heard.content, DecisionDone) and party != owner:
        return _not_yours(owner)
    return None if said is found.done or said is found.dropped else _ENDED


def _not_taken(name: str) -> Why:
    return "not_taken", f"没有议定事项 {name}", f"there is no decision {name}"


def _not_yours(owner: str) -> Why:
    return "not_your_step", f"该事项由 {owner} 负责", f"it is {owner} that is to do it"


_OVER = (
    "deadline_over",
    "原时限已过，再议的时限列为变更，不改变是否逾期",
    "the deadline was over: the new one is shown, and does not undo that it was missed",
)
_ENDED = (
    "ended_already",
    "该事项此前已办结或撤销",
    "it was done or dropped before",
)
_ANOTHER = (
    "another_party",
    "责任方不得以再议变更，请另立事项",
    "who is to do it does not change; take another decision",
)

PART = Part(
    "decision",
    DecisionView,
    dict.fromkeys((DecisionTaken, DecisionDone, DecisionDropped), name_of),
    apply,
    derive,
)
