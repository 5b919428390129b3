"""Whose opening of a dispatch, a board or a cluster counts."""

from collections.abc import Mapping

from services.rules.heard import Content, Heard, unmet
from twincity_schemas.steps import Unmet


def first(opened: Mapping[str, Heard[Content] | None]) -> str | None:
    """Whose opening counts: of several parties, the first in code order."""
    return next((party for party in sorted(opened) if opened[party]), None)


def not_first(party: str, heard: Heard[Content], by: str) -> Unmet:
    """Say that another party has opened the subject already."""
    return unmet(
        party,
        heard,
        (
            "opened_by_another",
            f"{by} 已先启动",
            f"{by} has opened it, whose code sorts first",
        ),
    )


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
