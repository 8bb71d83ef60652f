"""Working days of the People's Republic of China: holidays and the weekend days worked in their place.

The State Council announces each year's days in the November before (国务院办公厅关于部分节假日安排的通知); the
package `chinese_calendar` transcribes them from 2004 on. A later year is answered provisionally, by what the
law already fixes: Monday to Friday, without the statutory holidays that keep their date (全国年节及纪念日放假办法
as revised on 10 November 2024, article 2: 1 January, 1 and 2 May, 1 to 3 October). Who names such a day asks
`is_provisional` and says so.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from carbon.errors import N_, Problem

FIRST_YEAR: int = min(constants.holidays).year
LAST_YEAR: int = max(constants.holidays).year
"""The last year whose days are published and known to the installed package."""

ZONE = ZoneInfo("Asia/Shanghai")

_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_SATURDAY = 5


def business_date(instant: datetime) -> date:
    """The day an instant falls on in China."""
    return instant.astimezone(ZONE).date()


def is_provisional(day: date) -> bool:
    """Whether the days of this year are not known yet, so that the answer may change by a few days."""
    return day.year > LAST_YEAR


def is_working_day(day: date) -> bool:
    """Whether offices work on this day; make-up Saturdays and Sundays count.

    Raises:
        Problem: before 2004, for which no days are kept.
    """
    if day.year < FIRST_YEAR:
        raise Problem(
            N_("Working days are known from {first} on; {day} is earlier."),
            first=FIRST_YEAR,
            day=day.isoformat(),
        )
    if is_provisional(day):
        return day.weekday() < _SATURDAY and (day.month, day.day) not in _FIXED_HOLIDAYS
    return bool(day in constants.workdays or (day.weekday() < _SATURDAY and day not in constants.holidays))


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, before it if negative; 0 is the day itself or the next working one."""
    step = timedelta(days=-1 if count < 0 else 1)
    if count == 0:
        return day if is_working_day(day) else add_working_days(day, 1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def nth_working_day(start: date, count: int) -> date:
    """The `count`-th working day from `start` on, which is the first one when it is a working day itself.

    Raises:
        Problem: `count` is below 1.
    """
    if count < 1:
        raise Problem(N_("The number of working days is {count}; it begins with 1."), count=count)
    return add_working_days(start - timedelta(days=1), count)


def working_days_between(earlier: date, later: date) -> int:
    """How many working days lie after `earlier` up to and with `later`; negative when the order is the other."""
    if later < earlier:
        return -working_days_between(later, earlier)
    days = (later - earlier).days
    return sum(is_working_day(earlier + timedelta(days=ahead)) for ahead in range(1, days + 1))
