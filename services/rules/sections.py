"""Sections that a party reports apart: which of them a month has to have.

Whoever leaves out the section that goes badly raises the rate of what it reports. A
section stays due until the party reports all as one again, or reports nought of it, as
when it is split into others.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from services.rules.closing import period

Amounts = tuple[Decimal, Decimal]
"""A year's plan and what was invested of it, in 万元."""

Sections = Mapping[str, Amounts]
"""What stands of a party's reports of a month, by section; ``""`` is all as one."""


def unreported(now: Sections, before: Iterable[Sections]) -> tuple[str, ...]:
    """Returns the sections that a party reported before and has not reported now.

    Args:
        now: what it reports of the month.
        before: of the months before it, the first one first.
    """
    if not now or "" in now:
        return ()
    due: set[str] = set()
    for month in before:
        due |= month.keys()
        due -= {name for name, amounts in month.items() if not any(amounts)}
        due = set() if "" in month else due
    return tuple(sorted(due - now.keys()))


def months_before(year: int, month: int) -> Iterator[str]:
    """Yields the months before one, from January of the year before, as ``2026-09``.

    A section that is there in December is there in January, until nought is said of it.
    """
    for one in range(12, 12 + month - 1 + 12):
        yield period(year - 2 + one // 12, one % 12 + 1)
