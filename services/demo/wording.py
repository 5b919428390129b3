"""Chance and text of the made-up list: dice that fall equally everywhere.

Of ``random.Random`` only ``random()`` is promised never to change between
Pythons; choosing and shuffling are built on it here.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")

_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"([0-9.]+)-([0-9.]+)")
_ROUNDED_FROM = 400
"""From here on whole figures are printed rounded, as lists do."""


class Dice:
    """A repeatable source of chance."""

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random  # noqa: S311  repeatable, not secret

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, the bound."""
        return int(self._next() * bound)

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items, in another order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]

    def some(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        """From ``least`` to ``most`` of the choices (if there are), in their order."""
        wanted = least + self.below(most - least + 1)
        chosen = set(self.shuffled(range(len(choices)))[:wanted])
        return [choice for i, choice in enumerate(choices) if i in chosen]


class Wording:
    """Fills the slots of one entry's texts.

    Of alternatives equal in number the same place is taken everywhere, so that
    title and content of an entry speak of the same thing.
    """

    def __init__(self, dice: Dice, names: Mapping[str, str]) -> None:
        self._dice = dice
        self._names = names
        self._taken: dict[int, int] = {}

    def fill(self, text: str) -> str:
        """Fill every slot, the innermost first."""
        while _SLOT.search(text):
            text = _SLOT.sub(self._value, text)
        return text

    def _value(self, slot: re.Match[str]) -> str:
        inner = slot[1]
        if inner in self._names:
            return self._names[inner]
        if bounds := _RANGE.fullmatch(inner):
            return self._number(bounds[1], bounds[2])
        alternatives = inner.split("|")
        count = len(alternatives)
        if count not in self._taken:
            self._taken[count] = self._dice.below(count)
        return alternatives[self._taken[count]]

    def _number(self, low: str, high: str) -> str:
        digits = len(high.partition(".")[2])
        unit = 10**digits
        first, last = (int(Decimal(bound) * unit) for bound in (low, high))
        drawn = first + self._dice.below(last - first + 1)
        if not digits and drawn > _ROUNDED_FROM:
            drawn -= drawn % 10
        return f"{Decimal(drawn) / unit:.{digits}f}"
