"""Delimited text (CSV): comma, semicolon or tab, title rows above the headings, quoted line breaks."""

import contextlib
import csv
import io
import itertools

import polars as pl

from accounts.enterprise.columns import HEADER_ROWS_SEARCHED, header_row, recognised
from accounts.enterprise.encodings import decode
from accounts.enterprise.sheets import Sheet, text_frame, without_blank_tail
from carbon.errors import N_, Finding, Problem

_DELIMITERS = (",", ";", "\t")
_HEAD_BYTES = 256 * 1024


def read_delimited(content: bytes, name: str) -> tuple[Sheet, tuple[Finding, ...]]:
    """The one table of a CSV file and what was noticed.

    Raises:
        Problem: the file is not text, or is empty.
    """
    decoded = decode(content, name, _score)
    utf8 = decoded.utf8 if b"\n" in decoded.utf8 else decoded.utf8.replace(b"\r", b"\n")
    head = utf8[:_HEAD_BYTES].decode(errors="ignore")
    delimiter = max(_DELIMITERS, key=lambda mark: (_best_row(head, mark), head.count(mark)))
    rows = _first_rows(head, delimiter)
    index = header_row([row for row, _ in rows])
    if index is None:
        raise Problem(N_("{name} is empty. Fill in the template and upload it again."), name=name)
    headings, end_line = rows[index]
    frame, findings = _body(utf8, delimiter, len(headings), end_line, index + 2)
    sheet = Sheet(None, tuple(headings), without_blank_tail(frame), index + 2, semicolons=delimiter == ";")
    return sheet, (*decoded.findings, *findings)


def _first_rows(head: str, delimiter: str) -> list[tuple[list[str], int]]:
    """The first records, each with the number of lines read up to its end."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    rows: list[tuple[list[str], int]] = []
    # A cut or broken record ends the search; the body's reader says where it is.
    with contextlib.suppress(csv.Error):
        rows.extend((row, reader.line_num) for row in itertools.islice(reader, HEADER_ROWS_SEARCHED))
    return rows


def _best_row(head: str, delimiter: str) -> int:
    return max((recognised(row) for row, _ in _first_rows(head, delimiter)), default=0)


def _score(text: str) -> int:
    return max(_best_row(text, delimiter) for delimiter in _DELIMITERS)


def _body(
    utf8: bytes, delimiter: str, width: int, skip_lines: int, first_row: int
) -> tuple[pl.DataFrame, list[Finding]]:
    names = [f"c{position}" for position in range(width)]
    if not utf8.strip():
        return text_frame([], width), []
    try:
        frame = pl.read_csv(
            utf8,
            has_header=False,
            separator=delimiter,
            skip_lines=skip_lines,
            schema=dict.fromkeys(names, pl.String),
            infer_schema=False,
            raise_if_empty=False,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return _careful_body(utf8.decode(), delimiter, width, first_row)
    return frame, []


def _careful_body(
    text: str, delimiter: str, width: int, first_row: int
) -> tuple[pl.DataFrame, list[Finding]]:
    """Record by record, for a file whose rows are not all as wide as its headings."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str | None]] = []
    findings: list[Finding] = []
    try:
        for number, record in enumerate(reader, start=1):
            if number < first_row:
                continue
            if any(cell.strip() for cell in record[width:]):
                findings.append(_too_wide(number, len(record), width, record[width]))
                rows.append([])
            else:
                rows.append([cell or None for cell in record[:width]])
    except csv.Error as error:
        raise Problem(
            N_("Line {line} cannot be read as CSV ({reason}). Check the quotation marks there."),
            line=reader.line_num,
            reason=str(error),
        ) from error
    return text_frame(rows, width), findings


def _too_wide(row: int, found: int, width: int, value: str) -> Finding:
    return Finding(
        code="too-many-cells",
        template=N_(
            "The row has {found} cells where the headings name {width}. Put text that contains the delimiter "
            "between quotation marks; a number with thousands separators too."
        ),
        values={"found": found, "width": width},
        row=row,
        value=value[:100],
    )
