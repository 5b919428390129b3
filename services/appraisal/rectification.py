"""Summons and rectification (约谈、整改): how a unit leaves the black board.

Whoever opened the board summons a unit with a deadline. The unit's party plans and
submits, the opener returns or verifies; each step answers to the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.appraisal.closed_places import SAID_BEFORE, ClosedPlaces
from services.rules.closing import deadline_changes, over
from services.rules.remembered import Remembered, no_effect_of
from services.rules.turns import Chain, Move, in_turn
from services.runtime.kinds import Reason
from twincity_schemas.board import BoardUnit, Colour
from twincity_schemas.board_record import (
    RectificationRecorded,
    RectificationState,
    RectificationStep,
)
from twincity_schemas.follow_up import UnitSummoned
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import PartialDate, earlier

ENDED = frozenset({RectificationState.VERIFIED, RectificationState.DROPPED})


@dataclass(frozen=True, slots=True)
class RectificationMove(Move):
    """One party's step, with what it says and the date that it plans, if it does."""

    note: str
    due: PartialDate | None = None


Moves = Mapping[str, tuple[RectificationMove, ...]]
"""Each party's steps, in its own order."""


@dataclass(frozen=True)
class _Summons:
    """A summons that counts, and how its deadline moved.

    Attributes:
        root: as it was first said; the first step answers to it.
        versions: those said later, each with why it has no effect, if it has none.
    """

    root: Remembered[UnitSummoned]
    versions: tuple[tuple[Remembered[UnitSummoned], Reason | None], ...] = ()

    def due_at(self, moment: datetime | None) -> PartialDate:
        """Returns the deadline in force at a moment; None: now."""
        due = self.root.content.due
        for version, why in self.versions:
            if why is None and (moment is None or version.recorded <= moment):
                due = version.content.due
        return due


def rectified(
    subject: str,
    unit: BoardUnit,
    places: ClosedPlaces,
    summoned: Sequence[Remembered[UnitSummoned]],
    moves: Moves,
) -> tuple[RectificationRecorded | None, list[NoEffect]]:
    """Returns the record of a unit that was summoned, and what has no effect.

    Args:
        subject: the board.
        unit: which of its units.
        places: where the units stand.
        summoned: what whoever opened the board said, in its order.
        moves: every party's steps.
    """
    no_effect: list[NoEffect] = []
    summons = None
    for summoning in summoned:
        if summons is not None:
            why = _why_no_extension(summons, summoning)
            summons = replace(summons, versions=(*summons.versions, (summoning, why)))
            continue
        why = _why_no_summons(unit, places, summoning)
        if why is None:
            summons = _Summons(summoning)
        else:
            no_effect.append(no_effect_of(places.by, summoning, why))
    if summons is None:
        return None, no_effect + idle(moves)
    chain = _chain(summons, places.by, moves)
    summons = _as_it_ended(summons, chain)
    no_effect += chain.no_effect
    no_effect += [
        no_effect_of(places.by, summoning, why)
        for summoning, why in summons.versions
        if why
    ]
    return _record(subject, unit, places, summons, chain), no_effect


def idle(moves: Moves) -> list[NoEffect]:
    """Returns that steps have no effect, for there is nothing to rectify."""
    nothing = in_turn(None, "", moves, lambda *_: (), lambda *_: None)
    return [*nothing.no_effect]


def _why_no_summons(
    unit: BoardUnit, places: ClosedPlaces, summons: Remembered[UnitSummoned]
) -> Reason | None:
    # A unit without projects says by nothing whose it is: then any member may be named.
    parties = {one.party for one in unit.projects}
    if parties and summons.content.party not in parties:
        return _NOT_ITS_PARTY
    return places.against(unit, Colour.BLACK, summons)


def _why_no_extension(
    summons: _Summons, extension: Remembered[UnitSummoned]
) -> Reason | None:
    """Returns why a summons that is said again moves no deadline."""
    due = summons.due_at(None)
    if extension.content.party != summons.root.content.party:
        return _ANOTHER_PARTY
    if extension.content.due == due:
        return SAID_BEFORE
    # More time after the time is over would make what was late punctual.
    if over(due, extension.recorded):
        return _OVER
    return _EARLIER if earlier(extension.content.due, due) else None


def _as_it_ended(summons: _Summons, chain: Chain[Any, Any]) -> _Summons:
    """Returns a summons of which no deadline moves once it has ended."""
    if chain.state not in ENDED:
        return summons
    ended = chain.taken[-1][1].recorded
    return replace(
        summons,
        versions=tuple(
            (
                version,
                _OVER_AND_DONE if why is None and version.recorded > ended else why,
            )
            for version, why in summons.versions
        ),
    )


def _chain(
    summons: _Summons, by: str, moves: Moves
) -> Chain[RectificationState, RectificationMove]:
    party = summons.root.content.party

    def open_steps(state: RectificationState, head: str) -> tuple[OpenStep, ...]:
        if state in ENDED:
            return ()
        to_verify = state is RectificationState.SUBMITTED
        steps = (
            (("verified", by), ("returned", by))
            if to_verify
            else (("planned", party), ("submitted", party))
        )
        return tuple(
            OpenStep(step=f"rectification.{step}", parties=(who,), answers=head)
            for step, who in (*steps, ("dropped", by))
        )

    def against(
        _state: RectificationState, _party: str, move: RectificationMove
    ) -> Reason | None:
        # Whoever guesses the name of a statement answers to nothing.
        if move.recorded < summons.root.recorded:
            return _BEFORE_THE_SUMMONS
        # Against the deadline as it stood then: an extension excuses no plan before it.
        late = move.due and earlier(summons.due_at(move.recorded), move.due)
        return _LATER_THAN_SET if late else None

    return in_turn(
        RectificationState.SUMMONED,
        summons.root.id,
        moves,
        open_steps,
        lambda _state, _party, move: RectificationState(move.step.partition(".")[2]),
        against,
    )


def _record(
    subject: str,
    unit: BoardUnit,
    places: ClosedPlaces,
    summons: _Summons,
    chain: Chain[RectificationState, RectificationMove],
) -> RectificationRecorded:
    first, due = summons.root.content, summons.due_at(None)
    ended, planned, verifier = None, None, None
    is_handed_in = False
    for party, move in chain.taken:
        planned = move.due or planned
        match move.step:
            case "rectification.submitted":
                # The last: what was returned was not put right. By when it was
                # submitted, since the verifying is not the unit's delay.
                ended, is_handed_in = move.recorded, True
            case "rectification.returned":
                is_handed_in = False
            case "rectification.dropped" if not is_handed_in:
                # To drop it after its day undoes no delay.
                ended = move.recorded
            case "rectification.verified":
                verifier = party
            case _:
                pass
    return RectificationRecorded(
        subject=subject,
        part=f"rectification/{unit.code}",
        **places.standing(unit, Colour.BLACK),
        party=first.party,
        statement=summons.root.id,
        recorded=summons.root.recorded,
        held=first.held,
        reason=first.reason,
        due=due,
        first_due=first.due,
        changes=deadline_changes(summons.versions),
        planned=planned,
        state=chain.state,
        late=None if ended is None else over(due, ended),
        self_verified=verifier == first.party,
        steps=tuple(
            RectificationStep(
                step=move.step,
                party=party,
                statement=move.id,
                recorded=move.recorded,
                note=move.note,
            )
            for party, move in chain.taken
        ),
        open=chain.open,
    )


_NOT_ITS_PARTY = (
    "not_its_party",
    "该主体不是该单位负责项目的所属方",
    "the party is of none of the unit's projects",
)
_ANOTHER_PARTY = (
    "another_party",
    "答复方不得以再次约谈变更",
    "who answers for the unit does not change",
)
_OVER = (
    "deadline_over",
    "原时限已过，再定的时限列为变更，不改变是否逾期",
    "the deadline was over: the new one is shown, and does not undo that it was missed",
)
_EARLIER = (
    "to_an_earlier_day",
    "整改时限不得提前",
    "a deadline is not moved to an earlier day",
)
_OVER_AND_DONE = (
    "ended_already",
    "该单位此前已退出或已撤销整改",
    "the unit had left the board, or was no longer asked, before",
)
_BEFORE_THE_SUMMONS = (
    "before_the_summons",
    "先于约谈填报，不生效",
    "it was recorded before the summons",
)
_LATER_THAN_SET = (
    "later_than_set",
    "计划完成日期晚于整改时限，请先商启动方延期",
    "it plans for a day after the deadline: have that moved first",
)
