"""The lifecycle of a pair, from what each of its two owners said of it.

An owner's answer is the last of its steps that counted, in its own order; the
pair has come as far as both owners have. Whether a step counts follows from the
owner's own earlier steps and, where it says that the other had not answered, from
when the other's first answer was recorded. So how their statements interleave makes
no difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from twincity_schemas.match import (
    Answered,
    MatchAccepted,
    MatchDeclined,
    MatchDeferred,
    MatchEnded,
    MatchExpired,
    MatchLanded,
    MatchNegotiated,
    MatchRated,
    MatchSigned,
)
from twincity_schemas.opportunity import Direction, NeedType, OpportunityPublished
from twincity_schemas.pairing_record import PairStatus
from twincity_schemas.parties import day_of
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import PartialDate, Value, earlier
from twincity_schemas.words import words_of

Answer = Literal[
    "accepted",
    "negotiated",
    "signed",
    "landed",
    "rated",
    "declined",
    "deferred",
    "ended",
    "expired",
]
LADDER: tuple[Answer, ...] = ("accepted", "negotiated", "signed", "landed", "rated")
EXITS: tuple[Answer, ...] = ("declined", "ended", "expired")
_SIGNED = LADDER.index("signed")
ANSWER_WITHIN_DAYS = 30
"""The pools' rule: how long after one owner's acceptance the other should answer."""
_MOST_STEPS = 50
"""Of one owner about one pair, that may turn out to count."""

ANSWER_OF: Mapping[type[Answered], Answer] = {
    MatchAccepted: "accepted",
    MatchNegotiated: "negotiated",
    MatchSigned: "signed",
    MatchLanded: "landed",
    MatchRated: "rated",
    MatchDeclined: "declined",
    MatchDeferred: "deferred",
    MatchEnded: "ended",
    MatchExpired: "expired",
}
_WORDS = {answer: words_of(type_) for type_, answer in ANSWER_OF.items()}

_JOINT = (
    PairStatus.AGREED,
    PairStatus.IN_TALKS,
    PairStatus.SIGNED,
    PairStatus.LANDED,
    PairStatus.RATED,
)


class Entered(Value):
    """An entry as it was when its owner took a pair up: later words leave it."""

    direction: Direction
    need_type: NeedType
    unit: str
    capacity: int


class Step(Value):
    """A step of an owner, as it is remembered.

    Attributes:
        number: of the owner's statements about its entry, which one it was.
        entered: what the entry was, where the pair is taken up.
        until: when a deferred pair is open again, if a date was given.
    """

    answer: Answer
    statement: str
    recorded: datetime
    number: int
    entered: Entered | None = None
    until: PartialDate | None = None


class OwnerSteps(Value):
    """An owner's steps about one pair.

    Attributes:
        since: when its first answer was recorded; to expire is none.
        steps: those that may count, in its order; what none needs any more is gone.
    """

    since: datetime | None = None
    steps: tuple[Step, ...] = ()


SILENT = OwnerSteps()


def entered(entry: OpportunityPublished | None) -> Entered | None:
    """Returns what an entry is, as far as an agreement on it rests on that."""
    if entry is None:
        return None
    return Entered(
        direction=entry.direction,
        need_type=entry.need_type,
        unit=entry.responsible_unit.credit_code or entry.responsible_unit.name,
        capacity=entry.capacity,
    )


@dataclass(frozen=True)
class Stand:
    """An owner's stand on a pair.

    Attributes:
        answer: its last step that counted.
        last: that step; None while it is silent.
        accepted: the step by which it last took the pair up.
        again: its acceptances since then: of an entry that was another, and the last.
        void: its steps that did not count, and where it stood then.
    """

    answer: Answer | None = None
    last: Step | None = None
    accepted: Step | None = None
    again: tuple[Step, ...] = ()
    void: tuple[tuple[Step, Answer | None], ...] = ()

    @property
    def rests_on(self) -> tuple[Step, ...]:
        """The steps that its answer rests on, each once."""
        taken_up = self.accepted if self.answer in LADDER else None
        return tuple(dict.fromkeys(s for s in (taken_up, self.last) if s is not None))


def counts(before: Answer | None, answer: Answer) -> bool:
    """Returns whether a step of an owner has an effect after its last one.

    What is accepted first can go on. What is not signed can be declined or put off;
    until it has landed it can be ended.
    """
    at = LADDER.index(before) if before in LADDER else -1
    match answer:
        case "accepted":
            return True
        case "declined" | "deferred":
            return at < _SIGNED
        case "ended":
            return 0 <= at <= _SIGNED
        case "expired":
            return before in {None, "accepted"}
        case _:
            return 0 <= at <= LADDER.index(answer)


def _after(before: Answer | None, answer: Answer) -> Answer:
    if answer == "accepted" and before in LADDER:
        return before  # it has come further since
    return answer


def _possible(steps: Iterable[Step]) -> set[Answer | None]:
    """Returns where an owner may stand, whenever the other first answered."""
    possible: set[Answer | None] = {None}
    for step in steps:
        possible = {
            after
            for before in possible
            for after in (
                (_after(before, step.answer),)
                # Whether it expires turns on when the other first answered, which
                # may not have been seen yet: both are possible.
                if step.answer != "expired" and counts(before, step.answer)
                else (before, step.answer)
                if counts(before, step.answer)
                else (before,)
            )
        }
    return possible


def with_step(steps: OwnerSteps, step: Step) -> OwnerSteps | None:
    """Returns an owner's steps after one more; None if that can never count."""
    before = _possible(steps.steps)
    if not any(counts(one, step.answer) for one in before):
        return None
    since = steps.since
    if since is None and step.answer != "expired":
        since = step.recorded
    anew = step.answer == "accepted" and not before & {*LADDER}
    leaves = step.answer in {"declined", "deferred"}
    if anew or (leaves and all(counts(one, step.answer) for one in before)):
        return OwnerSteps(
            since=since, steps=(step,)
        )  # what was before makes no difference
    kept = steps.steps
    if step.answer == "accepted" and before <= {*LADDER} and not _differs(kept, step):
        # Said again: the last time counts, as the other may have left in between.
        *earlier, latest = kept
        if latest.answer == "accepted" and not _differs(earlier, latest):
            kept = tuple(earlier)
    if len(kept) == _MOST_STEPS:
        return None
    return OwnerSteps(since=since, steps=(*kept, step))


def _differs(steps: Sequence[Step], step: Step) -> bool:
    """Returns whether the entry is another than when its owner last took it up."""
    before = [one.entered for one in steps if one.answer == "accepted"][-1:]
    kinds = [(e.direction, e.need_type, e.unit) for e in (*before, step.entered) if e]
    return not before or len({*kinds}) > 1


def stand(mine: OwnerSteps, theirs: OwnerSteps) -> Stand:
    """Returns where an owner stands, the other's first answer being known."""
    now = Stand()
    for step in mine.steps:
        # Who had answered by then has not let it expire.
        late = theirs.since is not None and theirs.since <= step.recorded
        expired = step.answer == "expired"
        if not counts(now.answer, step.answer) or (expired and late):
            now = replace(now, void=(*now.void, (step, now.answer)))
            continue
        if step.answer == "accepted":
            if now.answer in LADDER:
                now = replace(now, again=(*now.again, step))
            else:
                now = replace(now, accepted=step, again=())
        now = replace(now, answer=_after(now.answer, step.answer), last=step)
    return now


def step_of(data: Answered) -> Answer:
    """The step that a statement takes."""
    return ANSWER_OF[type(data)]


def is_over(step: Step, as_of: PartialDate | None) -> bool:
    """Returns whether what was put off is open again by a date.

    A date that is less exact than the one set does not say that it has come.
    """
    until = step.until
    if until is None or as_of is None or len(as_of) < len(until):
        return False
    return not earlier(as_of, until)


def fact(answer: Answer) -> str:
    """Returns the short name of a step's type, such as ``match.accepted``."""
    return f"match.{answer}"


def name(answer: Answer) -> str:
    """Returns what a step is called in Chinese."""
    return _WORDS[answer].zh


def agreed(demand: Answer | None, supply: Answer | None) -> bool:
    """Returns whether both owners hold to the pair."""
    return demand in LADDER and supply in LADDER


def status(demand: Answer | None, supply: Answer | None) -> PairStatus:
    """Returns how far the pair has come."""
    if demand in LADDER and supply in LADDER:
        return _JOINT[min(LADDER.index(demand), LADDER.index(supply))]
    if demand in LADDER:
        return PairStatus.ACCEPTED_BY_DEMAND
    if supply in LADDER:
        return PairStatus.ACCEPTED_BY_SUPPLY
    return PairStatus.RECOMMENDED


def answer_by(accepted: Step) -> PartialDate:
    """By when the other owner should answer to an acceptance, by the pools' rule."""
    return day_of(accepted.recorded + timedelta(days=ANSWER_WITHIN_DAYS))


@lru_cache(maxsize=4096)  # of as many pairs as there are owners and stands
def open_steps(
    demand: tuple[str, Answer | None],
    supply: tuple[str, Answer | None],
    *,
    void: bool = False,
) -> tuple[OpenStep, ...]:
    """Returns who may do what next; each side is its party and its answer.

    What was taken up while the two could not be a pair (``void``) is taken up anew, or
    ended, by whoever did.
    """
    parties_by_answer: dict[Answer, dict[str, None]] = {}
    for (party, mine), (_, theirs) in ((demand, supply), (supply, demand)):
        for answer in _open(mine, theirs, void=void):
            parties_by_answer.setdefault(answer, {})[party] = None
    return tuple(
        OpenStep(step=f"match.{answer}", parties=tuple(parties))
        for answer, parties in parties_by_answer.items()
    )


def steps_of(
    party: str, mine: Answer | None, theirs: Answer | None
) -> tuple[OpenStep, ...]:
    """Returns what a party may do next, by where it and the other stand."""
    return tuple(
        OpenStep(step=f"match.{answer}", parties=(party,))
        for answer in _open(mine, theirs)
    )


def _open(
    mine: Answer | None, theirs: Answer | None, *, void: bool = False
) -> Iterator[Answer]:
    if mine not in LADDER:
        yield "accepted"
        if mine is None:
            yield "declined"
            yield "deferred"
        return
    at = LADDER.index(mine)
    if void:
        yield "accepted"
    elif theirs is None:
        yield "expired"
    elif theirs in LADDER and at <= LADDER.index(theirs) and at + 1 < len(LADDER):
        yield LADDER[at + 1]  # whoever is ahead waits for the other
    if at <= _SIGNED:
        yield "ended"
