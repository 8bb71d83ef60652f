from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.daycount import DayCount, interest_fen
from methodologies.finance.interest_periods import interest_on_fen, period_end, period_start

EARLY, NEVER = date(2020, 1, 1), date(2099, 1, 1)


@pytest.mark.parametrize(
    ("day", "starts_on", "ends_on"),
    [
        (date(2026, 3, 20), date(2025, 12, 21), date(2026, 3, 21)),
        (date(2026, 3, 21), date(2026, 3, 21), date(2026, 6, 21)),
        (date(2026, 5, 1), date(2026, 3, 21), date(2026, 6, 21)),
        (date(2026, 12, 31), date(2026, 12, 21), date(2027, 3, 21)),
        (date(2027, 1, 1), date(2026, 12, 21), date(2027, 3, 21)),
    ],
)
def test_a_period_runs_from_the_21st_to_the_20th(day, starts_on, ends_on):
    assert period_start(day, EARLY) == starts_on
    assert period_end(starts_on, NEVER) == ends_on


def test_the_first_and_last_periods_are_the_loans_own():
    assert period_start(date(2026, 4, 3), date(2026, 4, 2)) == date(2026, 4, 2)
    assert period_end(date(2026, 4, 2), date(2026, 5, 2)) == date(2026, 5, 2)


@given(st.dates(date(2021, 1, 1), date(2030, 1, 1)))
def test_every_day_lies_in_its_own_period(day):
    starts_on = period_start(day, EARLY)
    assert starts_on <= day < period_end(starts_on, NEVER)
    assert period_start(period_end(starts_on, NEVER), EARLY) == period_end(starts_on, NEVER)


@given(st.integers(1, 10**12), st.decimals("0.01", "20", places=2), st.sampled_from(DayCount))
def test_a_whole_periods_days_add_up_to_its_interest(principal_fen, rate, convention):
    starts_on, ends_on = date(2026, 3, 21), date(2026, 6, 21)
    days = [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days)]
    total = sum(interest_on_fen(principal_fen, rate, convention, EARLY, day) for day in days)
    assert total == interest_fen(principal_fen, rate, convention, starts_on, ends_on)
