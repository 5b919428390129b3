"""Whose opening of a dispatch, a board or a cluster counts, and which of its own.

The first that was recorded: what a party's code is decides nothing. Two that were
recorded at the same instant are a tie, which is told and not decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, groupby
from typing import Any, Generic

from services.rules.remembered import Content, Remembered, first, no_effect_of
from services.runtime.kinds import Reason
from twincity_schemas.dispatch_record import OpeningRecord
from twincity_schemas.steps import NoEffect

AFTER_THE_CUT_OFF = (
    "after_the_cut_off",
    "截止后收件，列为更正，不计入本期",
    "recorded after the cut-off: it stands as a correction and does not count",
)


def after_either(stood: datetime, anew: datetime, recorded: datetime) -> Reason | None:
    """Returns why an opening comes too late to replace another; None if it does not.

    Args:
        stood: the cut-off of the one that is in force.
        anew: its own.
        recorded: when it was.
    """
    # Of both cut-offs the earlier: a later one opens nothing that was closed, and an
    # earlier one closes nothing that was counted.
    return AFTER_THE_CUT_OFF if recorded > min(stood, anew) else None


@dataclass(frozen=True)
class Opened(Generic[Content]):
    """The party that opened a subject, and its openings.

    Attributes:
        by: the party; None while nobody has, or on a tie.
        versions: each opening of its own, and why it is not in force if it never was.
        no_effect: every opening that has none, with the reason.
        agreed_by: who else says the same as what is in force.
    """

    by: str | None
    versions: tuple[tuple[Remembered[Content], Reason | None], ...] = ()
    no_effect: tuple[NoEffect, ...] = ()
    agreed_by: tuple[str, ...] = ()

    @property
    def content(self) -> Content:
        """Returns what is in force."""
        return [version for version, why in self.versions if why is None][-1].content

    @property
    def records(self) -> tuple[OpeningRecord, ...]:
        """The versions as a record shows them."""
        last = [version for version, why in self.versions if why is None][-1]
        return tuple(
            OpeningRecord(
                statement=version.id,
                recorded=version.recorded,
                in_force=version is last,
            )
            for version, _ in self.versions
        )


def opened(
    openings: Mapping[str, Sequence[Remembered[Content]]],
    why_not: Callable[[Content, Remembered[Content]], Reason | None],
    members: Sequence[str],
) -> Opened[Content]:
    """Returns who opened a subject, and which of its openings is in force.

    Args:
        openings: of every party, in its own order.
        why_not: why a later one does not replace the one that was in force.
        members: of the subject.
    """
    # Whoever was first stays the opener, whatever comes: a later party must not take
    # a board over by opening it again.
    by = opener(openings)
    if by is None:
        return Opened(None, (), tuple(without_effect(openings, by)))
    versions = _versions(openings, by, why_not, members)
    now = [version for version, why in versions if why is None][-1]
    others = {party: own for party, own in openings.items() if party != by}
    agreed = [p for p, own in others.items() if own and _alike(own[-1], now)]
    idle = tuple(no_effect_of(by, version, why) for version, why in versions if why)
    no_effect = (*without_effect(openings, by), *idle)
    return Opened(by, versions, no_effect, tuple(sorted(agreed)))


def _versions(
    openings: Mapping[str, Sequence[Remembered[Content]]],
    by: str,
    why_not: Callable[[Content, Remembered[Content]], Reason | None],
    members: Sequence[str],
) -> tuple[tuple[Remembered[Content], Reason | None], ...]:
    """Returns the opener's openings, each with why it is not in force if it never was.

    What all members say alike they change together alone: what the opener says then
    counts from when all the others say it, too.
    """
    own = openings[by]
    reasons: list[Reason | None] = []
    now, together = own[0], False
    latest: dict[str, Remembered[Content]] = {}
    for moment, at_once in groupby(_in_turn(openings, by), key=lambda one: one[0]):
        for _, party, one in at_once:
            latest[party] = one
            if party != by:
                continue
            why = None if one is own[0] else why_not(now.content, one)
            if together and not _alike(one, now):
                why = _TOGETHER
            reasons.append(why)
            now = one if why is None else now
        latest_own = latest.get(by, now)
        # Of one member nothing is agreed: it changes alone what it alone said.
        if len(members) == 1 or not all(
            party in latest and _alike(latest[party], latest_own) for party in members
        ):
            continue
        if reasons[-1] is _TOGETHER and (
            why_not(now.content, replace(latest_own, recorded=moment)) is None
        ):
            reasons[-1], now = None, latest_own
        together = together or _alike(latest_own, now)
    return tuple(zip(own, reasons, strict=True))


def _in_turn(
    openings: Mapping[str, Sequence[Remembered[Content]]], by: str
) -> list[tuple[datetime, str, Remembered[Content]]]:
    """Returns the openings as they were recorded; at one instant the opener's first."""
    turns: list[tuple[datetime, str, Remembered[Content]]] = []
    for party, own in openings.items():
        # Never before what its own party said earlier: a party's order is its inbox's.
        recorded = accumulate((one.recorded for one in own), max)
        turns += [(at, party, one) for at, one in zip(recorded, own, strict=True)]
    return sorted(turns, key=lambda one: (one[0], one[1] != by))


def _alike(one: Remembered[Any], other: Remembered[Any]) -> bool:
    """Returns whether two openings say the same, as of whatever day they say it."""
    mine, theirs = one.content, other.content
    return one is other or all(
        getattr(mine, name) == getattr(theirs, name)
        for name in type(mine).model_fields
        if name != "as_of"
    )


_TOGETHER = (
    "agreed_by_all",
    "各成员已一致启动，须由各成员一致变更",
    "all members have opened it so: they change it together",
)


def opener(openings: Mapping[str, Sequence[Remembered[Content]]]) -> str | None:
    """Returns who opened the subject first; None while nobody has, or on a tie."""
    firsts = first({party: own[0].recorded for party, own in openings.items() if own})
    return firsts[0] if len(firsts) == 1 else None


def without_effect(
    openings: Mapping[str, Sequence[Remembered[Content]]], by: str | None
) -> Iterator[NoEffect]:
    """The openings of everybody but the opener, and why they have no effect."""
    why = (
        (
            "opened_by_another",
            f"{by} 已先启动",
            f"{by} has opened it before",
        )
        if by
        else (
            "opened_at_once",
            "多方同时启动，尚无启动方，请协商后由一方另立事项",
            "several opened it at the same instant: agree on one, under another name",
        )
    )
    for party, own in sorted(openings.items()):
        if party != by:
            for opening in own:
                yield no_effect_of(party, opening, why)


def not_the_opener(party: str, statement: Remembered[Content], by: str) -> NoEffect:
    """Say that only whoever opened the subject may state this."""
    return no_effect_of(party, statement, not_the_openers(by))


def not_the_openers(by: str) -> Reason:
    """Returns that this is stated by whoever opened the subject alone."""
    return (
        "not_your_step",
        f"只有启动方 {by} 可以填报",
        f"only {by}, which opened it, may state this",
    )


def not_on_the_board(name: str) -> Reason:
    """Returns that a board has no such unit, or no such figure of a unit."""
    return "not_on_the_board", f"本期榜单没有 {name}", f"the board has no {name}"
