"""Which part of a year lies between two days, and the interest that grows in it.

Every convention counts the first day and not the last. Fractions are exact; interest is rounded once per period,
and a day's accrual is the step of that rounded running total, so that the days of a period always add up to
its interest, to the fen.
"""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from carbon.errors import N_, Problem
from carbon.money import round_fen


class DayCount(StrEnum):
    """How days become a part of a year."""

    ACT_360 = "ACT/360"
    """Days over 360: the usual basis of loans in renminbi (daily rate = annual rate / 360)."""
    ACT_365 = "ACT/365"
    """Days over 365, leap years too (ISDA 2006, section 4.16(d), "Actual/365 (Fixed)")."""
    THIRTY_360 = "30/360"
    """Months of 30 days, a 31st counted as the 30th (ISDA 2006, section 4.16(g), "30E/360")."""
    MONTHS = "months/12"
    """Whole months in twelfths; a month begun counts by its days."""
    MONTHS_AND_DAYS = "months/12+days/360"
    """Whole months in twelfths and the odd days over 360 (整年整月加零头天数, as banks in China settle deposits and
    loans by single items)."""


def add_months(day: date, months: int, month_day: int | None = None) -> date:
    """The same day `months` later, or the month's last when it has no such day.

    `month_day` is the day of the month meant, where `day` itself fell on a shorter month's last (31 for 28 February).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(month_day or day.day, calendar.monthrange(year, month + 1)[1]))


def year_fraction(
    convention: DayCount, starts_on: date, ends_on: date, *, month_day: int | None = None
) -> Fraction:
    """The part of a year from `starts_on` (counted) to `ends_on` (not counted).

    `month_day` is the day on which months end, where `starts_on` fell on a shorter month's last.

    Raises:
        Problem: the end lies before the start.
    """
    if ends_on < starts_on:
        raise Problem(
            N_("A period cannot end on {ends_on}, before it starts on {starts_on}."),
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat(),
        )
    match convention:
        case DayCount.ACT_360:
            return Fraction((ends_on - starts_on).days, 360)
        case DayCount.ACT_365:
            return Fraction((ends_on - starts_on).days, 365)
        case DayCount.THIRTY_360:
            return Fraction(_days_of_thirty(ends_on) - _days_of_thirty(starts_on), 360)
        case DayCount.MONTHS:
            whole, odd, length = _months(starts_on, ends_on, month_day)
            return (whole + Fraction(odd, length)) / 12
        case DayCount.MONTHS_AND_DAYS:
            whole, odd, _ = _months(starts_on, ends_on, month_day)
            return Fraction(whole * 30 + odd, 360)


def _days_of_thirty(day: date) -> int:
    return (day.year * 12 + day.month) * 30 + min(day.day, 30)


def _months(starts_on: date, ends_on: date, month_day: int | None) -> tuple[int, int, int]:
    """Whole months, the days of the month begun, and how many days that month has."""
    whole = (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month
    if add_months(starts_on, whole, month_day) > ends_on:
        whole -= 1
    begun_on = add_months(starts_on, whole, month_day) if whole else starts_on
    full_on = add_months(starts_on, whole + 1, month_day)
    return whole, (ends_on - begun_on).days, (full_on - begun_on).days


def interest_fen(
    principal_fen: int, rate_percent: Decimal, convention: DayCount, starts_on: date, ends_on: date
) -> int:
    """Simple interest of a period on a principal that does not change, rounded once.

    `rate_percent` is per year: 3.45 means 3.45 %.
    """
    part = year_fraction(convention, starts_on, ends_on)
    return round_fen(principal_fen * Fraction(rate_percent) / 100 * part)


def interest_of_day_fen(
    principal_fen: int, rate_percent: Decimal, convention: DayCount, starts_on: date, day: date
) -> int:
    """What `day` adds to the interest of the period that began on `starts_on`."""
    before = interest_fen(principal_fen, rate_percent, convention, starts_on, day)
    after = interest_fen(principal_fen, rate_percent, convention, starts_on, day + timedelta(days=1))
    return after - before
