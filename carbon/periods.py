"""Days, months and years as people write them; both ends belong to the period."""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from carbon.errors import N_, Problem

_PATTERNS = (
    re.compile(r"(?P<y>\d{4})\s*年?"),
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*月?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})"),
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{4})\s*[-/年]?\s*(?:[Qq]|第)\s*(?P<q>[1-4一二三四])\s*(?:季度)?"),
)
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


@dataclass(frozen=True, order=True)
class Period:
    """From `starts_on` to `ends_on`, both included."""

    starts_on: date
    ends_on: date

    def months(self) -> Iterator[date]:
        """The first day of every month the period touches."""
        month = month_of(self.starts_on)
        while month <= self.ends_on:
            yield month
            month = (month + timedelta(days=31)).replace(day=1)

    @property
    def is_within_one_month(self) -> bool:
        """Whether the whole of it lies in one calendar month."""
        return month_of(self.starts_on) == month_of(self.ends_on)

    def __contains__(self, day: date) -> bool:
        """Whether `day` lies in it."""
        return self.starts_on <= day <= self.ends_on

    def __str__(self) -> str:
        """As short as it can be: 2024, 2024-03, 2024-03-05, or both ends."""
        if self == year_period(self.starts_on.year):
            return f"{self.starts_on:%Y}"
        if self == month_period(self.starts_on):
            return f"{self.starts_on:%Y-%m}"
        if self.starts_on == self.ends_on:
            return self.starts_on.isoformat()
        return f"{self.starts_on.isoformat()}/{self.ends_on.isoformat()}"


def month_of(day: date) -> date:
    """The first day of the month `day` lies in."""
    return date(day.year, day.month, 1)


def month_period(day: date) -> Period:
    """The calendar month `day` lies in."""
    return Period(month_of(day), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def year_period(year: int) -> Period:
    """A calendar year."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def parse_period(text: str) -> Period:
    """Read 2024, 2024-03, 2024-03-05, 2024年3月, 2024/3/5, 202403, 2024Q1, 2024年第一季度, Jan 2024, FY2024 (taken
    as the calendar year), or two days with / or 至.

    Full-width digits count as digits; a time of midnight, as spreadsheets add it, is dropped.

    Raises:
        Problem: not a period, a month or day that does not exist, or a year outside 1990 to 2100.
    """
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    single = _single(plain, text)
    if single:
        return single
    for between in ("至", "~", "—", "/", " - "):
        first, found, last = plain.partition(between)
        if found and "/" not in last:
            starts, ends = _single(first.strip(), text), _single(last.strip(), text)
            if starts and ends and starts.starts_on <= ends.ends_on:
                return Period(starts.starts_on, ends.ends_on)
    raise Problem(
        N_("“{value}” is not a period: write a year (2024), a month (2024-03) or a day (2024-03-05)."),
        value=text,
    )


_MONTH_NAMES = tuple(name.casefold() for name in calendar.month_name)
_NAMED = re.compile(r"([A-Za-z]{3,9})\.?[ ,/-]*(\d{4})|(\d{4})[ ,/-]*([A-Za-z]{3,9})\.?")


def _with_number(plain: str) -> str:
    """`Jan 2024`, `2024 January` and `FY2024` as 2024-01, 2024-01 and 2024; every other text as it is."""
    match = _NAMED.fullmatch(plain)
    if not match:
        return re.sub(r"^(?:FY|CY)\s*(?=\d{4}$)", "", plain, flags=re.IGNORECASE)
    word, year = (match[1] or match[4]).casefold(), match[2] or match[3]
    months = [number for number, name in enumerate(_MONTH_NAMES) if name and name.startswith(word)]
    months = months or [9] * (word == "sept")
    return f"{year}-{months[0]:02d}" if len(months) == 1 else plain


def _single(plain: str, written: str) -> Period | None:
    plain = _with_number(plain)
    for pattern in _PATTERNS:
        match = pattern.fullmatch(plain)
        if match:
            return _period(match.groupdict(), written)
    return None


def _period(parts: dict[str, str | None], written: str) -> Period:
    year = int(parts["y"] or 0)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Problem(
            N_("The year of “{value}” lies outside {earliest} to {latest}: check it."),
            value=written,
            earliest=EARLIEST_YEAR,
            latest=LATEST_YEAR,
        )
    quarter = parts.get("q")
    if quarter:
        first_month = 3 * ((_QUARTERS.get(quarter) or int(quarter)) - 1) + 1
        return Period(date(year, first_month, 1), month_period(date(year, first_month + 2, 1)).ends_on)
    if parts.get("m") is None:
        return year_period(year)
    try:
        day = date(year, int(parts["m"] or 0), int(parts.get("d") or 1))
    except ValueError as error:
        raise Problem(
            N_("“{value}” is not a day of the calendar: check the month and the day."), value=written
        ) from error
    return Period(day, day) if parts.get("d") else month_period(day)
