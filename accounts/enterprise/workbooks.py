"""Workbooks (XLSX): several sheets, title rows, merged headings, formulas, hidden and empty sheets."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from accounts.enterprise.archives import check_archive
from accounts.enterprise.columns import HEADER_ROWS_SEARCHED, header_row
from accounts.enterprise.sheets import Sheet, text_frame, without_blank_tail
from carbon.errors import N_, Finding, Problem, TooLarge

MEMORY_BYTES = 2 * 1024**3
SECONDS = 60
LISTS_SHEET = "_lists"
"""The template's hidden sheet of choices; not data, and no reason for a warning."""
TEXT_SHEETS = ("填写说明 Guide", "示例 Examples")
"""The template's sheets that explain; they hold no activity of the enterprise."""

_CHILD = Path(__file__).with_name("workbook_child.py")


def read_workbook(content: bytes, name: str) -> tuple[tuple[Sheet, ...], tuple[Finding, ...]]:
    """The visible, filled sheets of a workbook and what was noticed.

    Raises:
        Problem, TooLarge: damaged, protected, too large unpacked, or without any filled sheet.
    """
    check_archive(content, name)
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    for raw in _unpack(content, name):
        if raw["name"] == LISTS_SHEET or raw["name"] in TEXT_SHEETS:
            continue
        sheet, noticed = _sheet(raw)
        findings += noticed
        if sheet is not None:
            sheets.append(sheet)
    if not sheets:
        raise Problem(N_("{name} is empty. Fill in the template and upload it again."), name=name)
    return tuple(sheets), tuple(findings)


def raw_sheets(content: bytes, name: str) -> list[tuple[str, list[list[str]]]]:
    """The visible sheets cell by cell, before any heading is looked for; merged ranges show their text in every row.

    Raises:
        Problem, TooLarge: as `read_workbook`.
    """
    check_archive(content, name)
    found = []
    for raw in _unpack(content, name):
        if raw["visible"] and raw["name"] != LISTS_SHEET:
            covered = _covered(raw["merged"], raw["rows"])
            found.append(
                (
                    raw["name"],
                    [
                        [cell or covered.get((row, column), "") for column, cell in enumerate(cells)]
                        for row, cells in enumerate(raw["rows"])
                    ],
                )
            )
    return found


def _unpack(content: bytes, name: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES), str(SECONDS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own file
    except subprocess.TimeoutExpired as error:
        raise _too_heavy(name) from error
    if done.returncode == 0:
        return msgspec.json.decode(done.stdout, type=list[dict[str, Any]])
    if done.returncode < 0 or b"MemoryError" in done.stderr or b"too large" in done.stderr:
        raise _too_heavy(name)
    raise Problem(
        N_(
            "{name} is damaged and cannot be opened as a workbook. Open it in Excel or WPS and save it again."
        ),
        name=name,
    )


def _too_heavy(name: str) -> TooLarge:
    return TooLarge(
        N_(
            "{name} needs more than {seconds} seconds or {memory_gb} GB to open. Save the rows as CSV and upload that."
        ),
        name=name,
        seconds=SECONDS,
        memory_gb=MEMORY_BYTES // 1024**3,
    )


def _sheet(raw: dict[str, Any]) -> tuple[Sheet | None, list[Finding]]:
    if not raw["visible"]:
        return None, [
            _about_sheet(
                "hidden-sheet", N_("The sheet is hidden and was not read. Unhide it if its rows count."), raw
            )
        ]
    rows: list[list[str | None]] = raw["rows"]
    covered = _covered(raw["merged"], rows)
    head = [
        [cell or covered.get((number, column), "") for column, cell in enumerate(row)]
        for number, row in enumerate(rows[:HEADER_ROWS_SEARCHED])
    ]
    index = header_row(head)
    if index is None:
        return None, [_about_sheet("empty-sheet", N_("The sheet is empty and was left out."), raw)]
    headings = _headings(head, index)
    findings = _fill_merged(rows, index, covered, raw) + _formula_findings(raw, rows, index)
    frame = without_blank_tail(text_frame(rows[index + 1 :], len(headings)))
    return Sheet(raw["name"], headings, frame, first_row=index + 2), findings


def _about_sheet(code: str, template: str, raw: dict[str, Any]) -> Finding:
    return Finding(code=code, template=template, severity="warning", sheet=raw["name"])


def _covered(merged: list[list[int]], rows: list[list[str | None]]) -> dict[tuple[int, int], str]:
    """The text that a merged range shows at the cells it hides below its first, in the same column."""
    covered = {}
    for top, left, bottom, _ in merged:
        text = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        if text:
            for row in range(top + 1, min(bottom, len(rows) - 1) + 1):
                if left < len(rows[row]):
                    covered[row, left] = text
    return covered


def _headings(head: list[list[str]], index: int) -> tuple[str, ...]:
    headings = list(head[index])
    while headings and not headings[-1]:
        headings.pop()
    return tuple(headings)


def _fill_merged(
    rows: list[list[str | None]], index: int, covered: dict[tuple[int, int], str], raw: dict[str, Any]
) -> list[Finding]:
    """Give each cell of a merged data range the value the range shows, and say so once per range row."""
    findings = []
    for (row, column), text in covered.items():
        if row > index and rows[row][column] is None:
            rows[row][column] = text
            findings.append(
                Finding(
                    code="merged-cell",
                    template=N_(
                        "The cell is part of a merged range; its value {value} was taken for this row too."
                    ),
                    values={"value": text},
                    severity="warning",
                    sheet=raw["name"],
                    row=row + 1,
                    value=text,
                )
            )
    return findings


def _formula_findings(raw: dict[str, Any], rows: list[list[str | None]], index: int) -> list[Finding]:
    """One warning that formulas were read by their last value; an error for each that has none."""
    formulas = [(row, column, cached) for row, column, cached in raw["formulas"] if row > index]
    findings = []
    if any(cached for *_, cached in formulas):
        findings.append(
            Finding(
                code="formulas",
                template=N_("{count} cells hold formulas; the values last saved with them were taken."),
                values={"count": sum(cached for *_, cached in formulas)},
                severity="warning",
                sheet=raw["name"],
            )
        )
    for row, column, cached in formulas:
        if not cached and row < len(rows) and column < len(rows[row]):
            rows[row][column] = UNSAVED_FORMULA
    return findings


UNSAVED_FORMULA = "\u0001formula"
"""Stands for a formula without a saved value until checking says so at its place; no file can hold it."""
