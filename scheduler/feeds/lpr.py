"""The loan prime rate as it arrives from outside: fetched, then parsed by a pure function.

Two forms are read: the history answer of the National Interbank Funding Center (CFETS, chinamoney.com.cn,
`LprHis`: JSON with `head`, `data`, `records`), and a CSV with the columns `date, lpr_1y_percent, lpr_5y_percent`.
"""

import csv
import io
import itertools
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from carbon.errors import N_
from methodologies.finance.lpr import Quote, Tenor, check_quote
from scheduler.feeds.client import Destination, FeedProblem, fetch

SOURCE = "PBoC/CFETS"
MAX_QUOTES = 5_000
_CSV_COLUMNS = {Tenor.ONE_YEAR: "lpr_1y_percent", Tenor.FIVE_YEARS: "lpr_5y_percent"}
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class FetchedLpr:
    """What one fetch brought: where it was asked, and the quotations, oldest first."""

    source: str
    address: str
    quotes: tuple[Quote, ...]


async def fetch_lpr(destination: Destination, *, today: date) -> FetchedLpr:
    """Ask the destination and check every value.

    Raises:
        FeedProblem: no usable answer.
        Problem: a value outside what a loan prime rate can be.
    """
    body = await fetch(destination)
    return FetchedLpr(SOURCE, destination.url, parse_lpr(body, feed=destination.name, today=today))


def parse_lpr(body: bytes, *, feed: str, today: date) -> tuple[Quote, ...]:
    """Quotations in the answer, oldest first, each within range, no day and tenor twice.

    Raises:
        FeedProblem: the form is not one of the two that are read; says where it departs.
        Problem: a value outside what a loan prime rate can be.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FeedProblem(N_("{feed}: the answer is not UTF-8 text."), feed=feed) from None
    rows = _rows_of_json(text, feed) if text.lstrip().startswith("{") else _rows_of_csv(text, feed)
    if not rows:
        raise FeedProblem(N_("{feed}: the answer holds no quotation."), feed=feed)
    if len(rows) > MAX_QUOTES:
        raise FeedProblem(
            N_("{feed}: {count} quotations are more than the {limit} one answer may hold."),
            feed=feed,
            count=len(rows),
            limit=MAX_QUOTES,
        )
    quotes = sorted(_quote(row, feed) for row in rows)
    for quote in quotes:
        check_quote(quote, today=today)
    _refuse_repetition(quotes, feed)
    return tuple(quotes)


_Row = tuple[int, Tenor, str, str]
"""Number of the record, tenor, day and value as written."""


def _rows_of_json(text: str, feed: str) -> list[_Row]:
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise FeedProblem(N_("{feed}: the answer begins like JSON and is none."), feed=feed) from None
    records = answer.get("records")
    message = (answer.get("data") or {}).get("message") if isinstance(answer.get("data"), dict) else None
    if message:
        raise FeedProblem(N_("{feed}: the other side says: {message}"), feed=feed, message=str(message)[:200])
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise FeedProblem(N_("{feed}: the JSON answer has no list called records."), feed=feed)
    return [
        (number, tenor, str(record.get("showDateCN", "")), str(record[tenor.value]))
        for number, record in enumerate(records, 1)
        for tenor in Tenor
        if record.get(tenor.value) is not None
    ]


def _rows_of_csv(text: str, feed: str) -> list[_Row]:
    try:
        reader = csv.DictReader(io.StringIO(text), strict=True)
        missing = {"date", *_CSV_COLUMNS.values()} - set(reader.fieldnames or ())
        if missing:
            raise FeedProblem(
                N_("{feed}: the answer is neither JSON nor a CSV with the columns {columns}."),
                feed=feed,
                columns=", ".join(["date", *_CSV_COLUMNS.values()]),
            )
        return [
            (number, tenor, row["date"] or "", row[column])
            for number, row in enumerate(reader, 1)
            for tenor, column in _CSV_COLUMNS.items()
            if row[column]
        ]
    except csv.Error as error:
        raise FeedProblem(
            N_("{feed}: the CSV cannot be read: {reason}"), feed=feed, reason=str(error)
        ) from None


def _quote(row: _Row, feed: str) -> Quote:
    number, tenor, day, percent = row
    try:
        quoted_on = date.fromisoformat(day.strip()) if _DAY.fullmatch(day.strip()) else None
    except ValueError:
        quoted_on = None
    if quoted_on is None or not _PERCENT.fullmatch(percent.strip()):
        raise FeedProblem(
            N_(
                "{feed}: record {number} has the day {day} and the {tenor} rate {percent}, which cannot be read."
            ),
            feed=feed,
            number=number,
            day=repr(day[:40]),
            tenor=tenor.value,
            percent=repr(percent[:40]),
        )
    return Quote(quoted_on, tenor, Decimal(percent.strip()))


def _refuse_repetition(quotes: list[Quote], feed: str) -> None:
    for earlier, later in itertools.pairwise(quotes):
        if (earlier.quoted_on, earlier.tenor) == (later.quoted_on, later.tenor):
            raise FeedProblem(
                N_("{feed}: {day} has two values for {tenor}, {one} and {other}."),
                feed=feed,
                day=earlier.quoted_on.isoformat(),
                tenor=earlier.tenor.value,
                one=str(earlier.percent),
                other=str(later.percent),
            )
