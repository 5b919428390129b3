"""What two owners have come to on a pair, from the views of both entries.

What both took up is theirs: it stands whatever is recommended, and no longer
competes with anything. Their later words on an entry (a revision, a withdrawal, no
more capacity) mean that there are no *new* pairs of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import product

from services.matching import idle, lifecycle
from services.matching.entries import EntryView
from services.matching.lifecycle import SILENT, Answer, Entered, Stand, Step
from services.matching.scorer import KINDRED
from services.runtime.kinds import Reason, no_effect
from twincity_schemas.opportunity import Direction, pool_of
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Subject


@dataclass(frozen=True)
class PairSide:
    """One of the two entries of a pair, and what its owner has said."""

    subject: str
    view: EntryView
    stand: Stand
    answer: Answer | None
    """Where it stands now: nothing said, where what it put off is open again."""

    @property
    def owner(self) -> str:
        """Returns whose entry it is."""
        return Subject.parse(self.subject).members[0]

    @property
    def pool(self) -> str:
        """The pool that its entry is in."""
        return pool_of(Subject.parse(self.subject))

    @property
    def entered(self) -> Entered | None:
        """Returns what it was when its owner took the pair up."""
        return self.stand.accepted.entered if self.stand.accepted else None

    @cached_property
    def entry(self) -> Entered | None:
        """Returns the entry as it is now."""
        return lifecycle.entered(self.view.entry)

    @property
    def judged(self) -> Entered | None:
        """Returns what it was when its owner took the pair up; else what it is."""
        return self.entered or self.entry


@dataclass(frozen=True)
class PairAgreement:
    """Two entries and where their owners stand, the one asked about first."""

    mine: PairSide
    theirs: PairSide

    @property
    def left(self) -> bool:
        """Returns whether an owner has left the pair or put it off."""
        exits = (*lifecycle.EXITS, "deferred")
        return self.mine.answer in exits or self.theirs.answer in exits

    @property
    def held(self) -> bool:
        """Returns whether both took the pair up, while both were on the list."""
        return (
            lifecycle.agreed(self.mine.answer, self.theirs.answer)
            and self._ruled_out is None
            and all(self._on_list(side) for side in (self.mine, self.theirs))
        )

    @property
    def offered(self) -> bool:
        """Returns whether one owner took the pair up and the other can."""
        one_sided = (self.mine.answer in lifecycle.LADDER) != (
            self.theirs.answer in lifecycle.LADDER
        )
        return (
            one_sided
            and not self.left
            and self._ruled_out is None
            and self.mine.view.on_list
            and self.theirs.view.on_list
        )

    @property
    def since(self) -> datetime:
        """Returns when the later of the two took it up."""
        return max(
            side.stand.accepted.recorded
            for side in (self.mine, self.theirs)
            if side.stand.accepted
        )

    @property
    def place(self) -> tuple[datetime, int]:
        """The order of an entry's agreements: the earlier, then by its own order."""
        accepted = self.mine.stand.accepted
        return self.since, accepted.number if accepted else 0

    @property
    def void(self) -> bool:
        """Returns whether it was taken up while the two could not be a pair.

        They may be one by now, as other entries than those that were taken up.
        """
        return self._ruled_out is not None

    def demand_first(self) -> tuple[PairSide, PairSide]:
        """The two entries, demand first, as they were when the pair was taken up.

        As they are now, where it could be none then.
        """
        entered = self.mine.entry if self.void else self.mine.judged
        if entered is not None and entered.direction is Direction.DEMAND:
            return self.mine, self.theirs
        return self.theirs, self.mine

    def no_effect(self) -> Iterator[NoEffect]:
        """The steps of the first owner that have no effect, and why."""
        mine, owner = self.mine, self.mine.owner
        for step, stood in mine.stand.void:
            if step.answer == "expired":
                yield idle.answered_already(owner, step, stood)
            else:
                yield idle.out_of_turn(owner, step.statement, stood, step.answer)
        for step in mine.stand.rests_on if mine.answer is not None else ():
            if (why := self._why_none(step)) is not None:
                yield no_effect(owner, step.statement, lifecycle.fact(step.answer), why)

    def _why_none(self, step: Step) -> Reason | None:
        """Returns why a step that the first owner holds to has no effect, if so."""
        mine, theirs = self.mine, self.theirs
        if theirs.pool != mine.pool:
            zh = f"{theirs.subject} 不在同一清单"
            return "other_pool", zh, f"{theirs.subject} is in another pool"
        for side in (mine, theirs):
            if side.view.entry is None:
                zh = f"没有条目 {side.subject}，发布后生效"
                en = f"there is no entry {side.subject}; it has effect once there is"
                return "no_entry", zh, en
        if step.answer not in lifecycle.LADDER:
            return None
        return self._left_before(step) or self._ruled_out or self._off_list()

    def _left_before(self, step: Step) -> Reason | None:
        gone, owner = self.theirs.stand.last, self.theirs.owner
        if gone is None or self.theirs.answer not in (*lifecycle.EXITS, "deferred"):
            return None
        # Left afterwards: until then the step had its effect.
        if gone.recorded >= step.recorded:
            return None
        fact = f"match.{gone.answer}"
        zh = f"{owner} 已「{lifecycle.name(gone.answer)}」（{fact}），须由其重新受理"
        en = f"{owner} has left the pair ({fact}) and would have to accept it anew"
        return "other_left", zh, en

    def _off_list(self) -> Reason | None:
        for side in (self.mine, self.theirs):
            if not self._on_list(side):
                zh = f"{side.subject} 已撤回，不再新增配对"
                en = f"{side.subject} was withdrawn: there are no new pairs of it"
                return "off_list", zh, en
        return None

    def _on_list(self, side: PairSide) -> bool:
        off = side.view.off_since
        if side.view.entry is None or off is None:
            return side.view.entry is not None
        # What both had agreed on before it left the list goes on.
        both = lifecycle.agreed(self.mine.answer, self.theirs.answer)
        return both and self.since <= off

    @cached_property
    def _ruled_out(self) -> Reason | None:
        """Returns why the two, as they were then, could never be a pair."""
        d, s = self.mine.judged, self.theirs.judged
        if d is None or s is None:
            return "no_entry", "条目尚未发布", "an entry is not published"
        if d.direction is s.direction:
            return "direction", "供需方向不符", "not a demand and a supply"
        if d.direction is not Direction.DEMAND:
            d, s = s, d
        if s.need_type not in KINDRED[d.need_type]:
            zh = f"需求类别不相容：{d.need_type.words.zh}、{s.need_type.words.zh}"
            en = f"{d.need_type.words.en} is not met by {s.need_type.words.en}"
            return "need_type", zh, en
        if self.mine.owner == self.theirs.owner and d.unit == s.unit:
            return "same_unit", "供需出自同一单位", "both are of one unit"
        return None


def agreement(
    subject: str, view: EntryView, other: str, their_view: EntryView
) -> PairAgreement:
    """Returns what two owners have come to.

    Args:
        subject: the entry that is asked about.
        view: what its owner has said.
        other: the other entry.
        their_view: what its owner has said.
    """
    mine = view.answers.get(other, SILENT)
    theirs = their_view.answers.get(subject, SILENT)
    first = PairAgreement(
        _party(subject, view, lifecycle.stand(mine, theirs), their_view),
        _party(other, their_view, lifecycle.stand(theirs, mine), view),
    )
    if not first.void:
        return first
    # An owner whose entry has turned since may have taken the pair up anew.
    tries = product(_acceptances(first.mine), _acceptances(first.theirs))
    anew = (PairAgreement(*sides) for sides in tries)
    return next((one for one in anew if not one.void), first)


def _acceptances(side: PairSide) -> Iterator[PairSide]:
    """Yields a side by its acceptance, and by each later one of another entry."""
    yield side
    for step in side.stand.again:
        yield replace(side, stand=replace(side.stand, accepted=step))


def _party(subject: str, view: EntryView, stand: Stand, other: EntryView) -> PairSide:
    answer = stand.answer
    if answer == "deferred" and stand.last and _is_over(stand.last, view, other):
        answer = None
    return PairSide(subject, view, stand, answer)


def _is_over(step: Step, view: EntryView, other: EntryView) -> bool:
    """Returns whether what was put off is open again, by what the owners said since."""
    if step.until is None:
        return view.published > step.number
    return any(lifecycle.is_over(step, date) for date in (view.as_of, other.as_of))
