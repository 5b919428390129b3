"""The life of a pair, from what each of its two owners said of it.

An owner's answer is the last of its steps that counted, in its own order; the
pair has come as far as both owners have. So how their statements interleave
makes no difference.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from twincity_schemas.match import (
    MatchAccepted,
    MatchDeclined,
    MatchEnded,
    MatchExpired,
    MatchLanded,
    MatchNegotiated,
    MatchRated,
    MatchSigned,
)
from twincity_schemas.pairing import PairStatus
from twincity_schemas.steps import OpenStep, Unmet

Answer = Literal[
    "accepted",
    "negotiated",
    "signed",
    "landed",
    "rated",
    "declined",
    "ended",
    "expired",
]
LADDER: tuple[Answer, ...] = ("accepted", "negotiated", "signed", "landed", "rated")
EXITS: tuple[Answer, ...] = ("declined", "ended", "expired")
_LATEST_TO_END = LADDER.index("signed")

ANSWER_OF: Mapping[type, Answer] = {
    MatchAccepted: "accepted",
    MatchNegotiated: "negotiated",
    MatchSigned: "signed",
    MatchLanded: "landed",
    MatchRated: "rated",
    MatchDeclined: "declined",
    MatchEnded: "ended",
    MatchExpired: "expired",
}

_JOINT = (
    PairStatus.AGREED,
    PairStatus.IN_TALKS,
    PairStatus.SIGNED,
    PairStatus.LANDED,
    PairStatus.RATED,
)


def counts(before: Answer | None, answer: Answer) -> bool:
    """Whether a step of an owner has an effect after its last one.

    What is accepted first can go on; a decline is always free. Whoever left can
    only accept anew.
    """
    match answer:
        case "accepted" | "declined":
            return True
        case "ended":
            return before in LADDER[: _LATEST_TO_END + 1]
        case "expired":
            return before in {None, "accepted"}
        case _:
            return before in LADDER and LADDER.index(before) <= LADDER.index(answer)


def after(before: Answer | None, answer: Answer) -> Answer:
    """An owner's answer after a step that counts."""
    if answer == "accepted" and before in LADDER:
        return before  # it has come further since
    return answer


def unmet(party: str, statement: str, before: Answer | None, step: Answer) -> Unmet:
    """Why a step of an owner has no effect."""
    done = "尚未受理" if before is None else f"本方已到 {before}"
    stands = "has not accepted it" if before is None else f"has come to {before}"
    return Unmet(
        statement=statement,
        party=party,
        step=f"match.{step}",
        code="not_open",
        zh=f"{done}，不能 {step}",
        en=f"the owner {stands}, so {step} has no effect",
        open=tuple(_steps(party, before, None)),
    )


def pinned(demand: Answer | None, supply: Answer | None) -> bool:
    """Whether both owners hold to the pair."""
    return demand in LADDER and supply in LADDER


def left(demand: Answer | None, supply: Answer | None) -> bool:
    """Whether an owner has left the pair: it is not recommended again."""
    return demand in EXITS or supply in EXITS


def status(demand: Answer | None, supply: Answer | None) -> PairStatus:
    """How far the pair has come."""
    if demand in LADDER and supply in LADDER:
        return _JOINT[min(LADDER.index(demand), LADDER.index(supply))]
    if demand in LADDER:
        return PairStatus.ACCEPTED_BY_DEMAND
    if supply in LADDER:
        return PairStatus.ACCEPTED_BY_SUPPLY
    return PairStatus.RECOMMENDED


def open_steps(
    demand: tuple[str, Answer | None], supply: tuple[str, Answer | None]
) -> tuple[OpenStep, ...]:
    """Who may do what next; each side is its party and its answer."""
    return (
        *_steps(*demand, supply[1]),
        *_steps(*supply, demand[1]),
    )


def _steps(
    party: str, mine: Answer | None, theirs: Answer | None
) -> Iterator[OpenStep]:
    for answer in _open(mine, theirs):
        yield OpenStep(step=f"match.{answer}", parties=(party,))


def _open(mine: Answer | None, theirs: Answer | None) -> Iterator[Answer]:
    if mine not in LADDER:
        yield "accepted"
        yield "declined"
        return
    at = LADDER.index(mine)
    if theirs not in LADDER:
        yield "expired"
    elif at <= LADDER.index(theirs) and at + 1 < len(LADDER):
        yield LADDER[at + 1]  # whoever is ahead waits for the other
    if at <= _LATEST_TO_END:
        yield "ended"
