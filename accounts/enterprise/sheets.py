"""What reading a file yields: sheets of text, each cell as its writer typed it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from carbon.errors import Finding


@dataclass(frozen=True)
class Sheet:
    """One table of text. `frame` has the columns `c0`, `c1`, …; `headings[i]` heads `c<i>`.

    `first_row` is the row a person sees in a spreadsheet for the frame's first row. `semicolons` says that
    the file was delimited by `;`, where a comma may be a decimal mark.
    """

    name: str | None
    headings: tuple[str, ...]
    frame: pl.DataFrame
    first_row: int
    semicolons: bool = False

    def row_number(self, index: int) -> int:
        """The spreadsheet's number of the frame's row `index`."""
        return self.first_row + index


@dataclass(frozen=True)
class ReadFile:
    """A file as read: its identity, its tables, and what was noticed on the way."""

    name: str
    kind: str
    sha256: str
    size_bytes: int
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = field(default=())


def text_frame(rows: list[list[str | None]], width: int) -> pl.DataFrame:
    """A frame of text columns `c0` … from rows of at most `width` cells."""
    if rows and min(map(len, rows)) >= width:
        cells: Iterable[Sequence[str | None]] = islice(zip(*rows, strict=False), width)
    else:
        cells = ([row[at] if at < len(row) else None for row in rows] for at in range(width))
    columns = {f"c{position}": column for position, column in enumerate(cells)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


_TAIL_ROWS = 1_000


def without_blank_tail(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without the empty rows below the last filled one."""
    if frame.width == 0:
        return frame
    stop = frame.height
    # From below, since few files have more than a few empty rows there.
    while stop > 0:
        start = max(0, stop - _TAIL_ROWS)
        filled = (
            frame[start:stop]
            .select(
                pl.any_horizontal(pl.all().is_not_null() & (pl.all().str.strip_chars() != "")).alias("filled")
            )["filled"]
            .arg_true()
        )
        if len(filled):
            return frame.head(start + int(filled[-1]) + 1)
        stop = start
    return frame.head(0)
