"""Tables of loans as banks send them: CSV or XLSX, title rows above the headings, any known spelling of a column."""

from dataclasses import dataclass
from typing import Any

from accounts.finance.sheets_of_text import Grid, heading_row, read_grids
from carbon.errors import N_, Problem
from methodologies.finance.loan_terms import field_of


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
    found = [_table(grid) for grid in read_grids(name, content, _knows)]
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


def _knows(cell: str) -> bool:
    return field_of(cell) is not None


def _table(grid: Grid) -> LoanTable:
    at = heading_row(grid, _knows)
    headings = tuple(cell.strip() for cell in grid.cells[at]) if grid.cells else ()
    found = []
    for number, row in enumerate(grid.cells[at + 1 :], grid.first_row + at + 1):
        values = {h: c.strip() for h, c in zip(headings, row, strict=False) if h and c.strip()}
        if values:
            found.append(LoanRow(number, values, grid.sheet))
    return LoanTable(grid.sheet, headings, {h: field_of(h) for h in headings if h}, tuple(found))
