"""What is shown of an exact figure: to 0.01, by one rule wherever it is shown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.rates import completion, hundredths


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(-1, 201), "0.00"),
        (Fraction(2, 3) * 100, "66.67"),
        (Decimal("-0.004"), "0.00"),
        (Decimal("-12.345"), "-12.35"),
        (Fraction(10**20 + 5, 1000), f"{10**17}.01"),
    ],
)
def test_half_is_rounded_away_from_nothing_and_nothing_has_no_sign(
    exact: Fraction | Decimal, shown: str
) -> None:
    assert str(hundredths(exact)) == shown


@given(st.fractions(-(10**9), 10**9))
def test_it_is_the_nearest_hundredth(exact: Fraction) -> None:
    assert abs(Fraction(hundredths(exact)) - exact) <= Fraction(1, 200)
    assert abs(hundredths(exact)) == hundredths(abs(exact))


def test_a_lead_that_rounds_to_nothing_has_no_sign() -> None:
    rate, lead = completion(Decimal("66.666"), Decimal(100), 8)
    assert (str(rate), str(lead)) == ("66.67", "0.00")
    assert completion(Decimal(1), Decimal(0), 8) == (None, None)
