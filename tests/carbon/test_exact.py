"""Columns times coefficients: every milligram equals the exact fraction's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.exact import multiply_round
from carbon.rounding import plain, round_mg

WHOLE = st.integers(-(10**15), 10**15)
COEFFICIENT = st.builds(Fraction, st.integers(0, 10**18), st.integers(1, 10**22))


@given(
    st.lists(WHOLE, min_size=1, max_size=30),
    st.lists(COEFFICIENT, min_size=1, max_size=4),
    st.integers(0, 8),
    st.randoms(),
)
def test_every_milligram_equals_a_fraction_reference(amounts, coefficients, scale, random):
    codes = [random.randrange(len(coefficients)) for _ in amounts]
    expected = [
        round_mg(Fraction(amount, 10**scale) * coefficients[code])
        for amount, code in zip(amounts, codes, strict=True)
    ]
    if any(abs(value) >= 2**63 for value in expected):
        with pytest.raises(OverflowError):
            multiply_round(np.array(amounts), np.array(codes), coefficients, scale=scale)
        return
    assert multiply_round(np.array(amounts), np.array(codes), coefficients, scale=scale).tolist() == expected


def test_halves_go_to_the_even_neighbour_and_floats_would_not_do():
    amounts = np.array([1, 3, 5, -1, -3])
    assert multiply_round(amounts, np.zeros(5, np.intp), [Fraction(1, 2)]).tolist() == [0, 2, 2, 0, -2]
    # 3.095909637333… kg per L: in floats this row lands on another milligram
    coefficient, amount = Fraction(30959096373333333, 3 * 10**9), 123_456_789_012
    assert multiply_round(np.array([amount]), np.array([0]), [coefficient]).tolist() == [
        round(amount * coefficient)
    ]


def test_the_largest_products_go_through_integers_of_any_size():
    coefficient = Fraction(10**30 + 1, 10**29 + 7)
    assert multiply_round(np.array([9 * 10**17]), np.array([0]), [coefficient]).tolist() == [
        round(9 * 10**17 * coefficient)
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 3), "0.333333333333"),
        (Fraction("0.0261"), "0.0261"),
        (Fraction(0), "0"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(3 * 10**16 + 1, 3), "10000000000000000"),
        (Fraction(10**20), "1" + "0" * 20),
        (Fraction(2, 3 * 10**8), "0.00000000666666666667"),
    ],
)
def test_numbers_are_shown_plainly(value, shown):
    assert plain(value) == shown
