"""Tables of loans as banks send them: CSV or XLSX, title rows above the headings, any known spelling of a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.enterprise.reading import read_file
from accounts.enterprise.sheets import Sheet
from carbon.errors import N_, Problem
from methodologies.finance.loan_terms import field_of

SEARCHED_ROWS = 20


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
    found = [_table(sheet) for sheet in read_file(name, content).sheets]
    tables = tuple(table for table in found if table and any(table.mapping.values()))
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


def _table(sheet: Sheet) -> LoanTable | None:
    cells = [list(row) for row in sheet.frame.rows()]
    candidates: list[Sequence[str | None]] = [sheet.headings, *cells[:SEARCHED_ROWS]]
    scores = [sum(field_of(cell or "") is not None for cell in row) for row in candidates]
    at = scores.index(max(scores))
    headings = tuple((cell or "").strip() for cell in candidates[at])
    rows = []
    for number, row in enumerate(cells[at:], sheet.first_row + at):
        values = {h: c.strip() for h, c in zip(headings, row, strict=False) if h and c and c.strip()}
        if values:
            rows.append(LoanRow(number, values, sheet.name))
    return LoanTable(sheet.name, headings, {h: field_of(h) for h in headings if h}, tuple(rows))
