"""Whose opening of a dispatch, a board or a cluster counts, and which of its own.

The first that was recorded: what a party's code is decides nothing. Two that were
recorded at the same instant are a tie, which is told and not decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from services.rules.heard import Content, Heard, Recorded, Why, first, unmet
from twincity_schemas.dispatch_record import OpeningRecord
from twincity_schemas.steps import Unmet

AFTER_THE_CUT_OFF = (
    "after_the_cut_off",
    "截止后收件，列为更正，不计入本期",
    "recorded after the cut-off: it stands as a correction and does not count",
)


@dataclass(frozen=True)
class Opened(Generic[Content]):
    """Who opened a subject, and with what.

    Attributes:
        by: the party; None while nobody has, or on a tie.
        versions: each opening of its own, and why it is not in force if it never was.
        no_effect: every opening that has none, with the reason.
    """

    by: str | None
    versions: tuple[tuple[Recorded[Content], Why | None], ...] = ()
    no_effect: tuple[Unmet, ...] = ()

    @property
    def content(self) -> Content:
        """What is in force."""
        return [said for said, why in self.versions if why is None][-1].heard.content

    @property
    def records(self) -> tuple[OpeningRecord, ...]:
        """The versions as a record shows them."""
        last = [said for said, why in self.versions if why is None][-1]
        return tuple(
            OpeningRecord(
                statement=said.heard.statement,
                recorded=said.recorded,
                in_force=said is last,
            )
            for said, _ in self.versions
        )


def opened(
    openings: Mapping[str, Sequence[Recorded[Content]]],
    why_not: Callable[[Content, Recorded[Content]], Why | None],
) -> Opened[Content]:
    """Returns who opened a subject, and which of its openings is in force.

    Args:
        openings: of every party, in its own order.
        why_not: why a later one does not replace the one that was in force.
    """
    by = opener(openings)
    others = tuple(without_effect(openings, by))
    if by is None:
        return Opened(None, (), others)
    own = openings[by]
    versions: list[tuple[Recorded[Content], Why | None]] = [(own[0], None)]
    now = own[0].heard.content
    for later in own[1:]:
        why = why_not(now, later)
        versions.append((later, why))
        if why is None:
            now = later.heard.content
    idle = tuple(unmet(by, said.heard, why) for said, why in versions if why)
    return Opened(by, tuple(versions), (*others, *idle))


def opener(openings: Mapping[str, Sequence[Recorded[Content]]]) -> str | None:
    """Returns who opened the subject first; None while nobody has, or on a tie."""
    firsts = first({party: own[0].recorded for party, own in openings.items() if own})
    return firsts[0] if len(firsts) == 1 else None


def without_effect(
    openings: Mapping[str, Sequence[Recorded[Content]]], by: str | None
) -> Iterator[Unmet]:
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
                yield unmet(party, opening.heard, why)


def not_the_opener(party: str, heard: Heard[Content], by: str) -> Unmet:
    """Say that only whoever opened the subject may state this."""
    return unmet(
        party,
        heard,
        (
            "not_your_step",
            f"只有启动方 {by} 可以陈述",
            f"only {by}, which opened it, may state this",
        ),
    )
