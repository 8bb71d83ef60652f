"""Against the State Council's notices on the holidays of 2024, 2025 and 2026 (of 4 November 2025), and by laws."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.workdays import (
    LAST_YEAR,
    add_working_days,
    is_provisional,
    is_working_day,
    nth_working_day,
    working_days_between,
)

HOLIDAYS = {
    2024: "01-01..01-01 02-10..02-17 04-04..04-06 05-01..05-05 06-10..06-10 09-15..09-17 10-01..10-07",
    2025: "01-01..01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08",
    2026: "01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 09-25..09-27 10-01..10-07",
}
WORKED_WEEKENDS = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
DAYS = st.dates(date(2005, 1, 1), date(2032, 12, 31))


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def named(year: int, text: str) -> set[date]:
    found = set()
    for part in text.split():
        first, _, last = part.partition("..")
        start, end = (date.fromisoformat(f"{year}-{day}") for day in (first, last or first))
        found |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
    return found


@pytest.mark.parametrize("year", HOLIDAYS)
def test_every_day_of_a_published_year_is_as_the_notice_says(year):
    off, worked = named(year, HOLIDAYS[year]), named(year, WORKED_WEEKENDS[year])
    expected = [day for day in days_of(year) if day in worked or (day.weekday() < 5 and day not in off)]
    assert [day for day in days_of(year) if is_working_day(day)] == expected
    assert not any(is_provisional(day) for day in days_of(year))


def test_a_span_over_the_spring_festival_of_2026():
    # Friday the 13th and the made-up Saturday the 14th are worked; the next day at work is Tuesday the 24th.
    assert add_working_days(date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert nth_working_day(date(2026, 2, 14), 2) == date(2026, 2, 24)
    assert nth_working_day(date(2026, 2, 15), 1) == date(2026, 2, 24)
    assert add_working_days(date(2026, 2, 24), -2) == date(2026, 2, 13)


def test_a_year_not_published_yet_is_provisional_and_keeps_the_fixed_holidays():
    year = LAST_YEAR + 1
    assert is_provisional(date(year, 3, 1))
    assert not is_working_day(date(year, 1, 1))
    assert not any(is_working_day(date(year, 10, day)) for day in (1, 2, 3))
    assert sum(is_working_day(day) for day in days_of(year)) > 240


def test_a_year_before_the_first_one_kept_is_refused():
    with pytest.raises(Problem, match="2004"):
        is_working_day(date(2003, 12, 31))


def test_counting_begins_with_one():
    with pytest.raises(Problem):
        nth_working_day(date(2026, 3, 2), 0)


@given(DAYS, st.integers(1, 60))
def test_adding_and_counting_agree(day, count):
    later = add_working_days(day, count)
    assert is_working_day(later)
    assert working_days_between(day, later) == count
    assert working_days_between(later, day) == -count


@given(DAYS, st.integers(1, 30))
def test_going_back_undoes_going_forward_from_a_working_day(day, count):
    start = add_working_days(day, 0)
    assert is_working_day(start)
    assert add_working_days(add_working_days(start, count), -count) == start


@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_two_terms_in_a_row_are_one_term(day, first, second):
    assert add_working_days(add_working_days(day, first), second) == add_working_days(day, first + second)


@given(DAYS, st.integers(1, 30))
def test_the_start_counts_when_it_is_worked(day, count):
    start = add_working_days(day, 0)
    assert nth_working_day(start, 1) == start
    assert nth_working_day(start, count + 1) == add_working_days(start, count)
