from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.daycount import DayCount, add_months, interest_fen, interest_of_day_fen, year_fraction
from carbon.errors import Problem

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
LENGTHS = st.integers(0, 800)
RATES = st.decimals("0", "36", places=4)
PRINCIPALS = st.integers(1, 10**13)


@pytest.mark.parametrize(
    ("convention", "starts_on", "ends_on", "part"),
    [
        (DayCount.ACT_360, date(2026, 1, 1), date(2027, 1, 1), Fraction(365, 360)),
        (DayCount.ACT_365, date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        (DayCount.THIRTY_360, date(2026, 1, 31), date(2026, 2, 28), Fraction(28, 360)),
        (DayCount.THIRTY_360, date(2026, 1, 15), date(2026, 7, 15), Fraction(1, 2)),
        (DayCount.MONTHS, date(2026, 3, 20), date(2026, 6, 20), Fraction(1, 4)),
        (DayCount.MONTHS, date(2026, 1, 31), date(2026, 2, 28), Fraction(1, 12)),
        (DayCount.MONTHS, date(2026, 4, 1), date(2026, 4, 16), Fraction(1, 24)),
    ],
)
def test_parts_of_a_year_by_hand(convention, starts_on, ends_on, part):
    assert year_fraction(convention, starts_on, ends_on) == part


def test_a_quarter_at_act_360_by_hand():
    # 1,000,000 yuan at 3.45 % for the 92 days from 20 June to 20 September: 1,000,000 x 0.0345 x 92 / 360.
    assert (
        interest_fen(100_000_000, Decimal("3.45"), DayCount.ACT_360, date(2026, 6, 20), date(2026, 9, 20))
        == 881_667
    )


def test_a_month_that_has_no_such_day_ends_on_its_last():
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(Problem, match="cannot end on 2026-01-01, before it starts on 2026-01-02"):
        year_fraction(DayCount.ACT_360, date(2026, 1, 2), date(2026, 1, 1))


@given(st.sampled_from(DayCount), PRINCIPALS, RATES, DAYS, st.integers(0, 400))
def test_the_days_of_a_period_add_up_to_its_interest_to_the_fen(
    convention, principal_fen, rate, starts_on, length
):
    ends_on = starts_on + timedelta(days=length)
    days = [starts_on + timedelta(days=n) for n in range(length)]
    accrued = [interest_of_day_fen(principal_fen, rate, convention, starts_on, day) for day in days]
    assert sum(accrued) == interest_fen(principal_fen, rate, convention, starts_on, ends_on)
    assert all(amount >= 0 for amount in accrued)


@given(st.sampled_from(DayCount), DAYS, LENGTHS)
def test_a_longer_period_is_never_a_smaller_part(convention, starts_on, length):
    ends_on = starts_on + timedelta(days=length)
    assert year_fraction(convention, starts_on, ends_on) <= year_fraction(
        convention, starts_on, ends_on + timedelta(days=1)
    )


@given(DAYS, st.integers(0, 120))
def test_whole_months_are_exactly_twelfths(starts_on, months):
    assert year_fraction(DayCount.MONTHS, starts_on, add_months(starts_on, months)) == Fraction(months, 12)
