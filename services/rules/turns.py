"""Moves in turn: the chain of those that answer to one another.

Each move names the statement it answers to, so the chain is found from the
moves alone, whatever the order in which they arrived: after the head come its
answers, and of several the first *recorded* that is allowed. Where two parties'
were recorded at the same instant neither counts, and both are told. What is left
over has no effect, and is told why.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Generic, TypeVar

from services.runtime.kinds import Reason, no_effect
from twincity_schemas.steps import NoEffect, OpenStep


@dataclass(frozen=True, slots=True)
class Move:
    """One party's step, as far as the chain needs it.

    Attributes:
        step: its type, such as ``obstacle.verified``.
        id: its statement's.
        answers: the statement that it answers to.
        recorded: when it entered its inbox.
    """

    step: str
    id: str
    answers: str
    recorded: datetime


State = TypeVar("State")
AnyMove = TypeVar("AnyMove", bound=Move)


@dataclass(frozen=True)
class Chain(Generic[State, AnyMove]):
    """The moves that counted, and those that did not.

    Attributes:
        state: after the last move that counted.
        head: the statement that the next move has to answer to.
        taken: the moves that counted, with their parties, in order.
        no_effect: those that did not, and why.
        open: the steps that can be taken now.
    """

    state: State
    head: str
    taken: tuple[tuple[str, AnyMove], ...]
    no_effect: tuple[NoEffect, ...]
    open: tuple[OpenStep, ...]


def in_turn(  # noqa: PLR0913, PLR0917  the rules of one chain, taken together
    start: State,
    root: str,
    moves: Mapping[str, Sequence[AnyMove]],
    open_steps: Callable[[State, str], tuple[OpenStep, ...]],
    after: Callable[[State, str, AnyMove], State],
    against: Callable[[State, str, AnyMove], Reason | None] = lambda *_: None,
    begun: datetime | None = None,
    at: Callable[[State, datetime | None], State] = lambda state, _moment: state,
) -> Chain[State, AnyMove]:
    """Returns the chain as far as its moves lead.

    Args:
        start: the state before the first move.
        root: the statement that the first move answers to.
        moves: each party's, in its own order.
        open_steps: what is open in a state, given the head.
        after: the state after an allowed move of a party.
        against: why a move that is open to a party has no effect all the same.
        begun: when the root was recorded; None: the caller sees to it.
        at: a state as it is at a moment, for what else may have come about by then;
            None: now.
    """
    answers: dict[str, list[tuple[str, AnyMove]]] = defaultdict(list)
    for party in sorted(moves):
        for move in moves[party]:
            answers[move.answers].append((party, move))
    state, head, taken = start, root, []
    passed = {root}
    why: dict[int, Reason] = {}
    moment = begun
    while True:
        allowed = partial(_allowed, open_steps, against, at, state, head, moment)
        step = _first_allowed(answers[head], allowed, why)
        if step is None or step[1].id in passed:
            break
        state, head = after(at(state, step[1].recorded), *step), step[1].id
        moment = step[1].recorded
        taken.append(step)
        passed.add(head)
    state = at(state, None)
    now = open_steps(state, head)
    idle = _no_effect_of(answers, taken, passed - {head}, head, now, why)
    return Chain(state, head, tuple(taken), tuple(idle), now)


def _allowed(  # noqa: PLR0913, PLR0917  the rules of one chain, taken together
    open_steps: Callable[[State, str], tuple[OpenStep, ...]],
    against: Callable[[State, str, AnyMove], Reason | None],
    at: Callable[[State, datetime | None], State],
    state: State,
    head: str,
    moment: datetime | None,
    party: str,
    move: AnyMove,
) -> tuple[bool, Reason | None]:
    """Returns whether a move was open, and why an open one has no effect.

    Its forerunner's moment is given: whoever guesses the name of a statement to come
    has seen nothing of it.
    """
    then = at(state, move.recorded)
    now = open_steps(then, head)
    if not any(o.step == move.step and party in o.parties for o in now):
        return False, None
    if moment is not None and move.recorded < moment:
        return True, IN_ADVANCE
    return True, against(then, party, move)


IN_ADVANCE = (
    "said_in_advance",
    "先于所答填报收件，不生效，请再办一次",
    "it was recorded before what it answers to: say it once more",
)
"""Why an answer to what had not been said has no effect."""


def _first_allowed(
    answers: Sequence[tuple[str, AnyMove]],
    is_allowed: Callable[[str, AnyMove], tuple[bool, Reason | None]],
    why: dict[int, Reason],
) -> tuple[str, AnyMove] | None:
    """Returns the first recorded move that is allowed; None where there is none.

    Fills ``why`` for the open moves that are not.
    """
    allowed = []
    for party, move in answers:
        is_open, reason = is_allowed(party, move)
        if reason is not None:
            why[id(move)] = reason
        elif is_open:
            allowed.append((party, move))
    allowed.sort(key=_recorded)
    for _, at_once in groupby(allowed, key=_recorded):
        moves = [*at_once]
        if len({party for party, _ in moves}) == 1:
            return moves[0]
        for _, move in moves:
            why[id(move)] = _TIE
    return None


_TIE = (
    "at_the_same_time",
    "两方的步骤同时收件，均不生效，请再办一次",
    "two parties' steps were recorded at the same instant; say it once more",
)


def _recorded(move: tuple[str, Move]) -> datetime:
    return move[1].recorded


def _no_effect_of(  # noqa: PLR0913, PLR0917  what became of the moves, taken apart
    answers: Mapping[str, Sequence[tuple[str, AnyMove]]],
    taken: Sequence[tuple[str, AnyMove]],
    passed: set[str],
    head: str,
    now: tuple[OpenStep, ...],
    why: Mapping[int, Reason],
) -> Iterator[NoEffect]:
    # By identity: a party may say the same words twice, and one of them counts.
    counted = {id(move) for _, move in taken}
    everything = [move for of_one in answers.values() for move in of_one]
    for party, move in sorted(everything, key=lambda one: (one[0], one[1].id)):
        if id(move) not in counted:
            reason = why.get(id(move)) or _why(move, passed, head, now)
            yield no_effect(party, move.id, move.step, reason, now)


def _why(move: Move, passed: set[str], head: str, now: Sequence[OpenStep]) -> Reason:
    if move.answers == head:
        if any(o.step == move.step for o in now):
            return (
                "not_your_step",
                "该步骤不由本方办理",
                "this step is not this party's to take",
            )
        return "not_open", "现在不能办理该步骤", "this step is not open now"
    if move.answers in passed:
        return (
            "overtaken",
            "所答填报之后已有新的步骤，请按最新情况再办",
            "another step came after the one it answers to; answer to the latest",
        )
    return (
        "answers_unknown",
        "所答填报尚未见到，或不属于本项",
        "what it answers to has not been seen, or belongs elsewhere",
    )
