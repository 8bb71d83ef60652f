"""The loan prime rate (LPR): its published series as a seed, and what a new quotation must satisfy.

The copy in `lpr.csv` (August 2019 to August 2026) only fills a new database; later values arrive by the feed and
are accepted by a person. Source, unit and bounds: `lpr.toml`.
"""

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from carbon.errors import N_, Problem


class Tenor(StrEnum):
    """The two tenors that are quoted."""

    ONE_YEAR = "1Y"
    FIVE_YEARS = "5Y"


@dataclass(frozen=True, order=True)
class Quote:
    """One published value; it holds from its day until the next one's."""

    quoted_on: date
    tenor: Tenor
    percent: Decimal


@cache
def description() -> dict[str, Any]:
    """Names, unit, issuer and document of the series, and the checks on new values."""
    return tomllib.loads((resources.files(__package__) / "lpr.toml").read_text(encoding="utf-8"))


@cache
def published() -> tuple[Quote, ...]:
    """The shipped series, oldest first."""
    text = (resources.files(__package__) / "lpr.csv").read_text(encoding="utf-8")
    columns = {Tenor.ONE_YEAR: "lpr_1y_percent", Tenor.FIVE_YEARS: "lpr_5y_percent"}
    return tuple(
        Quote(date.fromisoformat(row["date"]), tenor, Decimal(row[column]))
        for row in csv.DictReader(text.splitlines())
        for tenor, column in columns.items()
    )


def in_force(quotes: Iterable[Quote], day: date, tenor: Tenor) -> Quote:
    """The latest quotation of `tenor` on or before `day`.

    Raises:
        Problem: there is none that early.
    """
    known = [quote for quote in quotes if quote.tenor is tenor and quote.quoted_on <= day]
    if not known:
        raise Problem(
            N_(
                "No loan prime rate of {tenor} is known for {day}; accept a rate quoted on or before that day."
            ),
            tenor=tenor.value,
            day=day.isoformat(),
        )
    return max(known)


def check_quote(quote: Quote, *, today: date) -> None:
    """Refuse a value that cannot be a loan prime rate.

    Raises:
        Problem: it lies outside the stated range, has more than two decimals, or is quoted in the future.
    """
    bounds = description()["checks"]
    lowest, highest = Decimal(bounds["lowest_percent"]), Decimal(bounds["highest_percent"])
    if not quote.percent.is_finite() or not lowest <= quote.percent <= highest:
        raise Problem(
            N_(
                "A loan prime rate of {percent} % on {day} is outside the possible {lowest} % to {highest} %."
            ),
            percent=str(quote.percent),
            day=quote.quoted_on.isoformat(),
            lowest=str(lowest),
            highest=str(highest),
        )
    if quote.percent != quote.percent.quantize(Decimal("0.01")):
        raise Problem(
            N_("A loan prime rate has two decimals; {percent} % on {day} has more."),
            percent=str(quote.percent),
            day=quote.quoted_on.isoformat(),
        )
    if quote.quoted_on > today:
        raise Problem(
            N_("The quotation of {day} lies in the future; today is {today}."),
            day=quote.quoted_on.isoformat(),
            today=today.isoformat(),
        )


def moves_too_far(before: Decimal, after: Decimal) -> bool:
    """Whether the step from the value before is larger than the bound, so that a person must look."""
    return abs(after - before) > Decimal(description()["checks"]["move_bound_points"])
