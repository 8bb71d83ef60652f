from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.due import due_times, latest_due
from scheduler.timetable import TIMETABLE, Series

DAILY = Series("daily", "30 0 * * *", does=None)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Chongqing


def test_due_times_are_chongqings_and_told_in_utc():
    found = due_times(DAILY, NOON - timedelta(days=2), NOON)
    assert found == [
        datetime(2026, 11, 20, 16, 30, tzinfo=UTC),
        datetime(2026, 11, 21, 16, 30, tzinfo=UTC),
    ]
    assert latest_due(DAILY, NOON) == found[-1]


def test_a_due_time_itself_is_counted_once():
    moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert due_times(DAILY, moment, moment + timedelta(hours=1)) == []
    assert due_times(DAILY, moment - timedelta(microseconds=1), moment) == [moment]


@pytest.mark.parametrize("series", TIMETABLE, ids=lambda series: series.name)
@given(
    day=st.integers(0, 730),
    hours=st.lists(st.integers(0, 60), max_size=4),
)
def test_however_often_one_looks_the_due_times_are_the_same(series, day, hours):
    begin = datetime(2025, 1, 1, 3, 21, tzinfo=UTC) + timedelta(days=day)
    moments = [begin]
    for step in hours:
        moments.append(moments[-1] + timedelta(hours=step))
    in_steps = [due for before, after in pairwise(moments) for due in due_times(series, before, after)]
    assert in_steps == due_times(series, begin, moments[-1])


def test_a_line_that_is_never_due_is_no_timetable():
    with pytest.raises(ValueError, match="not due once"):
        latest_due(Series("never", "0 0 30 2 *", does=None), NOON)


def test_the_timetable_has_names_of_its_own():
    assert len({series.name for series in TIMETABLE}) == len(TIMETABLE)
