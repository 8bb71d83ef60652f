"""Tables of loans as banks send them: CSV or XLSX, title rows above the headings, any known spelling of a column."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.enterprise.encodings import decode
from accounts.enterprise.reading import read_file
from accounts.enterprise.sheets import Sheet
from carbon.errors import N_, Problem, TooLarge
from methodologies.finance.loan_terms import field_of

SEARCHED_ROWS = 20
LARGEST_TEXT = 64 * 2**20


@dataclass(frozen=True)
class LoanRow:
    """One loan: its row in the file (None for a single object) and its fields as written."""

    row: int | None
    values: dict[str, Any]
    sheet: str | None = None


@dataclass(frozen=True)
class LoanTable:
    """A sheet with its headings, what each is taken for, and its rows by heading."""

    sheet: str | None
    headings: tuple[str, ...]
    mapping: dict[str, str | None]
    rows: tuple[LoanRow, ...]


def read_tables(name: str, content: bytes) -> tuple[LoanTable, ...]:
    """Every sheet that holds a table with headings of loans.

    Raises:
        Problem: the file cannot be used, or no sheet has such headings.
    """
    if content.lstrip(b"\xef\xbb\xbf").startswith((b"PK\x03\x04", b"[", b"{")):
        found = [_of_sheet(sheet) for sheet in read_file(name, content).sheets]
    else:
        found = [_of_text(name, content)]
    tables = tuple(table for table in found if any(table.mapping.values()))
    if not tables:
        raise Problem(
            N_(
                "{file} has no column known as one of a loan; write headings such as 合同号, 贷款金额, 年利率, 期限, 放款日."
            ),
            file=name,
        )
    return tables


def read_rows(name: str, content: bytes) -> list[LoanRow]:
    """The rows of all tables of a file by their own headings.

    Raises:
        Problem: as `read_tables`.
    """
    return [row for table in read_tables(name, content) for row in table.rows]


def _of_sheet(sheet: Sheet) -> LoanTable:
    cells = [[cell or "" for cell in row] for row in sheet.frame.rows()]
    return _table(sheet.name, [list(sheet.headings), *cells], sheet.first_row - 1)


def _of_text(name: str, content: bytes) -> LoanTable:
    if len(content) > LARGEST_TEXT:
        raise TooLarge(N_("The file is larger than {most} MiB."), most=LARGEST_TEXT // 2**20)
    text = decode(content, name, lambda text: max(_score(row) for row in _split(text[:4000]))).utf8.decode()
    try:
        rows = _split(text)
    except csv.Error as fault:
        raise Problem(N_("{file} cannot be read: {fault}"), file=name, fault=str(fault)) from fault
    return _table(None, rows, 1)


def _split(text: str) -> list[list[str]]:
    first = text.split("\n", SEARCHED_ROWS)[:SEARCHED_ROWS]
    delimiter = max(",;\t", key=lambda mark: max(_score(line.split(mark)) for line in first))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]


def _score(row: Sequence[str]) -> int:
    return sum(field_of(cell.strip(' "')) is not None for cell in row)


def _table(sheet: str | None, rows: list[list[str]], first_row: int) -> LoanTable:
    """The headings are the row that names most columns; `first_row` is what a person sees for the first row."""
    scores = [_score(row) for row in rows[: SEARCHED_ROWS + 1]]
    at = scores.index(max(scores))
    headings = tuple(cell.strip() for cell in rows[at])
    found = []
    for number, row in enumerate(rows[at + 1 :], first_row + at + 1):
        values = {h: c.strip() for h, c in zip(headings, row, strict=False) if h and c.strip()}
        if values:
            found.append(LoanRow(number, values, sheet))
    return LoanTable(sheet, headings, {h: field_of(h) for h in headings if h}, tuple(found))
