"""Completion rate and lead, as the joint project lists report them.

Completion rate = invested this year / planned this year; lead = completion
rate - elapsed time (month / 12), in percentage points (0.743 - 8/12 = +7.6 for
January to August 2023).
"""

from decimal import Decimal
from fractions import Fraction

_CENT = Decimal("0.01")


def completion(
    invested: Decimal, planned: Decimal, month: int
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Completion rate in per cent and lead in percentage points, to 0.01.

    None where nothing is planned: there is no rate then.
    """
    if not planned:
        return None, None
    # In whole numbers: each report is asked for both, and fractions cost ten times it.
    (done, per), (plan, of) = invested.as_integer_ratio(), planned.as_integer_ratio()
    rate, whole = 100 * done * of, per * plan
    lead = 12 * rate - 100 * month * whole
    return _rounded(rate, whole), _rounded(lead, 12 * whole)


def hundredths(figure: Fraction | Decimal) -> Decimal:
    """Returns an exact figure as a record shows it: to 0.01, half away from zero.

    What rounds to nothing is 0.00 and not -0.00.
    """
    return _rounded(*figure.as_integer_ratio())


def _rounded(figure: int, of: int) -> Decimal:
    # A division of decimals would round before this does.
    cents = (200 * abs(figure) + of) // (2 * of)
    return (-cents if figure < 0 else cents) * _CENT
