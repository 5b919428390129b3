"""Editions of what our code computes: a closed figure keeps the one it was closed by.

A release that computes otherwise adds an edition, with the moment from which on it
counts; the former stays beside it, unchanged. Which one a figure follows turns on its
cut-off alone, so a replay and the other city's cluster find the same, and whatever
comes after an upgrade derives what was closed before it as it was. Records name them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

Rule = TypeVar("Rule")


@dataclass(frozen=True)
class Editions(Generic[Rule]):
    """Every edition of one computation.

    Attributes:
        code: what the records call it.
        first: the edition that has always counted.
        later: each next one, with the cut-off from which on it counts.
    """

    code: str
    first: Rule
    later: Sequence[tuple[datetime, Rule]] = ()

    def at(self, cut_off: datetime) -> Rule:
        """The edition by which a figure is closed at a cut-off."""
        begun = [rule for since, rule in self.later if since <= cut_off]
        return begun[-1] if begun else self.first

    def name_at(self, cut_off: datetime) -> str:
        """As records name that edition: ``scores@1``."""
        number = 1 + sum(since <= cut_off for since, _ in self.later)
        return f"{self.code}@{number}"
