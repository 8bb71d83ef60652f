from decimal import Decimal
from fractions import Fraction

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.cells import AMOUNT
from accounts.enterprise.emissions import emissions_mg
from carbon.rounding import round_mg

amounts = st.decimals(min_value=0, max_value=10**9, places=4)
fractions = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**9)


@given(st.lists(st.tuples(amounts, fractions, fractions), min_size=1, max_size=20))
def test_every_milligram_equals_the_exact_fraction_rounded_once(rows):
    coefficients = [{"CO2": co2, "CH4": ch4} for _, co2, ch4 in rows]
    found = emissions_mg(
        pl.Series([amount for amount, *_ in rows], dtype=AMOUNT),
        pl.Series(range(len(rows)), dtype=pl.Int32),
        coefficients,
    )
    for place, (amount, co2, ch4) in enumerate(rows):
        assert found["CO2"][place] == round_mg(Fraction(amount) * co2)
        assert found["CH4"][place] == round_mg(Fraction(amount) * ch4)


def test_halves_go_to_the_even_milligram():
    found = emissions_mg(
        pl.Series([Decimal("0.5"), Decimal("1.5"), Decimal("2.5")], dtype=AMOUNT),
        pl.Series([0, 0, 0], dtype=pl.Int32),
        [{"CO2": Fraction(1), "CH4": Fraction(-1)}],
    )
    assert found["CO2"].to_list() == [0, 2, 2]
    assert found["CH4"].to_list() == [0, -2, -2]


def test_what_would_overflow_128_bits_is_still_exact():
    amount, coefficient = Decimal("999999999999999.123456789012"), Fraction(10**40 // 7, 10**38 + 1)
    found = emissions_mg(
        pl.Series([amount], dtype=AMOUNT), pl.Series([0], dtype=pl.Int32), [{"CO2": coefficient}]
    )
    assert found["CO2"].to_list() == [round_mg(Fraction(amount) * coefficient)]


def test_a_gas_that_a_row_does_not_emit_is_zero():
    found = emissions_mg(
        pl.Series([Decimal(2), Decimal(3)], dtype=AMOUNT),
        pl.Series([0, 1], dtype=pl.Int32),
        [{"CO2": Fraction(5)}, {"N2O": Fraction(7)}],
    )
    assert found["CO2"].to_list() == [10, 0]
    assert found["N2O"].to_list() == [0, 21]


near_halves = st.builds(
    lambda whole, power, sign: Fraction(sign * (2 * whole + 1), 2**power),
    st.integers(0, 2**58),
    st.integers(1, 51),
    st.sampled_from([1, -1]),
)


@given(st.lists(st.tuples(st.integers(0, 2**40), near_halves), min_size=1, max_size=10))
def test_halves_and_what_lies_beside_them_are_rounded_exactly_however_large(rows):
    amounts_ = [amount for amount, fraction in rows if abs(amount * fraction) < 2**62]
    coefficients = [{"CO2": fraction} for amount, fraction in rows if abs(amount * fraction) < 2**62]
    if not amounts_:
        return
    found = emissions_mg(
        pl.Series([Decimal(amount) for amount in amounts_], dtype=AMOUNT),
        pl.Series(range(len(amounts_)), dtype=pl.Int32),
        coefficients,
    )
    assert found["CO2"].to_list() == [
        round_mg(amount * coefficient["CO2"])
        for amount, coefficient in zip(amounts_, coefficients, strict=True)
    ]


finely = st.decimals(min_value=0, max_value=10**14, places=12)


@given(st.lists(st.tuples(finely, fractions), min_size=1, max_size=10))
def test_finely_written_and_immense_amounts_are_as_exact(rows):
    rows = [(amount, one / 10**9) for amount, one in rows]
    found = emissions_mg(
        pl.Series([amount for amount, _ in rows], dtype=AMOUNT),
        pl.Series(range(len(rows)), dtype=pl.Int32),
        [{"CO2": one} for _, one in rows],
    )
    assert found["CO2"].to_list() == [round_mg(Fraction(amount) * one) for amount, one in rows]
