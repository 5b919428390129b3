"""Completion rate and lead, as the joint project lists report them.

Completion rate = invested this year / planned this year; lead = completion
rate - elapsed time (month / 12), in percentage points (0.743 - 8/12 = +7.6 for
January to August 2023).
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def completion(
    invested: Decimal, planned: Decimal, month: int
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Completion rate in per cent and lead in percentage points, to 0.01.

    None where nothing is planned: there is no rate then.
    """
    if not planned:
        return None, None
    rate = invested / planned * 100
    lead = rate - Decimal(month) / 12 * 100
    return hundredths(rate), hundredths(lead)


def hundredths(figure: Decimal) -> Decimal:
    """Round half up to 0.01."""
    return figure.quantize(Decimal("0.01"), ROUND_HALF_UP)


def as_shown(exact: Fraction) -> Decimal:
    """Returns an exact figure as a record shows it: to 0.01, half up."""
    return hundredths(Decimal(exact.numerator) / Decimal(exact.denominator))
