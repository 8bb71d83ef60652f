"""Rows of any table by named columns: CSV in any usual encoding, or XLSX, with title rows above the headings."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.enterprise.encodings import decode
from accounts.enterprise.workbooks import raw_sheets
from carbon.errors import N_, Problem, TooLarge

SEARCHED_ROWS = 20
LARGEST_TEXT = 64 * 2**20


@dataclass(frozen=True)
class Row:
    """A row as a person sees it: its number, every cell by its heading, and the cells of known columns by field."""

    number: int
    cells: dict[str, str]
    fields: dict[str, str]


@dataclass(frozen=True)
class Grid:
    """The cells of a sheet; `first_row` is the number a person sees for the first of them."""

    sheet: str | None
    cells: list[list[str]]
    first_row: int


def read_grids(name: str, content: bytes, knows: Callable[[str], bool]) -> list[Grid]:
    """Every sheet as cells of text; `knows` tells known headings, by which the encoding and delimiter are found.

    Raises:
        Problem, TooLarge: the file cannot be used.
    """
    if content.startswith(b"PK\x03\x04"):
        return [Grid(sheet, cells, 1) for sheet, cells in raw_sheets(content, name)]
    if len(content) > LARGEST_TEXT:
        raise TooLarge(N_("The file is larger than {most} MiB."), most=LARGEST_TEXT // 2**20)
    text = decode(content, name, lambda text: _best(_split(text[:4000], knows), knows)).utf8.decode()
    try:
        return [Grid(None, _split(text, knows), 1)]
    except csv.Error as fault:
        raise Problem(N_("{file} cannot be read: {fault}"), file=name, fault=str(fault)) from fault


def heading_row(grid: Grid, knows: Callable[[str], bool]) -> int:
    """The index of the row that names most columns."""
    scores = [sum(knows(cell.strip(' "')) for cell in row) for row in grid.cells[: SEARCHED_ROWS + 1]]
    return scores.index(max(scores)) if scores else 0


def read_rows(name: str, content: bytes, columns: Mapping[str, set[str]]) -> list[Row]:
    """The rows of all sheets by the columns named.

    Raises:
        Problem: the file cannot be used, or a column is in no sheet.
    """
    known = {plain(spelling): field for field, names in columns.items() for spelling in names}
    rows = []
    seen: set[str] = set()
    for grid in read_grids(name, content, lambda cell: plain(cell) in known):
        at = heading_row(grid, lambda cell: plain(cell) in known)
        headings = [cell.strip() for cell in grid.cells[at]] if grid.cells else []
        seen |= {known[plain(heading)] for heading in headings if plain(heading) in known}
        for number, row in enumerate(grid.cells[at + 1 :], grid.first_row + at + 1):
            cells = {
                h or str(i): c.strip()
                for i, (h, c) in enumerate(zip(headings, row, strict=False))
                if c.strip()
            }
            fields = {known[plain(h)]: c for h, c in reversed(cells.items()) if plain(h) in known}
            if cells:
                rows.append(Row(number, cells, fields))
    missing = sorted(set(columns) - seen - {"day"})
    if missing:
        raise Problem(
            N_("{file} has no column of the {field}; head it {names}."),
            file=name,
            field=missing[0],
            names=", ".join(sorted(columns[missing[0]])[:6]),
        )
    return rows


def plain(heading: str) -> str:
    """A heading without case, brackets' width and double spaces."""
    text = heading.strip().casefold().replace("(", "(").replace(")", ")").split("(")[0]
    return " ".join(text.replace("_", " ").split())


def _best(rows: list[list[str]], knows: Callable[[str], bool]) -> int:
    return max((sum(knows(cell.strip(' "')) for cell in row) for row in rows), default=0)


def _split(text: str, knows: Callable[[str], bool]) -> list[list[str]]:
    first = text.split("\n", SEARCHED_ROWS)[:SEARCHED_ROWS]
    marks = {
        mark: max((sum(knows(c.strip(' "\r')) for c in line.split(mark)) for line in first), default=0)
        for mark in ",;\t"
    }
    delimiter = max(marks, key=lambda mark: marks[mark])
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
