"""Broken powers: the same for a column, one exact row and a unit check."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon import formula, units
from carbon.columns import power


@given(st.fractions(min_value=Fraction(1, 100), max_value=100), st.sampled_from([0.59, 0.5, 2, 0]))
def test_a_power_is_the_same_for_a_row_and_a_column(base, exponent):
    row = power(base, exponent)
    assert isinstance(row, Fraction)
    assert float(row) == pytest.approx(float(power(np.array([float(base)]), exponent)[0]))


def test_only_a_plain_number_has_a_power():
    share = 9 * units.quantity("t/ha") * units.quantity("ha/t")
    assert power(share, 0.5) == 3
    with pytest.raises(Exception, match="Cannot convert"):
        power(units.quantity("t"), 0.5)


def test_a_power_is_written_as_people_write_it():
    def scaling(straw, exponent):
        return power(1 + straw, exponent)

    assert formula.written(formula.expression_of(scaling), str, "en") == "(1 + straw)^(exponent)"


def test_a_watt_is_a_thousandth_of_a_kilowatt():
    assert units.to_unit("W", "kW") == Fraction(1, 1000)
    assert units.to_unit("瓦", "W") == 1
