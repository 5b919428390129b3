"""What a dispatch decided: on the list until it is done or dropped.

Each decision is a part of its dispatch, with its versions: a deadline moves as long
as it is not over and the matter is not done. Later dispatches of the chain follow it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.rules.closing import deadline_changes, over
from services.rules.remembered import Remembered, no_effect_of, remember
from services.rules.turns import IN_ADVANCE
from services.runtime.kinds import Derived, Part, Reason, States
from twincity_schemas.dispatch import DecisionDone, DecisionDropped, DecisionTaken
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One party's statements about a decision, each kind in its own order."""

    taken: tuple[Remembered[DecisionTaken], ...] = ()
    done: tuple[Remembered[DecisionDone], ...] = ()
    dropped: tuple[Remembered[DecisionDropped], ...] = ()


Views = Mapping[str, DecisionView]


def name_of(event: Event[Any]) -> str:
    """Returns which decision a statement is about: ``<who took it>/<its name>``."""
    # By its type, not by what it carries: fields that it does not know decide nothing.
    theirs = isinstance(event.data, DecisionDone)
    taker = event.data.taken_by if theirs else event.envelope.party
    return f"{taker}/{event.data.decision}"


def apply(before: DecisionView, event: Event[Any], _states: States) -> DecisionView:
    """Returns a party's view after its next statement; none replaces another."""
    match event.data:
        case DecisionTaken():
            return replace(before, taken=(*before.taken, remember(event)))
        case DecisionDone():
            return replace(before, done=(*before.done, remember(event)))
        case _:
            return replace(before, dropped=(*before.dropped, remember(event)))


@dataclass(frozen=True)
class DecisionStanding:
    """One decision at a moment.

    Attributes:
        taken: the statement that took it, as it was first said.
        content: as it is in force, its deadline included.
        changes: the later versions, each with why it has no effect, if it has none.
        done: the statement that ended it, where it is done.
        dropped: the one that ended it, where it was dropped.
    """

    taken: Remembered[DecisionTaken]
    content: DecisionTaken
    changes: tuple[tuple[Remembered[DecisionTaken], Reason | None], ...]
    done: Remembered[DecisionDone] | None
    dropped: Remembered[DecisionDropped] | None

    @property
    def state(self) -> DecisionState:
        """Returns whether it is done, and in time."""
        if self.done is not None:
            late = over(self.content.due, self.done.recorded)
            return DecisionState.DONE_LATE if late else DecisionState.DONE
        if self.dropped is None:
            return DecisionState.OPEN
        # To strike it after its day undoes no delay.
        late = over(self.content.due, self.dropped.recorded)
        return DecisionState.DROPPED_LATE if late else DecisionState.DROPPED


def standing(
    views: Views, taker: str, by: datetime | None = None
) -> DecisionStanding | None:
    """Returns where a decision stood at a moment, or stands; None if nobody took it."""
    versions = [
        statement
        for statement in (views[taker].taken if taker in views else ())
        if by is None or statement.recorded <= by
    ]
    if not versions:
        return None
    content, changes = versions[0].content, []
    taken = versions[0]
    done, dropped = _ended(views, taker, content.party, taken.recorded, by)
    ended = min(
        (statement.recorded for statement in (done, dropped) if statement is not None),
        default=None,
    )
    for statement in versions[1:]:
        # The deadline that stood when it was said again decides, not the one it names:
        # else a late owner could be given time afterwards.
        why = _OVER if over(content.due, statement.recorded) else None
        if ended is not None and statement.recorded > ended:
            why = _ENDED
        elif statement.content.party != content.party:
            why = _ANOTHER
        changes.append((statement, why))
        if why is None:
            content = statement.content
    return DecisionStanding(taken, content, tuple(changes), done, dropped)


def in_effect(
    decided: DecisionStanding, taker: str
) -> Iterator[tuple[str, Remembered[Any]]]:
    """Yields the statements that a decision rests on, each with its party."""
    yield taker, decided.taken
    for version, why in decided.changes:
        if why is None:
            yield taker, version
    if decided.done is not None:
        yield decided.content.party, decided.done
    if decided.dropped is not None:
        yield taker, decided.dropped


def _ended(
    views: Views, taker: str, owner: str, taken: datetime, by: datetime | None
) -> tuple[Remembered[DecisionDone] | None, Remembered[DecisionDropped] | None]:
    """Returns what ended it first: that it is done, or that it was dropped."""
    done = _first(views[owner].done if owner in views else (), taken, by)
    dropped = _first(views[taker].dropped, taken, by)
    if done is not None and dropped is not None:
        # At the same instant what was done is done.
        return (done, None) if done.recorded <= dropped.recorded else (None, dropped)
    return done, dropped


def _first(ends: tuple[Any, ...], taken: datetime, by: datetime | None) -> Any | None:
    # What was said before it was decided answers to nothing.
    since = (one for one in ends if one.recorded >= taken)
    return next((one for one in since if by is None or one.recorded <= by), None)


def shown(  # noqa: PLR0913  one record
    decided: DecisionStanding,
    subject: str,
    dispatch: str,
    name: str,
    *,
    part: str,
    by: datetime | None = None,
) -> DecisionRecorded:
    """Returns a decision as a record shows it.

    Args:
        decided: where it stands.
        subject: whose record it is: the dispatch that took it, or one that follows it.
        dispatch: where it was taken.
        name: ``<who took it>/<its name>``.
        part: of the record.
        by: the cut-off of whoever follows it.
    """
    decision, first = decided.content, decided.taken.content
    done, dropped = decided.done, decided.dropped
    is_open = decided.state is DecisionState.OPEN
    return DecisionRecorded(
        subject=subject,
        part=part,
        dispatch=dispatch,
        decision=name,
        what=decision.what,
        first_what=None if first.what == decision.what else first.what,
        party=decision.party,
        unit=decision.unit,
        project=decision.project,
        due=decision.due,
        first_due=first.due,
        changes=deadline_changes(decided.changes),
        state=decided.state,
        overdue=None if by is None else is_open and over(decision.due, by),
        evidence=done.content.evidence if done else None,
        reason=dropped.content.reason if dropped else None,
    )


def derive(states: States) -> Derived:
    """The decision's record, open until it is done or dropped."""
    taker = states.name.partition("/")[0]
    views: Views = states.own
    decision = standing(views, taker)
    no_effect = tuple(_no_effect(states.name, taker, views, decision))
    if decision is None:
        return Derived(no_effect=no_effect)
    subject, part = str(states.subject), f"decision/{states.name}"
    record = shown(decision, subject, subject, states.name, part=part)
    open_items = {part: record.due} if record.state is DecisionState.OPEN else {}
    return Derived({part: record}, no_effect, open_items)


def _no_effect(
    name: str, taker: str, views: Views, decision: DecisionStanding | None
) -> Iterator[NoEffect]:
    for party, view in sorted(views.items()):
        ends: tuple[Remembered[Any], ...] = (*view.done, *view.dropped)
        for end in ends:
            why = _why_no_end(name, party, end, decision)
            if why is not None:
                yield no_effect_of(party, end, why)
    for version, why_not in decision.changes if decision is not None else ():
        if why_not is not None:
            yield no_effect_of(taker, version, why_not)


def _why_no_end(
    name: str, party: str, end: Remembered[Any], decision: DecisionStanding | None
) -> Reason | None:
    """Returns why it does not end the decision; None if it does."""
    if decision is None:
        return _not_taken(name)
    owner = decision.content.party
    if isinstance(end.content, DecisionDone) and party != owner:
        return _not_yours(owner)
    if end.recorded < decision.taken.recorded:
        return IN_ADVANCE
    return None if end is decision.done or end is decision.dropped else _ENDED


def _not_taken(name: str) -> Reason:
    return "not_taken", f"没有议定事项 {name}", f"there is no decision {name}"


def _not_yours(owner: str) -> Reason:
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
