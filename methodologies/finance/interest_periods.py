"""Interest periods of firms' loans: from the 21st of a quarter's last month to the 20th of the next one's.

Source and confidence: interest_periods.toml. Each period's interest is rounded once.
"""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from carbon.daycount import DayCount, add_months, interest_fen, interest_of_day_fen


@cache
def settlement() -> dict[str, Any]:
    """Months and day of settlement, with their source."""
    package = resources.files("methodologies.finance")
    content: dict[str, Any] = tomllib.loads(package.joinpath("interest_periods.toml").read_text("utf-8"))
    settled: dict[str, Any] = content["settlement"]
    return settled


def period_start(day: date, loan_starts_on: date) -> date:
    """The first day of the interest period that `day` lies in; the loan's own first day in its first period."""
    first_day = settlement()["day_of_month"] + 1
    begins = date(day.year, day.month, 1)
    while begins.month not in settlement()["months"] or begins.replace(day=first_day) > day:
        begins = add_months(begins, -1)
    return max(begins.replace(day=first_day), loan_starts_on)


def period_end(starts_on: date, loan_ends_on: date) -> date:
    """The day after the last one of the period that begins on `starts_on`; no later than the loan's end."""
    last_day = settlement()["day_of_month"]
    ends = date(starts_on.year, starts_on.month, 1)
    while ends.month not in settlement()["months"] or ends.replace(day=last_day) < starts_on:
        ends = add_months(ends, 1)
    return min(ends.replace(day=last_day) + timedelta(days=1), loan_ends_on)


def interest_on_fen(
    principal_fen: int, rate_percent: Decimal, convention: DayCount, loan_starts_on: date, day: date
) -> int:
    """What `day` adds to the interest of its period, in fen."""
    return interest_of_day_fen(
        principal_fen, rate_percent, convention, period_start(day, loan_starts_on), day
    )


def whole_interest_fen(
    principal_fen: int, rate_percent: Decimal, convention: DayCount, starts_on: date, ends_on: date
) -> int:
    """The interest of a loan repaid at its end: the sum of its periods, each rounded once."""
    total, begins = 0, starts_on
    while begins < ends_on:
        until = period_end(begins, ends_on)
        total += interest_fen(principal_fen, rate_percent, convention, begins, until)
        begins = until
    return total
