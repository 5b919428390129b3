"""Completion rate and lead, as the joint project lists report them.

Completion rate = invested this year / planned this year; lead = completion
rate - elapsed time (month / 12), in percentage points (0.743 - 8/12 = +7.6 for
January to August 2023).
"""

from decimal import Decimal
from fractions import Fraction


def completion(
    invested: Decimal, planned: Decimal, month: int
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Completion rate in per cent and lead in percentage points, to 0.01.

    None where nothing is planned: there is no rate then.
    """
    if not planned:
        return None, None
    rate = Fraction(invested) / Fraction(planned) * 100
    lead = rate - Fraction(month, 12) * 100
    return hundredths(rate), hundredths(lead)


def hundredths(figure: Fraction | Decimal) -> Decimal:
    """Returns an exact figure as a record shows it: to 0.01, half away from zero.

    What rounds to nothing is 0.00 and not -0.00.
    """
    # In whole numbers: a division of decimals would round before this does.
    cents = int(abs(Fraction(figure)) * 100 + Fraction(1, 2))
    return (-cents if figure < 0 else cents) * Decimal("0.01")
