"""What earlier dispatches decided: on the list of every later one until it is ended.

Whoever calls a dispatch must not choose which decisions leave the list. So it follows
those of every dispatch of the same members, whoever called it and whether the call
names it or not, and those of the dispatches that lead to it by name.
"""

from collections.abc import Iterator
from datetime import datetime

from services.appraisal import decision
from services.appraisal.afterwards import Late, late_step
from services.appraisal.calendar import dispatches_beside
from services.appraisal.called import call
from services.rules.editions import Editions
from services.rules.remembered import step_of
from services.runtime.kinds import States
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.dispatch import DispatchCalled
from twincity_schemas.dispatch_record import DecisionRecorded, DecisionState


def _followed_1(dispatch: DispatchCalled, states: States) -> Iterator[DecisionRecorded]:
    """Yields earlier decisions: all of the last dispatch, the open ones of others."""
    subject, by = str(states.subject), dispatch.cut_off
    last, listed_by = _last(dispatch, states)
    for other in _before(last, states):
        for name, views in sorted(states.all_of(other, "decision").items()):
            taker = name.partition("/")[0]
            standing = decision.standing(views, taker, by)
            if standing is None:
                continue
            if other not in last:
                then = decision.standing(views, taker, listed_by)
                if then is not None and then.state is not DecisionState.OPEN:
                    continue  # its end was told in the dispatch before
            part = f"followed/{other.partition('/')[2]}/{name}"
            yield decision.shown(standing, subject, other, name, part=part, by=by)


def late_words(dispatch: DispatchCalled, states: States) -> Iterator[Late]:
    """Yields what was said after the cut-off of decisions that were not ended by it."""
    by = dispatch.cut_off
    last, _ = _last(dispatch, states)
    for other in _before(last, states):
        views_by_name = states.all_of(other, "decision")
        for name, views in views_by_name.items():
            taker = name.partition("/")[0]
            then, now = (decision.standing(views, taker, at) for at in (by, None))
            if now is None or (then and then.state is not DecisionState.OPEN):
                continue
            which = ChangedField(pointer="/decision", now=name.partition("/")[2])
            for place, (party, statement) in enumerate(decision.in_effect(now, taker)):
                if statement.recorded > by:
                    yield late_step(
                        statement.recorded, party, (f"{other} {name}", place),
                        statement.id, step_of(statement.content), other,
                        statement.content.as_of, (which,),
                    )  # fmt: skip


def _last(dispatch: DispatchCalled, states: States) -> tuple[list[str], datetime]:
    """Returns the dispatch before one, and its cut-off; several closed at one instant.

    The one that the call names; where it names none, the last that the same members
    closed before it. Where there is none, what is ended by its own cut-off was ended
    before it.
    """
    if dispatch.previous is not None:
        named = call(dispatch.previous, states.of(dispatch.previous))
        if named.by is not None:
            return [dispatch.previous], named.content.cut_off
    closed = {
        name: other.content.cut_off
        for name in dispatches_beside(str(states.subject), states)
        if (other := call(name, states.of(name))).by is not None
        and other.content.cut_off < dispatch.cut_off
    }
    cut_off = max(closed.values(), default=dispatch.cut_off)
    return [name for name, its in closed.items() if its == cut_off], cut_off


def _before(last: list[str], states: States) -> Iterator[str]:
    """Yields the dispatches whose decisions one follows, each once: the last first."""
    own = str(states.subject)
    waiting = [*reversed(dispatches_beside(own, states)), *reversed(last)]
    # Two dispatches may name each other as the one before.
    passed = {own}
    while waiting:
        other = waiting.pop()
        if other in passed:
            continue
        passed.add(other)
        called = call(other, states.of(other))
        if called.by is not None:
            yield other
            waiting += filter(None, [called.content.previous])


FOLLOWED = Editions("followed", _followed_1)
