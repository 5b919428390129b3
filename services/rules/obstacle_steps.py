"""Who may take which step of an obstacle, and what comes of it (挂账销号).

The rule of the ledger in three functions: ``open_steps`` who may do what in each
state; ``why_not`` what has no effect though it is open, for its deadline's sake;
``after`` where the obstacle stands once the step is taken. A deadline that has passed
is never moved: it stays with whoever had the obstacle then (``missed``), also when
that is given to another.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.rules import presence
from services.rules.closing import over
from services.rules.turns import Move
from services.runtime.kinds import Reason
from twincity_schemas.obstacle_record import MissedDeadline, ObstacleState
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import Organisation, PartialDate, earlier

QUIET = timedelta(days=30)
"""How long nothing has to be done before it can be raised to the level above while it
is not yet due. No published paper names a number; it is the contract's own."""


@dataclass(frozen=True, slots=True)
class ObstacleMove(Move):
    """One party's step of an obstacle, as far as its rule needs it."""

    as_of: PartialDate
    note: str
    to: str | None = None
    unit: Organisation | None = None
    due: PartialDate | None = None
    level: Organisation | None = None


@dataclass(frozen=True)
class ObstacleStanding:
    """One obstacle while its chain of steps is followed.

    Attributes:
        askers: who may assign and verify: whoever raised it; once that has left,
            the members that stay.
        staying: the members that have not left by then.
        touched: when the last step was recorded.
        submitted: when its closure was asked for, as recorded.
        assigned: when it was given to whoever has it.
        missed: the first deadline that passed while each party had it.
        moved_by: the statements that moved its deadline, each with its party.
    """

    raised_by: str
    askers: tuple[str, ...]
    staying: tuple[str, ...]
    due: str
    unit: Organisation
    touched: datetime
    state: ObstacleState = ObstacleState.REGISTERED
    assigned_to: str | None = None
    assigned: datetime | None = None
    given_up_by: str | None = None
    submitted: datetime | None = None
    extensions: int = 0
    missed: tuple[MissedDeadline, ...] = ()
    moved_by: tuple[tuple[str, str], ...] = ()
    escalated_to: Organisation | None = None

    @property
    def holders(self) -> tuple[str, ...]:
        """Returns the party it is assigned to, or those who may assign it."""
        return (self.assigned_to,) if self.assigned_to else self.askers

    @property
    def acting(self) -> tuple[str, ...]:
        """Returns those who have to act next: once it is submitted, who looks at it."""
        holders = self.holders
        if self.state not in {ObstacleState.SUBMITTED, ObstacleState.SELF_VERIFIED}:
            return holders
        askers = tuple(one for one in self.askers if one not in holders)
        others = tuple(one for one in self.staying if one not in holders)
        return askers or others or holders

    def moved(self, by: tuple[str, str]) -> "ObstacleStanding":
        """Returns the same, with a party's statement that has moved its deadline."""
        return replace(self, moved_by=(*self.moved_by, by))

    def has_passed(self, moment: datetime) -> bool:
        """Returns whether it was overdue at a moment, and no closure asked for."""
        # Once its closure is asked for, the asker's time counts, not the verifier's:
        # whoever takes long to look must not make the work late.
        return self.submitted is None and over(self.due, moment)


def open_steps(standing: ObstacleStanding, head: str) -> tuple[OpenStep, ...]:
    """Returns the steps that are open in a state, and to whom.

    Args:
        standing: the obstacle.
        head: the statement that the next step has to answer to.
    """
    asker = standing.askers
    assigned = (standing.assigned_to or "",)
    others = tuple(m for m in standing.staying if m != standing.assigned_to)
    # Whoever handled it does not verify it alone: another member may, too.
    seen_by = asker if asker != assigned else tuple({*asker, *others})
    visitors = tuple(m for m in standing.staying if m not in standing.holders)
    # Either side may be stuck, and neither may keep the other from asking above.
    both = tuple({*asker, *assigned})
    may: dict[ObstacleState, dict[str, tuple[str, ...]]] = {
        ObstacleState.REGISTERED: {
            "assigned": asker,
            "inspected": visitors,
            "cancelled": asker,
            "escalated": asker,
        },
        # Only before it is in hand may the assigned give it back: afterwards a
        # return is the asker's, of work that it finds wanting.
        ObstacleState.ASSIGNED: {
            "handled": assigned,
            "submitted": assigned,
            "returned": assigned,
            "inspected": visitors,
            "extended": asker,
            "assigned": asker,
            "cancelled": asker,
            "escalated": both,
        },
        ObstacleState.IN_HAND: {
            "handled": assigned,
            "submitted": assigned,
            "inspected": visitors,
            "extended": asker,
            "assigned": asker,
            "cancelled": asker,
            "escalated": both,
        },
        # No extension here: the work is done or not, and late or not.
        ObstacleState.SUBMITTED: {
            "verified": seen_by,
            "returned": asker,
            "escalated": both,
        },
        ObstacleState.SELF_VERIFIED: {
            "verified": others,
            "returned": others,
            "escalated": both,
        },
        ObstacleState.CLOSED: {},
        ObstacleState.CANCELLED: {},
    }
    return tuple(
        OpenStep(step=f"obstacle.{step}", parties=tuple(sorted(parties)), answers=head)
        for step, parties in may[standing.state].items()
        if parties
    )


def why_not(
    standing: ObstacleStanding, _party: str, move: ObstacleMove
) -> Reason | None:
    """Returns why an open step has no effect, for its deadline's sake; None if it has.

    Days are those of recording, so that no date that a party writes can help it.
    """
    match move.step.removeprefix("obstacle."):
        case "extended" if standing.has_passed(move.recorded):
            return (
                "after_due",
                f"时限 {standing.due} 已过，延期不生效",
                f"it was due {standing.due}: an extension after that has no effect",
            )
        case "extended" if not earlier(standing.due, move.due or standing.due):
            return (
                "not_later",
                f"延期须晚于现行时限 {standing.due}",
                f"an extension has to be later than {standing.due}",
            )
        case "escalated" if not (
            standing.has_passed(move.recorded)
            or move.recorded - standing.touched >= QUIET
        ):
            return (
                "too_early",
                f"未逾期，且未满 {QUIET.days} 日无进展，暂不能提级协调",
                f"it is not overdue, nor untouched for {QUIET.days} days",
            )
        case _:
            return None


def after(  # noqa: PLR0911  a return a step
    before: ObstacleStanding, party: str, move: ObstacleMove
) -> ObstacleStanding:
    """Returns the obstacle after a step that was open, and had effect."""
    now = replace(before, touched=move.recorded)
    match move.step.removeprefix("obstacle."):
        case "assigned":
            given = _assigned(now, move)
            # Its own word moved it, not the date that its new holder had missed before.
            own = given.due != now.due and given.due == move.due
            return given.moved((party, move.id)) if own else given
        case "handled":
            return replace(now, state=ObstacleState.IN_HAND)
        case "inspected":
            # To be looked at is no progress: it stays untouched as long as before.
            return before
        case "extended":
            due = move.due or now.due
            longer = replace(now, due=due, extensions=now.extensions + 1)
            return longer.moved((party, move.id))
        case "submitted":
            return replace(now, state=ObstacleState.SUBMITTED, submitted=move.recorded)
        case "returned" if now.state is not ObstacleState.ASSIGNED:
            return replace(now, state=ObstacleState.IN_HAND, submitted=None)
        case "returned":
            return replace(
                missing(now, move.recorded),
                state=ObstacleState.REGISTERED,
                assigned_to=None,
            )
        case "cancelled":
            return replace(missing(now, move.recorded), state=ObstacleState.CANCELLED)
        case "escalated":
            return replace(now, escalated_to=move.level)
        case _:  # verified
            # Whoever handled it has only its own word for it, until another looks.
            alone = party == now.assigned_to
            closed = ObstacleState.SELF_VERIFIED if alone else ObstacleState.CLOSED
            return replace(now, state=closed)


def _assigned(now: ObstacleStanding, move: ObstacleMove) -> ObstacleStanding:
    """Give it to a party, with a deadline of its own unless it missed one.

    Whoever has it already gets no earlier one; a later one counts as an extension.
    """
    was_missed = now.has_passed(move.recorded)
    now = missing(now, move.recorded)
    # Given back and assigned again, a missed deadline would otherwise be a fresh one.
    mine = [missed.due for missed in now.missed if missed.party == move.to]
    due = mine[0] if mine else move.due or now.due
    later = earlier(now.due, due)
    if now.assigned_to == move.to and not later:
        due = now.due
    moved = later and not was_missed
    return replace(
        now,
        state=ObstacleState.ASSIGNED,
        assigned_to=move.to,
        assigned=move.recorded,
        given_up_by=None,
        unit=move.unit or now.unit,
        due=due,
        extensions=now.extensions + moved,
    )


def missing(now: ObstacleStanding, moment: datetime) -> ObstacleStanding:
    """Returns the same, with the deadline that was missed by a moment, and by whom."""
    noted = {missed.due for missed in now.missed}
    if not now.has_passed(moment) or now.due in noted:
        return now
    nobody = now.assigned_to is None
    missed = (
        MissedDeadline(party=one, due=now.due, unassigned=nobody) for one in now.holders
    )
    return replace(now, missed=(*now.missed, *missed))


def at(
    members: tuple[str, ...],
    unit: Organisation,
    where: presence.Views,
    before: ObstacleStanding,
    moment: datetime | None,
) -> ObstacleStanding:
    """Returns where an obstacle stood at a moment, by who had left by then.

    It outlives its raiser: those who stay take over the asking. What a leaver had goes
    back to those who ask; what it had submitted waits for its verification alone.
    """
    there = presence.staying(where, members, moment)
    asker = before.raised_by
    # Who has it gives itself no more time, as long as another is there to give it.
    others = tuple(one for one in there if one != before.assigned_to) or there
    asking = (asker,) if asker in there else others
    now = replace(before, staying=there, askers=asking)
    holder, since = before.assigned_to, before.assigned
    if holder is None or since is None or now.state not in _IN_WORK:
        return now
    left = presence.left_since(where, holder, since, moment)
    left = left or presence.left_at(where, holder, moment)
    if left is None:
        return now
    # What it had missed by then stays with it.
    return replace(
        missing(now, left),
        state=ObstacleState.REGISTERED,
        assigned_to=None,
        given_up_by=holder,
        unit=unit,
    )


_IN_WORK = frozenset({ObstacleState.ASSIGNED, ObstacleState.IN_HAND})
