"""Whose opening of a dispatch, a board or a cluster counts, and which of its own.

The first that was recorded: what a party's code is decides nothing. Two that were
recorded at the same instant are a tie, which is told and not decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from services.rules.heard import Content, Heard, Recorded, Why, unmet
from twincity_schemas.steps import Unmet

AFTER_THE_CUT_OFF = (
    "after_the_cut_off",
    "截止后收件，不计入本期",
    "it was recorded after the cut-off and does not count",
)


def opener(openings: Mapping[str, Sequence[Recorded[Content]]]) -> str | None:
    """Returns who opened the subject first; None while nobody has, or on a tie."""
    firsts = sorted((own[0].recorded, party) for party, own in openings.items() if own)
    if not firsts or (len(firsts) > 1 and firsts[0][0] == firsts[1][0]):
        return None
    return firsts[0][1]


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


def in_force(
    own: Sequence[Recorded[Content]],
    why_not: Callable[[Content, Recorded[Content]], Why | None],
) -> tuple[Heard[Content], list[tuple[Heard[Content], Why]]]:
    """Returns which of the opener's own openings is in force, and those without effect.

    Args:
        own: in its own order.
        why_not: why a later one does not replace the one that was in force.
    """
    now, idle = own[0].heard, []
    for later in own[1:]:
        why = why_not(now.content, later)
        if why is None:
            now = later.heard
        else:
            idle.append((later.heard, why))
    return now, idle


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
