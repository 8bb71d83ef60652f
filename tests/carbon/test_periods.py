"""Periods as people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.periods import Period, month_of, month_period, parse_period, year_period


@pytest.mark.parametrize(
    ("written", "starts_on", "ends_on"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024年", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023年2月", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024/3", date(2024, 3, 1), date(2024, 3, 31)),
        ("202403", date(2024, 3, 1), date(2024, 3, 31)),
        ("２０２４－０３", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024-03-05", date(2024, 3, 5), date(2024, 3, 5)),
        ("2024年3月5日", date(2024, 3, 5), date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5), date(2024, 3, 5)),
        ("2024-03-01 00:00:00", date(2024, 3, 1), date(2024, 3, 1)),
        ("2024Q2", date(2024, 4, 1), date(2024, 6, 30)),
        ("2024年第四季度", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024-01至2024-03", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-01/2024-03", date(2024, 1, 1), date(2024, 3, 31)),
    ],
)
def test_a_period_is_read(written, starts_on, ends_on):
    assert parse_period(written) == Period(starts_on, ends_on)


@pytest.mark.parametrize("written", ["2024-13", "2024-02-30", "2024-00", "202413", "20240230"])
def test_a_day_that_does_not_exist_is_refused(written):
    with pytest.raises(Problem, match="not a day of the calendar"):
        parse_period(written)


@pytest.mark.parametrize("written", ["", "March", "24-03", "2024-3-", "2024-05至2024-01", "45352"])
def test_what_is_no_period_is_refused(written):
    with pytest.raises(Problem, match="is not a period"):
        parse_period(written)


def test_a_year_far_away_is_refused():
    with pytest.raises(Problem, match="1990 to 2100"):
        parse_period("1066")


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 900))
def test_every_period_reads_back_as_it_prints(starts_on, days):
    ends_on = min(starts_on + timedelta(days=days), date(2100, 12, 31))
    period = Period(starts_on, ends_on)
    assert parse_period(str(period)) == period


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_the_months_of_a_year_are_twelve_and_a_day_lies_in_its_month(day):
    assert len(list(year_period(day.year).months())) == 12
    assert day in month_period(day)
    assert list(month_period(day).months()) == [month_of(day)]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Jan 2024", date(2024, 1, 1), date(2024, 1, 31)),
        ("2024 February", date(2024, 2, 1), date(2024, 2, 29)),
        ("Sept-2024", date(2024, 9, 1), date(2024, 9, 30)),
        ("FY2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_english_months_and_financial_years_are_read(written, first, last):
    assert parse_period(written) == Period(first, last)


@pytest.mark.parametrize("written", ["Ju 2024", "M 2024", "Monday 2024", "FY24"])
def test_what_names_no_month_is_refused(written):
    with pytest.raises(Problem):
        parse_period(written)
