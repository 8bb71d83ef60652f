"""The days on which a loan falls due, and the working days on which it is paid."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from carbon.daycount import add_months
from carbon.errors import N_, Problem
from carbon.workdays import add_working_days

LAST_DAY = 31
"""As a due day: the month's last, whichever it is."""
MOST_MONTHS = 600


class Stub(StrEnum):
    """Whether a first or last period that is no full one stands alone or is joined to its neighbour."""

    SHORT = "short"
    LONG = "long"


class Roll(StrEnum):
    """What becomes of a payment that falls on a holiday (ISDA 2006, section 4.12)."""

    UNADJUSTED = "unadjusted"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified-following"
    PRECEDING = "preceding"


@dataclass(frozen=True)
class Calendar:
    """When a loan falls due: every so many months, or in named months, on a day of the month.

    `due_day` None is the day of release. `due_day_counted` says that interest runs to and with the due day and is
    paid the day after, as for firms' loans settled on the 20th (结息日).
    """

    starts_on: date
    ends_on: date
    every_months: int = 1
    due_day: int | None = None
    due_months: tuple[int, ...] = ()
    due_day_counted: bool = False
    first_stub: Stub = Stub.SHORT
    last_stub: Stub = Stub.SHORT

    def __post_init__(self) -> None:
        """Refuse what has no dates.

        Raises:
            Problem: names the field.
        """
        if self.ends_on <= self.starts_on:
            raise Problem(
                N_("A loan cannot end on {ends_on}; it is released on {starts_on}."),
                at="ends_on",
                ends_on=self.ends_on.isoformat(),
                starts_on=self.starts_on.isoformat(),
            )
        if not 1 <= self.every_months <= MOST_MONTHS:
            raise Problem(
                N_("A loan falls due every 1 to {most} months."), at="every_months", most=MOST_MONTHS
            )
        allowed = {None, *range(1, 29), LAST_DAY}
        if self.due_day not in allowed:
            raise Problem(N_("The due day is 1 to 28, or 31 for the month's last day."), at="due_day")
        if any(not 1 <= month <= 12 for month in self.due_months):
            raise Problem(N_("Months are 1 to 12."), at="due_months")

    @property
    def month_day(self) -> int:
        """The day of the month on which full periods begin."""
        if self.due_day is None:
            return self.starts_on.day
        if not self.due_day_counted:
            return self.due_day
        return 1 if self.due_day == LAST_DAY else self.due_day + 1

    def boundaries(self) -> tuple[date, ...]:
        """First day of each period, and the day after the last one's last."""
        inner = self._inner()
        if inner and self.first_stub is Stub.LONG and self._before(inner[0]) < self.starts_on:
            inner = inner[1:]
        if inner and self.last_stub is Stub.LONG and self._after(inner[-1]) > self.ends_on:
            inner = inner[:-1]
        return (self.starts_on, *inner, self.ends_on)

    def is_full(self, starts_on: date, ends_on: date) -> bool:
        """Whether the period is as long as any between two due days."""
        return self._after(starts_on) == ends_on and self._day_in(starts_on) == starts_on

    def _inner(self) -> list[date]:
        found = []
        day = self._first()
        while day < self.ends_on:
            if day > self.starts_on:
                found.append(day)
            day = self._after(day)
        return found

    def _first(self) -> date:
        if self.due_day is None and not self.due_months:
            return self.starts_on
        begins = self._day_in(self.starts_on.replace(day=1))
        if not self.due_months:
            return (
                begins if begins > self.starts_on else add_months(begins, self.every_months, self.month_day)
            )
        while begins <= self.starts_on or not self._is_due(begins):
            begins = add_months(begins, 1, self.month_day)
        return begins

    def _is_due(self, begins: date) -> bool:
        return not self.due_months or self._due_on(begins).month in self.due_months

    def _due_on(self, boundary: date) -> date:
        return boundary - timedelta(days=1) if self.due_day_counted else boundary

    def _day_in(self, day: date) -> date:
        return day.replace(day=min(self.month_day, calendar.monthrange(day.year, day.month)[1]))

    def _after(self, boundary: date) -> date:
        if not self.due_months:
            return add_months(boundary, self.every_months, self.month_day)
        later = add_months(boundary, 1, self.month_day)
        while not self._is_due(later):
            later = add_months(later, 1, self.month_day)
        return later

    def _before(self, boundary: date) -> date:
        if not self.due_months:
            return add_months(boundary, -self.every_months, self.month_day)
        earlier = add_months(boundary, -1, self.month_day)
        while not self._is_due(earlier):
            earlier = add_months(earlier, -1, self.month_day)
        return earlier


def rolled(day: date, roll: Roll) -> date:
    """The working day on which a payment due on `day` is made.

    Raises:
        Problem: before 2004, for which no working days are kept.
    """
    match roll:
        case Roll.UNADJUSTED:
            return day
        case Roll.PRECEDING:
            return add_working_days(day + timedelta(days=1), -1)
        case Roll.FOLLOWING:
            return add_working_days(day, 0)
        case Roll.MODIFIED_FOLLOWING:
            later = add_working_days(day, 0)
            return later if later.month == day.month else add_working_days(day, -1)
